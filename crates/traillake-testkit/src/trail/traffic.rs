//! Everyday activity: sessions opened and used, users, services, sign-ins, other accounts.

use super::calendar::Moment;
use super::caller::{Caller, Origin, Session};
use super::calls::{self, Service, services};
use super::random::Random;
use super::record::{self, Details, Event};
use super::scene::Scene;
use super::world::{Account, BROWSER, HUMAN_AGENTS, MACHINE_AGENTS, PARTNER, Role, Taken, World};

mod others;

pub(crate) use others::console_login;

/// Length of the time slots activity comes in, in seconds.
pub(crate) const SLOT: i64 = 600;
/// How long a session of a role lives, in seconds.
const SESSION: i64 = 3600;

/// A slot of time in one account and Region, and how many events happen in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) account: usize,
    pub(crate) region: usize,
    pub(crate) start: Moment,
    pub(crate) events: usize,
}

/// Draws the events of a trail, slot by slot in the order of time.
#[derive(Debug)]
pub(crate) struct Traffic<'w> {
    world: &'w World,
    random: Random,
    events: Vec<Event>,
    /// Open sessions of each account.
    sessions: Vec<Vec<Open>>,
}

/// A session of a role that can be used until it ends.
#[derive(Debug, Clone)]
struct Open {
    caller: Caller,
    services: Vec<&'static Service>,
    since: Moment,
}

/// Where one step of the traffic happens.
#[derive(Debug, Clone, Copy)]
struct Place<'w> {
    account: &'w Account,
    index: usize,
    region: &'static str,
    start: Moment,
}

impl<'w> Traffic<'w> {
    pub(crate) fn new(world: &'w World, seed: u64) -> Self {
        let sessions = world.accounts.iter().map(|_| Vec::new()).collect();
        Self { world, random: Random::stream(seed, "traffic"), events: Vec::new(), sessions }
    }

    /// Exactly as many events as the slots ask for.
    pub(crate) fn draw(mut self, slots: &[Slot]) -> Vec<Event> {
        for slot in slots {
            let place = Place {
                account: &self.world.accounts[slot.account],
                index: slot.account,
                region: self.world.regions[slot.region],
                start: slot.start,
            };
            let end = self.events.len() + slot.events;
            while self.events.len() < end {
                self.step(place, end - self.events.len());
            }
        }
        self.events
    }

    /// One caller does something: at least one event, at most `room`.
    fn step(&mut self, place: Place<'w>, room: usize) {
        match self.random.below(100) {
            0..62 if room >= 2 => self.role_session(place, room),
            0..82 => self.user(place, room),
            82..87 => self.aws_service(place),
            87..89 => self.sign_in(place),
            89..91 if room >= 2 => self.assume_across_accounts(place),
            89..92 => self.read_from_outside(place),
            92..94 => self.service_event(place),
            94..96 => self.network(place),
            96 => self.identity_center(place),
            97 => self.federated(place, room),
            _ => self.rarity(place),
        }
    }

    /// Uses an open session of the account, or opens one first.
    fn role_session(&mut self, place: Place<'w>, room: usize) {
        let mut moment = place.start.plus(self.random.below(SLOT as u64 / 2) as i64);
        self.sessions[place.index].retain(|open| open.since.0 + SESSION > moment.0);
        let usable: Vec<_> = self.sessions[place.index].iter().filter(|open| open.since < moment).cloned().collect();
        let mut room = room;
        let open = if !usable.is_empty() && self.random.percent(60) {
            self.random.pick(&usable).clone()
        } else {
            room -= 1;
            self.open_session(place, moment)
        };
        let calls = self.random.between(1, 9).min(room as u64);
        for _ in 0..calls {
            moment = self.later(place, moment);
            self.any_call(place, moment, &open.caller, &open.services);
        }
    }

