//! One test for each trap between DataFusion's meaning and Trino's.

use crate::session::{rows, values};

#[tokio::test]
async fn element_at_of_a_map_is_the_value_or_null() {
    let sql = "SELECT element_at(requestParameters, 'bucketName'), element_at(requestParameters, 'key'),
               element_at(requestParameters, 'bucketname') FROM events ORDER BY eventid";
    assert_eq!(rows(sql).await, ["b|k|NULL", "c|NULL|NULL", "NULL|NULL|NULL", "NULL|NULL|NULL"]);
}

#[tokio::test]
async fn element_at_of_an_array_counts_from_both_ends() {
    values(&[
        ("element_at(ARRAY['a', 'b', 'c'], 1)", "a"),
        ("element_at(ARRAY['a', 'b', 'c'], -1)", "c"),
        ("element_at(ARRAY['a', 'b', 'c'], 4)", "NULL"),
        ("ARRAY['a', 'b', 'c'][2]", "b"),
        ("ARRAY[10, 20][1]", "10"),
    ])
    .await;
    let sql = "SELECT element_at(resources, 1).arn, element_at(resources, 2).type FROM events ORDER BY eventid";
    assert_eq!(rows(sql).await[0], "arn:aws:s3:::b|AWS::S3::Object");
}

#[tokio::test]
async fn nulls_come_last_in_both_directions() {
    for direction in ["ASC", "DESC", ""] {
        let sql = format!("SELECT awsRegion FROM events ORDER BY awsRegion {direction}");
        assert_eq!(rows(&sql).await.last().map(String::as_str), Some("NULL"), "{direction}");
    }
}

#[tokio::test]
async fn timestamps_compare_with_text() {
    for (condition, expected) in [
        ("eventTime > '2023-01-02 03:04:05'", 3),
        ("eventTime >= '2023-01-03'", 2),
        ("eventTime BETWEEN '2023-01-01 00:00:00' AND '2023-01-02 03:04:06.000'", 1),
        ("eventTime < timestamp '2023-01-03 00:00:00'", 2),
        ("eventTime > '2023-01-02T03:04:05Z'", 3),
        ("eventTime = '2023-01-02 03:04:06.500'", 1),
        ("eventTime >= date '2023-01-03'", 2),
    ] {
        let sql = format!("SELECT count(*) FROM events WHERE {condition}");
        assert_eq!(rows(&sql).await, [expected.to_string()], "{condition}");
    }
}

#[tokio::test]
async fn booleans_compare_with_text() {
    for (condition, expected) in [
        ("readOnly = 'true'", 2),
        ("readOnly <> 'true'", 1),
        ("readOnly = false", 1),
        ("userIdentity.sessionContext.attributes.mfaAuthenticated = false", 1),
        ("userIdentity.sessionContext.attributes.mfaAuthenticated = true", 1),
        ("readOnly IN ('true', 'false')", 3),
        ("NOT (readOnly = 'true')", 1),
        ("NOT ('true' <> readOnly)", 2),
        ("NOT (userIdentity.sessionContext.attributes.mfaAuthenticated = true)", 1),
        ("NOT (NOT (readOnly = 'true' AND eventName LIKE '%'))", 2),
    ] {
        let sql = format!("SELECT count(*) FROM events WHERE {condition}");
        assert_eq!(rows(&sql).await, [expected.to_string()], "{condition}");
    }
}

#[tokio::test]
async fn like_without_escape_takes_a_backslash_as_a_letter() {
    values(&[
        (r"'a\b' LIKE 'a\b'", "true"),
        (r"'a%' LIKE 'a\%'", "false"),
        (r"'a\xyz' LIKE 'a\%'", "true"),
        ("'100%' LIKE '100#%' ESCAPE '#'", "true"),
        ("'1000' LIKE '100#%' ESCAPE '#'", "false"),
    ])
    .await;
}

#[tokio::test]
async fn nulls_come_last_inside_windows_and_aggregates_too() {
    let sql = "SELECT array_agg(awsRegion ORDER BY awsRegion DESC) FROM events";
    assert_eq!(rows(sql).await, ["[us-east-1, us-east-1, eu-west-1, null]"]);
    let sql =
        "SELECT eventid FROM (SELECT eventid, row_number() OVER (ORDER BY awsRegion DESC, eventid) AS n FROM events)
               WHERE n = 4";
    assert_eq!(rows(sql).await, ["e4"]);
}
