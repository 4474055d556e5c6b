//! What can stand where the cursor is.
//!
//! After FROM and JOIN: event data stores and the lake's own tables. After a dot: the fields of the row before it.
//! Elsewhere: columns, functions and keywords. In texts and comments: nothing.

use traillake::system_tables;

use super::statement::{Kind, Token, is_word, tokens};
use super::{dot, schema, words};

/// The place holder for the event data store of `.use`, or the lake's only one.
const EDS_ID: &str = "$EDS_ID";
const SYSTEM_SCHEMA: &str = "lake";
/// Where the stores stand in the shape of Athena's table.
const ATHENA_SCHEMA: &str = "athena";

/// What may replace the text from `start` to the cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Completion {
    pub(crate) start: usize,
    pub(crate) candidates: Vec<String>,
}

/// Completes the text before the cursor.
pub(crate) fn complete(before: &str, stores: &[String]) -> Completion {
    if dot::is_command(before) {
        return dot_command(before, stores);
    }
    let tokens = tokens(before);
    let open = tokens.last().filter(|token| !token.closed);
    match open {
        Some(Token { kind: Kind::Quoted, text, .. }) if wants_table(&tokens[..tokens.len() - 1]) => {
            let quoted = stores.iter().map(|store| format!("\"{store}\""));
            matching(before.len() - text.len(), text, quoted)
        }
        Some(_) => Completion { start: before.len(), candidates: Vec::new() },
        None if wants_table(before_word(&tokens)) => tables(before, stores),
        None => names(before),
    }
}

fn dot_command(before: &str, stores: &[String]) -> Completion {
    let Some((name, argument)) = before.split_once(char::is_whitespace) else {
        return matching(0, before, dot::names().map(str::to_owned));
    };
    let argument = argument.trim_start();
    let values = match dot::argument_of(name) {
        dot::Argument::Store => stores.to_vec(),
        dot::Argument::Sample => return samples(before, argument),
        dot::Argument::OneOf(values) => values.iter().map(|value| (*value).to_owned()).collect(),
        dot::Argument::None | dot::Argument::File => Vec::new(),
    };
    matching(before.len() - argument.len(), argument, values.into_iter())
}

/// The last word of `.samples` and `.samples run` as the name of a query.
fn samples(before: &str, argument: &str) -> Completion {
    let typed = argument.rsplit(char::is_whitespace).next().unwrap_or_default();
    matching(before.len() - typed.len(), typed, traillake::samples().iter().map(|sample| sample.name.to_owned()))
}

/// The tokens without the word that is being typed (a path, perhaps with hyphens).
fn before_word<'t, 's>(tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
    let typed = |token: &Token| matches!(token.kind, Kind::Word | Kind::Number) || matches!(token.text, "." | "-");
    let length = tokens.iter().rev().take_while(|token| typed(token)).count();
    &tokens[..tokens.len() - length]
}

/// Whether a table comes next: after FROM and JOIN, and after a comma in the list of FROM.
fn wants_table(tokens: &[Token]) -> bool {
    let mut words = tokens.iter().rev().filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment));
    let opens = |word: &str| word.eq_ignore_ascii_case("from") || word.eq_ignore_ascii_case("join");
    match words.next() {
        Some(token) if token.kind == Kind::Word => opens(token.text),
        Some(token) if token.text == "," => {
            let keyword = words.find(|token| token.text == ")" || words::is_keyword(token.text));
            keyword.is_some_and(|token| opens(token.text))
        }
        _ => false,
    }
}

fn tables(before: &str, stores: &[String]) -> Completion {
    let start = before.rfind(|letter| !is_word(letter) && !matches!(letter, '-' | '.')).map_or(0, |at| at + 1);
    let system = system_tables().iter().map(|table| format!("{SYSTEM_SCHEMA}.{}", table.name()));
    let athena = stores.iter().map(|store| format!("{ATHENA_SCHEMA}.{}", as_table(store)));
    let names = stores.iter().map(|store| as_table(store)).chain([EDS_ID.to_owned()]).chain(system).chain(athena);
    matching(start, &before[start..], names)
}

/// A store's name as it is written in FROM.
fn as_table(store: &str) -> String {
    let plain = store.chars().all(|letter| is_word(letter) || letter == '-') && store.starts_with(char::is_alphabetic);
    if plain && !words::is_keyword(store) { store.to_owned() } else { format!("\"{store}\"") }
}

