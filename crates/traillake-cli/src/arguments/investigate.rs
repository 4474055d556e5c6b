//! The verbs of an investigation.
//!
//! This is their list: the command line and the shell take it from here.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Parser, Subcommand};
use traillake::investigation::{Scope, Verb};

use super::{Limits, Written, import};
use crate::config::Settings;

/// More rows are a matter for `query`.
const ROWS_MAX: u64 = 100_000;

/// A question of an investigation.
#[derive(Debug, Subcommand)]
pub(crate) enum Investigate {
    /// Who is it: identities, actions, addresses, keys
    #[command(long_about = ABOUT_WHO, after_long_help = AFTER_WHO)]
    Who(Who),
    /// Whose access key it is, who issued it, what it did
    #[command(long_about = ABOUT_KEY, after_long_help = AFTER_KEY)]
    Key(Key),
    /// Who came from an address or network, and what for
    #[command(after_long_help = AFTER_IP)]
    Ip(Ip),
    /// Where a session comes from, and what came of it
    #[command(long_about = ABOUT_SESSION, after_long_help = AFTER_SESSION)]
    Session(Session),
    /// Who touched a resource, how and when
    #[command(long_about = ABOUT_RESOURCE, after_long_help = AFTER_RESOURCE)]
    Resource(Resource),
    /// What happened around an event
    #[command(long_about = ABOUT_AROUND, after_long_help = AFTER_AROUND)]
    Around(Around),
    /// One event, whole, as it was delivered
    #[command(after_long_help = AFTER_EVENT)]
    Event(Event),
    /// When values were first seen
    #[command(long_about = ABOUT_SIGHT, after_long_help = AFTER_FIRST)]
    First(Sight),
    /// When values were last seen
    #[command(long_about = ABOUT_SIGHT, after_long_help = AFTER_LAST)]
    Last(Sight),
    /// What fails: errors, services, callers, times
    #[command(after_long_help = AFTER_ERRORS)]
    Errors(Plain),
    /// Who is denied what, and bursts of it
    #[command(after_long_help = AFTER_DENIED)]
    Denied(Plain),
    /// Events over time, all or those with a value
    #[command(long_about = ABOUT_TIMELINE, after_long_help = AFTER_TIMELINE)]
    Timeline(Of),
    /// What was changed, by whom or of what, without noise
    #[command(long_about = ABOUT_CHANGES, after_long_help = AFTER_CHANGES)]
    Changes(Of),
    /// Who signed in: console, roles, federation, MFA, root
    #[command(after_long_help = AFTER_LOGINS)]
    Logins(Plain),
    /// Where and when there are events, and days without any
    #[command(long_about = ABOUT_COVERAGE, after_long_help = AFTER_COVERAGE)]
    Coverage(Plain),
}

const ABOUT_WHO: &str = "\
Who is it: identities, actions, addresses, places, keys, agents.

Takes an ARN, the name of a user, role or session, an account, an access key, a principal id (AIDA…, AROA…), a service \
(ec2.amazonaws.com) or root.";
const AFTER_WHO: &str = "\
Examples:
  traillake who deploy-ci
  traillake who arn:aws:iam::444455556666:user/bob --since 2026-03-02
  traillake who 111122223333 --region eu-central-1 --limit 25
";

const ABOUT_KEY: &str = "\
Whose access key it is, which event issued it, from where it was used, what it did, and what was done to it.";
const AFTER_KEY: &str = "\
Examples:
  traillake key AKIAW7TDYGFVJEXAMPLE
  traillake key ASIAU7K7WWUSTEXAMPLE --store trail --quiet
";

const AFTER_IP: &str = "\
Examples:
  traillake ip 203.0.113.66
  traillake ip 203.0.113.0/24 --since 2026-03-01
";

const ABOUT_SESSION: &str = "\
Where a session comes from, and what came of it: up through the events that issued its keys, down through the keys it \
issued, as a tree; then what was done with it.

