//! Casts from JSON and to JSON.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListArray, MapArray, StringArray, StringBuilder, StringViewArray,
    StructArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{CastOptions, cast, cast_with_options, concat};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::functions::json::head;
use crate::functions::scalar::{Call, Function};
use crate::json::{self, Shape};
use crate::text::Formatter;
use crate::types::{describe, is_json, json_field, map_fields};

/// `cast(x as json)`.
pub(crate) fn to_json() -> Arc<ScalarUDF> {
    static TO_JSON: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let as_given = |_: &str, types: &[DataType]| Ok(types.to_vec());
        Function::new("trino_json", as_given, |_| Ok(Arc::new(json_field(""))), write_json).udf()
    });
    Arc::clone(&TO_JSON)
}

/// `cast(json as T)`; a lenient one gives NULL where the other fails.
pub(crate) fn from_json(to: &FieldRef, lenient: bool) -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    let to = Arc::new(to.as_ref().clone().with_nullable(true));
    Arc::new(ScalarUDF::new_from_impl(FromJson { to, lenient, signature }))
}

#[derive(Debug)]
struct FromJson {
    to: FieldRef,
    lenient: bool,
    signature: Signature,
}

impl PartialEq for FromJson {
    fn eq(&self, other: &Self) -> bool {
        self.to == other.to && self.lenient == other.lenient
    }
}

impl Eq for FromJson {}

impl Hash for FromJson {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to.hash(state);
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
        let texts = cast(&args.args[0].to_array(args.number_rows)?, &DataType::Utf8View)?;
        let texts: &StringViewArray = texts.as_string_view();
        let read = |range: std::ops::Range<usize>| -> Result<ArrayRef> {
            let mut values = Vec::with_capacity(range.len());
            for row in range {
                let text = texts.is_valid(row).then(|| texts.value(row));
                values.push(text.map(whole).transpose()?);
            }
            build(&values, &self.to)
        };
        let all = read(0..texts.len());
        if !self.lenient || all.is_ok() {
            return Ok(ColumnarValue::Array(all?));
        }
        let rows: Vec<ArrayRef> = (0..texts.len())
            .map(|row| read(row..row + 1).unwrap_or_else(|_| new_null_array(self.to.data_type(), 1)))
            .collect();
        let rows: Vec<&dyn Array> = rows.iter().map(AsRef::as_ref).collect();
        Ok(ColumnarValue::Array(concat(&rows)?))
    }
}

fn whole(text: &str) -> Result<&str> {
    json::whole(text).ok_or_else(|| exec_datafusion_err!("Cannot convert value to JSON: '{}'", head(text)))
}

fn mismatch<T>(value: &str, to: &Field) -> Result<T> {
    exec_err!("Cannot cast JSON {} to {}", head(value), describe(to.data_type()))
}

/// A column of values, from values in JSON; JSON's null is NULL.
fn build(values: &[Option<&str>], to: &FieldRef) -> Result<ArrayRef> {
    let values: Vec<Option<&str>> = values.iter().map(|value| value.filter(|v| is_json(to) || *v != "null")).collect();
    match to.data_type() {
        DataType::List(item) => build_list(&values, to, item),
        DataType::Map(_, _) => build_map(&values, to),
        DataType::Struct(_) => build_row(&values, to),
        DataType::Utf8 if is_json(to) => {
            let texts = values.iter().map(|value| value.map(json::compact));
            Ok(Arc::new(texts.collect::<StringArray>()))
        }
        _ => build_scalars(&values, to),
    }
}

