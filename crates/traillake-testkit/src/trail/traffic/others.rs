//! Callers that are no user and no role session.

use super::{Place, SESSION, Traffic, busy};
use crate::trail::caller::Caller;
use crate::trail::calls::{self, Call};
use crate::trail::record::{self, Details};
use crate::trail::scene::Scene;
use crate::trail::world::{MACHINE_AGENTS, PARTNER, Role, Taken};

/// What AWS services do in an account by themselves.
const SERVICE_CALLS: [(&str, &str, &str); 6] = [
    ("cloudtrail.amazonaws.com", "s3.amazonaws.com", "GetBucketAcl"),
    ("delivery.logs.amazonaws.com", "s3.amazonaws.com", "PutObject"),
    ("lambda.amazonaws.com", "kms.amazonaws.com", "Decrypt"),
    ("s3.amazonaws.com", "kms.amazonaws.com", "GenerateDataKey"),
    ("lambda.amazonaws.com", "ec2.amazonaws.com", "CreateNetworkInterface"),
    ("config.amazonaws.com", "config.amazonaws.com", "PutEvaluations"),
];

/// What AWS tells by itself: source, name, `serviceEventDetails`, `resources`.
const SERVICE_EVENTS: [(&str, &str, &str, &str); 4] = [
    (
        "kms.amazonaws.com",
        "RotateKey",
        r#"{"keyId":"<keyarn>","rotationType":"AUTOMATIC","keyOrigin":"AWS_KMS"}"#,
        r#"[{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"<keyarn>"}]"#,
    ),
    (
        "ecr.amazonaws.com",
        "PolicyExecutionEvent",
        r#"{"repositoryName":"<repo>","lifecycleEventPolicy":{"lifecycleEventRules":[{"rulePriority":1,"description":"<text>",
            "lifecycleEventSelection":{"tagStatus":"Untagged","countType":"SinceImagePushed","countNumber":<int:1:30>}}],
            "policyVersion":1,"failedPolicyImageActions":[]}}"#,
        "",
    ),
    (
        "autoscaling.amazonaws.com",
        "InstanceRefreshCompleted",
        r#"{"autoScalingGroupName":"<asg>","instancesUpdated":<int:1:40>,"succeeded":true,"reason":null}"#,
        "",
    ),
    (
        "cloudtrail.amazonaws.com",
        "QueryCompleted",
        r#"{"queryId":"<uuid>","bytesScanned":<int:1000:9000000>,"filters":{}}"#,
        "",
    ),
];

impl<'w> Traffic<'w> {
    pub(super) fn aws_service(&mut self, place: Place<'w>) {
        let (by, source, name) = *self.random.pick(&SERVICE_CALLS);
        let (service, call) = calls::call(source, name);
        let moment = self.anywhen(place);
        let caller = Caller::service(place.account, by);
        let shared = self.random.percent(50).then(|| self.random.uuid());
        let mut scene = Scene::new(place.account, place.region, moment, &mut self.random);
        let details = Details { shared_event: shared, ..Details::default() };
        self.events.push(record::call(&mut scene, &caller, service, call, details));
    }

    pub(super) fn service_event(&mut self, place: Place<'w>) {
        let (source, name, told, resources) = *self.random.pick(&SERVICE_EVENTS);
        let moment = self.anywhen(place);
        let caller = Caller::aws_internal(place.account);
        let mut scene = Scene::new(place.account, place.region, moment, &mut self.random);
        self.events.push(record::service_event(&mut scene, &caller, source, name, told, resources));
    }

    /// People come in through the console, with a second factor.
    pub(super) fn sign_in(&mut self, place: Place<'w>) {
        let moment = self.anywhen(place);
        let people: Vec<_> = place.account.users.iter().filter(|user| user.human).collect();
        let person = *self.random.pick(&people);
        let caller = Caller::sign_in(place.account, person);
        let failed = self.random.percent(10);
        self.events.push(console_login(
            &mut Scene::new(place.account, "us-east-1", moment, &mut self.random),
            &caller,
            true,
            failed,
        ));
    }