Takes an access key, the ARN or the name of a session, or the id of an event of it. Eight levels either way, and twenty \
sessions on a level, are followed.";
const AFTER_SESSION: &str = "\
Examples:
  traillake session ASIAU7K7WWUSTEXAMPLE
  traillake session arn:aws:sts::111122223333:assumed-role/orders-api-instance/i-0c7d0d953324416b6
  traillake session 36c05618-c303-4cbf-83b9-c29000a4ddff
";

const ABOUT_RESOURCE: &str = "\
Who touched a resource, how and when.

Takes an ARN, a name or an id: of a bucket, an instance, a group, a key, a trail. It is looked for everywhere in events, \
in JSON of any depth. What stands in very many events is looked for in the columns and parameters that name \
resources, which is told; --everywhere insists.";
const AFTER_RESOURCE: &str = "\
Examples:
  traillake resource example-refund-3333
  traillake resource sg-0c567ec05b076d9c1 --since 2026-03-01
  traillake resource arn:aws:cloudtrail:us-east-1:111122223333:trail/management
";

const ABOUT_AROUND: &str = "\
What the same access key, caller, address or account did before and after an event. The event itself is marked; of the \
others the column `same` says what they share with it first.";
const AFTER_AROUND: &str = "\
Examples:
  traillake around 36c05618-c303-4cbf-83b9-c29000a4ddff
  traillake around 36c05618-c303-4cbf-83b9-c29000a4ddff 30m --limit 200
";

const AFTER_EVENT: &str = "\
Examples:
  traillake event 36c05618-c303-4cbf-83b9-c29000a4ddff
  traillake event 36c05618-c303-4cbf-83b9-c29000a4ddff --format jsonl
";

const ABOUT_SIGHT: &str = "\
When values were first or last seen, wherever they stand: an access key, an address, an ARN, a bucket, a name.

What stands in very many events is looked for in the columns that hold such values, which is told; --everywhere insists.";
const AFTER_FIRST: &str = "\
Examples:
  traillake first 203.0.113.66
  traillake first AKIAIOSFODNN7EXAMPLE 203.0.113.66 exfil-bucket
";
const AFTER_LAST: &str = "\
Examples:
  traillake last AKIAW7TDYGFVJEXAMPLE
  traillake last ana carla --account 111122223333
";

const AFTER_ERRORS: &str = "\
Examples:
  traillake errors --since 2d
  traillake errors --account 111122223333 --region us-east-1
";

const AFTER_DENIED: &str = "\
Examples:
  traillake denied
  traillake denied --since 2026-03-03 --until 2026-03-04 --limit 50
";

const ABOUT_TIMELINE: &str = "\
Events over time: by the second, minute, hour, day, week or month, as their span wants it. With a value, only \
those it stands in, which are then listed, oldest first.";
const AFTER_TIMELINE: &str = "\
Examples:
  traillake timeline --since 2026-03-01 --until 2026-03-02
  traillake timeline 203.0.113.66
";

const ABOUT_CHANGES: &str = "\
What was created, changed or deleted: management events that succeeded and do not only read, without sessions that \
begin and agents that report. With a value, only those it stands in: a caller or a resource.";
const AFTER_CHANGES: &str = "\
Examples:
  traillake changes --since 12h
  traillake changes bob
  traillake changes sg-0c567ec05b076d9c1
";

const AFTER_LOGINS: &str = "\
Examples:
  traillake logins
  traillake logins --account 111122223333 --since 2026-03-01
";

const ABOUT_COVERAGE: &str = "\
From which accounts and Regions there are events, day by day.

As a table it is a matrix: ░ ▒ ▓ █ are few to many events, · is a day without any. Many days are folded to weeks, months, \
quarters or years; there - is a cell with days without events. The other formats give a row for each account, Region and day.";
const AFTER_COVERAGE: &str = "\
Examples:
  traillake coverage
  traillake coverage --since 2026-01-01 --format csv
";

