//! The planted incidents: small stories an investigation should find, with their answer.

use super::calendar::{DAY, Moment};
use super::caller::{Caller, Origin, Session};
use super::calls::{self, Call, Service};
use super::random::Random;
use super::record::{self, Details, Event};
use super::scene::Scene;
use super::traffic::console_login;
use super::world::{Account, BROWSER, HUMAN_AGENTS, Taken, World};
use std::collections::BTreeMap;

/// A planted incident and what there is to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// A name to look it up by, such as `leaked_access_key`.
    pub name: &'static str,
    /// What happened, in a sentence.
    pub story: &'static str,
    /// The account it happened in.
    pub account: String,
    /// `eventID` of each of its events, in the order they happened.
    pub event_ids: Vec<String>,
    /// What an investigator would want to know: `access_key`, `source_ip`, `bucket` and the like.
    pub facts: BTreeMap<&'static str, String>,
}

/// The incidents of a trail and their events. Addresses in 203.0.113.0/24 occur in incidents only.
pub(crate) fn plant(world: &World, seed: u64, start: Moment, days: i64) -> (Vec<Event>, Vec<Incident>) {
    let mut stage = Stage { world, random: Random::stream(seed, "incidents"), start, days, events: Vec::new() };
    let incidents = vec![
        stage.leaked_access_key(),
        stage.bucket_made_public(),
        stage.security_group_opened(),
        stage.console_without_mfa(),
        stage.privilege_escalation(),
        stage.access_denied_burst(),
    ];
    (stage.events, incidents)
}

struct Stage<'w> {
    world: &'w World,
    random: Random,
    start: Moment,
    days: i64,
    events: Vec<Event>,
}

/// One act of a story: what is called, and what the record says that the catalogue does not.
struct Act<'a> {
    source: &'a str,
    name: &'static str,
    read_only: bool,
    request: &'a str,
    response: &'a str,
}

impl<'a> Act<'a> {
    fn write(source: &'a str, name: &'static str, request: &'a str, response: &'a str) -> Self {
        Self { source, name, read_only: false, request, response }
    }
}

impl<'w> Stage<'w> {
    fn leaked_access_key(&mut self) -> Incident {
        let account = self.account(0);
        let user = account.user("deploy-ci");
        let (address, bucket) = ("203.0.113.66", account.buckets[account.buckets.len() - 1].clone());
        let caller = Caller { address: address.into(), agent: HUMAN_AGENTS[0].into(), ..Caller::user(account, user) };
        let mut moment = self.at(1, 2, 41);
        let first = self.events.len();
        for (source, name, times) in [
            ("sts.amazonaws.com", "GetCallerIdentity", 1),
            ("s3.amazonaws.com", "ListBuckets", 1),
            ("s3.amazonaws.com", "ListObjects", 1),
            ("s3.amazonaws.com", "GetObject", 9),
        ] {
            for _ in 0..times {
                let (service, call) = calls::call(source, name);
                moment = moment.plus(self.random.between(2, 19) as i64);
                self.record(account, moment, &caller, service, call, Details::default(), &[("bucket", &bucket)]);
            }
        }
        self.incident(
            first,
            "leaked_access_key",
            "A build user's access key, used from an address never seen before, looks around and reads one bucket.",
            account,
            &[("access_key", &user.access_key), ("user", &user.name), ("source_ip", address), ("bucket", &bucket)],
        )
    }

