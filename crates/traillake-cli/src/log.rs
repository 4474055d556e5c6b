//! What happens inside, for who asked to be told. Without that nothing listens, and telling costs nothing.

use std::fs::OpenOptions;
use std::io;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::arguments::{LogArguments, LogFormat};
use crate::failure::Failure;
use crate::terminal;

/// What the names of our crates begin with.
const OURS: &str = "traillake";

static ON_STDERR: AtomicBool = AtomicBool::new(false);

/// Which events are written: levels, for our crates or for the targets named.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Directives(Targets);

impl Directives {
    fn of_ours(level: LevelFilter) -> Self {
        Self(Targets::new().with_target(OURS, level))
    }

    fn is_off(&self) -> bool {
        self.0.iter().all(|(_, level)| level == LevelFilter::OFF)
    }
}

impl FromStr for Directives {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let mut targets = Targets::new();
        for directive in typed.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
            let (target, level) = directive.split_once('=').unwrap_or((OURS, directive));
            targets = targets.with_target(target, self::level(level)?);
        }
        Ok(Self(targets))
    }
}

fn level(typed: &str) -> Result<LevelFilter, String> {
    // The parser of the filter takes numbers, too.
    let is_word = typed.chars().all(|char| char.is_ascii_alphabetic());
    typed.parse().ok().filter(|_| is_word && !typed.is_empty()).ok_or_else(|| {
        format!("\"{typed}\" is no level: write off, error, warn, info, debug or trace, or TARGET=LEVEL")
    })
}

/// Starts the log, when one was asked for.
pub(crate) fn start(arguments: &LogArguments) -> Result<(), Failure> {
    let of_file = || arguments.log_file.is_some().then(|| Directives::of_ours(LevelFilter::INFO));
    let Some(directives) = arguments.log.clone().or_else(of_file).filter(|directives| !directives.is_off()) else {
        return Ok(());
    };
    match &arguments.log_file {
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let file = file.map_err(|source| Failure::Log { path: path.clone(), source })?;
            subscribe(directives, arguments.log_format, false, Mutex::new(file));
        }
        None => {
            ON_STDERR.store(true, Ordering::Relaxed);
            subscribe(directives, arguments.log_format, terminal::stderr_colour(), io::stderr);
        }
    }
    Ok(())
}

/// Whether the log goes to standard error, where it would run into a bar.
pub(crate) fn is_on_stderr() -> bool {
    ON_STDERR.load(Ordering::Relaxed)
}

fn subscribe<W>(directives: Directives, format: LogFormat, colour: bool, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer).with_ansi(colour);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // There is one log for one process: it is started once.
    let _ = tracing_subscriber::registry().with(lines.with_filter(directives.0)).try_init();
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_level_is_for_our_crates_and_a_target_for_itself() {
        let directives: Directives = "info, deltalake_core=debug,traillake_store=off".parse().unwrap();
        for (target, level, is_on) in [
            ("traillake_ingest::import", Level::INFO, true),
            ("traillake_ingest::import", Level::DEBUG, false),
            ("traillake_store", Level::ERROR, false),
            ("deltalake_core::kernel", Level::DEBUG, true),
            ("object_store", Level::ERROR, false),
        ] {
            assert_eq!(directives.0.would_enable(target, &level), is_on, "{target} {level}");
        }
    }

    #[test]
    fn off_is_off_and_what_is_no_level_is_refused() {
        for off in ["", "off", "OFF", ","] {
            assert!(off.parse::<Directives>().unwrap().is_off(), "{off}");
        }
        for wrong in ["loud", "3", "traillake=", "a=b=info"] {
            assert!(wrong.parse::<Directives>().unwrap_err().contains("is no level"), "{wrong}");
        }
    }
}
