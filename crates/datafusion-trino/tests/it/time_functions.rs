//! Functions over dates, timestamps and intervals; one test for each trap between DataFusion's meaning and
//! Trino's.

use datafusion_trino::{Planned, Statement, text};

use crate::session::{rows, session, value, values};

/// The text of the one value of `SELECT expression` in a session of this zone, or `error: …`.
async fn value_in(zone: &str, expression: &str) -> String {
    let session = session();
    session.sql(&format!("SET datafusion.execution.time_zone = '{zone}'")).await.unwrap();
    let statement = Statement::parse(&format!("SELECT {expression}")).unwrap();
    let planned = statement.plan(&session.state()).await;
    let Planned { plan, .. } = match planned {
        Ok(planned) => planned,
        Err(error) => return format!("error: {error}"),
    };
    let frame = session.execute_logical_plan(plan).await.unwrap();
    match frame.collect().await {
        Ok(batches) => {
            let mut shown = String::new();
            let formatter = text::Formatter::for_field(batches[0].schema().field(0), batches[0].column(0));
            if formatter.write(0, &mut shown) { shown } else { "NULL".to_owned() }
        }
        Err(error) => format!("error: {error}"),
    }
}

async fn values_in(zone: &str, expected: &[(&str, &str)]) {
    for (expression, expected) in expected {
        assert_eq!(value_in(zone, expression).await, *expected, "{expression} in {zone}");
    }
}

/// What a query fails with.
async fn errors(expected: &[(&str, &str)]) {
    for (expression, part) in expected {
        let found = value(expression).await;
        assert!(found.starts_with("error: ") && found.contains(part), "{expression}\n{found}");
    }
}

/// The filter the scan is given, or what stands over it.
async fn filter(condition: &str) -> String {
    let session = session();
    let sql = format!("SELECT eventid FROM events WHERE {condition}");
    let planned = Statement::parse(&sql).unwrap().plan(&session.state()).await.unwrap();
    let plan = session.state().optimize(&planned.plan).unwrap().display_indent().to_string();
    let line = plan.lines().find(|line| line.contains("Filter: ")).unwrap_or(&plan);
    line.trim().trim_start_matches("Filter: ").to_owned()
}

#[tokio::test]
async fn date_format_has_the_codes_of_mysql() {
    let codes = [
        ("%a %W", "Sun Sunday"),
        ("%b %M", "Mar March"),
        ("%c %m", "3 03"),
        ("%d %e", "05 5"),
        ("%f", "007000"),
        ("%H %k", "00 0"),
        ("%h %I %l", "12 12 12"),
        ("%i", "06"),
        ("%j", "064"),
        ("%p", "AM"),
        ("%r", "12:06:07 AM"),
        ("%s %S", "07 07"),
        ("%T", "00:06:07"),
        ("%v %x", "09 2023"),
        ("%Y %y", "2023 23"),
        ("%% %q", "% q"),
        ("%Y年", "2023年"),
        ("plain%", "plain"),
    ];
    for (code, expected) in codes {
        let expression = format!("date_format(timestamp '2023-03-05 00:06:07.0066', '{code}')");
        assert_eq!(value(&expression).await, expected, "{code}");
    }
    for code in ["%D", "%U", "%u", "%V", "%w", "%X"] {
        let found = value(&format!("date_format(date '2023-03-05', '{code}')")).await;
        assert!(found.contains(&format!("{code} not supported in date format string")), "{found}");
    }
}

