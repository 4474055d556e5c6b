//! Paths into JSON: Trino's `$.a["b"][0]`, and PrestoDB's `[*]`, `.*` and single quotes.

use super::{Shape, blanks, entries, entry_at, item_at, items, shape, value_at};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The entry with a key, or the item of an array at the place from zero that the key is.
    Member { key: String, place: Option<usize> },
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
    /// Reads a path; `None` when it is none. Names without quotes are of letters, digits, `_`, `-`, and
    /// `:` behind a dot.
    pub(crate) fn parse(text: &str) -> Option<Path> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('.') {
                Some(name) => plain(name, |c| c == ':' || in_name(c))?,
                None => subscript(rest.strip_prefix('[')?)?,
            };
            steps.push(step);
            rest = after;
        }
        Some(Path { steps })
    }

    /// Follows the path into a text of one value; `None` when it leads nowhere. What stands behind the
    /// value found is not looked at, so the start of a text cut off is enough.
    pub(crate) fn follow<'a>(&self, text: &'a str) -> Option<Found<'a>> {
        let start = blanks(text.as_bytes(), 0);
        if self.steps.contains(&Step::Every) {
            let mut found = Vec::new();
            follow_all(&self.steps, value_at(text, start)?, &mut found);
            return Some(Found::Many(found));
        }
        let end = self.steps.iter().try_fold(start, |at, step| match step {
            Step::Member { key, place } => member_at(text, at, key, *place),
            Step::Every => None,
        })?;
        value_at(text, end).map(Found::One)
    }
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

fn member(name: String) -> Step {
    let place = name.parse().ok();
    Step::Member { key: name, place }
}

fn plain(text: &str, belongs: impl Fn(char) -> bool) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Some((Step::Every, rest));
    }
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then(|| (member(name.to_owned()), rest))
}

fn subscript(text: &str) -> Option<(Step, &str)> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let (step, rest) = plain(text, in_name)?;
        return Some((step, rest.strip_prefix(']')?));
    };
    let mut name = String::new();
    let mut chars = text[1..].char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some((member(name), text[1 + at + 1..].strip_prefix(']')?));
        }
        name.push(match c {
            '\\' => chars.next().map(|(_, next)| next).filter(|next| *next == quote || *next == '\\')?,
            other => other,
        });
    }
    None
}

/// Where the member of the value at a place starts.
fn member_at(text: &str, at: usize, key: &str, place: Option<usize>) -> Option<usize> {
    match shape(text.get(at..)?)? {
        Shape::Object => entry_at(text, at, key),
        Shape::Array => item_at(text, at, place?),
        _ => None,
    }
}

fn follow_all<'a>(steps: &[Step], value: &'a str, found: &mut Vec<&'a str>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(value);
        return;
    };
    match step {
        Step::Member { key, place } => {
            if let Some(value) = member_at(value, 0, key, *place).and_then(|at| value_at(value, at)) {
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
        let json = r#" {"a":{"b c":[1,{"x-y":2}],"s3:k":"v"},"l":[{"x":1},{"x":2},{}],"1":"one","a":3}"#;
        for (path, expected) in [
            ("$", Some(Found::One(json.trim()))),
            (r#"$.a["b c"][1].x-y"#, Some(Found::One("2"))),
            ("$['a'].s3:k", Some(Found::One("\"v\""))),
            ("$.l[*].x", Some(Found::Many(vec!["1", "2"]))),
            ("$.l.*.x", Some(Found::Many(vec!["1", "2"]))),
            ("$[1]", Some(Found::One("\"one\""))),
            ("$.l.1.x", Some(Found::One("2"))),
            ("$.a.missing", None),
            ("$.l[9]", None),
            ("$.l.x", None),
        ] {
            assert_eq!(Path::parse(path).and_then(|p| p.follow(json)), expected, "{path}");
        }
        for path in ["", "a.b", "$..a", "$[", "$['a", "$a", "$[]", "$.a b", " $", r#"$["\a"]"#] {
            assert_eq!(Path::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_text_cut_off_is_read_up_to_its_end() {
        let path = Path::parse("$.a.b").unwrap();
        assert_eq!(path.follow(r#"{"x":[1],"a":{"b":"y","c":"#), Some(Found::One("\"y\"")));
        assert_eq!(path.follow(r#"{"x":[1],"a":{"b":"y"#), None);
    }
}
