//! Harmed input at the command line: status 3 where something was rejected, and the rest is kept.

use std::fs;
use std::io::Write;

use crate::scratch::{LOG, Scratch};

fn gz(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// A folder of logs with a good one in it.
fn logs() -> Scratch {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("logs")).unwrap();
    scratch.write("logs/good.json", LOG);
    scratch
}

#[test]
fn every_kind_of_harm_has_status_3_and_costs_nothing_but_itself() {
    let packed = gz(LOG);
    let nested =
        format!("{{\"eventName\":\"A\",\"eventSource\":\"b\",\"x\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let harms: Vec<(&str, Vec<u8>)> = vec![
        ("cut.json", LOG.as_bytes()[..LOG.len() - 40].to_vec()),
        ("cut.json.gz", packed[..packed.len() / 2].to_vec()),
        ("garbage.json.gz", [gz("{\"Records\":[]}"), b"garbage".to_vec()].concat()),
        ("not_packed.json.gz", vec![0, 1, 2, 3]),
        ("error.json", b"<Error><Code>AccessDenied</Code></Error>".to_vec()),
        ("nested.json", nested.into_bytes()),
        ("no_utf_8.json", b"{\"Records\":[{\"eventName\":\"\xff\",\"eventSource\":\"b\"}]}".to_vec()),
        ("no_record.json", b"{\"Records\":[7]}".to_vec()),
    ];
    let all = logs();
    for (name, bytes) in &harms {
        let scratch = logs();
        for scratch in [&scratch, &all] {
            fs::write(scratch.path("logs").join(name), bytes).unwrap();
        }
        let said = scratch.run(&["import", "trail", "logs"]);
        assert_eq!(said.status, 3, "{name}: {}{}", said.stdout, said.stderr);
        assert!(said.stdout.contains(name), "{name} is not told: {}", said.stdout);
    }
    let said = all.run(&["import", "trail", "logs", "--format", "json"]);
    assert_eq!(said.status, 3);
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(report["rejects"], harms.len(), "{report}");
    assert!(report["events"].as_u64() >= Some(3), "{report}");
    assert_eq!(all.query("SELECT count(*) AS n FROM trail WHERE eventID = 'e3'").stdout, "n\n1\n");
}

#[test]
fn what_lies_beside_logs_has_status_0() {
    let scratch = logs();
    for (name, bytes) in [
        ("zero.json", b"".as_slice()),
        ("blanks.json.gz", b" \n"),
        ("README.md", b"# Logs"),
        ("digest.json", b"{\"digestS3Object\":\"x\",\"logFiles\":[]}"),
    ] {
        fs::write(scratch.path("logs").join(name), bytes).unwrap();
    }
    let said = scratch.run(&["import", "trail", "logs"]);
    assert_eq!(said.status, 0, "{}", said.stdout);
}

#[cfg(unix)]
#[test]
fn links_to_nothing_and_in_circles_have_status_3() {
    use std::os::unix::fs::symlink;
    let scratch = logs();
    symlink("nowhere", scratch.path("logs/dangling.json")).unwrap();
    symlink("itself", scratch.path("logs/itself")).unwrap();
    symlink(".", scratch.path("logs/circle")).unwrap();
    let said = scratch.run(&["import", "trail", "logs"]);
    assert_eq!(said.status, 3, "{}", said.stdout);
    assert!(said.stdout.contains("unreadable                   2"), "{}", said.stdout);
    assert_eq!(scratch.query("SELECT count(*) AS n FROM trail").stdout, "n\n3\n");
}

/// Runs the program as a user without rights where the tests run as root, for whom no permission is missing.
#[cfg(unix)]
#[test]
fn files_and_directories_without_permission_have_status_3() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;

    let scratch = logs();
    let allow = |name: &str, mode| fs::set_permissions(scratch.path(name), fs::Permissions::from_mode(mode)).unwrap();
    fs::create_dir(scratch.path("logs/closed")).unwrap();
    scratch.write("logs/closed/inside.json", LOG);
    scratch.write("logs/secret.json", LOG);
    allow("", 0o777);
    allow("logs", 0o755);
    allow("logs/closed", 0);
    allow("logs/secret.json", 0);
    let mut command = scratch.command(&["import", "trail", "logs"]);
    if fs::read_dir(scratch.path("logs/closed")).is_ok() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let Ok(output) = command.output() else {
        println!("skipped: another user may not run the program");
        return;
    };
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("unreadable                   2"), "{stdout}");
    assert!(stdout.contains("logs/closed at byte 0: expected a readable file, found a directory"), "{stdout}");
    assert!(stdout.contains("events                       3"), "{stdout}");
    allow("logs/closed", 0o700);
}
