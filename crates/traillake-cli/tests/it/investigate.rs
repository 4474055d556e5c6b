use crate::scratch::{Said, Scratch, sample_trail, settled};

/// A lake of the sample trail.
fn trail() -> Scratch {
    let scratch = Scratch::new();
    let said = scratch.run(&["import", "trail", sample_trail().to_str().unwrap(), "--quiet"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    scratch
}

fn run(scratch: &Scratch, line: &str) -> Said {
    scratch.run(&line.split(' ').collect::<Vec<_>>())
}

/// What is said without the SQL.
fn quiet(scratch: &Scratch, line: &str) -> String {
    run(scratch, &format!("{line} --quiet")).transcript()
}

#[test]
fn every_step_says_its_sql_apart_from_the_answer() {
    let _settled = settled();
    let said = run(&trail(), "first AKIA62G3F4VK4EXAMPLE --store trail --since 2026-03-03");
    insta::assert_snapshot!(said.transcript(), @"");
}

#[test]
fn who_tells_what_is_known_of_an_identity() {
    insta::assert_snapshot!(quiet(&trail(), "who backup"), @"");
}

#[test]
fn an_identity_has_many_names() {
    let scratch = trail();
    let count = |identity: &str| {
        let said = run(&scratch, &format!("who {identity} --format csv --quiet"));
        assert_eq!(said.status, 0, "{identity}: {}", said.stderr);
        said.stdout.lines().nth(1).unwrap().to_owned()
    };
    let user = "IAMUser,arn:aws:iam::444455556666:user/backup,3,0,2026-03-03 03:12:00.000,2026-03-03 03:12:45.000";
    for identity in ["backup", "arn:aws:iam::444455556666:user/backup", "AKIADQPZ6MZS4EXAMPLE"] {
        assert_eq!(count(identity), user, "{identity}");
    }
    assert!(count("root").starts_with("Root,"), "{}", count("root"));
    assert!(count("444455556666").contains("444455556666"), "{}", count("444455556666"));
    let role = count("orders-api-instance");
    assert!(role.starts_with("AssumedRole,arn:aws:iam::111122223333:role/orders-api-instance,"), "{role}");
}

#[test]
fn key_tells_who_issued_it_and_what_it_did() {
    insta::assert_snapshot!(quiet(&trail(), "key AKIA62G3F4VK4EXAMPLE"), @"");
}

#[test]
fn ip_takes_networks() {
    insta::assert_snapshot!(quiet(&trail(), "ip 203.0.113.96/29"), @"");
    let network = run(&trail(), "ip 203.0.113.99/32 --format csv --quiet").stdout;
    assert_eq!(network, run(&trail(), "ip 203.0.113.99 --format csv --quiet").stdout);
}

#[test]
fn session_is_a_tree_up_and_down() {
    insta::assert_snapshot!(quiet(&trail(), "session AKIA62G3F4VK4EXAMPLE"), @"");
}

#[test]
fn a_session_is_found_by_its_key_its_arn_its_name_and_its_events() {
    let scratch = trail();
    let tree = |of: &str| {
        let said = run(&scratch, &format!("session {of} --quiet"));
        assert_eq!(said.status, 0, "{of}: {}", said.stderr);
        said.stdout.split("\n\n").next().unwrap().to_owned()
    };
    let key = tree("ASIAU7K7WWUSTEXAMPLE");
    assert!(key.contains("40 events, 40 failed"), "{key}");
    // The event is one of the session's denied calls.
    assert_eq!(tree("945c02b4-6b62-4f92-93e7-28687b811583"), key);
    let name = "i-0c7d0d953324416b6";
    for of in [name.to_owned(), format!("arn:aws:sts::111122223333:assumed-role/orders-api-instance/{name}")] {
        assert!(tree(&of).contains("ASIAU7K7WWUSTEXAMPLE  <<< asked for"), "{of}");
    }
}

#[test]
fn sessions_that_issue_keys_are_followed_down() {
    let scratch = trail();
    // Any session that assumed a role whose key was used.
    let sql = "SELECT up.userIdentity.accessKeyId AS up, down.userIdentity.accessKeyId AS down, count(*) AS n \
               FROM trail up JOIN trail down ON down.userIdentity.accessKeyId = \
               json_extract_scalar(element_at(up.responseElements, 'credentials'), '$.accessKeyId') \
               WHERE up.userIdentity.accessKeyId IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 1";
    let row = scratch.query(sql).stdout;
    let (up, down) = row.lines().nth(1).unwrap().split(',').fold((None, None), |(up, down), value| match up {
        None => (Some(value.to_owned()), down),
        Some(_) => (up, down.or(Some(value.to_owned()))),
    });
    let (up, down) = (up.unwrap(), down.unwrap());
    for (of, other) in [(&up, &down), (&down, &up)] {
        let said = run(&scratch, &format!("session {of} --quiet"));
        let tree = said.stdout.split("\n\n").next().unwrap();
        let place = |key: &str| tree.find(&format!("{key}")).unwrap_or_else(|| panic!("{key} is not in\n{tree}"));
        assert!(tree.contains(&format!("{of}  <<< asked for")) && tree.contains("└─ "), "{tree}");
        assert!(place(&up) < place(&down), "{tree}");
        assert!(tree.contains(other.as_str()));
    }
}

#[test]
fn resource_tells_who_touched_it() {
    insta::assert_snapshot!(quiet(&trail(), "resource sg-0c567ec05b076d9c1 --limit 3"), @"");
    let scratch = trail();
    let by_name = run(&scratch, "resource example-refund-3333 --format csv --quiet").stdout;
    assert_eq!(run(&scratch, "resource arn:aws:s3:::example-refund-3333 --format csv --quiet").stdout, by_name);
}

#[test]
fn around_marks_the_event() {
    insta::assert_snapshot!(quiet(&trail(), "around 9b7034c1-ace0-4c4e-b0af-54e9f4b37665 30s"), @"");
}

#[test]
fn an_event_comes_whole() {
    let scratch = trail();
    let said = run(&scratch, "event 0905104c-97bd-451e-9260-b2bae3bcbb27 --quiet");
    let (title, json) = said.stdout.split_once('\n').unwrap();
    assert_eq!(title, "The event as it was delivered");
    let exact = scratch.run(&[
        "query",
        "--format",
        "jsonl",
        "SELECT eventJson FROM trail WHERE eventID = '0905104c-97bd-451e-9260-b2bae3bcbb27'",
    ]);
    let row: serde_json::Value = serde_json::from_str(&exact.stdout).unwrap();
    let blanks = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
    assert_eq!(blanks(json), blanks(row["eventJson"].as_str().unwrap()));
    assert!(json.contains("\n  \"eventName\": \"DeleteTrail\",\n"), "{json}");
}

#[test]
fn an_id_that_repeats_gives_all_its_events() {
    let scratch = Scratch::new();
    let event = |name: &str| {
        format!(
            "{{\"eventTime\":\"2026-03-01T00:00:00Z\",\"eventID\":\"twice\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"{name}\"}}"
        )
    };
    scratch.write("log.json", &format!("{{\"Records\":[{},{}]}}", event("A\u{202e}"), event("B")));
    let said = run(&scratch, "event twice --from log.json --quiet");
    assert_eq!(said.stdout.matches("\"eventID\": \"twice\"").count(), 2, "{}", said.stdout);
    // What turns the direction of reading is escaped as JSON can.
    assert!(said.stdout.contains("\"A\\u202e\""), "{}", said.stdout);
}

#[test]
fn first_and_last_find_values_of_any_kind() {
    let scratch = trail();
    insta::assert_snapshot!(quiet(&scratch, "first 203.0.113.66 sg-0c567ec05b076d9c1 AKIA62G3F4VK4EXAMPLE --format csv"), @"");
    insta::assert_snapshot!(quiet(&scratch, "last 203.0.113.66 --format csv"), @"");
}

#[test]
fn errors_are_spread_over_code_service_caller_and_time() {
    insta::assert_snapshot!(quiet(&trail(), "errors --account 777788889999 --since 2026-03-03 --limit 3"), @"");
}

#[test]
fn denied_knows_all_spellings_and_bursts() {
    let scratch = trail();
    let said = run(&scratch, "denied --limit 1000 --format csv --quiet");
    let burst = "2026-03-03 22:00:00.000,assumed-role/orders-api-instance/i-0c7d0d953324416b6,ASIAU7K7WWUSTEXAMPLE,203.0.113.140,40,\
                 2026-03-03 22:10:04.000,2026-03-03 22:14:33.000";
    assert_eq!(said.stdout.lines().nth(1), Some(burst), "{}", said.stdout);
    for spelling in ["AccessDenied,", "AccessDeniedException,", "Client.UnauthorizedOperation,", "AuthorizationError,"]
    {
        assert!(said.stdout.contains(spelling), "{spelling}");
    }
}

#[test]
fn timeline_chooses_its_unit() {
    let scratch = trail();
    insta::assert_snapshot!(quiet(&scratch, "timeline 203.0.113.99"), @"");
    for (line, unit) in [
        ("timeline --since 2026-03-03T22:10:00Z --until 2026-03-03T22:11:00Z", "second,"),
        ("timeline --since 2026-03-03 --until 2026-03-04", "hour,"),
    ] {
        let said = run(&scratch, &format!("{line} --format csv --quiet"));
        assert!(said.stdout.lines().any(|line| line.starts_with(unit)), "{line}: {}", said.stdout);
    }
}

#[test]
fn changes_are_without_noise() {
    let scratch = trail();
    insta::assert_snapshot!(quiet(&scratch, "changes bob --since 2026-03-03T16:00:00Z"), @"");
    let all = run(&scratch, "changes --limit 5000 --format csv --quiet").stdout;
    assert!(all.contains(",CreateUser,") && !all.contains("AssumeRole,") && !all.contains("ConsoleLogin"), "{all}");
}

#[test]
fn logins_begin_with_what_is_odd() {
    insta::assert_snapshot!(quiet(&trail(), "logins --account 777788889999 --since 2026-03-02 --until 2026-03-02T12:00:00Z"), @"");
}

#[test]
fn coverage_is_a_matrix_for_people_and_rows_for_programs() {
    let scratch = trail();
    insta::assert_snapshot!(quiet(&scratch, "coverage --account 444455556666"), @"");
    let rows = run(&scratch, "coverage --format csv --quiet").stdout;
    assert_eq!(rows.lines().next(), Some("recipientAccountId,awsRegion,day,events"));
    let events: u64 =
        rows.lines().skip(1).filter_map(|row| row.rsplit(',').next()).map(|n| n.parse::<u64>().unwrap()).sum();
    assert_eq!(events, 2000);
}

/// Account b has no events on two days of four.
#[test]
fn coverage_shows_gaps() {
    let scratch = Scratch::new();
    let event = |n: u32, account: &str, day: u32| {
        format!(
            "{{\"eventTime\":\"2026-03-0{day}T00:00:00Z\",\"eventID\":\"{n}\",\"eventSource\":\"s3.amazonaws.com\",\
             \"eventName\":\"X\",\"awsRegion\":\"us-east-1\",\"recipientAccountId\":\"{account}\"}}"
        )
    };
    let events = [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 1), ("b", 4)];
    let events: Vec<_> = (1..).zip(events).map(|(n, (account, day))| event(n, account, day)).collect();
    scratch.write("log.json", &format!("{{\"Records\":[{}]}}", events.join(",")));
    insta::assert_snapshot!(quiet(&scratch, "coverage --from log.json"), @"");
}

#[test]
fn what_nobody_has_seen_is_answered_with_what_is_near() {
    let scratch = trail();
    for (line, hint) in [
        ("who deploi-ci", "did you mean deploy-ci?"),
        ("key AKIAW7TDYGFVJEXAMPLF", "did you mean AKIAW7TDYGFVJEXAMPLE?"),
        ("ip 203.0.113.67", "did you mean 203.0.113.66?"),
        ("resource example-refund-333", "did you mean example-refund-3333?"),
        ("session ASIAU7K7WWUSTEXAMPLF", "did you mean ASIAU7K7WWUSTEXAMPLE?"),
        ("event 00000000-0000-4000-8000-000000000000", "`traillake find` looks"),
        ("around 00000000-0000-4000-8000-000000000000", "`traillake find` looks"),
        ("who backup --since 2026-03-04", "without --since"),
    ] {
        let said = run(&scratch, line);
        assert!(said.stderr.contains("error: no event has ") && said.stderr.contains(hint), "{line}: {}", said.stderr);
        assert_eq!(said.status, 1, "{line}");
    }
}

#[test]
fn what_is_malformed_is_refused_before_anything_is_read() {
    let scratch = Scratch::new();
    for (line, form) in [
        ("key ana", "AKIAIOSFODNN7EXAMPLE"),
        ("ip 203.0.113", "203.0.113.0/24"),
        ("around x five", "30s, 5m"),
        ("who ana --since soon", "12h or 2d"),
        ("coverage --format parquet --output x.parquet", "--sql"),
    ] {
        let said = run(&scratch, line);
        assert!(said.stderr.contains(form), "{line}: {}", said.stderr);
        assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{line}");
    }
}

#[test]
fn sql_alone_can_be_pasted() {
    let scratch = trail();
    for line in [
        "who it's",
        "key AKIAW7TDYGFVJEXAMPLE",
        "resource a'b",
        "denied",
        "errors",
        "changes bob",
        "logins",
        "coverage",
        "session ASIAU7K7WWUSTEXAMPLE",
        "timeline bob",
        "first a b",
        "around 9b7034c1-ace0-4c4e-b0af-54e9f4b37665",
    ] {
        let sql = run(&scratch, &format!("{line} --sql"));
        assert_eq!((sql.status, sql.stderr.as_str()), (0, ""), "{line}");
        let said = scratch.pipe(&["query", "--format", "csv"], &sql.stdout);
        assert_eq!(said.status, 0, "{line}: {}\n{}", said.stderr, sql.stdout);
    }
}

#[test]
fn answers_go_to_files_and_come_from_them() {
    let scratch = Scratch::new();
    let trail = sample_trail();
    let trail = trail.to_str().unwrap();
    let said = scratch.run(&["ip", "203.0.113.99", "--from", trail, "--output", "out.csv", "--quiet"]);
    assert_eq!((said.status, said.stdout.as_str()), (0, ""), "{}", said.stderr);
    let written = std::fs::read_to_string(scratch.path("out.csv")).unwrap();
    assert!(written.starts_with("sourceIPAddress,caller,accessKeyId,events,"), "{written}");
}

#[test]
fn a_lake_with_several_stores_wants_one_named() {
    let scratch = trail();
    scratch.write("log.json", crate::scratch::LOG);
    assert_eq!(run(&scratch, "import other log.json").status, 0);
    let said = run(&scratch, "who ana");
    assert!(said.status == 1 && said.stderr.contains("--store"), "{}", said.stderr);
    assert_eq!(run(&scratch, "who ana --store other").status, 0);
}
