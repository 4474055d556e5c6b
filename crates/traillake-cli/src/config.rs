//! What the user has settled once and for all: a configuration file, the environment, flags.
//!
//! ```text
//! default ──▶ file ──▶ environment ──▶ flag          each stronger than the one before
//! ```
//!
//! | module | answers |
//! | --- | --- |
//! | [`setting`] | which settings are there, and what is each of them? One table |
//! | [`file`] | what does the file say, and in which line? |
//! | [`error`] | what is wrong with it, and where? |

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::PathBuf;

mod error;
mod file;
mod setting;

pub(crate) use error::ConfigError;
pub(crate) use setting::{Pager as Paging, SETTINGS, Setting, Settings, StatementEnd};

/// The variable that names the file.
const FILE_VARIABLE: &str = "TRAILLAKE_CONFIG";

/// The settings in force, and where each of them comes from.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    /// One for each of [`SETTINGS`].
    origins: Vec<Origin>,
}

/// Where the value of a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File { path: PathBuf, line: u64 },
    Variable(&'static str),
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Variable(name) => f.write_str(name),
            Origin::Flag(name) => f.write_str(name),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { settings: Settings::default(), origins: vec![Origin::Default; SETTINGS.len()] }
    }
}

impl Config {
    /// What the file and the environment say.
    pub(crate) fn load() -> Result<Self, ConfigError> {
        let mut config = Self::default();
        if let Some(path) = path() {
            match fs::read_to_string(&path) {
                Ok(text) => config.read(&text, &path)?,
                // Nobody has to have one; but the one that is named has to be there.
                Err(error) if error.kind() == io::ErrorKind::NotFound && named().is_none() => {}
                Err(source) => return Err(ConfigError::Read { path, source }),
            }
        }
        config.environment(|name| env::var_os(name))?;
        Ok(config)
    }

    /// Takes what a file says.
    fn read(&mut self, text: &str, path: &std::path::Path) -> Result<(), ConfigError> {
        for entry in file::entries(text, path)? {
            let told = (entry.setting.set)(&mut self.settings, &entry.value);
            told.map_err(|expected| entry.wrong(expected, text, path))?;
            self.came_from(entry.setting, Origin::File { path: path.to_owned(), line: entry.position.line });
        }
        Ok(())
    }

    /// Takes what the variables of the settings say; an empty one says nothing.
    fn environment(&mut self, variable: impl Fn(&str) -> Option<OsString>) -> Result<(), ConfigError> {
        for setting in SETTINGS {
            let Some(value) = variable(setting.variable).filter(|value| !value.is_empty()) else { continue };
            let told = value.to_str().ok_or_else(|| "text in UTF-8".to_owned());
            let told = told.and_then(|value| (setting.set)(&mut self.settings, value));
            told.map_err(|expected| ConfigError::Variable {
                variable: setting.variable,
                found: value.to_string_lossy().into_owned(),
                expected,
            })?;
            self.came_from(setting, Origin::Variable(setting.variable));
        }
        Ok(())
    }

    /// Takes note that a flag has decided a setting.
    pub(crate) fn flag(&mut self, name: &str, flag: &'static str) {
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) {
            self.came_from(setting, Origin::Flag(flag));
        }
    }

    fn came_from(&mut self, setting: &Setting, origin: Origin) {
        let of_setting = SETTINGS.iter().zip(&mut self.origins).find(|(known, _)| known.name == setting.name);
        if let Some((_, known)) = of_setting {
            *known = origin;
        }
    }

    /// Each setting and where its value comes from.
    pub(crate) fn origins(&self) -> impl Iterator<Item = (&'static Setting, &Origin)> {
        SETTINGS.iter().zip(&self.origins)
    }
}

/// The file of the settings, whether it exists or not: `$TRAILLAKE_CONFIG`, where the empty text means none, else
/// `$XDG_CONFIG_HOME/traillake/config.toml`, else `~/.config/traillake/config.toml`.
pub(crate) fn path() -> Option<PathBuf> {
    if let Some(path) = named() {
        return Some(path).filter(|path| !path.as_os_str().is_empty());
    }
    let home = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".config")))?;
    Some(home.join("traillake/config.toml"))
}