    /// The event that issues a session's credentials. The access key in its response is the one the session uses.
    fn open_session(&mut self, place: Place<'w>, moment: Moment) -> Open {
        let account = place.account;
        let roles: Vec<_> = account.roles.iter().filter(|role| role.taken != Taken::FromOutside).collect();
        let role = *self.random.pick(&roles);
        let key = self.random.iam_id("ASIA", 20);
        let (name, starter, event) = self.starter(account, role);
        let address = match role.taken {
            Taken::ByInstance => format!("10.0.{}.{}", self.random.below(4), self.random.between(4, 254)),
            Taken::ByFunction => format!("192.0.2.{}", self.random.between(1, 254)),
            _ => starter.address.clone(),
        };
        let agent = *match role.taken {
            Taken::ByPeople => self.random.pick(&HUMAN_AGENTS),
            _ => self.random.pick(&MACHINE_AGENTS),
        };
        let origin = match role.taken {
            Taken::ByInstance => Origin::Vpc,
            Taken::ByPeople if agent == BROWSER => Origin::Console,
            _ => Origin::Program,
        };
        self.issue(place, moment, &starter, event, role, &name, &key, Details::default());
        let provider = format!(
            "{{\"federatedProvider\":\"arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com\",\"attributes\":{{\"ref\":\"refs/heads/main\"}}}}",
            account.id
        );
        let session = Session {
            name: &name,
            access_key: &key,
            mfa: false,
            since: moment,
            address: &address,
            agent,
            origin,
            federation: match role.taken {
                Taken::ByBuild => Some(&provider),
                Taken::ByPeople => None,
                _ => Some("{}"),
            },
            extra: match role.taken {
                Taken::ByInstance => &[("ec2RoleDelivery", "2.0"), ("ec2IssuedInVpc", "vpc-0a1b2c3d4e5f60718")],
                Taken::ByPeople => &[("sourceIdentity", "corp-directory")],
                _ => &[],
            },
        };
        let open =
            Open { caller: Caller::session(account, role, &session), services: role.services.clone(), since: moment };
        self.sessions[place.index].push(open.clone());
        open
    }

    /// Session name, who asks for the session, and by which operation.
    fn starter(&mut self, account: &Account, role: &Role) -> (String, Caller, &'static str) {
        let random = &mut self.random;
        match role.taken {
            Taken::ByInstance => {
                let instance = random.pick(&account.instances).clone();
                (instance, Caller::service(account, "ec2.amazonaws.com"), "AssumeRole")
            }
            Taken::ByFunction => {
                let function = random.pick(&account.functions).clone();
                (function, Caller::service(account, "lambda.amazonaws.com"), "AssumeRole")
            }
            Taken::ByBuild => {
                let name = format!("GitHubActions-{}", random.between(10_000, 99_999));
                let subject = "repo:example/shop:ref:refs/heads/main";
                let address = format!("192.0.2.{}", random.between(1, 254));
                (name, Caller::web_identity(account, subject, &address), "AssumeRoleWithWebIdentity")
            }
            Taken::ByPeople | Taken::FromOutside => {
                let people: Vec<_> = account.users.iter().filter(|user| user.human).collect();
                let person = *random.pick_early(&people);
                let name = format!("{}@example.com", person.name.replace('\'', "."));
                let caller = Caller::saml(account, &name, &person.address);
                (name, caller, "AssumeRoleWithSAML")
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "an issued session is told by all of these; they have no other use together"
    )]
    fn issue(
        &mut self,
        place: Place<'_>,
        moment: Moment,
        starter: &Caller,
        event: &'static str,
        role: &Role,
        name: &str,
        key: &str,
        details: Details,
    ) {
        let (service, call) = calls::call("sts.amazonaws.com", "AssumeRole");
        let call = calls::Call { name: event, ..*call };
        let provider = match event {
            "AssumeRoleWithSAML" => r#""principalArn":"arn:aws:iam::<account>:saml-provider/AWSSSO_DO_NOT_DELETE","#,
            "AssumeRoleWithWebIdentity" => r#""providerId":"token.actions.githubusercontent.com","#,
            _ => "",
        };
        let details = Details {
            request: Some(format!(
                "{{\"roleArn\":\"<rolearn>\",\"roleSessionName\":\"<name>\",{provider}\"durationSeconds\":{SESSION}}}"
            )),
            response: Some(
                r#"{"credentials":{"accessKeyId":"<issued>","sessionToken":"<base64:64>","expiration":"<expiration>"},
                "assumedRoleUser":{"assumedRoleId":"<assumed>","arn":"<assumedarn>"}}"#
                    .to_owned(),
            ),
            ..details
        };
        let mut scene = Scene::new(place.account, place.region, moment, &mut self.random);
        scene.set("rolearn", &place.account.role_arn(role));
        scene.set("role", &format!("{}{}", &role.path[1..], role.name));
        scene.set("name", name);
        scene.set("issued", key);
        scene.set("expiration", &moment.plus(SESSION).american());
        scene.set("assumed", &format!("{}:{name}", role.id));
        scene.set("assumedarn", &format!("arn:aws:sts::{}:assumed-role/{}/{name}", place.account.id, role.name));
        self.events.push(record::call(&mut scene, starter, service, &call, details));
    }

