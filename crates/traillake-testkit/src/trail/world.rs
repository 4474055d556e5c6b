//! The accounts of a trail: who is in them and what they own. Drawn once, before the first event.

use super::calls::{Service, services};
use super::random::Random;

/// The account ids of AWS's documentation come first, so that small trails hold no one's account.
const ACCOUNTS: [&str; 6] =
    ["111122223333", "444455556666", "777788889999", "123456789012", "555566667777", "222233334444"];
/// An account outside of the trail that assumes roles in it and reads from its buckets.
pub(crate) const PARTNER: &str = "999988887777";
const REGIONS: [&str; 8] = [
    "us-east-1",
    "eu-central-1",
    "ap-southeast-2",
    "us-west-2",
    "eu-west-1",
    "ap-northeast-1",
    "sa-east-1",
    "ca-central-1",
];
const WORDS: [&str; 20] = [
    "orders", "billing", "search", "catalog", "ledger", "inbox", "metrics", "gateway", "profile", "shipping", "audit",
    "pricing", "refund", "export", "render", "webhook", "session", "archive", "forecast", "staging",
];
const PEOPLE: [&str; 8] = ["alice", "bob", "carla", "dmitri", "emeka", "fatima", "george.o'neil", "hye-jin"];
const MACHINES: [&str; 4] = ["deploy-ci", "backup", "monitoring+eu", "legacy=etl"];
const DATA_SERVICES: [&str; 8] = ["s3", "dynamodb", "kms", "sqs", "sns", "secretsmanager", "logs", "ssm"];

/// Everything that stands still while the events happen.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) accounts: Vec<Account>,
    pub(crate) regions: Vec<&'static str>,
}

/// One account and what it owns.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) users: Vec<User>,
    pub(crate) roles: Vec<Role>,
    pub(crate) buckets: Vec<String>,
    pub(crate) tables: Vec<String>,
    pub(crate) functions: Vec<String>,
    pub(crate) instances: Vec<String>,
    pub(crate) security_groups: Vec<String>,
    pub(crate) subnets: Vec<String>,
    pub(crate) vpcs: Vec<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) secrets: Vec<String>,
    pub(crate) endpoint: String,
    pub(crate) root_key: String,
    pub(crate) directory: String,
}

/// An IAM user with an access key of their own.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) access_key: String,
    pub(crate) human: bool,
    pub(crate) address: String,
    pub(crate) agent: &'static str,
    pub(crate) services: Vec<&'static Service>,
}

/// Who takes on a role, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// By people, through IAM Identity Center (`AssumeRoleWithSAML`).
    ByPeople,
    /// By EC2 for an instance.
    ByInstance,
    /// By Lambda for a function.
    ByFunction,
    /// By a build, with a web identity token (`AssumeRoleWithWebIdentity`).
    ByBuild,
    /// From another account.
    FromOutside,
}

/// An IAM role.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) path: &'static str,
    pub(crate) id: String,
    pub(crate) taken: Taken,
    pub(crate) services: Vec<&'static Service>,
}

impl World {
    pub(crate) fn new(seed: u64, accounts: usize, regions: usize) -> Self {
        let mut random = Random::stream(seed, "world");
        let accounts = (0..accounts).map(|index| Account::new(index, &mut random)).collect();
        Self { accounts, regions: REGIONS[..regions].to_vec() }
    }

    /// The most Regions a trail can span.
    pub(crate) const REGIONS_MAX: usize = REGIONS.len();
}

impl Account {
    fn new(index: usize, random: &mut Random) -> Self {
        let id = match ACCOUNTS.get(index) {
            Some(id) => (*id).to_owned(),
            None => format!("9{:011}", index),
        };
        let tail = &id[8..];
        let words = |random: &mut Random, count: usize, shape: &dyn Fn(&str, &mut Random) -> String| {
            let start = random.below(WORDS.len() as u64) as usize;
            (0..count).map(|n| shape(WORDS[(start + n) % WORDS.len()], random)).collect::<Vec<_>>()
        };
        let ids = |random: &mut Random, count: usize, prefix: &str| {
            (0..count).map(|_| format!("{prefix}-0{}", random.hex(16))).collect::<Vec<_>>()
        };
        Self {
            users: PEOPLE.iter().chain(&MACHINES).map(|name| User::new(name, random)).collect(),
            roles: roles(random),
            buckets: words(random, 12, &|word, _| format!("example-{word}-{tail}")),
            tables: words(random, 6, &|word, random| format!("{word}.v{}", random.between(1, 3))),
            functions: words(random, 10, &|word, _| format!("{word}-handler")),
            instances: ids(random, 24, "i"),
            security_groups: ids(random, 8, "sg"),
            subnets: ids(random, 6, "subnet"),
            vpcs: ids(random, 3, "vpc"),
            keys: (0..5).map(|_| random.uuid()).collect(),
            secrets: words(random, 6, &|word, random| {
                format!("prod/{word}/password-{}", random.letters(b"abcdefABCDEF", 6))
            }),
            endpoint: format!("vpce-0{}", random.hex(16)),
            root_key: random.iam_id("ASIA", 20),
            directory: format!("d-{}", random.hex(10)),
            id,
        }
    }

