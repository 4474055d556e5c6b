//! Records of a shape met before are read by comparing, not by parsing.
//!
//! Records repeat the keys, order and punctuation of others: what lies between their values is one of few texts. The
//! shapes met so far make a tree. An edge is the text before a value and what that value is; the leaves of the tree
//! are whole shapes, each with its template:
//!
//! ```text
//! {"eventVersion": ‹text› ,"userIdentity":{"type": ‹text› ,"principalId": ‹text› …
//!                                                         ,"invokedBy":   ‹text› …
//! ```
//!
//! A record that follows a path to its end has all its leaves then, and its template gives back its exact bytes by
//! construction: every byte was either compared or is inside a value that is written as it was read. One that leaves
//! the tree is parsed member by member ([`super::record`]), checked, and its shape learned.

use traillake_event::json::{Cursor, Kind, plain_length, without_blanks, write_string};
use traillake_event::time::{self, Spelling};

use super::members::Members;
use super::values::{Leaf, Values};

/// Text that the tree holds at most. Real trails need a few hundred kilobytes; hand-made input may have a shape for
/// every record.
const LITERAL_BYTES_MAX: usize = 16 << 20;

/// The years 1 to 9999 in milliseconds: what a time column can hold everywhere.
pub(super) const YEARS: std::ops::Range<i64> = -62_135_596_800_000..253_402_300_800_000;

/// What a value between literals is, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A string into a text column.
    Text(usize),
    /// Anything else but null into a text column: its JSON text.
    Other(usize),
    /// Anything but null into a JSON column, and the place of its hot keys.
    Json(usize, Option<usize>),
    /// `true` or `false`.
    Boolean(usize),
    /// A time in the spelling of nearly every record.
    Time(usize),
    /// A member no column knows: its key as it stands in the unmapped object.
    Unmapped(Box<str>),
}

/// All records with the same keys, order and punctuation.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) template: Box<str>,
    /// The `objects` column of its records.
    pub(super) objects: i32,
    /// Whether there are blanks between its tokens.
    has_blanks: bool,
}

/// The shapes met so far.
#[derive(Debug)]
pub(super) struct Shapes {
    nodes: Vec<Vec<Edge>>,
    shapes: Vec<Shape>,
    literal_bytes: usize,
}

#[derive(Debug)]
struct Edge {
    literal: Box<str>,
    /// The front of the literal, and which of its bits count: most edges that do not fit end here.
    front: u64,
    mask: u64,
    next: Next,
}

impl Edge {
    fn new(literal: &str, next: Next) -> Self {
        let mask = match literal.len() {
            length @ 0..8 => (1 << (8 * length)) - 1,
            _ => u64::MAX,
        };
        Self { literal: literal.into(), front: front(literal.as_bytes()), mask, next }
    }

    /// Whether the text, which has this front, begins with the literal.
    fn fits(&self, text: &[u8], front: u64) -> bool {
        front & self.mask == self.front && text.starts_with(self.literal.as_bytes())
    }
}

/// The first eight bytes, or what there is of them, and zeros.
fn front(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => text.iter().rev().fold(0, |front, byte| front << 8 | u64::from(*byte)),
    }
}

#[derive(Debug)]
enum Next {
    Value(Step, usize),
    End(usize),
}

/// A record that has a shape met before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Followed {
    /// Where the record ends in the document.
    pub(super) end: usize,
    /// Its shape.
    pub(super) shape: usize,
    /// Whether there are blanks between its tokens.
    pub(super) has_blanks: bool,
}

impl Shapes {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Vec::new()], shapes: Vec::new(), literal_bytes: 0 }
    }

    pub(super) fn shape(&self, shape: usize) -> &Shape {
        &self.shapes[shape]
    }

    /// Whether nothing more is learned.
    pub(super) fn is_full(&self) -> bool {
        self.literal_bytes >= LITERAL_BYTES_MAX
    }

    /// Reads the record that begins at `start`, when its shape is known. Otherwise `values` are left half filled.
    pub(super) fn follow(
        &mut self,
        document: &str,
        start: usize,
        members: &Members,
        values: &mut Values,
    ) -> Option<Followed> {
        let (mut node, mut at, mut has_blanks) = (0, start, false);
        'nodes: loop {
            let edges = &mut self.nodes[node];
            let rest = document.as_bytes().get(at..)?;
            let front = front(rest);
            for place in 0..edges.len() {
                let edge = &edges[place];
                if !edge.fits(rest, front) {
                    continue;
                }
                let from = at + edge.literal.len();
                match &edge.next {
                    Next::End(shape) => {
                        has_blanks |= self.shapes[*shape].has_blanks;
                        return Some(Followed { end: from, shape: *shape, has_blanks });
                    }
                    Next::Value(step, next) => {
                        let Some(end) = step.read(document, from, members, values, &mut has_blanks) else { continue };
                        (node, at) = (*next, end);
                        // What is common comes to stand in front.
                        edges.swap(place, place / 2);
                        continue 'nodes;
                    }
                }
            }
            return None;
        }
    }

    /// Learns the shape of the record at `range`, whose values are `steps` with their ranges.
    pub(super) fn learn(
        &mut self,
        document: &str,
        range: (usize, usize),
        steps: &[(Step, usize, usize)],
        template: &str,
        objects: i32,
    ) -> usize {
        let (mut at, end) = range;
        let (mut node, mut has_blanks) = (0, false);
        for (step, value_start, value_end) in steps {
            let literal = &document[at..*value_start];
            has_blanks |= without_blanks(literal).len() < literal.len();
            node = self.node_after(node, literal, step);
            at = *value_end;
        }
        let literal = &document[at..end];
        let known = self.nodes[node].iter().find_map(|edge| match edge.next {
            Next::End(shape) if *edge.literal == *literal => Some(shape),
            _ => None,
        });
        known.unwrap_or_else(|| {
            has_blanks |= without_blanks(literal).len() < literal.len();
            let shape = self.shapes.len();
            self.shapes.push(Shape { template: template.into(), objects, has_blanks });
            self.literal_bytes += template.len();
            self.add_edge(node, literal, Next::End(shape));
            shape
        })
    }

    fn node_after(&mut self, node: usize, literal: &str, step: &Step) -> usize {
        let known = self.nodes[node].iter().find_map(|edge| match &edge.next {
            Next::Value(known, next) if known == step && *edge.literal == *literal => Some(*next),
            _ => None,
        });
        known.unwrap_or_else(|| {
            let next = self.nodes.len();
            self.nodes.push(Vec::new());
            self.add_edge(node, literal, Next::Value(step.clone(), next));
            next
        })
    }

    fn add_edge(&mut self, node: usize, literal: &str, next: Next) {
        self.literal_bytes += literal.len() + size_of::<Edge>() + size_of::<Vec<Edge>>();
        self.nodes[node].push(Edge::new(literal, next));
    }
}

