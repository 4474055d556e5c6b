//! The list that `.help` prints.

use super::{Section, nearest, table::TABLE, usage, verbs};
use crate::failure::Failure;
use crate::terminal::Style;

const KEYS: &str = "\
Statements end with a semicolon, or with \\G for a line for each value. Tab
completes names, and values inside quotes; Ctrl-R searches the history; Ctrl-C
stops a query, Ctrl-D leaves. `traillake help` is the manual.
";

/// A line of the list.
struct Line {
    section: Section,
    usage: String,
    about: String,
    also: &'static [&'static str],
}

/// The commands, or those that have a word in their names or texts.
pub(crate) fn help(word: Option<&str>, colour: bool) -> Result<String, Failure> {
    let word = word.unwrap_or_default().to_lowercase();
    let has = |line: &Line| {
        let texts = [line.usage.as_str(), &line.about];
        texts.iter().chain(line.also).any(|text| text.to_lowercase().contains(&word))
    };
    let found: Vec<Line> = lines().filter(has).collect();
    if found.is_empty() {
        return Err(Failure::UnknownDot { near: nearest(&format!(".{word}")), typed: word });
    }
    let mut text = String::new();
    for section in Section::ALL {
        let of_section: Vec<&Line> = found.iter().filter(|line| line.section == section).collect();
        if !of_section.is_empty() {
            text.push_str(&format!("{}\n", Style::Bold.paint(section.title(), colour)));
            text.push_str(&table(&of_section, colour));
            text.push('\n');
        }
    }
    if word.is_empty() {
        text.push_str(KEYS);
    }
    Ok(format!("{}\n", text.trim_end()))
}

fn lines() -> impl Iterator<Item = Line> {
    let of_table = TABLE.iter().map(|entry| Line {
        section: entry.section,
        usage: usage(entry),
        about: entry.about.to_owned(),
        also: entry.also,
    });
    let of_verbs = verbs().iter().map(|verb| Line {
        section: Section::Investigate,
        usage: verb.usage.clone(),
        about: uncapitalised(&verb.about),
        also: &[],
    });
    of_table.chain(of_verbs)
}

fn table(lines: &[&Line], colour: bool) -> String {
    let margin = lines.iter().map(|line| line.usage.chars().count()).max().unwrap_or(0);
    let row = |line: &&Line| {
        let also = if line.also.is_empty() { String::new() } else { format!("  {}", line.also.join(" ")) };
        format!("  {:margin$}  {}{}\n", line.usage, line.about, Style::Dim.paint(&also, colour))
    };
    lines.iter().map(row).collect()
}

/// The manual begins its sentences with a capital; a list does not.
fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