#[tokio::test]
async fn date_parse_reads_what_date_format_writes() {
    values(&[
        ("date_parse('2013', '%Y')", "2013-01-01 00:00:00.000"),
        ("date_parse('2013-05-17 12:35:10', '%Y-%m-%d %h:%i:%s')", "2013-05-17 00:35:10.000"),
        ("date_parse('2013-05-17 12:35:10 pm', '%Y-%m-%d %h:%i:%s %p')", "2013-05-17 12:35:10.000"),
        ("date_parse('05/Mar/2023:15:04:05', '%d/%b/%Y:%T')", "2023-03-05 15:04:05.000"),
        ("date_parse('Friday, MARCH 5 99', '%W, %M %e %y')", "1999-03-05 00:00:00.000"),
        ("date_parse('2024-366', '%Y-%j')", "2024-12-31 00:00:00.000"),
        ("date_parse('2020 53', '%x %v')", "2020-12-28 00:00:00.000"),
        ("date_parse('1.25', '%s.%f')", "1970-01-01 00:00:01.250"),
        ("date_parse('02-29', '%m-%d')", "2000-02-29 00:00:00.000"),
        ("date_parse(NULL, '%Y')", "NULL"),
    ])
    .await;
    errors(&[
        ("date_parse('2023-02-30', '%Y-%m-%d')", "Value 30 for dayOfMonth must be in the range [1,28]"),
        ("date_parse('2023x', '%Y')", "malformed at \"x\""),
        ("date_parse('2023', '%Y-%m')", "is too short"),
        ("date_parse('2023', '%w')", "%w not supported in date format string"),
        ("date_parse('', '')", "Both printing and parsing not supported"),
    ])
    .await;
}

#[tokio::test]
async fn day_of_week_is_one_on_monday_and_seven_on_sunday() {
    values(&[
        ("day_of_week(date '2023-01-02')", "1"),
        ("dow(date '2023-01-08')", "7"),
        ("extract(DOW FROM timestamp '1969-12-28 23:59:59')", "7"),
        ("extract(DAY_OF_WEEK FROM date '1969-12-29')", "1"),
    ])
    .await;
}

#[tokio::test]
async fn parts_are_those_of_the_clock_in_the_zone_of_the_value() {
    let time = "timestamp '2020-05-10 23:34:56.789 Asia/Kathmandu'";
    for (part, expected) in [
        ("year", "2020"),
        ("quarter", "2"),
        ("month", "5"),
        ("week", "19"),
        ("week_of_year", "19"),
        ("year_of_week", "2020"),
        ("yow", "2020"),
        ("day", "10"),
        ("day_of_month", "10"),
        ("day_of_year", "131"),
        ("doy", "131"),
        ("hour", "23"),
        ("minute", "34"),
        ("second", "56"),
        ("millisecond", "789"),
        ("timezone_hour", "5"),
        ("timezone_minute", "45"),
    ] {
        assert_eq!(value(&format!("{part}({time})")).await, expected, "{part}");
    }
    values(&[
        ("extract(TIMEZONE_HOUR FROM timestamp '2020-05-10 12:00:00 -08:35')", "-8"),
        ("extract(TIMEZONE_MINUTE FROM timestamp '2020-05-10 12:00:00 -08:35')", "-35"),
        ("timezone_hour(timestamp '2020-05-10 12:00:00')", "0"),
        ("extract(YEAR_OF_WEEK FROM date '2021-01-03')", "2020"),
        ("hour(date '2021-01-03')", "0"),
        ("year(CAST(NULL AS date))", "NULL"),
    ])
    .await;
    errors(&[
        (
            "extract(TIMEZONE_HOUR FROM timestamp '2020-05-10 12:00:00')",
            "Cannot extract TIMEZONE_HOUR from timestamp(0)",
        ),
        ("extract(HOUR FROM date '2020-05-10')", "Cannot extract HOUR from date"),
    ])
    .await;
}

#[tokio::test]
async fn intervals_have_parts() {
    values(&[
        ("day(interval '42 12:34:56' day to second)", "42"),
        ("extract(hour FROM interval '27' hour)", "3"),
        ("minute(interval '-64' minute)", "-4"),
        ("second(interval '65' second)", "5"),
        ("millisecond(interval '1.234' second)", "234"),
        ("year(interval '29' month)", "2"),
        ("extract(month FROM interval '29' month)", "5"),
        ("to_milliseconds(parse_duration('1.5m'))", "90000"),
        ("to_milliseconds(interval '1' day)", "86400000"),
    ])
    .await;
    errors(&[
        ("year(interval '1' day)", "year"),
        ("hour(interval '1' month)", "hour"),
        ("parse_duration('1 fortnight')", "Unknown time unit: fortnight"),
        ("parse_duration('')", "duration is empty"),
    ])
    .await;
}

