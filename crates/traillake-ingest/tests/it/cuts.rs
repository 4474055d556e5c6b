//! Cutting the input at any byte gives the same rows up to the cut.

use std::io::Read;

use arrow::array::RecordBatch;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use traillake_ingest::decoder::{Decoder, Gathered, Tally};
use traillake_ingest::inflate::inflate;
use traillake_testkit::trail::Trail;

use crate::hostile::gz;
use crate::lake::{Scratch, physical_rows};

/// Runs a check on cases drawn from a fixed seed; `PROPTEST_CASES=500` asks for more of them.
pub(crate) fn check<S: Strategy>(cases: u32, strategy: &S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let config = Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    if let Err(error) = runner.run(strategy, check) {
        panic!("{error}");
    }
}

/// How records stand in a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    Records,
    Array,
    Lines,
    OneAfterAnother,
}

pub(crate) const FORMS: [Form; 4] = [Form::Records, Form::Array, Form::Lines, Form::OneAfterAnother];

/// A document and where each of its records ends.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) text: String,
    ends: Vec<usize>,
    form: Form,
}

impl Document {
    pub(crate) fn new(form: Form, records: &[String], blank: &str) -> Self {
        let (open, between, close) = match form {
            Form::Records => ("{\"Records\":[", ",", "]}"),
            Form::Array => ("[", ",", "]"),
            Form::Lines => ("", "\n", "\n"),
            Form::OneAfterAnother => ("", "", ""),
        };
        let blank = if form == Form::Lines { "" } else { blank };
        let (mut text, mut ends) = (format!("{open}{blank}"), Vec::new());
        for (place, record) in records.iter().enumerate() {
            if place > 0 {
                text.push_str(between);
                text.push_str(blank);
            }
            text.push_str(record);
            ends.push(text.len());
        }
        text.push_str(close);
        Self { text, ends, form }
    }

    /// How many records end before a cut.
    fn whole(&self, cut: usize) -> usize {
        self.ends.iter().filter(|end| **end <= cut).count()
    }

    /// How many rejects a cut leaves: one for what it broke off.
    fn broken(&self, cut: usize) -> u64 {
        let before = &self.text.as_bytes()[..cut];
        if before.trim_ascii().is_empty() || cut == self.text.len() {
            return 0;
        }
        match self.form {
            Form::Records | Form::Array => 1,
            Form::Lines | Form::OneAfterAnother => {
                let end = self.ends.iter().rev().find(|end| **end <= cut).copied().unwrap_or_default();
                u64::from(!before[end..].trim_ascii().is_empty())
            }
        }
    }
}

/// Documents of a few records of every kind, with blanks before each of them.
fn documents(blanks: &'static [&'static str]) -> impl Strategy<Value = Document> {
    let pool = pool();
    let picks = prop::collection::vec(any::<Index>(), 1..8);
    let blank = prop::sample::select(blanks);
    (prop::sample::select(FORMS.to_vec()), picks, blank).prop_map(move |(form, picks, blank)| {
        let records: Vec<String> = picks.iter().map(|pick| pick.get::<String>(&pool).clone()).collect();
        Document::new(form, &records, blank)
    })
}

/// Generated records, and some that take another way through the decoder.
pub(crate) fn pool() -> Vec<String> {
    let trail = Trail::new(5).events(80).accounts(2).days(2).incidents(true).build();
    let odd = [
        r#"{"eventName":"a","eventSource":"b"}"#,
        r#"{ "eventName" : "a" , "eventSource" : "é😀" , "eventTime" : "20260301T120000Z" }"#,
        r#"{"eventName":"\u0041\ud800","eventSource":"b","eventName":"twice"}"#,
        r#"{"eventSource":"b","x":{"y":[1e400,{"z":"}]"}]},"eventName":"a","eventTime":"2026-03-01 12:00:00.5"}"#,
        r#"{"eventName":"a","eventSource":"b","requestParameters":"{\"eventName\":\"in text\",\"eventSource\":\"b\"}"}"#,
    ];
    trail.records().map(str::to_owned).chain(odd.map(str::to_owned)).collect()
}

fn decode(bytes: &[u8]) -> (Tally, Vec<Vec<String>>) {
    let mut found = Gathered::default();
    let mut decoder = Decoder::new();
    let tally = decoder.decode_document(bytes, &mut found);
    decoder.flush(&mut found);
    let batches: Vec<&RecordBatch> = found.rows.iter().map(|rows| &rows.batch).collect();
    (tally, batches.into_iter().flat_map(physical_rows).collect())
}

