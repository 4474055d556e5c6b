//! What holds for the workspace as a whole, and for what lies in it.

#![expect(clippy::expect_used, reason = "a test may stop at the first surprise, in its helpers too")]

mod features;
mod sample_trail;
mod tidy;

use std::path::PathBuf;

/// The root of the workspace.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
