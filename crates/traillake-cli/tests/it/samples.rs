use crate::scratch::{Scratch, sample_trail};

#[test]
fn words_list_the_queries_that_have_them() {
    let said = Scratch::new().run(&["samples", "bucket", "PUBLIC"]);
    insta::assert_snapshot!(said.transcript(), @r#"
        security
          public-bucket-policies     Bucket policies that allow everybody
          public-bucket-acls         Bucket and object ACLs that allow everybody
          bucket-protection-removed  Protection taken away from buckets

        change
          bucket-changes             Changes of bucket settings
        ---
        => 0
        "#);
    let all = Scratch::new().run(&["samples"]);
    assert!(all.stdout.lines().filter(|line| line.starts_with("  ")).count() >= 60, "{}", all.stdout);
    let categories: Vec<_> = all.stdout.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).collect();
    assert_eq!(categories, ["security", "compliance", "operations", "change", "forensics"]);
}

#[test]
fn a_name_shows_the_query_ready_to_paste() {
    let said = Scratch::new().run(&["samples", "table-requests"]);
    insta::assert_snapshot!(said.transcript(), @r#"
        -- table-requests: DynamoDB requests by table
        -- Reads, writes and failures of each DynamoDB table.
        -- operations: dynamodb data usage table
        SELECT element_at(requestParameters, 'tableName') AS tableName, count(*) FILTER (WHERE readOnly) AS reads,
               count(*) FILTER (WHERE NOT readOnly) AS writes, count(errorCode) AS failed, max(eventTime) AS lastTime
        FROM $EDS_ID
        WHERE eventSource = 'dynamodb.amazonaws.com' AND element_at(requestParameters, 'tableName') IS NOT NULL
        GROUP BY element_at(requestParameters, 'tableName')
        ORDER BY reads + writes DESC, tableName;
        ---
        => 0
        "#);
    let with_parameters = Scratch::new().run(&["samples", "address-timeline"]).stdout;
    assert!(with_parameters.contains("\n-- --param address=203.0.113.%  "), "{with_parameters}");
    assert!(with_parameters.contains("LIKE '203.0.113.%'\n"), "{with_parameters}");
}

#[test]
fn a_query_runs_on_a_store_or_on_files() {
    let trail = sample_trail();
    let trail = trail.to_str().unwrap();
    let run = ["samples", "run", "access-denied-bursts", "--format", "csv", "--no-header"];
    let said = Scratch::new().run(&[&run[..], &["--from", trail]].concat());
    let burst = "ASIAU7K7WWUSTEXAMPLE,arn:aws:sts::111122223333:assumed-role/orders-api-instance/i-0c7d0d953324416b6,\
                 203.0.113.140,2026-03-03 22:00:00.000,40,31\n";
    assert_eq!((said.stdout.as_str(), said.status), (burst, 0), "{}", said.stderr);
    let said = Scratch::new().run(&[&run[..], &["--from", trail, "--param", "denials=41"]].concat());
    assert_eq!((said.stdout.as_str(), said.status), ("", 0), "{}", said.stderr);

    let scratch = Scratch::with_trail();
    let of_store = scratch.run(&["samples", "run", "top-services", "--store", "TRAIL", "--format", "csv"]);
    let services = "eventSource,calls,changes,failed\ns3.amazonaws.com,2,1,0\nsts.amazonaws.com,1,0,1\n";
    assert_eq!((of_store.stdout.as_str(), of_store.status), (services, 0), "{}", of_store.stderr);
    assert_eq!(scratch.run(&["samples", "run", "top-services", "--output", "out.csv"]).status, 0);
    assert_eq!(std::fs::read_to_string(scratch.path("out.csv")).unwrap(), services);
}

#[test]
fn what_does_not_exist_is_answered_with_what_does() {
    let scratch = Scratch::new();
    for (typed, answer) in [
        (
            &["samples", "no", "such", "words"][..],
            "error: no sample query has the words: no such words\n  hint: fewer words find more; `traillake samples` lists all\n",
        ),
        (
            &["samples", "run", "top-servises"],
            "error: there is no sample query \"top-servises\"\n  hint: did you mean top-services?\n",
        ),
        (
            &["samples", "run", "role-users", "--param", "rol=x"],
            "error: the sample query \"role-users\" has no parameter \"rol\"\n  hint: it has role\n",
        ),
    ] {
        let said = scratch.run(typed);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), ("", answer, 1), "{typed:?}");
    }
    let said = scratch.run(&["samples", "run", "role-users", "--param", "role"]);
    assert!(said.status == 2 && said.stderr.contains("NAME=VALUE"), "{}", said.stderr);
}

#[test]
fn the_shell_has_them_too() {
    let script = ".timing off\n.format csv\n.samples tls version\n.samples run top-services\n\
                  .samples run principal-timeline principal=%user/ana\n";
    let said = Scratch::with_trail().pipe(&[], script);
    insta::assert_snapshot!(said.transcript(), @r#"
        compliance
          tls-versions  TLS versions in use
        eventSource,calls,changes,failed
        s3.amazonaws.com,2,1,0
        sts.amazonaws.com,1,0,1
        eventTime,arn,accessKeyId,sourceIPAddress,awsRegion,eventSource,eventName,errorCode,eventID
        2024-05-01 10:00:00.000,arn:aws:iam::111122223333:user/ana,,192.0.2.1,eu-central-1,s3.amazonaws.com,PutObject,,e1
        2024-05-01 11:00:00.000,arn:aws:iam::111122223333:user/ana,,192.0.2.1,eu-central-1,s3.amazonaws.com,GetObject,,e2
        ---
        => 0
        "#);
    let said = Scratch::with_trail().pipe(&[], ".samples run role-users role\n");
    assert!(said.stderr.starts_with("error: a parameter is given as NAME=VALUE\n"), "{}", said.stderr);
}
