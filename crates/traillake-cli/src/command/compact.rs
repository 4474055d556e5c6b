//! `store compact`: many small data files to few.

use traillake::{Compaction, CompactionOptions, Lake, Scope};

use crate::arguments::StoreCompact;
use crate::failure::Failure;
use crate::output::{Count, Size};
use crate::terminal;

pub(super) async fn run(lake: &Lake, compact: StoreCompact) -> Result<(), Failure> {
    let store = lake.event_data_store(&compact.store.name).await?;
    let default = CompactionOptions::default();
    let options = CompactionOptions {
        scope: if compact.hot_keys { Scope::HotKeys } else { Scope::Whole },
        memory_bytes: compact.memory.unwrap_or(default.memory_bytes),
        adds_hot_keys: !compact.no_new_hot_keys,
        dry_run: compact.dry_run,
        ..default
    };
    let mut progressed = |done: &Compaction| {
        if terminal::stderr_is_terminal() {
            terminal::say(&format!("{} of {} merged", Count(done.files_before, "data file"), days(done)));
        }
    };
    let done = store.compact(options, &mut progressed).await.map_err(traillake::Error::from)?;
    report(&done, compact.dry_run);
    Ok(())
}

fn report(done: &Compaction, dry_run: bool) {
    for key in &done.hot_keys {
        let verb = if dry_run { "would get" } else { "gets" };
        terminal::say(&format!("{key} {verb} a column of its own: the files are full of it"));
    }
    let before = format!("{} ({}) of {}", Count(done.files_before, "data file"), Size(done.bytes_before), days(done));
    let rows = Count(done.rows, "event");
    terminal::say(&match (done.files_before, dry_run) {
        (0, _) => "there is nothing to merge".to_owned(),
        (_, true) => format!("would merge {before}, with {rows}; nothing was written"),
        (_, false) => format!("merged {before} into {} ({}), with {rows}", done.files_after, Size(done.bytes_after)),
    });
    if done.files_left > 0 {
        let left = Count(done.files_left, "data file");
        terminal::say(&format!("left as they are: {left} of another program, in another order or with other columns"));
    }
}

fn days(done: &Compaction) -> Count {
    Count(done.days.len() as u64, "day")
}
