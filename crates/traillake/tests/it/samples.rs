//! The sample queries over the sample trail: all of them run, and those that look for a planted incident find it and
//! nothing else. The answers were worked out from the files of `testdata/trail` by hand.

use std::path::Path;

use serde_json::{Value, json};
use traillake::{ImportOptions, Lake, Sample, sample, samples};

use crate::ask::{Rows, ask, lake_of};

const NONE: [(&str, &str); 0] = [];

async fn sample_trail() -> Lake {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    lake_of(&[trail], &ImportOptions::default()).await.0
}

async fn answer(lake: &Lake, name: &str, parameters: &[(&str, &str)]) -> (Vec<String>, Rows) {
    let sql = sample(name).unwrap().sql(parameters).unwrap();
    let results = lake.query(&sql).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let headers = results.schema().fields().iter().map(|field| field.name().clone()).collect();
    (headers, crate::ask::rows(results).await)
}

/// The values of one column, NULL as `-`.
async fn column(lake: &Lake, name: &str, parameters: &[(&str, &str)], column: &str) -> Vec<String> {
    let (headers, rows) = answer(lake, name, parameters).await;
    let place = headers.iter().position(|header| header == column);
    let place = place.unwrap_or_else(|| panic!("{name} has no column {column}: {headers:?}"));
    rows.into_iter().map(|row| row[place].clone().unwrap_or_else(|| "-".to_owned())).collect()
}

/// Queries with nothing to find in three days of a small company: what they find of [`rare_events`], as the numbers of
/// the events, or as the first value of each row where they tell no events.
const RARE: &[(&str, &str, &[&str])] = &[
    ("public-bucket-acls", "eventID", &["r01", "r02"]),
    ("inline-policies-with-wildcards", "eventID", &["r04"]),
    ("mfa-devices-changed", "eventID", &["r06"]),
    ("shared-snapshots-and-images", "eventID", &["r07"]),
    ("outdated-tls", "tlsVersion", &["TLSv1.1"]),
    ("unencrypted-storage-created", "eventID", &["r09", "r10"]),
    ("public-databases", "eventID", &["r10"]),
    ("password-policy-changes", "eventID", &["r11"]),
    ("failed-launches", "eventID", &["r12"]),
    ("quotas-reached", "eventID", &["r12"]),
    ("callers-at-several-addresses", "usedFrom", &["192.0.2.1, 198.51.100.9"]),
    ("after-console-sign-in", "eventID", &["r14"]),
];

