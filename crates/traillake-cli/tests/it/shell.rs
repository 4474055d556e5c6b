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
        What is there
          .stores                         the event data stores of the lake  \l
          .tables                         everything that FROM takes  \dt
          .schema [STORE] [PATH]          columns and their fields, with types  \d
          .functions [WORD…]              functions with these words  \df
          .samples [WORD…|NAME|run NAME]  sample queries, one, or run one

        Asking
          .use STORE                     choose what $EDS_ID stands for  \c
          .param [NAME [VALUE]]          give :NAME a value, forget it, list all  \set
          .explain [SQL]                 what it, or the last, would read
          .estimate [SQL]                the events and bytes it would scan
          .watch INTERVAL [TIMES] [SQL]  ask again and again, until Ctrl-C  \watch
          .edit [FILE]                   change the last, or a file, in $EDITOR  \e
          .read FILE                     run a file, up to its first failure  \i

        Investigating (.who --help tells more)
          .who IDENTITY            who is it: identities, actions, addresses, keys
          .key KEY                 whose access key it is, who issued it, what it did
          .ip ADDRESS              who came from an address or network, and what for
          .session SESSION         where a session comes from, and what came of it
          .resource RESOURCE       who touched a resource, how and when
          .around EVENT_ID [SPAN]  what happened around an event
          .event EVENT_ID          one event, whole, as it was delivered
          .first VALUE…            when values were first seen
          .last VALUE…             when values were last seen
          .errors                  what fails: errors, services, callers, times
          .denied                  who is denied what, and bursts of it
          .timeline [VALUE]        events over time, all or those with a value
          .changes [VALUE]         what was changed, by whom or of what, without noise
          .logins                  who signed in: console, roles, federation, MFA, root
          .coverage                where and when there are events, and days without any

        How results are shown
          .last [FORMAT]         the last result, without asking again
          .chart                 the last result as a chart  \chart
          .format FORMAT         table, csv, json, vertical, chart …  .mode
          .expanded              a line for each value, and back to tables  \x
          .wide on|off           tables wider than the screen, nothing cut
          .rows N|all            show so many rows at most  .limit .maxrows
          .timing on|off         say the time and what was read  \timing .timer
          .pager on|off|COMMAND  for what is longer than the screen  \pset

        Keeping
          .output [FILE]           results go to a file, or back  \o
          .once FILE               the next result goes to a file
          .save NAME [SQL]         keep it, or the last, in the lake
          .saved [WORD…]           the queries that are kept, or one
          .run NAME [NAME=VALUE…]  run a query that is kept, or a sample
          .forget NAME             take a kept query away

        The session
          .history [TEXT]  the last statements, or those with a text  \s
          .show            how the session is set
          .shell COMMAND   run a command of the system  \! .system
          .help [WORD]     this list, or the commands with a word  \?
          .quit            leave; so does Ctrl-D  \q .exit

        Statements end with a semicolon, or with \G for a line for each value. Tab
        completes names, and values inside quotes; Ctrl-R searches the history; Ctrl-C
        stops a query, Ctrl-D leaves. `traillake help` is the manual.
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

#[test]
fn results_go_to_files_and_back() {
    let scratch = Scratch::with_trail();
    let script = "\
.timing off
.format csv
.output all.json
select 1 as a;
select 2 as a;
.output
.once one.parquet
select 3 as a;
select 4 as a;
.once 'two words.csv'
.last
";
    assert_eq!(
        scratch.pipe(&[], script).transcript(),
        "a\n4\n---\n1 row to all.json\n1 row to all.json\n1 row to one.parquet\n=> 0"
    );
    let read = |name: &str| std::fs::read_to_string(scratch.path(name)).unwrap();
    assert_eq!(read("all.json"), "[\n{\"a\":1}\n]\n[\n{\"a\":2}\n]\n");
    assert_eq!(read("two words.csv"), "a\n4\n");
    assert!(std::fs::read(scratch.path("one.parquet")).unwrap().starts_with(b"PAR1"));

    let said = scratch.pipe(&[], ".output all.parquet\n");
    assert_eq!(
        said.transcript(),
        "---\nerror: a file of this format holds one result, and .output takes all that follow\n  \
         hint: `.once FILE` takes the next result alone\n=> 2"
    );
}

