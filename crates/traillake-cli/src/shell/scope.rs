//! Which tables and columns can be named where the cursor is: a tolerant reading of the statement around it.
//!
//! The statement is rarely whole. It is read as nested groups of words ([`outline`]); of each query around the cursor
//! the tables of FROM are looked up, common table expressions and subqueries by their select lists.

use super::columns::{Column, Kind};
use super::statement::{Kind as TokenKind, Token};

mod outline;

pub(super) use outline::{Node, outline};

/// Where the columns of tables are known.
pub(super) trait Tables {
    /// The columns of the table that FROM names so, each with its origin.
    fn columns(&self, name: &[String]) -> Option<Vec<Column>>;

    /// The columns of the table that a statement without FROM is probably about.
    fn usual(&self) -> Vec<Column>;
}

/// A table of FROM.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Relation {
    /// What its columns may be qualified with.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// What can be named at the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scope {
    /// The tables of the query around the cursor.
    pub(super) relations: Vec<Relation>,
    /// Those of the queries around that one, the nearest first.
    pub(super) outer: Vec<Relation>,
    /// The common table expressions, which FROM may name.
    pub(super) expressions: Vec<Relation>,
    /// The names that the query gives to what it selects.
    pub(super) aliases: Vec<String>,
}

impl Scope {
    /// What can be named at the cursor of a statement.
    pub(super) fn of(statement: &[Node], tables: &dyn Tables) -> Scope {
        let mut scope = Scope::default();
        for level in levels(statement) {
            let mut relations = std::mem::take(&mut scope.relations);
            relations.append(&mut scope.outer);
            scope.outer = relations;
            scope.expressions.splice(0..0, common(level, &scope.expressions, tables));
            let query = around_cursor(level);
            scope.relations = from(query, &scope.expressions, tables);
            scope.aliases = selected(query).iter().filter_map(|item| alias(item)).collect();
        }
        if scope.relations.is_empty() {
            scope.relations.push(Relation { name: String::new(), columns: tables.usual() });
        }
        scope
    }

    /// The column of a path: the first name may be a table's.
    pub(super) fn column(&self, path: &[String]) -> Option<Column> {
        let (first, rest) = path.split_first()?;
        let below =
            |column: &Column, rest: &[String]| rest.iter().try_fold(column.clone(), |column, name| column.field(name));
        let named = |column: &&Column, name: &str| column.name.eq_ignore_ascii_case(name);
        let all = || self.relations.iter().chain(&self.outer);
        let qualified = all().filter(|relation| relation.name.eq_ignore_ascii_case(first)).find_map(|relation| {
            let (first, rest) = rest.split_first()?;
            below(relation.columns.iter().find(|column| named(column, first))?, rest)
        });
        qualified.or_else(|| {
            all().find_map(|relation| below(relation.columns.iter().find(|column| named(column, first))?, rest))
        })
    }

    /// What stands below a path: the columns of a table, or the fields of a row.
    pub(super) fn below(&self, path: &[String]) -> Vec<Column> {
        let relation = |name: &str| {
            let mut all = self.relations.iter().chain(&self.outer);
            all.find(|relation| relation.name.eq_ignore_ascii_case(name))
        };
        match path {
            [name] if relation(name).is_some() => relation(name).map(|of| of.columns.clone()).unwrap_or_default(),
            _ => self.column(path).map(|column| column.fields().to_vec()).unwrap_or_default(),
        }
    }
}

/// The query around the cursor, without those around it.
pub(super) fn query_around_cursor<'n, 's>(statement: &'n [Node<'s>]) -> &'n [Node<'s>] {
    around_cursor(levels(statement).last().copied().unwrap_or(statement))
}

/// The queries around the cursor, the outermost first, each with the groups inside it.
fn levels<'n, 's>(statement: &'n [Node<'s>]) -> Vec<&'n [Node<'s>]> {
    let (mut levels, mut level) = (vec![statement], statement);
    while let Some(group) = level.iter().find_map(|node| node.group().filter(|_| node.has_cursor())) {
        level = group;
        if is_query(group) {
            levels.push(group);
        }
    }
    levels
}

fn is_query(level: &[Node]) -> bool {
    level.iter().find(|node| !matches!(node, Node::Cursor)).is_some_and(|node| node.is_any(&["select", "with"]))
}

/// Of queries between UNION, INTERSECT and EXCEPT, the one with the cursor.
fn around_cursor<'n, 's>(level: &'n [Node<'s>]) -> &'n [Node<'s>] {
    let mut parts = level.split(|node| node.is_any(&["union", "intersect", "except"]));
    parts.find(|part| part.iter().any(Node::has_cursor)).unwrap_or(level)
}

