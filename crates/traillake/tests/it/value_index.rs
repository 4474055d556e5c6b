//! What the index of values leaves out has none of the answers: random values of every column and key, against counts
//! over the records themselves.

use futures::stream;
use serde_json::Value;
use traillake::{ImportOptions, Lake, QueryStatistics};
use traillake_testkit::trail::{Random, Trail};

use crate::ask::{ask, datasets, lake_of, value};

/// How many questions are asked of the generated trail.
const QUESTIONS: usize = 1_000;
const QUESTIONS_AT_ONCE: usize = 4;
/// Columns whose members are asked for by key.
const MAPS: [&str; 4] = ["requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"];

async fn trail(events: usize, days: u32, compacted: bool) -> Lake {
    let folder = tempfile::tempdir().unwrap();
    Trail::new(23).events(events).days(days).accounts(2).incidents(true).build().write_to(folder.path()).unwrap();
    let options = ImportOptions { compact: false, ..ImportOptions::default() };
    let lake = lake_of(&[folder.path().join("AWSLogs")], &options).await.0;
    if compacted {
        let store = lake.event_data_store("events").await.unwrap();
        store.compact(traillake::CompactionOptions::default(), &mut |_| ()).await.unwrap();
    }
    lake
}

async fn records(lake: &Lake) -> Vec<Value> {
    let rows = ask(lake, "SELECT eventJson FROM events").await;
    rows.iter().map(|row| serde_json::from_str(&strict(row[0].as_deref().unwrap())).unwrap()).collect()
}

/// JSON whose strings hold control characters as escapes: some published records have line breaks within strings,
/// which `eventJson` gives back as they came.
fn strict(json: &str) -> String {
    let mut strict = String::with_capacity(json.len());
    let (mut within, mut escaped) = (false, false);
    for char in json.chars() {
        match char {
            '\u{0}'..='\u{1f}' if within => strict.push_str(&format!("\\u{:04x}", char as u32)),
            char => strict.push(char),
        }
        within ^= char == '"' && !escaped;
        escaped = within && char == '\\' && !escaped;
    }
    strict
}

/// A string of a record: the keys on the way to it, and what it is.
fn strings<'a>(value: &'a Value, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, &'a str)>) {
    match value {
        Value::String(text) => found.push((path.clone(), text)),
        Value::Object(members) => {
            for (key, member) in members {
                path.push(key.clone());
                strings(member, path, found);
                path.pop();
            }
        }
        // Their places are no keys: values in arrays are asked for wherever they stand.
        Value::Array(elements) => elements.iter().for_each(|element| {
            path.push("[]".to_owned());
            strings(element, path, found);
            path.pop();
        }),
        _ => {}
    }
}

fn at<'a>(record: &'a Value, path: &[String]) -> Option<&'a str> {
    path.iter().try_fold(record, |value, key| value.get(key))?.as_str()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The value of a path in SQL; `None` where it has to be asked for in another way.
fn expression(path: &[String]) -> Option<String> {
    let (column, rest) = path.split_first()?;
    let is_plain = |key: &String| key.chars().all(|char| char.is_ascii_alphanumeric());
    if !path.iter().all(is_plain) {
        return None;
    }
    match rest {
        [] if column != "eventTime" => Some(column.clone()),
        [key] if MAPS.contains(&column.as_str()) => Some(format!("element_at({column}, '{key}')")),
        [key, deeper @ ..] if MAPS.contains(&column.as_str()) => {
            Some(format!("json_extract_scalar(element_at({column}, '{key}'), '$.{}')", deeper.join(".")))
        }
        // Of these, the first is a map and the other an instant.
        [.., last] if column == "userIdentity" && path[1..].iter().all(|key| key != "webIdFederationData") => {
            (last != "creationDate").then(|| path.join("."))
        }
        _ => None,
    }
}

/// A condition, and which records it holds for.
type Question = (String, Box<dyn Fn(&Value) -> bool + Send>);