fn build_scalars(values: &[Option<&str>], to: &FieldRef) -> Result<ArrayRef> {
    let mut texts = StringBuilder::new();
    for value in values {
        match value {
            None => texts.append_null(),
            Some(value) => match json::scalar(value) {
                None => return mismatch(value, to),
                Some(text) => texts.append_value(text),
            },
        }
    }
    let texts: ArrayRef = Arc::new(texts.finish());
    let strict = CastOptions { safe: false, ..Default::default() };
    if to.data_type().is_integer() {
        // 1.6 is 2 and true is 1.
        let numbers = texts.as_string::<i32>().iter().map(|text| match text {
            Some("true") => Some("1".to_owned()),
            Some("false") => Some("0".to_owned()),
            Some(text) if text.parse::<i64>().is_err() => {
                Some(text.parse::<f64>().map_or(text.to_owned(), |n| format!("{:.0}", n.round())))
            }
            text => text.map(str::to_owned),
        });
        let numbers: StringArray = numbers.collect();
        return Ok(cast_with_options(&numbers, to.data_type(), &strict)?);
    }
    if to.data_type() == &DataType::Boolean {
        let flags = texts.as_string::<i32>().iter().map(|text| match text {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(text) => match text.parse::<f64>() {
                Ok(number) => Ok(Some(number != 0.0)),
                Err(_) => mismatch(text, to),
            },
        });
        return Ok(Arc::new(flags.collect::<Result<BooleanArray>>()?));
    }
    Ok(cast_with_options(&texts, to.data_type(), &strict)?)
}

/// Checks that a value has the shape a nested type wants.
fn expect(value: &str, wanted: Shape, to: &Field) -> Result<()> {
    if json::shape(value) == Some(wanted) { Ok(()) } else { mismatch(value, to) }
}

fn nulls(values: &[Option<&str>]) -> NullBuffer {
    values.iter().map(Option::is_some).collect()
}

fn build_list(values: &[Option<&str>], to: &FieldRef, item: &FieldRef) -> Result<ArrayRef> {
    let mut found = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        let before = found.len();
        if let Some(value) = value {
            expect(value, Shape::Array, to)?;
            found.extend(json::items(value).map(Some));
        }
        lengths.push(found.len() - before);
    }
    let found = build(&found, item)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, found, Some(nulls(values)))?))
}

fn build_map(values: &[Option<&str>], to: &FieldRef) -> Result<ArrayRef> {
    let (DataType::Map(entries, sorted), Some((key, item))) = (to.data_type(), map_fields(to.data_type())) else {
        return mismatch("object", to);
    };
    let mut keys = StringBuilder::new();
    let mut found = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        let before = found.len();
        if let Some(value) = value {
            expect(value, Shape::Object, to)?;
            for (key, value) in json::entries(value) {
                keys.append_value(key);
                found.push(Some(value));
            }
        }
        lengths.push(found.len() - before);
    }
    let strict = CastOptions { safe: false, ..Default::default() };
    let keys = cast_with_options(&keys.finish(), key.data_type(), &strict)?;
    let DataType::Struct(pair) = entries.data_type() else { return mismatch("object", to) };
    let pairs = StructArray::try_new(pair.clone(), vec![keys, build(&found, item)?], None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls = Some(nulls(values));
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, pairs, nulls, *sorted)?))
}

/// A row is an object by the names of its fields, without regard to case, or an array by position.
fn build_row(values: &[Option<&str>], to: &FieldRef) -> Result<ArrayRef> {
    let DataType::Struct(fields) = to.data_type() else { return mismatch("object", to) };
    let mut columns: Vec<Vec<Option<&str>>> = vec![vec![None; values.len()]; fields.len()];
    for (row, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        if json::shape(value) == Some(Shape::Array) {
            for (column, item) in columns.iter_mut().zip(json::items(value)) {
                column[row] = Some(item);
            }
            continue;
        }
        expect(value, Shape::Object, to)?;
        for (key, item) in json::entries(value) {
            let place = fields.iter().position(|f| f.name().eq_ignore_ascii_case(&key));
            if let Some(place) = place {
                columns[place][row] = Some(item);
            }
        }
    }
    let columns = columns.iter().zip(fields).map(|(column, field)| build(column, field)).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StructArray::try_new(fields.clone(), columns, Some(nulls(values)))?))
}

