//! The shapes of query that CloudTrail Lake's documentation, samples and dashboards are made of.

use crate::session::{rows, try_ask};

#[tokio::test]
async fn published_shapes_run() {
    let mut failed = Vec::new();
    for sql in [
        "SELECT eventName, COUNT(*) AS eventCount FROM events WHERE eventTime > '2022-01-01 00:00:00' AND eventtime <= '2024-01-01'
         GROUP BY eventName ORDER BY EventCount DESC LIMIT 10;",
        "SELECT * FROM events WHERE eventTime >= timestamp '2022-05-16 01:00:00' LIMIT 5",
        "/* header */ SELECT userIdentity.userName, userIdentity.principalId FROM events -- comment",
        "SELECT element_at(requestParameters, 'roleArn') AS role, json_extract(element_at(responseElements, 'credentials'), '$.accessKeyId')
         FROM events WHERE eventSource = 'sts.amazonaws.com'",
        "SELECT json_array_get(json_extract(element_at(responseElements, 'credentials'), '$.n'), 0) FROM events",
        "SELECT replace(cast(json_extract(element_at(responseElements, 'credentials'), '$.accessKeyId') AS varchar), '\"') FROM events",
        "SELECT eventname, transform(filter(cast(json_parse('[{\"a\":1}]') AS array(map(varchar, json))), m -> element_at(m, 'a') IS NOT NULL), m -> m['a']) FROM events",
        "SELECT cast(json_parse(element_at(responseElements, 'credentials')) AS map(varchar, json)) FROM events",
        "SELECT requestParameters, count(*) FROM events GROUP BY requestParameters",
        "SELECT date(eventTime) AS d, day_of_week(eventTime), count(*) FROM events GROUP BY date(eventTime), day_of_week(eventTime)",
        "SELECT element_at(resources, 1).accountId, eventName FROM events WHERE cardinality(resources) > 0",
        "SELECT a.eventName FROM events AS a LEFT JOIN events AS b ON a.eventID = b.eventID WHERE a.eventTime > b.eventTime",
        "SELECT eventName FROM events UNION SELECT eventSource FROM events EXCEPT SELECT 'x' INTERSECT SELECT 'y'",
        "SELECT * FROM (SELECT eventName, rank() OVER (PARTITION BY awsRegion ORDER BY eventTime DESC) AS rank FROM events) WHERE rank = 1",
        "SELECT useridentity.sessioncontext.sessionissuer.username FROM events WHERE userIdentity.sessionContext.attributes.mfaAuthenticated = 'false'",
        "SELECT userIdentity FROM events WHERE userIdentity IS NOT NULL AND sourceIpAddress NOT LIKE '%.amazonaws.com'",
        "SELECT GREATEST(eventName, eventSource), LEAST(1, 2) FROM events WHERE readOnly IS DISTINCT FROM false",
        "SELECT eventTime FROM events WHERE eventTime > DATE_ADD('week', -1, CURRENT_TIMESTAMP)",
        "SELECT date_trunc('minute', eventTime) + interval '5' minute, minute(eventTime) / 10 * INTERVAL '10' MINUTE FROM events",
        "SELECT IF(errorCode IS NULL, 'ok', 'failed') AS outcome, approx_distinct(userIdentity.arn) FROM events GROUP BY 1",
        "SELECT arbitrary(eventName), max_by(eventName, eventTime), slice(array_agg(DISTINCT awsRegion), 1, 2) FROM events",
        "SELECT eventName FROM events WHERE any_match(resources, r -> r.type = 'AWS::S3::Bucket' AND r.accountId = recipientAccountId)",
        "WITH base AS (SELECT userIdentity.arn AS who, awsRegion FROM events WHERE eventTime < '2023-01-03'),
              now_ AS (SELECT userIdentity.arn AS who, awsRegion FROM events)
         SELECT DISTINCT n.who FROM now_ n LEFT JOIN base b ON n.who = b.who AND n.awsRegion = b.awsRegion WHERE b.who IS NULL",
        "SELECT eventName, count(*) FROM events GROUP BY ROLLUP (eventName)",
        "SELECT count(DISTINCT sourceIPAddress) FILTER (WHERE errorCode IS NULL) FROM events HAVING count(*) > 1",
        "SELECT eventName FROM events WHERE eventID IN (SELECT eventID FROM events WHERE readOnly) AND EXISTS (SELECT 1 FROM events)",
        "SELECT CASE eventName WHEN 'GetObject' THEN 1 ELSE 2 END FROM events OFFSET 1 LIMIT 2",
        "SELECT try_cast(element_at(requestParameters, 'key') AS bigint), try(cast(eventName AS bigint)) FROM events",
        "SELECT listagg(eventName, ',') WITHIN GROUP (ORDER BY eventTime) FROM events GROUP BY awsRegion",
        "SELECT map_agg(eventID, eventName)['e1'], histogram(awsRegion) FROM events",
        "SELECT eventTime AT TIME ZONE 'UTC' FROM events",
        "SELECT regexp_extract(userIdentity.arn, 'user/(.*)', 1) FROM events WHERE regexp_like(eventName, '^Get')",
        "SELECT eventName FROM events ORDER BY eventTime DESC FETCH FIRST 2 ROWS ONLY",
        "SELECT x FROM (VALUES (1), (2)) AS t(x)",
        "SELECT requestParameters['bucketName'], userIdentity.sessionContext.attributes['mfaauthenticated'] FROM events
         WHERE contains(map_keys(requestParameters), 'bucketName')",
        "SELECT count(*) FROM events WHERE requestParameters IS NULL OR element_at(requestParameters, 'x') IS NULL",
        "SELECT sum(n) OVER (ORDER BY h), h FROM (SELECT hour(eventTime) h, count(*) n FROM events GROUP BY hour(eventTime))",
        "SELECT array_join(array_agg(eventName ORDER BY eventTime), ' > ') AS path FROM events GROUP BY userIdentity.accessKeyId",
        "SELECT eventID FROM events e WHERE EXISTS (SELECT 1 FROM config c WHERE c.eventData.arn = e.userIdentity.sessionContext.sessionIssuer.arn)",
        "SELECT eventName public, awsRegion \"identity\" FROM events",
    ] {
        if let Err(error) = try_ask(sql).await {
            failed.push(format!("{sql}\n  {error}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn json_inside_maps_is_reached() {
    let sql = "SELECT json_extract_scalar(element_at(responseElements, 'credentials'), '$.accessKeyId'),
               json_array_get(json_extract(element_at(responseElements, 'credentials'), '$.n'), 1)
               FROM events WHERE eventid = 'e3'";
    assert_eq!(rows(sql).await, ["ASIA|2"]);
}

#[tokio::test]
async fn text_of_any_layout_works() {
    use std::sync::Arc;

    use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
    use arrow::compute::cast;
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion_trino::{Statement, text};

    let session = crate::session::session();
    let plain: ArrayRef = Arc::new(StringArray::from(vec![Some("a/b"), None, Some("{\"k\":\"v\"}")]));
    let layouts = [
        DataType::Utf8,
        DataType::Utf8View,
        DataType::LargeUtf8,
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
    ];
    for (i, layout) in layouts.iter().enumerate() {
        let column = cast(&plain, layout).unwrap();
        let schema = Arc::new(Schema::new(vec![Field::new("x", layout.clone(), true)]));
        let batch = RecordBatch::try_new(schema, vec![column]).unwrap();
        session.register_batch(format!("t{i}").as_str(), batch).unwrap();
        for (expression, expected) in [
            ("split_part(x, '/', 2)", "b|NULL|NULL"),
            ("element_at(split(x, '/'), 1)", "a|NULL|{\"k\":\"v\"}"),
            ("json_extract_scalar(x, '$.k')", "NULL|NULL|v"),
            ("concat(x, '!')", "a/b!|NULL|{\"k\":\"v\"}!"),
            ("regexp_like(x, '^a')", "true|NULL|false"),
            ("x LIKE 'a%'", "true|NULL|false"),
            ("greatest(x, 'b')", "b|NULL|{\"k\":\"v\"}"),
            ("contains(ARRAY['a/b'], x)", "true|NULL|false"),
            ("any_match(ARRAY[x], v -> v = 'a/b')", "true|NULL|false"),
            ("coalesce(x, 'none')", "a/b|none|{\"k\":\"v\"}"),
            ("reverse(x)", "b/a|NULL|}\"v\":\"k\"{"),
            ("upper(x)", "A/B|NULL|{\"K\":\"V\"}"),
            ("if(x = 'a/b', x, 'other')", "a/b|other|other"),
            ("try_cast(x AS map(varchar, varchar))['k']", "NULL|NULL|v"),
            ("x IN ('a/b', 'c')", "true|NULL|false"),
            ("length(x)", "3|NULL|9"),
        ] {
            let sql = format!("SELECT {expression} FROM t{i}");
            let planned = Statement::parse(&sql).unwrap().plan(&session.state()).await;
            let planned = planned.unwrap_or_else(|error| panic!("{layout} {sql}: {error}"));
            let frame = session.execute_logical_plan(planned.plan).await.unwrap();
            let batches = frame.collect().await.unwrap_or_else(|error| panic!("{layout} {sql}: {error}"));
            let column = batches[0].column(0);
            let shown: Vec<String> =
                (0..column.len()).map(|row| text::format(column, row).unwrap_or_else(|| "NULL".to_owned())).collect();
            assert_eq!(shown.join("|"), expected, "{layout} {sql}");
        }
    }
}
