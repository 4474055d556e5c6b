//! Which column does a member of a record fill?
//!
//! The table is derived once from [`Schema::events`]; a record is decoded by looking its keys up, level by level.

use std::sync::LazyLock;

use traillake_event::schema::events::FIELDS;
use traillake_event::schema::{Field, HotKey, Schema, Shape};

/// Where a known member's value goes.
#[derive(Debug)]
pub(super) enum Target {
    /// A text column.
    Text(usize),
    /// A boolean column.
    Boolean(usize),
    /// A time column.
    Time(usize),
    /// A column of exact JSON text, and the columns of its hot keys.
    Json(usize, Vec<(&'static str, usize)>),
    /// Another level.
    Struct(usize),
}

/// A member that a level knows.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: &'static str,
    pub(super) target: Target,
}

/// An object of the record whose members have columns.
#[derive(Debug)]
pub(super) struct Level {
    /// The JSON path with a dot at its end; empty for the record itself.
    pub(super) prefix: String,
    /// Its bit in the `objects` column; none for the record itself.
    pub(super) bit: Option<u32>,
    /// Fewer than 64, so that a bit set of those seen is one word.
    pub(super) members: Vec<Member>,
}

impl Level {
    /// The place of a key among the members. Looks first at `guess`: records repeat the order of their keys.
    pub(super) fn find(&self, key: &str, guess: usize) -> Option<usize> {
        if self.members.get(guess).is_some_and(|member| member.key == key) {
            return Some(guess);
        }
        self.members.iter().position(|member| member.key == key)
    }
}

/// The levels of [`Schema::events`]; the first is the record.
pub(super) fn levels() -> &'static [Level] {
    static LEVELS: LazyLock<Vec<Level>> = LazyLock::new(|| {
        let mut levels = Vec::new();
        add_level(&mut levels, FIELDS, &[]);
        levels
    });
    &LEVELS
}

fn add_level(levels: &mut Vec<Level>, fields: &'static [Field], path: &[&'static str]) -> usize {
    let schema = Schema::events();
    let place = levels.len();
    let prefix = path.iter().flat_map(|step| [step, "."]).collect();
    levels.push(Level { prefix, bit: schema.object_bit(path), members: Vec::new() });
    for field in fields {
        let path = [path, &[field.json]].concat();
        let column = schema.index_of(&path.join("_"));
        let target = match (&field.shape, column) {
            (Shape::Struct(fields), _) => Target::Struct(add_level(levels, fields, &path)),
            (Shape::Text(_), Some(column)) => Target::Text(column),
            (Shape::Boolean, Some(column)) => Target::Boolean(column),
            (Shape::Time, Some(column)) => Target::Time(column),
            (Shape::Map(hot), Some(column)) => Target::Json(column, hot_columns(schema, &path, hot)),
            (Shape::Nested(_), Some(column)) => Target::Json(column, Vec::new()),
            _ => continue,
        };
        levels[place].members.push(Member { key: field.json, target });
    }
    debug_assert!(levels[place].members.len() < 64, "the members seen no longer fit a word");
    place
}

fn hot_columns(schema: &Schema, path: &[&'static str], hot: &'static [HotKey]) -> Vec<(&'static str, usize)> {
    hot.iter()
        .filter_map(|hot| {
            let name = [path, &[hot.key]].concat().join("_");
            schema.index_of(&name).map(|column| (hot.key, column))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_a_path_has_one_member() {
        let mut columns = Vec::new();
        for level in levels() {
            for member in &level.members {
                match &member.target {
                    Target::Text(column) | Target::Boolean(column) | Target::Time(column) => columns.push(*column),
                    Target::Json(column, hot) => {
                        columns.push(*column);
                        columns.extend(hot.iter().map(|(_, column)| *column));
                    }
                    Target::Struct(_) => {}
                }
            }
        }
        columns.sort_unstable();
        let schema = Schema::events();
        let expected: Vec<_> =
            (0..schema.columns().len()).filter(|at| !schema.columns()[*at].path.is_empty()).collect();
        assert_eq!(columns, expected);
    }

    #[test]
    fn every_level_but_the_record_has_a_bit() {
        assert!(levels()[0].bit.is_none());
        assert!(levels()[1..].iter().all(|level| level.bit.is_some()));
    }
}
