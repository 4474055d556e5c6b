//! Types of dates, timestamps, zones and intervals: one test for each trap.

use crate::session::{optimized, rows, try_plan, value, values};

#[tokio::test]
async fn at_time_zone_keeps_the_instant() {
    values(&[
        ("timestamp '2020-05-01 12:34:56 UTC' AT TIME ZONE 'Asia/Kathmandu'", "2020-05-01 18:19:56 Asia/Kathmandu"),
        ("timestamp '2020-05-01 12:34:56' AT TIME ZONE '+08:35'", "2020-05-01 21:09:56 +08:35"),
        (
            "timestamp '2020-05-01 12:34:56.5 +07:09' AT TIME ZONE INTERVAL '03:04' HOUR TO MINUTE",
            "2020-05-01 08:29:56.5 +03:04",
        ),
        (
            "at_timezone(timestamp '2020-05-01 12:34:56.123456 UTC', 'America/New_York')",
            "2020-05-01 08:34:56.123456 America/New_York",
        ),
        ("with_timezone(timestamp '2020-05-01 12:34:56', 'Europe/Berlin')", "2020-05-01 12:34:56 Europe/Berlin"),
        ("timestamp '2020-05-01 12:34:56 Asia/Tokyo' AT LOCAL", "2020-05-01 03:34:56 UTC"),
    ])
    .await;
    let sql = "SELECT eventTime AT TIME ZONE 'Asia/Tokyo' FROM events ORDER BY eventid";
    assert_eq!(rows(sql).await[0], "2023-01-02 12:04:05.000 Asia/Tokyo");
    let error = value("timestamp '2020-05-01 12:34:56' AT TIME ZONE 'Mars/Olympus'").await;
    assert!(error.contains("'Mars/Olympus' is not a valid time zone"), "{error}");
}

#[tokio::test]
async fn timestamps_print_as_many_digits_as_their_type_has() {
    values(&[
        ("timestamp '2020-05-01 12:34:56'", "2020-05-01 12:34:56"),
        ("timestamp '2020-05-01 12:34:56.1'", "2020-05-01 12:34:56.1"),
        ("timestamp '2020-05-01 12:34:56.1200'", "2020-05-01 12:34:56.1200"),
        ("timestamp '2020-5-1 1:2'", "2020-05-01 01:02:00"),
        ("timestamp '-0044-03-15'", "-0044-03-15 00:00:00"),
        ("timestamp '12001-05-01 12:34:56'", "+12001-05-01 12:34:56"),
        ("cast(timestamp '2020-05-01 12:34:56.12345678' as varchar)", "2020-05-01 12:34:56.12345678"),
        ("cast(timestamp '2020-05-01 12:34:56.12 Asia/Kathmandu' as varchar)", "2020-05-01 12:34:56.12 Asia/Kathmandu"),
        ("cast(timestamp '2020-05-01 12:34:56' as timestamp)", "2020-05-01 12:34:56.000"),
        ("cast(date '2020-05-01' as timestamp(5))", "2020-05-01 00:00:00.00000"),
    ])
    .await;
    assert_eq!(rows("SELECT eventTime FROM events ORDER BY eventid").await[0], "2023-01-02 03:04:05.000");
    assert_eq!(rows("SELECT cast(eventTime as varchar) FROM events ORDER BY 1").await[0], "2023-01-02 03:04:05.000");
}

#[tokio::test]
async fn digits_that_do_not_fit_are_rounded() {
    values(&[
        ("cast(timestamp '2020-05-01 12:34:56.5' as timestamp(0))", "2020-05-01 12:34:57"),
        ("cast(timestamp '1960-05-01 12:34:56.4999' as timestamp(0))", "1960-05-01 12:34:56"),
        ("cast(timestamp '1970-01-01 00:00:00.9995' as timestamp)", "1970-01-01 00:00:01.000"),
        ("cast('2020-05-01 12:34:56.555555' as timestamp(2))", "2020-05-01 12:34:56.56"),
        ("cast(timestamp '2020-05-01 12:34:56.55 UTC' as timestamp(1) with time zone)", "2020-05-01 12:34:56.6 UTC"),
    ])
    .await;
}