fn question(random: &mut Random, records: &[Value]) -> Option<Question> {
    let record = &records[random.below(records.len() as u64) as usize];
    let mut found = Vec::new();
    strings(record, &mut Vec::new(), &mut found);
    let (path, text) = found.swap_remove(random.below(found.len() as u64) as usize);
    let text = text.to_owned();
    let asked = expression(&path);
    let (kind, asked) = match asked {
        Some(asked) => (random.below(5), asked),
        None => (4, String::new()),
    };
    Some(match kind {
        0 => (format!("{asked} = {}", quoted(&text)), Box::new(move |record| at(record, &path) == Some(&text))),
        1 => {
            let condition = format!("lower({asked}) IN ('no such value', {})", quoted(&text.to_lowercase()));
            (
                condition,
                Box::new(move |record| at(record, &path).is_some_and(|at| at.to_lowercase() == text.to_lowercase())),
            )
        }
        2 => {
            let part = part(random, &text)?;
            let condition = format!("{asked} LIKE {}", quoted(&format!("%{part}%")));
            (condition, Box::new(move |record| at(record, &path).is_some_and(|at| at.contains(&part))))
        }
        3 => {
            let part = part(random, &text)?;
            let condition = format!("eventName = 'no such event' OR strpos({asked}, {}) > 0", quoted(&part));
            (condition, Box::new(move |record| at(record, &path).is_some_and(|at| at.contains(&part))))
        }
        _ => {
            let condition = format!("occurs(eventJson, {})", quoted(&text));
            (condition, Box::new(move |record| occurs(record, &text)))
        }
    })
}

/// A random part of a text that has no wildcard.
fn part(random: &mut Random, text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let length = chars.len().min(3 + random.below(12) as usize);
    let start = random.below((chars.len() - length + 1) as u64) as usize;
    let part: String = chars[start..start + length].iter().collect();
    (!part.is_empty() && !part.contains(['%', '_', '\\'])).then_some(part)
}

/// Whether a value holds a text with neither a letter nor a digit beside it.
fn occurs(value: &Value, text: &str) -> bool {
    let is_word = |value: &str| {
        let stands_alone = |at: usize| {
            let beside = [value[..at].chars().next_back(), value[at + text.len()..].chars().next()];
            !beside.into_iter().flatten().any(char::is_alphanumeric)
        };
        let starts = value.char_indices().map(|(at, _)| at).filter(|at| value[*at..].starts_with(text));
        if text.is_empty() { value.is_empty() } else { starts.into_iter().any(stands_alone) }
    };
    match value {
        Value::String(value) => is_word(value),
        Value::Object(members) => members.values().any(|member| occurs(member, text)),
        Value::Array(elements) => elements.iter().any(|element| occurs(element, text)),
        Value::Null => false,
        other => is_word(&other.to_string()),
    }
}

