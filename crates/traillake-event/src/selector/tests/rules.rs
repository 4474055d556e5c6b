//! Every rule, broken once.

use super::super::*;
use super::selectors;

const SELECTORS: &str = "InvalidEventSelectorsException";
const S3: &str = "eventCategory=Data and resources.type=AWS::S3::Object";
const EC2: &str = "eventCategory=NetworkActivity and eventSource=ec2.amazonaws.com";

#[track_caller]
fn refused(found: Result<(), SelectorError>, rule: SelectorRule, says: &str, context: &str) {
    let error = match found {
        Err(error) => error,
        Ok(()) => panic!("{context}: accepted"),
    };
    assert_eq!((error.rule, error.aws_name()), (rule, SELECTORS), "{context}: {error}");
    assert!(error.to_string().contains(says), "{context}: {error}");
}

fn store() -> Validation {
    Validation::event_data_store()
}

#[test]
fn what_aws_accepts_is_valid() {
    let both = [
        "eventCategory=Management",
        "eventCategory=Management and readOnly=true",
        "eventCategory=Management and eventSource!=kms.amazonaws.com|rdsdata.amazonaws.com",
        S3,
        &format!("{S3} and readOnly=false and eventName^=Put|$=Acl and eventName!=PutObjectAcl"),
        &format!("{S3} and resources.ARN^=arn:aws:s3:::logs/ and resources.ARN!=arn:aws:s3:::logs/a"),
        &format!("{S3} and eventType!=AwsServiceEvent and userIdentity.arn!$=:root"),
        &format!("{S3} and sessionCredentialFromConsole!=true and eventSource=s3.amazonaws.com"),
        EC2,
        &format!("{EC2} and errorCode=VpceAccessDenied and vpcEndpointId=vpce-1 and eventName!^=Describe"),
        &format!("{EC2} or {S3} or eventCategory=Management"),
    ];
    for short in both {
        assert_eq!(selectors(short).validate(&store()), Ok(()), "{short}");
        assert_eq!(selectors(short).validate(&Validation::trail()), Ok(()), "{short}");
    }
    for short in [
        "eventCategory=Management and eventName^=Create and eventType=AwsApiCall and userIdentity.arn$=:root",
        "eventCategory=Management and sessionCredentialFromConsole=true and eventSource^=iam",
        "eventCategory=Insight",
        "eventCategory=ConfigurationItem",
        "eventCategory=Evidence",
        "eventCategory=ActivityAuditLog",
    ] {
        assert_eq!(selectors(short).validate(&store()), Ok(()), "{short}");
    }
}

