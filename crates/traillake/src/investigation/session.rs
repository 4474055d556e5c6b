//! Where a session comes from, and what came of it.
//!
//! Temporary credentials are issued by one event and used by others: the access key ties them together. Up goes the
//! event that issued the key, and the key that asked for it; down go the keys that this key asked for. Each hop is a
//! look-up of access keys. A chain has so many [levels](LEVELS_MAX), and a key that was seen is not followed again.

use std::collections::VecDeque;

use super::callers::{CALLER_SHORT, EVENTS, TARGET};
use super::select::{Select, pattern, text, texts};
use super::value::{ISSUED, Kind, issued_condition};
use super::{Answer, Scope, Shown, Step};

/// Levels up, and as many down.
const LEVELS_MAX: usize = 8;
/// Sessions that are followed on each level.
const WIDTH_MAX: usize = 20;
/// Keys that one name stands for.
const KEYS_MAX: u64 = 5;

/// Sessions and the keys they have issued, as trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    hops: Vec<Hop>,
}

/// An access key and what is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hop {
    /// The access key.
    pub key: String,
    /// The event that issued it, if there is one.
    pub issue: Option<Issue>,
    /// How it was used, if it was.
    pub used: Option<Use>,
    /// Whether it is what was asked for, rather than found on the way.
    pub asked: bool,
    /// Sessions that it issued beyond those that are followed.
    pub more: bool,
    parent: Option<usize>,
    level: usize,
}

/// The event that issued a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issue {
    /// When.
    pub time: String,
    /// `AssumeRole`, `GetSessionToken`, `CreateAccessKey` …
    pub event_name: String,
    /// Its id.
    pub event_id: String,
    /// Who asked for it.
    pub caller: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// The role, user or session it was issued for.
    pub of: Option<String>,
    /// Who the caller said to be, throughout a chain of roles.
    pub source_identity: Option<String>,
    caller_key: Option<String>,
}

/// How a key was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// The kind of identity.
    pub identity_type: Option<String>,
    /// Its ARN.
    pub arn: Option<String>,
    /// Events.
    pub events: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// The first of them.
    pub first: String,
    /// The last of them.
    pub last: String,
    /// The addresses they came from: three, if there are more.
    pub addresses: Option<String>,
    /// How many there are.
    pub address_count: u64,
    /// Who the session said to be.
    pub source_identity: Option<String>,
}

impl Chain {
    /// Each hop before those it issued, with its depth in its tree.
    pub fn walk(&self) -> Vec<(usize, &Hop)> {
        let roots = (0..self.hops.len()).filter(|hop| self.hops.get(*hop).is_some_and(|hop| hop.parent.is_none()));
        // The last is taken first.
        let mut open: Vec<(usize, usize)> = roots.rev().map(|root| (0, root)).collect();
        let mut walked = Vec::new();
        while let Some((depth, at)) = open.pop() {
            let Some(hop) = self.hops.get(at) else { continue };
            walked.push((depth, hop));
            let children =
                (0..self.hops.len()).filter(|child| self.hops.get(*child).is_some_and(|hop| hop.parent == Some(at)));
            open.extend(children.rev().map(|child| (depth + 1, child)));
        }
        walked
    }

    /// Whether there is an event of it.
    pub fn is_known(&self) -> bool {
        self.hops.iter().any(|hop| hop.issue.is_some() || hop.used.is_some())
    }

    fn find(&self, key: &str) -> Option<usize> {
        self.hops.iter().position(|hop| hop.key == key)
    }

