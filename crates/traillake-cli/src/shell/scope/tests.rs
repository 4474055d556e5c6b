use super::super::columns::Origin;
use super::super::statement::tokens;
use super::*;

/// One table with three columns, `other` with one.
struct Known;

impl Tables for Known {
    fn columns(&self, name: &[String]) -> Option<Vec<Column>> {
        let table = name.join(".").to_lowercase();
        let column = |name: &str, kind| Column::new(name, kind).of(&table);
        let element = Kind::Row(vec![Column::new("arn", Kind::Text), Column::new("type", Kind::Text)]);
        match table.as_str() {
            "trail" | "my-trail" | "lake.imports" => Some(vec![
                column("eventName", Kind::Text),
                column("userIdentity", Kind::Row(vec![Column::new("arn", Kind::Text)])),
                column("resources", Kind::Array(Box::new(element))),
            ]),
            "other" => Some(vec![column("x", Kind::Text)]),
            _ => None,
        }
    }

    fn usual(&self) -> Vec<Column> {
        vec![Column::new("usual", Kind::Text)]
    }
}

/// The scope at `|`.
fn scope(statement: &str) -> Scope {
    let (before, after) = statement.split_once('|').unwrap();
    Scope::of(&outline(&tokens(before), after), &Known)
}

/// Relations with their columns: `t(eventName userIdentity resources)`.
fn told(relations: &[Relation]) -> String {
    let told = |relation: &Relation| {
        let columns: Vec<&str> = relation.columns.iter().map(|column| column.name.as_str()).collect();
        format!("{}({})", relation.name, columns.join(" "))
    };
    relations.iter().map(told).collect::<Vec<_>>().join(", ")
}

#[test]
fn tables_are_read_left_and_right_of_the_cursor() {
    for (statement, expected) in [
        ("SELECT | FROM trail", "trail(eventName userIdentity resources)"),
        ("SELECT eventName FROM other o WHERE |", "o(x)"),
        ("SELECT a FROM other AS o, trail WHERE | AND 1 = 1", "o(x), trail(eventName userIdentity resources)"),
        ("SELECT a FROM my-trail t WHERE |", "t(eventName userIdentity resources)"),
        ("SELECT a FROM \"my-trail\" WHERE |", "my-trail(eventName userIdentity resources)"),
        ("SELECT a FROM lake.imports i WHERE |", "i(eventName userIdentity resources)"),
        ("SELECT a FROM other FOR TIMESTAMP AS OF TIMESTAMP '2026-01-01 00:00:00' o WHERE |", "o(x)"),
        ("SELECT a FROM other FOR VERSION AS OF 3 AS o WHERE |", "o(x)"),
        (
            "SELECT a FROM other o LEFT JOIN trail t ON o.x = t.eventName AND | WHERE 1 = 1",
            "o(x), t(eventName userIdentity resources)",
        ),
        ("SELECT a FROM 3cdc8264-41fe-476f-a23d-365046bada4e u WHERE |", "u()"),
        ("SELECT |", "(usual)"),
        ("SELECT 1; SELECT | FROM other; SELECT 2 FROM trail", "other(x)"),
        ("SELECT x FROM other WHERE x = '|' AND x <> 'FROM trail'", "other(x)"),
        ("SELECT x FROM other WHERE x = '| AND x <> ''", "other(x)"),
    ] {
        assert_eq!(told(&scope(statement).relations), expected, "{statement}");
    }
}

#[test]
fn subqueries_have_tables_of_their_own_and_see_those_around() {
    let inner = scope("SELECT eventName FROM trail t WHERE eventName IN (SELECT x FROM other WHERE | )");
    assert_eq!(told(&inner.relations), "other(x)");
    assert_eq!(told(&inner.outer), "t(eventName userIdentity resources)");
    let outer = scope("SELECT eventName FROM trail t WHERE eventName IN (SELECT x FROM other) AND count(|");
    assert_eq!(told(&outer.relations), "t(eventName userIdentity resources)");
    let second = scope("SELECT eventName FROM trail UNION ALL SELECT | FROM other");
    assert_eq!(told(&second.relations), "other(x)");
}

#[test]
fn queries_in_from_and_with_have_the_columns_they_select() {
    for (statement, expected) in [
        ("SELECT | FROM (SELECT eventName AS name, count(*) n, userIdentity.arn FROM trail) AS q", "q(name n arn)"),
        ("SELECT | FROM (SELECT DISTINCT t.*, 1 AS one FROM other t) q", "q(x one)"),
        ("SELECT | FROM (SELECT x FROM other) q (y)", "q(y)"),
        ("SELECT | FROM (SELECT x FROM other) WHERE 1 = 1", "(x)"),
        ("WITH a AS (SELECT x AS one FROM other), b AS (SELECT * FROM a) SELECT | FROM b", "b(one)"),
        ("WITH a (p, q) AS (SELECT x, concat(x, 'y') FROM other) SELECT | FROM a", "a(p q)"),
        (
            "SELECT | FROM trail CROSS JOIN UNNEST(resources) AS r (resource, kind)",
            "trail(eventName userIdentity resources), r(resource kind)",
        ),
        ("SELECT | FROM trail, UNNEST(trail.resources) r", "trail(eventName userIdentity resources), r(arn type)"),
    ] {
        assert_eq!(told(&scope(statement).relations), expected, "{statement}");
    }
    let inside = scope("WITH a AS (SELECT x FROM other), b AS (SELECT | FROM a) SELECT 1 FROM b");
    assert_eq!(told(&inside.expressions), "a(x)");
    assert_eq!(told(&inside.relations), "a(x)");
}

#[test]
fn columns_keep_where_their_values_are() {
    let origin = |statement, path: &[&str]| {
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        scope(statement).column(&path).and_then(|column| column.origin)
    };
    let of =
        |table: &str, expression: &str| Some(Origin { table: table.to_owned(), expression: expression.to_owned() });
    assert_eq!(origin("SELECT | FROM trail t", &["t", "useridentity", "ARN"]), of("trail", "userIdentity.arn"));
    assert_eq!(origin("SELECT | FROM trail t", &["eventname"]), of("trail", "eventName"));
    assert_eq!(
        origin("SELECT | FROM (SELECT userIdentity.arn AS who FROM trail) q", &["q", "who"]),
        of("trail", "userIdentity.arn")
    );
    assert_eq!(origin("SELECT | FROM (SELECT lower(eventName) AS who FROM trail) q", &["who"]), None);
    assert_eq!(
        origin("SELECT | FROM trail CROSS JOIN UNNEST(resources) AS r (resource, kind)", &["r", "resource"]),
        of("trail", "resources[1].arn")
    );
}

#[test]
fn names_of_what_is_selected_are_known() {
    let scope = scope("SELECT count(*) AS n, eventName name, userIdentity.arn FROM trail ORDER BY |");
    assert_eq!(scope.aliases, ["n", "name"]);
}

#[test]
fn what_no_one_would_type_is_survived() {
    for statement in ["((((|", "))))|", "WITH |", "WITH a AS |", "SELECT | FROM", "FROM , , |", "SELECT * FROM (|", "|"]
    {
        scope(statement);
    }
    scope(&format!("{}|{}", "(".repeat(100_000), ")".repeat(100_000)));
}
