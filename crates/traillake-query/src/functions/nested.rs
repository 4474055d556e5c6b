//! Arrays and deeper structures, read from their JSON text.

use arrow::array::{ArrayRef, Int32BufferBuilder, ListArray, NullBufferBuilder, StringViewBuilder, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use traillake_event::json::{Cursor, Kind, Value};
use traillake_event::schema::Nested;

use super::map::{append_map, map_builder};
use super::{text_argument, text_at};

/// `trail_<column>(json)`: a nested value of its documented type.
#[derive(Debug)]
pub(crate) struct TrailNested {
    name: String,
    nested: &'static Nested,
    signature: Signature,
}

impl TrailNested {
    /// The function for a documented column of a nested type.
    pub(crate) fn new(column: &str, nested: &'static Nested) -> Self {
        Self { name: format!("trail_{column}"), nested, signature: Signature::any(1, Volatility::Immutable) }
    }
}

// The name stands for the column, and a column has one type.
impl PartialEq for TrailNested {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for TrailNested {}

impl Hash for TrailNested {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for TrailNested {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.nested.data_type())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [json] = args.args.as_slice() else { return exec_err!("{} wants one argument", self.name) };
        let texts = text_argument(json, args.number_rows)?;
        let values: Vec<_> = (0..args.number_rows).map(|row| text_at(&texts, row).and_then(whole)).collect();
        Ok(ColumnarValue::Array(build(self.nested, &values)?))
    }
}

/// The values of one level as an array; a value of another JSON type is NULL.
fn build(nested: &'static Nested, values: &[Option<Value<'_>>]) -> Result<ArrayRef> {
    match nested {
        Nested::Text => {
            let mut builder = StringViewBuilder::with_capacity(values.len());
            for value in values {
                builder.append_option(value.and_then(|value| value.map_text()));
            }
            Ok(Arc::new(builder.finish()))
        }
        Nested::Number(number) => {
            let texts = build(&Nested::Text, values)?;
            // What is no number is NULL.
            Ok(cast(&texts, &number.data_type())?)
        }
        Nested::Map => {
            let mut builder = map_builder();
            for value in values {
                append_map(&mut builder, value.map(|value| value.raw))?;
            }
            Ok(Arc::new(builder.finish()))
        }
        Nested::Array(element) => build_list(element, values),
        Nested::Struct(fields) => build_struct(fields, values),
    }
}

/// A column's text as a value. An import has read it: where an object or array ends need not be found out again.
fn whole(text: &str) -> Option<Value<'_>> {
    let mut cursor = Cursor::new(text);
    match cursor.kind().ok()? {
        kind @ (Kind::Object | Kind::Array) => Some(Value { kind, raw: text, offset: 0, escaped: false }),
        _ => cursor.value().ok(),
    }
}

fn build_list(element: &'static Nested, values: &[Option<Value<'_>>]) -> Result<ArrayRef> {
    let mut offsets = Int32BufferBuilder::new(values.len() + 1);
    let mut nulls = NullBufferBuilder::new(values.len());
    let mut elements = Elements::of(element, values.len());
    offsets.append(0);
    for value in values {
        let array = value.filter(|value| value.kind == Kind::Array);
        if let Some(array) = array {
            let mut cursor = Cursor::new(array.raw);
            if let Ok(mut walk) = cursor.elements() {
                while walk.next(&mut cursor).unwrap_or(false) {
                    elements.read(&mut cursor);
                }
            }
        }
        nulls.append(array.is_some());
        let end = i32::try_from(elements.len())
            .map_err(|_| exec_datafusion_err!("a batch holds more than 2^31 array elements: lower the batch size"))?;
        offsets.append(end);
    }
    let field = Arc::new(Field::new_list_field(element.data_type(), true));
    let offsets = OffsetBuffer::new(offsets.finish().into());
    Ok(Arc::new(ListArray::try_new(field, offsets, elements.build()?, nulls.finish())?))
}

/// The elements of arrays. Objects are read as they are come by: each byte is looked at once.
enum Elements<'a> {
    Structs(Structs<'a>),
    Others(&'static Nested, Vec<Option<Value<'a>>>),
}

impl<'a> Elements<'a> {
    fn of(element: &'static Nested, expected: usize) -> Self {
        match element {
            Nested::Struct(fields) => Elements::Structs(Structs::of(fields, expected)),
            other => Elements::Others(other, Vec::with_capacity(expected)),
        }
    }