#[tokio::test]
async fn date_trunc_of_a_date_is_a_date() {
    values(&[
        ("date_trunc('week', date '2023-01-22')", "2023-01-16"),
        ("date_trunc('quarter', date '2023-06-22')", "2023-04-01"),
        ("date_trunc('year', date '1969-12-31')", "1969-01-01"),
    ])
    .await;
    errors(&[
        ("date_trunc('hour', date '2023-01-22')", "'hour' is not a valid DATE field"),
        ("date_trunc('eon', timestamp '2023-01-22 00:00:00')", "'eon' is not a valid TIMESTAMP field"),
    ])
    .await;
}

#[tokio::test]
async fn date_trunc_and_date_add_keep_type_and_digits() {
    values(&[
        ("to_iso8601(date_trunc('second', timestamp '2023-01-02 03:04:05.12345'))", "2023-01-02T03:04:05.00000"),
        ("to_iso8601(date_trunc('millisecond', timestamp '1960-01-02 03:04:05.1239'))", "1960-01-02T03:04:05.1230"),
        ("to_iso8601(date_add('millisecond', 6, timestamp '2023-01-02 03:04:05.1'))", "2023-01-02T03:04:05.1"),
        ("to_iso8601(date_add('millisecond', 50, timestamp '2023-01-02 03:04:05.1'))", "2023-01-02T03:04:05.2"),
        ("to_iso8601(date_add('day', 1, timestamp '2023-01-02 03:04:05'))", "2023-01-03T03:04:05"),
        ("date_add('QUARTER', -1, date '2023-05-31')", "2023-02-28"),
        ("date_add('day', 1, '2023-01-31 10:00:00')", "2023-02-01 10:00:00.000"),
        ("date_add('day', NULL, date '2023-05-31')", "NULL"),
        ("date_trunc('day', CAST(NULL AS timestamp(3)))", "NULL"),
        ("last_day_of_month(timestamp '2024-02-03 04:05:06.7')", "2024-02-29"),
        ("last_day_of_month(date '2023-12-31')", "2023-12-31"),
    ])
    .await;
    errors(&[("date_add('year', 9000000000000000000, date '2023-05-31')", "leaves the calendar")]).await;
}

#[tokio::test]
async fn a_zone_keeps_its_clock_by_days_and_the_time_that_passes_by_hours() {
    // Clocks in Warsaw were set from 02:00 to 03:00 on 26 March 2023.
    values(&[
        (
            "to_iso8601(date_add('day', 1, timestamp '2023-03-25 12:00:00 Europe/Warsaw'))",
            "2023-03-26T12:00:00+02:00",
        ),
        (
            "to_iso8601(date_add('hour', 24, timestamp '2023-03-25 12:00:00 Europe/Warsaw'))",
            "2023-03-26T13:00:00+02:00",
        ),
        (
            "to_iso8601(date_trunc('month', timestamp '2023-03-30 12:00:00 Europe/Warsaw'))",
            "2023-03-01T00:00:00+01:00",
        ),
        (
            "date_diff('day', timestamp '2023-03-25 12:00:00 Europe/Warsaw', timestamp '2023-03-26 12:00:00 Europe/Warsaw')",
            "1",
        ),
        (
            "date_diff('hour', timestamp '2023-03-25 12:00:00 Europe/Warsaw', timestamp '2023-03-26 12:00:00 Europe/Warsaw')",
            "23",
        ),
        ("date(timestamp '2023-03-25 23:30:00 -05:00')", "2023-03-25"),
        ("timezone(timestamp '2023-03-25 23:30:00 Europe/Warsaw')", "Europe/Warsaw"),
    ])
    .await;
}

#[tokio::test]
async fn date_diff_counts_whole_units_elapsed() {
    values(&[
        ("date_diff('hour', timestamp '2023-01-01 10:59:00', timestamp '2023-01-01 12:58:59')", "1"),
        ("date_diff('day', timestamp '2023-01-03 11:00:00', timestamp '2023-01-01 12:00:00')", "-1"),
        ("date_diff('month', date '2023-01-31', date '2023-02-28')", "1"),
        ("date_diff('month', date '2023-02-28', date '2023-01-31')", "-1"),
        ("date_diff('year', date '2020-02-29', date '2023-02-28')", "3"),
        ("date_diff('week', date '2023-01-01', date '2023-01-14')", "1"),
        ("date_diff('millisecond', timestamp '1969-12-31 23:59:59.9', date '1970-01-01')", "100"),
        ("date_diff('day', date '2023-01-01', NULL)", "NULL"),
        ("date_diff('day', '2023-01-01', '2023-01-03T00:00:00Z')", "2"),
    ])
    .await;
    errors(&[("date_diff('hour', date '2023-01-01', date '2023-01-02')", "'hour' is not a valid DATE field")]).await;
}