async fn count(lake: &Lake, condition: &str) -> (String, QueryStatistics) {
    let sql = format!("SELECT count(*) FROM events WHERE {condition}");
    let mut results = lake.query(&sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let batches = results.collect().await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let count = crate::ask::texts(&batches[0]).remove(0).remove(0).unwrap();
    (count, results.statistics())
}

/// Asks random questions about a lake's records; gives how many of them left rows out.
async fn check(lake: &Lake, questions: usize) -> usize {
    let records = records(lake).await;
    let mut random = Random::new(5);
    let mut asked: Vec<(String, usize)> = Vec::new();
    while asked.len() < questions {
        let Some((condition, holds)) = question(&mut random, &records) else { continue };
        asked.push((condition, records.iter().filter(|record| holds(record)).count()));
    }
    let answers = asked.iter().map(|(condition, expected)| async move {
        let (answer, statistics) = count(lake, condition).await;
        (answer != expected.to_string()).then(|| println!("{condition}: {answer}, not {expected}"));
        (
            answer == expected.to_string(),
            statistics.row_groups_pruned_by_value_index + statistics.rows_pruned_by_pages > 0,
        )
    });
    let answers = stream::iter(answers.collect::<Vec<_>>());
    let answers: Vec<(bool, bool)> =
        futures::StreamExt::collect(futures::StreamExt::buffer_unordered(answers, QUESTIONS_AT_ONCE)).await;
    let wrong = answers.iter().filter(|(right, _)| !right).count();
    assert_eq!(wrong, 0, "of {questions} answers");
    answers.iter().filter(|(_, pruned)| *pruned).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_values_are_found_where_they_are() {
    let pruned = check(&trail(4_500, 2, false).await, QUESTIONS).await;
    println!("{pruned} of {QUESTIONS} questions read less than all");
    assert!(pruned > QUESTIONS / 50, "{pruned}");
}

#[tokio::test(flavor = "multi_thread")]
async fn compaction_makes_the_index_anew() {
    let pruned = check(&trail(5_000, 1, true).await, 60).await;
    assert!(pruned > 0, "{pruned}");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_real_records_are_found_where_they_are() {
    let Some(datasets) = datasets() else { return };
    let mut files: Vec<_> =
        walk(&datasets).into_iter().filter(|file| file.to_string_lossy().ends_with(".json.gz")).collect();
    files.sort();
    files.truncate(40);
    let lake = lake_of(&files, &ImportOptions::default()).await.0;
    check(&lake, 100).await;
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_event_has_is_read_from_its_pages() {
    let lake = trail(14_000, 1, true).await;
    let once =
        "SELECT element_at(requestParameters, 'key') FROM events GROUP BY 1 HAVING count(*) = 1 ORDER BY 1 LIMIT 1";
    let key = ask(&lake, once).await.remove(0).remove(0).unwrap();
    let bytes = lake.event_data_store("events").await.unwrap().snapshot().await.unwrap().bytes();
    let location = lake.location().to_file_path().unwrap();
    for condition in [
        format!("any_match(map_values(requestParameters), v -> v = {})", quoted(&key)),
        format!("element_at(requestParameters, 'key') = {}", quoted(&key)),
    ] {
        // As a process that has just started.
        let lake = Lake::open(location.to_str().unwrap()).await.unwrap();
        let mut results =
            lake.query(&format!("SELECT eventID, eventName FROM events WHERE {condition}")).await.unwrap();
        assert_eq!(results.collect().await.unwrap().iter().map(|batch| batch.num_rows()).sum::<usize>(), 1);
        let read = results.statistics().bytes_scanned;
        println!("{read} of {bytes} bytes: {condition}");
        assert!(read * 6 < bytes, "{read} of {bytes} bytes: {condition}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_is_not_looked_for() {
    let lake = trail(14_000, 1, false).await;
    for condition in [
        "element_at(requestParameters, 'key') = 'no/such/object'",
        "json_extract_scalar(element_at(responseElements, 'credentials'), '$.accessKeyId') = 'ASIANOSUCHKEYEXAMPLE'",
        "any_match(map_values(requestParameters), v -> v LIKE '%exfil-7f3a9c%')",
        "any_match(resources, r -> r.arn = 'arn:aws:s3:::no-such-bucket')",
        "contains(map_values(requestParameters), 'no-such-value')",
        "eventJson LIKE '%\"no-such-key\":%'",
        "lower(userAgent) LIKE '%no-such-agent/7%' OR eventID = 'no such id'",
        "occurs(eventJson, 'AKIANOSUCHKEYEXAMPLE')",
    ] {
        let (answer, statistics) = count(&lake, condition).await;
        assert_eq!(answer, "0", "{condition}");
        assert!(statistics.events_scanned < 5_000, "{condition}: {statistics:?}");
    }
    // Joined, under other names, and in both halves of a union.
    for sql in [
        "WITH calls AS (SELECT eventID AS id, element_at(requestParameters, 'key') AS object FROM events) \
         SELECT count(*) FROM calls WHERE object = 'no/such/object'",
        "SELECT count(*) FROM (SELECT userAgent AS a FROM events UNION ALL SELECT userIdentity.arn FROM events) \
         WHERE a = 'no such thing'",
        "SELECT count(*) FROM events a JOIN events b ON a.eventID = b.sharedEventID \
         WHERE element_at(a.requestParameters, 'key') = 'no/such/object' AND b.userAgent = 'no such thing'",
    ] {
        let mut results = lake.query(sql).await.unwrap();
        results.collect().await.unwrap();
        assert!(results.statistics().events_scanned < 5_000, "{sql}: {:?}", results.statistics());
    }
    assert_eq!(
        value(&lake, "SELECT count(*) FROM events WHERE occurs(eventJson, 'no-such')").await.as_deref(),
        Some("0")
    );
}
