//! What columns a table has, as far as an editor cares: names as they are documented, and what stands below them.

use arrow::datatypes::DataType;
use traillake::SystemTable;
use traillake::schema::{Field, Nested, Schema, Shape, athena};

/// A column, or a field of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Where its values are; `None` for what a query computes.
    pub(super) origin: Option<Origin>,
}

/// The type of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Boolean,
    Row(Vec<Column>),
    /// A map from text to text; of some keys it is known that there are such.
    Map(Vec<String>),
    Array(Box<Kind>),
    /// A time, a number, or what nobody knows.
    Other,
}

/// A table and an expression over it, as SQL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) table: String,
    pub(super) expression: String,
}

impl Column {
    pub(super) fn new(name: &str, kind: Kind) -> Self {
        Self { name: name.to_owned(), kind, origin: None }
    }

    /// The field of this name, in any letter case. Of an array that of its first element.
    pub(super) fn field(&self, name: &str) -> Option<Column> {
        let field = self.fields().iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
        let element = if matches!(self.kind, Kind::Array(_)) { "[1]" } else { "" };
        let origin = self.origin.as_ref().map(|origin| Origin {
            table: origin.table.clone(),
            expression: format!("{}{element}.{}", origin.expression, field.name),
        });
        Some(Column { origin, ..field.clone() })
    }

    /// The fields of a row, or of the rows of an array.
    pub(super) fn fields(&self) -> &[Column] {
        match &self.kind {
            Kind::Row(fields) => fields,
            Kind::Array(element) => match element.as_ref() {
                Kind::Row(fields) => fields,
                _ => &[],
            },
            _ => &[],
        }
    }

    /// The column as one of a table.
    pub(super) fn of(self, table: &str) -> Self {
        let origin = Origin { table: table.to_owned(), expression: self.name.clone() };
        Self { origin: Some(origin), ..self }
    }
}

/// The name as CloudTrail's documentation writes it, which SQL reads in any letter case.
pub(super) fn spelled(field: &Field) -> &'static str {
    let last = field.json.rsplit('.').next().unwrap_or(field.json);
    [last]
        .into_iter()
        .chain(field.also.iter().copied())
        .find(|json| json.eq_ignore_ascii_case(field.name))
        .unwrap_or(field.name)
}

/// The columns of an event data store.
pub(super) fn of_store(schema: &Schema) -> Vec<Column> {
    of_fields(schema, schema.fields(), &[])
}

fn of_fields(schema: &Schema, fields: &[Field], parent: &[&'static str]) -> Vec<Column> {
    fields.iter().map(|field| of_field(schema, field, fields, parent)).collect()
}

fn of_field(schema: &Schema, field: &Field, siblings: &[Field], parent: &[&'static str]) -> Column {
    let path = field.path(parent);
    let kind = match &field.shape {
        Shape::Text(_) | Shape::Derived => Kind::Text,
        Shape::Boolean => Kind::Boolean,
        Shape::Time | Shape::Number(_) => Kind::Other,
        Shape::Struct(fields) => Kind::Row(of_fields(schema, fields, &path)),
        Shape::Map(_) => Kind::Map(schema.hot_keys_of(&path).map(|(key, _)| key.to_owned()).collect()),
        Shape::Nested(nested) => of_nested(nested),
        Shape::Alias(name) => match siblings.iter().find(|sibling| sibling.name == *name) {
            Some(sibling) if !matches!(sibling.shape, Shape::Alias(_)) => {
                of_field(schema, sibling, siblings, parent).kind
            }
            _ => Kind::Other,
        },
    };
    Column::new(spelled(field), kind)
}

fn of_nested(nested: &Nested) -> Kind {
    match nested {
        Nested::Text => Kind::Text,
        Nested::Number(_) => Kind::Other,
        Nested::Map => Kind::Map(Vec::new()),
        Nested::Array(element) => Kind::Array(Box::new(of_nested(element))),
        Nested::Struct(fields) => {
            Kind::Row(fields.iter().map(|(name, _, nested)| Column::new(name, of_nested(nested))).collect())
        }
    }
}

/// The columns of Athena's table.
pub(super) fn of_athena() -> Vec<Column> {
    of_athena_fields(athena::FIELDS)
}

fn of_athena_fields(fields: &[athena::Field]) -> Vec<Column> {
    let kind = |shape: &athena::Shape| match shape {
        athena::Shape::Struct(fields) => Kind::Row(of_athena_fields(fields)),
        athena::Shape::Map => Kind::Map(Vec::new()),
        athena::Shape::Nested(nested) => of_nested(nested),
        athena::Shape::Text | athena::Shape::Same | athena::Shape::Boolean => Kind::Text,
        athena::Shape::Time(_) => Kind::Other,
    };
    fields.iter().map(|field| Column::new(field.name, kind(&field.shape))).collect()
}

/// The columns of one of the lake's own tables.
pub(super) fn of_system(table: SystemTable) -> Vec<Column> {
    let kind = |data_type: &DataType| match data_type {
        DataType::Utf8 => Kind::Text,
        DataType::Boolean => Kind::Boolean,
        _ => Kind::Other,
    };
    table.schema().fields().iter().map(|field| Column::new(field.name(), kind(field.data_type()))).collect()
}

#[cfg(test)]
mod tests {
    use traillake::StoreType;

    use super::*;

    fn find(columns: &[Column], path: &str) -> Option<Column> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let column = columns.iter().find(|column| column.name.eq_ignore_ascii_case(first))?.clone().of("t");
        rest.map_or(Some(column.clone()), |rest| rest.split('.').try_fold(column, |column, name| column.field(name)))
    }

    #[test]
    fn fields_are_found_below_rows_and_arrays() {
        let columns = of_store(Schema::events());
        let origin = |path| find(&columns, path).unwrap().origin.unwrap().expression;
        assert_eq!(
            origin("USERIDENTITY.sessioncontext.sessionIssuer.ARN"),
            "userIdentity.sessionContext.sessionIssuer.arn"
        );
        assert_eq!(origin("resources.arn"), "resources[1].arn");
        assert!(find(&columns, "eventName.nothing").is_none());
    }

    #[test]
    fn every_kind_of_table_has_its_own_columns() {
        let names = |columns: Vec<Column>| columns.into_iter().map(|column| column.name).collect::<Vec<_>>();
        let evidence = names(of_store(Schema::of(StoreType::Evidence)));
        assert!(evidence.contains(&"eventData".to_owned()), "{evidence:?}");
        let insights = names(of_store(Schema::of(StoreType::Insights)));
        assert!(insights.contains(&"insightSource".to_owned()), "{insights:?}");
        assert!(names(of_athena()).contains(&"region".to_owned()));
        let imports = names(of_system(SystemTable::Imports));
        assert!(imports.contains(&"import_id".to_owned()), "{imports:?}");
    }

    #[test]
    fn keys_with_a_column_of_their_own_are_known() {
        let Some(Column { kind: Kind::Map(keys), .. }) = find(&of_store(Schema::events()), "requestParameters") else {
            panic!("a map");
        };
        assert!(keys.contains(&"bucketName".to_owned()), "{keys:?}");
    }
}