#[tokio::test]
async fn literals_that_are_none_are_refused_when_planning() {
    for (sql, message) in [
        ("SELECT date '2013-02-29'", "'2013-02-29' is not a valid DATE literal (line 1, column 13)"),
        ("SELECT timestamp '2020-13-01'", "'2020-13-01' is not a valid TIMESTAMP literal (line 1, column 18)"),
        (
            "SELECT timestamp '2023-03-26 02:30 Europe/Berlin'",
            "'2023-03-26 02:30 Europe/Berlin' is not a valid TIMESTAMP literal (line 1, column 18)",
        ),
        (
            "SELECT timestamp '2020-01-01 00:00:00.0123456789'",
            "timestamp(10) is not supported: timestamps have at most 9 digits (line 1, column 18)",
        ),
        ("SELECT INTERVAL 'x' DAY", "Invalid INTERVAL DAY value: x (line 1, column 17)"),
        ("SELECT INTERVAL '7 days'", "an interval needs a unit behind '7 days': INTERVAL '7' DAY (line 1, column 17)"),
    ] {
        let error = try_plan(sql).await.unwrap_err();
        assert_eq!(error.to_string(), message, "{sql}");
    }
}

#[tokio::test]
async fn casts_of_text_take_what_trino_takes() {
    values(&[
        ("cast('  2013-2-02  ' as date)", "2013-02-02"),
        ("cast('+12013-02-02' as date)", "+12013-02-02"),
        ("try_cast('2013-02-29' as date)", "NULL"),
        ("cast('2001-1-22 03:04 +07:09' as timestamp)", "2001-01-22 03:04:00.000"),
        ("cast('2001-1-22 03:04:05.321 Asia/Tokyo' as timestamp with time zone)", "2001-01-22 03:04:05.321 Asia/Tokyo"),
        ("cast('2001-1-22 03:04:05' as timestamp with time zone)", "2001-01-22 03:04:05.000 UTC"),
        ("try_cast('yesterday' as timestamp)", "NULL"),
        ("try_cast('yesterday' as timestamp with time zone)", "NULL"),
    ])
    .await;
    for (cast, message) in [
        ("cast('2013- 2-02' as date)", "Value cannot be cast to date: 2013- 2-02"),
        ("cast('yesterday' as timestamp)", "Value cannot be cast to timestamp: yesterday"),
        ("cast('yesterday' as timestamp with time zone)", "Value cannot be cast to timestamp: yesterday"),
        ("cast(1 as timestamp)", "to timestamp(3)"),
        ("cast(date '2020-01-01' as bigint)", "Cannot cast date to bigint"),
    ] {
        let error = value(cast).await;
        assert!(error.contains(message), "{cast}: {error}");
    }
}

#[tokio::test]
async fn timestamps_with_and_without_zone_are_told_apart() {
    values(&[
        ("timestamp '2020-05-01 12:00:00 Asia/Tokyo' = timestamp '2020-05-01 03:00:00 UTC'", "true"),
        ("timestamp '2020-05-01 12:00:00 Asia/Tokyo' = timestamp '2020-05-01 03:00:00'", "true"),
        ("timestamp '2020-05-01 12:00:00 Asia/Tokyo' > timestamp '2020-05-01 11:59:59 +08:00'", "false"),
        ("cast(timestamp '2020-05-01 12:00:00 Asia/Tokyo' as timestamp(0))", "2020-05-01 12:00:00"),
        ("cast(timestamp '2020-05-01 23:00:00 -05:00' as date)", "2020-05-01"),
        ("date '2013-10-27' = timestamp '2013-10-27 00:00:00'", "true"),
        ("date '2013-10-27' < timestamp '2013-10-27 00:00:01'", "true"),
        ("timestamp '2020-05-01 12:00:00.12' = timestamp '2020-05-01 12:00:00.120000'", "true"),
    ])
    .await;
    for (condition, expected) in [
        ("eventTime > timestamp '2023-01-02 03:04:05 UTC'", 3),
        ("eventTime >= timestamp '2023-01-02 12:04:06.500 Asia/Tokyo'", 3),
        ("eventTime > '2023-01-02 03:04:06.4999'", 3),
        ("eventTime > '2023-01-02T05:04:05+02:00'", 3),
        ("eventTime IN ('2023-01-02 03:04:05', '2023-01-03 04:00:00')", 2),
        ("eventTime < now() - INTERVAL '7' DAY", 4),
    ] {
        let sql = format!("SELECT count(*) FROM events WHERE {condition}");
        assert_eq!(rows(&sql).await, [expected.to_string()], "{condition}");
    }
}

