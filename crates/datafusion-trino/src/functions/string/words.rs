//! Words and their forms.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, plan_err};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use rust_stemmers::{Algorithm, Stemmer};

use crate::functions::scalar::{Call, is_text};
use crate::types::describe;

/// `normalize(text [, form])`.
pub(super) fn normalize(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let text = call.text(0).value(row);
        let form = if call.args.len() > 1 { call.text(1).value(row) } else { "NFC" };
        let normal = match form {
            "NFC" => ComposingNormalizerBorrowed::new_nfc().normalize(text),
            "NFD" => DecomposingNormalizerBorrowed::new_nfd().normalize(text),
            "NFKC" => ComposingNormalizerBorrowed::new_nfkc().normalize(text),
            "NFKD" => DecomposingNormalizerBorrowed::new_nfkd().normalize(text),
            _ => return exec_err!("Normalization form must be one of [NFD, NFC, NFKD, NFKC]"),
        };
        Ok(Some(normal.into_owned()))
    })
}

/// `word_stem(word [, language])`.
pub(super) fn word_stem(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let language = if call.args.len() > 1 { call.text(1).value(row) } else { "en" };
        let algorithm = match language {
            "da" => Algorithm::Danish,
            "de" => Algorithm::German,
            "en" => Algorithm::English,
            "es" => Algorithm::Spanish,
            "fi" => Algorithm::Finnish,
            "fr" => Algorithm::French,
            "hu" => Algorithm::Hungarian,
            "it" => Algorithm::Italian,
            "nl" => Algorithm::Dutch,
            "no" => Algorithm::Norwegian,
            "pt" => Algorithm::Portuguese,
            "ro" => Algorithm::Romanian,
            "ru" => Algorithm::Russian,
            "sv" => Algorithm::Swedish,
            "tr" => Algorithm::Turkish,
            other => return exec_err!("Unknown stemmer language: {other}"),
        };
        Ok(Some(Stemmer::create(algorithm).stem(call.text(0).value(row)).into_owned()))
    })
}

/// `concat_ws` takes a separator and texts, or a separator and one array of them.
pub(super) fn concat_ws_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let list = |item: &DataType| is_text(item);
    match types {
        [separator, DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)]
            if is_text(separator) && list(item.data_type()) =>
        {
            let items = crate::types::list_type(arrow::datatypes::Field::new("item", DataType::Utf8View, true));
            Ok(vec![DataType::Utf8View, items])
        }
        [_, _, ..] if types.iter().all(is_text) => Ok(vec![DataType::Utf8View; types.len()]),
        _ => {
            let given: Vec<String> = types.iter().map(describe).collect();
            plan_err!("{name} takes varchar or an array of varchar, not {}", given.join(", "))
        }
    }
}

/// NULLs are left out; a NULL separator or array gives NULL.
pub(super) fn concat_ws(call: &Call) -> Result<ArrayRef> {
    let separators = call.text(0);
    let rows = (0..call.rows).map(|row| {
        if separators.is_null(row) {
            return None;
        }
        let separator = separators.value(row);
        let Some(list) = call.args.get(1).and_then(|arg| arg.as_list_opt::<i32>()) else {
            let texts = (1..call.args.len()).filter(|&i| call.args[i].is_valid(row)).map(|i| call.text(i).value(row));
            return Some(texts.collect::<Vec<_>>().join(separator));
        };
        let items = list.is_valid(row).then(|| list.value(row))?;
        Some(items.as_string_view().iter().flatten().collect::<Vec<_>>().join(separator))
    });
    Ok(std::sync::Arc::new(rows.collect::<StringArray>()))
}
