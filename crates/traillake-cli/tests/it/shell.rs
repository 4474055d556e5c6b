use crate::scratch::{Scratch, settled};

#[test]
fn a_script_runs_through_a_pipe() {
    let _settled = settled();
    let script = "\
.stores
.format csv
.timing off
select eventName,
  count(*) as n
from trail
where eventName like 'P%'
group by eventName;
select ';' as a; select 2 as b;
.use TRAIL
select count(*) as n from $EDS_ID";
    for command in [&["shell"][..], &[]] {
        let said = Scratch::with_trail().pipe(command, script);
        let rows = said.stdout.split_once("┘\n").unwrap().1;
        assert_eq!(rows, "eventName,n\nPutObject,1\na\n;\nb\n2\nn\n3\n");
        assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    }
}

#[test]
fn a_script_ends_at_its_first_failure() {
    let said = Scratch::with_trail().pipe(&[], ".timing off\n.format csv\nselect 1 as a;\n.shcema\nselect 2 as b;\n");
    insta::assert_snapshot!(said.transcript(), @r#"
        a
        1
        ---
        error: unknown command ".shcema"
          hint: did you mean .schema?
        => 1
        "#);
}

#[test]
fn help_lists_the_commands() {
    let said = Scratch::new().pipe(&["shell"], ".help\n");
    insta::assert_snapshot!(said.transcript(), @r#"
        .help                  this list  (\?)
        .stores                the event data stores of the lake  (\l .tables)
        .schema [STORE]        columns and their fields, with types  (\d)
        .use STORE             choose what $EDS_ID stands for  (\c)
        .param [NAME [VALUE]]  give :NAME a value, forget it, or list them  (\set)
        .format FORMAT         table, csv, tsv, json, jsonl, markdown or vertical  (.mode)
        .timing on|off         say the time and what was read below each result  (\timing .timer)
        .read FILE             run a file, up to its first failure  (\i)
        .samples [WORD…]       sample queries with these words; a name shows one, run NAME runs it
        .quit                  leave; so does Ctrl-D  (\q .exit)

        Statements end with a semicolon. Tab completes; Ctrl-C stops a query; up and down recall.
        ---
        => 0
        "#);
}

#[test]
fn quit_leaves_before_the_rest() {
    for quit in [".quit", "\\q"] {
        let said = Scratch::new().pipe(&[], &format!("{quit}\nselect 1;\n"));
        assert_eq!(said.transcript(), "---\n=> 0");
    }
}

#[test]
fn schema_is_a_tree_of_columns_and_fields() {
    let scratch = Scratch::with_trail();
    let said = scratch.pipe(&[], ".schema trail\n");
    assert!(said.stdout.contains("\nuserIdentity ") && said.stdout.contains("\n├─ type "), "{}", said.stdout);
    assert!(said.stdout.contains("\n│  │  └─ ") || said.stdout.contains("\n│  ├─ "), "{}", said.stdout);
    let said = scratch.pipe(&[], ".schema trial\n");
    assert_eq!(
        said.transcript(),
        "---\nerror: event data store \"trial\" does not exist\n  hint: did you mean \"trail\"?\n=> 1"
    );
}

#[test]
fn schema_shows_what_stands_below_a_path() {
    let scratch = Scratch::with_trail();
    let said = scratch.pipe(&[], ".schema useridentity.sessioncontext\n");
    let expected = "userIdentity.sessionContext  row(";
    assert!(said.stdout.starts_with(expected) && said.stdout.contains("\nattributes "), "{}", said.stdout);
    for script in
        [".schema requestParameters\n", ".use trail\n.schema requestParameters\n", ".schema trail requestParameters\n"]
    {
        let said = scratch.pipe(&[], script);
        assert!(
            said.stdout.contains("\nkeys in the newest ") && said.stdout.contains("\nbucketName "),
            "{}",
            said.stdout
        );
    }
    let said = scratch.pipe(&[], ".schema lake.imports\n");
    assert!(said.stdout.starts_with("event_data_store  varchar\nimport_id "), "{}", said.stdout);
    let said = scratch.pipe(&[], ".schema userIdentity.usrName\n");
    assert_eq!(
        said.transcript(),
        "---\nerror: no column or field is called \"usrName\"\n  hint: did you mean userName?\n=> 1"
    );
}

#[test]
fn a_file_is_read_and_one_that_reads_itself_ends() {
    let scratch = Scratch::with_trail();
    scratch.write("two.sql", ".timing off\n.format csv\nselect 1 as a;\nselect 2 as b");
    assert_eq!(scratch.pipe(&[], ".read two.sql\nselect 3 as c;").transcript(), "a\n1\nb\n2\nc\n3\n---\n=> 0");
    scratch.write("self.sql", ".read self.sql\n");
    let said = scratch.pipe(&[], ".read self.sql\n");
    assert_eq!(said.transcript(), "---\nerror: scripts may read each other 16 levels deep\n=> 1");
}

#[test]
fn parameters_are_kept_for_the_session() {
    let script = "\
.timing off
.format csv
.param user ana
.param n 1
select eventName from trail where userIdentity.arn like '%' || :user order by eventTime limit :n;
select 1 as a;
.param
.param user
select :user as a;
";
    let said = Scratch::with_trail().pipe(&[], script);
    insta::assert_snapshot!(said.transcript(), @r#"
        eventName
        PutObject
        a
        1
        :n 1
        :user ana
        ---
        error: parameter :user has no value (line 9, column 8)
          9 | select :user as a;
            |        ^
          hint: give it one: --param user=VALUE, in the shell .param user VALUE
        => 1
        "#);
}