#[test]
fn a_failed_statement_leaves_the_file_of_the_script_alone() {
    let scratch = Scratch::with_trail();
    scratch.write("old.csv", "before\n");
    let said = scratch.pipe(&[], ".output old.csv\nselect 1 as a;\nselect nothing from trail;\n");
    assert_eq!(said.status, 1);
    assert_eq!(std::fs::read_to_string(scratch.path("old.csv")).unwrap(), "before\n");
}

#[test]
fn queries_are_kept_in_the_lake_for_the_next_session() {
    let scratch = Scratch::with_trail();
    let said = scratch.pipe(
        &[],
        ".timing off\n.format csv\nselect eventName as e from trail where awsRegion = :region order by eventID;\n",
    );
    assert_eq!(said.status, 1);
    let keep = ".save by-region select eventName as e from trail where awsRegion = :region order by eventID;\n.saved\n";
    assert_eq!(
        scratch.pipe(&[], keep).transcript(),
        "by-region  select eventName as e from trail where awsRegion = :region order by eventID;\n---\n\
         kept: `.run by-region` runs it\n=> 0"
    );
    let run = ".timing off\n.format csv\n.run by-region region=us-east-1\n.forget by-region\n.saved\n";
    assert_eq!(
        scratch.pipe(&[], run).transcript(),
        "e\nAssumeRole\n---\nerror: no such query is kept in the lake\n  \
         hint: `traillake saved keep NAME SQL` keeps one, in the shell `.save NAME` the last statement\n=> 1"
    );
    let said = scratch.pipe(&[], ".save a/b select 1;\n");
    assert_eq!(
        said.transcript(),
        "---\nerror: \"a/b\" is no name for a query: up to 128 letters, digits, _ and -\n=> 1"
    );
}

#[test]
fn the_last_statement_is_explained_watched_and_shown_vertically() {
    let scratch = Scratch::with_trail();
    let said = scratch.pipe(
        &[],
        ".timing off\nselect eventID, requestParameters from trail where eventID = 'e1'\\G\n.format csv\n\
         .watch 1ms 2 select 7 as n;\n.last\n",
    );
    assert_eq!(
        said.stdout,
        "─[ 1 ]──────────────────\neventID            e1\nrequestParameters  {\"bucketName\":\"inbox\",\"key\":\"a|b\"}\n\
         n\n7\nn\n7\nn\n7\n"
    );
    let said = scratch.pipe(&[], ".explain select count(*) from trail where eventName = 'PutObject';\n");
    assert!(said.stdout.contains("trail") && said.status == 0, "{}", said.transcript());
    let said = scratch.pipe(&[], ".estimate\n");
    assert_eq!(
        said.transcript(),
        "---\nerror: no statement has run yet\n  hint: give one behind the command, or run one first\n=> 1"
    );
}

#[test]
fn the_session_tells_how_it_is_set() {
    let script = ".format csv\n.rows all\n.pager less -S\n.use trail\n.param n 5\n.show\n.tables\n";
    insta::assert_snapshot!(Scratch::with_trail().pipe(&[], script).transcript(), @r#"
        .format csv
        .timing on
        .wide off
        .rows all
        .pager less -S
        .use trail
        .param n 5
        trail                   CloudTrail events
        athena.trail            trail in the columns of AWS's Athena table
        lake.event_data_stores  event data stores with their attributes
        lake.imports            imports, with numbers that add up
        lake.import_objects     imported objects: the ledger
        lake.rejects            rejected records, with place, reason and raw bytes
        lake.data_files         data files of the newest snapshots
        lake.snapshots          versions of the event data stores
        lake.history            changes of the event data stores: which attribute, from what to what
        lake.columns            documented columns, their types and where they are stored
        ---
        => 0
        "#);
}

#[test]
fn a_file_for_a_result_that_failed_does_not_appear() {
    let scratch = Scratch::with_trail();
    let script = ".once failed.csv\nselect 1 / (eventVersion = 'x') from trail;\n";
    assert_eq!(scratch.pipe(&[], script).status, 1);
    let failing = ".once failed.csv\nselect cast(eventName as integer) from trail;\n";
    assert_eq!(scratch.pipe(&[], failing).status, 1);
    assert!(!scratch.path("failed.csv").exists());
    assert_eq!(scratch.files(), ["lake", "log.json"]);
}