/// Decodes what is left of a document and compares it with the rows of all of it.
fn check_cut(document: &Document, all: &[Vec<String>], content: &[u8]) -> Result<(), TestCaseError> {
    let cut = content.len();
    let (tally, rows) = decode(content);
    prop_assert!(rows == all[..document.whole(cut)], "cut at {cut}: {} rows of {tally:?}", rows.len());
    prop_assert_eq!((cut, tally.rejects), (cut, document.broken(cut)));
    Ok(())
}

#[test]
fn a_document_cut_at_any_byte_gives_the_rows_before_the_cut() {
    cut_anywhere(60, &["", " ", "\t  "]);
}

#[test]
fn a_document_with_a_record_a_line_cut_at_any_byte_gives_the_rows_before_the_cut() {
    cut_anywhere(20, &["\n", "\r\n", "\n  "]);
}

fn cut_anywhere(cases: u32, blanks: &'static [&'static str]) {
    let cuts = prop::collection::vec(any::<Index>(), 12);
    check(cases, &(documents(blanks), cuts), |(document, cuts)| {
        let (_, all) = decode(document.text.as_bytes());
        prop_assert_eq!(all.len(), document.ends.len());
        // At random places, and around the end of every record.
        let around = document.ends.iter().flat_map(|end| [end - 1, *end, end + 1]);
        for cut in cuts.iter().map(|cut| cut.index(document.text.len())).chain(around) {
            check_cut(&document, &all, &document.text.as_bytes()[..cut.min(document.text.len())])?;
        }
        Ok(())
    });
}

#[test]
fn a_packed_document_cut_at_any_byte_gives_the_rows_before_the_cut() {
    let cuts = prop::collection::vec(any::<Index>(), 12);
    check(40, &(documents(&["", " "]), cuts), |(document, cuts)| {
        let (_, all) = decode(document.text.as_bytes());
        let stored = gz(&document.text);
        for cut in cuts.iter().map(|cut| 4 + cut.index(stored.len() - 4)) {
            let inflated = inflate(&stored[..cut]);
            prop_assert!(inflated.damage.is_some(), "nothing says that the stream is cut off");
            prop_assert!(document.text.as_bytes().starts_with(&inflated.bytes));
            prop_assert!(inflated.bytes.len() >= inflated_by_others(&stored[..cut]), "less than there is");
            check_cut(&document, &all, &inflated.bytes)?;
        }
        Ok(())
    });
}

/// How much of a stream that is cut off another reader gives.
fn inflated_by_others(stored: &[u8]) -> usize {
    let mut content = Vec::new();
    let mut reader = flate2::bufread::GzDecoder::new(stored);
    let mut byte = [0];
    while let Ok(1) = reader.read(&mut byte) {
        content.push(byte[0]);
    }
    content.len()
}

#[test]
fn cut_files_give_the_rows_before_the_cut_when_they_are_imported() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cuts = prop::collection::vec(any::<Index>(), 10);
    check(3, &(documents(&["", " "]), cuts, any::<bool>()), |(document, cuts, is_packed)| {
        runtime.block_on(async {
            let scratch = Scratch::new().await;
            let stored = if is_packed { gz(&document.text) } else { document.text.clone().into_bytes() };
            let cuts: Vec<usize> = cuts.iter().map(|cut| 4 + cut.index(stored.len() - 4)).collect();
            for cut in &cuts {
                scratch.write(&format!("{cut:06}.json"), &stored[..*cut]);
            }
            scratch.import(&scratch.logs()).await;
            for object in scratch.objects().await {
                let cut: usize = object.uri[object.uri.len() - 11..].trim_end_matches(".json").parse().unwrap();
                let content = if is_packed { inflated_by_others(&stored[..cut]) } else { cut };
                let events = object.events + object.duplicates;
                prop_assert!(events >= document.whole(content) as u64, "cut at {cut}: {object:?}");
                prop_assert!(events <= document.ends.len() as u64, "cut at {cut}: {object:?}");
                let is_told = object.rejects + object.skipped.values().sum::<u64>() > 0;
                prop_assert!(is_told || events > 0, "cut at {cut}: {object:?}");
            }
            Ok(())
        })
    });
}

#[test]
fn a_record_that_is_cut_off_gives_no_record_from_inside_of_it() {
    let inner = r#"{"eventName":"C","eventSource":"c"}"#;
    for member in ["detail", "message", "event", "data", "body"] {
        let record = format!(r#"{{"eventName":"B","eventSource":"b","{member}":{inner},"x":1}}"#);
        let (_, all) = decode(record.as_bytes());
        assert_eq!(all.len(), 1, "{member}");
        let (tally, rows) = decode(&record.as_bytes()[..record.len() - 1]);
        assert_eq!((rows.len(), tally.rejects), (0, 1), "{member}: {tally:?}");
    }
}