/// The common table expressions of a query that can be named at the cursor.
fn common(level: &[Node], outer: &[Relation], tables: &dyn Tables) -> Vec<Relation> {
    let mut found: Vec<Relation> = Vec::new();
    if !level.first().is_some_and(|node| node.is("with")) {
        return found;
    }
    let mut rest = level.get(1..).unwrap_or_default();
    if rest.first().is_some_and(|node| node.is("recursive")) {
        rest = &rest[1..];
    }
    while let Some(name) = rest.first().and_then(Node::name) {
        let (names, after) = match rest.get(1).and_then(Node::group) {
            Some(names) => (names, rest.get(2..)),
            None => (&[][..], rest.get(1..)),
        };
        let Some([of, query, after @ ..]) = after else { break };
        let Some(query) = query.group().filter(|_| of.is("as")) else { break };
        if query.iter().any(Node::has_cursor) {
            break;
        }
        let known: Vec<Relation> = found.iter().chain(outer).cloned().collect();
        found.insert(0, Relation { name, columns: renamed(outputs(query, &known, tables), names) });
        match after {
            [comma, after @ ..] if comma.is(",") => rest = after,
            _ => break,
        }
    }
    found
}

/// The columns under the names of a list; those it does not name keep theirs.
fn renamed(columns: Vec<Column>, names: &[Node]) -> Vec<Column> {
    let mut names = names.iter().filter_map(Node::name).collect::<Vec<_>>().into_iter();
    let mut columns: Vec<Column> = columns
        .into_iter()
        .map(|column| match names.next() {
            Some(name) => Column { name, ..column },
            None => column,
        })
        .collect();
    columns.extend(names.map(|name| Column::new(&name, Kind::Other)));
    columns
}

/// The columns that a query gives.
fn outputs(query: &[Node], outer: &[Relation], tables: &dyn Tables) -> Vec<Column> {
    let known: Vec<Relation> = common(query, outer, tables).into_iter().chain(outer.iter().cloned()).collect();
    let first = query.split(|node| node.is_any(&["union", "intersect", "except"])).next().unwrap_or_default();
    let scope = Scope { relations: from(first, &known, tables), ..Scope::default() };
    let mut columns = Vec::new();
    for item in selected(first) {
        match item {
            [star] if star.is("*") => {
                columns.extend(scope.relations.iter().flat_map(|relation| relation.columns.iter().cloned()));
            }
            [relation, dot, star] if dot.is(".") && star.is("*") => {
                columns.extend(relation.name().into_iter().flat_map(|name| scope.below(&[name])));
            }
            _ => columns.extend(output(item, &scope)),
        }
    }
    columns
}

fn output(item: &[Node], scope: &Scope) -> Option<Column> {
    let alias = alias(item);
    let taken =
        if alias.is_some() { item.len() - if item.iter().rev().nth(1)?.is("as") { 2 } else { 1 } } else { item.len() };
    let known = path(&item[..taken]).and_then(|path| scope.column(&path));
    match (alias, known) {
        (Some(name), Some(column)) => Some(Column { name, ..column }),
        (Some(name), None) => Some(Column::new(&name, Kind::Other)),
        (None, known) => known,
    }
}

/// The items of a select list.
fn selected<'n, 's>(query: &'n [Node<'s>]) -> Vec<&'n [Node<'s>]> {
    let Some(start) = query.iter().position(|node| node.is("select")) else { return Vec::new() };
    let list = &query[start + 1..];
    let end = list.iter().position(|node| node.is_any(CLAUSES)).unwrap_or(list.len());
    let list = &list[..end];
    let list = if list.first().is_some_and(|node| node.is_any(&["distinct", "all"])) { &list[1..] } else { list };
    list.split(|node| node.is(",")).filter(|item| !item.is_empty()).collect()
}

/// The name an item of a select list is given.
fn alias(item: &[Node]) -> Option<String> {
    let [.., before, last] = item else { return None };
    let name = last.name()?;
    let is_alias = before.is("as") || before.ends_operand();
    is_alias.then_some(name)
}

/// The names of a path, when it is nothing else.
fn path(nodes: &[Node]) -> Option<Vec<String>> {
    let names = nodes.iter().step_by(2).map(Node::name).collect::<Option<Vec<String>>>()?;
    let dots = nodes.iter().skip(1).step_by(2).all(|node| node.is("."));
    (nodes.len() % 2 == 1 && dots).then_some(names)
}

/// What ends a list of tables or of what is selected.
const CLAUSES: &[&str] = &[
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "window",
    "union",
    "intersect",
    "except",
    "fetch",
];
/// What may stand between tables.
const JOINS: &[&str] = &["join", "inner", "left", "right", "full", "outer", "cross", "natural", "lateral"];