fn named() -> Option<PathBuf> {
    env::var_os(FILE_VARIABLE).map(PathBuf::from)
}

/// A file with every setting, its meaning and its default; nothing in it counts until its `#` is taken away.
pub(crate) fn example() -> String {
    let defaults = Settings::default();
    let mut text = "\
# The settings of TrailLake, with their defaults. Take the `#` before a setting away to change it.
# The environment and flags are stronger; `traillake config` shows what is in force.
"
    .to_owned();
    for setting in SETTINGS {
        let value =
            (setting.get)(&defaults).map_or_else(|| setting.example.to_owned(), |value| setting.kind.toml(&value));
        text.push_str(&format!(
            "\n# {} ({}; or {})\n# {} = {value}\n",
            setting.about,
            setting.kind.name(),
            setting.variable,
            setting.name
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        config.read(text, Path::new("config.toml"))?;
        Ok(config)
    }

    #[test]
    fn the_environment_is_stronger_than_the_file() {
        let mut config = read("rows = 5\nnull = \"-\"\n").unwrap();
        config.environment(|name| (name == "TRAILLAKE_ROWS").then(|| "7".into())).unwrap();
        assert_eq!((config.settings.rows, config.settings.null.as_str()), (7, "-"));
        config.flag("lake", "--lake");
        let told: Vec<String> =
            config.origins().filter(|(_, origin)| **origin != Origin::Default).map(|(_, o)| o.to_string()).collect();
        assert_eq!(told, ["--lake", "TRAILLAKE_ROWS", "config.toml:2"]);
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let wrong = Config::default().environment(|name| (name == "TRAILLAKE_TIMING").then(|| "perhaps".into()));
        let told = "the environment variable TRAILLAKE_TIMING is \"perhaps\": expected on or off";
        assert_eq!(wrong.unwrap_err().to_string(), told);
    }

    #[test]
    fn the_example_says_what_holds_without_it() {
        let uncommented: String = example()
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| SETTINGS.iter().any(|setting| line.starts_with(&format!("{} = ", setting.name))))
            .map(|line| format!("{line}\n"))
            .collect();
        let (config, defaults) = (read(&uncommented).unwrap(), Settings::default());
        for setting in SETTINGS {
            assert!(uncommented.contains(&format!("{} = ", setting.name)), "{}", setting.name);
            if let Some(default) = (setting.get)(&defaults) {
                assert_eq!((setting.get)(&config.settings), Some(default), "{}", setting.name);
            }
        }
    }

    #[test]
    fn what_a_file_cannot_mean_is_told_with_its_place() {
        for (text, told, hint) in [
            (
                "\n  pagr = \"less\"",
                "there is no setting \"pagr\" (config.toml, line 2, column 3)",
                Some("did you mean \"pager\"?"),
            ),
            (
                "zzz = 1",
                "there is no setting \"zzz\" (config.toml, line 1, column 1)",
                Some("`traillake config example` shows all settings"),
            ),
            (
                "rows = \"many\"",
                "the setting \"rows\" is a whole number, and this is a text (config.toml, line 1, column 8)",
                Some("write it as rows = 1000"),
            ),
            (
                "timing = 'off'",
                "the setting \"timing\" is true or false, and this is a text (config.toml, line 1, column 10)",
                Some("write it as timing = true"),
            ),
            (
                "format = \"xml\"",
                "the setting \"format\" cannot be \"xml\" (config.toml, line 1, column 10)",
                Some("expected table, csv, tsv, json, jsonl, markdown, vertical"),
            ),
            (
                "rows = -1",
                "the setting \"rows\" cannot be \"-1\" (config.toml, line 1, column 8)",
                Some("expected a whole number from 0"),
            ),
            (
                "[shell]\nrows = 1",
                "there is no setting \"shell\" (config.toml, line 1, column 2)",
                Some("`traillake config example` shows all settings"),
            ),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.to_string(), told, "{text}");
            let said = error.hint();
            // More formats may come.
            assert!(hint.is_none_or(|hint| said.as_deref().is_some_and(|said| said.starts_with(hint))), "{said:?}");
        }
        let broken = read("rows = 1\nlake = \"x\nnull = \"\"").unwrap_err();
        assert!(broken.to_string().ends_with("(config.toml, line 2, column 10)"), "{broken}");
    }
}
