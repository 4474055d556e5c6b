use traillake_event::category::StoreType;
use traillake_event::schema::{Field, Kind, Shape};

use super::*;

fn location(engine: Engine, of: StoreType) -> String {
    create_view(Schema::of(of), engine, Source::Location("s3://lake/id"), "trail")
}

fn every() -> impl Iterator<Item = (Engine, StoreType, String)> {
    let pairs = Engine::ALL.into_iter().flat_map(|engine| StoreType::ALL.map(|of| (engine, of)));
    pairs.map(|(engine, of)| (engine, of, location(engine, of)))
}

/// That the parts stand in the text in this order.
fn assert_in_order<'a>(sql: &str, parts: impl IntoIterator<Item = &'a str>) {
    let mut rest = sql;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is not behind what it should be in\n{sql}"));
        rest = &rest[at + part.len()..];
    }
}

/// Whether brackets are balanced and quotes closed; comments do not count.
fn is_balanced(sql: &str) -> bool {
    let mut open = Vec::new();
    let mut quote = None;
    for char in sql.lines().filter(|line| !line.trim_start().starts_with("--")).flat_map(str::chars) {
        match (quote, char) {
            (Some(other), char) if other == char => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(char),
            (None, '(' | '[' | '{') => open.push(char),
            (None, ')') if open.pop() != Some('(') => return false,
            (None, ']') if open.pop() != Some('[') => return false,
            (None, '}') if open.pop() != Some('{') => return false,
            _ => {}
        }
    }
    open.is_empty() && quote.is_none()
}

#[test]
fn documented_columns_stand_in_their_order_and_the_partition_key_behind_them() {
    for (engine, of, sql) in every() {
        let quote = |name: &str| engine.dialect().quote(name);
        let part = |field: &Field| match field.shape {
            Shape::Derived => format!("  -- {} is left out", field.name),
            _ => format!(" AS {},\n", quote(field.name)),
        };
        let parts: Vec<_> = Schema::of(of).fields().iter().map(part).collect();
        let last = format!("  {}\nFROM ", quote("calendarday"));
        assert_in_order(&sql, parts.iter().map(String::as_str).chain([last.as_str()]));
        assert!(sql.ends_with(";\n") && is_balanced(&sql), "{sql}");
    }
}

#[test]
fn every_documented_leaf_is_read_from_its_own_column() {
    for (engine, of, sql) in every() {
        let documented = |kind| matches!(kind, Kind::Text | Kind::Boolean | Kind::Time | Kind::Json | Kind::Objects);
        for column in Schema::of(of).columns() {
            let column_sql = engine.dialect().quote(&column.name);
            assert_eq!(sql.contains(&column_sql), documented(column.kind), "{engine} {of:?} {}", column.name);
        }
    }
}

#[test]
fn each_struct_is_null_without_its_own_bit() {
    for (engine, of, sql) in every() {
        let schema = Schema::of(of);
        for bit in 0..schema.structs().len() {
            let condition = engine.dialect().has_bit(&engine.dialect().quote("objects"), bit as u32);
            assert_eq!(sql.matches(&format!("CASE WHEN {condition} THEN ")).count(), 1, "{engine} {of:?} {bit}");
        }
    }
}

#[test]
fn duckdb_scans_the_table_and_speaks_its_own_dialect() {
    let sql = location(Engine::DuckDb, StoreType::Events);
    assert_in_order(
        &sql,
        [
            "INSTALL delta;\nLOAD delta;\nCREATE OR REPLACE VIEW \"trail\" AS\nSELECT\n  \"eventVersion\" AS \"eventversion\",\n",
            "  CASE WHEN (\"objects\" & 1) <> 0 THEN {\n    'type': \"userIdentity_type\",\n",
            "    'sessioncontext': CASE WHEN (\"objects\" & 2) <> 0 THEN {\n      'attributes': CASE WHEN",
            "        'creationdate': (\"userIdentity_sessionContext_attributes_creationDate\" AT TIME ZONE 'UTC'),\n",
            "'credentiaisissuedto': \"userIdentity_inScopeOf_credentialsIssuedTo\",\n      \
             'credentialsissuedto': \"userIdentity_inScopeOf_credentialsIssuedTo\"\n    } END",
            "  TRY(from_json(\"requestParameters\", '\"MAP(VARCHAR,VARCHAR)\"')) AS \"requestparameters\",\n",
            "  [CASE WHEN json_type(e1) = 'OBJECT' THEN {\n    'accountid': (e1 ->> '$.accountId'),\n",
            "    'arn': coalesce((e1 ->> '$.ARN'), (e1 ->> '$.arn')),\n",
            "FOR e1 IN TRY(from_json(TRY_CAST(\"resources\" AS JSON), '[\"JSON\"]'))] AS \"resources\",\n",
            "FROM delta_scan('s3://lake/id');\n",
        ],
    );
    let insights = location(Engine::DuckDb, StoreType::Insights);
    let average = "TRY_CAST(\"insightDetails_insightContext_statistics_baseline_average\" AS DOUBLE)";
    let inner = "[CASE WHEN json_type(e2) = 'OBJECT' THEN {";
    assert_in_order(
        &insights,
        [
            average,
            "regexp_full_match",
            inner,
            "'average': TRY_CAST((e2 ->> '$.average') AS DOUBLE)",
            "(e1 -> '$.insight')",
        ],
    );
}