/// What all verbs take.
#[derive(Debug, Args)]
pub(crate) struct Shared {
    /// Only events from this time on, UTC: 2026-01-02, 2026-01-02T03:04:05Z, or how long ago: 30m, 12h, 2d, 3w
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) since: Option<i64>,

    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) until: Option<i64>,

    /// Only events that this account received
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,

    /// Only events of this Region
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,

    /// Rows of each answer (default: as many as are worth reading)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=ROWS_MAX))]
    pub(crate) limit: Option<u64>,

    /// The event data store (default: the lake's only one)
    #[arg(long, value_name = "NAME")]
    pub(crate) store: Option<String>,

    /// Ask log files without a lake; may be given several times
    #[arg(long, value_name = "SOURCE", conflicts_with = "store")]
    pub(crate) from: Vec<String>,

    /// Look everywhere for a value, however long that takes
    #[arg(long)]
    pub(crate) everywhere: bool,

    /// Print the SQL only, ready to be pasted
    #[arg(long)]
    pub(crate) sql: bool,

    /// Neither the SQL nor what was read, only answers
    #[arg(long, short)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) written: Written,

    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// `who`.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// An ARN, name, account, access key, principal id or service
    #[arg(value_parser = value)]
    pub(crate) identity: String,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// `key`.
#[derive(Debug, Args)]
pub(crate) struct Key {
    /// The access key: AKIA… or ASIA…
    #[arg(value_parser = access_key)]
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// `ip`.
#[derive(Debug, Args)]
pub(crate) struct Ip {
    /// An address, or a network in CIDR notation
    #[arg(value_name = "ADDRESS", value_parser = network)]
    pub(crate) network: String,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// `session`.
#[derive(Debug, Args)]
pub(crate) struct Session {
    /// An access key, the ARN or name of a session, or an event id
    #[arg(value_name = "SESSION", value_parser = value)]
    pub(crate) of: String,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// `resource`.
#[derive(Debug, Args)]
pub(crate) struct Resource {
    /// An ARN, name or id
    #[arg(value_parser = value)]
    pub(crate) resource: String,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// `around`.
#[derive(Debug, Args)]
pub(crate) struct Around {
    /// The id of the event
    #[arg(value_name = "EVENT_ID", value_parser = value)]
    pub(crate) event: String,

    /// How long before and after it: 30s, 5m, 2h, 1d
    #[arg(default_value = "5m", value_parser = span)]
    pub(crate) span: u64,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// `event`.
#[derive(Debug, Args)]
pub(crate) struct Event {
    /// The id of the event
    #[arg(value_name = "EVENT_ID", value_parser = value)]
    pub(crate) event: String,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// `first` and `last`.
#[derive(Debug, Args)]
pub(crate) struct Sight {
    /// The values
    #[arg(required = true, value_name = "VALUE", value_parser = value)]
    pub(crate) values: Vec<String>,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// Verbs that may be about a value.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// Only events that this stands in
    #[arg(value_name = "VALUE", value_parser = value)]
    pub(crate) of: Option<String>,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// Verbs about everything.
#[derive(Debug, Args)]
pub(crate) struct Plain {
    #[command(flatten)]
    pub(crate) shared: Shared,
}

impl Investigate {
    /// Reads a verb with its arguments as the shell has them, without quotes around.
    pub(crate) fn parse(words: &[String]) -> Result<Self, clap::Error> {
        #[derive(Parser)]
        #[command(no_binary_name = true, disable_help_subcommand = true)]
        struct Typed {
            #[command(subcommand)]
            verb: Investigate,
        }
        Typed::try_parse_from(words).map(|typed| typed.verb)
    }

    /// The name of each verb, how it is used and what it answers.
    pub(crate) fn verbs() -> Vec<(String, String, String)> {
        let all = Self::augment_subcommands(clap::Command::new("traillake"));
        let used = |verb: &clap::Command| {
            let values = verb.get_positionals().map(|value| match value.is_required_set() {
                true => value.to_string().replace(['<', '>'], "").replace("...", "…"),
                false => value.to_string(),
            });
            values.collect::<Vec<_>>().join(" ")
        };
        let about = |verb: &clap::Command| verb.get_about().map(ToString::to_string).unwrap_or_default();
        all.get_subcommands().map(|verb| (verb.get_name().to_owned(), used(verb), about(verb))).collect()
    }

