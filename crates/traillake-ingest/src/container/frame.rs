//! Where in the document the walk is, for messages.

use std::fmt;

/// The text that is being walked, and where it stands in the document.
pub(super) struct Frame<'a> {
    /// The text; bytes that are no UTF-8 are replaced one by one with `?`.
    pub(super) text: &'a str,
    /// The same text as it was read.
    pub(super) bytes: &'a [u8],
    /// The offset of the text in the document.
    base: u64,
    /// Whether all of the text stands for one string at `base`.
    is_string: bool,
    /// The ranges that are no UTF-8, ascending.
    damaged: &'a [(usize, usize)],
}

impl<'a> Frame<'a> {
    pub(super) fn new(text: &'a str, bytes: &'a [u8], base: u64, damaged: &'a [(usize, usize)]) -> Self {
        Self { text, bytes, base, is_string: false, damaged }
    }

    /// A frame that is exact UTF-8 and begins at an offset of the document.
    pub(super) fn at(text: &'a str, base: u64) -> Self {
        Self::new(text, text.as_bytes(), base, &[])
    }

    /// The frame of a string's content: all of it stands at the string's offset.
    pub(super) fn inside_string(&self, content: &'a str, at: usize) -> Frame<'a> {
        Frame { is_string: true, ..Frame::at(content, self.offset(at)) }
    }

    /// Marks all of the text as standing at its base.
    pub(super) fn held_at_base(self) -> Self {
        Self { is_string: true, ..self }
    }

    /// The offset in the document of a place in the text.
    pub(super) fn offset(&self, at: usize) -> u64 {
        if self.is_string { self.base } else { self.base + at as u64 }
    }

    /// Whether a range of the text holds bytes that are no UTF-8.
    pub(super) fn is_damaged(&self, start: usize, end: usize) -> bool {
        let next = self.damaged.partition_point(|(_, damage_end)| *damage_end <= start);
        self.damaged.get(next).is_some_and(|(damage_start, _)| *damage_start < end)
    }
}

/// The JSON path of a value, as a chain on the stack: nothing is written until a reject asks.
pub(super) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step<'p>,
    depth: usize,
}

enum Step<'p> {
    Root,
    Member(&'p str),
    Element(u64),
}

impl<'p> Place<'p> {
    pub(super) fn root() -> Self {
        Self { parent: None, step: Step::Root, depth: 0 }
    }

    pub(super) fn member(&'p self, key: &'p str) -> Self {
        Self { parent: Some(self), step: Step::Member(key), depth: self.depth + 1 }
    }

    pub(super) fn element(&'p self, index: u64) -> Self {
        Self { parent: Some(self), step: Step::Element(index), depth: self.depth + 1 }
    }

    pub(super) fn is_element(&self) -> bool {
        matches!(self.step, Step::Element(_))
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Element(index) => write!(f, "[{index}]"),
            Step::Member(key) if self.parent.is_some_and(|parent| matches!(parent.step, Step::Root)) => {
                f.write_str(key)
            }
            Step::Member(key) => write!(f, ".{key}"),
        }
    }
}