#[test]
fn trino_and_athena_share_the_view_and_differ_in_the_table() {
    let [athena, trino] = [Engine::Athena, Engine::Trino].map(|engine| location(engine, StoreType::Events));
    let view = |sql: &str| sql[sql.find("CREATE OR REPLACE VIEW").unwrap()..].to_owned();
    assert_eq!(view(&athena), view(&trino));
    assert_in_order(
        &athena,
        [
            "CREATE EXTERNAL TABLE IF NOT EXISTS `trail_flat`\nLOCATION 's3://lake/id'\nTBLPROPERTIES ('table_type' = 'DELTA');\n",
        ],
    );
    let call = "-- CALL system.register_table(schema_name => '<schema>', table_name => 'trail_flat', table_location => 's3://lake/id');\n";
    assert_in_order(&trino, [call, "CREATE OR REPLACE VIEW"]);
    assert_in_order(
        &trino,
        [
            "CREATE OR REPLACE VIEW \"trail\" AS\n",
            "  CASE WHEN bitwise_and(\"objects\", 1) <> 0 THEN CAST(ROW(\n    \"userIdentity_type\",\n",
            " AS row(\"type\" varchar, \"principalid\" varchar, ",
            "  CAST(\"eventTime\" AT TIME ZONE 'UTC' AS timestamp(3)) AS \"eventtime\",\n",
            "  transform_values(TRY(CAST(TRY(json_parse(\"requestParameters\")) AS map(varchar, json))), (k, v) -> \
             coalesce(json_extract_scalar(v, '$'), nullif(json_format(v), 'null'))) AS \"requestparameters\",\n",
            "  transform(TRY(CAST(TRY(json_parse(\"resources\")) AS array(json))), e1 -> CASE WHEN json_format(e1) LIKE '{%' \
             THEN CAST(ROW(\n",
            "FROM \"trail_flat\";\n",
        ],
    );
}

#[test]
fn spark_speaks_its_own_dialect() {
    assert_in_order(
        &location(Engine::Spark, StoreType::Events),
        [
            "CREATE TABLE IF NOT EXISTS `trail_flat` USING DELTA LOCATION 's3://lake/id';\n",
            "CREATE OR REPLACE VIEW `trail` AS\n",
            "  CASE WHEN (`objects` & 1) <> 0 THEN named_struct(\n    'type', `userIdentity_type`,\n",
            "  `eventTime` AS `eventtime`,\n",
            "  from_json(`requestParameters`, 'map<string,string>') AS `requestparameters`,\n",
            "  transform(from_json(`resources`, 'array<string>'), e1 -> CASE WHEN e1 LIKE '{%' THEN named_struct(\n",
            "FROM `trail_flat`;\n",
        ],
    );
    let insights = location(Engine::Spark, StoreType::Insights);
    assert_in_order(&insights, ["try_cast(`insightDetails_insightContext_statistics_insightDuration` AS INT)"]);
}

#[test]
fn a_relation_stands_as_it_is_and_nothing_stands_before_the_view() {
    for engine in Engine::ALL {
        let sql = create_view(Schema::events(), engine, Source::Relation("a.b TABLESAMPLE (1)"), "trail");
        assert!(sql.starts_with("CREATE OR REPLACE VIEW ") && sql.ends_with("\nFROM a.b TABLESAMPLE (1);\n"), "{sql}");
    }
}

#[test]
fn no_name_and_no_location_ends_what_it_stands_in() {
    for engine in Engine::ALL {
        let sql = create_view(Schema::events(), engine, Source::Location("a'b\\\nDROP"), "t\"r`a");
        let name = if engine == Engine::Spark { "`t\"r``a`" } else { "\"t\"\"r`a\"" };
        assert!(sql.contains(&format!("VIEW {name} AS")), "{sql}");
        assert!(engine == Engine::Spark || sql.contains("'a''b\\"), "{sql}");
    }
    let trino = create_view(Schema::events(), Engine::Trino, Source::Location("a\nDROP"), "trail");
    assert!(trino.contains("\n-- DROP"), "{trino}");
    let spark = create_view(Schema::events(), Engine::Spark, Source::Location("a\\'b"), "trail");
    assert!(spark.contains(r"LOCATION 'a\\\'b'"), "{spark}");
}

#[test]
fn an_engine_reads_back_from_its_own_text() {
    for engine in Engine::ALL {
        assert_eq!(engine.to_string().to_uppercase().parse(), Ok(engine));
    }
    let error = "bigquery".parse::<Engine>().unwrap_err().to_string();
    assert_eq!(error, "engine \"bigquery\" is not known: it is one of duckdb, athena, trino, spark");
}
