//! Writes a generated trail to a folder: `generate-trail DIR [--events N] [--seed S] …`.

use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use traillake_testkit::trail::{Trail, Truth};

const HELP: &str = "\
Writes a generated trail to a folder: its files below AWSLogs, and truth.json, which says what they hold.
The same settings give the same records, forever.

usage: generate-trail DIR [options]

  --seed S            any number [default: 1]
  --events N          distinct events [default: 1000]
  --accounts N        [default: 1]
  --regions N         1 to 8 [default: 1]
  --days N            [default: 1]
  --starting DAY      first day, YYYY-MM-DD [default: 2026-03-01]
  --duplicates PART   part of the events delivered twice, 0.0 to 1.0 [default: 0]
  --incidents         plant the incidents

example: generate-trail /tmp/trail --events 2000 --accounts 3 --days 3 --incidents
";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(text) => status(stdout().write_all(text.as_bytes()), ExitCode::SUCCESS),
        Err(error) => status(writeln!(stderr(), "error: {error}"), ExitCode::FAILURE),
    }
}

fn status(written: std::io::Result<()>, status: ExitCode) -> ExitCode {
    if written.is_ok() { status } else { ExitCode::FAILURE }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<String, Box<dyn Error>> {
    let (mut folder, mut trail) = (None, Trail::new(1));
    // The seed is fixed when a trail is begun, so the other settings wait for it.
    let mut settings: Vec<Box<dyn FnOnce(Trail) -> Trail>> = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" | "-h" => return Ok(HELP.to_owned()),
            "--seed" => trail = Trail::new(value()?.parse()?),
            "--events" => set(&mut settings, value()?.parse()?, Trail::events),
            "--accounts" => set(&mut settings, value()?.parse()?, Trail::accounts),
            "--regions" => set(&mut settings, value()?.parse()?, Trail::regions),
            "--days" => set(&mut settings, value()?.parse()?, Trail::days),
            "--duplicates" => set(&mut settings, value()?.parse()?, Trail::duplicates),
            "--incidents" => set(&mut settings, true, Trail::incidents),
            "--starting" => set(&mut settings, value()?, |trail, day: String| trail.starting(&day)),
            _ if argument.starts_with('-') => return Err(format!("unknown option {argument}; see --help").into()),
            _ if folder.is_none() => folder = Some(PathBuf::from(argument)),
            _ => return Err(format!("one folder is enough: {argument}").into()),
        }
    }
    let folder = folder.ok_or("say where to: generate-trail DIR; see --help")?;
    let generated = settings.into_iter().fold(trail, |trail, setting| setting(trail)).build();
    generated.write_to(&folder).map_err(|error| format!("write the trail to {}: {error}", folder.display()))?;
    let truth = folder.join("truth.json");
    std::fs::write(&truth, generated.truth.to_json()).map_err(|error| format!("write {}: {error}", truth.display()))?;
    let Truth { objects, records, duplicates, .. } = generated.truth;
    Ok(format!("{objects} files with {records} records, {duplicates} of them duplicates, in {}\n", folder.display()))
}

fn set<T: 'static>(
    settings: &mut Vec<Box<dyn FnOnce(Trail) -> Trail>>,
    value: T,
    apply: impl FnOnce(Trail, T) -> Trail + 'static,
) {
    settings.push(Box::new(move |trail| apply(trail, value)));
}
