//! What a data file is, as other readers see it.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, LogicalType, TimeUnit as ParquetTimeUnit};
use parquet::file::metadata::PageIndexPolicy;
use traillake_event::schema::{self, Schema, Statistics};
use traillake_store::{Bounds, Encoded, Error, Kind, Selection, Value, ValueCounts, ValueIndex, encode};

use crate::sample::{MIDNIGHT_MS, append, create, memory_lake, rows};

fn read(bytes: Bytes) -> (ParquetRecordBatchReaderBuilder<Bytes>, RecordBatch) {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes.clone(), options).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
    let batches: Vec<_> = reader.map(|batch| batch.unwrap()).collect();
    let whole = concat_batches(&batches[0].schema(), &batches).unwrap();
    (builder, whole)
}

fn encode_all(batches: Vec<RecordBatch>) -> Result<Encoded, Error> {
    encode(Schema::events(), batches.into_iter().map(|batch| Selection { batch, rows: None }).collect(), 2)
}

#[test]
fn a_file_has_sorted_rows_blooms_a_page_index_and_plain_types() {
    let encoded = encode_all(vec![rows("b", 3000), rows("a", 3000)]).unwrap();
    let (builder, rows) = read(encoded.content.into());
    let metadata = builder.metadata();
    assert_eq!(metadata.file_metadata().created_by(), Some("traillake"));
    let entries = metadata.file_metadata().key_value_metadata().unwrap();
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, [ValueIndex::footer_key(), ValueCounts::footer_key()], "ARROW:schema would hide plain types");
    assert!(ValueIndex::of_footer(entries[0].value.as_deref().unwrap()).unwrap()[0].is_known());
    let group = metadata.row_group(0);
    let sorting: Vec<_> = group.sorting_columns().unwrap().iter().map(|by| (by.column_idx, by.descending)).collect();
    let schema = Schema::events();
    let index = |name: &str| schema.index_of(name).unwrap() as i32;
    let expected = [("eventTime", true), ("eventSource", false), ("eventName", false), ("eventID", false)];
    assert_eq!(sorting, expected.map(|(name, descending)| (index(name), descending)));

    for (column, chunk) in schema.columns().iter().zip(group.columns()) {
        assert_eq!(chunk.column_path().string(), column.name);
        assert_eq!(chunk.bloom_filter_offset().is_some(), column.bloom, "{}", column.name);
        assert_eq!(chunk.statistics().is_some(), column.statistics == Statistics::Bounds, "{}", column.name);
        let is_compressed = matches!(chunk.compression(), Compression::ZSTD(_));
        match column.kind {
            schema::Kind::Boolean | schema::Kind::Digest => assert!(!is_compressed, "{}", column.name),
            _ if ["eventID", "eventTime"].contains(&column.name.as_str()) => assert!(is_compressed, "{}", column.name),
            // Codes that hardly shrink stay as they are.
            _ => assert!(is_compressed || chunk.compression() == Compression::UNCOMPRESSED, "{}", column.name),
        }
        assert!(chunk.offset_index_offset().is_some());
    }
    let pages = &metadata.offset_index().unwrap()[0][index("eventID") as usize];
    assert!(pages.page_locations().len() >= 3, "6000 rows are at least three pages");

    let time = group.column(index("eventTime") as usize).column_descr().logical_type_ref();
    let micros = LogicalType::timestamp(true, ParquetTimeUnit::MICROS);
    assert_eq!(time, Some(&micros));
    let types = rows.schema();
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(types.field_with_name("eventTime").unwrap().data_type(), &utc);
    assert_eq!(types.field_with_name("eventName").unwrap().data_type(), &DataType::Utf8);
}

