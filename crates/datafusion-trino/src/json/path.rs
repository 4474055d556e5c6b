//! Paths into JSON: `$.a["b"][0]`, and PrestoDB's `[*]` and `.*`.

use super::{Shape, entries, items, shape};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The entry with a key.
    Key(String),
    /// The item at a place from zero, or the entry with that number as key.
    Index(usize),
    /// Every item of an array, every value of an object.
    Every,
}

/// A path, read once and followed often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    steps: Vec<Step>,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// A value.
    One(&'a str),
    /// What a wildcard matched, in order.
    Many(Vec<&'a str>),
}

impl Path {
    /// Reads a path; `None` when it is none. Plain names may hold anything but `.` and `[`.
    pub(crate) fn parse(text: &str) -> Option<Path> {
        let mut rest = text.trim().strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('.') {
                Some(name) => plain(name)?,
                None => subscript(rest.strip_prefix('[')?)?,
            };
            steps.push(step);
            rest = after;
        }
        Some(Path { steps })
    }

    /// Follows the path from a value; `None` when it leads nowhere.
    pub(crate) fn follow<'a>(&self, value: &'a str) -> Option<Found<'a>> {
        if self.steps.contains(&Step::Every) {
            let mut found = Vec::new();
            follow_all(&self.steps, value, &mut found);
            return Some(Found::Many(found));
        }
        let end = self.steps.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => entry(value, key),
            Step::Index(index) => indexed(value, *index),
            Step::Every => None,
        })?;
        Some(Found::One(end))
    }
}

fn plain(text: &str) -> Option<(Step, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match name {
        "" => None,
        "*" => Some((Step::Every, rest)),
        name => Some((Step::Key(name.to_owned()), rest)),
    }
}

fn subscript(text: &str) -> Option<(Step, &str)> {
    let text = text.trim_start();
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let mut name = String::new();
        let mut chars = text[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                let rest = text[1 + at + 1..].trim_start().strip_prefix(']')?;
                return Some((Step::Key(name), rest));
            }
            name.push(if c == '\\' { chars.next()?.1 } else { c });
        }
        return None;
    }
    let (inside, rest) = text.split_once(']')?;
    let inside = inside.trim();
    let step = match inside.parse() {
        Ok(index) => Step::Index(index),
        Err(_) if inside == "*" => Step::Every,
        Err(_) if inside.is_empty() => return None,
        Err(_) => Step::Key(inside.to_owned()),
    };
    Some((step, rest))
}

fn entry<'a>(value: &'a str, key: &str) -> Option<&'a str> {
    entries(value).find(|(name, _)| name == key).map(|(_, value)| value)
}

fn indexed(value: &str, index: usize) -> Option<&str> {
    match shape(value)? {
        Shape::Array => items(value).nth(index),
        Shape::Object => entry(value, &index.to_string()),
        _ => None,
    }
}

fn follow_all<'a>(steps: &[Step], value: &'a str, found: &mut Vec<&'a str>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(value);
        return;
    };
    match step {
        Step::Key(key) => {
            if let Some(value) = entry(value, key) {
                follow_all(rest, value, found);
            }
        }
        Step::Index(index) => {
            if let Some(value) = indexed(value, *index) {
                follow_all(rest, value, found);
            }
        }
        Step::Every => {
            for value in items(value).chain(entries(value).map(|(_, value)| value)) {
                follow_all(rest, value, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let json = r#"{"a":{"b c":[1,{"x-y":2}],"s3:k":"v"},"l":[{"x":1},{"x":2},{}],"1":"one"}"#;
        for (path, expected) in [
            ("$", Some(Found::One(json))),
            (r#"$.a["b c"][1].x-y"#, Some(Found::One("2"))),
            ("$['a'].s3:k", Some(Found::One("\"v\""))),
            ("$.l[*].x", Some(Found::Many(vec!["1", "2"]))),
            ("$.l.*.x", Some(Found::Many(vec!["1", "2"]))),
            ("$[1]", Some(Found::One("\"one\""))),
            ("$.a.missing", None),
            ("$.l[9]", None),
        ] {
            assert_eq!(Path::parse(path).and_then(|p| p.follow(json)), expected, "{path}");
        }
        for path in ["", "a.b", "$..a", "$[", "$['a", "$a", "$[]"] {
            assert_eq!(Path::parse(path), None, "{path}");
        }
    }
}