/// An event that each of [`RARE`] finds, beside some that look alike.
fn rare_events() -> Value {
    let event = |id: &str, time: &str, source: &str, name: &str, more: Value| {
        let mut record = json!({
            "eventVersion": "1.10", "eventTime": time, "eventSource": format!("{source}.amazonaws.com"), "eventName": name,
            "eventID": id, "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1", "readOnly": false,
            "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
            "userIdentity": { "type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{id}") },
        });
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        record
    };
    let request = |value: Value| json!({ "requestParameters": value });
    let ana = |address: &str| json!({ "sourceIPAddress": address, "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana" } });
    let mut signed_in = ana("192.0.2.1");
    signed_in["responseElements"] = json!({ "ConsoleLogin": "Success" });
    let everyone = json!({ "AccessControlList": { "Grant": { "Grantee": { "URI": "http://acs.amazonaws.com/groups/global/AllUsers" } } } });
    let policy = |action: &str| {
        request(json!({ "roleName": "ops", "policyDocument": format!("{{\"Action\" : [ \"{action}\" ]}}") }))
    };
    let at = "2026-04-01T12:00:00Z";
    json!({ "Records": [
        event("r01", at, "s3", "PutBucketAcl", request(json!({ "bucketName": "b", "x-amz-acl": ["public-read"] }))),
        event("r02", at, "s3", "PutBucketAcl", request(json!({ "bucketName": "b", "AccessControlPolicy": everyone }))),
        event("r03", at, "s3", "PutBucketAcl", request(json!({ "bucketName": "b", "x-amz-acl": ["private"] }))),
        event("r04", at, "iam", "PutRolePolicy", policy("*")),
        event("r05", at, "iam", "PutRolePolicy", policy("s3:*")),
        event("r06", at, "iam", "DeactivateMFADevice", request(json!({ "userName": "ana", "serialNumber": "arn:aws:iam::1:mfa/ana" }))),
        event("r07", at, "ec2", "ModifySnapshotAttribute", request(json!({
            "snapshotId": "snap-1", "createVolumePermission": { "add": { "items": [{ "group": "all" }] } } }))),
        event("r08", at, "s3", "ListBuckets", json!({ "tlsDetails": { "tlsVersion": "TLSv1.1" } })),
        event("r09", at, "ec2", "CreateVolume", json!({ "responseElements": { "volumeId": "vol-1", "encrypted": false } })),
        event("r10", at, "rds", "CreateDBInstance", request(json!({ "dBInstanceIdentifier": "db", "publiclyAccessible": true }))),
        event("r11", at, "iam", "DeleteAccountPasswordPolicy", json!({})),
        event("r12", at, "ec2", "RunInstances", json!({ "errorCode": "Client.InstanceLimitExceeded" })),
        event("r13", "2026-04-02T12:00:00Z", "signin", "ConsoleLogin", signed_in),
        event("r14", "2026-04-02T12:30:00Z", "s3", "CreateBucket", ana("198.51.100.9")),
        event("r15", "2026-04-02T13:30:00Z", "s3", "CreateBucket", ana("192.0.2.1")),
    ] })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_runs_and_nearly_all_find_something() {
    let lake = sample_trail().await;
    let mut wrong = Vec::new();
    for Sample { name, .. } in samples() {
        let sql = sample(name).unwrap().sql(&NONE).unwrap();
        let rows = match lake.query(&sql).await {
            Ok(mut results) => results.collect().await.map(|batches| batches.iter().map(|b| b.num_rows()).sum()),
            Err(error) => {
                wrong.push(format!("{name} does not plan: {error}"));
                continue;
            }
        };
        match rows {
            Err(error) => wrong.push(format!("{name} does not run: {error}")),
            Ok(0_usize) if !RARE.iter().any(|(rare, ..)| rare == name) => wrong.push(format!("{name} finds nothing")),
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rare_events_are_found_among_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rare.json");
    std::fs::write(&file, rare_events().to_string()).unwrap();
    let (lake, report) = lake_of(&[file], &ImportOptions::default()).await;
    assert_eq!((report.events, report.rejects), (15, 0), "{report}");
    for (name, of, expected) in RARE {
        let mut found = column(&lake, name, &[], of).await;
        found.sort();
        assert_eq!(found, *expected, "{name}");
    }
}

#[test]
fn services_are_named_as_events_name_them() {
    // A misspelt column is an error of the query; a misspelt service would find nothing, ever.
    for sample in samples() {
        for literal in sample.text.split('\'').skip(1).step_by(2) {
            let service = literal.strip_suffix(".amazonaws.com");
            assert!(service.is_none_or(|name| !name.contains('.')), "{}: {literal}", sample.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_incidents_are_found_and_nothing_else() {
    let lake = sample_trail().await;
    for (name, parameters, of, expected) in [
        // leaked_access_key
        ("access-keys-at-several-addresses", &[][..], "accessKeyId", &["AKIAW7TDYGFVJEXAMPLE"][..]),
        ("access-keys-at-several-addresses", &[], "usedFrom", &["198.51.100.214, 203.0.113.66"]),
        // bucket_made_public
        ("public-bucket-policies", &[], "eventID", &["9b7034c1-ace0-4c4e-b0af-54e9f4b37665"]),
        ("bucket-protection-removed", &[], "eventID", &["cb88b4c4-7590-42d5-81c6-dc2d38b7676e"]),
        (
            "logging-disabled",
            &[],
            "eventID",
            &["3e3ad9ce-4129-46f6-b1ea-f26f82c99a2f", "0905104c-97bd-451e-9260-b2bae3bcbb27"],
        ),
        // security_group_opened
        (
            "open-security-groups",
            &[],
            "eventID",
            &["917c61d8-6163-42be-b0e8-8a8eee3d827d", "fa06bf74-4ad5-45bc-b0a0-c5ca129d8019"],
        ),
        // console_without_mfa
        (
            "console-sign-in-without-mfa",
            &[],
            "eventID",
            &[
                "e2e69a42-7068-4ccb-8026-223697b468f3",
                "aced8074-aa68-4576-b421-de8a677cddac",
                "aa5085e8-5e15-4000-8e3a-98142494f28b",
                "ed9b8b9c-1e79-4f48-9853-6b4e8390855c",
                "b378daeb-fb31-4cda-b3b9-f0169726c88f",
            ],
        ),
        ("console-sign-in-failures", &[], "sourceIPAddress", &["203.0.113.20"]),
        ("console-sign-in-failures", &[], "failures", &["3"]),
        ("console-sign-in-failures", &[], "successes", &["2"]),
        ("root-activity", &[], "eventID", &["b378daeb-fb31-4cda-b3b9-f0169726c88f"]),
        // privilege_escalation
        ("administrator-policies-granted", &[], "eventID", &["75c3e445-ebb7-433f-89fd-c12983b0f230"]),
        (
            "users-and-keys-created",
            &[],
            "eventID",
            &["53f39136-411c-4466-b593-e8be80c3eda4", "5add17c0-f075-4a4e-b887-6c78bedeed73"],
        ),
        ("users-and-keys-created", &[], "accessKeyId", &["-", "AKIA62G3F4VK4EXAMPLE"]),
        (
            "access-keys-used-at-once",
            &[],
            "eventID",
            &["28281c98-2066-4796-92ad-9039c5c64a16", "4612d31e-3db5-40a1-a755-0fe92220a534"],
        ),
        (
            "activity-at-night",
            &[],
            "eventID",
            &[
                "53f39136-411c-4466-b593-e8be80c3eda4",
                "5add17c0-f075-4a4e-b887-6c78bedeed73",
                "75c3e445-ebb7-433f-89fd-c12983b0f230",
            ],
        ),
        // access_denied_burst
        ("access-denied-bursts", &[], "accessKeyId", &["ASIAU7K7WWUSTEXAMPLE"]),
        ("access-denied-bursts", &[], "denials", &["40"]),
        ("access-denied-bursts", &[("denials", "41")], "denials", &[]),
        ("discovery-sweeps", &[], "accessKeyId", &["ASIAU7K7WWUSTEXAMPLE"]),
        ("instance-credentials-outside", &[], "sourceIPAddress", &["203.0.113.140"]),
    ] {
        let found = column(&lake, name, parameters, of).await;
        assert_eq!(found, expected, "{name} {parameters:?}: {of}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_narrow_what_is_found() {
    let lake = sample_trail().await;
    let leaked = [("address", "203.0.113.66")];
    let from_address = column(&lake, "address-timeline", &leaked, "eventID").await;
    assert_eq!(from_address.len(), 12);
    let of_key = column(&lake, "access-key-timeline", &[("access_key", "AKIAW7TDYGFVJEXAMPLE")], "eventID").await;
    assert_eq!(of_key.len(), 14);
    assert!(from_address.iter().all(|id| of_key.contains(id)));
    let readers = answer(&lake, "bucket-readers", &[("bucket", "example-refund-3333")]).await.1;
    assert!(readers.iter().any(|row| row[2].as_deref() == Some("203.0.113.66") && row[3].as_deref() == Some("9")));
    let network = answer(&lake, "network-timeline", &NONE).await.1;
    let calls: u32 = network.iter().map(|row| row[2].as_deref().unwrap().parse::<u32>().unwrap()).sum();
    assert_eq!(calls, 62);
    let everything = ask(&lake, "SELECT count(*) FROM events").await;
    let addresses = column(&lake, "address-timeline", &[("address", "%")], "eventID").await;
    assert_eq!(everything[0][0].as_deref(), Some(addresses.len().to_string().as_str()));
}