#[tokio::test]
async fn clocks_set_forward_and_back_follow_java() {
    values(&[
        ("with_timezone(timestamp '2023-03-26 02:30:00', 'Europe/Berlin')", "2023-03-26 03:30:00 Europe/Berlin"),
        ("timestamp '2023-10-29 02:30:00 Europe/Berlin' AT TIME ZONE 'UTC'", "2023-10-29 00:30:00 UTC"),
        ("timestamp '2023-01-31 12:00:00 Etc/GMT+5' AT TIME ZONE 'UTC'", "2023-01-31 17:00:00 UTC"),
    ])
    .await;
}

#[tokio::test]
async fn intervals_of_all_forms_print_as_trino_prints_them() {
    values(&[
        ("INTERVAL '12 10:45:32.123' DAY TO SECOND", "12 10:45:32.123"),
        ("INTERVAL '-3' SECOND", "-0 00:00:03.000"),
        ("INTERVAL -'3' DAY", "-3 00:00:00.000"),
        ("INTERVAL '45:32' MINUTE TO SECOND", "0 00:45:32.000"),
        ("INTERVAL '124-30' YEAR TO MONTH", "126-6"),
        ("cast(INTERVAL '30' MONTH as varchar)", "2-6"),
        ("cast(INTERVAL '12 10' DAY TO HOUR as varchar)", "12 10:00:00.000"),
    ])
    .await;
}

#[tokio::test]
async fn interval_arithmetic() {
    values(&[
        ("INTERVAL '3' SECOND + INTERVAL '6' DAY", "6 00:00:03.000"),
        ("INTERVAL '3' MONTH - INTERVAL '6' YEAR", "-5-9"),
        ("INTERVAL '1' DAY * 2.5", "2 12:00:00.000"),
        ("2 * INTERVAL '6' SECOND", "0 00:00:12.000"),
        ("INTERVAL '3' YEAR / 2", "1-6"),
        ("-INTERVAL '6' YEAR", "-6-0"),
        ("-(INTERVAL '6' DAY)", "-6 00:00:00.000"),
        ("INTERVAL '3' SECOND < INTERVAL '4' SECOND", "true"),
        ("INTERVAL '24' HOUR = INTERVAL '1' DAY", "true"),
        ("INTERVAL '6' MONTH BETWEEN INTERVAL '5' MONTH AND INTERVAL '1' YEAR", "true"),
        ("date '2020-01-31' + INTERVAL '1' MONTH", "2020-02-29"),
        ("date '2020-03-31' - INTERVAL '3' DAY", "2020-03-28"),
        ("timestamp '2020-05-01 12:34:56' + INTERVAL '1.123' SECOND", "2020-05-01 12:34:57.123"),
        ("INTERVAL '1' MONTH + timestamp '2020-05-01 12:34:56.1'", "2020-06-01 12:34:56.1"),
        ("timestamp '2023-03-25 02:30:00 Europe/Berlin' + INTERVAL '1' MONTH", "2023-04-25 02:30:00 Europe/Berlin"),
        ("timestamp '2017-03-30 14:15:16.432' - timestamp '2016-03-29 03:04:05.321'", "366 11:11:11.111"),
        ("date '2020-03-01' - date '2020-02-01'", "29 00:00:00.000"),
        ("transform(array[date '2020-01-31'], d -> d + INTERVAL '1' MONTH)", "[2020-02-29]"),
    ])
    .await;
    for (expression, message) in [
        ("date '2001-01-22' + INTERVAL '3' HOUR", "Cannot add hour, minutes or seconds to a date"),
        ("date '2001-01-22' - INTERVAL '3' HOUR", "Cannot subtract hour, minutes or seconds from a date"),
        ("INTERVAL '6' DAY / 0", "Cannot divide by double 0.0"),
        ("INTERVAL '2' MONTH * 2000000000", "interval year to month multiplication overflow: 2 * 2000000000"),
    ] {
        let error = value(expression).await;
        assert!(error.contains(message), "{expression}: {error}");
    }
    assert_eq!(
        rows("SELECT max(x), min(x), count(DISTINCT x) FROM (VALUES (INTERVAL '1' DAY), (INTERVAL '25' HOUR)) t(x)")
            .await,
        ["1 01:00:00.000|1 00:00:00.000|2"]
    );
}

