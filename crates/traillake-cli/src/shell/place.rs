//! What belongs where the cursor is, by the words before it.

use super::scope::ends_operand;
use super::statement::{Kind, Token};
use super::words;

/// What belongs at the cursor, and what of it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A name that the user chooses, or a text that can be anything.
    Free,
    /// A table, perhaps in double quotes.
    Table { typed: &'a str },
    /// A field of what stands before the dot.
    Field { parents: Vec<String>, typed: &'a str },
    /// A value of what it is compared with. `text` is the open text with its quote; without it, `typed` may also begin a
    /// column.
    Value { of: Operand, typed: &'a str, is_text: bool },
    /// A key of a map, as a text. In JSON it has `$.` before it.
    Key { map: Vec<String>, typed: &'a str, is_json: bool },
    /// A unit of time, as a text.
    Unit { typed: &'a str },
    /// A column, a call or the beginning of an expression.
    Operand { clause: Clause, typed: &'a str },
    /// What goes on behind an operand.
    Continuation { clause: Clause, typed: &'a str },
}

/// What is compared: a column, or the value under a key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Path(Vec<String>),
    Key { map: Vec<String>, key: String, is_json: bool },
}

/// The part of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clause {
    /// Nothing stands before.
    Beginning,
    Select,
    From,
    /// The condition of a join.
    On,
    Where,
    GroupBy,
    Having,
    OrderBy,
    /// In parentheses: arguments, or part of an expression.
    Inside,
    Other,
}

impl<'a> Place<'a> {
    /// The place behind these tokens of a statement.
    pub(super) fn behind(tokens: &[Token<'a>]) -> Place<'a> {
        let start = tokens.iter().rposition(|token| token.text == ";").map_or(0, |at| at + 1);
        let open = tokens.last().copied().filter(|token| !token.closed);
        let all: Vec<Token<'a>> = tokens[start..].iter().copied().filter(is_significant).collect();
        match open {
            Some(Token { kind: Kind::Text, text, .. }) => in_text(&all[..all.len() - 1], text),
            Some(Token { kind: Kind::Quoted, text, .. }) if wants_table(&all[..all.len() - 1]) => {
                Place::Table { typed: text }
            }
            Some(_) => Place::Free,
            None => {
                let is_behind_blank = tokens.last().is_some_and(|token| !is_significant(token));
                bare(&all, is_behind_blank)
            }
        }
    }
}

fn is_significant(token: &Token) -> bool {
    !matches!(token.kind, Kind::Space | Kind::Comment)
}

/// The place in a text behind its quote.
fn in_text<'a>(before: &[Token<'a>], text: &'a str) -> Place<'a> {
    let typed = text.get(1..).unwrap_or_default();
    if let Some(of) = compared(before) {
        return Place::Value { of, typed, is_text: true };
    }
    if let [front @ .., bracket] = before
        && bracket.text == "["
        && let Some((map, _)) = path(front)
    {
        return Place::Key { map, typed, is_json: false };
    }
    let Some((function, arguments)) = call(before) else { return Place::Free };
    let is = |name: &str| function.eq_ignore_ascii_case(name);
    match arguments {
        [] if is("date_trunc") || is("date_add") || is("date_diff") => Place::Unit { typed },
        [first @ .., comma] if comma.text == "," => {
            let whole = path(first).filter(|(_, length)| *length == first.len());
            match whole {
                Some((map, _)) if is("element_at") => Place::Key { map, typed, is_json: false },
                Some((map, _)) if is_json_function(function) => Place::Key { map, typed, is_json: true },
                _ => Place::Free,
            }
        }
        _ => Place::Free,
    }
}

fn is_json_function(name: &str) -> bool {
    ["json_extract_scalar", "json_extract", "json_size"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The function whose parentheses are open, and its arguments until now.
pub(super) fn call<'t, 'a>(before: &'t [Token<'a>]) -> Option<(&'a str, &'t [Token<'a>])> {
    let open = opening(before)?;
    let name = open.checked_sub(1).and_then(|at| before.get(at))?;
    let is_name = name.kind == Kind::Word && (!words::is_keyword(name.text) || is_called(name.text));
    is_name.then(|| (name.text, &before[open + 1..]))
}

/// Keywords that are written like functions.
fn is_called(word: &str) -> bool {
    ["cast", "try_cast", "extract"].iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// The parenthesis that is still open.
pub(super) fn opening(before: &[Token]) -> Option<usize> {
    let mut closed = 0_usize;
    for (at, token) in before.iter().enumerate().rev() {
        match token.text {
            ")" => closed += 1,
            "(" if closed == 0 => return Some(at),
            "(" => closed -= 1,
            _ => {}
        }
    }
    None
}

/// What a value at the end of these tokens would be compared with.
fn compared(before: &[Token]) -> Option<Operand> {
    let is = |token: &Token, word: &str| token.text.eq_ignore_ascii_case(word);
    let operand_before = |tokens: &[Token]| operand(without_not(tokens));
    match before {
        [front @ .., a, b] if is(b, "=") && is(a, "!") => operand(front),
        [front @ .., a, b] if is(a, "<") && is(b, ">") => operand(front),
        [front @ .., last] if is(last, "=") => operand(front),
        [front @ .., last] if is(last, "like") => operand_before(front),
        _ => {
            let open = opening(before)?;
            let is_list = before[open + 1..].iter().all(|token| token.kind == Kind::Text || token.text == ",");
            let front = &before[..open];
            match front {
                [front @ .., last] if is_list && is(last, "in") => operand_before(front),
                _ => None,
            }
        }
    }
}

fn without_not<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    match tokens {
        [front @ .., last] if last.text.eq_ignore_ascii_case("not") => front,
        _ => tokens,
    }
}

/// The operand at the end of tokens.
fn operand(tokens: &[Token]) -> Option<Operand> {
    let last = tokens.last()?;
    if last.text == ")" {
        let front = &tokens[..tokens.len() - 1];
        let (function, arguments) = call(front)?;
        let [map @ .., comma, key] = arguments else { return None };
        let (map, length) = path(map)?;
        let key = key.quoted()?;
        let is_whole = comma.text == "," && length == arguments.len() - 2;
        return match function {
            _ if !is_whole => None,
            _ if function.eq_ignore_ascii_case("element_at") => Some(Operand::Key { map, key, is_json: false }),
            _ if function.eq_ignore_ascii_case("json_extract_scalar") => {
                Some(Operand::Key { map, key: key.strip_prefix("$.")?.to_owned(), is_json: true })
            }
            _ => None,
        };
    }
    if let [front @ .., bracket, key, _] = tokens
        && last.text == "]"
        && bracket.text == "["
        && let Some(key) = key.quoted()
    {
        return Some(Operand::Key { map: path(front)?.0, key, is_json: false });
    }
    path(tokens).map(|(path, _)| Operand::Path(path))
}

/// The path at the end of tokens, and how many they are. Of `resources[1].arn` the names count.
fn path(tokens: &[Token]) -> Option<(Vec<String>, usize)> {
    let (mut names, mut rest) = (Vec::new(), tokens);
    loop {
        let [front @ .., last] = rest else { return None };
        names.push(last.name()?);
        rest = front;
        let [front @ .., dot] = rest else { break };
        if dot.text != "." {
            break;
        }
        rest = match front {
            [array @ .., open, number, close]
                if close.text == "]" && open.text == "[" && number.kind == Kind::Number =>
            {
                array
            }
            _ => front,
        };
    }
    names.reverse();
    Some((names, tokens.len() - rest.len()))
}

/// The place outside of texts.
fn bare<'a>(all: &[Token<'a>], is_behind_blank: bool) -> Place<'a> {
    let typing = |token: &&Token| matches!(token.kind, Kind::Word | Kind::Number) && !is_behind_blank;
    let (typed, front) = match all {
        [front @ .., last] if typing(&last) => (last.text, front),
        _ => ("", all),
    };
    if wants_table(before_table_name(all, is_behind_blank)) {
        return Place::Table { typed };
    }
    if let [parents @ .., dot] = front
        && dot.text == "."
        && (!is_behind_blank || typed.is_empty())
    {
        let parents = match parents {
            [array @ .., open, number, close]
                if close.text == "]" && open.text == "[" && number.kind == Kind::Number =>
            {
                array
            }
            _ => parents,
        };
        return path(parents).map_or(Place::Free, |(parents, _)| Place::Field { parents, typed });
    }
    if typed.starts_with(|letter: char| letter.is_ascii_digit()) {
        return Place::Free;
    }
    if let Some(of) = compared(front) {
        return Place::Value { of, typed, is_text: false };
    }
    let clause = clause(front);
    match front.last() {
        Some(last) if last.text.eq_ignore_ascii_case("as") && clause != Clause::Inside => Place::Free,
        Some(last) if ends_operand(last) => Place::Continuation { clause, typed },
        Some(last) if goes_on(last.text, front) => Place::Continuation { clause, typed },
        _ => Place::Operand { clause, typed },
    }
}

/// Whether only certain words can follow a keyword.
fn goes_on(word: &str, tokens: &[Token]) -> bool {
    let star = word == "*"
        && tokens
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|token| token.text.eq_ignore_ascii_case("select") || matches!(token.text, "," | "."));
    star || words::followers(word).is_some()
}

/// The tokens without the table's name that is being typed: a path, perhaps with hyphens.
fn before_table_name<'t, 'a>(tokens: &'t [Token<'a>], is_behind_blank: bool) -> &'t [Token<'a>] {
    if is_behind_blank {
        return tokens;
    }
    let typed = |token: &Token| matches!(token.kind, Kind::Word | Kind::Number) || matches!(token.text, "." | "-");
    let mut length = tokens.iter().rev().take_while(|token| typed(token)).count();
    // The keyword before it is no part of the name.
    while length > 0
        && tokens[tokens.len() - length].kind == Kind::Word
        && words::is_keyword(tokens[tokens.len() - length].text)
    {
        length -= 1;
    }
    // Two words side by side are a name and an alias.
    let name = &tokens[tokens.len() - length..];
    let beside =
        name.windows(2).rposition(|pair| pair.iter().all(|token| matches!(token.kind, Kind::Word | Kind::Number)));
    &tokens[..tokens.len() - length + beside.map_or(0, |at| at + 1)]
}

/// Whether a table comes next: after FROM and JOIN, and after a comma in the list of FROM.
fn wants_table(tokens: &[Token]) -> bool {
    let opens = |token: &Token| token.text.eq_ignore_ascii_case("from") || token.text.eq_ignore_ascii_case("join");
    match tokens.last() {
        Some(token) if token.kind == Kind::Word => opens(token) && call_of_extract(tokens).is_none(),
        Some(token) if token.text == "," => clause(&tokens[..tokens.len() - 1]) == Clause::From,
        _ => false,
    }
}

/// `extract(HOUR FROM …)` names no table.
fn call_of_extract<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    call(tokens).map(|(name, _)| name).filter(|name| name.eq_ignore_ascii_case("extract"))
}

