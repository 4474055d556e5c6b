//! `receipt`: what was asked and answered, checked.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Limits;

pub(super) const AFTER_RECEIPT: &str = "\
Example:
  traillake query --output hunt.csv --receipt hunt.receipt.json \"SELECT eventName FROM trail\"
  traillake receipt verify hunt.receipt.json
";

const ABOUT_RECEIPT_VERIFY: &str = "\
Check a receipt and the result it is of.

The receipt has a hash of its own content and one of the bytes of the result; both are computed anew. The result is the \
file that the receipt names, or the one that is given; - is standard input.

With --again, the query is run once more, on the versions of the event data stores that it was run on, and what it \
gives is compared. First the logs of the event data stores are read: each must still have the commit whose hash the \
receipt has, and all that follows from it.

The hash of a receipt is the SHA-256 of its JSON without receipt_sha256, without blanks, and with the keys of each object \
in order.";

const AFTER_RECEIPT_VERIFY: &str = "\
Exit status 1 means: the receipt or the result was changed, the query gives another result, a version is gone, or an \
event data store was touched. The message says which.

Examples:
  traillake receipt verify hunt.receipt.json
  traillake receipt verify hunt.receipt.json copy-of-hunt.csv
  traillake --lake /srv/lake receipt verify --again hunt.receipt.json
";

/// What is done with a receipt.
#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Check a receipt and the result it is of
    #[command(long_about = ABOUT_RECEIPT_VERIFY, after_long_help = AFTER_RECEIPT_VERIFY)]
    Verify(ReceiptVerify),
}

/// `receipt verify`.
#[derive(Debug, Args)]
pub(crate) struct ReceiptVerify {
    /// The receipt
    pub(crate) receipt: PathBuf,

    /// The result (default: the file that the receipt names)
    pub(crate) result: Option<PathBuf>,

    /// Run the query once more on the same versions, and compare
    #[arg(long)]
    pub(crate) again: bool,

    #[command(flatten)]
    pub(crate) limits: Limits,
}