#[tokio::test]
async fn to_unixtime_is_a_double_and_from_unixtime_has_a_zone() {
    values(&[
        ("to_unixtime(timestamp '1970-01-01 00:01:00.5')", "60.5"),
        ("to_unixtime(timestamp '1970-01-01 00:00:00 +01:00')", "-3600.0"),
        ("from_unixtime(60.5)", "1970-01-01 00:01:00.500 UTC"),
        ("from_unixtime(7200, 'Asia/Kathmandu')", "1970-01-01 07:30:00.000 Asia/Kathmandu"),
        ("from_unixtime(0, -1, -30)", "1969-12-31 22:30:00.000 -01:30"),
        ("from_unixtime_nanos(DECIMAL '-1234.5')", "1969-12-31 23:59:59.999998765 UTC"),
        ("from_unixtime(CAST(NULL AS double))", "NULL"),
    ])
    .await;
    errors(&[
        ("from_unixtime(0, 'Mars/Olympus')", "'Mars/Olympus' is not a valid time zone"),
        ("from_unixtime(0, 15, 0)", "Invalid offset"),
        ("from_unixtime(1e15)", "Millis overflow"),
    ])
    .await;
    values_in(
        "America/New_York",
        &[
            ("from_unixtime(0)", "1969-12-31 19:00:00.000 America/New_York"),
            ("to_unixtime(timestamp '1970-01-01 00:00:00')", "18000.0"),
        ],
    )
    .await;
}

#[tokio::test]
async fn now_has_milliseconds_and_the_zone_of_the_session() {
    for (expression, expected) in [
        ("regexp_like(CAST(now() AS varchar), '\\.\\d{3} UTC$')", "true"),
        ("regexp_like(CAST(current_timestamp AS varchar), '\\.\\d{3} UTC$')", "true"),
        ("regexp_like(CAST(localtimestamp AS varchar), '\\d{2}:\\d{2}\\.\\d{3}$')", "true"),
        ("to_unixtime(now()) = to_unixtime(current_timestamp)", "true"),
        ("current_timestamp(9) >= current_timestamp(0) - interval '1' second", "true"),
        ("length(to_iso8601(localtimestamp(6)))", "26"),
        ("current_date = date(now())", "true"),
        ("now() > '2023-01-01 00:00:00'", "true"),
    ] {
        assert_eq!(value(expression).await, expected, "{expression}");
    }
    values_in(
        "Pacific/Apia",
        &[
            ("current_timezone()", "Pacific/Apia"),
            ("timezone(now())", "Pacific/Apia"),
            ("localtimestamp = CAST(now() AS timestamp(3))", "true"),
            ("current_date = date(now())", "true"),
        ],
    )
    .await;
    errors(&[("current_timestamp(10)", "0 to 9 digits")]).await;
}

