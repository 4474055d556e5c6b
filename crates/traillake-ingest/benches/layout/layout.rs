//! Ways to write a data file.

use arrow::datatypes::Schema as ArrowSchema;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use traillake_event::schema::{Column, Kind, Schema, Statistics};

use crate::Answer;

/// Columns to sort by; `true` is descending.
pub(crate) type Order = &'static [(&'static str, bool)];

pub(crate) const NEWEST_FIRST: Order =
    &[("eventTime", true), ("eventSource", false), ("eventName", false), ("eventID", false)];

/// How a file is written.
#[derive(Clone)]
pub(crate) struct Layout {
    pub(crate) order: Order,
    pub(crate) group_rows: usize,
    pub(crate) page_rows: usize,
    pub(crate) page_bytes: usize,
    pub(crate) compression: Compression,
    /// Where a dictionary that grows beyond this ends; 0 is no dictionary at all.
    pub(crate) dictionary_bytes: usize,
    pub(crate) blooms: Blooms,
    pub(crate) false_positives: f64,
    /// Whether bloom filters begin with the size that the file's rows need, not that of a full row group.
    pub(crate) blooms_fit: bool,
    /// Columns that are written otherwise.
    pub(crate) changes: Vec<(String, Change)>,
    pub(crate) event_json: EventJson,
    pub(crate) hot_keys: bool,
    pub(crate) ids: Ids,
}

/// Which columns have bloom filters.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Blooms {
    None,
    /// Those of nearly one value per event.
    Unique,
    /// Those that the schema says.
    Schema,
}

/// What is otherwise about a column.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    Encoding(Encoding),
    Dictionary,
    Compression(Compression),
}

/// What `eventJson` is read from.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum EventJson {
    Template,
    Text,
    Nothing,
}

/// How ids are kept.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Ids {
    Text,
    /// As 16 bytes where they are UUIDs in lower case, as text beside that where not.
    Binary,
}

impl Layout {
    /// What an import writes, spelt once more: `main` compares the two.
    pub(crate) fn fresh() -> Self {
        Self { compression: zstd(1), ..Self::store() }
    }

    /// What a compaction writes.
    pub(crate) fn store() -> Self {
        Self { group_rows: 65_536, false_positives: 0.03, blooms_fit: true, ..Self::base() }
            .with(&["eventTime".to_owned()], Change::Encoding(Encoding::DELTA_BINARY_PACKED))
            .with(&ids(), Change::Encoding(Encoding::DELTA_LENGTH_BYTE_ARRAY))
    }

    /// What every other layout is compared with.
    pub(crate) fn base() -> Self {
        Self {
            order: NEWEST_FIRST,
            group_rows: 131_072,
            page_rows: 2_048,
            page_bytes: 256 << 10,
            compression: zstd(3),
            dictionary_bytes: 1 << 20,
            blooms: Blooms::Schema,
            false_positives: 0.01,
            blooms_fit: false,
            changes: Vec::new(),
            event_json: EventJson::Template,
            hot_keys: true,
            ids: Ids::Text,
        }
    }

    /// The same with a change to some columns.
    pub(crate) fn with(mut self, columns: &[String], change: Change) -> Self {
        self.changes.extend(columns.iter().map(|name| (name.clone(), change)));
        self
    }

    pub(crate) fn properties(&self, columns: &ArrowSchema, rows: usize) -> Answer<WriterProperties> {
        let mut sorting = Vec::new();
        for &(name, descending) in self.order {
            let column_idx = i32::try_from(columns.index_of(name)?)?;
            sorting.push(SortingColumn { column_idx, descending, nulls_first: false });
        }
        let mut properties = WriterProperties::builder()
            .set_created_by("traillake".to_owned())
            .set_compression(self.compression)
            .set_max_row_group_row_count(Some(self.group_rows))
            .set_data_page_row_count_limit(self.page_rows)
            .set_data_page_size_limit(self.page_bytes)
            .set_write_batch_size(512)
            .set_dictionary_page_size_limit(self.dictionary_bytes.max(1))
            .set_statistics_truncate_length(Some(64))
            .set_column_index_truncate_length(Some(64))
            .set_sorting_columns(Some(sorting));
        for field in columns.fields() {
            let path = ColumnPath::from(field.name().as_str());
            properties = match Schema::events().column(field.name()) {
                Some(column) => self.column(properties, path, column),
                // Text beside binary ids, and the text of records.
                None => properties
                    .set_column_dictionary_enabled(path.clone(), false)
                    .set_column_statistics_enabled(path, EnabledStatistics::None),
            };
        }
        if self.blooms_fit {
            for column in Schema::events().columns().iter().filter(|column| column.bloom) {
                let path = ColumnPath::from(column.name.as_str());
                properties = properties.set_column_bloom_filter_max_ndv(path, rows.min(self.group_rows) as u64);
            }
        }
        Ok(self.changed(properties).build())
    }

    fn column(
        &self,
        properties: WriterPropertiesBuilder,
        path: ColumnPath,
        column: &Column,
    ) -> WriterPropertiesBuilder {
        let statistics = match column.statistics {
            Statistics::Bounds => EnabledStatistics::Page,
            Statistics::None => EnabledStatistics::None,
        };
        let properties = properties
            .set_column_dictionary_enabled(path.clone(), column.dictionary && self.dictionary_bytes > 0)
            .set_column_statistics_enabled(path.clone(), statistics);
        let bloom = match self.blooms {
            Blooms::None => false,
            Blooms::Unique => column.bloom && !column.dictionary,
            Blooms::Schema => column.bloom,
        };
        match bloom {
            true => properties.set_column_bloom_filter_fpp(path, self.false_positives),
            false => properties,
        }
    }

    fn changed(&self, mut properties: WriterPropertiesBuilder) -> WriterPropertiesBuilder {
        for (name, change) in &self.changes {
            let path = ColumnPath::from(name.as_str());
            properties = match *change {
                Change::Encoding(encoding) => {
                    properties.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding)
                }
                Change::Dictionary => properties.set_column_dictionary_enabled(path, true),
                Change::Compression(compression) => properties.set_column_compression(path, compression),
            };
        }
        properties
    }
}

pub(crate) fn zstd(level: i32) -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(level).unwrap_or_default())
}

/// The names of the columns of a kind.
pub(crate) fn columns_of(kind: Kind) -> Vec<String> {
    let columns = Schema::events().columns().iter().filter(|column| column.kind == kind);
    columns.map(|column| column.name.clone()).collect()
}

/// The columns of nearly one value per event.
pub(crate) fn ids() -> Vec<String> {
    let columns = Schema::events().columns().iter().filter(|column| column.bloom && !column.dictionary);
    columns.map(|column| column.name.clone()).collect()
}
