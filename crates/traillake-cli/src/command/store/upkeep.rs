//! What keeps an event data store in order: expiry, vacuum, verification.

use traillake::{Depth, Expiry, ExpiryOptions, Lake, Reach, Vacuum, VacuumOptions, Verification, VerifyOptions};

use crate::arguments::{StoreExpire, StoreVacuum, StoreVerify};
use crate::failure::{Failure, warn};
use crate::output::{Count, Destination, Size};
use crate::terminal;

const DAY_MS: f64 = 86_400_000.0;
/// How many broken things are named; the count tells of the rest.
const BROKEN_SHOWN: usize = 100;

pub(super) async fn expire(lake: &Lake, expire: StoreExpire) -> Result<(), Failure> {
    let store = lake.event_data_store(&expire.store.name).await?;
    let default = ExpiryOptions::default();
    let options = ExpiryOptions { rewrites: !expire.whole_days, dry_run: expire.dry_run, ..default };
    let done = store.expire(options, &mut |_| ()).await.map_err(traillake::Error::from)?;
    let Expiry { files_dropped, files_rewritten, rows_dropped, files_left, oldest_kept_ms, .. } = done;
    if oldest_kept_ms.is_none() {
        terminal::say(&format!(
            "event data store \"{}\" keeps events for ever: there is nothing to expire",
            store.name()
        ));
        return Ok(());
    }
    let rows = Count(rows_dropped, "event");
    let files = format!("{} whole, {} in part", Count(files_dropped, "data file"), files_rewritten);
    terminal::say(&match (files_dropped + files_rewritten, expire.dry_run) {
        (0, _) => "no event is older than the retention period".to_owned(),
        (_, true) => format!("would take away {rows} ({files}); nothing was changed"),
        (_, false) => format!(
            "took away {rows} ({files}); `traillake store vacuum {}` lets their space come back, in time",
            store.name()
        ),
    });
    if files_left > 0 {
        let left = Count(files_left, "data file");
        terminal::say(&format!(
            "left until all of its events are too old: {left} of another program, or without times"
        ));
    }
    Ok(())
}

pub(super) async fn vacuum(lake: &Lake, vacuum: StoreVacuum) -> Result<(), Failure> {
    let store = lake.event_data_store(&vacuum.store.name).await?;
    let ms = |days: f64| (days * DAY_MS) as i64;
    let options = VacuumOptions { keep_ms: ms(vacuum.keep), unnamed_ms: ms(vacuum.unnamed), dry_run: vacuum.dry_run };
    let done = store.vacuum(options).await.map_err(traillake::Error::from)?;
    let Vacuum { files, bytes, kept_from, .. } = done;
    let what = format!("{} ({})", Count(files, "file"), Size(bytes));
    terminal::say(&match (files, vacuum.dry_run) {
        (0, _) => "there is nothing to delete".to_owned(),
        (_, true) => format!("would delete {what}; nothing was deleted"),
        (_, false) => format!("deleted {what}; versions from {kept_from} on can still be asked"),
    });
    Ok(())
}

pub(super) async fn verify(lake: &Lake, verify: StoreVerify) -> Result<(), Failure> {
    let options = VerifyOptions {
        reach: if verify.all_versions { Reach::AllVersions } else { Reach::Newest },
        depth: if verify.sizes { Depth::Sizes } else { Depth::Bytes },
        known: verify.known,
        ..VerifyOptions::default()
    };
    let done = lake.verify_store(&verify.store.name, options).await?;
    let looked = format!(
        "{}, {} and {} ({})",
        Count(done.commits, "commit"),
        Count(done.data_files, "data file"),
        Count(done.ledger_files, "ledger file"),
        Size(done.bytes)
    );
    for broken in done.broken.iter().take(BROKEN_SHOWN) {
        terminal::say(&format!("broken: {broken}"));
    }
    notes(&done);
    if !done.is_whole() {
        return Err(Failure::Touched { store: verify.store.name, count: done.broken.len() as u64 });
    }
    if !done.foreign_commits.is_empty() && !verify.accept_foreign {
        return Err(Failure::ForeignCommits { store: verify.store.name, count: done.foreign_commits.len() as u64 });
    }
    terminal::say(&format!("whole: {looked}"));
    match done.head {
        Some(head) => Destination::stdout().put(&mut format!("{head}\n").into_bytes()),
        None => Ok(()),
    }
}

/// What is no fault, but worth knowing.
fn notes(done: &Verification) {
    if done.files_without_hash + done.commits_without_hash > 0 {
        warn(&format!(
            "{} and {} have no hash: they were written before there were any, or by another program",
            Count(done.files_without_hash, "file"),
            Count(done.commits_without_hash, "commit")
        ));
    }
    if !done.foreign_commits.is_empty() {
        let versions: Vec<String> = done.foreign_commits.iter().map(u64::to_string).collect();
        warn(&format!("another program made the versions {}", versions.join(", ")));
    }
    if done.is_cut_unproven {
        warn("another program cut off the log: nothing proves what was before");
    }
    if done.is_known_cut_off {
        warn("the commit of --known was cut off the log by a vacuum: nothing is known of it");
    }
    if done.garbage_files > 0 {
        let garbage = format!("{} ({})", Count(done.garbage_files, "file"), Size(done.garbage_bytes));
        terminal::say(&format!("not needed by this version: {garbage}"));
    }
}