    /// A partner takes on the role made for it. When the partner's account is in the trail too, so is its own record
    /// of the call, under the same `sharedEventID`.
    pub(super) fn assume_across_accounts(&mut self, place: Place<'w>) {
        let moment = self.anywhen(place);
        let owner = place.account;
        let role: &Role = owner.role(Taken::FromOutside);
        let (key, shared, request) = (self.random.iam_id("ASIA", 20), self.random.uuid(), self.random.uuid());
        let details =
            Details { shared_event: Some(shared), request_id: Some(request), version: Some(10), ..Details::default() };
        let name = format!("audit-{}", self.random.hex(6));
        let caller_account = &self.world.accounts[(place.index + 1) % self.world.accounts.len()];
        if caller_account.id == owner.id {
            let principal = self.random.iam_id("AIDA", 21);
            let outside = Caller::other_account(owner, &principal, "192.0.2.200", MACHINE_AGENTS[0]);
            self.issue(place, moment, &outside, "AssumeRole", role, &name, &key, details);
            return;
        }
        let user = caller_account.user("monitoring+eu");
        let caller = Caller::user(caller_account, user);
        let seen = Caller {
            identity: Caller::other_account(owner, &user.id, "", "").identity.replace(PARTNER, &caller_account.id),
            ..caller.clone()
        };
        self.issue(place, moment, &seen, "AssumeRole", role, &name, &key, details.clone());
        // The caller's record names the same role, of the other account, in its own trail.
        let owners = self.events.len() - 1;
        let mut callers = self.events[owners].clone();
        callers.id = self.random.uuid();
        callers.account = caller_account.id.clone();
        callers.text = callers
            .text
            .replace(&seen.identity, &caller.identity)
            .replace(&self.events[owners].id, &callers.id)
            .replace(
                &format!("\"recipientAccountId\":\"{}\"", owner.id),
                &format!("\"recipientAccountId\":\"{}\"", caller_account.id),
            );
        self.events.push(callers);
    }

    /// A partner reads from a bucket that is shared with it.
    pub(super) fn read_from_outside(&mut self, place: Place<'w>) {
        let (service, call) = calls::call("s3.amazonaws.com", "GetObject");
        let moment = self.anywhen(place);
        let caller =
            Caller::other_account(place.account, "AROAPARTNERXXEXAMPLE:reader", "192.0.2.201", MACHINE_AGENTS[1]);
        let shared = self.random.uuid();
        let mut scene = Scene::new(place.account, place.region, moment, &mut self.random);
        let details = Details { shared_event: Some(shared), ..Details::default() };
        self.events.push(record::call(&mut scene, &caller, service, call, details));
    }

    pub(super) fn network(&mut self, place: Place<'w>) {
        let seen = [
            ("s3.amazonaws.com", "GetObject"),
            ("kms.amazonaws.com", "Decrypt"),
            ("secretsmanager.amazonaws.com", "GetSecretValue"),
            ("ec2.amazonaws.com", "DescribeInstances"),
        ];
        let (source, name) = *self.random.pick(&seen);
        let (service, call) = calls::call(source, name);
        let denied = self.random.percent(40);
        let moment = self.anywhen(place);
        let address = format!("10.0.{}.{}", self.random.below(4), self.random.between(4, 254));
        let caller = Caller::other_account(place.account, "AROAPARTNERXXEXAMPLE:intruder", &address, "");
        let mut scene = Scene::new(place.account, place.region, moment, &mut self.random);
        self.events.push(record::network_activity(&mut scene, &caller, service, call, denied));
    }

