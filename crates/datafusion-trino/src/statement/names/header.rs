//! The headers of a query, from its text; only wildcards over tables wait for the plan.

use datafusion::sql::sqlparser::ast::{
    Ident, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, TableAlias, TableFactor,
    TableWithJoins, With,
};

use super::super::tokens::Spelling;
use super::leaf;

/// One item of a select list, as a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Header {
    /// A name as typed.
    Named(String),
    /// An expression without a name; the position decides.
    Unnamed,
    /// `*` or `t.*`: as many columns as it stands for, under the names of the schema.
    Wildcard,
}

/// The headers for a plan whose columns are called `columns`.
pub(crate) fn expand(headers: &[Header], columns: &[String]) -> Vec<String> {
    let wildcards = headers.iter().filter(|h| **h == Header::Wildcard).count();
    let mut spare = (columns.len() + wildcards).saturating_sub(headers.len());
    let mut left = wildcards;
    let mut result = Vec::with_capacity(columns.len());
    for (i, header) in headers.iter().enumerate() {
        match header {
            Header::Named(name) => result.push(name.clone()),
            Header::Unnamed => result.push(format!("_col{}", result.len())),
            Header::Wildcard => {
                left -= 1;
                let width = if left == 0 {
                    spare
                } else {
                    // Several wildcards: this one ends where the next named column begins.
                    until_next(&headers[i + 1..], &columns[result.len()..], spare)
                };
                spare -= width;
                let from = result.len();
                result.extend(columns.iter().skip(from).take(width).map(|name| visible(name)));
            }
        }
    }
    result
}

/// How many of `columns` stand before the first header of `rest` that has a name of its own.
fn until_next(rest: &[Header], columns: &[String], most: usize) -> usize {
    let Some(Header::Named(next)) = rest.first() else { return 0 };
    let next = next.to_lowercase();
    columns.iter().take(most).position(|c| *c == next).unwrap_or(most)
}

/// A column without the suffix that made a repeated name unique.
fn visible(name: &str) -> String {
    let suffixed =
        name.rsplit_once(':').filter(|(_, suffix)| !suffix.is_empty() && suffix.bytes().all(|b| b.is_ascii_digit()));
    suffixed.map_or(name, |(name, _)| name).to_owned()
}

/// The headers of a common table expression; `None` when only the plan knows them.
type Known = (String, Option<Vec<String>>);

/// The headers of a query within which the expressions `known` may be named.
pub(super) fn of_query(query: &Query, spelling: &Spelling, known: &[Known]) -> Vec<Header> {
    let mut known = known.to_vec();
    if let Some(With { cte_tables, .. }) = &query.with {
        for cte in cte_tables {
            let names = names_of(&cte.query, Some(&cte.alias), spelling, &known);
            // The last of a name is the one that is meant.
            known.insert(0, (cte.alias.name.value.clone(), names));
        }
    }
    of_body(&query.body, spelling, &known)
}

fn of_body(body: &SetExpr, spelling: &Spelling, known: &[Known]) -> Vec<Header> {
    match body {
        SetExpr::Select(select) => of_select(select, spelling, known),
        SetExpr::Query(query) => of_query(query, spelling, known),
        SetExpr::SetOperation { left, .. } => of_body(left, spelling, known),
        SetExpr::Values(values) => {
            let width = values.rows.first().map_or(0, |row| row.content.len());
            vec![Header::Unnamed; width]
        }
        _ => vec![Header::Wildcard],
    }
}

