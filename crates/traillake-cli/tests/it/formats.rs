use crate::scratch::{Scratch, settled};

/// A text to be quoted, a number, a NULL, a row and a boolean.
const SQL: &str = "SELECT eventName, length(eventName) AS n, errorCode, userAgent, userIdentity.arn, readOnly, eventTime \
                   FROM trail ORDER BY eventTime";

fn in_format(format: &str) -> String {
    let said = Scratch::with_trail().run(&["query", "--format", format, SQL]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    said.stdout
}

#[test]
fn a_table_is_a_box_with_a_footer_aside() {
    let _settled = settled();
    let said = Scratch::with_trail().run(&[
        "query",
        "SELECT eventName, count(*) AS n, errorCode FROM trail \
         GROUP BY eventName, errorCode ORDER BY eventName",
    ]);
    insta::assert_snapshot!(said.transcript(), @r#"
        ┌────────────┬───┬──────────────┐
        │ eventName  │ n │ errorCode    │
        ├────────────┼───┼──────────────┤
        │ AssumeRole │ 1 │ AccessDenied │
        │ GetObject  │ 1 │              │
        │ PutObject  │ 1 │              │
        └────────────┴───┴──────────────┘
        ---
        3 rows · 3 events scanned · [size] read · 2 of 2 files · [time]
        => 0
        "#);
}

#[test]
fn csv_quotes_texts_and_leaves_nulls_empty() {
    insta::assert_snapshot!(in_format("csv"), @r#"
        eventName,n,errorCode,userAgent,arn,readOnly,eventTime
        PutObject,9,,"say ""hi"", then
        leave",arn:aws:iam::111122223333:user/ana,false,2024-05-01 10:00:00.000
        GetObject,9,,,arn:aws:iam::111122223333:user/ana,true,2024-05-01 11:00:00.000
        AssumeRole,10,AccessDenied,,,,2024-05-02 12:00:00.000
        "#);
}

#[test]
fn csv_without_header_is_rows_only() {
    let said = Scratch::with_trail().run(&["query", "--format", "csv", "--no-header", "SELECT count(*) FROM trail"]);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), ("3\n", "", 0));
}

#[test]
fn tsv_separates_by_tabs() {
    assert!(
        in_format("tsv").starts_with("eventName\tn\terrorCode\tuserAgent\tarn\treadOnly\teventTime\nPutObject\t9\t\t")
    );
}

#[test]
fn json_is_an_array_that_reads_back() {
    let rows: serde_json::Value = serde_json::from_str(&in_format("json")).unwrap();
    assert_eq!(rows[0]["userAgent"], "say \"hi\", then\nleave");
    assert_eq!(rows[0]["n"], 9);
    assert_eq!(rows[0]["readOnly"], false);
    assert_eq!(rows[2]["errorCode"], "AccessDenied");
    assert_eq!(rows[2]["arn"], serde_json::Value::Null);
}

#[test]
fn json_lines_are_an_object_each() {
    insta::assert_snapshot!(in_format("jsonl"), @r#"
        {"eventName":"PutObject","n":9,"errorCode":null,"userAgent":"say \"hi\", then\nleave","arn":"arn:aws:iam::111122223333:user/ana","readOnly":false,"eventTime":"2024-05-01 10:00:00.000"}
        {"eventName":"GetObject","n":9,"errorCode":null,"userAgent":null,"arn":"arn:aws:iam::111122223333:user/ana","readOnly":true,"eventTime":"2024-05-01 11:00:00.000"}
        {"eventName":"AssumeRole","n":10,"errorCode":"AccessDenied","userAgent":null,"arn":null,"readOnly":null,"eventTime":"2024-05-02 12:00:00.000"}
        "#);
}

#[test]
fn rows_maps_and_arrays_are_json_too() {
    let sql = "SELECT requestParameters, resources, userIdentity FROM trail WHERE eventName = 'PutObject'";
    let said = Scratch::with_trail().run(&["query", "--format", "jsonl", sql]);
    let row: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(row["requestParameters"]["bucketName"], "inbox");
    assert_eq!(row["resources"], serde_json::Value::Null);
    assert_eq!(row["userIdentity"]["type"], "IAMUser");
}

/// Values of every kind, as SQL makes them.
const VALUES: &str = "SELECT timestamp '2024-05-01 10:00:00' AS t, date '2024-05-01' AS d, 1e0 AS one, 1.5e10 AS big, \
                      CAST('NaN' AS double) AS n, MAP(ARRAY['k', 'l'], ARRAY['v', NULL]) AS m, ARRAY[1, NULL] AS a, \
                      CAST(ROW('x', 1) AS ROW(name varchar, n bigint)) AS r, json_parse('{\"b\": [1, \"two\"]}') AS j, \
                      CAST('10.0.0.1' AS ipaddress) AS ip, ARRAY[json_parse('{\"c\": null}')] AS js";

#[test]
fn values_are_printed_as_trino_prints_them() {
    let said = Scratch::new().run(&["query", "--format", "vertical", VALUES]);
    insta::assert_snapshot!(said.stdout, @r#"
        ─[ 1 ]──────────────────
        t    2024-05-01 10:00:00
        d    2024-05-01
        one  1.0
        big  1.5E10
        n    NaN
        m    {"k":"v","l":null}
        a    [1,null]
        r    {"name":"x","n":1}
        j    {"b":[1,"two"]}
        ip   10.0.0.1
        js   [{"c":null}]
        "#);
    let said = Scratch::new().run(&["query", "--format", "csv", "--no-header", VALUES]);
    let row = "2024-05-01 10:00:00,2024-05-01,1.0,1.5E10,NaN,\"{k=v, l=null}\",\"[1, null]\",\"{name=x, n=1}\",\
               \"{\"\"b\"\":[1,\"\"two\"\"]}\",10.0.0.1,\"[{\"\"c\"\":null}]\"\n";
    assert_eq!(said.stdout, row);
}

#[test]
fn json_values_are_json_and_not_text() {
    let said = Scratch::new().run(&["query", "--format", "jsonl", VALUES]);
    let row: serde_json::Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}", said.stdout));
    let expected = serde_json::json!({
        "t": "2024-05-01 10:00:00", "d": "2024-05-01", "one": 1.0, "big": 1.5e10, "n": "NaN", "m": { "k": "v", "l": null },
        "a": [1, null], "r": { "name": "x", "n": 1 }, "j": { "b": [1, "two"] }, "ip": "10.0.0.1", "js": [{ "c": null }],
    });
    assert_eq!(row, expected);
    let sql = "SELECT json_extract(eventJson, '$.userIdentity') AS who, element_at(requestParameters, 'key') AS key \
               FROM trail WHERE eventID = 'e1'";
    let said = Scratch::with_trail().run(&["query", "--format", "json", sql]);
    let rows: serde_json::Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}", said.stdout));
    let who = serde_json::json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana" });
    assert_eq!(rows, serde_json::json!([{ "who": who, "key": "a|b" }]));
}

#[test]
fn markdown_can_be_pasted() {
    insta::assert_snapshot!(in_format("markdown"), @r#"
        | eventName | n | errorCode | userAgent | arn | readOnly | eventTime |
        | --- | ---: | --- | --- | --- | --- | --- |
        | PutObject | 9 |  | say "hi", then<br>leave | arn:aws:iam::111122223333:user/ana | false | 2024-05-01 10:00:00.000 |
        | GetObject | 9 |  |  | arn:aws:iam::111122223333:user/ana | true | 2024-05-01 11:00:00.000 |
        | AssumeRole | 10 | AccessDenied |  |  |  | 2024-05-02 12:00:00.000 |
        "#);
}

#[test]
fn vertical_has_a_line_for_each_value() {
    insta::assert_snapshot!(in_format("vertical"), @r#"
        ─[ 1 ]──────────────────
        eventName  PutObject
        n          9
        errorCode
        userAgent  say "hi", then\nleave
        arn        arn:aws:iam::111122223333:user/ana
        readOnly   false
        eventTime  2024-05-01 10:00:00.000
        ─[ 2 ]──────────────────
        eventName  GetObject
        n          9
        errorCode
        userAgent
        arn        arn:aws:iam::111122223333:user/ana
        readOnly   true
        eventTime  2024-05-01 11:00:00.000
        ─[ 3 ]──────────────────
        eventName  AssumeRole
        n          10
        errorCode  AccessDenied
        userAgent
        arn
        readOnly
        eventTime  2024-05-02 12:00:00.000
        "#);
}

#[test]
fn columnar_files_read_back() {
    let scratch = Scratch::with_trail();
    for (format, magic) in [("parquet", b"PAR1".as_slice()), ("arrow", b"ARROW1".as_slice())] {
        let output = scratch.command(&["query", "--format", format, SQL]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stdout.starts_with(magic) && output.stdout.ends_with(magic), "{format}");
    }
    // The ending of the file says the format; the file says the rows.
    assert_eq!(scratch.run(&["query", SQL, "--output", "out.parquet"]).status, 0);
    let file = std::fs::File::open(scratch.path("out.parquet")).unwrap();
    let rows = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 100).unwrap();
    assert_eq!(rows.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 3);
}

#[test]
fn headers_that_repeat_stay_in_csv_and_are_told_apart_in_json() {
    let scratch = Scratch::with_trail();
    let sql = "SELECT eventID, eventID FROM trail WHERE eventID = 'e1'";
    assert_eq!(scratch.query(sql).stdout, "eventID,eventID\ne1,e1\n");
    assert_eq!(scratch.run(&["query", "--format", "jsonl", sql]).stdout, "{\"eventID\":\"e1\",\"eventID_2\":\"e1\"}\n");
}

#[test]
fn a_table_in_a_pipe_is_never_cut() {
    let said = Scratch::with_trail().run(&["query", "SELECT eventJson FROM trail WHERE eventID = 'e1'"]);
    assert!(said.stdout.contains("\"key\":\"a|b\"}}"), "{}", said.stdout);
}
