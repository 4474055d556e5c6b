//! `store`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use traillake::ddl::Engine;
use traillake::schema::HotKeyPath;
use traillake::selector::{AdvancedEventSelectors, BasicEventSelectors};
use traillake::{BillingMode, ChainHead, EventCategory, Retention, Tag};

use super::import::memory;
use crate::output::Format;

pub(super) const AFTER_STORE: &str = "\
Example:
  traillake store create trail --retention 90
  traillake store list
";

/// The verbs on event data stores.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Create an event data store
    #[command(after_long_help = AFTER_CREATE)]
    Create(Box<StoreCreate>),
    /// List the event data stores of the lake
    #[command(after_long_help = "Example:\n  traillake store list --format json\n")]
    List(StoreList),
    /// Show an event data store
    #[command(after_long_help = "Example:\n  traillake store show trail\n")]
    Show(StoreShow),
    /// Show what was changed about an event data store, and when
    #[command(after_long_help = "Example:\n  traillake store history trail\n")]
    History(StoreHistory),
    /// Change an event data store
    #[command(after_long_help = "Example:\n  traillake store update trail --name trail-2024 --retention 365\n")]
    Update(Box<StoreUpdate>),
    /// Add tags, or give tags other values
    #[command(after_long_help = "Example:\n  traillake store tag trail team=security cost-center=12\n")]
    Tag(StoreTag),
    /// Remove tags
    #[command(after_long_help = "Example:\n  traillake store untag trail team\n")]
    Untag(StoreUntag),
    /// Let an event data store take imports again
    #[command(after_long_help = "Example:\n  traillake store start trail\n")]
    Start(StoreName),
    /// Let an event data store take no imports; it still answers queries, and its events still expire
    #[command(after_long_help = "Example:\n  traillake store stop trail\n")]
    Stop(StoreName),
    /// Say why the selectors of an event data store keep a record, or leave it out
    #[command(after_long_help = AFTER_EXPLAIN)]
    ExplainSelectors(StoreExplain),
    /// Prove that an event data store is what was committed, byte for byte, or name what was touched
    ///
    /// Every commit has the hash of the one before, and of every file it names. The head that is printed stands for all of
    /// them: kept elsewhere and given back with --known, it proves that the log was not made anew either.
    #[command(after_long_help = AFTER_VERIFY)]
    Verify(StoreVerify),
    /// Merge small data files into few: answers stay the same and come faster
    ///
    /// Imports do so by themselves where a day has gathered many. The files that are replaced stay for questions and
    /// programs that read an earlier version.
    #[command(after_long_help = "\
Examples:
  traillake store compact trail --dry-run
  traillake store compact trail
")]
    Compact(StoreCompact),
    /// Take away the events that are older than the retention period
    ///
    /// Imports take away whole days by themselves. Files stay on disk for readers of earlier versions until a vacuum.
    #[command(after_long_help = "Example:\n  traillake store expire trail --dry-run\n")]
    Expire(StoreExpire),
    /// Delete the files that no version of the last days needs, so that their space comes back
    #[command(after_long_help = "\
Examples:
  traillake store vacuum trail --dry-run
  traillake store vacuum trail --keep 1
")]
    Vacuum(StoreVacuum),
    /// Write the SQL that shows an event data store to another engine, in CloudTrail Lake's shape
    #[command(after_long_help = "\
Examples:
  traillake store ddl trail --engine duckdb
  traillake store ddl trail --engine athena --location s3://security/lake/0233062b-51c6-4d18-8dec-a8c90da840d9/
")]
    Ddl(StoreDdl),
    /// Delete an event data store; it can be restored for seven days
    ///
    /// Refused while termination protection is on.
    #[command(after_long_help = "\
Example:
  traillake store update trail --termination-protection off
  traillake store delete trail
")]
    Delete(StoreName),
    /// Take a deletion back
    #[command(after_long_help = "Example:\n  traillake store restore trail\n")]
    Restore(StoreName),
    /// Remove the files of the event data stores whose seven days are over
    #[command(after_long_help = "Example:\n  traillake store purge\n")]
    Purge,
}

const AFTER_CREATE: &str = "\
Selectors say which events the store keeps of those that come in live; imports take all, unless told --apply-selectors. \
They are written short, or in AWS's JSON, advanced or basic, or in a file of either behind @:
  eventCategory=Management and readOnly=false
  eventCategory=Data and resources.type=AWS::S3::Object and eventName^=Put|Delete or eventCategory=Management
  = != Equals, NotEquals   ^= !^= StartsWith, NotStartsWith   $= !$= EndsWith, NotEndsWith   | another value

