use crate::scratch::Scratch;

#[test]
fn a_query_is_kept_listed_run_and_forgotten() {
    let scratch = Scratch::with_trail();
    scratch.write("b.sql", "select 1 as a;\nselect 2 as a\n");
    let sql = "select eventName from trail where awsRegion = :region order by eventID";
    let said = scratch.run(&["saved", "keep", "by-region", sql]);
    assert_eq!(said.transcript(), "---\nkept: `traillake saved run by-region` runs it\n=> 0");
    assert_eq!(scratch.run(&["saved", "keep", "two", "--file", "b.sql"]).status, 0);
    insta::assert_snapshot!(scratch.run(&["saved"]).transcript(), @r#"
        by-region  select eventName from trail where awsRegion = :region order by eventID
        two        select 1 as a; select 2 as a
        ---
        => 0
        "#);
    assert_eq!(scratch.run(&["saved", "two"]).stdout, "select 1 as a;\nselect 2 as a\n");
    let said = scratch.run(&["saved", "run", "by-region", "--param", "region=us-east-1", "--format", "csv"]);
    assert_eq!(said.transcript(), "eventName\nAssumeRole\n---\n=> 0");
    assert_eq!(scratch.run(&["saved", "forget", "two"]).transcript(), "---\n=> 0");
    let said = scratch.run(&["saved", "run", "two"]);
    assert_eq!(
        said.transcript(),
        "---\nerror: there is no query \"two\"\n  \
         hint: `traillake saved` lists those that are kept, `traillake samples` the samples\n=> 1"
    );
    // What is kept there is no store.
    assert!(scratch.run(&["store", "list", "--format", "csv"]).stdout.lines().count() == 2);
}
