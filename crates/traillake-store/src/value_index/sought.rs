//! What a question must find, and how the index is asked for it.

use std::collections::HashMap;
use std::fmt;

use super::ValueIndex;
use super::postings::Pages;
use super::terms::{self, Form, GRAM};

/// How many grams of a text are asked for: each rules out most of what it does not stand in.
const GRAMS_MAX: usize = 12;

/// How many of many texts are named when they are shown.
const SHOWN_MAX: usize = 4;

/// What a record must hold, so that it can be an answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sought {
    /// Whatever there is.
    Anything,
    /// A value that is this text, in any letter case.
    Whole(String),
    /// A value or a key that contains this text, in any letter case.
    Within {
        /// The text.
        text: String,
        /// The physical columns one of which has it; empty where any may have.
        columns: Vec<String>,
    },
    /// A value that contains this text, with neither a letter nor a digit beside it.
    Word(String),
    /// All of these.
    All(Vec<Sought>),
    /// One of these.
    Any(Vec<Sought>),
}

impl fmt::Display for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, these: &[Sought], with: &str| {
            for (place, this) in these.iter().take(SHOWN_MAX).enumerate() {
                let is_nested = matches!(this, Sought::All(_) | Sought::Any(_)) && these.len() > 1;
                f.write_str(if place > 0 { with } else { "" })?;
                if is_nested { write!(f, "({this})")? } else { write!(f, "{this}")? }
            }
            if these.len() > SHOWN_MAX { write!(f, "{with}{} more", these.len() - SHOWN_MAX) } else { Ok(()) }
        };
        match self {
            Sought::Anything => f.write_str("anything"),
            Sought::Whole(text) => write!(f, "value {text:?}"),
            Sought::Within { text, .. } => write!(f, "value with {text:?} in it"),
            Sought::Word(text) => write!(f, "value with the word {text:?}"),
            Sought::All(these) => joined(f, these, " and "),
            Sought::Any(these) => joined(f, these, " or "),
        }
    }
}

/// A list of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum List {
    /// Whole values.
    Wholes,
    /// Four characters in a row.
    Grams,
}

/// One look into the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    pub(super) list: List,
    pub(super) hash: u64,
}

/// What is wanted of one row group, in probes.
enum Formula {
    Anything,
    Probe(Probe),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

impl Sought {
    /// A JSON text that contains `text` as it is written, in columns (empty where any column may have it).
    ///
    /// What is written across values is taken apart: each piece stands in one value or key, and none has a character
    /// that could be written as an escape.
    pub fn written(text: &str, columns: &[String]) -> Self {
        let pieces =
            text.split(|char: char| matches!(char, '"' | '\\' | '{' | '}' | '[' | ']' | ',') || char.is_control());
        // A colon or a blank is one of a value when something else of the value stands before it.
        let pieces = pieces.map(|piece| piece.trim_matches(|char: char| char == ':' || char.is_whitespace()));
        let pieces = pieces
            .filter(|piece| piece.len() >= GRAM && !["true", "false", "null"].iter().any(|word| word.contains(piece)));
        Sought::All(pieces.map(|piece| Sought::Within { text: piece.to_owned(), columns: columns.to_vec() }).collect())
    }

    /// A value that is this text; anything where the index may not have the values that are compared with it.
    pub fn scalar(text: &str, columns: &[String]) -> Self {
        let is_number = text.parse::<f64>().is_ok();
        // `json_extract_scalar` writes numbers in its own way, and the text of JSON is no scalar.
        let is_odd = is_number || matches!(text, "true" | "false") || text.trim_start().starts_with(['{', '[']);
        let is_odd = is_odd || columns.is_empty() && may_be_time(text);
        if is_odd { Sought::Anything } else { Sought::Whole(text.to_owned()) }
    }

    /// A scalar, as `json_extract_scalar` shows it, that contains a text.
    pub fn within_scalar(text: &str, columns: &[String]) -> Self {
        let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
        if text.bytes().all(is_digit) || ["true", "false"].iter().any(|word| word.contains(text)) {
            return Sought::Anything;
        }
        Sought::Within { text: text.to_owned(), columns: columns.to_vec() }
    }

