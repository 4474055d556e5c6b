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
    insta::assert_snapshot!(said.transcript(), @r#"
        When it was first seen
        ┌──────────────────────┬─────────────────────────┬─────────────────┬─────────────┬─────────────────┬───────────┬──────────────┬──────────────────────────────────────┐
        │ value                │ eventTime               │ eventName       │ caller      │ sourceIPAddress │ errorCode │ target       │ eventID                              │
        ├──────────────────────┼─────────────────────────┼─────────────────┼─────────────┼─────────────────┼───────────┼──────────────┼──────────────────────────────────────┤
        │ AKIA62G3F4VK4EXAMPLE │ 2026-03-03 03:12:28.000 │ CreateAccessKey │ user/backup │ 203.0.113.99    │           │ support-temp │ [id] │
        └──────────────────────┴─────────────────────────┴─────────────────┴─────────────┴─────────────────┴───────────┴──────────────┴──────────────────────────────────────┘
        ---
        SELECT 'AKIA62G3F4VK4EXAMPLE' AS value, eventTime, eventName,
               coalesce(split_part(userIdentity.arn, ':', 6), userIdentity.userName,
                        userIdentity.invokedBy, userIdentity.accountId) AS caller,
               sourceIPAddress, errorCode,
               coalesce(element_at(resources, 1).arn, element_at(requestParameters, 'name'),
                        element_at(requestParameters, 'userName'), element_at(requestParameters, 'roleName'),
                        element_at(requestParameters, 'groupId'), element_at(requestParameters, 'bucketName')) AS target,
               eventID
        FROM trail
        WHERE occurs(eventJson, 'AKIA62G3F4VK4EXAMPLE')
          AND eventTime >= TIMESTAMP '2026-03-03 00:00:00'
        ORDER BY eventTime, eventID
        LIMIT 1
        1 row · 689 events scanned · [size] read · 1 of 3 files · [time]
        => 0
        "#);
}