/// The tables of a query.
fn from(query: &[Node], known: &[Relation], tables: &dyn Tables) -> Vec<Relation> {
    let Some(start) = query.iter().position(|node| node.is("from")) else { return Vec::new() };
    let list = &query[start + 1..];
    let end = list.iter().position(|node| node.is_any(CLAUSES)).unwrap_or(list.len());
    let mut rest = &list[..end];
    let mut relations: Vec<Relation> = Vec::new();
    while !rest.is_empty() {
        let (relation, taken) = table(rest, &relations, known, tables);
        relations.extend(relation);
        rest = &rest[taken.max(1)..];
        // Conditions of a join hold no tables.
        let next = rest.iter().position(|node| node.is(",") || node.is_any(JOINS)).unwrap_or(rest.len());
        rest = &rest[next..];
        let next = rest.iter().position(|node| !node.is(",") && !node.is_any(JOINS)).unwrap_or(rest.len());
        rest = &rest[next..];
    }
    relations
}

/// The table at the beginning of a list, and how many nodes tell of it.
fn table(list: &[Node], before: &[Relation], known: &[Relation], tables: &dyn Tables) -> (Option<Relation>, usize) {
    let (name, columns, mut taken) = match list {
        [unnest, node, ..] if unnest.is("unnest") && node.group().is_some() => {
            (None, unnested(node.group().unwrap_or_default(), before), 2)
        }
        [node, ..] if node.group().is_some() => (None, outputs(node.group().unwrap_or_default(), known, tables), 1),
        _ => {
            let length = list.iter().take_while(|node| node.name_part().is_some() || node.is_any(&[".", "-"])).count();
            let (name, taken) = table_name(&list[..length]);
            let Some(last) = name.last().cloned() else { return (None, 1) };
            let common = known.iter().find(|relation| name.len() == 1 && relation.name.eq_ignore_ascii_case(&last));
            let columns = common.map(|relation| relation.columns.clone()).or_else(|| tables.columns(&name));
            (Some(last), columns.unwrap_or_default(), taken)
        }
    };
    if list.get(taken).is_some_and(|node| node.is("for")) {
        // FOR TIMESTAMP AS OF …, FOR VERSION AS OF …
        taken += list[taken..].iter().position(|node| node.is("of")).map_or(1, |at| at + 1);
        taken += list[taken..].iter().take_while(|node| node.is("timestamp") || node.name().is_none()).count();
    }
    if list.get(taken).is_some_and(|node| node.is("as")) {
        taken += 1;
    }
    let alias = list.get(taken).and_then(Node::name);
    taken += usize::from(alias.is_some());
    let names = list.get(taken).and_then(Node::group).filter(|_| alias.is_some());
    taken += usize::from(names.is_some());
    let columns = renamed(columns, names.unwrap_or_default());
    (Some(Relation { name: alias.or(name).unwrap_or_default(), columns }), taken)
}

/// The parts of a table's name and how many nodes they take: names with dots between, in which a name may have hyphens.
fn table_name(nodes: &[Node]) -> (Vec<String>, usize) {
    let (mut name, mut taken, mut goes_on) = (Vec::<String>::new(), 0, true);
    for node in nodes {
        match node.name_part() {
            Some(part) if goes_on => {
                match name.last_mut().filter(|last| last.ends_with('-')) {
                    Some(last) => last.push_str(&part),
                    None => name.push(part),
                }
                goes_on = false;
            }
            // The next name is an alias.
            Some(_) => break,
            None if node.is("-") => {
                if let Some(last) = name.last_mut() {
                    last.push('-');
                }
                goes_on = true;
            }
            None => goes_on = true,
        }
        taken += 1;
    }
    (name, taken)
}

/// The columns that UNNEST makes of a path: the fields of an array of rows, or its elements.
fn unnested(argument: &[Node], before: &[Relation]) -> Vec<Column> {
    let scope = Scope { relations: before.to_vec(), ..Scope::default() };
    let column = path(argument).and_then(|path| scope.column(&path));
    let Some(Column { kind, .. }) = &column else { return Vec::new() };
    match kind {
        Kind::Array(element) if matches!(**element, Kind::Row(_)) => {
            let column = column.iter();
            column.flat_map(|column| column.fields().iter().filter_map(|field| column.field(&field.name))).collect()
        }
        Kind::Array(element) => vec![Column::new("element", element.as_ref().clone())],
        Kind::Map(_) => vec![Column::new("key", Kind::Text), Column::new("value", Kind::Text)],
        _ => Vec::new(),
    }
}

/// Whether an operand may end with a token.
pub(super) fn ends_operand(token: &Token) -> bool {
    match token.kind {
        TokenKind::Word => !super::words::is_reserved(token.text) || ends_with_keyword(token.text),
        TokenKind::Number | TokenKind::Text | TokenKind::Quoted => true,
        _ => matches!(token.text, ")" | "]" | "?"),
    }
}

fn ends_with_keyword(word: &str) -> bool {
    let words = ["end", "null", "true", "false", "current_date", "current_timestamp"];
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests;