    /// Whether everything is wanted.
    pub fn is_anything(&self) -> bool {
        match self {
            Sought::Anything => true,
            Sought::Whole(_) => false,
            Sought::Within { text, .. } | Sought::Word(text) => text.len() < GRAM,
            Sought::All(these) => these.iter().all(Sought::is_anything),
            Sought::Any(these) => these.iter().any(Sought::is_anything),
        }
    }

    /// The pages of a row group that may hold it, as far as probes are answered; otherwise those that must be, first.
    pub fn pages(&self, index: &ValueIndex, answers: &HashMap<Probe, Pages>) -> Result<Pages, Vec<Probe>> {
        self.formula(index).pages(index.all_pages(), answers)
    }

    fn formula(&self, index: &ValueIndex) -> Formula {
        if !index.is_known() {
            return Formula::Anything;
        }
        match self {
            Sought::Anything => Formula::Anything,
            Sought::Whole(text) => whole(text),
            Sought::Within { text, columns } if columns.is_empty() && may_be_time(text) => Formula::Anything,
            Sought::Within { text, columns } => {
                let hidden = Form::may_have_within(text) && index.has_formed(columns);
                if hidden { Formula::Anything } else { Formula::Any(vec![grams(text), whole(text)]) }
            }
            Sought::Word(text) => word(text),
            Sought::All(these) => Formula::All(these.iter().map(|this| this.formula(index)).collect()),
            Sought::Any(these) => Formula::Any(these.iter().map(|this| this.formula(index)).collect()),
        }
    }
}

fn whole(text: &str) -> Formula {
    Formula::Probe(Probe { list: List::Wholes, hash: terms::hash(&terms::lowered(text)) })
}

fn grams(text: &str) -> Formula {
    let hashes: Vec<u64> = terms::grams(terms::lowered(text).as_bytes()).collect();
    // Spread over the text: those beside each other have most characters in common.
    let step = hashes.len().div_ceil(GRAMS_MAX).max(1);
    let probe = |hash: &u64| Formula::Probe(Probe { list: List::Grams, hash: *hash });
    Formula::All(hashes.iter().step_by(step).map(probe).collect())
}

fn word(text: &str) -> Formula {
    let lowered = terms::lowered(text);
    let words: Vec<&str> = terms::words(&lowered).collect();
    if text.len() < GRAM || may_be_time(text) || Form::may_be_group(text) || ["true", "false"].contains(&text) {
        return Formula::Anything;
    }
    let mut ways = vec![grams(text), whole(text)];
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
        if words.is_empty() {
            return Formula::Anything;
        }
        ways.push(Formula::All(words.into_iter().map(whole).collect()));
    }
    Formula::Any(ways)
}

/// Whether a text can stand within the text of an instant, which the index does not have.
fn may_be_time(text: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'T' | b'Z' | b't' | b'z' | b':' | b'.' | b'+' | b'-');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let dots = text.bytes().filter(|byte| *byte == b'.').count();
    // An account has 12 digits, an address three dots.
    text.bytes().all(is_part) && dots < 2 && (digits < text.len() || digits <= 8)
}

impl Formula {
    fn pages(&self, all: Pages, answers: &HashMap<Probe, Pages>) -> Result<Pages, Vec<Probe>> {
        match self {
            Formula::Anything => Ok(all),
            Formula::Probe(probe) => answers.get(probe).copied().ok_or_else(|| vec![*probe]),
            Formula::All(these) => {
                let mut pages = all;
                for this in these {
                    pages &= this.pages(all, answers)?;
                    if pages == 0 {
                        break;
                    }
                }
                Ok(pages)
            }
            Formula::Any(these) => {
                let (mut pages, mut unknown) = (0, Vec::new());
                for this in these {
                    match this.pages(all, answers) {
                        Ok(of_this) => pages |= of_this,
                        Err(probes) => unknown.extend(probes),
                    }
                }
                if unknown.is_empty() || pages == all { Ok(pages) } else { Err(unknown) }
            }
        }
    }
}
