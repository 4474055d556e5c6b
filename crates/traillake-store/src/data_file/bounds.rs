//! What is known about the columns of one data file, in few bytes: a snapshot holds it for every file.
//!
//! One column after another, by its place in the schema:
//!
//! ```text
//! place    u16, little-endian
//! flags    two bits for what the smallest value is, two for the largest, one for `exact`
//! nulls    varint
//! min, max text: varint and bytes; a boolean: one byte; an instant: i64, little-endian
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use traillake_event::schema::Schema;

use super::statistics::{Bounds, Value};
use crate::varint;

const EXACT: u8 = 1 << 4;
/// How far the bits of the largest value are shifted.
const MAX: u8 = 2;

/// The bounds of a data file's columns. Cheap to clone.
#[derive(Clone)]
pub struct ColumnBounds {
    schema: Arc<Schema>,
    packed: Bytes,
}

impl ColumnBounds {
    /// The bounds of columns of a schema, given by their places.
    pub fn new(schema: &Arc<Schema>, columns: impl IntoIterator<Item = (usize, Bounds)>) -> Self {
        let mut columns: Vec<_> = columns.into_iter().collect();
        columns.sort_by_key(|(place, _)| *place);
        let mut packed = Vec::new();
        for (place, bounds) in &columns {
            // A store has some hundred columns.
            let Ok(place) = u16::try_from(*place) else { continue };
            pack(&mut packed, place, bounds);
        }
        Self { schema: Arc::clone(schema), packed: packed.into() }
    }

    /// Nothing: a file of this may hold anything.
    pub fn unknown(schema: &Arc<Schema>) -> Self {
        Self::new(schema, [])
    }

    /// As [`packed`](Self::packed) gave it, of a schema with the same columns. Of what it did not give it makes something:
    /// bounds that are wrong, or none.
    pub(crate) fn from_packed(schema: &Arc<Schema>, packed: Bytes) -> Self {
        Self { schema: Arc::clone(schema), packed }
    }

    /// The bytes of the module's documentation.
    pub(crate) fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// Whether nothing is known of any column.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// What is known of a column, by its physical name. Where that is `None` the column may hold anything.
    pub fn get(&self, name: &str) -> Option<Bounds> {
        let place = self.schema.index_of(name)?;
        let mut packed = Packed(&self.packed);
        while let Some(entry) = packed.next_entry() {
            match usize::from(entry.place).cmp(&place) {
                Ordering::Less => {}
                Ordering::Equal => return Some(entry.bounds()),
                Ordering::Greater => break,
            }
        }
        None
    }

    /// Every column of which something is known, by name, in the order of the schema.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Bounds)> {
        let mut packed = Packed(&self.packed);
        std::iter::from_fn(move || {
            let entry = packed.next_entry()?;
            let column = self.schema.columns().get(usize::from(entry.place))?;
            Some((column.name.as_str(), entry.bounds()))
        })
    }
}

impl PartialEq for ColumnBounds {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for ColumnBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

fn pack(packed: &mut Vec<u8>, place: u16, bounds: &Bounds) {
    let kind = |value: &Option<Value>| match value {
        None => 0,
        Some(Value::Text(_)) => 1,
        Some(Value::Boolean(_)) => 2,
        Some(Value::Millis(_)) => 3,
    };
    packed.extend(place.to_le_bytes());
    packed.push(kind(&bounds.min) | kind(&bounds.max) << MAX | if bounds.exact { EXACT } else { 0 });
    varint::write(bounds.nulls, packed);
    for value in [&bounds.min, &bounds.max].into_iter().flatten() {
        match value {
            Value::Text(text) => {
                varint::write(text.len() as u64, packed);
                packed.extend(text.as_bytes());
            }
            Value::Boolean(boolean) => packed.push(u8::from(*boolean)),
            Value::Millis(millis) => packed.extend(millis.to_le_bytes()),
        }
    }
}

/// What is left of packed bounds. These were packed here, so that they end where an entry ends.
struct Packed<'a>(&'a [u8]);

/// The bounds of one column, still packed.
struct Entry<'a> {
    place: u16,
    exact: bool,
    nulls: u64,
    min: Option<Bound<'a>>,
    max: Option<Bound<'a>>,
}

enum Bound<'a> {
    Text(&'a [u8]),
    Boolean(bool),
    Millis(i64),
}

impl Entry<'_> {
    fn bounds(&self) -> Bounds {
        let value = |bound: &Option<Bound<'_>>| {
            Some(match bound.as_ref()? {
                Bound::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                Bound::Boolean(boolean) => Value::Boolean(*boolean),
                Bound::Millis(millis) => Value::Millis(*millis),
            })
        };
        Bounds { min: value(&self.min), max: value(&self.max), exact: self.exact, nulls: self.nulls }
    }
}

impl<'a> Packed<'a> {
    fn next_entry(&mut self) -> Option<Entry<'a>> {
        let place = u16::from_le_bytes(self.array()?);
        let [flags] = self.array()?;
        let nulls = varint::read(&mut self.0)?;
        let min = self.bound(flags)?;
        let max = self.bound(flags >> MAX)?;
        Some(Entry { place, exact: flags & EXACT != 0, nulls, min, max })
    }

    fn bound(&mut self, flags: u8) -> Option<Option<Bound<'a>>> {
        Some(match flags & 3 {
            0 => None,
            1 => {
                let length = usize::try_from(varint::read(&mut self.0)?).ok()?;
                let (text, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Some(Bound::Text(text))
            }
            2 => Some(Bound::Boolean(self.array::<1>()? != [0])),
            _ => Some(Bound::Millis(i64::from_le_bytes(self.array()?))),
        })
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Option<Value>> {
        prop_oneof![
            Just(None),
            any::<String>().prop_map(|text| Some(Value::Text(text))),
            any::<bool>().prop_map(|boolean| Some(Value::Boolean(boolean))),
            any::<i64>().prop_map(|millis| Some(Value::Millis(millis))),
        ]
    }

    fn bounds() -> impl Strategy<Value = Bounds> {
        (value(), value(), any::<bool>(), any::<u64>()).prop_map(|(min, max, exact, nulls)| Bounds {
            min,
            max,
            exact,
            nulls,
        })
    }

    proptest! {
        #[test]
        fn bounds_come_back(columns in prop::collection::hash_map(0..80_usize, bounds(), 0..20)) {
            let schema = Schema::events();
            let packed = ColumnBounds::new(schema, columns.clone());
            prop_assert_eq!(packed.iter().count(), columns.len());
            prop_assert_eq!(packed.is_empty(), columns.is_empty());
            for (place, column) in schema.columns().iter().enumerate() {
                let known = packed.get(&column.name);
                prop_assert_eq!(known.as_ref(), columns.get(&place));
            }
        }
    }

    #[test]
    fn a_column_of_nulls_takes_few_bytes() {
        let bounds = Bounds::new(None, None, 100);
        assert_eq!(ColumnBounds::new(Schema::events(), [(3, bounds)]).packed.len(), 4);
    }
}