fn write_json(call: &Call) -> Result<ArrayRef> {
    let array = &call.args[0];
    let writer = Writer::new(array, &call.fields[0]);
    let mut texts = StringBuilder::new();
    let mut text = String::new();
    for row in 0..array.len() {
        text.clear();
        texts.append_option(array.is_valid(row).then(|| {
            writer.write(row, &mut text);
            text.as_str()
        }));
    }
    Ok(Arc::new(texts.finish()))
}

/// Writes the values of a column as JSON.
enum Writer {
    /// Numbers, booleans and JSON stand as they are.
    Plain(ArrayRef, Formatter),
    Quoted(ArrayRef, Formatter),
    List(ListArray, Box<Writer>),
    Map(MapArray, Formatter, Box<Writer>),
    Row(StructArray, Vec<(String, Writer)>),
}

impl Writer {
    fn new(array: &ArrayRef, field: &Field) -> Writer {
        match array.data_type() {
            DataType::List(item) => {
                let list = array.as_list::<i32>().clone();
                let items = Writer::new(list.values(), item);
                Writer::List(list, Box::new(items))
            }
            DataType::Map(_, _) => {
                let map = array.as_map().clone();
                let value = map_fields(array.data_type()).map(|(_, v)| Arc::clone(v));
                let value = value.unwrap_or_else(|| Arc::new(Field::new("", DataType::Null, true)));
                let (keys, values) = (Formatter::new(map.keys()), Writer::new(map.values(), &value));
                Writer::Map(map, keys, Box::new(values))
            }
            DataType::Struct(fields) => {
                let row = array.as_struct().clone();
                let columns = fields
                    .iter()
                    .zip(row.columns())
                    .map(|(field, column)| (field.name().clone(), Writer::new(column, field)))
                    .collect();
                Writer::Row(row, columns)
            }
            other if other.is_numeric() || other == &DataType::Boolean || is_json(field) => {
                Writer::Plain(Arc::clone(array), Formatter::for_field(field, array))
            }
            _ => Writer::Quoted(Arc::clone(array), Formatter::for_field(field, array)),
        }
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Writer::Plain(array, _) | Writer::Quoted(array, _) => array.is_null(row),
            Writer::List(array, _) => array.is_null(row),
            Writer::Map(array, _, _) => array.is_null(row),
            Writer::Row(array, _) => array.is_null(row),
        }
    }

    fn write(&self, row: usize, to: &mut String) {
        if self.is_null(row) {
            to.push_str("null");
            return;
        }
        match self {
            Writer::Plain(_, formatter) => {
                formatter.write(row, to);
            }
            Writer::Quoted(_, formatter) => {
                let mut text = String::new();
                formatter.write(row, &mut text);
                json::quote(&text, to);
            }
            Writer::List(list, items) => {
                let offsets = list.value_offsets();
                to.push('[');
                for (i, item) in (offsets[row] as usize..offsets[row + 1] as usize).enumerate() {
                    if i > 0 {
                        to.push(',');
                    }
                    items.write(item, to);
                }
                to.push(']');
            }
            Writer::Map(map, keys, values) => {
                let offsets = map.value_offsets();
                let mut entries: Vec<(String, usize)> = (offsets[row] as usize..offsets[row + 1] as usize)
                    .map(|entry| {
                        let mut key = String::new();
                        keys.write(entry, &mut key);
                        (key, entry)
                    })
                    .collect();
                entries.sort();
                object(entries.iter().map(|(key, entry)| (key.as_str(), &**values, *entry)), to);
            }
            Writer::Row(_, columns) => {
                object(columns.iter().map(|(name, column)| (name.as_str(), column, row)), to);
            }
        }
    }
}

fn object<'a>(entries: impl Iterator<Item = (&'a str, &'a Writer, usize)>, to: &mut String) {
    to.push('{');
    for (i, (key, writer, row)) in entries.enumerate() {
        if i > 0 {
            to.push(',');
        }
        json::quote(key, to);
        to.push(':');
        writer.write(row, to);
    }
    to.push('}');
}