    /// What was asked for and what came of it.
    fn keys_of_session(&self) -> Vec<&str> {
        let own = |hop: &&Hop| hop.asked || hop.level > 0;
        self.hops.iter().filter(own).map(|hop| hop.key.as_str()).collect()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Session {
    of: String,
    scope: Scope,
    chain: Chain,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    /// Which keys are meant?
    Keys,
    /// Which events issued these?
    Up {
        open: VecDeque<usize>,
        left: usize,
    },
    /// How were these used, and then: what did they issue?
    Used {
        keys: Vec<usize>,
    },
    Down {
        keys: Vec<usize>,
    },
    /// What did the sessions do?
    Events,
    Done,
}

impl Session {
    pub(super) fn new(of: &str, scope: &Scope) -> Self {
        let mut session = Self { of: of.to_owned(), scope: scope.clone(), chain: Chain::default(), phase: Phase::Keys };
        if Kind::of(of) == Kind::AccessKey {
            session.ask_for([of.to_owned()]);
        }
        session
    }

    pub(super) fn chain(&self) -> &Chain {
        &self.chain
    }

    fn ask_for(&mut self, keys: impl IntoIterator<Item = String>) {
        for key in keys {
            if self.chain.find(&key).is_none() {
                self.chain.hops.push(Hop { key, asked: true, ..Hop::default() });
            }
        }
        self.phase = match self.chain.hops.is_empty() {
            true => Phase::Done,
            false => Phase::Up { open: (0..self.chain.hops.len()).collect(), left: LEVELS_MAX },
        };
    }

    pub(super) fn next_step(&mut self) -> Option<Step> {
        let keys = |hops: &[usize]| {
            let keys = hops.iter().filter_map(|at| self.chain.hops.get(*at)).map(|hop| hop.key.as_str());
            keys.map(str::to_owned).collect::<Vec<_>>()
        };
        let (step, shown) = match &self.phase {
            Phase::Keys => (self.keys(), Shown::Chain),
            Phase::Up { open, .. } => (self.issued(self.chain.hops.get(*open.front()?)?.key.as_str()), Shown::Chain),
            Phase::Used { keys: hops } => (self.used(&keys(hops)), Shown::Chain),
            Phase::Down { keys: hops } => (self.issued_by(&keys(hops)), Shown::Chain),
            Phase::Events => (self.events(), Shown::Rows),
            Phase::Done => return None,
        };
        Some(Step { shown, ..step })
    }

    pub(super) fn answered(&mut self, answer: &Answer) {
        match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Keys => {
                let column = |name| (0..answer.rows.len()).filter_map(move |row| answer.value(row, name));
                let keys: Vec<_> = column("accessKeyId").map(str::to_owned).collect();
                self.ask_for(keys);
            }
            Phase::Up { open, left } => self.climb(open, left, answer),
            Phase::Used { keys } => self.take_uses(keys, answer),
            Phase::Down { keys } => self.descend(&keys, answer),
            Phase::Events | Phase::Done => {}
        }
    }

    /// Takes the event that issued the first of the open keys; whoever asked for it is next.
    fn climb(&mut self, mut open: VecDeque<usize>, left: usize, answer: &Answer) {
        let Some(at) = open.pop_front() else { return };
        let mut left = left;
        if let Some(issue) = (!answer.rows.is_empty()).then(|| Issue::of(answer, 0)) {
            let caller_key = issue.caller_key.clone();
            if let Some(hop) = self.chain.hops.get_mut(at) {
                hop.issue = Some(issue);
            }
            if let Some(key) = caller_key {
                let parent = match self.chain.find(&key) {
                    // A key that issued itself would be its own parent.
                    Some(known) => (!self.is_above(at, known)).then_some(known),
                    None if left > 0 => {
                        self.chain.hops.push(Hop { key, ..Hop::default() });
                        let parent = self.chain.hops.len() - 1;
                        open.push_front(parent);
                        left -= 1;
                        Some(parent)
                    }
                    None => None,
                };
                if let Some(hop) = self.chain.hops.get_mut(at) {
                    hop.parent = parent;
                }
            }
        }
        self.phase = match open.is_empty() {
            true => Phase::Used { keys: (0..self.chain.hops.len()).collect() },
            false => Phase::Up { open, left },
        };
    }

    /// Whether one hop is the other, or above it.
    fn is_above(&self, above: usize, below: usize) -> bool {
        let mut at = Some(below);
        // A chain has no more hops than there are.
        for _ in 0..=self.chain.hops.len() {
            match at {
                Some(hop) if hop == above => return true,
                Some(hop) => at = self.chain.hops.get(hop).and_then(|hop| hop.parent),
                None => return false,
            }
        }
        true
    }

    fn take_uses(&mut self, keys: Vec<usize>, answer: &Answer) {
        for row in 0..answer.rows.len() {
            let hop = answer.value(row, "accessKeyId").and_then(|key| self.chain.find(key));
            if let Some(hop) = hop.and_then(|at| self.chain.hops.get_mut(at)) {
                hop.used = Some(Use::of(answer, row));
            }
        }
        // Only what was asked for is followed down; what stands above it has other children, too.
        let own =
            |at: &usize| self.chain.hops.get(*at).is_some_and(|hop| hop.used.is_some() && (hop.asked || hop.level > 0));
        let keys: Vec<_> = keys.into_iter().filter(own).collect();
        self.phase = match keys.is_empty() {
            true if !self.chain.is_known() => Phase::Done,
            true => Phase::Events,
            false => Phase::Down { keys },
        };
    }

    fn descend(&mut self, callers: &[usize], answer: &Answer) {
        let level =
            1 + callers.iter().filter_map(|at| self.chain.hops.get(*at)).map(|hop| hop.level).max().unwrap_or(0);
        let mut fresh = Vec::new();
        for row in 0..answer.rows.len() {
            let issue = Issue::of(answer, row);
            let caller = issue.caller_key.as_deref().and_then(|key| self.chain.find(key));
            let (Some(key), Some(parent)) = (answer.value(row, "issued"), caller) else { continue };
            if self.chain.find(key).is_some() {
                continue;
            }
            if fresh.len() == WIDTH_MAX {
                if let Some(parent) = self.chain.hops.get_mut(parent) {
                    parent.more = true;
                }
                continue;
            }
            let hop = Hop { key: key.to_owned(), issue: Some(issue), parent: Some(parent), level, ..Hop::default() };
            self.chain.hops.push(hop);
            fresh.push(self.chain.hops.len() - 1);
        }
        self.phase = match fresh.is_empty() || level > LEVELS_MAX {
            true => Phase::Events,
            false => Phase::Used { keys: fresh },
        };
    }

    /// The keys of a session that is given by its ARN, its name or one of its events.
    fn keys(&self) -> Step {
        let of = &self.of;
        let key = "userIdentity.accessKeyId";
        match Kind::of(of) {
            Kind::Uuid => {
                let [temporary, lasting] = ISSUED;
                let key = format!("coalesce({key}, {temporary}, {lasting}) AS accessKeyId");
                let select = Select::of_all(&self.scope).columns([key.as_str(), "eventTime", "eventName"]);
                select.with(format!("eventID = {}", text(of))).exactly(KEYS_MAX).step("The key of the event")
            }
            kind => {
                let condition = match kind {
                    Kind::Arn => format!("userIdentity.arn = {}", text(of)),
                    _ => format!("userIdentity.arn LIKE {}", pattern("%/", of, "")),
                };
                Select::new(&self.scope)
                    .by([key])
                    .columns(["count(*) AS events", "max(eventTime) AS lastTime"])
                    .with(condition)
                    .with(format!("{key} IS NOT NULL"))
                    .order("lastTime DESC")
                    .exactly(KEYS_MAX)
                    .step("The latest keys of the session")
            }
        }
    }

    fn issuing(&self, scope: &Scope) -> Select {
        let [temporary, lasting] = ISSUED;
        let issued = format!("coalesce({temporary},\n         {lasting}) AS issued");
        let of = "coalesce(json_extract_scalar(element_at(responseElements, 'assumedRoleUser'), '$.arn'),\n         \
                  element_at(requestParameters, 'roleArn'), element_at(requestParameters, 'userName')) AS issuedFor";
        Select::new(scope).columns([
            "eventTime",
            "eventName",
            CALLER_SHORT,
            "userIdentity.accessKeyId AS callerKey",
            "sourceIPAddress",
            "userIdentity.sessionContext.sourceIdentity",
            of,
            issued.as_str(),
            "eventID",
        ])
    }

    fn issued(&self, key: &str) -> Step {
        // Whoever issued the key may have done so before the times in question.
        let all = Scope { store: self.scope.store.clone(), ..Scope::default() };
        // Of a role of another account both accounts have a record; one names the caller's key.
        self.issuing(&all)
            .with(issued_condition(key))
            .order("userIdentity.accessKeyId NULLS LAST")
            .order("eventTime")
            .exactly(1)
            .step("Which event issued the key")
    }

    fn used(&self, keys: &[String]) -> Step {
        Select::new(&self.scope)
            .by(["userIdentity.accessKeyId"])
            .columns([
                "max(userIdentity.type) AS type",
                "max(userIdentity.arn) AS arn",
                "max(userIdentity.sessionContext.sourceIdentity) AS sourceIdentity",
                "count(*) AS events",
                "count(errorCode) AS failed",
                "min(eventTime) AS firstTime",
                "max(eventTime) AS lastTime",
                "count(DISTINCT sourceIPAddress) AS addressCount",
                "array_join(slice(array_sort(array_agg(DISTINCT sourceIPAddress)), 1, 3), ', ') AS addresses",
            ])
            .with(in_keys(keys))
            .order("firstTime")
            .step("How the keys were used")
    }

    fn issued_by(&self, keys: &[String]) -> Step {
        self.issuing(&self.scope)
            .any(ISSUED.iter().map(|issued| format!("{issued} IS NOT NULL")))
            .with(in_keys(keys))
            .with(
                "eventName IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity',\n    \
                 'AssumeRoot', 'GetSessionToken', 'GetFederationToken', 'CreateAccessKey')",
            )
            .order("eventTime")
            .order("eventID")
            // One more tells that there are more.
            .exactly(WIDTH_MAX as u64 + 1)
            .step("Which keys they issued")
    }

    fn events(&mut self) -> Step {
        let keys: Vec<_> = self.chain.keys_of_session().into_iter().map(str::to_owned).collect();
        Select::new(&self.scope)
            .columns([
                "eventTime",
                "userIdentity.accessKeyId",
                "eventName",
                "sourceIPAddress",
                "errorCode",
                TARGET,
                "eventID",
            ])
            .with(in_keys(&keys))
            .order("eventTime")
            .order("eventID")
            .limit(EVENTS)
            .step("What was done with it")
    }
}

fn in_keys(keys: &[String]) -> String {
    match keys {
        [one] => format!("userIdentity.accessKeyId = {}", text(one)),
        several => {
            let lines: Vec<_> = several.chunks(4).map(|keys| texts(keys.iter().map(String::as_str))).collect();
            format!("userIdentity.accessKeyId IN ({})", lines.join(",\n    "))
        }
    }
}

impl Issue {
    fn of(answer: &Answer, row: usize) -> Self {
        let value = |column| answer.value(row, column).map(str::to_owned);
        Self {
            time: value("eventTime").unwrap_or_default(),
            event_name: value("eventName").unwrap_or_default(),
            event_id: value("eventID").unwrap_or_default(),
            caller: value("caller"),
            address: value("sourceIPAddress"),
            of: value("issuedFor"),
            source_identity: value("sourceIdentity"),
            caller_key: value("callerKey"),
        }
    }
}

impl Use {
    fn of(answer: &Answer, row: usize) -> Self {
        let value = |column| answer.value(row, column).map(str::to_owned);
        Self {
            identity_type: value("type"),
            arn: value("arn"),
            events: answer.count(row, "events"),
            failed: answer.count(row, "failed"),
            first: value("firstTime").unwrap_or_default(),
            last: value("lastTime").unwrap_or_default(),
            addresses: value("addresses"),
            address_count: answer.count(row, "addressCount"),
            source_identity: value("sourceIdentity"),
        }
    }
}

#[cfg(test)]
mod tests;