#[test]
fn what_a_category_does_not_allow_is_refused() {
    use SelectorRule::*;
    for (short, rule, says) in [
        // eventCategory
        ("eventName=x", MissingField, "selector 1, eventCategory: the field is missing"),
        ("eventCategory!=Data", OperatorNotAllowed, "NotEquals"),
        ("eventCategory=Data|Management", Count, "exactly one"),
        ("eventCategory=Managment", ValueNotAllowed, "did you mean \"Management\"?"),
        ("eventCategory=management", ValueNotAllowed, "did you mean \"Management\"?"),
        // Management
        ("eventCategory=Management and resources.type=AWS::S3::Object", FieldNotAllowed, "use eventCategory"),
        ("eventCategory=Management and resources.ARN^=arn", FieldNotAllowed, "resources.ARN"),
        ("eventCategory=Management and errorCode=VpceAccessDenied", FieldNotAllowed, "errorCode"),
        ("eventCategory=Management and vpcEndpointId=x", FieldNotAllowed, "vpcEndpointId"),
        ("eventCategory=Management and readOnly=maybe", ValueNotAllowed, "true or false"),
        ("eventCategory=Management and readOnly!=true", OperatorNotAllowed, "use Equals"),
        ("eventCategory=Management and readOnly=true|false", Count, "exactly one"),
        ("eventCategory=Management and sessionCredentialFromConsole=false", ValueNotAllowed, "use true"),
        ("eventCategory=Management and sessionCredentialFromConsole^=true", OperatorNotAllowed, "Equals or NotEquals"),
        // Data
        ("eventCategory=Data", MissingField, "resources.type"),
        ("eventCategory=Data and resources.type!=AWS::S3::Object", OperatorNotAllowed, "use Equals"),
        ("eventCategory=Data and resources.type^=AWS::S3", OperatorNotAllowed, "use Equals"),
        ("eventCategory=Data and resources.type=AWS::S3::Object|AWS::SNS::Topic", Count, "exactly one"),
        ("eventCategory=Data and resources.type=AWS::S3::Objects", ValueNotListed, "did you mean \"AWS::S3::Object\"?"),
        ("eventCategory=Data and resources.type=nothing", ValueNotListed, "175"),
        (&format!("{S3} and errorCode=VpceAccessDenied"), FieldNotAllowed, "errorCode"),
        (&format!("{S3} and vpcEndpointId=x"), FieldNotAllowed, "vpcEndpointId"),
        (&format!("{S3} and readOnly=TRUE"), ValueNotAllowed, "did you mean \"true\"?"),
        (&format!("{S3} and sessionCredentialFromConsole!=false"), ValueNotAllowed, "use true"),
        (&format!("{S3} and resources.ARN=arn:aws:s3:::logs"), NotAnArn, "begin with \"arn:aws:s3:::logs/\""),
        (&format!("{S3} and resources.ARN!=logs/a"), NotAnArn, "in full"),
        (&format!("{S3} and resources.ARN=arn:aws:sns:eu-west-1:111122223333:t"), NotAnArn, "AWS::S3::Object"),
        // Network activity
        ("eventCategory=NetworkActivity", MissingField, "eventSource"),
        ("eventCategory=NetworkActivity and eventSource!=ec2.amazonaws.com", OperatorNotAllowed, "use Equals"),
        ("eventCategory=NetworkActivity and eventSource=ec2.amazonaws.com|s3.amazonaws.com", Count, "exactly one"),
        ("eventCategory=NetworkActivity and eventSource=ec3.amazonaws.com", ValueNotListed, "did you mean"),
        (&format!("{EC2} and errorCode=AccessDenied"), ValueNotAllowed, "VpceAccessDenied"),
        (&format!("{EC2} and errorCode!=VpceAccessDenied"), OperatorNotAllowed, "use Equals"),
        (&format!("{EC2} and readOnly=true"), FieldNotAllowed, "readOnly"),
        (&format!("{EC2} and eventType=x"), FieldNotAllowed, "eventType"),
        (&format!("{EC2} and resources.type=AWS::S3::Object"), FieldNotAllowed, "resources.type"),
        (&format!("{EC2} and resources.ARN^=x"), FieldNotAllowed, "resources.ARN"),
        (&format!("{EC2} and userIdentity.arn=x"), FieldNotAllowed, "userIdentity.arn"),
        (&format!("{EC2} and sessionCredentialFromConsole=true"), FieldNotAllowed, "sessionCredential"),
        // The others have a category only.
        ("eventCategory=Insight and eventName=x", FieldNotAllowed, "use eventCategory"),
        ("eventCategory=ConfigurationItem and eventName=x", FieldNotAllowed, "use eventCategory"),
        ("eventCategory=Evidence and readOnly=true", FieldNotAllowed, "use eventCategory"),
        ("eventCategory=ActivityAuditLog and eventSource=x", FieldNotAllowed, "use eventCategory"),
        // Together
        ("eventCategory=Insight or eventCategory=Management", Categories, "Insight events into an event data store"),
        ("eventCategory=Evidence or eventCategory=Insight", Categories, "of their own"),
        ("eventCategory=ActivityAuditLog or eventCategory=ConfigurationItem", Categories, "of their own"),
        (
            "a: eventCategory=Management or b: eventCategory=Management",
            Repeated,
            "selector 2 \"b\": it selects the same",
        ),
    ] {
        refused(selectors(short).validate(&store()), rule, says, short);
    }
}

#[test]
fn what_a_trail_does_not_allow_is_refused() {
    use SelectorRule::*;
    for (short, rule, says) in [
        ("eventCategory=Management and eventSource=kms.amazonaws.com", OperatorNotAllowed, "use NotEquals"),
        ("eventCategory=Management and eventSource!^=kms", OperatorNotAllowed, "use NotEquals"),
        ("eventCategory=Management and eventSource!=sts.amazonaws.com", ValueNotAllowed, "kms.amazonaws.com"),
        ("eventCategory=Management and eventName=x", FieldNotAllowed, "of a trail"),
        ("eventCategory=Management and eventType=x", FieldNotAllowed, "of a trail"),
        ("eventCategory=Management and userIdentity.arn=x", FieldNotAllowed, "of a trail"),
        ("eventCategory=Management and sessionCredentialFromConsole=true", FieldNotAllowed, "of a trail"),
        ("eventCategory=Insight", Categories, "a trail has no Insight events"),
        ("eventCategory=ConfigurationItem", Categories, "a trail has no"),
        ("eventCategory=Evidence", Categories, "a trail has no"),
        ("eventCategory=ActivityAuditLog", Categories, "a trail has no"),
    ] {
        refused(selectors(short).validate(&Validation::trail()), rule, says, short);
    }
}

