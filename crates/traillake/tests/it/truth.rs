//! Every figure of the data sets' `truth.json`, out of SQL.

use serde_json::{Map, Value, json};
use traillake::{ImportOptions, Lake};

use crate::ask::{ask, datasets, lake_of, value};

/// The instants that `truth.json` counts as readable.
const TIMED: &str = r"regexp_like(json_extract_scalar(eventJson, '$.eventTime'), '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')";

async fn check(folder: &str) {
    let Some(datasets) = datasets() else { return };
    let folder = datasets.join(folder);
    let truth: Map<String, Value> = serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let over: Vec<_> =
        truth["over"].as_array().unwrap().iter().map(|name| folder.join(name.as_str().unwrap())).collect();
    let options = ImportOptions { keep_duplicates: true, ..ImportOptions::default() };
    let (lake, report) = lake_of(&over, &options).await;
    println!("{}\n{report}\n", folder.display());
    let mut wrong = Vec::new();
    for (name, expected) in truth.iter().filter(|(name, _)| !matches!(name.as_str(), "over" | "files_read")) {
        let found = figure(&lake, name).await;
        let mark = if same(&found, expected) { ' ' } else { '!' };
        println!("{mark} {name:36} expected {}\n  {:36} found    {}", short(expected), "", short(&found));
        if mark == '!' {
            wrong.push(name.clone());
        }
    }
    assert!(wrong.is_empty(), "{}: {wrong:?} differ", folder.display());
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 160 { text } else { text.chars().take(159).chain(['…']).collect() }
}

/// Equal, numbers by value: `313` and `313.0` are one figure.
fn same(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => found == expected,
    }
}

async fn figure(lake: &Lake, name: &str) -> Value {
    let counted = |condition: &str| format!("SELECT count(*) FROM events WHERE {condition}");
    match name {
        "record_count" => number(lake, "SELECT count(*) FROM events").await,
        "distinct_event_ids" => number(lake, "SELECT count(DISTINCT eventID) FROM events").await,
        "records_without_event_id" => number(lake, &counted("eventID IS NULL")).await,
        "records_with_error_code" => number(lake, &counted("errorCode IS NOT NULL")).await,
        "unparseable_event_time" => number(lake, &counted(&format!("NOT coalesce({TIMED}, false)"))).await,
        "min_event_time" => time(lake, "min").await,
        "max_event_time" => time(lake, "max").await,
        "records_per_day" => counts(lake, "date_format(eventTime, '%Y-%m-%d')", TIMED).await,
        "records_per_hour_of_day" => counts(lake, "date_format(eventTime, '%H')", TIMED).await,
        "by_event_source_top20" => top(lake, "eventSource").await,
        "by_event_name_top20" => top(lake, "eventName").await,
        "by_bucket_name_top20" => top(lake, "element_at(requestParameters, 'bucketName')").await,
        "by_recipient_account_top20" => top(lake, "recipientAccountId").await,
        "by_session_issuer_arn_top20" => top(lake, "userIdentity.sessionContext.sessionIssuer.arn").await,
        "by_invoked_by_top20" => top(lake, "userIdentity.invokedBy").await,
        "by_access_key_top20" => top(lake, "userIdentity.accessKeyId").await,
        "by_source_ip_top20" => top(lake, "sourceIPAddress").await,
        "by_source_and_error_top20" => top(lake, "eventSource || ' ' || errorCode").await,
        "by_resource_type_top20" => resource_types(lake).await,
        "by_error_code" => counts(lake, "errorCode", "errorCode IS NOT NULL").await,
        "by_user_identity_type" => counts(lake, "coalesce(userIdentity.type, '<null>')", "true").await,
        "by_aws_region" => counts(lake, "awsRegion", "awsRegion IS NOT NULL").await,
        "by_event_version" => counts(lake, "eventVersion", "eventVersion IS NOT NULL").await,
        "by_event_type" => counts(lake, "eventType", "eventType IS NOT NULL").await,
        "by_event_category" => counts(lake, "eventCategory", "eventCategory IS NOT NULL").await,
        "by_tls_version" => counts(lake, "tlsDetails.tlsVersion", "tlsDetails.tlsVersion IS NOT NULL").await,
        "by_mfa_authenticated" => {
            let mfa = "userIdentity.sessionContext.attributes.mfaAuthenticated";
            counts(lake, mfa, &format!("{mfa} IS NOT NULL")).await
        }
        "key_prefix_counts" => {
            let key = "userIdentity.accessKeyId";
            counts(lake, &format!("substr({key}, 1, 4)"), &format!("length({key}) >= 4")).await
        }
        "read_only" => flag(lake, "readOnly").await,
        "management_event" => flag(lake, "managementEvent").await,
        "records_with_bucket_name" => {
            number(lake, &counted("element_at(requestParameters, 'bucketName') IS NOT NULL")).await
        }
        "request_parameters_null_or_absent" => number(lake, &counted("requestParameters IS NULL")).await,
        "response_elements_null_or_absent" => number(lake, &counted("responseElements IS NULL")).await,
        "sum_length_event_name" => number(lake, "SELECT sum(length(eventName)) FROM events").await,
        // `truth.json` calls the longest of no messages 0 long, and the largest of no transfers null.
        "error_message_length" => {
            sums_with(lake, "length(errorMessage)", "coalesce(max(length(errorMessage)), 0)").await
        }
        "bytes_transferred_out" => {
            sums(lake, "CAST(element_at(additionalEventData, 'bytesTransferredOut') AS double)").await
        }
        // An element that is no object is a NULL row, and no resource.
        "resources_rows" => {
            let rows = "events CROSS JOIN UNNEST(resources) AS t(account, kind, arn, prefix)";
            number(lake, &format!("SELECT count(coalesce(account, kind, arn, prefix)) FROM {rows}")).await
        }
        other => panic!("truth.json has a figure that no query gives: {other}"),
    }
}

