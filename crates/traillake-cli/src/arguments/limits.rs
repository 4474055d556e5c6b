//! How much of the machine queries may take.

use std::num::NonZeroUsize;

use clap::Args;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};
use traillake::LakeOptions;

use super::size;
use crate::config::Settings;

/// The least limit: with less hardly any sort has room to merge what it has put aside.
const MEMORY_BYTES_MIN: u64 = 64_000_000;

/// The limits of queries.
#[derive(Debug, Default, Args)]
pub(crate) struct Limits {
    /// Memory for sorts, groups and joins, as 256MB, 2GiB or 512M; beyond it they go on on disk, slower (default: the
    /// setting memory, or half the machine's)
    #[arg(long, value_name = "SIZE", value_parser = query_memory)]
    pub(crate) memory: Option<u64>,

    /// Threads of one query (default: the setting threads, or one for each core)
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

impl Limits {
    /// What is settled.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self { memory: settings.memory, threads: settings.threads }
    }

    /// Takes what is settled where nothing was typed.
    pub(super) fn settle(&mut self, settings: &Settings) {
        self.memory = self.memory.or(settings.memory);
        self.threads = self.threads.or(settings.threads);
    }

    /// The limits, the defaults among them.
    pub(crate) fn options(&self) -> LakeOptions {
        let memory = self.memory.unwrap_or_else(|| machine() / 2);
        LakeOptions { memory_bytes: usize::try_from(memory).ok().filter(|bytes| *bytes > 0), threads: self.threads }
    }
}

/// Memory for queries, as it is typed.
pub(crate) fn query_memory(typed: &str) -> Result<u64, String> {
    size::at_least(MEMORY_BYTES_MIN, typed)
}

/// The memory of the machine, or of the container; 0 where nobody knows.
fn machine() -> u64 {
    let wanted = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(wanted);
    system.cgroup_limits().map_or(system.total_memory(), |limits| limits.total_memory.min(system.total_memory()))
}