#[test]
fn who_tells_what_is_known_of_an_identity() {
    insta::assert_snapshot!(quiet(&trail(), "who backup"), @r#"
        Who it is
        ┌─────────┬───────────────────────────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ type    │ caller                                │ events │ failed │ firstTime               │ lastTime                │
        ├─────────┼───────────────────────────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ IAMUser │ arn:aws:iam::111122223333:user/backup │      3 │      0 │ 2026-03-03 23:24:50.000 │ 2026-03-03 23:25:59.000 │
        │ IAMUser │ arn:aws:iam::444455556666:user/backup │      3 │      0 │ 2026-03-03 03:12:00.000 │ 2026-03-03 03:12:45.000 │
        │ IAMUser │ arn:aws:iam::777788889999:user/backup │      3 │      1 │ 2026-03-01 12:10:47.000 │ 2026-03-01 12:11:48.000 │
        └─────────┴───────────────────────────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        What was done
        ┌──────────────────────────┬───────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ eventSource              │ eventName         │ events │ failed │ firstTime               │ lastTime                │
        ├──────────────────────────┼───────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ ec2.amazonaws.com        │ DescribeInstances │      1 │      0 │ 2026-03-01 12:11:23.000 │ 2026-03-01 12:11:23.000 │
        │ eks.amazonaws.com        │ ListClusters      │      1 │      0 │ 2026-03-03 23:24:50.000 │ 2026-03-03 23:24:50.000 │
        │ iam.amazonaws.com        │ AttachUserPolicy  │      1 │      0 │ 2026-03-03 03:12:45.000 │ 2026-03-03 03:12:45.000 │
        │ iam.amazonaws.com        │ CreateAccessKey   │      1 │      0 │ 2026-03-03 03:12:28.000 │ 2026-03-03 03:12:28.000 │
        │ iam.amazonaws.com        │ CreateUser        │      1 │      0 │ 2026-03-03 03:12:00.000 │ 2026-03-03 03:12:00.000 │
        │ iam.amazonaws.com        │ ListUsers         │      1 │      0 │ 2026-03-01 12:11:48.000 │ 2026-03-01 12:11:48.000 │
        │ monitoring.amazonaws.com │ GetMetricData     │      1 │      0 │ 2026-03-03 23:25:59.000 │ 2026-03-03 23:25:59.000 │
        │ s3.amazonaws.com         │ GetBucketPolicy   │      1 │      0 │ 2026-03-03 23:25:27.000 │ 2026-03-03 23:25:27.000 │
        │ s3.amazonaws.com         │ PutObject         │      1 │      1 │ 2026-03-01 12:10:47.000 │ 2026-03-01 12:10:47.000 │
        └──────────────────────────┴───────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        Which addresses
        ┌─────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ sourceIPAddress │ events │ failed │ firstTime               │ lastTime                │
        ├─────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ 198.51.100.144  │      3 │      0 │ 2026-03-03 23:24:50.000 │ 2026-03-03 23:25:59.000 │
        │ 198.51.100.177  │      3 │      1 │ 2026-03-01 12:10:47.000 │ 2026-03-01 12:11:48.000 │
        │ 203.0.113.99    │      3 │      0 │ 2026-03-03 03:12:00.000 │ 2026-03-03 03:12:45.000 │
        └─────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        Which accounts and Regions
        ┌────────────────────┬────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ recipientAccountId │ awsRegion      │ events │ failed │ firstTime               │ lastTime                │
        ├────────────────────┼────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ 111122223333       │ eu-central-1   │      3 │      0 │ 2026-03-03 23:24:50.000 │ 2026-03-03 23:25:59.000 │
        │ 444455556666       │ us-east-1      │      3 │      0 │ 2026-03-03 03:12:00.000 │ 2026-03-03 03:12:45.000 │
        │ 777788889999       │ ap-southeast-2 │      2 │      1 │ 2026-03-01 12:10:47.000 │ 2026-03-01 12:11:23.000 │
        │ 777788889999       │ us-east-1      │      1 │      0 │ 2026-03-01 12:11:48.000 │ 2026-03-01 12:11:48.000 │
        └────────────────────┴────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        Which access keys
        ┌──────────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ accessKeyId          │ events │ failed │ firstTime               │ lastTime                │
        ├──────────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ AKIAD76FJSP4FEXAMPLE │      3 │      0 │ 2026-03-03 23:24:50.000 │ 2026-03-03 23:25:59.000 │
        │ AKIADQPZ6MZS4EXAMPLE │      3 │      0 │ 2026-03-03 03:12:00.000 │ 2026-03-03 03:12:45.000 │
        │ AKIASDK6V7W2HEXAMPLE │      3 │      1 │ 2026-03-01 12:10:47.000 │ 2026-03-01 12:11:48.000 │
        └──────────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        Which agents
        ┌───────────────────────────────────────────────────────────────────────────────────────────────────────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ userAgent                                                                                                         │ events │ failed │ firstTime               │ lastTime                │
        ├───────────────────────────────────────────────────────────────────────────────────────────────────────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ Boto3/1.37.4 md/Botocore#1.37.4 ua/2.0 os/linux#6.1.128-136.201.amzn2023.x86_64 md/arch#x86_64 lang/python#3.13.2 │      9 │      1 │ 2026-03-01 12:10:47.000 │ 2026-03-03 23:25:59.000 │
        └───────────────────────────────────────────────────────────────────────────────────────────────────────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘
        ---
        => 0
        "#);
}

#[test]
fn an_identity_has_many_names() {
    let scratch = trail();
    let count_in = |account: &str, identity: &str| {
        let said = run(&scratch, &format!("who {identity} --account {account} --format csv --quiet"));
        assert_eq!(said.status, 0, "{identity}: {}", said.stderr);
        said.stdout.lines().nth(1).unwrap().to_owned()
    };
    let count = |identity: &str| count_in("444455556666", identity);
    let user = "IAMUser,arn:aws:iam::444455556666:user/backup,3,0,2026-03-03 03:12:00.000,2026-03-03 03:12:45.000";
    for identity in ["backup", "arn:aws:iam::444455556666:user/backup", "AKIADQPZ6MZS4EXAMPLE"] {
        assert_eq!(count(identity), user, "{identity}");
    }
    let root = count_in("777788889999", "root");
    assert!(root.starts_with("Root,arn:aws:iam::777788889999:root,"), "{root}");
    assert!(count("444455556666").contains("444455556666"), "{}", count("444455556666"));
    let role = count_in("111122223333", "orders-api-instance");
    assert!(role.starts_with("AssumedRole,arn:aws:iam::111122223333:role/orders-api-instance,"), "{role}");
}

#[test]
fn key_tells_who_issued_it_and_what_it_did() {
    insta::assert_snapshot!(quiet(&trail(), "key AKIA62G3F4VK4EXAMPLE"), @r#"
        Whose it is
        ┌─────────┬─────────────────────────────────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ type    │ arn                                         │ events │ failed │ firstTime               │ lastTime                │
        ├─────────┼─────────────────────────────────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ IAMUser │ arn:aws:iam::444455556666:user/support-temp │      2 │      0 │ 2026-03-03 03:15:20.000 │ 2026-03-03 03:15:50.000 │
        └─────────┴─────────────────────────────────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        Which event issued it
        ┌─────────────────────────┬─────────────────┬─────────────┬──────────────────────┬─────────────────┬──────────────────────────────────────┐
        │ eventTime               │ eventName       │ caller      │ accessKeyId          │ sourceIPAddress │ eventID                              │
        ├─────────────────────────┼─────────────────┼─────────────┼──────────────────────┼─────────────────┼──────────────────────────────────────┤
        │ 2026-03-03 03:12:28.000 │ CreateAccessKey │ user/backup │ AKIADQPZ6MZS4EXAMPLE │ 203.0.113.99    │ 5add17c0-f075-4a4e-b887-6c78bedeed73 │
        └─────────────────────────┴─────────────────┴─────────────┴──────────────────────┴─────────────────┴──────────────────────────────────────┘

        Which addresses and agents
        ┌─────────────────┬───────────────────────────────────────────────────────────────────────────────────────────────────────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ sourceIPAddress │ userAgent                                                                                                         │ events │ failed │ firstTime               │ lastTime                │
        ├─────────────────┼───────────────────────────────────────────────────────────────────────────────────────────────────────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ 203.0.113.99    │ Boto3/1.37.4 md/Botocore#1.37.4 ua/2.0 os/linux#6.1.128-136.201.amzn2023.x86_64 md/arch#x86_64 lang/python#3.13.2 │      2 │      0 │ 2026-03-03 03:15:20.000 │ 2026-03-03 03:15:50.000 │
        └─────────────────┴───────────────────────────────────────────────────────────────────────────────────────────────────────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        What it did
        ┌──────────────────────────────┬───────────────────┬───────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ eventSource                  │ eventName         │ errorCode │ events │ failed │ firstTime               │ lastTime                │
        ├──────────────────────────────┼───────────────────┼───────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ secretsmanager.amazonaws.com │ ListSecrets       │           │      1 │      0 │ 2026-03-03 03:15:50.000 │ 2026-03-03 03:15:50.000 │
        │ sts.amazonaws.com            │ GetCallerIdentity │           │      1 │      0 │ 2026-03-03 03:15:20.000 │ 2026-03-03 03:15:20.000 │
        └──────────────────────────────┴───────────────────┴───────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        What was done to it
        (none)
        ---
        => 0
        "#);
}

#[test]
fn ip_takes_networks() {
    insta::assert_snapshot!(quiet(&trail(), "ip 203.0.113.96/29"), @r#"
        Who came from there
        ┌─────────────────┬─────────────────────────────────────────────┬──────────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ sourceIPAddress │ caller                                      │ accessKeyId          │ events │ failed │ firstTime               │ lastTime                │
        ├─────────────────┼─────────────────────────────────────────────┼──────────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ 203.0.113.99    │ arn:aws:iam::444455556666:user/backup       │ AKIADQPZ6MZS4EXAMPLE │      3 │      0 │ 2026-03-03 03:12:00.000 │ 2026-03-03 03:12:45.000 │
        │ 203.0.113.99    │ arn:aws:iam::444455556666:user/support-temp │ AKIA62G3F4VK4EXAMPLE │      2 │      0 │ 2026-03-03 03:15:20.000 │ 2026-03-03 03:15:50.000 │
        └─────────────────┴─────────────────────────────────────────────┴──────────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        What was done
        ┌──────────────────────────────┬───────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ eventSource                  │ eventName         │ events │ failed │ firstTime               │ lastTime                │
        ├──────────────────────────────┼───────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ iam.amazonaws.com            │ AttachUserPolicy  │      1 │      0 │ 2026-03-03 03:12:45.000 │ 2026-03-03 03:12:45.000 │
        │ iam.amazonaws.com            │ CreateAccessKey   │      1 │      0 │ 2026-03-03 03:12:28.000 │ 2026-03-03 03:12:28.000 │
        │ iam.amazonaws.com            │ CreateUser        │      1 │      0 │ 2026-03-03 03:12:00.000 │ 2026-03-03 03:12:00.000 │
        │ secretsmanager.amazonaws.com │ ListSecrets       │      1 │      0 │ 2026-03-03 03:15:50.000 │ 2026-03-03 03:15:50.000 │
        │ sts.amazonaws.com            │ GetCallerIdentity │      1 │      0 │ 2026-03-03 03:15:20.000 │ 2026-03-03 03:15:20.000 │
        └──────────────────────────────┴───────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        What failed
        (none)
        ---
        => 0
        "#);
    let network = run(&trail(), "ip 203.0.113.99/32 --format csv --quiet").stdout;
    assert_eq!(network, run(&trail(), "ip 203.0.113.99 --format csv --quiet").stdout);
}

#[test]
fn session_is_a_tree_up_and_down() {
    insta::assert_snapshot!(quiet(&trail(), "session AKIA62G3F4VK4EXAMPLE"), @r#"
        The chain of sessions
        AKIADQPZ6MZS4EXAMPLE
          arn:aws:iam::444455556666:user/backup
          3 events, 2026-03-03 03:12:00 to 03:12:45, from 203.0.113.99
        └─ CreateAccessKey 2026-03-03 03:12:28 by user/backup from 203.0.113.99, event 5add17c0-f075-4a4e-b887-6c78bedeed73
           AKIA62G3F4VK4EXAMPLE  <<< asked for
             arn:aws:iam::444455556666:user/support-temp
             2 events, 2026-03-03 03:15:20 to 03:15:50, from 203.0.113.99

        What was done with it
        ┌─────────────────────────┬──────────────────────┬───────────────────┬─────────────────┬───────────┬────────┬──────────────────────────────────────┐
        │ eventTime               │ accessKeyId          │ eventName         │ sourceIPAddress │ errorCode │ target │ eventID                              │
        ├─────────────────────────┼──────────────────────┼───────────────────┼─────────────────┼───────────┼────────┼──────────────────────────────────────┤
        │ 2026-03-03 03:15:20.000 │ AKIA62G3F4VK4EXAMPLE │ GetCallerIdentity │ 203.0.113.99    │           │        │ 28281c98-2066-4796-92ad-9039c5c64a16 │
        │ 2026-03-03 03:15:50.000 │ AKIA62G3F4VK4EXAMPLE │ ListSecrets       │ 203.0.113.99    │           │        │ 4612d31e-3db5-40a1-a755-0fe92220a534 │
        └─────────────────────────┴──────────────────────┴───────────────────┴─────────────────┴───────────┴────────┴──────────────────────────────────────┘
        ---
        => 0
        "#);
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

/// A user's key opens a session in another account, which both accounts record; that session opens a third.
#[test]
fn a_chain_of_roles_is_followed_from_any_of_its_keys() {
    let scratch = Scratch::new();
    let event = |n: u32, key: &str, arn: &str, name: &str, account: &str, response: &str| {
        format!(
            "{{\"eventTime\":\"2026-03-01T00:00:0{n}Z\",\"eventID\":\"00000000-0000-4000-8000-00000000000{n}\",\"eventSource\":\"sts.amazonaws.com\",\
             \"eventName\":\"{name}\",\"sourceIPAddress\":\"192.0.2.{n}\",\"recipientAccountId\":\"{account}\",\
             \"userIdentity\":{{\"type\":\"AssumedRole\",\"arn\":\"{arn}\"{key}}},\"responseElements\":{response}}}"
        )
    };
    let key = |key: &str| format!(",\"accessKeyId\":\"{key}\"");
    let issued = |key: &str| format!("{{\"credentials\":{{\"accessKeyId\":\"{key}\"}}}}");
    let arn = |session: &str| format!("arn:aws:sts::111122223333:assumed-role/{session}");
    let [a, b, c] = ["AKIAA00000000EXAMPLE", "ASIAB00000000EXAMPLE", "ASIAC00000000EXAMPLE"];
    let user = "arn:aws:iam::111122223333:user/ana";
    let events = [
        event(1, "", user, "AssumeRole", "444455556666", &issued(b)),
        event(2, &key(a), user, "AssumeRole", "111122223333", &issued(b)),
        event(3, &key(b), &arn("one/ana"), "AssumeRole", "111122223333", &issued(c)),
        event(4, &key(c), &arn("two/ana"), "GetCallerIdentity", "111122223333", "null"),
    ];
    scratch.write("log.json", &format!("{{\"Records\":[{}]}}", events.join(",")));
    assert_eq!(run(&scratch, "import trail log.json").status, 0);
    insta::assert_snapshot!(quiet(&scratch, "session ASIAB00000000EXAMPLE"), @r#"
        The chain of sessions
        AKIAA00000000EXAMPLE
          arn:aws:iam::111122223333:user/ana
          1 event, 2026-03-01 00:00:02, from 192.0.2.2
        └─ AssumeRole 2026-03-01 00:00:02 by user/ana from 192.0.2.2, event 00000000-0000-4000-8000-000000000002
           ASIAB00000000EXAMPLE  <<< asked for
             arn:aws:sts::111122223333:assumed-role/one/ana
             1 event, 2026-03-01 00:00:03, from 192.0.2.3
           └─ AssumeRole 2026-03-01 00:00:03 by assumed-role/one/ana from 192.0.2.3, event 00000000-0000-4000-8000-000000000003
              ASIAC00000000EXAMPLE
                arn:aws:sts::111122223333:assumed-role/two/ana
                1 event, 2026-03-01 00:00:04, from 192.0.2.4

        What was done with it
        ┌─────────────────────────┬──────────────────────┬───────────────────┬─────────────────┬───────────┬────────┬──────────────────────────────────────┐
        │ eventTime               │ accessKeyId          │ eventName         │ sourceIPAddress │ errorCode │ target │ eventID                              │
        ├─────────────────────────┼──────────────────────┼───────────────────┼─────────────────┼───────────┼────────┼──────────────────────────────────────┤
        │ 2026-03-01 00:00:03.000 │ ASIAB00000000EXAMPLE │ AssumeRole        │ 192.0.2.3       │           │        │ 00000000-0000-4000-8000-000000000003 │
        │ 2026-03-01 00:00:04.000 │ ASIAC00000000EXAMPLE │ GetCallerIdentity │ 192.0.2.4       │           │        │ 00000000-0000-4000-8000-000000000004 │
        └─────────────────────────┴──────────────────────┴───────────────────┴─────────────────┴───────────┴────────┴──────────────────────────────────────┘
        ---
        => 0
        "#);
    for of in [a, b, c, "00000000-0000-4000-8000-000000000004"] {
        let said = run(&scratch, &format!("session {of} --quiet"));
        let places: Vec<_> = [a, b, c].iter().map(|key| said.stdout.find(key).unwrap()).collect();
        assert!(places.is_sorted(), "{of}: {}", said.stdout);
    }
}

#[test]
fn resource_tells_who_touched_it() {
    insta::assert_snapshot!(quiet(&trail(), "resource sg-0c567ec05b076d9c1 --limit 3"), @r#"
        Who touched it
        ┌──────────────────────────────────────────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┬─────────┐
        │ caller                                               │ events │ failed │ firstTime               │ lastTime                │ changes │
        ├──────────────────────────────────────────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┼─────────┤
        │ arn:aws:iam::111122223333:user/carla                 │      3 │      0 │ 2026-03-01 11:20:00.000 │ 2026-03-03 08:34:17.000 │       2 │
        │ arn:aws:iam::111122223333:role/github-actions-deploy │      2 │      1 │ 2026-03-01 15:55:51.000 │ 2026-03-02 10:51:29.000 │       0 │
        │ arn:aws:iam::111122223333:role/orders-api-instance   │      1 │      1 │ 2026-03-03 22:10:09.000 │ 2026-03-03 22:10:09.000 │       0 │
        └──────────────────────────────────────────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┴─────────┘

        How
        ┌───────────────────┬───────────────────────────────┬──────────────────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ eventSource       │ eventName                     │ errorCode                    │ events │ failed │ firstTime               │ lastTime                │
        ├───────────────────┼───────────────────────────────┼──────────────────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ ec2.amazonaws.com │ DescribeSecurityGroups        │                              │      4 │      0 │ 2026-03-01 13:41:53.000 │ 2026-03-03 08:34:17.000 │
        │ ec2.amazonaws.com │ AuthorizeSecurityGroupIngress │                              │      3 │      0 │ 2026-03-01 11:20:00.000 │ 2026-03-02 07:12:49.000 │
        │ ec2.amazonaws.com │ DescribeSecurityGroups        │ Client.UnauthorizedOperation │      2 │      2 │ 2026-03-02 10:51:29.000 │ 2026-03-03 22:10:09.000 │
        └───────────────────┴───────────────────────────────┴──────────────────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        The latest changes
        ┌─────────────────────────┬───────────────────────────────┬──────────────────────┬──────────────────────────────┬───────────┬──────────────────────┬──────────────────────────────────────┐
        │ eventTime               │ eventName                     │ caller               │ sourceIPAddress              │ errorCode │ target               │ eventID                              │
        ├─────────────────────────┼───────────────────────────────┼──────────────────────┼──────────────────────────────┼───────────┼──────────────────────┼──────────────────────────────────────┤
        │ 2026-03-02 07:18:54.000 │ CreateNetworkInterface        │ lambda.amazonaws.com │ lambda.amazonaws.com         │           │                      │ 13323dc1-2b44-42cf-8e51-05f6b33f89e6 │
        │ 2026-03-02 07:12:49.000 │ AuthorizeSecurityGroupIngress │ user/fatima          │ cloudformation.amazonaws.com │           │ sg-0c567ec05b076d9c1 │ a3b85683-f7d7-4e68-a8a6-337726f0d166 │
        │ 2026-03-01 11:20:43.000 │ AuthorizeSecurityGroupIngress │ user/carla           │ 198.51.100.113               │           │ sg-0c567ec05b076d9c1 │ fa06bf74-4ad5-45bc-b0a0-c5ca129d8019 │
        └─────────────────────────┴───────────────────────────────┴──────────────────────┴──────────────────────────────┴───────────┴──────────────────────┴──────────────────────────────────────┘

        The latest events
        ┌─────────────────────────┬────────────────────────┬────────────────────────────────────────────────────────┬─────────────────┬──────────────────────────────┬────────┬──────────────────────────────────────┐
        │ eventTime               │ eventName              │ caller                                                 │ sourceIPAddress │ errorCode                    │ target │ eventID                              │
        ├─────────────────────────┼────────────────────────┼────────────────────────────────────────────────────────┼─────────────────┼──────────────────────────────┼────────┼──────────────────────────────────────┤
        │ 2026-03-03 22:10:09.000 │ DescribeSecurityGroups │ assumed-role/orders-api-instance/i-0c7d0d953324416b6   │ 203.0.113.140   │ Client.UnauthorizedOperation │        │ 99490898-e6c0-4120-97de-a734895dc5db │
        │ 2026-03-03 08:34:17.000 │ DescribeSecurityGroups │ user/carla                                             │ 198.51.100.113  │                              │        │ aa593d1a-1a13-477a-ad6e-10dbcd493555 │
        │ 2026-03-02 10:51:29.000 │ DescribeSecurityGroups │ assumed-role/github-actions-deploy/GitHubActions-24514 │ 192.0.2.73      │ Client.UnauthorizedOperation │        │ 145b4c1c-3dfd-4b5e-9fc4-28e833db1787 │
        └─────────────────────────┴────────────────────────┴────────────────────────────────────────────────────────┴─────────────────┴──────────────────────────────┴────────┴──────────────────────────────────────┘
        ---
        there may be more: --limit N
        there may be more: --limit N
        there may be more: --limit N
        there may be more: --limit N
        => 0
        "#);
    let scratch = trail();
    let by_name = run(&scratch, "resource example-refund-3333 --format csv --quiet").stdout;
    assert_eq!(run(&scratch, "resource arn:aws:s3:::example-refund-3333 --format csv --quiet").stdout, by_name);
}

#[test]
fn around_marks_the_event() {
    insta::assert_snapshot!(quiet(&trail(), "around 9b7034c1-ace0-4c4e-b0af-54e9f4b37665 30s"), @r#"
        The event
        ┌─────────────────────────┬─────────────────┬────────────────────────────────────┬──────────────────────┬─────────────────┬────────────────────┬───────────┐
        │ eventTime               │ eventName       │ arn                                │ accessKeyId          │ sourceIPAddress │ recipientAccountId │ errorCode │
        ├─────────────────────────┼─────────────────┼────────────────────────────────────┼──────────────────────┼─────────────────┼────────────────────┼───────────┤
        │ 2026-03-03 16:06:06.000 │ PutBucketPolicy │ arn:aws:iam::444455556666:user/bob │ AKIAPJOJVI7SOEXAMPLE │ 198.51.100.141  │ 444455556666       │           │
        └─────────────────────────┴─────────────────┴────────────────────────────────────┴──────────────────────┴─────────────────┴────────────────────┴───────────┘

        What the same key, caller, address or account did around it
        ┌────────┬─────────────────────────┬───────────────────────────────┬──────────┬─────────────────┬───────────┬──────────────────────────────────────┐
        │ same   │ eventTime               │ eventName                     │ caller   │ sourceIPAddress │ errorCode │ eventID                              │
        ├────────┼─────────────────────────┼───────────────────────────────┼──────────┼─────────────────┼───────────┼──────────────────────────────────────┤
        │ key    │ 2026-03-03 16:05:42.000 │ DeleteBucketPublicAccessBlock │ user/bob │ 198.51.100.141  │           │ cb88b4c4-7590-42d5-81c6-dc2d38b7676e │
        │ >>> it │ 2026-03-03 16:06:06.000 │ PutBucketPolicy               │ user/bob │ 198.51.100.141  │           │ 9b7034c1-ace0-4c4e-b0af-54e9f4b37665 │
        └────────┴─────────────────────────┴───────────────────────────────┴──────────┴─────────────────┴───────────┴──────────────────────────────────────┘
        ---
        => 0
        "#);
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
    insta::assert_snapshot!(quiet(&scratch, "first 203.0.113.66 sg-0c567ec05b076d9c1 nowhere --format csv"), @r#"
        value,eventTime,eventName,caller,sourceIPAddress,errorCode,target,eventID
        sg-0c567ec05b076d9c1,2026-03-01 11:20:00.000,AuthorizeSecurityGroupIngress,user/carla,198.51.100.113,,sg-0c567ec05b076d9c1,917c61d8-6163-42be-b0e8-8a8eee3d827d
        203.0.113.66,2026-03-02 02:41:15.000,GetCallerIdentity,user/deploy-ci,203.0.113.66,,,b4e33941-6f1e-4840-8d7c-635d41abee89
        ---
        warning: no event has the value "nowhere"
        => 0
        "#);
    insta::assert_snapshot!(quiet(&scratch, "last 203.0.113.66 --format csv"), @r#"
        value,eventTime,eventName,caller,sourceIPAddress,errorCode,target,eventID
        203.0.113.66,2026-03-02 02:43:10.000,GetObject,user/deploy-ci,203.0.113.66,,arn:aws:s3:::example-refund-3333/catalog/2026/03/02/part-00131.parquet,51877ccc-46d4-4a98-97f1-8a66902ba0b0
        ---
        => 0
        "#);
}

#[test]
fn errors_are_spread_over_code_service_caller_and_time() {
    insta::assert_snapshot!(quiet(&trail(), "errors --account 777788889999 --since 2026-03-03 --limit 3"), @r#"
        How many failures
        ┌────────┬─────────────────────────┬─────────────────────────┐
        │ events │ firstTime               │ lastTime                │
        ├────────┼─────────────────────────┼─────────────────────────┤
        │     10 │ 2026-03-03 11:03:41.000 │ 2026-03-03 18:59:32.000 │
        └────────┴─────────────────────────┴─────────────────────────┘

        Which errors
        ┌──────────────────────────────┬────────┬─────────┬─────────────────────────┬─────────────────────────┐
        │ errorCode                    │ events │ callers │ firstTime               │ lastTime                │
        ├──────────────────────────────┼────────┼─────────┼─────────────────────────┼─────────────────────────┤
        │ AccessDeniedException        │      3 │       3 │ 2026-03-03 11:44:27.000 │ 2026-03-03 18:53:54.000 │
        │ AccessDenied                 │      1 │       1 │ 2026-03-03 16:42:02.000 │ 2026-03-03 16:42:02.000 │
        │ Client.UnauthorizedOperation │      1 │       1 │ 2026-03-03 16:42:47.000 │ 2026-03-03 16:42:47.000 │
        └──────────────────────────────┴────────┴─────────┴─────────────────────────┴─────────────────────────┘

        Which services and actions
        ┌───────────────────┬────────────────────────┬──────────────────────────────┬────────┬─────────┬─────────────────────────┬─────────────────────────┐
        │ eventSource       │ eventName              │ errorCode                    │ events │ callers │ firstTime               │ lastTime                │
        ├───────────────────┼────────────────────────┼──────────────────────────────┼────────┼─────────┼─────────────────────────┼─────────────────────────┤
        │ kms.amazonaws.com │ Decrypt                │ AccessDeniedException        │      2 │       2 │ 2026-03-03 11:51:17.000 │ 2026-03-03 18:53:54.000 │
        │ ec2.amazonaws.com │ DescribeInstances      │ VpceAccessDenied             │      1 │       0 │ 2026-03-03 18:59:32.000 │ 2026-03-03 18:59:32.000 │
        │ ec2.amazonaws.com │ DescribeSecurityGroups │ Client.UnauthorizedOperation │      1 │       1 │ 2026-03-03 16:42:47.000 │ 2026-03-03 16:42:47.000 │
        └───────────────────┴────────────────────────┴──────────────────────────────┴────────┴─────────┴─────────────────────────┴─────────────────────────┘

        Whose calls
        ┌────────────────────────────────────────────────────────────────────────────────────────────────────────┬────────┬─────────┬─────────────────────────┬─────────────────────────┐
        │ caller                                                                                                 │ events │ actions │ firstTime               │ lastTime                │
        ├────────────────────────────────────────────────────────────────────────────────────────────────────────┼────────┼─────────┼─────────────────────────┼─────────────────────────┤
        │ arn:aws:iam::777788889999:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_ReadOnly_848884532e827945 │      3 │       2 │ 2026-03-03 11:43:47.000 │ 2026-03-03 11:45:41.000 │
        │ arn:aws:iam::777788889999:role/service-role/billing-handler-role                                       │      3 │       3 │ 2026-03-03 11:51:17.000 │ 2026-03-03 16:42:35.000 │
        │ arn:aws:iam::777788889999:role/orders-api-instance                                                     │      2 │       2 │ 2026-03-03 11:03:41.000 │ 2026-03-03 18:53:54.000 │
        └────────────────────────────────────────────────────────────────────────────────────────────────────────┴────────┴─────────┴─────────────────────────┴─────────────────────────┘

        When
        ┌─────────────────────────┬────────┬─────────┬────────┬─────────┐
        │ hour                    │ events │ changes │ failed │ callers │
        ├─────────────────────────┼────────┼─────────┼────────┼─────────┤
        │ 2026-03-03 11:00:00.000 │      5 │       3 │      5 │       3 │
        │ 2026-03-03 16:00:00.000 │      3 │       0 │      3 │       2 │
        │ 2026-03-03 18:00:00.000 │      2 │       0 │      2 │       1 │
        └─────────────────────────┴────────┴─────────┴────────┴─────────┘
        ---
        there may be more: --limit N
        there may be more: --limit N
        there may be more: --limit N
        => 0
        "#);
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
    insta::assert_snapshot!(quiet(&scratch, "timeline 203.0.113.99"), @r#"
        How many events, from when to when
        ┌────────┬─────────────────────────┬─────────────────────────┐
        │ events │ firstTime               │ lastTime                │
        ├────────┼─────────────────────────┼─────────────────────────┤
        │      5 │ 2026-03-03 03:12:00.000 │ 2026-03-03 03:15:50.000 │
        └────────┴─────────────────────────┴─────────────────────────┘

        Events over time
        ┌─────────────────────────┬────────┬─────────┬────────┬─────────┐
        │ minute                  │ events │ changes │ failed │ callers │
        ├─────────────────────────┼────────┼─────────┼────────┼─────────┤
        │ 2026-03-03 03:12:00.000 │      3 │       3 │      0 │       1 │
        │ 2026-03-03 03:15:00.000 │      2 │       0 │      0 │       1 │
        └─────────────────────────┴────────┴─────────┴────────┴─────────┘

        The events
        ┌─────────────────────────┬───────────────────┬───────────────────┬─────────────────┬───────────┬──────────────┬──────────────────────────────────────┐
        │ eventTime               │ eventName         │ caller            │ sourceIPAddress │ errorCode │ target       │ eventID                              │
        ├─────────────────────────┼───────────────────┼───────────────────┼─────────────────┼───────────┼──────────────┼──────────────────────────────────────┤
        │ 2026-03-03 03:12:00.000 │ CreateUser        │ user/backup       │ 203.0.113.99    │           │ support-temp │ 53f39136-411c-4466-b593-e8be80c3eda4 │
        │ 2026-03-03 03:12:28.000 │ CreateAccessKey   │ user/backup       │ 203.0.113.99    │           │ support-temp │ 5add17c0-f075-4a4e-b887-6c78bedeed73 │
        │ 2026-03-03 03:12:45.000 │ AttachUserPolicy  │ user/backup       │ 203.0.113.99    │           │ support-temp │ 75c3e445-ebb7-433f-89fd-c12983b0f230 │
        │ 2026-03-03 03:15:20.000 │ GetCallerIdentity │ user/support-temp │ 203.0.113.99    │           │              │ 28281c98-2066-4796-92ad-9039c5c64a16 │
        │ 2026-03-03 03:15:50.000 │ ListSecrets       │ user/support-temp │ 203.0.113.99    │           │              │ 4612d31e-3db5-40a1-a755-0fe92220a534 │
        └─────────────────────────┴───────────────────┴───────────────────┴─────────────────┴───────────┴──────────────┴──────────────────────────────────────┘
        ---
        => 0
        "#);
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
    insta::assert_snapshot!(quiet(&scratch, "changes bob --since 2026-03-03T16:00:00Z"), @r#"
        What kind of changes
        ┌──────────────────────────┬───────────────────────────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ eventSource              │ eventName                     │ events │ firstTime               │ lastTime                │
        ├──────────────────────────┼───────────────────────────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ cloudtrail.amazonaws.com │ DeleteTrail                   │      1 │ 2026-03-03 16:06:44.000 │ 2026-03-03 16:06:44.000 │
        │ cloudtrail.amazonaws.com │ StopLogging                   │      1 │ 2026-03-03 16:05:00.000 │ 2026-03-03 16:05:00.000 │
        │ lambda.amazonaws.com     │ AddPermission20150331v2       │      1 │ 2026-03-03 17:01:36.000 │ 2026-03-03 17:01:36.000 │
        │ lambda.amazonaws.com     │ UpdateFunctionCode20150331v2  │      1 │ 2026-03-03 16:55:30.000 │ 2026-03-03 16:55:30.000 │
        │ s3.amazonaws.com         │ DeleteBucketPublicAccessBlock │      1 │ 2026-03-03 16:05:42.000 │ 2026-03-03 16:05:42.000 │
        │ s3.amazonaws.com         │ PutBucketPolicy               │      1 │ 2026-03-03 16:06:06.000 │ 2026-03-03 16:06:06.000 │
        └──────────────────────────┴───────────────────────────────┴────────┴─────────────────────────┴─────────────────────────┘

        The latest changes
        ┌─────────────────────────┬───────────────────────────────┬───────────────────────────────────────────────────────────────────────┬─────────────────┬────────────────────────────────────────────────────────────┬──────────────────────────────────────┐
        │ eventTime               │ eventName                     │ caller                                                                │ sourceIPAddress │ target                                                     │ eventID                              │
        ├─────────────────────────┼───────────────────────────────┼───────────────────────────────────────────────────────────────────────┼─────────────────┼────────────────────────────────────────────────────────────┼──────────────────────────────────────┤
        │ 2026-03-03 17:01:36.000 │ AddPermission20150331v2       │ assumed-role/AWSReservedSSO_ReadOnly_23c3a9e640a22f3a/bob@example.com │ 198.51.100.141  │                                                            │ 53b75d0a-cafc-49d3-bf8d-a79463a68bac │
        │ 2026-03-03 16:55:30.000 │ UpdateFunctionCode20150331v2  │ assumed-role/AWSReservedSSO_ReadOnly_23c3a9e640a22f3a/bob@example.com │ 198.51.100.141  │                                                            │ 9c73428d-2b0d-4501-afb4-442084ca8477 │
        │ 2026-03-03 16:06:44.000 │ DeleteTrail                   │ user/bob                                                              │ 198.51.100.141  │ arn:aws:cloudtrail:us-east-1:444455556666:trail/management │ 0905104c-97bd-451e-9260-b2bae3bcbb27 │
        │ 2026-03-03 16:06:06.000 │ PutBucketPolicy               │ user/bob                                                              │ 198.51.100.141  │ example-billing-6666                                       │ 9b7034c1-ace0-4c4e-b0af-54e9f4b37665 │
        │ 2026-03-03 16:05:42.000 │ DeleteBucketPublicAccessBlock │ user/bob                                                              │ 198.51.100.141  │ example-billing-6666                                       │ cb88b4c4-7590-42d5-81c6-dc2d38b7676e │
        │ 2026-03-03 16:05:00.000 │ StopLogging                   │ user/bob                                                              │ 198.51.100.141  │ arn:aws:cloudtrail:us-east-1:444455556666:trail/management │ 3e3ad9ce-4129-46f6-b1ea-f26f82c99a2f │
        └─────────────────────────┴───────────────────────────────┴───────────────────────────────────────────────────────────────────────┴─────────────────┴────────────────────────────────────────────────────────────┴──────────────────────────────────────┘
        ---
        => 0
        "#);
    let all = run(&scratch, "changes --limit 5000 --format csv --quiet").stdout;
    assert!(all.contains(",CreateUser,") && !all.contains("AssumeRole,") && !all.contains("ConsoleLogin"), "{all}");
}

#[test]
fn logins_begin_with_what_is_odd() {
    insta::assert_snapshot!(quiet(&trail(), "logins --account 777788889999 --since 2026-03-02 --until 2026-03-02T12:00:00Z"), @r#"
        Root, failures, and console logins without MFA
        ┌─────────────────────────┬────────────────────┬─────────┬────────────────────────────────┬─────────────────┬─────────┬─────┬──────────────────────────────────────┐
        │ eventTime               │ recipientAccountId │ type    │ caller                         │ sourceIPAddress │ result  │ mfa │ eventID                              │
        ├─────────────────────────┼────────────────────┼─────────┼────────────────────────────────┼─────────────────┼─────────┼─────┼──────────────────────────────────────┤
        │ 2026-03-02 05:30:23.000 │ 777788889999       │ IAMUser │ HIDDEN_DUE_TO_SECURITY_REASONS │ 203.0.113.20    │ Failure │ No  │ e2e69a42-7068-4ccb-8026-223697b468f3 │
        │ 2026-03-02 05:30:59.000 │ 777788889999       │ IAMUser │ user/dmitri                    │ 203.0.113.20    │ Failure │ No  │ aced8074-aa68-4576-b421-de8a677cddac │
        │ 2026-03-02 05:31:30.000 │ 777788889999       │ IAMUser │ user/dmitri                    │ 203.0.113.20    │ Failure │ No  │ aa5085e8-5e15-4000-8e3a-98142494f28b │
        │ 2026-03-02 05:31:43.000 │ 777788889999       │ IAMUser │ user/dmitri                    │ 203.0.113.20    │ Success │ No  │ ed9b8b9c-1e79-4f48-9853-6b4e8390855c │
        │ 2026-03-02 05:33:13.000 │ 777788889999       │ Root    │ root                           │ 203.0.113.20    │ Success │ No  │ b378daeb-fb31-4cda-b3b9-f0169726c88f │
        └─────────────────────────┴────────────────────┴─────────┴────────────────────────────────┴─────────────────┴─────────┴─────┴──────────────────────────────────────┘

        Who signed in
        ┌────────────────────┬──────────┬────────────────────────────────┬────────┬────────┬────────────┬───────────┬─────────────────────────┐
        │ recipientAccountId │ type     │ caller                         │ events │ failed │ withoutMfa │ addresses │ lastTime                │
        ├────────────────────┼──────────┼────────────────────────────────┼────────┼────────┼────────────┼───────────┼─────────────────────────┤
        │ 777788889999       │ IAMUser  │ user/dmitri                    │      3 │      2 │          1 │         1 │ 2026-03-02 05:31:43.000 │
        │ 777788889999       │ IAMUser  │ HIDDEN_DUE_TO_SECURITY_REASONS │      1 │      1 │          0 │         1 │ 2026-03-02 05:30:23.000 │
        │ 777788889999       │ Root     │ root                           │      1 │      0 │          1 │         1 │ 2026-03-02 05:33:13.000 │
        │ 777788889999       │ SAMLUser │ alice@example.com              │      1 │      0 │          0 │         1 │ 2026-03-02 00:52:39.000 │
        └────────────────────┴──────────┴────────────────────────────────┴────────┴────────┴────────────┴───────────┴─────────────────────────┘

        Federation
        ┌────────────────────┬──────────┬──────────────────────────────────────────────────────────────────────┬───────────────────────────────────────────────────────────────────────────────────────────────────────────────────┬────────┬────────┬─────────────────────────┬─────────────────────────┐
        │ eventName          │ type     │ identityProvider                                                     │ roleArn                                                                                                           │ events │ failed │ firstTime               │ lastTime                │
        ├────────────────────┼──────────┼──────────────────────────────────────────────────────────────────────┼───────────────────────────────────────────────────────────────────────────────────────────────────────────────────┼────────┼────────┼─────────────────────────┼─────────────────────────┤
        │ AssumeRoleWithSAML │ SAMLUser │ https://portal.sso.us-east-1.amazonaws.com/saml/assertion/ZXhhbXBsZQ │ arn:aws:iam::777788889999:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_b310147128f55811 │      1 │      0 │ 2026-03-02 00:52:39.000 │ 2026-03-02 00:52:39.000 │
        └────────────────────┴──────────┴──────────────────────────────────────────────────────────────────────┴───────────────────────────────────────────────────────────────────────────────────────────────────────────────────┴────────┴────────┴─────────────────────────┴─────────────────────────┘

        The latest sign-ins
        ┌─────────────────────────┬────────────────────┬──────────┬────────────────────────────────┬────────────────────┬─────────────────┬─────────┬─────┬──────────────────────────────────────┐
        │ eventTime               │ recipientAccountId │ type     │ caller                         │ eventName          │ sourceIPAddress │ result  │ mfa │ eventID                              │
        ├─────────────────────────┼────────────────────┼──────────┼────────────────────────────────┼────────────────────┼─────────────────┼─────────┼─────┼──────────────────────────────────────┤
        │ 2026-03-02 05:33:13.000 │ 777788889999       │ ROOT     │ root                           │ ConsoleLogin       │ 203.0.113.20    │ Success │ No  │ b378daeb-fb31-4cda-b3b9-f0169726c88f │
        │ 2026-03-02 05:31:43.000 │ 777788889999       │ IAMUser  │ user/dmitri                    │ ConsoleLogin       │ 203.0.113.20    │ Success │ No  │ ed9b8b9c-1e79-4f48-9853-6b4e8390855c │
        │ 2026-03-02 05:31:30.000 │ 777788889999       │ IAMUser  │ user/dmitri                    │ ConsoleLogin       │ 203.0.113.20    │ Failure │ No  │ aa5085e8-5e15-4000-8e3a-98142494f28b │
        │ 2026-03-02 05:30:59.000 │ 777788889999       │ IAMUser  │ user/dmitri                    │ ConsoleLogin       │ 203.0.113.20    │ Failure │ No  │ aced8074-aa68-4576-b421-de8a677cddac │
        │ 2026-03-02 05:30:23.000 │ 777788889999       │ IAMUser  │ HIDDEN_DUE_TO_SECURITY_REASONS │ ConsoleLogin       │ 203.0.113.20    │ Failure │ No  │ e2e69a42-7068-4ccb-8026-223697b468f3 │
        │ 2026-03-02 00:52:39.000 │ 777788889999       │ SAMLUser │ alice@example.com              │ AssumeRoleWithSAML │ 198.51.100.183  │ Success │     │ ccacb868-9399-4f96-b73b-5dcd0331c6af │
        └─────────────────────────┴────────────────────┴──────────┴────────────────────────────────┴────────────────────┴─────────────────┴─────────┴─────┴──────────────────────────────────────┘
        ---
        => 0
        "#);
}

#[test]
fn coverage_is_a_matrix_for_people_and_rows_for_programs() {
    let scratch = trail();
    insta::assert_snapshot!(quiet(&scratch, "coverage --account 444455556666"), @r#"
        Events by account, Region and day
                         2026-03
                         000
                         123  events  gaps
        444455556666
          ap-southeast-2 ▓▓▓      94
          eu-central-1   ███     138
          us-east-1      ███     302

        0 days without events
        · none, ░▒▓█ few to many in a day
        ---
        => 0
        "#);
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
    insta::assert_snapshot!(quiet(&scratch, "coverage --from log.json"), @r#"
        Events by account, Region and day
                       2026-03
                       0000
                       1234  events  gaps
        a
          us-east-1    ████       4
        b
          us-east-1    █··█       2     2

        2 days without events
        · none, ░▒▓█ few to many in a day
        ---
        => 0
        "#);
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