#[tokio::test]
async fn iso_8601_is_read_and_written() {
    values(&[
        ("from_iso8601_timestamp('2023-01-02T03:04:05.1239+02:00')", "2023-01-02 03:04:05.123 +02:00"),
        ("from_iso8601_timestamp('2023-01-02T03')", "2023-01-02 03:00:00.000 UTC"),
        ("from_iso8601_timestamp('20131102T010628Z')", "2013-11-02 01:06:28.000 UTC"),
        ("from_iso8601_timestamp('2023-W01-1T00:00Z')", "2023-01-02 00:00:00.000 UTC"),
        ("from_iso8601_timestamp_nanos('2001-08-22T07:34:56.123456789-05:00')", "2001-08-22 07:34:56.123456789 -05:00"),
        ("from_iso8601_date('2023-002')", "2023-01-02"),
        ("to_iso8601(date '2023-01-02')", "2023-01-02"),
        ("to_iso8601(timestamp '2023-01-02 03:04:05.10')", "2023-01-02T03:04:05.10"),
        ("to_iso8601(timestamp '2023-01-02 03:04:05.1 +05:45')", "2023-01-02T03:04:05.1+05:45"),
        ("to_iso8601(timestamp '2023-01-02 03:04:05 UTC')", "2023-01-02T03:04:05Z"),
    ])
    .await;
    errors(&[
        ("from_iso8601_timestamp('2023-01-02 03:04:05')", "malformed at \" 03:04:05\""),
        ("from_iso8601_timestamp('115023-03-21T10:45:30.00Z')", "Millis overflow: 3567614928330000"),
        ("from_iso8601_date('2023-02-30')", "Value 30 for dayOfMonth"),
        ("from_iso8601_timestamp_nanos('2023-01-02')", "the time of the day is missing"),
    ])
    .await;
    values_in(
        "Asia/Kathmandu",
        &[("from_iso8601_timestamp('2023-01-02T03:04:05')", "2023-01-02 03:04:05.000 Asia/Kathmandu")],
    )
    .await;
}

#[tokio::test]
async fn joda_patterns_are_read_and_written() {
    let time = "timestamp '2023-03-05 13:06:07.0896 Asia/Kathmandu'";
    for (pattern, expected) in [
        ("yyyy-MM-dd HH:mm:ss.SSS", "2023-03-05 13:06:07.090"),
        ("yy M d H m s S", "23 3 5 13 6 7 0"),
        ("EEE EEEE e MMM MMMM a", "Sun Sunday 7 Mar March PM"),
        ("h K k hh DDD", "1 1 13 01 064"),
        ("xxxx-ww G C Y", "2023-09 AD 20 2023"),
        ("Z ZZ ZZZ", "+0545 +05:45 Asia/Kathmandu"),
        ("yyyy'T'HH''mm", "2023T13'06"),
    ] {
        let pattern = pattern.replace('\'', "''");
        assert_eq!(value(&format!("format_datetime({time}, '{pattern}')")).await, expected, "{pattern}");
    }
    values(&[
        ("parse_datetime('2023-03-05 13:06', 'yyyy-MM-dd HH:mm')", "2023-03-05 13:06:00.000 UTC"),
        ("parse_datetime('1960/01/22 03:04 +0500', 'yyyy/MM/dd HH:mm Z')", "1960-01-22 03:04:00.000 +05:00"),
        (
            "parse_datetime('5 Mar 23 1 PM Asia/Kathmandu', 'd MMM yy h a ZZZ')",
            "2023-03-05 13:00:00.000 Asia/Kathmandu",
        ),
        ("parse_datetime('20230305', 'yyyyMMdd')", "2023-03-05 00:00:00.000 UTC"),
    ])
    .await;
    errors(&[
        ("format_datetime(timestamp '2023-03-05 13:06:07', 'HH Z')", "cannot use 'Z' nor 'z' in format"),
        ("format_datetime(date '2023-03-05', 'yyyy j')", "Illegal pattern component: j"),
        ("parse_datetime('x', 'yyyy')", "Invalid format: \"x\""),
        (
            "parse_datetime('2023-03-26 02:30 Europe/Warsaw', 'yyyy-MM-dd HH:mm ZZZ')",
            "Illegal instant due to time zone offset transition",
        ),
    ])
    .await;
}

#[tokio::test]
async fn to_char_to_date_and_to_timestamp_have_the_formats_of_teradata() {
    values(&[
        ("to_char(timestamp '2023-01-02 15:04:05.6 Asia/Kathmandu', 'yyyy/mm/dd hh24:mi:ss')", "2023/01/02 15:04:05"),
        ("to_char(date '2023-01-02', 'dd.mm.yy hh')", "02.01.23 00"),
        ("to_date('1988/04/08;02:03:04', 'yyyy/mm/dd;hh24:mi:ss')", "1988-04-08"),
        ("to_timestamp('88-04-08 02', 'yy-mm-dd hh')", "2088-04-08 02:00:00.000"),
        ("to_timestamp(NULL, 'yy')", "NULL"),
    ])
    .await;
    errors(&[("to_date('1988', 'yyx')", "Failed to tokenize string [x] at offset [2]")]).await;
}