    /// A user with a key of their own, or in the console.
    fn user(&mut self, place: Place<'w>, room: usize) {
        let user = self.random.pick_early(&place.account.users);
        let mut moment = place.start.plus(self.random.below(SLOT as u64 / 2) as i64);
        let caller = if user.human && self.random.percent(40) {
            let key = self.random.iam_id("ASIA", 20);
            Caller::console_user(place.account, user, &key, true, moment)
        } else {
            Caller::user(place.account, user)
        };
        for _ in 0..self.random.between(1, 6).min(room as u64) {
            moment = self.later(place, moment);
            self.any_call(place, moment, &caller, &user.services);
        }
    }

    /// One call to one of the caller's services; some of them fail, some are made by a service for the caller.
    fn any_call(&mut self, place: Place<'_>, moment: Moment, caller: &Caller, among: &[&'static Service]) {
        let service = *self.random.pick_weighted(among, |service| service.weight);
        let call = self.random.pick_weighted(service.calls, |call| call.weight);
        let region = if service.global { "us-east-1" } else { place.region };
        let caller = match self.random.below(200) {
            0..6 => caller.through("cloudformation.amazonaws.com"),
            6..8 => caller.through("athena.amazonaws.com"),
            8 => caller.with_member("invokedByDelegate", &format!("{{\"accountId\":\"{PARTNER}\"}}")),
            _ => caller.clone(),
        };
        let fails = self.random.percent(7);
        let denied = self.random.percent(55) || service.errors.is_empty();
        let addendum = self.addendum();
        let mut scene = Scene::new(place.account, region, moment, &mut self.random);
        let error = match (fails, denied) {
            (false, _) => None,
            (true, true) => {
                let (code, message) = record::access_denied(&mut scene, &caller, service, call);
                Some((code, Some(message)))
            }
            (true, false) => {
                let (code, message) = *scene.random.pick(service.errors);
                let message = fill_error(&mut scene, message);
                Some((code.to_owned(), message))
            }
        };
        let details = Details { error, addendum, ..Details::default() };
        self.events.push(record::call(&mut scene, &caller, service, call, details));
    }

    fn addendum(&mut self) -> Option<String> {
        let text = match self.random.below(400) {
            0..3 => r#"{"reason":"DELIVERY_DELAY"}"#,
            3 => r#"{"reason":"SERVICE_OUTAGE"}"#,
            4 => {
                r#"{"reason":"UPDATED_DATA","updatedFields":"responseElements","originalRequestID":"<uuid#8>","originalEventID":"<uuid#9>"}"#
            }
            _ => return None,
        };
        Some(text.to_owned())
    }

    /// A moment somewhat later in the same slot.
    fn later(&mut self, place: Place<'_>, moment: Moment) -> Moment {
        Moment((moment.0 + self.random.below(40) as i64 + 1).min(place.start.0 + SLOT - 1))
    }

    fn anywhen(&mut self, place: Place<'_>) -> Moment {
        place.start.plus(self.random.below(SLOT as u64) as i64)
    }
}

/// The catalogue's message; `None` where the service gives none.
fn fill_error(scene: &mut Scene<'_>, message: &str) -> Option<String> {
    // A message is plain text until the record is written, so a hole's value goes in unescaped.
    let mut text = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('<') {
        let (hole, after) = after.split_once('>')?;
        text.push_str(before);
        text.push_str(&scene.value(hole));
        rest = after;
    }
    text.push_str(rest);
    (!text.is_empty()).then_some(text)
}

/// The busiest services, for callers with no habits of their own.
fn busy() -> Vec<&'static Service> {
    services().filter(|service| service.weight >= 4).collect()
}
