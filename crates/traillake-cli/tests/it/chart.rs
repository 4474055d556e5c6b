use crate::scratch::{Scratch, settled};

fn drawn(sql: &str) -> String {
    let said = Scratch::with_trail().run(&["query", "--format", "chart", sql]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    said.stdout
}

#[test]
fn counts_by_hour_are_columns_over_time() {
    let _settled = settled();
    let sql = "SELECT date_trunc('hour', eventTime), count(*) AS events FROM trail GROUP BY 1";
    insta::assert_snapshot!(drawn(sql), @"
        events  by hour · 2024-05-01 10:00 – 2024-05-02 12:00

        1 ┤█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
          │█ █                                                 █
        0 ┼────┬───────────┬───────────┬───────────┬───────────┬─
               12:00       18:00       May 2       06:00       12:00
        ");
}

#[test]
fn counts_by_name_are_bars() {
    insta::assert_snapshot!(drawn("SELECT eventSource, count(*) AS n FROM trail GROUP BY 1 ORDER BY 2 DESC"), @"
        n by eventSource

        s3.amazonaws.com   ███████████████████████████████████████████████████  2  66.7%
        sts.amazonaws.com  █████████████████████████▌                           1  33.3%
        ");
}

#[test]
fn one_number_is_large() {
    insta::assert_snapshot!(drawn("SELECT count(*) FROM trail"), @"
        ▀▀█
         ▀█
        ▀▀▀
        value
        ");
}

#[test]
fn what_makes_no_chart_is_refused_before_the_query_runs() {
    let _settled = settled();
    let said = Scratch::with_trail().run(&["query", "--format", "chart", "SELECT userIdentity, resources FROM trail"]);
    insta::assert_snapshot!(said.transcript(), @"
        ---
        error: these columns make no chart: userIdentity (row), resources (array)
          hint: select a time and numbers, a text and a number, two numbers, or one row of numbers: SELECT date_trunc('hour', eventTime), count(*) FROM … GROUP BY 1 ORDER BY 1
        => 1
        ");
}

#[test]
fn found_events_are_counted_over_time() {
    let said = Scratch::with_trail().run(&["find", "inbox", "--format", "chart"]);
    assert!(said.stdout.starts_with("rows  by hour · 2024-05-01 10:00 – 2024-05-01 11:00\n"), "{}", said.stdout);
}

#[test]
fn the_ending_of_a_file_makes_an_image_that_says_what_it_shows() {
    let scratch = Scratch::with_trail();
    let sql = "SELECT eventSource, count(*) AS n FROM trail GROUP BY 1 ORDER BY 2 DESC";
    assert_eq!(scratch.run(&["query", sql, "--output", "n.svg"]).status, 0);
    let image = std::fs::read_to_string(scratch.path("n.svg")).unwrap();
    assert!(image.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" role=\"img\""), "{image}");
    assert!(image.contains("<title id=\"tl-t\">n by eventSource</title>"), "{image}");
    assert!(image.contains("s3.amazonaws.com: 2 · 66.7%; sts.amazonaws.com: 1 · 33.3%</desc>"), "{image}");
    assert!(image.contains("prefers-color-scheme:dark") && !image.contains("<script") && !image.contains("href"));
}

#[test]
fn a_document_has_the_query_the_rows_a_chart_and_what_was_read() {
    let scratch = Scratch::with_trail();
    let sql = "SELECT eventName, userAgent, length(eventName) AS n, errorCode, requestParameters FROM trail \
               WHERE eventName LIKE :name ORDER BY eventTime";
    let said = scratch.run(&["query", sql, "--param", "name=%Object", "--output", "r.html"]);
    assert_eq!((said.stdout.as_str(), said.status), ("", 0), "{}", said.stderr);
    let page = std::fs::read_to_string(scratch.path("r.html")).unwrap();
    for part in [
        "<dt>:name</dt><dd>%Object</dd>",
        "<th scope=\"col\" class=\"n\">n</th>",
        "<td>say &quot;hi&quot;, then\nleave</td><td class=\"n\">9</td><td class=\"null\">NULL</td>",
        "<pre>{\n  &quot;bucketName&quot;: &quot;inbox&quot;\n}</pre>",
        "<figure>\n<svg ",
        "<dt>Event data store</dt><dd>trail (",
        "2 rows · ",
        "default-src &#39;none&#39;",
    ] {
        let part = part.replace("&#39;none&#39;", "'none'");
        assert!(page.contains(&part), "{part} is not in {page}");
    }
    assert!(page.ends_with("</html>\n") && !page.contains("<script"));
}

#[test]
fn nothing_of_a_log_becomes_markup() {
    let scratch = Scratch::new();
    let evil = "</td><script>alert(1)</script><img src=x onerror='y'>\\u202e";
    let record = format!(
        r#"{{"eventTime":"2024-05-01T10:00:00Z","eventID":"e","eventSource":"{evil}","eventName":"{evil}","requestParameters":{{"{evil}":"{evil}"}}}}"#
    );
    scratch.write("log.json", &format!(r#"{{"Records":[{record}]}}"#));
    assert_eq!(scratch.run(&["import", "trail", "log.json"]).status, 0);
    let sql = "SELECT eventName, requestParameters, count(*) AS \"<b>\" FROM trail GROUP BY 1, 2";
    for format in ["html", "svg"] {
        let said = scratch.run(&["query", "--format", format, sql]);
        assert_eq!(said.status, 0, "{}", said.stderr);
        for tag in ["<script", "<img", "<b>", "\u{202e}", "</td><"] {
            let is_ours = tag == "</td><" && format == "html";
            assert!(is_ours || !said.stdout.contains(tag), "{tag} in {}", said.stdout);
        }
        assert!(said.stdout.contains("&lt;script&gt;"), "{}", said.stdout);
    }
}

#[test]
fn a_workbook_is_for_one_result_and_no_terminal() {
    let scratch = Scratch::with_trail();
    assert_eq!(scratch.run(&["query", "SELECT * FROM trail", "--output", "all.xlsx"]).status, 0);
    let book = std::fs::read(scratch.path("all.xlsx")).unwrap();
    assert!(book.starts_with(b"PK\x03\x04"));
    let said = scratch.run(&["query", "--format", "xlsx", "SELECT 1; SELECT 2"]);
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
    assert!(said.stderr.contains("a file of this format holds one result"), "{}", said.stderr);
}

#[test]
fn a_value_too_long_for_a_cell_leaves_no_file_behind() {
    let _settled = settled();
    let scratch = Scratch::with_trail();
    let sql = "SELECT array_join(repeat(eventName, 5000), ' ') AS names FROM trail ORDER BY eventTime";
    let said = scratch.run(&["query", sql, "--output", "out.xlsx"]);
    insta::assert_snapshot!(said.transcript(), @"
        ---
        error: cannot write the results as xlsx: row 1 of names has 49,999 characters, and a cell holds 32,767
          hint: take parts of it with substr(), or leave it out; csv, json and parquet hold values of any length
        => 1
        ");
    assert_eq!(scratch.files(), ["lake", "log.json"]);
}
