//! The documented columns as a tree, for `.schema` and for completion.

use traillake::schema::{Field, Schema, Shape};

use super::columns::spelled;

/// The fields of a row; none when the field is no row.
pub(super) fn fields_of(field: &Field) -> &'static [Field] {
    match field.shape {
        Shape::Struct(fields) => fields,
        _ => &[],
    }
}

/// A line for each column and field: its name below its row, and its type.
pub(crate) fn tree() -> String {
    let mut lines = Vec::new();
    descend(Schema::events().fields(), "", true, &mut lines);
    let margin = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let line = |(name, kind): &(String, String)| format!("{name:margin$}  {kind}\n");
    lines.iter().map(line).collect()
}

fn descend(fields: &[Field], indent: &str, top: bool, lines: &mut Vec<(String, String)>) {
    for (i, field) in fields.iter().enumerate() {
        let last = i + 1 == fields.len();
        let (branch, below) = match (top, last) {
            (true, _) => ("", ""),
            (false, true) => ("└─ ", "   "),
            (false, false) => ("├─ ", "│  "),
        };
        let children = fields_of(field);
        let kind = if children.is_empty() { field.lake_type(fields) } else { "row".to_owned() };
        lines.push((format!("{indent}{branch}{}", spelled(field)), kind));
        descend(children, &format!("{indent}{below}"), false, lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_below_their_row() {
        let tree = tree();
        let names: Vec<_> = tree.lines().filter_map(|line| line.split("  ").next()).map(str::trim_end).collect();
        let at = names.iter().position(|name| *name == "userIdentity").unwrap();
        assert_eq!(names[at + 1], "├─ type");
        assert!(tree.contains("└─ "), "{tree}");
    }
}
