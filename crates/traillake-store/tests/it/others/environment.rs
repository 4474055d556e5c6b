//! Python with the engines, in an environment of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The folder of the environment; another one is used as it is, and made when it is not there.
const VARIABLE: &str = "TRAILLAKE_TEST_VENV";
/// A new name for a new list of packages.
const NAME: &str = "traillake-test-venv-1";
const PACKAGES: [&str; 4] = ["deltalake>=1,<2", "polars>=1,<3", "pyarrow>=20", "duckdb>=1.3"];
/// DuckDB's extension for Delta tables as a package, for where its own site cannot be reached. It wants a DuckDB that is
/// just as old.
const EXTENSION: &str = "duckdb-extension-delta";
const IMPORTS: &str = "import deltalake, polars, pyarrow, duckdb";

/// A Python that has the engines.
pub(super) struct Environment(PathBuf);

impl Environment {
    /// The environment of the variable `TRAILLAKE_TEST_VENV`, or one in the folder for temporary files, made where it is
    /// not there, which downloads some 200 MB and takes a minute. `None`, after saying why, where that cannot be done.
    pub(super) fn find_or_make() -> Option<Self> {
        let folder = std::env::var_os(VARIABLE).map_or_else(|| std::env::temp_dir().join(NAME), PathBuf::from);
        let found = Self(folder);
        let has_engines = || ran(found.python().arg("-c").arg(IMPORTS));
        if has_engines().is_ok() {
            return Some(found);
        }
        match make(&found.0).and_then(|()| has_engines()) {
            Ok(_) => Some(found),
            Err(why) => {
                tell(&format!(
                    "SKIPPED: no other engine reads the stores, for there is no Python that has them: {why}"
                ));
                None
            }
        }
    }

    /// Where DuckDB keeps its extensions.
    pub(super) fn extensions(&self) -> PathBuf {
        self.0.join("duckdb-extensions")
    }

    /// Runs a program that reads JSON and writes JSON.
    pub(super) fn run(&self, program: &str, input: &Value) -> Value {
        let mut command = self.python();
        command.arg("-c").arg(program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn python(&self) -> Command {
        Command::new(self.0.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" }))
    }
}

/// Tells whoever runs the tests, also where they pass: not by a macro, whose output the test harness keeps to itself.
pub(super) fn tell(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Makes the environment aside and moves it there whole, as other tests may be making it, too.
fn make(folder: &Path) -> Result<(), String> {
    let parent = folder.parent().ok_or("its folder has no parent")?;
    std::fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    let aside = tempfile::Builder::new().prefix(NAME).tempdir_in(parent).map_err(|error| error.to_string())?;
    let aside = aside.path().join("venv");
    ran(Command::new("python3").args(["-m", "venv"]).arg(&aside))?;
    let install = |packages: &[&str]| {
        let pip =
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout", "20", "--retries", "1"];
        ran(Environment(aside.clone()).python().args(pip).args(packages))
    };
    let with_extension: Vec<_> = PACKAGES.into_iter().chain([EXTENSION]).collect();
    install(&with_extension).or_else(|_| install(&PACKAGES))?;
    match std::fs::rename(&aside, folder) {
        Err(error) if !folder.exists() => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Runs a command to its end; what it said where it failed.
fn ran(command: &mut Command) -> Result<Output, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program}: {}", said.trim().lines().last().unwrap_or("it failed and did not say why")))
}