#[tokio::test]
async fn times_of_several_types_meet_in_the_finest() {
    values(&[
        (
            "CASE WHEN true THEN timestamp '2020-01-01 00:00:00' ELSE timestamp '2020-01-01 00:00:00.123' END",
            "2020-01-01 00:00:00.000",
        ),
        ("coalesce(NULL, timestamp '2020-01-01 00:00:00', timestamp '2020-01-01 00:00:00.000001')",
            "2020-01-01 00:00:00.000000"),
        ("greatest(timestamp '2020-01-01 00:00:00', timestamp '2020-01-02 00:00:00')", "2020-01-02 00:00:00"),
        ("timestamp '2020-01-01 00:00:00.5' IN (timestamp '2020-01-01 00:00:00', timestamp '2020-01-01 00:00:00.50')", "true"),
    ])
    .await;
    let sql = "SELECT max(x), min(x), count(DISTINCT x) FROM
               (VALUES (INTERVAL '1' YEAR), (INTERVAL '12' MONTH), (INTERVAL '13' MONTH)) t(x)";
    assert_eq!(rows(sql).await, ["1-1|1-0|2"]);
    let sql = "SELECT a.eventid FROM events a JOIN events b ON a.eventTime = b.eventTime + INTERVAL '1.5' SECOND";
    assert_eq!(rows(sql).await, ["e2"]);
}

#[tokio::test]
async fn bounds_of_a_timestamp_column_are_constants_of_its_type() {
    for condition in [
        "eventTime > '2023-01-01'",
        "eventTime > timestamp '2023-01-01 00:00:00'",
        "eventTime > timestamp '2023-01-01 00:00:00 UTC'",
        "eventTime > date '2023-01-01'",
        "eventTime > timestamp '2023-01-08 00:00:00' - INTERVAL '7' DAY",
        "eventTime > cast('2023-01-01' as timestamp)",
    ] {
        let sql = format!("SELECT eventid FROM events WHERE {condition}");
        let plan = optimized(&sql).await;
        assert!(plan.contains("eventtime > TimestampMillisecond(1672531200000, None)"), "{condition}\n{plan}");
    }
    for condition in ["eventTime > now() - INTERVAL '7' DAY", "eventTime > current_date - INTERVAL '1' MONTH"] {
        let plan = optimized(&format!("SELECT eventid FROM events WHERE {condition}")).await;
        assert!(plan.contains("eventtime > TimestampMillisecond("), "{condition}\n{plan}");
    }
}

#[tokio::test]
async fn a_frame_may_be_bounded_by_an_interval() {
    let sql = "SELECT count(*) OVER (ORDER BY t RANGE BETWEEN INTERVAL '10' MINUTE PRECEDING AND CURRENT ROW)
               FROM (VALUES TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 00:08:00',
                     TIMESTAMP '2024-01-01 00:15:00') AS v(t) ORDER BY t";
    assert_eq!(rows(sql).await, ["1", "2", "2"]);
}

#[tokio::test]
async fn what_is_joined_to_text_reads_as_its_cast() {
    values(&[
        ("TIMESTAMP '2024-01-01 00:00:00.500' || 'x'", "2024-01-01 00:00:00.500x"),
        ("'d' || DATE '2024-01-01'", "d2024-01-01"),
        ("'i' || INTERVAL '1' DAY", "i1 00:00:00.000"),
        ("'n' || 1e10", "n1.0E10"),
        ("'b' || true", "btrue"),
    ])
    .await;
}
