//! The trail that every benchmark runs over: seeded, so that two runs measure the same work.
//!
//! `cargo bench -p traillake-benches` runs all of them; figures are for comparing two states of the code on one
//! machine in one hour, not for quoting.

use std::path::Path;

use traillake_testkit::trail::{GeneratedTrail, Trail};

/// Events of the benchmarks' trail.
pub const EVENTS: usize = 20_000;
/// Its days, each of which becomes a data file.
pub const DAYS: usize = 5;

/// The trail of the benchmarks, incidents included.
pub fn trail() -> GeneratedTrail {
    Trail::new(42).events(EVENTS).accounts(4).regions(3).days(DAYS as _).duplicates(0.01).incidents(true).build()
}

/// Writes the trail's objects below a directory and returns their bytes.
pub fn write_trail(trail: &GeneratedTrail, directory: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for object in trail.objects() {
        let path = directory.join(&object.key);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        bytes += object.bytes.len() as u64;
        std::fs::write(path, &object.bytes)?;
    }
    Ok(bytes)
}
