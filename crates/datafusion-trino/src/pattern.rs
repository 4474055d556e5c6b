//! Regular expressions as Trino reads them: Java's syntax, Java's way through a text.
//!
//! A pattern runs in linear time where it can. Look-around, back-references, atomic groups and
//! possessive quantifiers need backtracking, which is bounded.

mod replacement;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex};

use datafusion::common::{DataFusionError, Result, exec_datafusion_err, exec_err};

pub(crate) use replacement::Replacement;

/// Steps a backtracking search may take at one place of a text.
const STEPS: usize = 1_000_000;
/// Compiled patterns kept at most.
const KEPT: usize = 512;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    engine: Engine,
    names: HashMap<String, usize>,
    groups: usize,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// The place of a match and those of its groups; the first group is the whole match.
pub(crate) type Groups = Vec<Option<Range<usize>>>;

impl Pattern {
    /// Compiles a pattern, or takes it from the patterns compiled before.
    ///
    /// # Errors
    /// When the text is no regular expression.
    pub(crate) fn compile(text: &str) -> Result<Arc<Pattern>> {
        static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Pattern>>>> = LazyLock::new(Mutex::default);
        let known = COMPILED.lock().ok().and_then(|known| known.get(text).map(Arc::clone));
        if let Some(pattern) = known {
            return Ok(pattern);
        }
        let pattern = Arc::new(Pattern::new(text)?);
        if let Ok(mut known) = COMPILED.lock() {
            if known.len() >= KEPT {
                known.clear();
            }
            known.insert(text.to_owned(), Arc::clone(&pattern));
        }
        Ok(pattern)
    }

    fn new(text: &str) -> Result<Pattern> {
        let engine = match regex::Regex::new(text) {
            Ok(regex) => Engine::Linear(regex),
            Err(linear) => {
                let built = fancy_regex::RegexBuilder::new(text).backtrack_limit(STEPS).build();
                Engine::Backtracking(Box::new(built.map_err(|_| invalid(text, &linear))?))
            }
        };
        let (names, groups): (Vec<Option<&str>>, usize) = match &engine {
            Engine::Linear(regex) => (regex.capture_names().collect(), regex.captures_len()),
            Engine::Backtracking(regex) => (regex.capture_names().collect(), regex.captures_len()),
        };
        let names = names.iter().enumerate().filter_map(|(i, name)| Some(((*name)?.to_owned(), i))).collect();
        Ok(Pattern { text: text.to_owned(), names, groups: groups - 1, engine })
    }

    /// The pattern as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How many groups there are, the whole match not counted.
    pub(crate) fn groups(&self) -> usize {
        self.groups
    }

    /// The number of a named group.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Checks the number of a group; zero is the whole match.
    ///
    /// # Errors
    /// When there is no such group.
    pub(crate) fn group(&self, group: i64) -> Result<usize> {
        match usize::try_from(group) {
            Ok(place) if place <= self.groups => Ok(place),
            Ok(_) => exec_err!("Pattern has {} groups. Cannot access group {group}", self.groups),
            Err(_) => exec_err!("Group cannot be negative"),
        }
    }

    /// Whether the pattern is found anywhere.
    pub(crate) fn is_match(&self, text: &str) -> Result<bool> {
        match &self.engine {
            Engine::Linear(regex) => Ok(regex.is_match(text)),
            Engine::Backtracking(regex) => regex.is_match(text).map_err(|error| self.too_long(&error)),
        }
    }

    /// The places of all matches. As in Java, an empty one may touch the end of the one before.
    pub(crate) fn find_iter<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Result<Range<usize>>> + 'a {
        self.find_from(text, 0)
    }

    /// The places of the matches that start at a place or behind it.
    pub(crate) fn find_from<'a>(
        &'a self,
        text: &'a str,
        from: usize,
    ) -> impl Iterator<Item = Result<Range<usize>>> + 'a {
        walk(text, from, move |at| self.find_at(text, at), Range::clone)
    }

    /// All matches with their groups.
    pub(crate) fn captures_iter<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Result<Groups>> + 'a {
        let whole = |groups: &Groups| groups.first().cloned().flatten().unwrap_or_default();
        walk(text, 0, move |at| self.captures_at(text, at), whole)
    }

    fn find_at(&self, text: &str, at: usize) -> Result<Option<Range<usize>>> {
        match &self.engine {
            Engine::Linear(regex) => Ok(regex.find_at(text, at).map(|found| found.range())),
            Engine::Backtracking(regex) => {
                let found = regex.find_from_pos(text, at).map_err(|error| self.too_long(&error))?;
                Ok(found.map(|found| found.range()))
            }
        }
    }

    fn captures_at(&self, text: &str, at: usize) -> Result<Option<Groups>> {
        match &self.engine {
            Engine::Linear(regex) => {
                let found = regex.captures_at(text, at);
                Ok(found.map(|found| found.iter().map(|group| Some(group?.range())).collect()))
            }
            Engine::Backtracking(regex) => {
                let found = regex.captures_from_pos(text, at).map_err(|error| self.too_long(&error))?;
                Ok(found.map(|found| found.iter().map(|group| Some(group?.range())).collect()))
            }
        }
    }

    fn too_long(&self, error: &fancy_regex::Error) -> DataFusionError {
        exec_datafusion_err!("The regular expression '{}' took too many steps: {error}", self.text)
    }
}

/// Match after match, each searched for from the end of the one before.
fn walk<'a, T: 'a>(
    text: &'a str,
    from: usize,
    find: impl Fn(usize) -> Result<Option<T>> + 'a,
    place: impl Fn(&T) -> Range<usize> + 'a,
) -> impl Iterator<Item = Result<T>> + 'a {
    let mut next = Some(from);
    std::iter::from_fn(move || match find(next?) {
        Ok(None) => {
            next = None;
            None
        }
        Ok(Some(found)) => {
            let Range { start, end } = place(&found);
            let step = if start == end { text[end..].chars().next().map(char::len_utf8) } else { Some(0) };
            next = step.map(|step| end + step);
            Some(Ok(found))
        }
        Err(error) => {
            next = None;
            Some(Err(error))
        }
    })
}

fn invalid(text: &str, error: &regex::Error) -> DataFusionError {
    let reason = error.to_string();
    let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
    exec_datafusion_err!("Invalid regular expression '{text}': {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Vec<String> {
        let pattern = Pattern::compile(pattern).unwrap();
        pattern.find_iter(text).map(|range| text[range.unwrap()].to_owned()).collect()
    }

    #[test]
    fn matches_come_as_in_java() {
        assert_eq!(found("b*", "abba"), ["", "bb", "", ""]);
        assert_eq!(found("", "né"), ["", "", ""]);
        assert_eq!(found(r"\b", "é a"), ["", "", "", ""]);
    }

    #[test]
    fn what_needs_backtracking_works() {
        assert_eq!(found(r"(\w)\1", "hello"), ["ll"]);
        assert_eq!(found("a(?!b)", "abac"), ["a"]);
        assert_eq!(found("(?<=x)y", "yxy"), ["y"]);
        assert_eq!(found("(?>a+)b", "aab"), ["aab"]);
    }

    #[test]
    fn backtracking_is_bounded() {
        let pattern = Pattern::compile(r"(?=(a+)+$)b\1").unwrap();
        let text = format!("{}c", "a".repeat(100));
        assert!(pattern.is_match(&text).is_err() || !pattern.is_match(&text).unwrap());
        assert!(Pattern::compile("(").is_err());
    }
}
