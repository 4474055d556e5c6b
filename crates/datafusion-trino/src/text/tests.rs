use std::sync::Arc;

use arrow::array::{
    BooleanArray, DictionaryArray, Float64Array, Int64Array, ListArray, MapBuilder, StringArray, StringBuilder,
    StructArray, TimestampMicrosecondArray, TimestampMillisecondArray,
};
use arrow::datatypes::{Field, Int32Type};

use super::*;

fn texts(array: &dyn Array) -> Vec<Option<String>> {
    (0..array.len()).map(|row| format(array, row)).collect()
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|t| Some((*t).to_owned())).collect()
}

#[test]
fn timestamps_have_a_blank_and_the_digits_of_their_type() {
    let millis = TimestampMillisecondArray::from(vec![1_672_628_645_000, -1]);
    assert_eq!(texts(&millis), some(&["2023-01-02 03:04:05.000", "1969-12-31 23:59:59.999"]));
    let micros = TimestampMicrosecondArray::from(vec![1_672_628_645_000_001, 0]);
    assert_eq!(texts(&micros), some(&["2023-01-02 03:04:05.000001", "1970-01-01 00:00:00.000000"]));
    let field = crate::types::with_precision(Field::new("", micros.data_type().clone(), true), 4);
    let mut text = String::new();
    Formatter::for_field(&field, &micros).write(1, &mut text);
    assert_eq!(text, "1970-01-01 00:00:00.0000");
    let utc = millis.clone().with_timezone("+00:00");
    assert_eq!(format(&utc, 0).as_deref(), Some("2023-01-02 03:04:05.000 UTC"));
    let east = millis.with_timezone("+02:00");
    assert_eq!(format(&east, 0).as_deref(), Some("2023-01-02 05:04:05.000 +02:00"));
}

#[test]
fn doubles_read_as_java_prints_them() {
    let values = [1.0, 0.5, -0.0, 1e7, 1.5e10, 1e-4, 9_999_999.0, f64::NAN, f64::NEG_INFINITY];
    let expected = ["1.0", "0.5", "-0.0", "1.0E7", "1.5E10", "1.0E-4", "9999999.0", "NaN", "-Infinity"];
    assert_eq!(texts(&Float64Array::from(values.to_vec())), some(&expected));
}

#[test]
fn null_is_none_outside_and_null_inside() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
    assert_eq!(texts(&list), vec![Some("[1, null]".into()), None, Some("[]".into())]);
}

#[test]
fn rows_and_maps_show_their_names() {
    let row = StructArray::from(vec![
        (Arc::new(Field::new("a", DataType::Int64, true)), Arc::new(Int64Array::from(vec![1])) as ArrayRef),
        (Arc::new(Field::new("b", DataType::Utf8, true)), Arc::new(StringArray::from(vec![None::<&str>])) as ArrayRef),
    ]);
    assert_eq!(texts(&row), some(&["{a=1, b=null}"]));
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("k");
    map.values().append_value("v");
    map.append(true).unwrap();
    map.append(false).unwrap();
    assert_eq!(texts(&map.finish()), vec![Some("{k=v}".into()), None]);
}

#[test]
fn dictionaries_read_as_their_values() {
    let array: DictionaryArray<Int32Type> = vec![Some("a"), None, Some("b"), Some("a")].into_iter().collect();
    let expected = vec![Some("a".into()), None, Some("b".into()), Some("a".into())];
    assert_eq!(texts(&array), expected);
    let all = format_array(&array);
    assert_eq!(all.iter().collect::<Vec<_>>(), [Some("a"), None, Some("b"), Some("a")]);
    assert_eq!(texts(&BooleanArray::from(vec![true])), some(&["true"]));
}
