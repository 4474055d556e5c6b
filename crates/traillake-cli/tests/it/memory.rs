//! Small input that wants much memory gets little. Linux only: the peak is read from `/proc/PID/status`.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::scratch::{LOG, Scratch};

/// What an import may take at most, whatever it reads.
const PEAK_BYTES_MAX: u64 = 600 << 20;

const TOO_LARGE: &str = "at most";
const RECORD_TOO_LARGE: &str = "a record of at most";

/// A run of the program and its peak of resident memory.
struct Measured {
    status: ExitStatus,
    stdout: String,
    peak_bytes: u64,
}

impl Measured {
    fn import(scratch: &Scratch) -> Self {
        let out = scratch.path("report");
        let mut command = scratch.command(&["import", "trail", "logs", "--format", "json"]);
        let mut child = command.stdout(File::create(&out).unwrap()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut peak_bytes = 0;
        let status = loop {
            peak_bytes = peak_bytes.max(peak_of(child.id()).unwrap_or_default());
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        println!("peak: {} MB", peak_bytes >> 20);
        Self { status, stdout: fs::read_to_string(out).unwrap(), peak_bytes }
    }

    /// That so many events, and one reject that says `expected` where something is, came of little memory.
    fn is_bounded(&self, events: u64, expected: Option<&str>) {
        let status = if expected.is_some() { 3 } else { 0 };
        assert_eq!(self.status.code(), Some(status), "{}", self.stdout);
        let report: serde_json::Value = serde_json::from_str(&self.stdout).unwrap();
        let rejected = report["rejected"].as_array().unwrap();
        assert_eq!((report["events"].as_u64(), rejected.len()), (Some(events), expected.iter().len()), "{report}");
        assert!(
            rejected.iter().all(|reject| reject["expected"].as_str().unwrap().contains(expected.unwrap())),
            "{report}"
        );
        assert!(self.peak_bytes > 0, "no peak was seen");
        assert!(self.peak_bytes <= PEAK_BYTES_MAX, "{} MB", self.peak_bytes >> 20);
    }
}

/// The most memory a process has had, as long as it is there.
fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

/// A folder of logs with a good one in it: three events.
fn logs() -> Scratch {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("logs")).unwrap();
    scratch.write("logs/good.json", LOG);
    scratch
}

/// Writes a file part by part, packed when its name says so: it is larger than what a test should hold.
fn write(path: &Path, parts: impl IntoIterator<Item = Vec<u8>>) {
    let file = BufWriter::new(File::create(path).unwrap());
    if path.extension().is_some_and(|ending| ending == "gz") {
        let mut packed = GzEncoder::new(file, Compression::fast());
        parts.into_iter().for_each(|part| packed.write_all(&part).unwrap());
        packed.finish().unwrap().flush().unwrap();
    } else {
        let mut file = file;
        parts.into_iter().for_each(|part| file.write_all(&part).unwrap());
        file.flush().unwrap();
    }
}

/// So many megabytes of one byte.
fn megabytes(count: usize, byte: u8) -> impl Iterator<Item = Vec<u8>> {
    std::iter::repeat_n(vec![byte; 1 << 20], count)
}

const OPEN: &[u8] = b"{\"Records\":[{\"eventName\":\"A\",\"eventSource\":\"b\"},";
const CLOSE: &[u8] = b",{\"eventName\":\"C\",\"eventSource\":\"b\"}]}";

/// A document of a good record, one with a string of so many megabytes, and another good one.
fn with_a_long_string(count: usize) -> impl Iterator<Item = Vec<u8>> {
    let open = [OPEN, b"{\"eventName\":\"B\",\"eventSource\":\"b\",\"userAgent\":\""].concat();
    [open].into_iter().chain(megabytes(count, b'x')).chain([[b"\"}".as_slice(), CLOSE].concat()])
}

#[test]
fn a_gigabyte_of_zeros_packed_into_a_megabyte_is_one_reject() {
    let scratch = logs();
    write(&scratch.path("logs/bomb.json.gz"), megabytes(1_100, 0));
    Measured::import(&scratch).is_bounded(3, Some(TOO_LARGE));
}

#[test]
fn a_gigabyte_of_blanks_in_a_packed_document_is_one_reject() {
    let scratch = logs();
    write(&scratch.path("logs/bomb.json.gz"), [OPEN.to_vec()].into_iter().chain(megabytes(1_100, b' ')));
    Measured::import(&scratch).is_bounded(4, Some(TOO_LARGE));
}

#[test]
fn a_packed_record_of_300_megabytes_is_one_reject_and_its_neighbours_are_rows() {
    let scratch = logs();
    write(&scratch.path("logs/bomb.json.gz"), with_a_long_string(300));
    Measured::import(&scratch).is_bounded(5, Some(RECORD_TOO_LARGE));
}

#[test]
fn a_record_of_100_megabytes_is_one_reject_and_its_neighbours_are_rows() {
    let scratch = logs();
    write(&scratch.path("logs/large.json"), with_a_long_string(100));
    Measured::import(&scratch).is_bounded(5, Some(RECORD_TOO_LARGE));
}

#[test]
fn a_line_of_100_megabytes_is_one_reject_and_its_neighbours_are_rows() {
    let scratch = logs();
    let record = |name: &str| format!("{{\"eventName\":\"{name}\",\"eventSource\":\"b\"}}\n").into_bytes();
    let open = [record("A"), b"{\"eventName\":\"B\",\"eventSource\":\"b\",\"userAgent\":\"".to_vec()].concat();
    let close = [b"\"}\n".to_vec(), record("C")].concat();
    write(&scratch.path("logs/lines.jsonl"), [open].into_iter().chain(megabytes(100, b'x')).chain([close]));
    Measured::import(&scratch).is_bounded(5, Some(RECORD_TOO_LARGE));
}

#[test]
fn records_of_a_million_keys_are_rows() {
    let scratch = logs();
    let keys = || (0..1 << 20).map(|n| format!("\"{n:x}\":0")).collect::<Vec<_>>().join(",");
    let records = [
        format!("{{\"eventName\":\"B\",\"eventSource\":\"b\",\"requestParameters\":{{{}}}}}", keys()),
        format!("{{\"eventName\":\"B\",\"eventSource\":\"b\",{}}}", keys()),
    ];
    let document = [OPEN, records.join(",").as_bytes(), CLOSE].concat();
    write(&scratch.path("logs/keys.json"), [document]);
    Measured::import(&scratch).is_bounded(7, None);
}

#[test]
fn records_whose_keys_are_all_different_are_rows() {
    let scratch = logs();
    for file in 0..100 {
        let keys: Vec<String> = (0..50_000).map(|n| format!("\"{file}-{n:x}\":0")).collect();
        let record = format!("{{\"eventName\":\"B\",\"eventSource\":\"b\",{}}}", keys.join(","));
        write(&scratch.path(&format!("logs/{file}.json.gz")), [record.into_bytes()]);
    }
    Measured::import(&scratch).is_bounded(103, None);
}

#[test]
fn records_of_14_megabytes_are_rows() {
    let scratch = logs();
    let records = (0..16).flat_map(|number: u8| {
        let open = b"{\"eventName\":\"B\",\"eventSource\":\"b\",\"requestParameters\":{\"detectorId\":\"".to_vec();
        [open].into_iter().chain(megabytes(14, b'a' + number)).chain([b"\"}}\n".to_vec()])
    });
    write(&scratch.path("logs/large.jsonl"), records);
    Measured::import(&scratch).is_bounded(19, None);
}

#[test]
fn many_objects_that_are_packed_to_a_hundredth_are_rows() {
    let scratch = logs();
    let record = format!("{{\"eventName\":\"B\",\"eventSource\":\"{}\"}}\n", "b".repeat(2_000)).repeat(1_000);
    for object in 0..300 {
        write(&scratch.path(&format!("logs/{object}.json.gz")), [record.clone().into_bytes()]);
    }
    Measured::import(&scratch).is_bounded(300_003, None);
}