fn of_select(select: &Select, spelling: &Spelling, known: &[Known]) -> Vec<Header> {
    let typed = |name: &Ident| Header::Named(spelling.of(&name.value, name.span.start));
    let mut headers = Vec::with_capacity(select.projection.len());
    for item in &select.projection {
        let names = match item {
            SelectItem::UnnamedExpr(expr) => {
                headers.push(leaf(expr).map_or(Header::Unnamed, typed));
                continue;
            }
            SelectItem::ExprWithAlias { alias, .. } => {
                headers.push(typed(alias));
                continue;
            }
            SelectItem::ExprWithAliases { .. } => {
                headers.push(Header::Unnamed);
                continue;
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let table = name.0.last().and_then(|part| part.as_ident());
                table.and_then(|table| source(&select.from, Some(&table.value), spelling, known))
            }
            SelectItem::QualifiedWildcard(..) => None,
            SelectItem::Wildcard(_) => source(&select.from, None, spelling, known),
        };
        match names {
            Some(names) => headers.extend(names.into_iter().map(Header::Named)),
            None => headers.push(Header::Wildcard),
        }
    }
    headers
}

/// The columns of what is selected from, or of one table in it, when the text tells them.
fn source(from: &[TableWithJoins], table: Option<&str>, spelling: &Spelling, known: &[Known]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let factors =
        from.iter().flat_map(|item| std::iter::once(&item.relation).chain(item.joins.iter().map(|j| &j.relation)));
    for factor in factors {
        if table.is_none_or(|table| called(factor) == Some(table)) {
            names.extend(of_factor(factor, spelling, known)?);
        }
    }
    let using = from.iter().flat_map(|item| &item.joins).any(|join| {
        use datafusion::sql::sqlparser::ast::{JoinConstraint, JoinOperator};
        match &join.join_operator {
            JoinOperator::Join(c)
            | JoinOperator::Inner(c)
            | JoinOperator::Left(c)
            | JoinOperator::LeftOuter(c)
            | JoinOperator::Right(c)
            | JoinOperator::RightOuter(c)
            | JoinOperator::FullOuter(c) => {
                matches!(c, JoinConstraint::Using(_) | JoinConstraint::Natural)
            }
            _ => false,
        }
    });
    (!using && !names.is_empty()).then_some(names)
}

/// What a table is called in the query.
pub(in crate::statement) fn called(factor: &TableFactor) -> Option<&str> {
    match factor {
        TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. }
        | TableFactor::UNNEST { alias: Some(alias), .. } => Some(&alias.name.value),
        TableFactor::Table { name, .. } => {
            name.0.last().and_then(|part| part.as_ident()).map(|name| name.value.as_str())
        }
        _ => None,
    }
}

fn of_factor(factor: &TableFactor, spelling: &Spelling, known: &[Known]) -> Option<Vec<String>> {
    match factor {
        TableFactor::Derived { subquery, alias, .. } => names_of(subquery, alias.as_ref(), spelling, known),
        TableFactor::Table { name, alias, args: None, .. } => {
            let [part] = name.0.as_slice() else { return None };
            let name = &part.as_ident()?.value;
            let names = known.iter().find(|(cte, _)| cte == name)?.1.clone();
            alias_columns(alias.as_ref(), spelling).or(names)
        }
        _ => None,
    }
}

fn names_of(query: &Query, alias: Option<&TableAlias>, spelling: &Spelling, known: &[Known]) -> Option<Vec<String>> {
    if let Some(names) = alias_columns(alias, spelling) {
        return Some(names);
    }
    let headers = of_query(query, spelling, known);
    if headers.contains(&Header::Wildcard) {
        return None;
    }
    let width = vec![String::new(); headers.len()];
    Some(expand(&headers, &width))
}

/// The names of `AS t(a, b)`.
fn alias_columns(alias: Option<&TableAlias>, spelling: &Spelling) -> Option<Vec<String>> {
    let columns = &alias?.columns;
    let typed = |name: &Ident| spelling.of(&name.value, name.span.start);
    (!columns.is_empty()).then(|| columns.iter().map(|column| typed(&column.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_takes_the_columns_left_over() {
        let named = |n: &str| Header::Named(n.into());
        let columns: Vec<String> = ["a", "b", "c", "x"].map(String::from).into();
        let headers = [Header::Unnamed, Header::Wildcard, named("X")];
        assert_eq!(expand(&headers, &columns), ["_col0", "b", "c", "X"]);
    }
}
