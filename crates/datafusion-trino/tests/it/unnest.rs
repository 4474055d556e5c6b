//! UNNEST in FROM.

use crate::session::{ask, rows, try_ask};

#[tokio::test]
async fn rows_of_an_array_become_columns_of_the_alias() {
    let sql = "SELECT e.eventName, r.arn, r.type AS t FROM events e CROSS JOIN UNNEST(resources) AS r ORDER BY r.arn";
    assert_eq!(
        rows(sql).await,
        [
            "GetObject|arn:aws:s3:::b|AWS::S3::Bucket",
            "GetObject|arn:aws:s3:::b/k|AWS::S3::Object",
            "AssumeRole|arn:aws:s3:::c|AWS::S3::Bucket",
        ]
    );
}

#[tokio::test]
async fn the_comma_form_sees_the_table_too() {
    let sql = "SELECT rt.tags FROM events, unnest(eventContext.tagContext.resourceTags) AS rt";
    let answer = ask(sql).await;
    assert_eq!(answer.headers, ["tags"]);
    assert_eq!(answer.rows, [["team=red"]]);
}

#[tokio::test]
async fn columns_are_named_by_the_alias_list() {
    let sql = "SELECT a, k FROM events CROSS JOIN UNNEST(resources) AS t(A, b, k) WHERE t.k LIKE '%Object'";
    assert_eq!(rows(sql).await, ["arn:aws:s3:::b/k|AWS::S3::Object"]);
    let sql = "SELECT x FROM events CROSS JOIN UNNEST(map_values(requestParameters)) AS t(x) ORDER BY x";
    assert_eq!(rows(sql).await, ["arn:aws:iam::1:role/Ops", "b", "c", "k", "NULL"]);
}

#[tokio::test]
async fn a_map_becomes_key_and_value() {
    let sql = "SELECT eventid, k, v FROM events CROSS JOIN UNNEST(requestParameters) AS t(k, v) ORDER BY 1, 2";
    assert_eq!(
        rows(sql).await,
        ["e1|bucketName|b", "e1|key|k", "e2|Tagging|NULL", "e2|bucketName|c", "e3|roleArn|arn:aws:iam::1:role/Ops"]
    );
}

#[tokio::test]
async fn ordinality_counts_from_one() {
    let sql = "SELECT x, n FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n) ORDER BY n";
    assert_eq!(rows(sql).await, ["a|1", "b|2"]);
    let sql = "SELECT eventid, arn, n FROM events CROSS JOIN UNNEST(resources) WITH ORDINALITY AS t(arn, a, b, n)
               ORDER BY 1, 3";
    assert_eq!(rows(sql).await, ["e1|arn:aws:s3:::b|1", "e1|arn:aws:s3:::b/k|2", "e3|arn:aws:s3:::c|1"]);
}

#[tokio::test]
async fn columns_without_names_are_called_by_place() {
    assert_eq!(ask("SELECT * FROM UNNEST(ARRAY[7])").await.headers, ["_col0"]);
    assert_eq!(ask("SELECT * FROM UNNEST(ARRAY[7]), (SELECT 8)").await.rows, [["7", "8"]]);
}

#[tokio::test]
async fn several_arrays_run_side_by_side() {
    let sql = "SELECT * FROM UNNEST(ARRAY[1, 2], ARRAY['a', 'b', 'c']) AS t(n, s) ORDER BY s";
    assert_eq!(rows(sql).await, ["1|a", "2|b", "NULL|c"]);
}

#[tokio::test]
async fn a_left_join_keeps_rows_without_items() {
    let sql = "SELECT eventid, r.arn FROM events LEFT JOIN UNNEST(resources) AS r ON TRUE ORDER BY 1, 2";
    assert_eq!(
        rows(sql).await,
        ["e1|arn:aws:s3:::b", "e1|arn:aws:s3:::b/k", "e2|NULL", "e3|arn:aws:s3:::c", "e4|NULL"]
    );
}

#[tokio::test]
async fn unnested_rows_group_join_and_nest() {
    let sql = "SELECT r.arn, r.type AS t, count(*) AS n FROM events CROSS JOIN UNNEST(resources) AS r
               GROUP BY r.arn, r.type ORDER BY n DESC, 1 LIMIT 50";
    assert_eq!(rows(sql).await.len(), 3);
    let sql = "SELECT count(*) FROM (SELECT r.arn FROM events e, UNNEST(e.resources) AS r) a
               JOIN (SELECT r.arn FROM events, UNNEST(resources) r) b ON a.arn = b.arn";
    assert_eq!(rows(sql).await, ["3"]);
    let sql = "WITH f AS (SELECT eventid, split(useragent, '/') AS parts FROM events)
               SELECT p, count(*) FROM f CROSS JOIN UNNEST(parts) AS t(p) GROUP BY p ORDER BY 2 DESC, 1";
    assert_eq!(rows(sql).await, ["2|2", "aws-cli|2", "Boto3|1"]);
}

#[tokio::test]
async fn unnest_of_anything_else_is_refused() {
    let error = try_ask("SELECT 1 FROM events CROSS JOIN UNNEST(eventname) AS t(x)").await.unwrap_err();
    assert_eq!(error.to_string(), "UNNEST takes arrays and maps, not varchar");
}

#[tokio::test]
async fn unnests_chain_and_stand_behind_joins() {
    let sql =
        "SELECT eventid, w FROM events CROSS JOIN UNNEST(resources) AS r CROSS JOIN UNNEST(split(r.type, '::')) AS t(w)
               WHERE eventid = 'e3' ORDER BY w";
    assert_eq!(rows(sql).await, ["e3|AWS", "e3|Bucket", "e3|S3"]);
    let sql = "SELECT b.eventid, r.arn FROM events a JOIN events b ON a.eventid = b.eventid
               CROSS JOIN UNNEST(b.resources) AS r WHERE a.eventid = 'e3'";
    assert_eq!(rows(sql).await, ["e3|arn:aws:s3:::c"]);
    let sql = "SELECT e.eventid, x, y FROM events e, UNNEST(e.resources) AS r(x, a, b), UNNEST(ARRAY[x, 'z']) AS t(y)
               WHERE eventid = 'e3' ORDER BY y";
    assert_eq!(rows(sql).await, ["e3|arn:aws:s3:::c|arn:aws:s3:::c", "e3|arn:aws:s3:::c|z"]);
}

#[tokio::test]
async fn unnest_of_an_outer_query_sees_its_rows() {
    let sql = "SELECT eventid FROM events e
               WHERE EXISTS (SELECT 1 FROM UNNEST(e.resources) AS r WHERE r.type = 'AWS::S3::Object')";
    assert_eq!(rows(sql).await, ["e1"]);
    let sql = "SELECT eventid, (SELECT count(*) FROM UNNEST(e.resources) AS r WHERE r.type = 'AWS::S3::Bucket') AS n
               FROM events e ORDER BY 1";
    assert_eq!(rows(sql).await, ["e1|1", "e2|0", "e3|1", "e4|0"]);
    let sql = "SELECT eventid, t FROM events e LEFT JOIN LATERAL
               (SELECT upper(r.type) AS t FROM UNNEST(e.resources) AS r WHERE r.arn LIKE '%/k') ON TRUE ORDER BY 1";
    assert_eq!(rows(sql).await, ["e1|AWS::S3::OBJECT", "e2|NULL", "e3|NULL", "e4|NULL"]);
}