    pub(crate) fn role_arn(&self, role: &Role) -> String {
        format!("arn:aws:iam::{}:role{}{}", self.id, role.path, role.name)
    }

    /// The user of this name. Every account has the same names.
    pub(crate) fn user(&self, name: &str) -> &User {
        self.users.iter().find(|user| user.name == name).unwrap_or(&self.users[0])
    }

    /// The first role taken in this way. Every account has one of each.
    pub(crate) fn role(&self, taken: Taken) -> &Role {
        self.roles.iter().find(|role| role.taken == taken).unwrap_or(&self.roles[0])
    }
}

impl User {
    fn new(name: &str, random: &mut Random) -> Self {
        let human = PEOPLE.contains(&name);
        let agents: &[&'static str] = if human { &HUMAN_AGENTS } else { &MACHINE_AGENTS };
        Self {
            name: name.to_owned(),
            id: random.iam_id("AIDA", 21),
            access_key: random.iam_id("AKIA", 20),
            human,
            address: format!("198.51.100.{}", random.between(1, 254)),
            agent: *random.pick(agents),
            services: several(random, 6, |_| true),
        }
    }
}

fn roles(random: &mut Random) -> Vec<Role> {
    const SSO: &str = "/aws-reserved/sso.amazonaws.com/";
    let plan = [
        (format!("AWSReservedSSO_AdministratorAccess_{}", random.hex(16)), SSO, Taken::ByPeople),
        (format!("AWSReservedSSO_ReadOnly_{}", random.hex(16)), SSO, Taken::ByPeople),
        ("orders-api-instance".to_owned(), "/", Taken::ByInstance),
        ("search-instance".to_owned(), "/service/", Taken::ByInstance),
        ("billing-handler-role".to_owned(), "/service-role/", Taken::ByFunction),
        ("webhook-handler-role".to_owned(), "/service-role/", Taken::ByFunction),
        ("github-actions-deploy".to_owned(), "/", Taken::ByBuild),
        ("partner-audit".to_owned(), "/", Taken::FromOutside),
    ];
    plan.into_iter()
        .map(|(name, path, taken)| {
            let machine = matches!(taken, Taken::ByInstance | Taken::ByFunction);
            let services = several(random, if machine { 5 } else { 9 }, |service| {
                !machine || DATA_SERVICES.iter().any(|name| service.source.starts_with(name))
            });
            Role { name, path, id: random.iam_id("AROA", 21), taken, services }
        })
        .collect()
}

/// Up to `count` services, likelier the busier they are.
fn several(random: &mut Random, count: usize, fits: impl Fn(&Service) -> bool) -> Vec<&'static Service> {
    let mut left: Vec<_> = services().filter(|service| service.weight > 0 && fits(service)).collect();
    let mut chosen = Vec::new();
    while chosen.len() < count && !left.is_empty() {
        let service = *random.pick_weighted(&left, |service| service.weight);
        left.retain(|other| other.source != service.source);
        chosen.push(service);
    }
    chosen
}

pub(crate) const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/133.0.0.0 Safari/537.36";
pub(crate) const HUMAN_AGENTS: [&str; 3] = [
    "aws-cli/2.24.5 md/awscrt#0.23.8 ua/2.1 os/macos#24.3.0 md/arch#arm64 lang/python#3.12.6 md/pyimpl#CPython \
     cfg/retry-mode#standard md/installer#exe md/prompt#off",
    BROWSER,
    "APN/1.0 HashiCorp/1.0 Terraform/1.10.5 (+https://www.terraform.io) terraform-provider-aws/5.89.0 \
     aws-sdk-go-v2/1.36.2 ua/2.1 os/linux lang/go#1.23.6",
];
pub(crate) const MACHINE_AGENTS: [&str; 4] = [
    "Boto3/1.37.4 md/Botocore#1.37.4 ua/2.0 os/linux#6.1.128-136.201.amzn2023.x86_64 md/arch#x86_64 lang/python#3.13.2",
    "aws-sdk-java/2.30.31 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.128 lang/java#21.0.6 md/OpenJDK_64-Bit_Server_VM",
    "aws-sdk-js/3.758.0 ua/2.1 os/linux#5.10.234-225.910.amzn2.aarch64 lang/js md/nodejs#22.14.0 api/s3#3.758.0",
    "aws-sdk-rust/1.3.5 ua/2.1 api/dynamodb/1.66.0 os/linux lang/rust/1.85.0",
];

/// A word of the trade, for names.
pub(crate) fn word(random: &mut Random) -> &'static str {
    WORDS[random.below(WORDS.len() as u64) as usize]
}
