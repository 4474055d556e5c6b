//! Patterns of sources: where to look for them, and how deep.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::error::Error;

/// A pattern, read.
#[derive(Debug)]
pub(super) struct Pattern {
    root: PathBuf,
    matcher: GlobMatcher,
    levels: Option<usize>,
}

impl Pattern {
    pub(super) fn compile(text: &str) -> Result<Self, Error> {
        let meta = text.find(['*', '?', '[', '{']).unwrap_or(text.len());
        let cut = text[..meta].rfind('/').map_or(0, |slash| slash + 1);
        let (root, rest) = text.split_at(cut);
        let rest = rest.trim_end_matches('/');
        let root = PathBuf::from(if root.is_empty() { "." } else { root });
        let whole = format!("{}/{rest}", globset::escape(root.to_string_lossy().trim_end_matches('/')));
        let glob = GlobBuilder::new(&whole)
            .literal_separator(true)
            .build()
            .map_err(|source| Error::Pattern { pattern: text.to_owned(), source })?;
        // A slash inside of `{…}` counts too: a level too many is looked at, never one too few.
        let levels = (!rest.contains("**")).then(|| rest.matches('/').count() + 1);
        Ok(Self { root, matcher: glob.compile_matcher(), levels })
    }

    /// The directory below which it matches, as it was typed.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether it matches a path below its root.
    pub(super) fn is_match(&self, path: &Path) -> bool {
        self.matcher.is_match(path)
    }

    /// Whether it may match something in a directory so many levels below its root.
    pub(super) fn reaches(&self, level: usize) -> bool {
        self.levels.is_none_or(|levels| level < levels)
    }
}
