//! Answers to files of which the store holds matching events, worked out by hand from [`super::events`].

use super::{answer, lake};

/// Rows as lines, with a tab between values and `NULL` for none.
fn lines(rows: crate::ask::Rows) -> Vec<String> {
    let text = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
    rows.into_iter().map(|row| row.into_iter().map(text).collect::<Vec<_>>().join("\t")).collect()
}

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A file, what is put into it first, its rows, and whether their order is part of the answer.
type Answer = (&'static str, &'static [(&'static str, &'static str)], Vec<String>, bool);

#[rustfmt::skip]
fn answers() -> Vec<Answer> {
    let alice = format!("111122223333\tus-east-1\t{}\t", id(2));
    vec![
        ("activity-performed-by-IP-address.sql", &[], vec!["444455556666".into()], true),
        ("ec2-api-run-instances.sql", &[], vec![format!(
            "111122223333\tus-east-1\t{}\t{{\"items\":[{{\"imageId\":\"ami-1\",\"instanceId\":\"i-b188560f\"}}]}}", id(31))], true),
        ("iam-access-key-activity.sql", &[], vec![
            "sts.amazonaws.com\tAssumeRole\t198.51.100.7\t2023-01-04 08:00:00.000\tNULL".into(),
            "s3.amazonaws.com\tGetObject\t198.51.100.7\t2023-01-04 08:01:00.000\tNULL".into(),
            "s3.amazonaws.com\tGetObject\t198.51.100.7\t2023-01-04 08:02:00.000\tNULL".into(),
            "s3.amazonaws.com\tDeleteObject\t198.51.100.7\t2023-01-04 08:03:00.000\tAccessDenied".into(),
        ], true),
        ("iam-access-key-success-activity.sql", &[], vec![
            "2\ts3.amazonaws.com\tGetObject".into(), "1\tsts.amazonaws.com\tAssumeRole".into()], true),
        ("iam-idc-federate-api-by-idc-user.sql", &[], vec![
            format!("444455556666\tAuditor\t{}\t2023-01-02 10:00:00.000", id(1))], true),
        ("iam-idc-user-count-and-group-activity.sql", &[], vec![
            "ec2.amazonaws.com\tDescribeInstances\t1".into(), "iam.amazonaws.com\tCreateAccessKey\t1".into(),
            "iam.amazonaws.com\tCreateRole\t1".into(), "iam.amazonaws.com\tCreateUser\t1".into(),
            "iam.amazonaws.com\tPutRolePolicy\t1".into()], false),
        ("iam-idc-user-create-iam-user.sql", &[], vec![
            alice + "2023-01-02 10:05:00.000\t{\"path\":\"/\",\"userName\":\"new\"}"], true),
        ("iam-idc-user-create-iam-role.sql", &[], vec![
            format!("111122223333\tus-east-1\t{}\t2023-01-02 10:06:00.000\tAccessDenied\tnot authorized", id(3))], true),
        ("iam-idc-user-denied-activity.sql", &[], vec![
            format!("111122223333\tus-east-1\tec2.amazonaws.com\tDescribeInstances\ttrue\tClient.UnauthorizedOperation\tNULL\t2023-01-03 10:00:00.000\t{}", id(6)),
            format!("111122223333\tus-east-1\tiam.amazonaws.com\tCreateRole\tfalse\tAccessDenied\tnot authorized\t2023-01-02 10:06:00.000\t{}", id(3))], false),
        ("iam-idc-user-modify-iam-policy.sql", &[], vec![
            format!("111122223333\t{}\t2023-01-02 10:08:00.000\tops\t{{\"Version\":\"2012-10-17\"}}", id(5))], true),
        ("iam-principal-by-launched-ec2-instance-id.sql", &[], vec![
            "AIDAANAEXAMPLE\tRunInstances\t2023-01-02 12:00:00.000\t111122223333\tus-east-1".into()], true),
        ("iam-role-assumed-by-iam-access-key.sql", &[], vec![
            "{roleArn=arn:aws:iam::555555555555:role/alice, roleSessionName=s}\t{credentials={\"accessKeyId\":\"ASIAEXAMPLE\"}, packedPolicySize=5}".into()], true),
        ("top-actions-by-iam-role.sql", &[], vec![
            "2\tsqs.amazonaws.com\tSendMessage".into(), "1\tsts.amazonaws.com\tAssumeRole".into()], true),
        ("SelfAssumeRole.sql", &[], vec![
            format!("{}\t2023-01-05 09:02:00.000\tarn:aws:iam::555555555555:role/alice\tAROAALICE:session", id(23))], true),
        ("s3-actions-by-iam-access-key.sql", &[], vec![
            "inbox\ta.txt\tDeleteObject".into(), "inbox\ta.txt\tGetObject".into(), "inbox\tb.txt\tGetObject".into()], false),
        ("event-response-element-by-event-id.sql", &[], vec!["{topicArn=arn:aws:sns:us-east-1:111122223333:t}".into()], true),
        ("ec2-public-security-group.sql", &[], vec![
            "ModifySecurityGroupRules\tarn:aws:iam::111122223333:user/ana\t198.51.100.7\t2023-07-08 12:00:00.000\tec2.amazonaws.com\tsg-1\t{\"GroupId\":\"sg-1\",\"SecurityGroupRule\":{\"CidrIpv4\":\"0.0.0.0/0\"}}".into(),
            "AuthorizeSecurityGroupIngress\tarn:aws:iam::111122223333:user/ana\t198.51.100.7\t2023-07-07 01:00:00.000\tec2.amazonaws.com\tsg-1\t{\"items\":[{\"ipProtocol\":\"tcp\",\"ipRanges\":{\"items\":[{\"cidrIp\":\"0.0.0.0/0\"}]}}]}".into(),
        ], true),
        ("resourceCompliance.sql", &[], vec![
            "2023-11-16 10:00:00.000\tus-east-1\t111122223333\ttagged\tNON_COMPLIANT\tAWS::S3::Bucket\tinbox".into()], true),
        ("MostEvaluatedConfigRule.sql", &[], vec![
            "2\t2022-11-02\tus-east-1\t111122223333\ttagged\tarn:aws:config:us-east-1:111122223333:config-rule/r".into()], true),
        ("tag-history-by-resource.sql", &[], vec![
            "us-east-1\tec2.amazonaws.com\ti-2\t2022-06-01 12:00:00.000\tCreateTags\tteam\tred\tarn:aws:iam::111122223333:user/ana".into()], true),
        ("find-snapshots-not-encrypted.sql", &[], vec!["AIDAANAEXAMPLE\tus-east-1\tvol-1\t\"i-3\"\tsnap-1".into()], true),
        ("s3-buckets-using-acls.sql", &[], vec!["vault\tus-east-1\t111122223333".into()], true),
        ("list-all-S3-PutObjects-Encryption-status.sql", &[], vec![
            "111122223333\t2023-05-02 05:00:00.000\tvault\tl\tNULL\tAES256".into(),
            "111122223333\t2023-05-01 05:00:00.000\tvault\tk\taws:kms\taws:kms".into()], true),
        ("aurora-databases-with-performance-insights.sql", &[], vec!["pg1\taurora-postgresql\t15.4".into()], true),
        ("aurora-mysql-databases-with-instance-class-information.sql", &[], vec![
            "my1\tdb.r6g.large\taurora-mysql\t2022-05-01 00:00:00.000".into()], true),
        ("database-reboot-information.sql", &[], vec![
            "my1\tdba\t2023-02-02 00:00:00.000".into(), "pg1\tdba\t2023-02-01 00:00:00.000".into()], true),
        ("rds-db-deleted-with-no-snapshot.sql", &[], vec!["c1\tdba\t2023-02-04 00:00:00.000".into()], true),
        ("user-added-to-admin-group.sql", &[], vec![
            "AIDAANAEXAMPLE\tAddUserToGroup\t2022-05-05 00:00:00.000\teve\tsite-admins".into()], true),
        ("cross-account-access.sql", &[], vec![
            "AIDAOTHER\tListBuckets\ts3.amazonaws.com\t999999999999\t111122223333\tNULL\t2022-05-07 00:00:00.000".into()], true),
        ("EstimateAmountOfConfigurationItems.sql", &[], vec!["111122223333\tus-east-1\tecs.amazonaws.com\t1".into()], true),
        ("s3-buckets-public-access-block-historical-changes.sql", &[], vec![
            "demo-20230707\ttrue\tNULL\t{\"RestrictPublicBuckets\":true}\tPutBucketPublicAccessBlock\t2023-07-08 05:00:00.000\t{PublicAccessBlockConfiguration={\"RestrictPublicBuckets\":true}, bucketName=demo-20230707}\tarn:aws:iam::111122223333:user/ana\tNULL".into(),
            "demo-20230707\tfalse\ttrue\t{\"BlockPublicPolicy\":true,\"RestrictPublicBuckets\":false}\tPutBucketPublicAccessBlock\t2023-07-07 05:00:00.000\t{PublicAccessBlockConfiguration={\"BlockPublicPolicy\":true,\"RestrictPublicBuckets\":false}, bucketName=demo-20230707}\tarn:aws:iam::111122223333:user/ana\tNULL".into(),
        ], true),
        // With the dates that the files ask their reader to fill in.
        ("tls-unsupported-version.sql", &[(super::DATE, "2023-06-20 00:00:00"), (super::DATE, "2023-06-27 00:00:00")], vec![
            "s3.amazonaws.com\tTLSv1.1\t198.51.100.7\t111122223333\t1".into()], true),
        ("network-activity-events.sql", &[(super::DATE, "2023-06-20 00:00:00"), (super::DATE, "2023-06-27 00:00:00")], vec![
            "1\tarn:aws:iam::111122223333:user/ana\t111122223333\tGetSecretValue\tdenied by endpoint policy\tvpce-1\t111122223333\t198.51.100.7".into()], true),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_those_worked_out_by_hand() {
    let lake = lake().await;
    let mut wrong = Vec::new();
    for (name, fill, expected, ordered) in answers() {
        let Some(rows) = answer(&lake, name, fill).await else { return };
        let mut found = lines(rows);
        if !ordered {
            found.sort();
        }
        if found != expected {
            wrong.push(format!("{name}\n  found    {found:#?}\n  expected {expected:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} answers differ\n{}", wrong.len(), wrong.join("\n"));
}