#[test]
fn rows_go_newest_first_then_by_source_name_and_id() {
    let (_, rows) = read(encode_all(vec![rows("b", 500), rows("a", 500)]).unwrap().content.into());
    let times = rows.column_by_name("eventTime").unwrap().as_primitive::<TimestampMicrosecondType>();
    let text = |name: &str, row: usize| rows.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned();
    let keys: Vec<_> = (0..rows.num_rows())
        .map(|row| (-times.value(row), text("eventSource", row), text("eventName", row), text("eventID", row)))
        .collect();
    assert!(keys.is_sorted());
    assert_eq!(keys.len(), 1000);
    // Every column moved with its row.
    for row in 0..rows.num_rows() {
        let number: usize = text("eventID", row)[2..].parse().unwrap();
        assert!(text("requestParameters", row).starts_with(&format!("{{\"bucketName\":\"b{number}\"")));
    }
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let one = encode_all(vec![rows("a", 300), rows("b", 300)]).unwrap();
    let other = encode_all(vec![rows("b", 300), rows("a", 300)]).unwrap();
    assert_eq!(Bytes::from(one.content), Bytes::from(other.content));
}

#[test]
fn bounds_are_those_of_the_rows_and_say_when_they_are_cut() {
    let encoded = encode_all(vec![rows("a", 500)]).unwrap();
    let bounds = |name: &str| encoded.columns.get(name).unwrap();
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let name = Bounds { min: text("AssumeRole"), max: text("RunInstances"), exact: true, nulls: 0 };
    assert_eq!(bounds("eventName"), name);
    let time = bounds("eventTime");
    assert_eq!((&time.min, time.exact), (&Some(Value::Millis(MIDNIGHT_MS)), true));
    assert_eq!(bounds("readOnly").max, Some(Value::Boolean(true)));
    assert_eq!(bounds("errorCode"), Bounds { min: None, max: None, exact: true, nulls: 500 });
    let agent = bounds("userAgent");
    assert!(!agent.exact);
    let (Some(Value::Text(min)), Some(Value::Text(max))) = (&agent.min, &agent.max) else { panic!("{agent:?}") };
    let longest = "agent/".repeat(30) + "99";
    assert!(min.len() <= 64 && max.len() <= 64 && min.as_str() < longest.as_str() && max.as_str() > longest.as_str());
    assert!(encoded.columns.get("requestParameters").is_none(), "bounds of raw JSON prune nothing");
}

#[test]
fn rows_of_another_schema_and_no_rows_are_refused() {
    let narrow = rows("a", 2).project(&[0, 1]).unwrap();
    for batches in [vec![narrow], vec![], vec![rows("a", 0)]] {
        let error = encode_all(batches).unwrap_err();
        assert!(matches!(error, Error::Rows { .. }));
        assert_eq!(error.kind(), Kind::Data);
    }
}

#[tokio::test]
async fn the_log_says_of_a_file_what_is_in_it() {
    let store = create(&memory_lake(), "trail").await;
    let snapshot = append(&store, "a", 500).await;
    let path = Path::from(format!("{}/_delta_log/{:020}.json", store.id(), snapshot.version()));
    let commit = store.lake().storage().get(&path).await.unwrap().bytes().await.unwrap();
    let actions: Vec<serde_json::Value> =
        serde_json::Deserializer::from_slice(&commit).into_iter().collect::<Result<_, _>>().unwrap();
    let add = &actions.iter().find(|action| action.get("add").is_some()).unwrap()["add"];
    assert_eq!(add["partitionValues"]["calendarday"], "2023-07-19");
    assert_eq!(add["size"], snapshot.bytes());
    assert!(add["path"].as_str().unwrap().starts_with("calendarday=2023-07-19/"), "{add}");
    let stats: serde_json::Value = serde_json::from_str(add["stats"].as_str().unwrap()).unwrap();
    assert_eq!(stats["numRecords"], 500);
    assert_eq!(stats["minValues"]["eventTime"], "2023-07-19T00:00:00.000Z");
    assert_eq!(stats["maxValues"]["eventName"], "RunInstances");
    assert_eq!(stats["nullCount"]["errorCode"], 500);
    assert_eq!(stats["minValues"].get("errorCode"), None);
    assert_eq!(stats["nullCount"].get("requestParameters"), None);
}
