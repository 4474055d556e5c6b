//! What there is to read beside the commands: Markdown that is part of the program.
//!
//! A text begins with `# name: what it is about`. Its lines are as they stand on a screen: none is longer than it should
//! be, but for statements.

use crate::terminal::Style;

/// What stands behind `help` for the list.
pub(super) const LIST: &str = "topics";

/// One text.
pub(super) struct Topic(&'static str);

/// In the order of the list.
pub(super) const TOPICS: &[Topic] = &[
    Topic(include_str!("../../../help/first-steps.md")),
    Topic(include_str!("../../../help/sources.md")),
    Topic(include_str!("../../../help/stores.md")),
    Topic(include_str!("../../../help/sql.md")),
    Topic(include_str!("../../../help/dates.md")),
    Topic(include_str!("../../../help/investigate.md")),
    Topic(include_str!("../../../help/dot-commands.md")),
    Topic(include_str!("../../../help/formats.md")),
    Topic(include_str!("../../../help/scripts.md")),
    Topic(include_str!("../../../help/settings.md")),
    Topic(include_str!("../../../help/exit-status.md")),
];

/// A line of a topic by what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Heading(&'a str),
    /// Of an example; a command without its `$ `.
    Code(&'a str),
    Text(&'a str),
}

impl Topic {
    /// The name and what it is about.
    fn title(&self) -> (&'static str, &'static str) {
        let title = self.0.lines().next().unwrap_or_default().trim_start_matches("# ");
        title.split_once(": ").unwrap_or((title, ""))
    }

    pub(super) fn name(&self) -> &'static str {
        self.title().0
    }

    pub(super) fn about(&self) -> &'static str {
        self.title().1
    }

    /// The lines below the title.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'static>> {
        let mut is_code = false;
        self.0.lines().skip(1).filter_map(move |line| {
            if line.starts_with("```") {
                is_code = !is_code;
                return None;
            }
            Some(match (is_code, line.strip_prefix("## ")) {
                (true, _) => Line::Code(line.strip_prefix("$ ").unwrap_or(line)),
                (false, Some(heading)) => Line::Heading(heading),
                (false, None) => Line::Text(line),
            })
        })
    }

    /// As it stands on a screen.
    pub(super) fn shown(&self, colour: bool) -> String {
        let (name, about) = self.title();
        let mut text = format!("{} {about}\n", Style::Bold.paint(&format!("{name}:"), colour));
        for line in self.lines() {
            match line {
                Line::Heading(heading) => text.push_str(&Style::Bold.paint(heading, colour)),
                Line::Code(code) => text.push_str(&format!("  {}", Style::Cyan.paint(code, colour))),
                Line::Text(line) => text.push_str(&quotes(line, colour)),
            }
            text.push('\n');
        }
        text
    }
}

/// What stands between back quotes, painted instead where there are colours.
fn quotes(line: &str, colour: bool) -> String {
    if !colour {
        return line.to_owned();
    }
    let parts = line.split('`').enumerate();
    parts.map(|(i, part)| if i % 2 == 1 { Style::Cyan.paint(part, true) } else { part.to_owned() }).collect()
}

/// The topics, a line for each.
pub(super) fn list(colour: bool) -> String {
    let width = TOPICS.iter().map(|topic| topic.name().len()).max().unwrap_or_default();
    let line = |topic: &Topic| {
        let blanks = " ".repeat(width - topic.name().len());
        format!("  {}{blanks}  {}\n", Style::Bold.paint(topic.name(), colour), topic.about())
    };
    let lines: String = TOPICS.iter().map(line).collect();
    format!("Topics, to be read with `traillake help TOPIC`:\n{lines}\n`traillake --help` lists the commands.\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_title_and_lines_that_fit() {
        for topic in TOPICS {
            let (name, about) = topic.title();
            assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
            assert!(!about.is_empty() && about.len() <= 72, "{name}");
            for line in topic.lines() {
                if let Line::Text(text) = line {
                    assert!(text.chars().count() <= 100, "{name}: {text}");
                }
            }
            assert_eq!(topic.0.matches("```").count() % 2, 0, "{name}");
        }
    }

    #[test]
    fn a_topic_is_plain_without_colours_and_painted_with_them() {
        let topic = Topic("# a: what\n\n## Head\n\nSee `b c`.\n\n```console\n$ traillake\n```\n");
        assert_eq!(topic.shown(false), "a: what\n\nHead\n\nSee `b c`.\n\n  traillake\n");
        let painted = topic.shown(true);
        assert_eq!(painted.lines().nth(2), Some("\u{1b}[1mHead\u{1b}[0m"));
        assert!(painted.contains(&format!("See {}.", Style::Cyan.paint("b c", true))), "{painted}");
        assert!(!painted.contains('`'));
    }
}