/// The clause that tokens end in.
fn clause(tokens: &[Token]) -> Clause {
    let mut closed = 0_usize;
    for token in tokens.iter().rev() {
        match token.text {
            ")" => closed += 1,
            "(" if closed == 0 => return Clause::Inside,
            "(" => closed -= 1,
            word if closed == 0 && token.kind == Kind::Word => {
                if let Some(clause) = clause_of(word) {
                    return clause;
                }
            }
            _ => {}
        }
    }
    if tokens.is_empty() { Clause::Beginning } else { Clause::Other }
}

fn clause_of(word: &str) -> Option<Clause> {
    Some(match word.to_ascii_uppercase().as_str() {
        "SELECT" => Clause::Select,
        "FROM" | "JOIN" => Clause::From,
        "ON" => Clause::On,
        "WHERE" => Clause::Where,
        "GROUP" => Clause::GroupBy,
        "HAVING" => Clause::Having,
        "ORDER" => Clause::OrderBy,
        "LIMIT" | "OFFSET" | "WITH" => Clause::Other,
        "UNION" | "INTERSECT" | "EXCEPT" | "EXPLAIN" => Clause::Beginning,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::statement::tokens;
    use super::*;

    fn place(text: &str) -> Place<'_> {
        Place::behind(&tokens(text))
    }

    fn names(path: &str) -> Vec<String> {
        path.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn texts_are_values_of_what_they_are_compared_with() {
        let of_path = |path| Operand::Path(names(path));
        let of_key =
            |key: &str, is_json| Operand::Key { map: names("requestParameters"), key: key.to_owned(), is_json };
        for (text, of, typed) in [
            ("SELECT 1 FROM t WHERE eventName = 'Get", of_path("eventName"), "Get"),
            ("WHERE t.eventName <> '", of_path("t.eventName"), ""),
            ("WHERE eventName != '", of_path("eventName"), ""),
            ("WHERE eventName NOT LIKE '%Buck", of_path("eventName"), "%Buck"),
            ("WHERE userIdentity.arn IN ('a', 'b''c', 'd", of_path("userIdentity.arn"), "d"),
            ("WHERE x = 1 AND (eventName NOT IN ('", of_path("eventName"), ""),
            ("WHERE resources[1].arn = '", of_path("resources.arn"), ""),
            ("WHERE element_at(requestParameters, 'bucketName') = 'a", of_key("bucketName", false), "a"),
            ("WHERE requestParameters['it''s'] = 'a", of_key("it's", false), "a"),
            ("WHERE json_extract_scalar(requestParameters, '$.bucketName') IN ('", of_key("bucketName", true), ""),
        ] {
            assert_eq!(place(text), Place::Value { of, typed, is_text: true }, "{text}");
        }
        let bare = Place::Value { of: of_path("eventName"), typed: "Ge", is_text: false };
        assert_eq!(place("WHERE eventName = Ge"), bare);
        for text in
            ["SELECT 'ev", "WHERE lower(eventName) = 'ev", "LIMIT '", "SELECT concat(a, '", "WHERE eventTime > '2"]
        {
            assert_eq!(place(text), Place::Free, "{text}");
        }
    }

    #[test]
    fn texts_are_keys_of_maps_and_units_of_time() {
        for (text, typed, is_json) in [
            ("SELECT element_at(requestParameters, 'bu", "bu", false),
            ("SELECT requestParameters['", "", false),
            ("SELECT json_extract_scalar(requestParameters, '$.bu", "$.bu", true),
        ] {
            assert_eq!(place(text), Place::Key { map: names("requestParameters"), typed, is_json }, "{text}");
        }
        for text in ["SELECT date_trunc('ho", "SELECT date_add('ho", "SELECT max(date_diff('ho"] {
            assert_eq!(place(text), Place::Unit { typed: "ho" }, "{text}");
        }
    }

    #[test]
    fn tables_stand_behind_from_join_and_commas() {
        for (text, typed) in [
            ("SELECT * FROM ", ""),
            ("SELECT * FROM tr", "tr"),
            ("SELECT * FROM lake.", ""),
            ("SELECT * FROM trail t JOIN my-tr", "tr"),
            ("SELECT * FROM trail t, ", ""),
            ("SELECT * FROM \"my", "\"my"),
            ("SELECT * FROM trail t LEFT JOIN ", ""),
        ] {
            assert_eq!(place(text), Place::Table { typed }, "{text}");
        }
        for text in ["SELECT a, ", "SELECT * FROM t ", "SELECT * FROM t a", "SELECT extract(HOUR FROM ", "ORDER BY a, "]
        {
            assert!(!matches!(place(text), Place::Table { .. }), "{text}");
        }
    }

    #[test]
    fn fields_stand_behind_a_dot() {
        let field = |parents, typed| Place::Field { parents: names(parents), typed };
        assert_eq!(place("SELECT t.userIdentity.se"), field("t.userIdentity", "se"));
        assert_eq!(place("SELECT count(t."), field("t", ""));
        assert_eq!(place("WHERE resources[1].a"), field("resources", "a"));
        assert_eq!(place("SELECT 'é'||t.a"), field("t", "a"));
    }

    #[test]
    fn operands_and_what_follows_them_take_turns() {
        for (text, clause, typed) in [
            ("SEL", Clause::Beginning, "SEL"),
            ("SELECT ", Clause::Select, ""),
            ("SELECT eventName, ev", Clause::Select, "ev"),
            ("SELECT count(ev", Clause::Inside, "ev"),
            ("SELECT 1 FROM t WHERE ", Clause::Where, ""),
            ("SELECT 1 FROM t WHERE (", Clause::Inside, ""),
            ("SELECT 1 FROM t WHERE a = 1 AND ", Clause::Where, ""),
            ("SELECT 1 FROM t GROUP BY ", Clause::GroupBy, ""),
            ("SELECT 1 FROM t a JOIN u b ON ", Clause::On, ""),
            ("SELECT 1 UNION ", Clause::Beginning, ""),
        ] {
            assert_eq!(place(text), Place::Operand { clause, typed }, "{text}");
        }
        for (text, clause, typed) in [
            ("SELECT eventName ", Clause::Select, ""),
            ("SELECT * fr", Clause::Select, "fr"),
            ("SELECT 1 FROM t wh", Clause::From, "wh"),
            ("SELECT 1 FROM t a JOIN u b ", Clause::From, ""),
            ("SELECT 1 FROM t WHERE a = 1 A", Clause::Where, "A"),
            ("SELECT 1 FROM t WHERE (a ", Clause::Inside, ""),
            ("SELECT 1 FROM t GROUP ", Clause::GroupBy, ""),
            ("SELECT 1 FROM t ORDER BY a ", Clause::OrderBy, ""),
            ("SELECT 1 FROM t WHERE a IS N", Clause::Where, "N"),
        ] {
            assert_eq!(place(text), Place::Continuation { clause, typed }, "{text}");
        }
        assert_eq!(place("SELECT count(*) AS n"), Place::Free);
    }
}
