//! Columns printed and read by patterns in other columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use datafusion::common::Result;

use super::Pattern;
use crate::functions::scalar::Call;
use crate::functions::time::clock::Clock;

/// Compiles the text of a pattern.
pub(in crate::functions::time) type Compile = fn(&str) -> Result<Pattern>;

/// Patterns of a column, each compiled once in a row.
pub(in crate::functions::time) struct Patterns {
    compile: Compile,
    last: Option<(String, Pattern)>,
}

impl Patterns {
    pub(in crate::functions::time) fn new(compile: Compile) -> Patterns {
        Patterns { compile, last: None }
    }

    pub(in crate::functions::time) fn get(&mut self, text: &str) -> Result<&Pattern> {
        if self.last.as_ref().is_none_or(|(last, _)| last != text) {
            self.last = None;
        }
        match &mut self.last {
            Some((_, pattern)) => Ok(pattern),
            none => Ok(&none.insert((text.to_owned(), (self.compile)(text)?)).1),
        }
    }
}

/// The clocks of the first argument by the patterns of the second, which do not ask for zones.
pub(in crate::functions::time) fn print(call: &Call, compile: Compile) -> Result<ArrayRef> {
    let times = call.times(0)?;
    let mut patterns = Patterns::new(compile);
    let (mut result, mut text) = (StringBuilder::new(), String::new());
    for row in 0..call.rows {
        match times.clock(row).filter(|_| !call.any_null(row)) {
            None => result.append_null(),
            Some(clock) => {
                text.clear();
                patterns.get(call.text(1).value(row))?.print(clock.rounded_to_millis(), None, &mut text)?;
                result.append_value(&text);
            }
        }
    }
    Ok(Arc::new(result.finish()))
}

/// What clocks show by the texts of the first argument, read by the patterns of the second.
pub(in crate::functions::time) fn read(call: &Call, compile: Compile) -> Result<Vec<Option<Clock>>> {
    let mut patterns = Patterns::new(compile);
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        if call.any_null(row) {
            result.push(None);
            continue;
        }
        let pattern = patterns.get(call.text(1).value(row))?;
        result.push(Some(pattern.read(call.text(0).value(row))?.clock));
    }
    Ok(result)
}
