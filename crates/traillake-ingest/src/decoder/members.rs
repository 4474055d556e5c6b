//! Which column does a member of a record fill?
//!
//! The table is derived once from a store's [`Schema`]; a record is decoded by looking its keys up, level by level.

use traillake_event::schema::{Field, Schema, Shape};

/// Where a known member's value goes.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A text column.
    Text(usize),
    /// A boolean column.
    Boolean(usize),
    /// A time column.
    Time(usize),
    /// A column of exact JSON text, and the place of its hot keys in [`Members::hot_keys`], if it has any.
    Json(usize, Option<usize>),
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

/// The keys of one map that have columns, by their length: nearly every key of a record is told apart by it.
#[derive(Debug, Default)]
pub(super) struct HotKeys {
    by_length: Vec<Vec<(String, usize)>>,
}

impl HotKeys {
    /// The column of a key.
    pub(super) fn column(&self, key: &str) -> Option<usize> {
        let same_length = self.by_length.get(key.len())?;
        same_length.iter().find(|(known, _)| known == key).map(|(_, column)| *column)
    }

    /// The columns of all keys.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.by_length.iter().flatten().map(|(_, column)| *column)
    }

    fn add(&mut self, key: &str, column: usize) {
        if self.by_length.len() <= key.len() {
            self.by_length.resize_with(key.len() + 1, Vec::new);
        }
        self.by_length[key.len()].push((key.to_owned(), column));
    }
}

/// All members that have columns.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// The first is the record itself.
    pub(super) levels: Vec<Level>,
    pub(super) hot_keys: Vec<HotKeys>,
}

impl Members {
    /// The members that have columns in a schema.
    pub(super) fn new(schema: &Schema) -> Self {
        let mut members = Members::default();
        members.add_level(String::new(), None);
        members.add_fields(schema, (schema.fields(), &[]), 0);
        members
    }

    fn add_level(&mut self, prefix: String, bit: Option<u32>) -> usize {
        self.levels.push(Level { prefix, bit, members: Vec::new() });
        self.levels.len() - 1
    }

    /// Adds the fields of the object at a path to its level.
    fn add_fields(&mut self, schema: &Schema, (fields, parent): (&'static [Field], &[&'static str]), level: usize) {
        for field in fields {
            let path = field.path(parent);
            let column = schema.index_of(&path.join("_"));
            let target = match (&field.shape, column) {
                (Shape::Struct(fields), _) => {
                    let prefix = path.iter().flat_map(|step| [step, "."]).collect();
                    let inner = self.add_level(prefix, schema.object_bit(&path));
                    self.add_fields(schema, (fields, &path), inner);
                    Target::Struct(inner)
                }
                (Shape::Text(_) | Shape::Number(_), Some(column)) => Target::Text(column),
                (Shape::Boolean, Some(column)) => Target::Boolean(column),
                (Shape::Time, Some(column)) => Target::Time(column),
                (Shape::Map(_), Some(column)) => Target::Json(column, self.add_hot_keys(schema, &path)),
                (Shape::Nested(_), Some(column)) => Target::Json(column, None),
                _ => continue,
            };
            for members in [field.json].iter().chain(field.also) {
                self.add_member(level, members, target.clone());
            }
        }
        debug_assert!(self.levels[level].members.len() < 64, "the members seen no longer fit a word");
    }

    /// Adds what stands at a level's member, or deeper, where members lead there.
    fn add_member(&mut self, level: usize, members: &'static str, target: Target) {
        let Some((key, deeper)) = members.split_once('.') else {
            self.levels[level].members.push(Member { key: members, target });
            return;
        };
        let known = self.levels[level].members.iter().find_map(|member| match member.target {
            Target::Struct(inner) if member.key == key => Some(inner),
            _ => None,
        });
        let inner = known.unwrap_or_else(|| {
            let prefix = format!("{}{key}.", self.levels[level].prefix);
            let inner = self.add_level(prefix, None);
            self.levels[level].members.push(Member { key, target: Target::Struct(inner) });
            inner
        });
        self.add_member(inner, deeper, target);
    }

    fn add_hot_keys(&mut self, schema: &Schema, map: &[&'static str]) -> Option<usize> {
        let mut keys = HotKeys::default();
        schema.hot_keys_of(map).for_each(|(key, column)| keys.add(key, column));
        (keys.columns().count() > 0).then(|| {
            self.hot_keys.push(keys);
            self.hot_keys.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use traillake_event::category::StoreType;

    use super::*;

    #[test]
    fn every_column_of_a_path_has_a_member() {
        StoreType::ALL.into_iter().for_each(|of| every_column_has_a_member(Schema::of(of)));
    }

    fn every_column_has_a_member(schema: &Schema) {
        let mut columns = Vec::new();
        let all = Members::new(schema);
        for level in &all.levels {
            for member in &level.members {
                match &member.target {
                    Target::Text(column) | Target::Boolean(column) | Target::Time(column) => columns.push(*column),
                    Target::Json(column, hot) => {
                        columns.push(*column);
                        columns.extend(hot.iter().flat_map(|hot| all.hot_keys[*hot].columns()));
                    }
                    Target::Struct(_) => {}
                }
            }
        }
        columns.sort_unstable();
        // Other spellings lead to the same column.
        columns.dedup();
        let expected: Vec<_> =
            (0..schema.columns().len()).filter(|at| !schema.columns()[*at].path.is_empty()).collect();
        assert_eq!(columns, expected);
    }

    #[test]
    fn every_level_but_the_record_has_a_bit() {
        let members = Members::new(Schema::events());
        assert!(members.levels[0].bit.is_none());
        assert!(members.levels[1..].iter().all(|level| level.bit.is_some()));
    }
}
