//! `samples`: the sample queries, listed, shown and run.

use traillake::{Sample, sample, samples};

use super::query;
use crate::arguments::{Query, SampleRun, Samples, SamplesCommand, Written};
use crate::failure::{Failure, Outcome};
use crate::output::Destination;

/// What stands before a name in the shell to run it.
const RUN: &str = "run";

/// Runs one of the queries.
pub(super) async fn run(location: String, run: SampleRun) -> Result<Outcome, Failure> {
    let sql = Some(sample(&run.name)?.sql(&run.parameters)?);
    let SampleRun { store, from, limits, written: Written { format, output, no_header, receipt }, .. } = run;
    query::run(location, Query { sql, format, output, store, from, no_header, receipt, limits, ..Query::default() })
        .await
}

/// What was asked for: a query to be run, or words to be answered at once.
pub(super) fn asked(samples: Samples) -> Result<Option<SampleRun>, Failure> {
    match samples.command {
        Some(SamplesCommand::Run(run)) => Ok(Some(run)),
        None => Destination::stdout().put(&mut answer(&samples.words)?.into_bytes()).map(|()| None),
    }
}

/// The query of a name as SQL, or the list of those that have the words.
pub(super) fn answer(words: &[String]) -> Result<String, Failure> {
    if let [name] = words
        && let Ok(sample) = sample(name)
    {
        return shown(sample);
    }
    let found: Vec<&Sample> = samples().iter().filter(|sample| sample.matches(words)).collect();
    match found.is_empty() {
        true => Err(Failure::NoSample { words: words.join(" ") }),
        false => Ok(listed(&found)),
    }
}

/// `run NAME [PARAMETER=VALUE …]` of the shell as SQL; `None` for other words.
pub(super) fn to_run(words: &[String]) -> Result<Option<String>, Failure> {
    let [run, name, parameters @ ..] = words else { return Ok(None) };
    if run != RUN {
        return Ok(None);
    }
    Ok(Some(sample(name)?.sql(&named_values(parameters)?)?))
}

/// `NAME=VALUE …`.
pub(super) fn named_values(typed: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let given = typed.iter().map(|typed| named_value(typed)).collect::<Result<Vec<_>, _>>();
    given.map_err(|_| Failure::Usage {
        what: "a parameter is given as NAME=VALUE",
        hint: "`.samples NAME` shows the parameters of a query",
    })
}

/// `NAME=VALUE`.
pub(crate) fn named_value(typed: &str) -> Result<(String, String), &'static str> {
    match typed.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a parameter is given as NAME=VALUE"),
    }
}

fn listed(found: &[&Sample]) -> String {
    let margin = found.iter().map(|sample| sample.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut category = "";
    for sample in found {
        if sample.category != category {
            text.push_str(if category.is_empty() { "" } else { "\n" });
            category = sample.category;
            text.push_str(&format!("{category}\n"));
        }
        text.push_str(&format!("  {:margin$}  {}\n", sample.name, sample.title));
    }
    text
}

/// A query as it may be pasted: what it says about itself as comments, the defaults in their places.
fn shown(sample: &Sample) -> Result<String, Failure> {
    let Sample { name, title, description, category, tags, .. } = sample;
    let mut text = format!("-- {name}: {title}\n-- {description}\n-- {category}: {}\n", tags.join(" "));
    for parameter in &sample.parameters {
        text.push_str(&format!("-- --param {}={}  {}\n", parameter.name, parameter.default, parameter.about));
    }
    let none: [(&str, &str); 0] = [];
    text.push_str(&sample.sql(&none)?);
    text.push_str(";\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn words_list_and_a_name_shows() {
        let list = answer(&words("bucket public")).unwrap();
        assert!(list.starts_with("security\n  public-bucket-policies "), "{list}");
        let shown = answer(&words("root-activity")).unwrap();
        assert!(shown.starts_with("-- root-activity: ") && shown.ends_with(";\n"), "{shown}");
        assert!(matches!(answer(&words("no such thing")), Err(Failure::NoSample { .. })));
        assert_eq!(answer(&[]).unwrap().lines().filter(|line| !line.starts_with(' ')).count(), 5 + 4);
    }

    #[test]
    fn run_takes_parameters() {
        let sql = to_run(&words("run address-timeline address=192.0.2.1")).unwrap().unwrap();
        assert!(sql.contains("LIKE '192.0.2.1'"), "{sql}");
        assert!(to_run(&words("s3 public")).unwrap().is_none());
        assert!(to_run(&words("run address-timeline address")).is_err());
        assert!(to_run(&words("run nothing")).is_err());
    }
}
