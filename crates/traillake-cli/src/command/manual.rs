//! The manual: topics, manual pages, completions.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArguments, ManArguments};
use crate::failure::{Failure, Outcome};
use crate::output::{Count, Destination};
use crate::terminal::{self, Screen};

mod page;
mod topic;

use topic::{TOPICS, Topic};

/// Shows a topic, or the list of them.
pub(super) fn topic(words: &[String]) -> Result<Outcome, Failure> {
    let colour = Screen::of_stdout().colour;
    let name = words.join("-").to_lowercase();
    let text = match find(&name) {
        Some(topic) => topic.shown(colour),
        None if name == topic::LIST => topic::list(colour),
        None => return Err(unknown(words)),
    };
    Destination::stdout().put(&mut text.into_bytes()).map(|()| Outcome::Done)
}

/// Writes manual pages.
pub(super) fn man(arguments: &ManArguments) -> Result<Outcome, Failure> {
    if let Some(folder) = &arguments.output {
        return all_pages(folder);
    }
    let name = arguments.words.join("-");
    let found = match find(&name) {
        Some(topic) => Some(page::of_topic(topic)),
        None => {
            let commands = commands();
            let named = [&["traillake".to_owned()], arguments.words.as_slice()].concat().join("-");
            commands.into_iter().find(|(name, _)| *name == named).map(|(_, command)| page::of_command(command))
        }
    };
    let mut page = found.ok_or_else(|| unknown(&arguments.words))?;
    Destination::stdout().put(&mut page).map(|()| Outcome::Done)
}

fn all_pages(folder: &Path) -> Result<Outcome, Failure> {
    let failed = |path: &Path, source| Failure::Output { path: path.to_owned(), source };
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let commands = commands().into_iter().map(|(name, command)| (format!("{name}.1"), page::of_command(command)));
    let topics = TOPICS.iter().map(|topic| (format!("traillake-{}.7", topic.name()), page::of_topic(topic)));
    let mut count = 0;
    for (name, page) in commands.chain(topics) {
        let path = folder.join(name);
        fs::write(&path, page).map_err(|source| failed(&path, source))?;
        count += 1;
    }
    terminal::say(&format!("{} in {}", Count(count, "manual page"), folder.display()));
    Ok(Outcome::Done)
}

/// Writes completions.
pub(super) fn completions(arguments: &CompletionsArguments) -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "traillake", &mut text);
    Destination::stdout().put(&mut text).map(|()| Outcome::Done)
}

/// Every command with the name of its page: `traillake-store-create`.
fn commands() -> Vec<(String, clap::Command)> {
    fn walk(name: &str, command: &clap::Command, to: &mut Vec<(String, clap::Command)>) {
        to.push((name.to_owned(), command.clone()));
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            walk(&format!("{name}-{}", below.get_name()), below, to);
        }
    }
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut commands = Vec::new();
    walk("traillake", &command, &mut commands);
    commands
}

fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name() == name)
}

/// The error of words that are neither a command nor a topic, with their nearest neighbour.
fn unknown(words: &[String]) -> Failure {
    let typed = words.join(" ");
    let commands = commands().into_iter().skip(1).map(|(name, _)| name.replace('-', " "));
    let commands = commands.filter_map(|name| name.strip_prefix("traillake ").map(str::to_owned));
    let known = TOPICS.iter().map(|topic| topic.name().to_owned()).chain(commands);
    let likely = known.map(|known| (strsim::jaro_winkler(&typed.to_lowercase(), &known), known));
    let best = likely.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.8);
    Failure::UnknownTopic { typed, near: best.map(|(_, known)| known) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_name_of_its_own() {
        let mut names: Vec<String> = commands().into_iter().map(|(name, _)| name).collect();
        assert!(names.contains(&"traillake-store-create".to_owned()), "{names:?}");
        names.extend(TOPICS.iter().map(|topic| format!("traillake-{}", topic.name())));
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "a topic has the name of a command, which would hide it");
    }
}