#[tokio::test]
async fn seconds_are_spelled_out() {
    values(&[
        ("human_readable_seconds(96)", "1 minute, 36 seconds"),
        ("human_readable_seconds(-694861.4)", "1 week, 1 day, 1 hour, 1 minute, 1 second"),
        ("human_readable_seconds(0)", "0 seconds"),
        ("human_readable_seconds(NULL)", "NULL"),
    ])
    .await;
}

#[tokio::test]
async fn a_zone_in_a_constant_that_comes_through_a_column_is_only_not_shown() {
    let sql = "WITH p AS (SELECT '2023-01-02T03:04:05+02:00' AS start)
               SELECT from_iso8601_timestamp(start), from_unixtime(0, substr('Europe/Warsaw', 1)) FROM p";
    assert_eq!(rows(sql).await, ["2023-01-02 01:04:05.000 UTC|1970-01-01 00:00:00.000 UTC"]);
}

#[tokio::test]
async fn functions_of_columns_see_their_slice() {
    let sql = "SELECT date_trunc('hour', eventTime), date_add('day', 1, eventTime), hour(eventTime)
               FROM events ORDER BY eventid LIMIT 1 OFFSET 2";
    assert_eq!(rows(sql).await, ["2023-01-03 04:00:00.000|2023-01-04 04:00:00.000|4"]);
}

/// The filter of a range of eventTime, in milliseconds.
fn range(from: Option<i64>, to: Option<i64>) -> String {
    let bound = |op: &str, millis: Option<i64>| {
        millis.map(|millis| format!("events.eventtime {op} TimestampMillisecond({millis}, None)"))
    };
    let bounds: Vec<String> = [bound(">=", from), bound("<", to)].into_iter().flatten().collect();
    bounds.join(" AND ")
}

#[tokio::test]
async fn comparisons_of_truncated_columns_become_ranges_of_the_bare_column() {
    const DAY: i64 = 86_400_000;
    const SECOND_OF_JANUARY: i64 = 1_672_617_600_000;
    let day = range(Some(SECOND_OF_JANUARY), Some(SECOND_OF_JANUARY + DAY));
    for condition in [
        "date_trunc('day', eventTime) = timestamp '2023-01-02 00:00:00'",
        "date_trunc('day', eventTime) = timestamp '2023-01-02 00:00:00.000'",
        "date(eventTime) = date '2023-01-02'",
        "date(eventTime) = '2023-01-02'",
        "CAST(eventTime AS date) = date '2023-01-02'",
        "date '2023-01-02' = date(eventTime)",
        "date(eventTime) IN (date '2023-01-02')",
        "date(eventTime) BETWEEN date '2023-01-02' AND date '2023-01-02'",
    ] {
        assert_eq!(filter(condition).await, day, "{condition}");
        let sql = format!("SELECT count(*) FROM events WHERE {condition}");
        assert_eq!(rows(&sql).await, ["2"], "{condition}");
    }
    let january = (SECOND_OF_JANUARY - DAY, SECOND_OF_JANUARY + 30 * DAY);
    for (condition, from, to) in [
        ("year(eventTime) = 2024", Some(1_704_067_200_000), Some(1_735_689_600_000)),
        ("date(eventTime) > date '2023-01-02'", Some(SECOND_OF_JANUARY + DAY), None),
        ("date_trunc('month', eventTime) < timestamp '2023-02-01 00:00:00'", None, Some(january.1)),
        ("date_trunc('month', date(eventTime)) = date '2023-01-01'", Some(january.0), Some(january.1)),
        ("eventTime >= date_add('day', -1, timestamp '2023-01-03 00:00:00')", Some(SECOND_OF_JANUARY), None),
    ] {
        assert_eq!(filter(condition).await, range(from, to), "{condition}");
    }
    // No time is cut to noon.
    let noon = "date_trunc('day', eventTime) = timestamp '2023-01-02 12:00:00'";
    assert_eq!(rows(&format!("SELECT count(*) FROM events WHERE {noon}")).await, ["0"]);
}