impl Step {
    /// Reads the value that begins at `from`; the place behind it. `None` when it is no such value.
    fn read(
        &self,
        document: &str,
        from: usize,
        members: &Members,
        values: &mut Values,
        has_blanks: &mut bool,
    ) -> Option<usize> {
        match self {
            Step::Text(column) => read_text(document, from, *column, values),
            Step::Time(column) => {
                let text = document.get(from..)?.strip_prefix('"')?.get(..EXTENDED_BYTES)?;
                let (millis, spelling) = time::parse(text)?;
                let end = from + EXTENDED_BYTES + 2;
                let fits = spelling == Spelling::Extended && YEARS.contains(&millis);
                (fits && document.as_bytes().get(end - 1) == Some(&b'"')).then(|| {
                    values.set(*column, Leaf::Millis(millis));
                    end
                })
            }
            Step::Boolean(column) => {
                let rest = &document.as_bytes()[from..];
                let (value, length) = match rest.first()? {
                    b't' if rest.starts_with(b"true") => (true, 4),
                    b'f' if rest.starts_with(b"false") => (false, 5),
                    _ => return None,
                };
                values.set(*column, Leaf::Boolean(value));
                Some(from + length)
            }
            Step::Other(_) | Step::Json(..) | Step::Unmapped(_) => {
                let mut cursor = Cursor::new(document);
                cursor.seek(from);
                let kind = cursor.kind().ok()?;
                let is_right = match self {
                    Step::Other(_) => !matches!(kind, Kind::Null | Kind::String),
                    Step::Json(..) => kind != Kind::Null,
                    _ => true,
                };
                if cursor.offset() != from || !is_right {
                    return None;
                }
                self.read_json(&mut cursor, from, kind, members, values)?;
                *has_blanks |= cursor.take_passed_blanks();
                Some(cursor.offset())
            }
        }
    }

    fn read_json(
        &self,
        cursor: &mut Cursor<'_>,
        from: usize,
        kind: Kind,
        members: &Members,
        values: &mut Values,
    ) -> Option<()> {
        match self {
            Step::Json(column, hot) => {
                match hot {
                    Some(hot) if kind == Kind::Object => values.read_hot_keys(cursor, &members.hot_keys[*hot]).ok()?,
                    _ => _ = cursor.value().ok()?,
                }
                values.set(*column, Leaf::Text(from, cursor.offset()));
            }
            Step::Unmapped(key) => {
                let value = cursor.value().ok()?;
                values.add_unmapped(key, value.raw);
            }
            Step::Text(column) | Step::Other(column) | Step::Boolean(column) | Step::Time(column) => {
                cursor.value().ok()?;
                values.set(*column, Leaf::Text(from, cursor.offset()));
            }
        }
        Some(())
    }
}

/// `2023-07-19T21:11:57Z`
const EXTENDED_BYTES: usize = 20;

fn read_text(document: &str, from: usize, column: usize, values: &mut Values) -> Option<usize> {
    let rest = document.as_bytes().get(from..)?.strip_prefix(b"\"")?;
    let start = from + 1;
    let length = plain_length(rest);
    match rest.get(length)? {
        b'"' => {
            values.set(column, Leaf::Text(start, start + length));
            Some(start + length + 1)
        }
        b'\\' => {
            let mut cursor = Cursor::new(document);
            cursor.seek(from);
            let value = cursor.value().ok()?;
            let mut spelt = String::with_capacity(value.raw.len());
            write_string(&mut spelt, &value.as_text()?);
            (spelt == value.raw).then(|| {
                let leaf = values.content(value);
                values.set(column, leaf);
                cursor.offset()
            })
        }
        _ => None,
    }
}