    /// What is asked, as the library takes it.
    pub(crate) fn verb(&self) -> Verb {
        match self {
            Investigate::Who(who) => Verb::Who { identity: who.identity.clone() },
            Investigate::Key(key) => Verb::Key { key: key.key.clone() },
            Investigate::Ip(ip) => Verb::Ip { network: ip.network.clone() },
            Investigate::Session(session) => Verb::Session { of: session.of.clone() },
            Investigate::Resource(resource) => Verb::Resource { resource: resource.resource.clone() },
            Investigate::Around(around) => Verb::Around { event: around.event.clone(), span_ms: around.span },
            Investigate::Event(event) => Verb::Event { event: event.event.clone() },
            Investigate::First(sight) => Verb::First { values: sight.values.clone() },
            Investigate::Last(sight) => Verb::Last { values: sight.values.clone() },
            Investigate::Errors(_) => Verb::Errors,
            Investigate::Denied(_) => Verb::Denied,
            Investigate::Timeline(of) => Verb::Timeline { value: of.of.clone() },
            Investigate::Changes(of) => Verb::Changes { of: of.of.clone() },
            Investigate::Logins(_) => Verb::Logins,
            Investigate::Coverage(_) => Verb::Coverage,
        }
    }

    /// What all verbs take.
    pub(crate) fn shared(&self) -> &Shared {
        match self {
            Investigate::Who(Who { shared, .. })
            | Investigate::Key(Key { shared, .. })
            | Investigate::Ip(Ip { shared, .. })
            | Investigate::Session(Session { shared, .. })
            | Investigate::Resource(Resource { shared, .. })
            | Investigate::Around(Around { shared, .. })
            | Investigate::Event(Event { shared, .. })
            | Investigate::First(Sight { shared, .. })
            | Investigate::Last(Sight { shared, .. })
            | Investigate::Timeline(Of { shared, .. })
            | Investigate::Changes(Of { shared, .. })
            | Investigate::Errors(Plain { shared })
            | Investigate::Denied(Plain { shared })
            | Investigate::Logins(Plain { shared })
            | Investigate::Coverage(Plain { shared }) => shared,
        }
    }

    fn shared_mut(&mut self) -> &mut Shared {
        match self {
            Investigate::Who(Who { shared, .. })
            | Investigate::Key(Key { shared, .. })
            | Investigate::Ip(Ip { shared, .. })
            | Investigate::Session(Session { shared, .. })
            | Investigate::Resource(Resource { shared, .. })
            | Investigate::Around(Around { shared, .. })
            | Investigate::Event(Event { shared, .. })
            | Investigate::First(Sight { shared, .. })
            | Investigate::Last(Sight { shared, .. })
            | Investigate::Timeline(Of { shared, .. })
            | Investigate::Changes(Of { shared, .. })
            | Investigate::Errors(Plain { shared })
            | Investigate::Denied(Plain { shared })
            | Investigate::Logins(Plain { shared })
            | Investigate::Coverage(Plain { shared }) => shared,
        }
    }

    /// Takes what is settled where nothing was typed.
    pub(super) fn settle(&mut self, settings: &Settings) {
        let shared = self.shared_mut();
        shared.written.settle(settings);
        shared.limits.settle(settings);
    }

