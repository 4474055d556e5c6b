//! The replacement text of `regexp_replace`.

use std::ops::Range;

use datafusion::common::{Result, exec_err};

use super::Pattern;

/// What a match is replaced by: letters and groups in turn.
#[derive(Debug)]
pub(crate) struct Replacement {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Reads `$1`, `${name}` and `\` before a letter to be taken as it is. The number of a group ends
    /// before the digit that would name a group the pattern does not have.
    ///
    /// # Errors
    /// A `$` or `\` with nothing behind it, and groups the pattern does not have.
    pub(crate) fn parse(text: &str, pattern: &Pattern) -> Result<Replacement> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\\' => {
                    let Some(next) = rest.chars().next() else {
                        return exec_err!("Illegal replacement sequence '{text}': a letter must follow the backslash");
                    };
                    plain.push(next);
                    rest = &rest[next.len_utf8()..];
                }
                '$' => {
                    let (group, length) = group(rest, text, pattern)?;
                    rest = &rest[length..];
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Group(group));
                }
                other => plain.push(other),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Replacement { parts })
    }

    /// Appends what a match in `text` is replaced by; a group without a match is empty.
    pub(crate) fn write(&self, text: &str, groups: &[Option<Range<usize>>], to: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(plain) => to.push_str(plain),
                Part::Group(group) => {
                    if let Some(Some(place)) = groups.get(*group) {
                        to.push_str(&text[place.clone()]);
                    }
                }
            }
        }
    }
}

/// The group named behind a `$` and how long its name is.
fn group(rest: &str, text: &str, pattern: &Pattern) -> Result<(usize, usize)> {
    if let Some(name) = rest.strip_prefix('{') {
        let Some((name, _)) = name.split_once('}') else {
            return exec_err!("Illegal replacement sequence '{text}': '}}' is missing");
        };
        return match pattern.named(name) {
            Some(group) => Ok((group, name.len() + 2)),
            None => exec_err!("Illegal replacement sequence '{text}': unknown group {{{name}}}"),
        };
    }
    let digits: Vec<usize> = rest.bytes().map_while(|b| b.is_ascii_digit().then(|| usize::from(b - b'0'))).collect();
    let Some((first, more)) = digits.split_first() else {
        return exec_err!("Illegal replacement sequence '{text}': a group must follow '$'");
    };
    if *first > pattern.groups() {
        return exec_err!("Illegal replacement sequence '{text}': unknown group {first}");
    }
    let (mut group, mut length) = (*first, 1);
    for digit in more {
        let longer = group * 10 + digit;
        if longer > pattern.groups() {
            break;
        }
        group = longer;
        length += 1;
    }
    Ok((group, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pattern: &str, replacement: &str) -> Option<String> {
        let pattern = Pattern::compile(pattern).unwrap();
        let replacement = Replacement::parse(replacement, &pattern).ok()?;
        let mut result = String::new();
        for groups in pattern.captures_iter("ab") {
            replacement.write("ab", &groups.unwrap(), &mut result);
        }
        Some(result)
    }

    #[test]
    fn groups_are_named_as_in_java() {
        for (pattern, replacement, expected) in [
            ("(a)", "$12", Some("a2")),
            ("(?<n>b)", r"\$${n}", Some("$b")),
            ("a|(b)", "<$1>", Some("<><b>")),
            ("(a)", "$2", None),
            ("(a)", "$", None),
            ("(a)", "${n}", None),
            ("(a)", "\\", None),
        ] {
            assert_eq!(replaced(pattern, replacement).as_deref(), expected, "{pattern} {replacement}");
        }
    }
}