async fn number(lake: &Lake, sql: &str) -> Value {
    json!(value(lake, sql).await.unwrap().parse::<i64>().unwrap())
}

async fn time(lake: &Lake, pick: &str) -> Value {
    let sql = format!("SELECT date_format({pick}(eventTime), '%Y-%m-%dT%H:%i:%sZ') FROM events WHERE {TIMED}");
    json!(value(lake, &sql).await)
}

async fn counts(lake: &Lake, expression: &str, condition: &str) -> Value {
    let sql = format!("SELECT {expression}, count(*) FROM events WHERE {condition} GROUP BY 1");
    pairs(lake, &sql).await.into_iter().map(|(name, count)| (name, json!(count))).collect::<Map<_, _>>().into()
}

async fn pairs(lake: &Lake, sql: &str) -> Vec<(String, i64)> {
    let pair = |row: Vec<Option<String>>| {
        let [name, count] = row.try_into().unwrap();
        (name.unwrap(), count.unwrap().parse().unwrap())
    };
    ask(lake, sql).await.into_iter().map(pair).collect()
}

async fn top(lake: &Lake, expression: &str) -> Value {
    let sql = format!(
        "SELECT {expression}, count(*) AS n FROM events WHERE {expression} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1"
    );
    twenty(pairs(lake, &sql).await)
}

async fn resource_types(lake: &Lake) -> Value {
    let sql = "SELECT r.type, count(*) AS n FROM events CROSS JOIN UNNEST(resources) AS r \
               WHERE r.type IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1";
    twenty(pairs(lake, sql).await)
}

/// The first twenty, how many values there are, and how many tie with the last one shown.
fn twenty(rows: Vec<(String, i64)>) -> Value {
    let last = rows.get(19).map(|(_, count)| *count);
    let tied = rows.iter().skip(20).filter(|(_, count)| Some(*count) == last).count();
    let shown: Vec<_> = rows.iter().take(20).map(|(name, count)| json!([name, count])).collect();
    json!({"rows": shown, "distinct": rows.len(), "cut_ties": tied})
}

/// A boolean member as it is written: bent types are counted apart.
async fn flag(lake: &Lake, member: &str) -> Value {
    let text = format!("json_format(json_extract(eventJson, '$.{member}'))");
    let kind = format!(
        "CASE WHEN {text} IS NULL OR {text} = 'null' THEN 'null' WHEN {text} IN ('true', 'false') THEN {text} ELSE 'other' END"
    );
    counts(lake, &kind, "true").await
}

async fn sums(lake: &Lake, expression: &str) -> Value {
    sums_with(lake, expression, &format!("max({expression})")).await
}

async fn sums_with(lake: &Lake, expression: &str, most: &str) -> Value {
    let sql = format!("SELECT count({expression}), coalesce(sum({expression}), 0), {most} FROM events");
    let row: Vec<_> = ask(lake, &sql).await.remove(0);
    let number =
        |text: &Option<String>| text.as_deref().map_or(Value::Null, |text| json!(text.parse::<f64>().unwrap()));
    json!({"rows": number(&row[0]), "sum": number(&row[1]), "max": number(&row[2])})
}

#[tokio::test(flavor = "multi_thread")]
async fn opensearch_catalog_is_as_counted() {
    check("opensearch-catalog").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stratus_red_team_is_as_counted() {
    check("stratus-red-team").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn panther_analysis_is_as_counted() {
    check("panther-analysis").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fullstop_is_as_counted() {
    check("fullstop").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn user_guide_examples_are_as_counted() {
    check("aws-cloudtrail-user-guide").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivered_bucket_is_as_counted() {
    check("delivery-layout").await;
}
