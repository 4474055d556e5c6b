use crate::scratch::{Scratch, sample_trail};

/// An event whose policy document is JSON in a string, with the value sought within it.
const NESTED: &str = r#"{"Records":[{"eventVersion":"1.08","userIdentity":{"type":"Root"},
"eventTime":"2026-03-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","awsRegion":"us-east-1",
"eventID":"11111111-2222-4333-8444-555555555555","eventType":"AwsApiCall",
"requestParameters":{"bucketName":"it's-here","policy":"{\"Statement\":[{\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:user/mallory\"}}]}"}}]}"#;

#[test]
fn a_value_is_found_wherever_it_stands() {
    let trail = sample_trail();
    let trail = trail.to_str().unwrap();
    let find = ["find", "example-refund-3333", "--from", trail, "--format", "csv", "--limit", "2", "--no-header"];
    let said = Scratch::new().run(&find);
    let caller = "arn:aws:iam::111122223333:user/deploy-ci";
    let found = format!(
        "2026-03-02 02:41:38.000,44eb6115-7a8d-448e-84bc-c6000e07793b,s3.amazonaws.com,ListObjects,{caller},\
         $.requestParameters.bucketName $.requestParameters.Host $.resources[0].ARNPrefix $.resources[1].ARN\n\
         2026-03-02 02:41:45.000,36c05618-c303-4cbf-83b9-c29000a4ddff,s3.amazonaws.com,GetObject,{caller},\
         $.requestParameters.bucketName $.requestParameters.Host $.resources[0].ARN $.resources[1].ARN\n"
    );
    assert_eq!((said.stdout, said.status), (found, 0), "{}", said.stderr);
}

#[test]
fn all_stores_are_searched_and_nested_json_too() {
    let scratch = Scratch::with_trail();
    scratch.write("nested.json", NESTED);
    assert_eq!(scratch.run(&["import", "other", "nested.json"]).status, 0);
    let said = scratch.run(&["find", "mallory", "it's-here", "--format", "csv"]);
    let found = "store,eventTime,eventID,eventSource,eventName,caller,places\n\
                 other,2026-03-01 10:00:00.000,11111111-2222-4333-8444-555555555555,s3.amazonaws.com,PutBucketPolicy,,\
                 $.requestParameters.bucketName $.requestParameters.policy\n";
    assert_eq!((said.stdout.as_str(), said.status), (found, 0), "{}", said.stderr);
    let none = scratch.run(&["find", "mallor", "--format", "csv", "--no-header"]);
    assert_eq!((none.stdout.as_str(), none.status), ("", 0), "{}", none.stderr);
}

#[test]
fn what_cannot_be_searched_is_said() {
    let scratch = Scratch::new();
    let nothing = scratch.run(&["find", "x"]);
    assert!(nothing.stderr.contains("no event data store to search") && nothing.status == 2, "{}", nothing.stderr);
    let empty = scratch.run(&["find", "", "--from", "."]);
    assert!(empty.stderr.contains("empty value") && empty.status == 2, "{}", empty.stderr);
    let unknown = Scratch::with_trail().run(&["find", "x", "--store", "trial"]);
    assert!(unknown.stderr.contains("trail") && unknown.status == 1, "{}", unknown.stderr);
}

#[test]
fn a_question_is_explained_before_it_runs() {
    let trail = sample_trail();
    let trail = trail.to_str().unwrap();
    let sql = "SELECT eventName FROM events WHERE element_at(requestParameters, 'key') = 'no/such/object' \
               AND eventTime > timestamp '2026-03-02 00:00:00'";
    let explained = Scratch::new().run(&["query", "--from", trail, "--explain", sql]);
    assert_eq!(explained.status, 0, "{}", explained.stderr);
    let scan: Vec<&str> = explained.stdout.lines().take_while(|line| !line.is_empty()).collect();
    let expected = [
        "scan of events, version 2",
        "  conditions   eventTime > 2026-03-02 00:00:00",
        "               value \"no/such/object\"",
        "  files        3 → 2 by the log → 0 by what they hold",
        "  row groups   2 → 0 by the index of values",
        "  events       2,000 → 0",
    ];
    assert_eq!(scan[..expected.len()], expected, "{}", explained.stdout);
    let word = Scratch::new().run(&["query", "--from", trail, &format!("  explain\n{sql}")]);
    assert!(word.stdout.starts_with("scan of events"), "{}{}", word.stdout, word.stderr);
    let estimate = Scratch::new().run(&["query", "--from", trail, "--estimate", "SELECT * FROM events"]);
    assert!(estimate.stdout.starts_with("2,000 events to be scanned, about "), "{}", estimate.stdout);
    let wrong = Scratch::new().run(&["query", "--from", trail, "EXPLAIN SELECT nothing FROM events"]);
    assert!(wrong.stderr.contains("EXPLAIN SELECT nothing") && wrong.status == 1, "{}", wrong.stderr);
    let repeated = Scratch::new().run(&["query", "--from", trail, "--explain", "--repeat", "2", sql]);
    assert_eq!(repeated.status, 2, "{}", repeated.stderr);
}
