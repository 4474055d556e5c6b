//! A SELECT as a person would write it.

use std::fmt::{self, Write};

use traillake_event::time::{self, Spelling};

use super::{Scope, Shown, Step};

/// Lists are broken before this column.
const WIDTH: usize = 100;

/// A text literal.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Text literals with commas between them.
pub(super) fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    values.into_iter().map(text).collect::<Vec<_>>().join(", ")
}

/// A literal behind LIKE, in which nothing but the given marks stand for other text.
pub(super) fn pattern(before: &str, value: &str, after: &str) -> String {
    match value.contains(['%', '_', '\\']) {
        false => text(&format!("{before}{value}{after}")),
        true => {
            let escaped = value.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            format!("{} ESCAPE '\\'", text(&format!("{before}{escaped}{after}")))
        }
    }
}

/// A timestamp literal.
pub(super) fn instant(millis: i64) -> String {
    let mut written = String::new();
    time::write(&mut written, millis, Spelling::Millis);
    let written = written.trim_end_matches('Z').trim_end_matches(".000").replace('T', " ");
    format!("TIMESTAMP '{written}'")
}

/// Conditions of which one must hold, each on its line.
pub(super) fn any(conditions: impl IntoIterator<Item = String>) -> String {
    let conditions: Vec<_> = conditions.into_iter().collect();
    match conditions.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join("\n       OR ")),
    }
}

#[derive(Clone, Debug)]
pub(super) struct Select {
    columns: Vec<String>,
    from: String,
    conditions: Vec<String>,
    group: usize,
    having: Option<String>,
    order: Vec<String>,
    limit: Option<u64>,
    /// Whether a reader can have more rows.
    is_limit_free: bool,
    limit_asked: Option<u64>,
}

impl Select {
    /// Of the events in scope.
    pub(super) fn new(scope: &Scope) -> Self {
        let mut select = Self::of_all(scope);
        select.conditions.extend(scope.account.as_deref().map(|id| format!("recipientAccountId = {}", text(id))));
        select.conditions.extend(scope.region.as_deref().map(|name| format!("awsRegion = {}", text(name))));
        select.conditions.extend(scope.since_ms.map(|millis| format!("eventTime >= {}", instant(millis))));
        select.conditions.extend(scope.until_ms.map(|millis| format!("eventTime < {}", instant(millis))));
        select
    }

    /// Of all events of the store.
    pub(super) fn of_all(scope: &Scope) -> Self {
        Self {
            columns: Vec::new(),
            from: scope.store.as_deref().map_or_else(|| "$EDS_ID".to_owned(), name),
            conditions: Vec::new(),
            group: 0,
            having: None,
            order: Vec::new(),
            limit: None,
            is_limit_free: false,
            limit_asked: scope.limit,
        }
    }

    pub(super) fn column(mut self, column: &str) -> Self {
        self.columns.push(column.to_owned());
        self
    }

    pub(super) fn columns<'a>(mut self, columns: impl IntoIterator<Item = &'a str>) -> Self {
        self.columns.extend(columns.into_iter().map(str::to_owned));
        self
    }

    /// Columns that make groups, which stand before all others.
    pub(super) fn by<'a>(mut self, columns: impl IntoIterator<Item = &'a str>) -> Self {
        self.columns.extend(columns.into_iter().map(str::to_owned));
        self.group = self.columns.len();
        self
    }

    pub(super) fn with(mut self, condition: impl Into<String>) -> Self {
        // What a reader looks for stands before the scope.
        let at = self.conditions.iter().take_while(|known| !is_scope(known)).count();
        self.conditions.insert(at, condition.into());
        self
    }

    pub(super) fn any(self, conditions: impl IntoIterator<Item = String>) -> Self {
        self.with(any(conditions))
    }

    pub(super) fn having(mut self, condition: &str) -> Self {
        self.having = Some(condition.to_owned());
        self
    }

    pub(super) fn order(mut self, order: &str) -> Self {
        self.order.push(order.to_owned());
        self
    }

    /// So many rows, where the scope has no other number.
    pub(super) fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(self.limit_asked.unwrap_or(rows));
        self.is_limit_free = true;
        self
    }

    /// So many rows, whatever the scope says.
    pub(super) fn exactly(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    pub(super) fn step(self, title: &str) -> Step {
        Step {
            title: title.to_owned(),
            sql: self.to_string(),
            limit: self.limit.filter(|_| self.is_limit_free),
            shown: Shown::Rows,
        }
    }
}

fn is_scope(condition: &str) -> bool {
    ["recipientAccountId = ", "awsRegion = ", "eventTime "].iter().any(|begin| condition.starts_with(begin))
}

/// The name of a store, quoted where it is no plain word.
fn name(store: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let first = store.starts_with(|letter: char| letter.is_ascii_alphabetic());
    match first && store.chars().all(plain) && !WORDS.contains(&store.to_ascii_lowercase().as_str()) {
        true => store.to_owned(),
        false => format!("\"{}\"", store.replace('"', "\"\"")),
    }
}

/// Words of SQL that somebody may call a store by.
const WORDS: &[&str] = &[
    "all",
    "and",
    "as",
    "by",
    "cast",
    "create",
    "cross",
    "current_date",
    "current_user",
    "delete",
    "distinct",
    "end",
    "except",
    "exists",
    "from",
    "full",
    "group",
    "having",
    "in",
    "insert",
    "into",
    "is",
    "join",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "on",
    "or",
    "order",
    "outer",
    "right",
    "select",
    "table",
    "true",
    "union",
    "unnest",
    "using",
    "values",
    "when",
    "where",
    "with",
    "user",
    "lateral",
    "window",
    "fetch",
    "offset",
    "for",
];

impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, "SELECT ", &self.columns)?;
        write!(f, "\nFROM {}", self.from)?;
        for (i, condition) in self.conditions.iter().enumerate() {
            write!(f, "\n{} {condition}", if i == 0 { "WHERE" } else { "  AND" })?;
        }
        if self.group > 0 {
            let groups: Vec<_> = (1..=self.group).map(|number| number.to_string()).collect();
            write!(f, "\nGROUP BY {}", groups.join(", "))?;
        }
        if let Some(having) = &self.having {
            write!(f, "\nHAVING {having}")?;
        }
        if !self.order.is_empty() {
            write!(f, "\nORDER BY {}", self.order.join(", "))?;
        }
        self.limit.map_or(Ok(()), |limit| write!(f, "\nLIMIT {limit}"))
    }
}

/// A list that goes on below its first item where the line is full.
fn list(f: &mut fmt::Formatter<'_>, word: &str, items: &[String]) -> fmt::Result {
    let margin = " ".repeat(word.len());
    let mut line = word.to_owned();
    for (i, item) in items.iter().enumerate() {
        let comma = if i + 1 < items.len() { "," } else { "" };
        let item = format!("{item}{comma}");
        let first = item.lines().next().map_or(0, str::len);
        if line.len() > word.len() && line.len() + 1 + first > WIDTH {
            writeln!(f, "{line}")?;
            line.clone_from(&margin);
        }
        if line.len() > word.len() {
            line.push(' ');
        }
        // An item of several lines goes on under itself.
        write!(line, "{}", item.replace('\n', &format!("\n{margin}")))?;
        if item.contains('\n') {
            writeln!(f, "{line}")?;
            line.clone_from(&margin);
        }
    }
    f.write_str(line.trim_end_matches([' ', '\n']))
}
