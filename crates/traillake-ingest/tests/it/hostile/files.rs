//! Files and directories that are no such thing, cannot be read, or have names nobody can type.

use super::{Outcome, import, import_logs, log, record};
use crate::lake::Scratch;

#[tokio::test(flavor = "multi_thread")]
async fn files_without_content_are_skipped() {
    let outcome = import(&[
        ("zero.json", Vec::new()),
        ("zero.json.gz", Vec::new()),
        ("blanks.json", b" \r\n\t\n".to_vec()),
        ("mark.json", b"\xef\xbb\xbf".to_vec()),
    ])
    .await;
    for name in ["zero.json", "zero.json.gz", "blanks.json", "mark.json"] {
        assert_eq!(outcome.counts(name), (0, 0, 1), "{name}");
        assert_eq!(outcome.object(name).skipped.get("empty_file"), Some(&1), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_something_else_are_skipped_unless_their_name_says_log() {
    let noise: Vec<u8> = (0..4_096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let zeros = vec![0; 1 << 20];
    let outcome = import(&[
        ("noise.bin", noise.clone()),
        ("noise.json.gz", noise),
        ("zeros.json", zeros.clone()),
        ("zeros", zeros),
        ("page.html", b"<html>".to_vec()),
    ])
    .await;
    for (name, rejects) in [("noise.bin", 0), ("noise.json.gz", 1), ("zeros.json", 1), ("zeros", 0), ("page.html", 0)] {
        assert_eq!(outcome.counts(name), (0, rejects, 1 - rejects), "{name}");
    }
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use traillake_ingest::Source;

    use super::*;

    /// That these objects, and no others, could not be read: one reject each, none in the ledger.
    fn unreadable(outcome: &Outcome, names: &[&str]) {
        let report = &outcome.report;
        assert_eq!(report.objects_unreadable, names.len() as u64, "{report}");
        assert_eq!(report.rejects, names.len() as u64, "{report}");
        for name in names {
            let reject = outcome.reject(name);
            assert_eq!((reject.expected.as_str(), reject.index), ("a readable file", None), "{reject:?}");
            assert!(!outcome.objects.contains_key(*name), "{name} would never be tried again");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn links_to_nothing_and_in_circles_are_rejects() {
        let scratch = Scratch::new().await;
        let inside = scratch.write("folder/a.json", log([record(1).as_str()]));
        let logs = scratch.logs();
        let logs = Path::new(&logs);
        symlink("nowhere", logs.join("dangling.json")).unwrap();
        symlink("itself.json", logs.join("itself.json")).unwrap();
        symlink("there", logs.join("back")).unwrap();
        symlink("back", logs.join("there")).unwrap();
        // These lead to what is found anyway: nothing comes twice.
        symlink(logs, logs.join("folder/up")).unwrap();
        symlink("folder", logs.join("again")).unwrap();
        symlink(inside, logs.join("same.json")).unwrap();
        let outcome = import_logs(&scratch).await;
        unreadable(&outcome, &["dangling.json", "itself.json", "back", "there"]);
        assert_eq!(outcome.report.objects, 7, "{}", outcome.report);
        assert_eq!(outcome.counts("folder/a.json"), (1, 0, 0));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn names_that_are_no_utf_8_are_imported_each() {
        let scratch = Scratch::new().await;
        let name = scratch.write("x", "");
        let logs = Path::new(&name).parent().unwrap();
        fs::remove_file(&name).unwrap();
        for (n, name) in (1..).zip([&b"\xff.json"[..], b"\xfe.json", b"%FF.json", b"a\nb.json", b"a\x1b[2J.json"]) {
            fs::write(logs.join(std::ffi::OsStr::from_bytes(name)), log([record(n).as_str()])).unwrap();
        }
        let outcome = import_logs(&scratch).await;
        for name in ["%FF.json", "%FE.json", "%25FF.json", "a%0Ab.json", "a%1B[2J.json"] {
            assert_eq!(outcome.counts(name), (1, 0, 0), "{name}");
        }
        let again = scratch.import(&scratch.logs()).await;
        assert_eq!((again.objects_already_imported, again.records), (7, 0));
    }

    /// Takes the permissions of a path away; false, said aloud, where that means nothing to whoever runs the tests.
    fn lock(path: &Path) -> bool {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
        let is_locked = if path.is_dir() { fs::read_dir(path).is_err() } else { fs::File::open(path).is_err() };
        if !is_locked {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
            println!("skipped: root reads {} whatever its permissions are", path.display());
        }
        is_locked
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn files_and_directories_without_permission_are_rejects_until_there_is_one() {
        let scratch = Scratch::new().await;
        let secret = scratch.write("secret.json", log([record(1).as_str()]));
        let closed = scratch.write("closed/inside.json", log([record(2).as_str()]));
        let closed = Path::new(&closed).parent().unwrap();
        if !lock(Path::new(&secret)) || !lock(closed) {
            return;
        }
        let outcome = import_logs(&scratch).await;
        unreadable(&outcome, &["secret.json", "closed"]);
        for path in [Path::new(&secret), closed] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let again = scratch.import(&scratch.logs()).await;
        assert_eq!((again.events, again.rejects, again.objects_already_imported), (2, 0, 2));
    }

    /// Nobody, root included, can open a path of more than 4,096 bytes.
    #[cfg(target_os = "linux")]
    #[tokio::test(flavor = "multi_thread")]
    async fn a_directory_too_deep_to_be_listed_is_a_reject() {
        let scratch = Scratch::new().await;
        scratch.write("deep/a.json", log([record(1).as_str()]));
        let script = "name=$(printf '%0250d' 0); for n in $(seq 18); do mkdir $name && cd -P $name || exit 1; \
                      echo '{}' > b.json; done";
        let folder = Path::new(&scratch.logs()).join("deep");
        let made = std::process::Command::new("sh").args(["-c", script]).current_dir(folder).status().unwrap();
        assert!(made.success());
        let outcome = import_logs(&scratch).await;
        let report = &outcome.report;
        assert_eq!((report.events, report.rejects, report.objects_unreadable), (3, 1, 1), "{report}");
        let reject = &report.rejected[0];
        assert!(reject.found.starts_with("a directory that cannot be listed: "), "{}", reject.found);
        assert!(report.skipped.values().sum::<u64>() >= 10, "{report}");
    }

    /// The memory of a process is a file that opens and cannot be read at its start, whoever asks.
    #[cfg(target_os = "linux")]
    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_that_opens_and_cannot_be_read_is_a_reject() {
        let scratch = Scratch::new().await;
        scratch.write("a.json", log([record(1).as_str()]));
        symlink("/proc/self/mem", Path::new(&scratch.logs()).join("broken.json")).unwrap();
        let outcome = import_logs(&scratch).await;
        let report = &outcome.report;
        assert_eq!((report.events, report.rejects, report.objects_unreadable), (3, 1, 1), "{report}");
        assert!(report.rejected[0].uri.ends_with("/mem"), "{report}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn sockets_and_pipes_in_a_directory_are_left_alone() {
        let scratch = Scratch::new().await;
        scratch.write("a.json", log([record(1).as_str()]));
        let logs = scratch.logs();
        let _socket = std::os::unix::net::UnixListener::bind(Path::new(&logs).join("socket.json")).unwrap();
        let pipe = Path::new(&logs).join("pipe.json");
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
        let outcome = import_logs(&scratch).await;
        assert_eq!((outcome.report.objects, outcome.report.events), (3, 3));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_named_source_that_cannot_be_listed_stops_the_import_before_it_begins() {
        let scratch = Scratch::new().await;
        let gone = Source::Directory(scratch.folder.path().join("gone"));
        assert!(Source::check(&[gone]).is_err());
    }
}