#[test]
fn lengths_and_counts_are_bounded() {
    use SelectorRule::*;
    let management = || FieldSelector::equals(SelectorField::EventCategory, "Management");
    let names = |values: Vec<String>| FieldSelector::new(SelectorField::EventName).with(Operator::Equals, values);
    let many = |count: usize| (0..count).map(|n| format!("n{n}")).collect::<Vec<_>>();
    let one = |fields: Vec<FieldSelector>| AdvancedEventSelectors::new([EventSelector::new(fields)]);
    let named = |name: &str| AdvancedEventSelectors::new([EventSelector::new([management()]).named(name)]);

    for (found, rule, says) in [
        (AdvancedEventSelectors::new([]), Count, "at least one"),
        (one(vec![]), Count, "no field selector"),
        (one(vec![management(), management()]), Repeated, "one field selector"),
        (one(vec![FieldSelector::new(SelectorField::EventCategory)]), Count, "no condition"),
        (one(vec![management(), names(vec!["a".into(), "a".into()])]), Repeated, "Equals has \"a\" twice"),
        (one(vec![management(), names(vec![String::new()])]), Length, "use 1 to 2048"),
        (one(vec![management(), names(vec!["é".repeat(2049)])]), Length, "2049 characters"),
        (one(vec![management(), names(vec!["a\nb".into()])]), Length, "line break"),
        (one(vec![management(), names(many(500))]), Count, "501 values"),
        (named(&"n".repeat(1001)), Length, "use 0 to 1000"),
        (named("a\rb"), Length, "line break"),
    ] {
        refused(found.validate(&store()), rule, says, &format!("{rule:?} {says}"));
    }
    for found in [
        one(vec![management(), names(many(499))]),
        one(vec![management(), names(vec!["é".repeat(2048)])]),
        named(&"n".repeat(1000)),
        named(""),
    ] {
        assert_eq!(found.validate(&store()), Ok(()));
    }
}

#[test]
fn a_store_has_five_selectors_and_a_trail_as_many_as_it_has_values_for() {
    let of = |count: usize| {
        let selector = |n| format!("{S3} and eventName=n{n}");
        selectors(&(0..count).map(selector).collect::<Vec<_>>().join(" or "))
    };
    assert_eq!(of(5).validate(&store()), Ok(()));
    refused(of(6).validate(&store()), SelectorRule::Count, "at most 5", "6 selectors");
    assert_eq!(of(6).validate(&Validation { selectors_max: 6, ..store() }), Ok(()));
    assert_eq!(of(166).validate(&Validation::trail()), Ok(()));
    refused(of(167).validate(&Validation::trail()), SelectorRule::Count, "501 values", "167 selectors");
}

#[test]
fn unlisted_values_can_be_allowed() {
    let any = store().with_lists(Lists::Any);
    for short in [
        "eventCategory=Data and resources.type=AWS::New::Thing",
        "eventCategory=NetworkActivity and eventSource=new.amazonaws.com",
    ] {
        let found = selectors(short);
        assert_eq!(found.validate(&any), Ok(()), "{short}");
        assert_eq!(found.validate(&store()).unwrap_err().rule, SelectorRule::ValueNotListed, "{short}");
    }
}

#[test]
fn an_error_says_where_what_and_what_to_do() {
    let found = selectors(&format!("{S3} or Put only: {S3} and eventName=Put and readOnly=no"));
    let error = found.validate(&store()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "selector 2 \"Put only\", readOnly: \"no\" is not for this field here: use true or false"
    );
    assert_eq!((error.selector, error.field), (Some(2), Some(SelectorField::ReadOnly)));
    assert_eq!((error.name.as_deref(), error.advice.as_str()), (Some("Put only"), "use true or false"));
}
