//! What was changed, and who signed in.

use super::callers::{COUNTS, EVENTS, GROUPS, largest_first};
use super::resources::EVENT;
use super::select::{Select, texts};
use super::value::condition;
use super::{Reach, Scope, Step};

/// Calls that are no reading and change nothing an analyst cares for: sessions that begin, agents that report.
const NOISE: &[&str] = &[
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "GetSessionToken",
    "GetFederationToken",
    "ConsoleLogin",
    "SwitchRole",
    "CreateLogStream",
    "UpdateInstanceInformation",
    "PutInventory",
    "PutEvaluations",
    "StartQueryExecution",
];

/// Where each kind of sign-in is recorded.
const SIGN_INS: &[&str] = &[
    "ConsoleLogin",
    "SwitchRole",
    "ExitRole",
    "RenewRole",
    "GetFederationToken",
    "GetSigninToken",
    "AssumeRoleWithSAML",
    "AssumeRoot",
    "Authenticate",
    "Federate",
    "UserAuthentication",
    "CredentialVerification",
    "PasswordRecoveryRequested",
    "PasswordRecoveryCompleted",
];

/// How a sign-in ended.
const RESULT: &str = "coalesce(element_at(responseElements, 'ConsoleLogin'), element_at(responseElements, 'SwitchRole'),\n         \
                      errorCode, 'Success') AS result";
/// Root has no user name, and federated users no type of their own.
const USER: &str = "coalesce(split_part(userIdentity.arn, ':', 6), userIdentity.userName, userIdentity.principalId,\n         \
                    userIdentity.accountId) AS caller";
const MFA: &str = "coalesce(element_at(additionalEventData, 'MFAUsed'),\n         \
                   userIdentity.sessionContext.attributes.mfaAuthenticated) AS mfa";

pub(super) fn changes(of: Option<&str>, scope: &Scope, reach: Reach) -> Vec<Step> {
    let base = || {
        let select = Select::new(scope);
        let select = of.iter().fold(select, |select, of| select.with(condition(of, reach)));
        select
            .with("NOT readOnly")
            .with("managementEvent")
            .with("errorCode IS NULL")
            .with(format!("eventName NOT IN ({})", texts_over_lines(NOISE)))
    };
    let how = base().by(["eventSource", "eventName"]).columns([COUNTS[0], COUNTS[2], COUNTS[3]]);
    let listed = EVENT.into_iter().filter(|column| *column != "errorCode");
    let list = base().columns(listed).order("eventTime DESC").order("eventID").limit(EVENTS);
    vec![largest_first(how, 2).limit(GROUPS).step("What kind of changes"), list.step("The latest changes")]
}

pub(super) fn logins(scope: &Scope) -> Vec<Step> {
    let sign_ins = || Select::new(scope).with(format!("eventName IN ({})", texts_over_lines(SIGN_INS)));
    let succeeded = "coalesce(element_at(responseElements, 'ConsoleLogin'), 'Success') = 'Success'";
    let users = sign_ins().by(["recipientAccountId", "userIdentity.type", USER]).columns([
        "count(*) AS events",
        &format!("count(*) FILTER (WHERE errorCode IS NOT NULL\n         OR NOT {succeeded}) AS failed"),
        &format!(
            "count(*) FILTER (WHERE element_at(additionalEventData, 'MFAUsed') = 'No'\n         AND {succeeded}) AS withoutMfa"
        ),
        "count(DISTINCT sourceIPAddress) AS addresses",
        COUNTS[3],
    ]);
    let list = sign_ins()
        .columns([
            "eventTime",
            "recipientAccountId",
            "CASE WHEN userIdentity.type = 'Root' THEN 'ROOT' ELSE userIdentity.type END AS type",
            USER,
            "eventName",
            "sourceIPAddress",
            RESULT,
            MFA,
            "eventID",
        ])
        .order("eventTime DESC")
        .order("eventID")
        .limit(EVENTS);
    let suspicious = Select::new(scope)
        .columns([
            "eventTime",
            "recipientAccountId",
            "userIdentity.type",
            USER,
            "sourceIPAddress",
            RESULT,
            MFA,
            "eventID",
        ])
        .with("eventName = 'ConsoleLogin'")
        .any([
            "userIdentity.type = 'Root'".to_owned(),
            "element_at(responseElements, 'ConsoleLogin') = 'Failure'".to_owned(),
            "element_at(additionalEventData, 'MFAUsed') = 'No'".to_owned(),
        ])
        .order("eventTime")
        .order("eventID")
        .limit(EVENTS);
    let federation = Select::new(scope)
        .by([
            "eventName",
            "userIdentity.type",
            "userIdentity.identityProvider",
            "element_at(requestParameters, 'roleArn') AS roleArn",
        ])
        .columns(COUNTS)
        .with("eventName IN ('AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'GetFederationToken')");
    vec![
        suspicious.step("Root, failures, and console logins without MFA"),
        largest_first(users, 3).limit(2 * GROUPS).step("Who signed in"),
        largest_first(federation, 4).limit(GROUPS).step("Federation"),
        list.step("The latest sign-ins"),
    ]
}

/// Names in a list that is broken where a reader would.
fn texts_over_lines(names: &[&str]) -> String {
    let lines: Vec<_> = names.chunks(4).map(|chunk| texts(chunk.iter().copied())).collect();
    lines.join(",\n    ")
}