fn names(before: &str) -> Completion {
    let from = before.rfind(|letter| !is_word(letter) && letter != '.').map_or(0, |at| at + 1);
    // `rfind` gives the first byte of a letter that may be longer.
    let from = (from..=before.len()).find(|at| before.is_char_boundary(*at)).unwrap_or(before.len());
    let path: Vec<&str> = before[from..].split('.').collect();
    let Some((typed, parents)) = path.split_last() else { return Completion::default() };
    let start = before.len() - typed.len();
    if parents.is_empty() {
        return anything(start, typed);
    }
    // The first name may be the alias of a table.
    let fields = match schema::fields_at(parents) {
        Some(fields) => fields,
        None => schema::fields_at(&parents[1..]).unwrap_or_default(),
    };
    matching(start, typed, fields.iter().map(|field| schema::spelled(field).to_owned()))
}

fn anything(start: usize, typed: &str) -> Completion {
    let columns = schema::fields_at(&[]).unwrap_or_default();
    let columns = columns.iter().map(|field| schema::spelled(field).to_owned());
    if typed.is_empty() {
        return matching(start, typed, columns);
    }
    let functions = words::FUNCTIONS.iter().map(|function| format!("{function}("));
    let small = typed.starts_with(char::is_lowercase);
    let keyword = |word: &&str| if small { word.to_lowercase() } else { (*word).to_owned() };
    matching(start, typed, columns.chain(functions).chain(words::KEYWORDS.iter().map(keyword)))
}

/// The candidates that begin with what is typed, in any letter case.
fn matching(start: usize, typed: &str, candidates: impl Iterator<Item = String>) -> Completion {
    let begins = |candidate: &String| {
        candidate.get(..typed.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(typed))
    };
    Completion { start, candidates: candidates.filter(begins).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(before: &str) -> Vec<String> {
        complete(before, &["trail".to_owned(), "trail-prod".to_owned(), "my.store".to_owned()]).candidates
    }

    #[test]
    fn tables_stand_after_from() {
        assert_eq!(candidates("select * from tr"), ["trail", "trail-prod"]);
        assert_eq!(candidates("select * from trail-"), ["trail-prod"]);
        assert_eq!(candidates("select * from trail t join $"), ["$EDS_ID"]);
        assert_eq!(candidates("select * from trail t, TR"), ["trail", "trail-prod"]);
        assert_eq!(candidates("select * from lake.im"), ["lake.imports", "lake.import_objects"]);
        assert_eq!(candidates("select * from ATHENA.tr"), ["athena.trail", "athena.trail-prod"]);
        assert_eq!(candidates("select * from \"my"), ["\"my.store\""]);
        assert!(candidates("select * from ").contains(&"\"my.store\"".to_owned()));
        assert!(!candidates("select a, tr").contains(&"trail".to_owned()));
    }

    #[test]
    fn fields_stand_after_their_row() {
        assert_eq!(candidates("select userIdentity.sessionContext.sessionIs"), ["sessionIssuer"]);
        let found = complete("where t.useridentity.ty", &[]);
        assert_eq!((found.start, found.candidates), ("where t.useridentity.".len(), vec!["type".to_owned()]));
        assert_eq!(candidates("select t.eventNa"), ["eventName"]);
        assert!(candidates("select eventName.").is_empty());
    }

    #[test]
    fn columns_functions_and_keywords_stand_elsewhere() {
        assert_eq!(candidates("select eventna"), ["eventName"]);
        assert_eq!(candidates("select element_"), ["element_at("]);
        assert_eq!(candidates("select 1 whe"), ["when", "where"]);
        assert_eq!(candidates("SEL"), ["SELECT"]);
        assert_eq!(candidates("select count(eventNa"), ["eventName"]);
        assert_eq!(candidates("select 'é'||eventNa"), ["eventName"]);
    }

    #[test]
    fn texts_and_comments_are_left_alone() {
        for before in ["select 'ev", "-- ev", "/* ev", "select \"ev"] {
            assert!(candidates(before).is_empty(), "{before}");
        }
    }

    #[test]
    fn dot_commands_complete_with_their_arguments() {
        assert_eq!(candidates(".sc"), [".schema"]);
        assert_eq!(candidates(".schema my"), ["my.store"]);
        assert_eq!(candidates(".timing o"), ["on", "off"]);
        assert_eq!(candidates(".format c"), ["csv", "chart"]);
        assert_eq!(candidates(".samples run console-sign-in-f"), ["console-sign-in-failures"]);
    }
}