Examples:
  traillake store create trail --category Management,Data --retention 90
  traillake store create archive --category Management,Data,NetworkActivity --retention unlimited
  traillake store create writes --selectors 'eventCategory=Management and readOnly=false'
  traillake store create config --category ConfigurationItem --region eu-west-1 --account 111122223333
";

const AFTER_EXPLAIN: &str = "\
Examples:
  traillake store explain-selectors writes record.json
  traillake query \"SELECT eventJson FROM trail LIMIT 1\" --format csv --no-header | traillake store explain-selectors writes -
";

const AFTER_VERIFY: &str = "\
The status is 1 when something is broken.

Examples:
  traillake store verify trail
  traillake store verify trail --sizes
  traillake store verify trail --known 57:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
";

/// Which event data store.
#[derive(Debug, Args)]
pub(crate) struct StoreName {
    /// Name, id or ARN of the event data store
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// `store list`.
#[derive(Debug, Args)]
pub(crate) struct StoreList {
    /// How they are shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// `store show`.
#[derive(Debug, Args)]
pub(crate) struct StoreShow {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Vertical)]
    pub(crate) format: Format,
}

/// `store history`.
#[derive(Debug, Args)]
pub(crate) struct StoreHistory {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// `store compact`.
#[derive(Debug, Args)]
pub(crate) struct StoreCompact {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// Merge also files that lack the column of a hot key, whatever their size, and look for further keys in all files
    #[arg(long)]
    pub(crate) hot_keys: bool,

    /// Give no further keys columns, though the files be full of them
    #[arg(long)]
    pub(crate) no_new_hot_keys: bool,

    /// Say what would be merged, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Memory to stay within, as 600MB, 1GiB or 512M; with less the files are smaller (default: 600MB)
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub(crate) memory: Option<u64>,
}

/// `store expire`.
#[derive(Debug, Args)]
pub(crate) struct StoreExpire {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// Take away whole files only: events of the day in which the period begins wait, a day at most
    #[arg(long)]
    pub(crate) whole_days: bool,

    /// Say what would go, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `store vacuum`.
#[derive(Debug, Args)]
pub(crate) struct StoreVacuum {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// For how many days a version is kept after the next one was made, an hour at least; readers of older ones fail
    #[arg(long, value_name = "DAYS", default_value_t = 7.0, value_parser = days)]
    pub(crate) keep: f64,

    /// How many days old a file must be that no version names: longer than any import takes
    #[arg(long, value_name = "DAYS", default_value_t = 1.0, value_parser = days)]
    pub(crate) unnamed: f64,

    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// An hour at least, as queries and small imports take minutes.
fn days(typed: &str) -> Result<f64, String> {
    match typed.parse::<f64>() {
        Ok(days) if (1.0 / 24.0..=36_500.0).contains(&days) => Ok(days),
        _ => Err("give a number of days, as 7 or 0.5: an hour (0.042) at least, a hundred years at most".to_owned()),
    }
}

/// `store verify`.
#[derive(Debug, Args)]
pub(crate) struct StoreVerify {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// Look at the files of every version that can still be read, not of the newest only
    #[arg(long)]
    pub(crate) all_versions: bool,

    /// Look only whether the files are there and have their sizes; the log is read whole all the same
    #[arg(long)]
    pub(crate) sizes: bool,

    /// Take commits of other programs for what somebody meant to do
    #[arg(long)]
    pub(crate) accept_foreign: bool,

    /// The head of an earlier verification, kept elsewhere: the log must still have it
    #[arg(long, value_name = "HEAD")]
    pub(crate) known: Option<ChainHead>,
}

/// `store explain-selectors`.
#[derive(Debug, Args)]
pub(crate) struct StoreExplain {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// A file with a record's JSON, or `-` for standard input
    pub(crate) record: PathBuf,
}

/// `store ddl`.
#[derive(Debug, Args)]
pub(crate) struct StoreDdl {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// The engine: duckdb, athena, trino or spark
    #[arg(long)]
    pub(crate) engine: Engine,

    /// Where the engine sees the folder of the store (default: where it is)
    #[arg(long, value_name = "URL")]
    pub(crate) location: Option<String>,

    /// The name of the view (default: that of the store)
    #[arg(long, value_name = "VIEW")]
    pub(crate) view: Option<String>,
}

/// `store tag`.
#[derive(Debug, Args)]
pub(crate) struct StoreTag {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// Keys and values
    #[arg(required = true, value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<Tag>,
}

/// `store untag`.
#[derive(Debug, Args)]
pub(crate) struct StoreUntag {
    #[command(flatten)]
    pub(crate) store: StoreName,