    /// Which events count, in the store the SQL is to name.
    pub(crate) fn scope(&self, store: Option<&str>) -> Scope {
        let Shared { since, until, account, region, limit, .. } = self.shared();
        Scope {
            store: store.map(str::to_owned),
            since_ms: *since,
            until_ms: *until,
            account: account.clone(),
            region: region.clone(),
            limit: *limit,
        }
    }
}

fn value(typed: &str) -> Result<String, &'static str> {
    match typed.trim() {
        "" => Err("give a value, as an ARN, a name, an id or an address"),
        value => Ok(value.to_owned()),
    }
}

fn access_key(typed: &str) -> Result<String, &'static str> {
    let key = typed.trim().to_ascii_uppercase();
    let is_key = key.len() >= 16 && key.len() <= 128 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match is_key {
        true => Ok(key),
        false => Err("an access key has 16 and more letters and digits, as AKIAIOSFODNN7EXAMPLE; \
                      `who` takes names, `find` takes parts"),
    }
}

fn network(typed: &str) -> Result<String, &'static str> {
    let (address, bits) = typed.split_once('/').map_or((typed, None), |(address, bits)| (address, Some(bits)));
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => {
            return Err("give an address or a network, as 203.0.113.66, 203.0.113.0/24 or 2001:db8::/32; \
                        `who` takes services");
        }
    };
    match bits.map(str::parse::<u8>) {
        None => Ok(typed.to_owned()),
        Some(Ok(bits)) if bits <= most => Ok(typed.to_owned()),
        Some(_) => Err("behind / stand the bits of the network, up to 32, or 128 for IPv6"),
    }
}

/// `30s`, `5m`, `12h`, `2d`, `3w` in milliseconds.
fn span(typed: &str) -> Result<u64, &'static str> {
    let wrong = "give a number and a unit: 30s, 5m, 12h, 2d, 3w";
    let unit = typed.chars().last().ok_or(wrong)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong),
    };
    let number: u64 = typed.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or(wrong)?;
    number
        .checked_mul(seconds * 1000)
        .filter(|millis| *millis <= SPAN_MAX_MS)
        .ok_or("that is longer than CloudTrail has been")
}

const SPAN_MAX_MS: u64 = 50 * 366 * 86_400_000;

/// An instant, or how long ago it was, in milliseconds since 1970.
fn instant(typed: &str) -> Result<i64, String> {
    if let Ok(ago) = span(typed) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| "the clock is not set".to_owned())?;
        let millis = |millis: u128| i64::try_from(millis).unwrap_or(i64::MAX);
        // Whole seconds read better in SQL.
        return Ok((millis(now.as_millis()) - millis(ago.into())) / 1000 * 1000);
    }
    import::instant(typed).map_err(|wrong| format!("{wrong}, or how long ago, as 12h or 2d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Investigate, clap::Error> {
        Investigate::parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_shell_has_the_verbs_of_the_command_line() {
        let verb = parse("who ana --since 2026-03-01 --limit 5").unwrap();
        assert_eq!(verb.verb(), Verb::Who { identity: "ana".into() });
        let scope = verb.scope(Some("trail"));
        assert_eq!(
            (scope.since_ms, scope.limit, scope.store.as_deref()),
            (Some(1_772_323_200_000), Some(5), Some("trail"))
        );
        assert!(parse("whom ana").unwrap_err().to_string().contains("who"));
        assert!(parse("who --help").unwrap_err().to_string().contains("traillake who deploy-ci"));
    }

    #[test]
    fn what_is_malformed_is_answered_with_the_form() {
        for (line, form) in [
            ("key ana", "AKIAIOSFODNN7EXAMPLE"),
            ("ip 203.0.113.999", "203.0.113.0/24"),
            ("ip 203.0.113.0/33", "up to 32"),
            ("around x 5", "5m"),
            ("who ana --since yesterday", "2d"),
            ("who ana --limit 0", "1..=100000"),
            ("first", "VALUE"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(form), "{line}: {error}");
        }
    }

    #[test]
    fn spans_are_numbers_with_a_unit() {
        for (typed, millis) in [("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000), ("0s", 0)] {
            assert_eq!(span(typed), Ok(millis));
        }
        for typed in ["", "5", "m", "-5m", "5 m", "5é", "99999999999999999999d", "99999999999d"] {
            assert!(span(typed).is_err(), "{typed}");
        }
    }
}
