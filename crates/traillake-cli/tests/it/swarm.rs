//! Many importers in processes of their own, beside compaction and expiry, some of them killed: every event counts once.
//!
//! `TRAILLAKE_SWARM_SECONDS=300 TRAILLAKE_SWARM_PROCESSES=32 TRAILLAKE_SWARM_KILLS=50` asks for more than every test run
//! has.

use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use traillake::time::{self, Spelling};
use traillake_testkit::trail::Random;

use crate::scratch::Scratch;

const DAY_SECONDS: u64 = 86_400;
/// The shortest retention period there is.
const RETENTION_SECONDS: u64 = 7 * DAY_SECONDS;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// `2026-01-02T03:04:05Z`
fn instant(seconds: u64) -> String {
    let mut text = String::new();
    time::write(&mut text, i64::try_from(seconds).unwrap() * 1_000, Spelling::Extended);
    text
}

/// What all threads share.
struct Swarm {
    scratch: Scratch,
    until: Instant,
    /// Files that importers have taken to write and import.
    files: AtomicU64,
    /// Kills that are left.
    kills: AtomicU64,
    killed: AtomicU64,
    is_over: AtomicBool,
    /// Events that are kept whatever happens.
    kept: Mutex<u64>,
}

impl Swarm {
    /// A file with three events of these days, one that is in every file, and one that expires within seconds.
    fn write(&self, number: u64) -> String {
        let name = format!("{number}.json");
        let now = now_seconds();
        let event = |id: &str, at: u64| {
            format!(
                r#"{{"eventVersion":"1.08","eventName":"E","eventSource":"s","eventID":"{id}","eventTime":"{}"}}"#,
                instant(at)
            )
        };
        let mut events: Vec<String> =
            (0..3).map(|day| event(&format!("kept-{number}-{day}"), now - day * DAY_SECONDS)).collect();
        events.push(r#"{"eventVersion":"1.08","eventName":"E","eventSource":"s","eventID":"shared","eventTime":"2099-01-01T00:00:00Z"}"#.to_owned());
        events.push(event(&format!("edge-{number}"), now - RETENTION_SECONDS + 5));
        self.scratch.write(&name, &format!("{{\"Records\":[{}]}}", events.join(",")));
        name
    }

    /// Imports file after file; some imports are killed, and made again.
    fn import(&self, seed: u64) {
        let mut random = Random::new(seed);
        while Instant::now() < self.until {
            let number = self.files.fetch_add(1, Ordering::SeqCst);
            let name = self.write(number);
            while !self.import_one(&name, &mut random) {}
            *self.kept.lock().unwrap() += 3;
        }
    }

    /// Whether the import came to its end.
    fn import_one(&self, name: &str, random: &mut Random) -> bool {
        let mut command = self.scratch.command(&["import", "trail", name, "--quiet"]);
        let mut importer = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let takes_one = |left: u64| left.checked_sub(1);
        if random.below(4) == 0 && self.kills.fetch_update(Ordering::SeqCst, Ordering::SeqCst, takes_one).is_ok() {
            thread::sleep(Duration::from_millis(random.below(400)));
            importer.kill().unwrap();
        }
        let output = importer.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(code) => assert_eq!(code, 0, "{name}: {said}"),
            None => _ = self.killed.fetch_add(1, Ordering::SeqCst),
        }
        output.status.success()
    }

    /// Runs a command again and again until all is over; it never fails.
    fn keep(&self, arguments: &[&str]) {
        while !self.is_over.load(Ordering::SeqCst) {
            let said = self.scratch.run(arguments);
            assert_eq!(said.status, 0, "{arguments:?}: {}", said.stderr);
            thread::sleep(Duration::from_millis(300));
        }
    }

    /// A reader never sees an error, nor an event twice.
    fn read(&self) {
        while !self.is_over.load(Ordering::SeqCst) {
            let said = self.scratch.query("SELECT count(*) - count(DISTINCT eventID) FROM trail");
            assert_eq!((said.status, said.stdout.as_str()), (0, "_col0\n0\n"), "{}", said.stderr);
            thread::sleep(Duration::from_millis(200));
        }
    }
}

#[test]
fn importers_compactions_and_expiries_at_once_lose_nothing_and_count_nothing_twice() {
    let processes = from_environment("TRAILLAKE_SWARM_PROCESSES", 4);
    let seconds = from_environment("TRAILLAKE_SWARM_SECONDS", 10);
    let scratch = Scratch::new();
    let said = scratch.run(&["store", "create", "trail", "--retention", "7"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let swarm = Swarm {
        scratch,
        until: Instant::now() + Duration::from_secs(seconds),
        files: AtomicU64::new(0),
        kills: AtomicU64::new(from_environment("TRAILLAKE_SWARM_KILLS", 6)),
        killed: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        kept: Mutex::new(0),
    };
    thread::scope(|scope| {
        scope.spawn(|| swarm.keep(&["store", "compact", "trail"]));
        scope.spawn(|| swarm.keep(&["store", "expire", "trail"]));
        scope.spawn(|| swarm.read());
        let importers: Vec<_> = (0..processes)
            .map(|seed| {
                scope.spawn({
                    let swarm = &swarm;
                    move || swarm.import(seed)
                })
            })
            .collect();
        let ended: Vec<_> = importers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        swarm.is_over.store(true, Ordering::SeqCst);
        assert!(ended.iter().all(Result::is_ok), "an importer failed");
    });
    swarm.ends_well();
}

impl Swarm {
    fn ends_well(&self) {
        let (files, kept) = (self.files.load(Ordering::SeqCst), *self.kept.lock().unwrap());
        let value = |sql: &str| self.scratch.query(sql).stdout.lines().nth(1).unwrap_or_default().to_owned();
        assert_eq!(value("SELECT count(*) FROM trail WHERE eventID LIKE 'kept-%'"), kept.to_string());
        assert_eq!(value("SELECT count(DISTINCT eventID) FROM trail WHERE eventID LIKE 'kept-%'"), kept.to_string());
        assert_eq!(value("SELECT count(*) FROM trail WHERE eventID = 'shared'"), "1");
        // What is left at the edge is not too old yet.
        thread::sleep(Duration::from_secs(6));
        let said = self.scratch.run(&["store", "expire", "trail"]);
        assert_eq!(said.status, 0, "{}", said.stderr);
        assert_eq!(value("SELECT count(*) FROM trail WHERE eventID LIKE 'edge-%'"), "0");
        let said = self.scratch.run(&["store", "verify", "trail", "--all-versions"]);
        assert_eq!(said.status, 0, "{}", said.stderr);
        println!(
            "{files} files, {kept} events kept, {} importers killed; {}",
            self.killed.load(Ordering::SeqCst),
            said.stderr
        );
    }
}
