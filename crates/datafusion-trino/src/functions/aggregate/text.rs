//! `listagg`: texts joined into one, up to a length.

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::Accumulator;

use super::keys::{column, list, lists, plain_list};
use super::{Aggregate, Call, nullable, wrong};

/// The longest result in bytes.
const MOST: usize = 1_048_576;

pub(super) fn functions() -> Vec<Aggregate> {
    vec![Aggregate::new("listagg", types, |_| nullable(DataType::Utf8), state, accumulate).ordered()]
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null)
        || matches!(data_type, DataType::Dictionary(_, value) if is_text(value))
}

fn types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [_, rest @ ..] if rest.len() == 3 && types.iter().all(is_text) => Ok(vec![DataType::Utf8; 4]),
        _ => wrong(name, &types[..types.len().min(2)], "a varchar and a separator"),
    }
}

fn state(_args: &[FieldRef]) -> Result<Vec<DataType>> {
    Ok(vec![plain_list(&DataType::Utf8)])
}

fn accumulate(call: &Call) -> Result<Box<dyn Accumulator>> {
    let text = |i: usize| match call.constant(i) {
        Some(ScalarValue::Utf8(Some(text))) => Ok(text.clone()),
        _ => plan_err!("the separator of listagg must be a constant"),
    };
    Ok(Box::new(Joined { separator: text(1)?, overflow: text(2)?, filler: text(3)?, texts: vec![] }))
}

#[derive(Debug)]
struct Joined {
    separator: String,
    /// What to do about too long a result: `error`, `truncate`, or `count` to truncate and tell how many
    /// are missing.
    overflow: String,
    filler: String,
    texts: Vec<ScalarValue>,
}

impl Joined {
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().filter_map(|text| text.try_as_str().flatten())
    }

    fn joined(&self) -> Result<String> {
        let mut result = String::new();
        for (taken, text) in self.texts().enumerate() {
            let separator = if taken == 0 { "" } else { self.separator.as_str() };
            if result.len() + separator.len() + text.len() > MOST {
                return self.truncated(result, taken);
            }
            result.push_str(separator);
            result.push_str(text);
        }
        Ok(result)
    }

    fn truncated(&self, mut result: String, taken: usize) -> Result<String> {
        if self.overflow == "error" {
            return exec_err!("the result of listagg is longer than {MOST} bytes; ON OVERFLOW TRUNCATE … shortens it");
        }
        result.push_str(&self.separator);
        result.push_str(&self.filler);
        if self.overflow == "count" {
            result.push_str(&format!("({})", self.texts.len() - taken));
        }
        Ok(result)
    }
}

impl Accumulator for Joined {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let texts = cast(&values[0], &DataType::Utf8)?;
        let texts = texts.as_string::<i32>().iter().flatten();
        self.texts.extend(texts.map(|text| ScalarValue::Utf8(Some(text.to_owned()))));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.texts.is_empty() {
            return Ok(ScalarValue::Utf8(None));
        }
        Ok(ScalarValue::Utf8(Some(self.joined()?)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.texts.iter().map(ScalarValue::size).sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![list(column(self.texts.iter(), &DataType::Utf8)?, &plain_list(&DataType::Utf8))?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for texts in lists(states, 0).into_iter().flatten() {
            self.update_batch(&[texts])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_long_a_result_fails_or_is_shortened() {
        let long = ScalarValue::Utf8(Some("x".repeat(MOST / 2)));
        for (overflow, end) in [("truncate", ",…"), ("count", ",…(2)")] {
            let texts = vec![long.clone(), ScalarValue::from("y"), long.clone(), ScalarValue::from("z")];
            let joined = Joined { separator: ",".into(), overflow: overflow.into(), filler: "…".into(), texts };
            assert!(joined.joined().unwrap().ends_with(&format!("x,y{end}")), "{overflow}");
        }
        let texts = vec![long.clone(), long];
        let joined = Joined { separator: ",".into(), overflow: "error".into(), filler: String::new(), texts };
        assert!(joined.joined().unwrap_err().to_string().contains("longer than 1048576 bytes"));
    }
}
