//! Basic event selectors.

use super::super::*;

#[track_caller]
fn read(json: &str) -> BasicEventSelectors {
    BasicEventSelectors::from_json(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn they_translate_into_advanced_ones() {
    let data = |kind: &str, values: &str| {
        format!(
            "[{{\"DataResources\":[{{\"Type\":\"{kind}\",\"Values\":[{values}]}}],\"IncludeManagementEvents\":false}}]"
        )
    };
    for (json, short) in [
        ("[{}]", "eventCategory=Management"),
        ("[{\"IncludeManagementEvents\":false}]", ""),
        (
            "{\"TrailARN\":\"x\",\"EventSelectors\":[{\"ReadWriteType\":\"All\",\"DataResources\":[]}]}",
            "eventCategory=Management",
        ),
        ("[{\"ReadWriteType\":\"ReadOnly\"}]", "eventCategory=Management and readOnly=true"),
        (
            "[{\"ReadWriteType\":\"WriteOnly\",\"ExcludeManagementEventSources\":[\"kms.amazonaws.com\"]}]",
            "eventCategory=Management and readOnly=false and eventSource!=kms.amazonaws.com",
        ),
        (&data("AWS::S3::Object", "\"arn:aws:s3\""), "eventCategory=Data and resources.type=AWS::S3::Object"),
        (&data("AWS::S3::Object", "\"arn:aws:s3:::\""), "eventCategory=Data and resources.type=AWS::S3::Object"),
        (
            &data("AWS::S3::Object", "\"arn:aws:s3:::b/\",\"arn:aws:s3:::c/logs\""),
            "eventCategory=Data and resources.type=AWS::S3::Object and resources.ARN^=arn:aws:s3:::b/|arn:aws:s3:::c/logs",
        ),
        (
            &data("AWS::Lambda::Function", "\"arn:aws:lambda:us-east-1:111122223333:function:f\""),
            "eventCategory=Data and resources.type=AWS::Lambda::Function \
             and resources.ARN=arn:aws:lambda:us-east-1:111122223333:function:f",
        ),
        (
            &data("AWS::DynamoDB::Table", "\"arn:aws:dynamodb\""),
            "eventCategory=Data and resources.type=AWS::DynamoDB::Table",
        ),
        (&data("AWS::DynamoDB::Table", ""), ""),
        ("[{},{\"ReadWriteType\":\"All\"}]", "eventCategory=Management"),
    ] {
        let basic = read(json);
        assert_eq!(basic.validate(), Ok(()), "{json}");
        let advanced = basic.to_advanced();
        assert_eq!(advanced.to_string(), short, "{json}");
        if !advanced.selectors.is_empty() {
            assert_eq!(advanced.validate(&Validation::trail()), Ok(()), "{json}");
        }
    }
}

#[test]
fn what_aws_refuses_is_refused() {
    use SelectorRule::*;
    let resource =
        |kind: &str, value: &str| format!("[{{\"DataResources\":[{{\"Type\":\"{kind}\",\"Values\":[\"{value}\"]}}]}}]");
    for (json, rule, says) in [
        ("[]", Count, "use 1 to 5"),
        ("[{},{},{},{},{},{}]", Count, "there are 6 event selectors"),
        ("[{\"ReadWriteType\":\"read-only\"}]", ValueNotAllowed, "did you mean \"ReadOnly\"?"),
        ("[{\"IncludeManagementEvents\":\"yes\"}]", Form, "must be of type boolean"),
        ("[{\"IncludeManagmentEvents\":true}]", Form, "did you mean \"IncludeManagementEvents\"?"),
        ("[{\"ExcludeManagementEventSources\":[\"sts.amazonaws.com\"]}]", ValueNotAllowed, "selector 1: Exclude"),
        (&resource("AWS::SNS::Topic", "arn:aws:sns"), ValueNotAllowed, "AWS::SNS::Topic"),
        (&resource("AWS::S3::Object", "arn:aws:lambda"), NotAnArn, "in full"),
        (&resource("AWS::S3::Object", "arn:aws:s3:::b"), NotAnArn, "begin with \"arn:aws:s3:::b/\""),
        (&resource("AWS::Lambda::Function", "f"), NotAnArn, "in full"),
    ] {
        let found = BasicEventSelectors::from_json(json).and_then(|basic| basic.validate());
        let error = found.map_or_else(|error| error, |()| panic!("{json}: accepted"));
        assert_eq!(error.rule, rule, "{json}: {error}");
        assert!(error.to_string().contains(says), "{json}: {error}");
        let aws_name = if rule == Form { "InvalidParameterException" } else { "InvalidEventSelectorsException" };
        assert_eq!(error.aws_name(), aws_name);
    }
}

#[test]
fn data_resources_are_bounded_over_all_selectors() {
    let of = |count: usize, more: &str| {
        let values: Vec<_> = (0..count).map(|n| format!("\"arn:aws:s3:::b/{n}\"")).collect();
        let resource = |values: &[String]| {
            format!("{{\"DataResources\":[{{\"Type\":\"AWS::S3::Object\",\"Values\":[{}]}}]}}", values.join(","))
        };
        let (one, other) = values.split_at(count / 2);
        read(&format!("[{},{}{more}]", resource(one), resource(other))).validate()
    };
    assert_eq!(of(250, ""), Ok(()));
    assert_eq!(of(251, "").unwrap_err().rule, SelectorRule::Count);
    let all = ",{\"DataResources\":[{\"Type\":\"AWS::Lambda::Function\",\"Values\":[\"arn:aws:lambda\"]}]}";
    assert_eq!(of(251, all), Ok(()));
}
