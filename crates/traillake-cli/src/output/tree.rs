//! Rows, maps and arrays with a line for each member, for reading.
//!
//! Members stand below their names, deeper by two blanks; elements have a dash. What CloudTrail keeps as JSON text inside
//! a map is taken apart too. NULL members of a row are left out: rows have the members of every kind of event.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::visible::visible;
use crate::terminal::Style;

/// How deep members are taken apart; what lies deeper stays JSON.
const DEPTH_MAX: usize = 32;

/// A JSON value in parts. Leaves are texts as they are shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tree {
    Leaf(String),
    Members(Vec<(String, Tree)>),
    Elements(Vec<Tree>),
}

/// Whether members that are null say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nulls {
    Shown,
    LeftOut,
}

impl Tree {
    /// Takes a JSON text apart.
    pub(super) fn of(json: &str, nulls: Nulls) -> Tree {
        Self::below(json.trim(), nulls, DEPTH_MAX)
    }

    fn below(json: &str, nulls: Nulls, depth: usize) -> Tree {
        let leaf = || Tree::Leaf(json.to_owned());
        let Some(depth) = depth.checked_sub(1) else { return leaf() };
        let mut parser = serde_json::Deserializer::from_str(json);
        match json.as_bytes().first() {
            Some(b'{') => parser.deserialize_map(Members).map_or_else(
                |_| leaf(),
                |members| {
                    let is_said = |value: &&RawValue| nulls == Nulls::Shown || value.get() != "null";
                    let members = members.into_iter().filter(|(_, value)| is_said(value));
                    Tree::Members(members.map(|(name, value)| (name, Self::below(value.get(), nulls, depth))).collect())
                },
            ),
            Some(b'[') => parser.deserialize_seq(Elements).map_or_else(
                |_| leaf(),
                |elements| Tree::Elements(elements.iter().map(|it| Self::below(it.get(), nulls, depth)).collect()),
            ),
            Some(b'"') => match serde_json::from_str::<String>(json) {
                // JSON within a text, as a map has it.
                Ok(text) if text.starts_with(['{', '[']) => match Self::below(&text, Nulls::Shown, depth) {
                    Tree::Leaf(_) => Tree::Leaf(text),
                    tree => tree,
                },
                Ok(text) => Tree::Leaf(text),
                Err(_) => leaf(),
            },
            _ => leaf(),
        }
    }

    /// The lines, names dimmed where colours are.
    pub(super) fn lines(&self, colour: bool) -> Vec<String> {
        let mut lines = Vec::new();
        match self {
            Tree::Leaf(text) => lines.push(visible(text).into_owned()),
            Tree::Members(members) if members.is_empty() => lines.push("{}".to_owned()),
            Tree::Elements(elements) if elements.is_empty() => lines.push("[]".to_owned()),
            Tree::Members(members) => {
                for (name, value) in members {
                    let name = Style::Dim.paint(&format!("{}:", visible(name)), colour);
                    let below = value.lines(colour);
                    match (value.is_flat(), below.as_slice()) {
                        (true, [only]) => lines.push(format!("{name} {only}")),
                        _ => {
                            lines.push(name);
                            lines.extend(below.iter().map(|line| format!("  {line}")));
                        }
                    }
                }
            }
            Tree::Elements(elements) => {
                for element in elements {
                    let below = element.lines(colour);
                    let dash = |(i, line): (usize, &String)| format!("{} {line}", if i == 0 { "-" } else { " " });
                    lines.extend(below.iter().enumerate().map(dash));
                }
            }
        }
        lines
    }

    /// Whether it has no lines of its own below its name.
    fn is_flat(&self) -> bool {
        match self {
            Tree::Leaf(_) => true,
            Tree::Members(members) => members.is_empty(),
            Tree::Elements(elements) => elements.is_empty(),
        }
    }
}

/// The members of an object in their order.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str, nulls: Nulls) -> String {
        Tree::of(json, nulls).lines(false).join("\n")
    }

    #[test]
    fn members_and_elements_stand_on_lines_in_their_order() {
        let json = r#"{"z":"Role","a":{"b":1.0,"c":[]},"list":["x",{"k":"v","l":true},["y"]],"none":null}"#;
        insta::assert_snapshot!(shown(json, Nulls::Shown), @r#"
        z: Role
        a:
          b: 1.0
          c: []
        list:
          - x
          - k: v
            l: true
          - - y
        none: null
        "#);
        assert!(!shown(json, Nulls::LeftOut).contains("none"));
    }

    #[test]
    fn json_within_texts_is_taken_apart_with_its_nulls() {
        let json = r#"{"groupSet":"{\"items\":[{\"groupId\":\"sg-1\",\"x\":null}]}","plain":"{not json"}"#;
        insta::assert_snapshot!(shown(json, Nulls::LeftOut), @r"
        groupSet:
          items:
            - groupId: sg-1
              x: null
        plain: {not json
        ");
    }

    #[test]
    fn nothing_steers_the_terminal_and_depth_ends() {
        assert_eq!(shown(r#"{"a\n":"\u001b[2J"}"#, Nulls::Shown), "a\\n: \\u{1b}[2J");
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(shown(&deep, Nulls::Shown).contains("[[["));
    }
}
