//! Casts to JSON and from it.

mod read;
mod scalars;
mod write;

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::functions::attempt::attempt;
use crate::functions::json::head;
use crate::functions::scalar::{Call, Function, only_value};
use crate::json;
use crate::types::{describe_field, is_ip, is_uuid, json_field, map_fields, text_length, without_length};

/// `cast(x as json)`.
pub(crate) fn to_json() -> Arc<ScalarUDF> {
    static TO_JSON: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let as_given = |_: &str, types: &[DataType]| Ok(types.to_vec());
        Function::new("trino_json", as_given, json_result, |call: &Call| write::write(&call.args[0], &call.fields[0]))
            .udf()
    });
    Arc::clone(&TO_JSON)
}

fn json_result(args: &[FieldRef]) -> Result<FieldRef> {
    match args.first() {
        Some(field) if !writable(field) => plan_err!("Cannot cast {} to json", describe_field(field)),
        _ => Ok(Arc::new(json_field(""))),
    }
}

/// Whether JSON has a form for the values of a field.
fn writable(field: &Field) -> bool {
    match field.data_type() {
        _ if is_ip(field) || is_uuid(field) => false,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => false,
        DataType::Interval(_) | DataType::Duration(_) => false,
        DataType::List(item) => writable(item),
        DataType::Struct(fields) => fields.iter().all(|field| writable(field)),
        other => map_fields(other).is_none_or(|(key, value)| !key.data_type().is_nested() && writable(value)),
    }
}

/// `cast(json as T)`; a lenient one gives NULL where the other fails.
pub(crate) fn from_json(to: &FieldRef, lenient: bool) -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    let length = text_length(to);
    let to = Arc::new(without_length(to).with_nullable(true));
    Arc::new(ScalarUDF::new_from_impl(FromJson { to, length, lenient, signature }))
}

#[derive(Debug)]
struct FromJson {
    to: FieldRef,
    /// The n of varchar(n).
    length: Option<usize>,
    lenient: bool,
    signature: Signature,
}

impl PartialEq for FromJson {
    fn eq(&self, other: &Self) -> bool {
        self.to == other.to && self.length == other.length && self.lenient == other.lenient
    }
}

impl Eq for FromJson {}

impl Hash for FromJson {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to.hash(state);
        self.length.hash(state);
        self.lenient.hash(state);
    }
}

impl ScalarUDFImpl for FromJson {
    fn name(&self) -> &str {
        if self.lenient { "trino_try_from_json" } else { "trino_from_json" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.to.data_type().clone())
    }

    fn return_field_from_args(&self, _args: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::clone(&self.to))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [json] = args.args.as_slice() else { return exec_err!("a cast takes one value") };
        let scalar = matches!(json, ColumnarValue::Scalar(_));
        let rows = if scalar { 1 } else { args.number_rows };
        let texts = cast(&json.to_array(rows)?, &DataType::Utf8View)?;
        let read = |start, rows| self.read(texts.slice(start, rows).as_string_view());
        let result = match self.lenient {
            true => attempt(rows, self.to.data_type(), &read)?,
            false => read(0, rows)?,
        };
        Ok(if scalar { ColumnarValue::Scalar(only_value(&result)?) } else { ColumnarValue::Array(result) })
    }
}

impl FromJson {
    fn read(&self, texts: &StringViewArray) -> Result<ArrayRef> {
        let values = texts.iter().map(|text| text.map(whole).transpose()).collect::<Result<Vec<_>>>()?;
        let column = read::column(&values, &self.to)?;
        if let (Some(length), Some(read)) = (self.length, column.as_string_opt::<i32>()) {
            for (json, text) in values.iter().zip(read) {
                if let (Some(json), Some(text)) = (json, text)
                    && text.chars().nth(length).is_some()
                {
                    return exec_err!("Cannot cast '{}' to varchar({length})", head(json));
                }
            }
        }
        Ok(column)
    }
}

fn whole(text: &str) -> Result<&str> {
    json::whole(text).ok_or_else(|| exec_datafusion_err!("Cannot convert value to JSON: '{}'", head(text)))
}