    /// Reads the one that comes next.
    fn read(&mut self, cursor: &mut Cursor<'a>) {
        match self {
            Elements::Structs(structs) => structs.read(cursor),
            Elements::Others(_, values) => {
                values.push(cursor.value().ok().filter(|value| value.kind != Kind::Null));
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Elements::Structs(structs) => structs.rows,
            Elements::Others(_, values) => values.len(),
        }
    }

    fn build(self) -> Result<ArrayRef> {
        match self {
            Elements::Structs(structs) => structs.build(),
            Elements::Others(nested, values) => build(nested, &values),
        }
    }
}

fn build_struct(fields: StructFields, values: &[Option<Value<'_>>]) -> Result<ArrayRef> {
    let mut structs = Structs::of(fields, values.len());
    for value in values {
        match value {
            Some(value) => structs.read(&mut Cursor::new(value.raw)),
            None => structs.add(false),
        }
    }
    structs.build()
}

/// Names, the members they are read from, and types.
type StructFields = &'static [(&'static str, &'static [&'static str], Nested)];

/// Objects as structs, field by field.
struct Structs<'a> {
    fields: StructFields,
    columns: Vec<Vec<Option<Value<'a>>>>,
    nulls: NullBufferBuilder,
    rows: usize,
}

impl<'a> Structs<'a> {
    fn of(fields: StructFields, expected: usize) -> Self {
        let columns = vec![Vec::with_capacity(expected); fields.len()];
        Self { fields, columns, nulls: NullBufferBuilder::new(expected), rows: 0 }
    }

    /// Adds a struct without members, or NULL.
    fn add(&mut self, is_object: bool) {
        self.nulls.append(is_object);
        self.columns.iter_mut().for_each(|column| column.push(None));
        self.rows += 1;
    }

    /// Adds the value that comes next; NULL where it is no object. Of members that repeat, the last one counts.
    fn read(&mut self, cursor: &mut Cursor<'a>) {
        let is_object = cursor.kind() == Ok(Kind::Object);
        self.add(is_object);
        if !is_object {
            // The next element stands behind it.
            _ = cursor.value();
            return;
        }
        let Ok(mut members) = cursor.members() else { return };
        while let Ok(Some(key)) = members.next(cursor) {
            let Ok(value) = cursor.value() else { return };
            let key = key.as_text().unwrap_or_default();
            let place = self.fields.iter().position(|(_, members, _)| members.contains(&key.as_ref()));
            if let Some(place) = place.filter(|_| value.kind != Kind::Null)
                && let Some(last) = self.columns[place].last_mut()
            {
                *last = Some(value);
            }
        }
    }

    fn build(mut self) -> Result<ArrayRef> {
        let arrays = self
            .fields
            .iter()
            .zip(&self.columns)
            .map(|((_, _, nested), column)| build(nested, column))
            .collect::<Result<Vec<_>>>()?;
        let fields = self.fields.iter();
        let types: Fields = fields.map(|(name, _, nested)| Field::new(*name, nested.data_type(), true)).collect();
        Ok(Arc::new(StructArray::try_new_with_length(types, arrays, self.nulls.finish(), self.rows)?))
    }
}

#[cfg(test)]
mod tests {
    use arrow::util::display::array_value_to_string;
    use traillake_event::schema::{Schema, Shape};

    use super::*;

    fn show(column: &str, text: &str) -> String {
        let field = Schema::events().fields().iter().find(|field| field.name == column).unwrap();
        let Shape::Nested(nested) = &field.shape else { panic!("{column} is not nested") };
        let array = build(nested, &[Cursor::new(text).value().ok()]).unwrap();
        assert_eq!(array.data_type(), &nested.data_type());
        array_value_to_string(&array, 0).unwrap()
    }

    #[test]
    fn resources_are_structs_in_order() {
        let text = r#"[{"type":"T","ARN":"a1","accountId":"1"},{"arn":"a2","type":null},null,{"ARNPrefix":"p"}]"#;
        assert_eq!(
            show("resources", text),
            "[{accountid: 1, type: T, arn: a1, arnprefix: }, {accountid: , type: , arn: a2, arnprefix: }, , \
             {accountid: , type: , arn: , arnprefix: p}]"
        );
        assert_eq!(show("resources", "[]"), "[]");
        assert_eq!(show("resources", "{}"), "");
    }

    #[test]
    fn event_context_reads_three_levels_down() {
        let text = r#"{"tagContext":{"resourceTags":[{"arn":"a","tags":{"team":"x"}}],"principalTags":{"p":"1"}}}"#;
        assert_eq!(
            show("eventcontext", text),
            "{requestcontext: , tagcontext: {resourcetags: [{arn: a, tags: {team: x}}], principaltags: {p: 1}}}"
        );
    }
}
