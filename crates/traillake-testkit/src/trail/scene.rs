//! What the holes of a template are filled with.
//!
//! | hole | value |
//! | --- | --- |
//! | `account` `region` | where the call happens |
//! | `bucket` `key` `prefix` `table` `function` `instance` `sg` `subnet` `vpc` `user` `role` `roleid` | resources of the account |
//! | `keyarn` `secretarn` `topicarn` `trailarn` | the same, as ARNs |
//! | `queue` `db` `cluster` `repo` `asg` `stack` `zone` `parameter` `image` `type` `model` | names made of words |
//! | `word` `team` `text` `email` | people's words; `text` has quotes, back slashes, line ends, other scripts |
//! | `int:LOW:HIGH` `hex:N` `base64:N` `uuid` `bool` `accesskey` `request` | drawn |
//! | `iso` `american` `epochms` `folder` | the moment of the event |

use super::calendar::Moment;
use super::random::Random;
use super::world::{Account, word};

const TEXTS: [&str; 12] = [
    "nightly export",
    "owner said \"keep until May\"",
    "Übersicht für die Buchhaltung",
    "C:\\exports\\daily",
    "first line\nsecond line",
    "請求書の保管",
    "à revoir — voir ticket n° 42",
    "tab\tseparated",
    "cost < 10 € && owner != 'nobody'",
    "😀 rollout 🚀",
    "{\"json\": [1, 2, {\"in\": \"text\"}]}",
    "Проверка",
];
const KEYS: [&str; 8] = [
    "reports/2026/März/Übersicht \"final\".pdf",
    "exports/daily.csv",
    "invoices/2026-02/請求書.pdf",
    "tmp/a b+c%20d&e=f.txt",
    "windows\\path\\file.txt",
    "config/settings.json",
    "photos/😀.jpg",
    "models/weights.safetensors",
];

/// The values of one record: asked twice, a hole gives the same answer.
pub(crate) struct Scene<'a> {
    pub(crate) account: &'a Account,
    pub(crate) region: &'a str,
    pub(crate) moment: Moment,
    pub(crate) random: &'a mut Random,
    known: Vec<(String, String)>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(account: &'a Account, region: &'a str, moment: Moment, random: &'a mut Random) -> Self {
        Self { account, region, moment, random, known: Vec::new() }
    }

    /// Fixes what a hole is filled with.
    pub(crate) fn set(&mut self, hole: &str, value: &str) {
        self.known.push((hole.to_owned(), value.to_owned()));
    }

    /// The value of a hole. Asserts that the hole is one of the table above.
    pub(crate) fn value(&mut self, hole: &str) -> String {
        if let Some((_, value)) = self.known.iter().find(|(known, _)| known == hole) {
            return value.clone();
        }
        let kind = hole.split('#').next().unwrap_or(hole);
        let value = self.draw(kind);
        self.known.push((hole.to_owned(), value.clone()));
        value
    }

    fn draw(&mut self, kind: &str) -> String {
        let (account, region, random) = (self.account, self.region, &mut *self.random);
        match kind {
            "account" => account.id.clone(),
            "region" => region.to_owned(),
            "bucket" => random.pick_early(&account.buckets).clone(),
            "table" => random.pick_early(&account.tables).clone(),
            "function" => random.pick_early(&account.functions).clone(),
            "instance" => random.pick(&account.instances).clone(),
            "sg" => random.pick_early(&account.security_groups).clone(),
            "subnet" => random.pick(&account.subnets).clone(),
            "vpc" => random.pick(&account.vpcs).clone(),
            "user" => random.pick(&account.users).name.clone(),
            "role" => random.pick(&account.roles).name.clone(),
            "roleid" => random.iam_id("AROA", 21),
            "keyarn" => format!("arn:aws:kms:{region}:{}:key/{}", account.id, random.pick_early(&account.keys)),
            "secretarn" => {
                format!("arn:aws:secretsmanager:{region}:{}:secret:{}", account.id, random.pick_early(&account.secrets))
            }
            "topicarn" => format!("arn:aws:sns:{region}:{}:{}-events", account.id, word(random)),
            "trailarn" => format!("arn:aws:cloudtrail:{region}:{}:trail/management", account.id),
            "key" if random.percent(30) => random.pick_early(&KEYS).to_string(),
            "key" => format!("{}/{}/part-{:05}.parquet", word(random), self.moment.folder(), random.below(500)),
            "prefix" => format!("{}/", word(random)),
            "word" => word(random).to_owned(),
            "text" => random.pick(&TEXTS).to_string(),
            "team" => random.pick(&["payments", "platform", "Café", "data science"]).to_string(),
            "email" => format!("{}@example.com", word(random)),
            "iso" => self.moment.iso(),
            "american" => self.moment.american(),
            "epochms" => (self.moment.0 * 1000).to_string(),
            "folder" => self.moment.folder(),
            "uuid" | "request" => random.uuid(),
            "bool" => random.percent(50).to_string(),
            "accesskey" => random.iam_id("ASIA", 20),
            "zone" => format!("Z0{}", random.letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 19)),
            "image" => format!("ami-0{}", random.hex(16)),
            "type" => random.pick(&["t3.medium", "m7g.large", "c7i.2xlarge", "p5.48xlarge"]).to_string(),
            "model" => random.pick(&["amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0"]).to_string(),
            "parameter" => format!("/{}/{}", random.pick(&["prod", "test"]), word(random)),
            "repo" => format!("team/{}", word(random)),
            "queue" => format!("{}-{}", word(random), random.pick(&["jobs", "dead-letters", "events.fifo"])),
            "db" | "cluster" | "asg" | "stack" => format!("{}-{kind}", word(random)),
            _ => self.sized(kind),
        }
    }

    fn sized(&mut self, kind: &str) -> String {
        let mut parts = kind.split(':');
        let name = parts.next().unwrap_or_default();
        let sizes: Vec<u64> = parts.filter_map(|part| part.parse().ok()).collect();
        match (name, sizes.as_slice()) {
            ("int", [low, high]) => self.random.between(*low, *high).to_string(),
            ("hex", [length]) => self.random.hex(*length as usize),
            ("base64", [length]) => self
                .random
                .letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", *length as usize),
            _ => {
                assert!(kind.is_empty(), "no scene knows a <{kind}>: add it to the table, or correct the template");
                String::new()
            }
        }
    }
}