    pub(super) fn identity_center(&mut self, place: Place<'w>) {
        let moment = self.anywhen(place);
        let (user, credential) = (self.random.uuid(), self.random.hex(40));
        let address = format!("198.51.100.{}", self.random.between(1, 254));
        let caller = Caller::identity_center(place.account, &user, &credential, &address);
        let (service, _) = calls::call("sso.amazonaws.com", "ListAccounts");
        let call = self.random.pick_weighted(service.calls, |call| call.weight);
        let mut scene = Scene::new(place.account, place.region, moment, &mut self.random);
        self.events.push(record::call(&mut scene, &caller, service, call, Details::default()));
    }

    pub(super) fn federated(&mut self, place: Place<'w>, room: usize) {
        let mut moment = self.anywhen(place);
        let user = place.account.user("legacy=etl");
        let key = self.random.iam_id("ASIA", 20);
        let caller = Caller::federated(place.account, user, &key, moment.plus(-SESSION / 2));
        for _ in 0..self.random.between(1, 3).min(room as u64) {
            self.any_call(place, moment, &caller, &busy());
            moment = self.later(place, moment);
        }
    }

    /// Identities seldom seen.
    pub(super) fn rarity(&mut self, place: Place<'w>) {
        let moment = self.anywhen(place);
        match self.random.below(4) {
            0 => {
                let caller = Caller::root(place.account, "198.51.100.1", true, moment.plus(-60));
                self.any_call(place, moment, &caller, &busy());
            }
            1 => {
                let role = place.account.role(Taken::ByInstance);
                let caller = Caller::role(place.account, role, moment.plus(-SESSION));
                self.any_call(place, moment, &caller, &busy());
            }
            2 => {
                let (service, call) = calls::call("ds.amazonaws.com", "DescribeDirectories");
                let caller = Caller::directory(place.account);
                let mut scene = Scene::new(place.account, place.region, moment, &mut self.random);
                self.events.push(record::call(&mut scene, &caller, service, call, Details::default()));
            }
            _ => {
                let caller = Caller::unknown(place.account);
                let told = r#"{"eventRequestDetails":{"dataSourceId":"<uuid>","queryId":"<uuid#2>","dataSourceType":"ATHENA"},
                    "eventResponseDetails":{"rowCount":<int:1:90000>,"cached":<bool>}}"#;
                let mut scene = Scene::new(place.account, place.region, moment, &mut self.random);
                let event =
                    record::service_event(&mut scene, &caller, "quicksight.amazonaws.com", "QueryDatabase", told, "");
                self.events.push(event);
            }
        }
    }
}

/// A sign-in to the console.
pub(crate) fn console_login(scene: &mut Scene<'_>, caller: &Caller, mfa: bool, failed: bool) -> record::Event {
    let (service, call) = SIGN_IN;
    let used = if mfa { "Yes" } else { "No" };
    let identifier = if mfa { "\"MFAIdentifier\":\"arn:aws:iam::<account>:mfa/<word>\"," } else { "" };
    let details = Details {
        error: failed.then(|| (String::new(), Some("Failed authentication".to_owned()))),
        request: Some("null".to_owned()),
        response: Some(format!("{{\"ConsoleLogin\":\"{}\"}}", if failed { "Failure" } else { "Success" })),
        additional: Some(format!(
            "{{\"LoginTo\":\"https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true\",\
             \"MobileVersion\":\"No\",{identifier}\"MFAUsed\":\"{used}\"}}"
        )),
        version: Some(8),
        event_type: Some("AwsConsoleSignIn"),
        hide_resources: true,
        ..Details::default()
    };
    record::call(scene, caller, &service, &call, details)
}

const SIGN_IN: (calls::Service, Call) = (
    calls::Service {
        source: "signin.amazonaws.com",
        api_version: "",
        global: true,
        weight: 0,
        calls: &[],
        errors: &[],
    },
    Call {
        name: "ConsoleLogin",
        read_only: false,
        kind: calls::Kind::Management,
        weight: 0,
        request: "null",
        response: "null",
        resources: "",
        additional: "",
        target: "*",
    },
);
