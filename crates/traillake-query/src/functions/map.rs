//! `map(varchar, varchar)` columns: an object's JSON text and its hot keys.

use arrow::array::{MapBuilder, MapFieldNames, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExpressionPlacement, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use traillake_event::{json, schema};

use super::{text_argument, text_at};

/// `trail_map(json, 'key', hot_column, …)`: the first level of an object as a map, keys sorted.
///
/// The pairs after the text say which keys stand in columns of their own; the value never depends on them.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TrailMap {
    signature: Signature,
}

impl TrailMap {
    pub(crate) const NAME: &str = "trail_map";

    pub(crate) fn new() -> Self {
        Self { signature: Signature::variadic_any(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for TrailMap {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(schema::map_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(json) = args.args.first() else { return exec_err!("{} wants an object's text", Self::NAME) };
        let texts = text_argument(json, args.number_rows)?;
        let mut builder = map_builder();
        for row in 0..args.number_rows {
            append_map(&mut builder, text_at(&texts, row))?;
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }

    /// Without the pairs, which are the same for every map of a column: planning asks for the name again and again.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let json = args.first().map(|json| json.schema_name().to_string()).unwrap_or_default();
        Ok(format!("{}({json})", Self::NAME))
    }

    fn placement(&self, _: &[ExpressionPlacement]) -> ExpressionPlacement {
        ExpressionPlacement::MoveTowardsLeafNodes
    }
}

pub(super) type TextMapBuilder = MapBuilder<StringViewBuilder, StringViewBuilder>;

pub(super) fn map_builder() -> TextMapBuilder {
    let names = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    MapBuilder::new(Some(names), StringViewBuilder::new(), StringViewBuilder::new())
}

/// Appends an object's first level; NULL for no text and for JSON that is no object.
pub(super) fn append_map(builder: &mut TextMapBuilder, text: Option<&str>) -> Result<()> {
    let object = text.filter(|text| text.trim_start().starts_with('{'));
    // Sorted, so that maps with the same entries are equal and group together; of repeated keys the last counts.
    let mut entries = BTreeMap::new();
    json::for_each_member(object.unwrap_or_default(), |key, value| {
        entries.insert(key, value);
    });
    for (key, value) in &entries {
        builder.keys().append_value(key);
        builder.values().append_option(value.map_text());
    }
    Ok(builder.append(object.is_some())?)
}

/// `trail_map_value(json, 'key')`: one key of an object, for keys without a column of their own.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TrailMapValue {
    signature: Signature,
}

impl TrailMapValue {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for TrailMapValue {
    fn name(&self) -> &str {
        "trail_map_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [json, key] = args.args.as_slice() else { return exec_err!("trail_map_value wants two arguments") };
        let (texts, keys) = (text_argument(json, args.number_rows)?, text_argument(key, args.number_rows)?);
        let mut builder = StringViewBuilder::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            let value =
                text_at(&texts, row).zip(text_at(&keys, row)).and_then(|(text, key)| json::member_text(text, key));
            builder.append_option(value);
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }

    fn placement(&self, _: &[ExpressionPlacement]) -> ExpressionPlacement {
        ExpressionPlacement::MoveTowardsLeafNodes
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Array;

    use super::*;

    fn entries(text: Option<&str>) -> Option<Vec<(String, Option<String>)>> {
        let mut builder = map_builder();
        append_map(&mut builder, text).unwrap();
        let map = builder.finish();
        assert_eq!(map.data_type(), &schema::map_type());
        map.is_valid(0).then(|| {
            use arrow::array::AsArray;
            let entry = map.value(0);
            let (keys, values) = (entry.column(0).as_string_view(), entry.column(1).as_string_view());
            (0..entry.len())
                .map(|at| (keys.value(at).to_owned(), values.is_valid(at).then(|| values.value(at).to_owned())))
                .collect()
        })
    }

    #[test]
    fn keys_are_sorted_and_the_last_of_a_kind_counts() {
        let found = entries(Some(r#"{"b":1,"a":"x","b":null,"B":[1]}"#)).unwrap();
        let expected = [("B", Some("[1]")), ("a", Some("x")), ("b", None)];
        assert_eq!(found, expected.map(|(key, value)| (key.to_owned(), value.map(str::to_owned))));
    }

    #[test]
    fn no_object_is_no_map() {
        assert_eq!(entries(None), None);
        assert_eq!(entries(Some("\"text\"")), None);
        assert_eq!(entries(Some("{}")), Some(vec![]));
    }
}
