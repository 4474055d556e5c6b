//! The command line of TrailLake.
//!
//! The only crate that prints, exits or reads the environment. It turns what was typed into calls of crate
//! [`traillake`] and their answers into text:
//!
//! | module | answers |
//! | --- | --- |
//! | [`arguments`] | what was typed? The help texts are the manual |
//! | [`config`] | what is settled by a file, the environment, flags? |
//! | [`command`] | one module for each verb |
//! | [`shell`] | editing: completion, highlighting, dot-commands |
//! | [`chart`] | a result as a drawing |
//! | [`output`] | a result in one of the formats, and where it goes |
//! | [`receipt`] | what was asked and answered, in a form that can be proven |
//! | [`progress`] | how far is the import, or the query? |
//! | [`log`] | what happens inside, for who asked to be told? |
//! | [`terminal`] | what is at the other end of the streams? |
//! | [`failure`] | what is said, and with which status the program ends |

use std::num::NonZeroUsize;
use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::config::Config;
use crate::failure::{Failure, Outcome};

mod arguments;
mod chart;
mod command;
mod config;
mod failure;
mod interrupt;
mod log;
mod output;
mod parameter;
mod progress;
mod receipt;
mod shell;
mod terminal;

/// Imports and queries allocate from many threads at once, and what they free is to be free.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // Help and the command that shows the file are there even when the file cannot be followed.
    let (mut config, wrong) = match Config::load() {
        Ok(config) => (config, None),
        Err(error) => (Config::default(), Some(error)),
    };
    let arguments = match Arguments::typed(&mut config) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help goes to standard output with status 0, a wrong command line to standard error with status 2.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    terminal::use_colour(config.settings.colour);
    terminal::use_null(&config.settings.null);
    let done = match wrong {
        Some(error) if !arguments.needs_no_config() => Err(Failure::Config(error)),
        _ => run(arguments, &config),
    };
    match done {
        Ok(outcome) => outcome.status(),
        Err(failure) => {
            failure.report();
            failure.status()
        }
    }
}

/// Bytes of stack of each worker: a chain of thousands of conditions is as many levels of an expression, and
/// planning visits them one within the other. Untouched pages take no memory.
const STACK_BYTES: usize = 128 << 20;

/// Threads for work that blocks, such as reading files, besides those for each core.
///
/// Replaying a log asks for all its entries at once, and each thread keeps a little of what it has freed. Enough must
/// be left for reads while stores are listed, where each log that is replayed waits in such a thread.
const BLOCKING_THREADS: usize = 16;
const BLOCKING_THREADS_A_CORE: usize = 4;

fn run(arguments: Arguments, config: &Config) -> Result<Outcome, Failure> {
    log::start(&arguments.log)?;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .max_blocking_threads(BLOCKING_THREADS + BLOCKING_THREADS_A_CORE * cores)
        .build()
        .map_err(Failure::Start)?;
    let outcome = command::run(arguments, config, &runtime);
    // After Ctrl-C a thread may still be busy with a file; nobody waits for it.
    runtime.shutdown_background();
    outcome
}