    /// Keys
    #[arg(required = true, value_name = "KEY")]
    pub(crate) keys: Vec<String>,
}

fn tag(typed: &str) -> Result<Tag, String> {
    let (key, value) = typed.split_once('=').ok_or("give a key and a value, as team=security")?;
    Ok(Tag::new(key, value))
}

/// `store create`.
#[derive(Debug, Args)]
pub(crate) struct StoreCreate {
    /// 3 to 128 letters, digits, `.`, `_` or `-`
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) attributes: StoreAttributes,

    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<Tag>,

    /// Whether it takes imports at once (default: on)
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    pub(crate) ingestion: Option<Switch>,
}

/// `store update`.
#[derive(Debug, Args)]
pub(crate) struct StoreUpdate {
    /// Name, id or ARN of the event data store
    #[arg(value_name = "NAME")]
    pub(crate) store: String,

    /// A new name
    #[arg(long = "name", value_name = "NEW")]
    pub(crate) rename: Option<String>,

    #[command(flatten)]
    pub(crate) attributes: StoreAttributes,

    /// Select all events of its categories
    #[arg(long, conflicts_with = "selectors")]
    pub(crate) no_selectors: bool,
}

/// What can be said about a store, new or not.
#[derive(Debug, Args)]
pub(crate) struct StoreAttributes {
    /// Categories of events it keeps, by CloudTrail's names (a new one: Management)
    #[arg(long = "category", value_name = "CATEGORY", value_delimiter = ',')]
    pub(crate) categories: Option<Vec<EventCategory>>,

    /// Which events it selects, of which categories: see below
    #[arg(long, value_name = "SELECTORS", value_parser = selectors)]
    pub(crate) selectors: Option<AdvancedEventSelectors>,

    /// Let selectors name resource types and network sources that this build does not know
    #[arg(long)]
    pub(crate) unknown_types: bool,

    /// For how many days after its time an event is kept, or unlimited (a new one: 366, with --billing-mode fixed 2557)
    #[arg(long, value_name = "DAYS")]
    pub(crate) retention: Option<Retention>,

    /// CloudTrail's pricing option, which bounds the retention period: 3653 days or 2557 (a new one: extendable)
    #[arg(long, value_name = "extendable|fixed", value_parser = billing_mode)]
    pub(crate) billing_mode: Option<BillingMode>,

    /// Whether deletion is refused (a new one: on)
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    pub(crate) termination_protection: Option<Switch>,

    /// Whether it keeps events of every Region (a new one: on; off wants --region)
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    pub(crate) multi_region: Option<Switch>,

    /// Whether it keeps events of every account of an organization (a new one: off)
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    pub(crate) organization: Option<Switch>,

    /// Its home Region, which cannot be changed
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// The account it belongs to, which cannot be changed; events of other accounts are left out, unless it is an
    /// organization's
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,

    /// Further accounts whose events it keeps
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',')]
    pub(crate) accounts: Option<Vec<String>>,

    /// A KMS key, which is only recorded and cannot be changed
    #[arg(long, value_name = "KEY")]
    pub(crate) kms_key_id: Option<String>,

    /// A key of a map that gets a column of its own, so that questions about it prune, as requestParameters.detectorId;
    /// may be given several times. It cannot be taken back
    #[arg(long = "hot-key", value_name = "MAP.KEY")]
    pub(crate) hot_keys: Vec<HotKeyPath>,
}

/// Selectors as they are typed, or those of a file behind `@`.
fn selectors(typed: &str) -> Result<AdvancedEventSelectors, String> {
    let text = match typed.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?,
        None => typed.to_owned(),
    };
    let text = text.trim();
    const BASIC: [&str; 5] = [
        "ReadWriteType",
        "DataResources",
        "IncludeManagementEvents",
        "ExcludeManagementEventSources",
        "EventSelectors",
    ];
    let is_advanced = text.contains("\"FieldSelectors\"");
    let read = match !is_advanced && BASIC.iter().any(|member| text.contains(&format!("\"{member}\""))) {
        // The basic form, which only trails have.
        true => BasicEventSelectors::from_json(text).and_then(|basic| basic.validate().map(|()| basic.to_advanced())),
        false => text.parse(),
    };
    read.map_err(|error| error.to_string())
}

fn billing_mode(typed: &str) -> Result<BillingMode, String> {
    match typed.to_ascii_lowercase().as_str() {
        "extendable" => Ok(BillingMode::ExtendableRetention),
        "fixed" => Ok(BillingMode::FixedRetention),
        _ => BillingMode::parse(typed).ok_or_else(|| "give extendable or fixed".to_owned()),
    }
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

impl Switch {
    pub(crate) fn is_on(self) -> bool {
        self == Switch::On
    }
}