    fn bucket_made_public(&mut self) -> Incident {
        let account = self.account(1);
        let user = account.user("bob");
        let bucket = account.buckets[2].clone();
        let caller = Caller::user(account, user);
        let first = self.events.len();
        let acts = [
            Act::write("cloudtrail.amazonaws.com", "StopLogging", r#"{"name":"<trailarn>"}"#, "null"),
            Act::write(
                "s3.amazonaws.com",
                "DeleteBucketPublicAccessBlock",
                r#"{"publicAccessBlock":"","bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com"}"#,
                "null",
            ),
            Act::write(
                "s3.amazonaws.com",
                "PutBucketPolicy",
                r#"{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"everyone","Effect":"Allow","Principal":"*",
                "Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::<bucket>","arn:aws:s3:::<bucket>/*"]}]},
                "bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","policy":""}"#,
                "null",
            ),
            Act::write("cloudtrail.amazonaws.com", "DeleteTrail", r#"{"name":"<trailarn>"}"#, "null"),
        ];
        self.perform(account, self.at(2, 16, 5), &caller, &acts, &[("bucket", &bucket)]);
        let trail = format!("arn:aws:cloudtrail:us-east-1:{}:trail/management", account.id);
        self.incident(
            first,
            "bucket_made_public",
            "Logging is stopped, a bucket is opened to everyone, then the trail is deleted.",
            account,
            &[("user", &user.name), ("bucket", &bucket), ("trail", &trail)],
        )
    }

    fn security_group_opened(&mut self) -> Incident {
        let account = self.account(0);
        let user = account.user("carla");
        let group = account.security_groups[1].clone();
        let caller = Caller::user(account, user);
        let first = self.events.len();
        let acts = [
            Act::write(
                "ec2.amazonaws.com",
                "AuthorizeSecurityGroupIngress",
                r#"{"groupId":"<sg>","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},
                "ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
                r#"{"requestId":"<request>","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"<account>",
                "groupId":"<sg>","securityGroupRuleId":"sgr-0<hex:16>","isEgress":false,"ipProtocol":"tcp","fromPort":22,
                "toPort":22,"cidrIpv4":"0.0.0.0/0"}]}}"#,
            ),
            Act::write(
                "ec2.amazonaws.com",
                "AuthorizeSecurityGroupIngress",
                r#"{"groupId":"<sg>","ipPermissions":{"items":[{"ipProtocol":"-1","groups":{},"ipRanges":{},
                "ipv6Ranges":{"items":[{"cidrIpv6":"::/0","description":"temporary"}]},"prefixListIds":{}}]}}"#,
                r#"{"requestId":"<request>","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"<account>",
                "groupId":"<sg>","securityGroupRuleId":"sgr-0<hex:16>","isEgress":false,"ipProtocol":"-1","fromPort":-1,
                "toPort":-1,"cidrIpv6":"::/0","description":"temporary"}]}}"#,
            ),
        ];
        self.perform(account, self.at(0, 11, 20), &caller, &acts, &[("sg", &group)]);
        self.incident(
            first,
            "security_group_opened",
            "A security group is opened to the world: SSH over IPv4, then everything over IPv6.",
            account,
            &[("user", &user.name), ("security_group", &group)],
        )
    }

    fn console_without_mfa(&mut self) -> Incident {
        let account = self.account(2);
        let address = "203.0.113.20";
        let first = self.events.len();
        let mut moment = self.at(1, 5, 30);
        for (name, failed) in
            [("HIDDEN_DUE_TO_SECURITY_REASONS", true), ("dmitri", true), ("dmitri", true), ("dmitri", false)]
        {
            let user = account.user("dmitri");
            let mut caller = Caller { address: address.into(), ..Caller::sign_in(account, user) };
            if name != user.name {
                // CloudTrail hides a user name that does not exist: it may be a password.
                caller.identity = format!(
                    "{{\"type\":\"IAMUser\",\"accountId\":\"{}\",\"accessKeyId\":\"\",\"userName\":\"{name}\"}}",
                    account.id
                );
            }
            moment = moment.plus(self.random.between(4, 40) as i64);
            self.sign_in(account, moment, &caller, failed);
        }
        let mut root = Caller::root(account, address, false, moment);
        root.identity = format!(
            "{{\"type\":\"Root\",\"principalId\":\"{0}\",\"arn\":\"arn:aws:iam::{0}:root\",\"accountId\":\"{0}\",\"accessKeyId\":\"\"}}",
            account.id
        );
        root.origin = Origin::Program;
        self.sign_in(account, moment.plus(90), &root, false);
        self.incident(
            first,
            "console_without_mfa",
            "After failed attempts a user signs in to the console without MFA, then so does the root user.",
            account,
            &[("user", "dmitri"), ("source_ip", address)],
        )
    }

    fn privilege_escalation(&mut self) -> Incident {
        let account = self.account(1);
        let intruder = account.user("backup");
        let (address, created) = ("203.0.113.99", "support-temp");
        let (key, id) = (self.random.iam_id("AKIA", 20), self.random.iam_id("AIDA", 21));
        let caller = Caller { address: address.into(), ..Caller::user(account, intruder) };
        let first = self.events.len();
        let acts = [
            Act::write(
                "iam.amazonaws.com",
                "CreateUser",
                r#"{"userName":"<created>"}"#,
                r#"{"user":{"path":"/","userName":"<created>","userId":"<createdid>",
                "arn":"arn:aws:iam::<account>:user/<created>","createDate":"<american>"}}"#,
            ),
            Act::write(
                "iam.amazonaws.com",
                "CreateAccessKey",
                r#"{"userName":"<created>"}"#,
                r#"{"accessKey":{"userName":"<created>","accessKeyId":"<createdkey>","status":"Active","createDate":"<american>"}}"#,
            ),
            Act::write(
                "iam.amazonaws.com",
                "AttachUserPolicy",
                r#"{"userName":"<created>","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#,
                "null",
            ),
        ];
        let holes = [("created", created), ("createdid", id.as_str()), ("createdkey", key.as_str())];
        let moment = self.at(2, 3, 12);
        self.perform(account, moment, &caller, &acts, &holes);
        let identity = caller
            .identity
            .replace(&intruder.access_key, &key)
            .replace(&intruder.id, &id)
            .replace(&intruder.name, created);
        let arn = format!("arn:aws:iam::{}:user/{created}", account.id);
        let new_user = Caller { identity, arn, ..caller };
        for (offset, source, name) in
            [(200, "sts.amazonaws.com", "GetCallerIdentity"), (230, "secretsmanager.amazonaws.com", "ListSecrets")]
        {
            let (service, call) = calls::call(source, name);
            self.record(account, moment.plus(offset), &new_user, service, call, Details::default(), &[]);
        }
        self.incident(
            first,
            "privilege_escalation",
            "A backup user makes a new user, gives it a key and AdministratorAccess, and goes on with that key.",
            account,
            &[("user", &intruder.name), ("new_user", created), ("new_access_key", &key), ("source_ip", address)],
        )
    }

    fn access_denied_burst(&mut self) -> Incident {
        let account = self.account(0);
        let role = account.role(Taken::ByInstance);
        let (instance, address) = (account.instances[3].clone(), "203.0.113.140");
        let key = self.random.iam_id("ASIA", 20);
        let moment = self.at(2, 22, 10);
        let session = Session {
            name: &instance,
            access_key: &key,
            mfa: false,
            since: moment.plus(-900),
            address,
            agent: "python-requests/2.32.3",
            origin: Origin::Program,
            federation: Some("{}"),
            extra: &[("ec2RoleDelivery", "1.0")],
        };
        let caller = Caller::session(account, role, &session);
        let first = self.events.len();
        let reads: Vec<_> = calls::services()
            .filter(|service| service.weight > 1)
            .flat_map(|service| service.calls.iter().map(move |call| (service, call)))
            .filter(|(_, call)| call.read_only && call.kind == calls::Kind::Management)
            .collect();
        for n in 0..40 {
            let (service, call) = *self.random.pick(&reads);
            let moment = moment.plus(n * 7 + self.random.below(6) as i64);
            let error = {
                let mut scene = Scene::new(account, "us-east-1", moment, &mut self.random);
                record::access_denied(&mut scene, &caller, service, call)
            };
            let details = Details { error: Some((error.0, Some(error.1))), ..Details::default() };
            self.record(account, moment, &caller, service, call, details, &[]);
        }
        self.incident(
            first,
            "access_denied_burst",
            "An instance's credentials, used from outside, are denied 40 operations in five minutes.",
            account,
            &[("access_key", &key), ("instance", &instance), ("source_ip", address), ("role", &role.name)],
        )
    }

    fn sign_in(&mut self, account: &Account, moment: Moment, caller: &Caller, failed: bool) {
        let caller = Caller { agent: BROWSER.into(), ..caller.clone() };
        let mut scene = Scene::new(account, "us-east-1", moment, &mut self.random);
        self.events.push(console_login(&mut scene, &caller, false, failed));
    }

    fn perform(&mut self, account: &Account, from: Moment, caller: &Caller, acts: &[Act<'_>], holes: &[(&str, &str)]) {
        let mut moment = from;
        for act in acts {
            let service = calls::services().find(|service| service.source == act.source);
            let Some(service) = service else { continue };
            let call = Call { name: act.name, read_only: act.read_only, ..PLAIN };
            let details = Details {
                request: Some(act.request.to_owned()),
                response: Some(act.response.to_owned()),
                ..Details::default()
            };
            self.record(account, moment, caller, service, &call, details, holes);
            moment = moment.plus(self.random.between(8, 45) as i64);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where a story becomes a record")]
    fn record(
        &mut self,
        account: &Account,
        moment: Moment,
        caller: &Caller,
        service: &Service,
        call: &Call,
        details: Details,
        holes: &[(&str, &str)],
    ) {
        let mut scene = Scene::new(account, "us-east-1", moment, &mut self.random);
        for (hole, value) in holes {
            scene.set(hole, value);
        }
        let details = Details { version: Some(11), ..details };
        self.events.push(record::call(&mut scene, caller, service, call, details));
    }

    fn incident(
        &self,
        first: usize,
        name: &'static str,
        story: &'static str,
        account: &Account,
        facts: &[(&'static str, &str)],
    ) -> Incident {
        Incident {
            name,
            story,
            account: account.id.clone(),
            event_ids: self.events[first..].iter().map(|event| event.id.clone()).collect(),
            facts: facts.iter().map(|(fact, value)| (*fact, (*value).to_owned())).collect(),
        }
    }

    fn account(&self, index: usize) -> &'w Account {
        &self.world.accounts[index % self.world.accounts.len()]
    }

    /// A time of day of the trail's days; short trails see several incidents a day.
    fn at(&self, day: i64, hour: i64, minute: i64) -> Moment {
        self.start.plus(day % self.days * DAY + hour * 3600 + minute * 60)
    }
}

const PLAIN: Call = Call {
    name: "",
    read_only: false,
    kind: calls::Kind::Management,
    weight: 0,
    request: "null",
    response: "null",
    resources: "",
    additional: "",
    target: "*",
};
