//! The documented columns as expressions over the flat ones, in any dialect.

use arrow::datatypes::DataType;
use traillake_event::schema::{CALENDAR_DAY, Field, Nested, OBJECTS, Schema, Shape};

use super::dialect::Dialect;

/// What stands between SELECT and FROM.
pub(super) fn select_list(schema: &Schema, dialect: &dyn Dialect) -> String {
    let view = View { schema, dialect };
    let mut list = String::new();
    for field in schema.fields() {
        match field.shape {
            Shape::Derived => {
                let why = "is left out: SQL cannot put a record together from its template";
                list.push_str(&format!("  -- {} {why}\n", field.name));
            }
            _ => {
                let expression = view.field(field, schema.fields(), &[]).replace('\n', "\n  ");
                list.push_str(&format!("  {expression} AS {},\n", dialect.quote(field.name)));
            }
        }
    }
    list.push_str(&format!("  {}", dialect.quote(CALENDAR_DAY)));
    list
}

struct View<'a> {
    schema: &'a Schema,
    dialect: &'a dyn Dialect,
}

impl View<'_> {
    /// A field whose parent is the object at a JSON path.
    fn field(&self, field: &Field, siblings: &[Field], parent: &[&'static str]) -> String {
        let path = field.path(parent);
        let column = self.dialect.quote(&path.join("_"));
        match &field.shape {
            Shape::Text(_) | Shape::Boolean => column,
            Shape::Time => self.dialect.time(&column),
            Shape::Number(number) => self.dialect.number(&column, *number),
            Shape::Map(_) => self.dialect.column_map(&column),
            Shape::Nested(nested) => self.nested(&self.dialect.json(&column), nested, 1),
            Shape::Struct(fields) => self.object(field, fields, siblings, &path),
            Shape::Alias(name) => siblings
                .iter()
                .find(|sibling| sibling.name == *name)
                .map_or_else(null, |sibling| self.field(sibling, siblings, parent)),
            // Only columns are derived, and these were left out.
            Shape::Derived => null(),
        }
    }

    fn object(&self, field: &Field, fields: &[Field], siblings: &[Field], path: &[&'static str]) -> String {
        let values: Vec<_> = fields.iter().map(|field| self.field(field, fields, path)).collect();
        let row = self.row(&field.data_type(siblings), &values);
        match self.schema.object_bit(path) {
            Some(bit) => self.only_where(&self.dialect.has_bit(&self.dialect.quote(OBJECTS), bit), &row),
            None => row,
        }
    }

    /// A JSON value of a nested type; `depth` counts the arrays it lies in.
    fn nested(&self, json: &str, nested: &Nested, depth: usize) -> String {
        match nested {
            // Of the documented types, texts and numbers are always members of an object, and never elements.
            Nested::Text | Nested::Number(_) => json.to_owned(),
            Nested::Map => self.dialect.map(json),
            Nested::Array(element) => {
                let name = format!("e{depth}");
                self.dialect.each(json, &name, &self.nested(&name, element, depth + 1))
            }
            Nested::Struct(fields) => {
                let values: Vec<_> =
                    fields.iter().map(|(_, members, nested)| self.members(json, members, nested, depth)).collect();
                self.only_where(&self.dialect.is_object(json), &self.row(&nested.data_type(), &values))
            }
        }
    }

    /// The first of some members of a JSON object that is there.
    fn members(&self, json: &str, members: &[&str], nested: &Nested, depth: usize) -> String {
        let value = |member: &&str| match nested {
            Nested::Text => self.dialect.member_text(json, member),
            Nested::Number(number) => self.dialect.number(&self.dialect.member_text(json, member), *number),
            _ => self.nested(&self.dialect.member(json, member), nested, depth),
        };
        let mut values: Vec<_> = members.iter().map(value).collect();
        match values.len() {
            1 => values.swap_remove(0),
            _ => format!("coalesce({})", values.join(", ")),
        }
    }

    fn row(&self, data_type: &DataType, values: &[String]) -> String {
        match data_type {
            DataType::Struct(fields) => self.dialect.row(fields, values),
            _ => null(),
        }
    }

    fn only_where(&self, condition: &str, value: &str) -> String {
        format!("CASE WHEN {condition} THEN {value} END")
    }
}

fn null() -> String {
    "NULL".to_owned()
}
