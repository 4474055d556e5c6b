//! The tables a query names, common table expressions left out.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Ident, ObjectName, ObjectNamePart, Query, Spanned, TableAlias, TableFactor, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

/// Calls `f` for every table the query reads; `f` may change the name. A table that gets another name
/// and has no alias keeps its old one as alias, so that `old.column` still means it.
pub(crate) fn for_each_table(query: &mut Query, f: &mut impl FnMut(&[String], Location) -> Option<Vec<String>>) {
    let _ = VisitMut::visit(query, &mut Tables { scopes: Vec::new(), f });
}

struct Tables<'f, F> {
    /// For each enclosing query, its common table expressions and from where on they are known.
    scopes: Vec<Vec<(String, Location)>>,
    f: &'f mut F,
}

impl<F: FnMut(&[String], Location) -> Option<Vec<String>>> VisitorMut for Tables<'_, F> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let known = query.with.as_ref().map_or_else(Vec::new, |with| {
            let since = |alias: &TableAlias, end: Location| {
                if with.recursive { alias.name.span.start } else { end }
            };
            with.cte_tables
                .iter()
                .map(|cte| {
                    let end = cte.closing_paren_token.0.span.start;
                    (cte.alias.name.value.clone(), since(&cte.alias, end))
                })
                .collect()
        });
        self.scopes.push(known);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name, alias, args: None, .. } = factor else {
            return ControlFlow::Continue(());
        };
        let at = name.span().start;
        let old = parts(name);
        if !self.is_known(&old, at)
            && let Some(new) = (self.f)(&old, at)
            && new != old
        {
            rename(name, alias, old, new);
        }
        ControlFlow::Continue(())
    }
}

impl<F> Tables<'_, F> {
    fn is_known(&self, name: &[String], at: Location) -> bool {
        let [name] = name else { return false };
        self.scopes.iter().flatten().any(|(cte, since)| cte == name && *since < at)
    }
}

/// The parts of a table's name.
fn parts(name: &ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.clone()).collect()
}

fn rename(name: &mut ObjectName, alias: &mut Option<TableAlias>, old: Vec<String>, new: Vec<String>) {
    let span = name.span();
    let quoted = |part: String| Ident::with_quote_and_span('"', span, part);
    if alias.is_none() && old.last() != new.last() {
        *alias = old.into_iter().next_back().map(|leaf| TableAlias {
            explicit: true,
            name: quoted(leaf),
            columns: vec![],
            at: None,
        });
    }
    name.0 = new.into_iter().map(|part| ObjectNamePart::Identifier(quoted(part))).collect();
}
