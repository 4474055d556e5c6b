//! The configuration file: TOML with a setting in each line.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};
use traillake::{Excerpt, Position};

use super::error::ConfigError;
use super::setting::{Kind, SETTINGS, Setting};

/// A setting that the file has.
pub(super) struct Entry {
    pub(super) setting: &'static Setting,
    /// As the environment would spell it.
    pub(super) value: String,
    pub(super) position: Position,
}

impl Entry {
    /// The error of a value that the setting does not take.
    pub(super) fn wrong(&self, expected: String, text: &str, path: &Path) -> ConfigError {
        let what = format!("the setting \"{}\" cannot be \"{}\"", self.setting.name, self.value);
        error(what, Some(format!("expected {expected}")), self.position, text, path)
    }
}

/// The settings of a file, from its first line to its last.
pub(super) fn entries(text: &str, path: &Path) -> Result<Vec<Entry>, ConfigError> {
    // Editors of Windows put a mark before the text.
    let text = text.trim_start_matches('\u{feff}');
    let table = DeTable::parse(text).map_err(|wrong| {
        let at = wrong.span().unwrap_or(0..0);
        error(format!("this is no TOML: {}", wrong.message()), None, position(text, at), text, path)
    })?;
    let mut found: Vec<_> = table.into_inner().into_iter().collect();
    found.sort_by_key(|(key, _)| key.span().start);
    found
        .into_iter()
        .map(|(key, value)| {
            let known = SETTINGS.iter().find(|setting| setting.name == key.get_ref().as_ref());
            let Some(setting) = known else {
                return Err(unknown(key.get_ref(), position(text, key.span()), text, path));
            };
            let position = position(text, value.span());
            match spelt(value.get_ref(), setting.kind) {
                Some(value) => Ok(Entry { setting, value, position }),
                None => Err(other_type(setting, value.get_ref(), position, text, path)),
            }
        })
        .collect()
}

/// The value as the environment would spell it; `None` when it has another type.
fn spelt(value: &DeValue<'_>, kind: Kind) -> Option<String> {
    match (kind, value) {
        (Kind::Text, DeValue::String(text)) => Some(text.clone().into_owned()),
        // In any of TOML's bases; what is too large or negative is told by the setting.
        (Kind::Number, DeValue::Integer(number)) => Some(match number.radix() {
            10 => number.as_str().to_owned(),
            radix => u64::from_str_radix(number.as_str(), radix).ok()?.to_string(),
        }),
        (Kind::Switch, DeValue::Boolean(on)) => Some(if *on { "on" } else { "off" }.to_owned()),
        _ => None,
    }
}

fn other_type(setting: &Setting, value: &DeValue<'_>, position: Position, text: &str, path: &Path) -> ConfigError {
    let found = match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    let what = format!("the setting \"{}\" is {}, and this is {found}", setting.name, setting.kind.name());
    let hint = format!("write it as {} = {}", setting.name, setting.example);
    error(what, Some(hint), position, text, path)
}

fn unknown(name: &str, position: Position, text: &str, path: &Path) -> ConfigError {
    let best = SETTINGS.iter().map(|setting| (strsim::jaro_winkler(name, setting.name), setting.name));
    let best = best.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.8);
    let hint = match best {
        Some((_, near)) => format!("did you mean \"{near}\"?"),
        None => "`traillake config example` shows all settings".to_owned(),
    };
    error(format!("there is no setting \"{name}\""), Some(hint), position, text, path)
}

fn error(what: String, hint: Option<String>, position: Position, text: &str, path: &Path) -> ConfigError {
    let excerpt = Excerpt::new(text, position).map(Box::new);
    ConfigError::File { what, hint, path: path.to_owned(), position, excerpt }
}

/// The line and the column where a stretch of bytes begins.
fn position(text: &str, stretch: Range<usize>) -> Position {
    let before = text.get(..stretch.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let count = |n: usize| 1 + u64::try_from(n).unwrap_or(0);
    Position { line: count(before.matches('\n').count()), column: count(before[line_start..].chars().count()) }
}
