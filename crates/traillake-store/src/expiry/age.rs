//! What is older than a store keeps.

use chrono::{NaiveDate, NaiveTime};

use crate::attributes::Attributes;
use traillake_event::schema::EVENT_TIME;

use crate::data_file::{DataFile, Value};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Attributes {
    /// The time of the oldest event that the store keeps at `now_ms`: an event of this very millisecond stays, one of the
    /// millisecond before goes. Both in milliseconds since 1970 UTC; `None` where events are kept for ever.
    pub fn oldest_kept_ms(&self, now_ms: i64) -> Option<i64> {
        self.retention.days().map(|days| now_ms.saturating_sub(i64::from(days) * DAY_MS))
    }
}

/// How the rows of a data file stand to an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// None is older, or none has a time.
    Newer,
    /// Some may be older.
    Between,
    /// All are older.
    Older,
}

impl Age {
    /// Of a file's day, and of what is known of its times.
    pub(super) fn of(file: &DataFile, oldest_ms: i64) -> Self {
        let Some(day) = file.calendar_day else { return Age::Newer };
        let midnight_ms = midnight_ms(day);
        if midnight_ms >= oldest_ms {
            return Age::Newer;
        }
        if midnight_ms.saturating_add(DAY_MS) <= oldest_ms {
            return Age::Older;
        }
        let times = file.columns.get(EVENT_TIME).filter(|times| times.nulls == 0);
        match times.map(|times| (times.min, times.max)) {
            Some((Some(Value::Millis(min)), _)) if min >= oldest_ms => Age::Newer,
            Some((_, Some(Value::Millis(max)))) if max < oldest_ms => Age::Older,
            _ => Age::Between,
        }
    }
}

fn midnight_ms(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

#[cfg(test)]
mod tests {
    use traillake_event::schema::Schema;

    use super::*;
    use crate::data_file::{Bounds, ColumnBounds};

    /// 2023-07-19T00:00:00Z.
    const MIDNIGHT_MS: i64 = 1_689_724_800_000;

    fn file(has_day: bool, times: Option<(i64, i64, u64)>) -> DataFile {
        let place = Schema::events().index_of("eventTime").unwrap();
        let millis = |offset| Some(Value::Millis(MIDNIGHT_MS + offset));
        let bounds = times.map(|(min, max, nulls)| (place, Bounds::new(millis(min), millis(max), nulls)));
        DataFile {
            path: "a.parquet".into(),
            bytes: 1,
            rows: 1,
            calendar_day: NaiveDate::from_ymd_opt(2023, 7, 19).filter(|_| has_day),
            columns: ColumnBounds::new(Schema::events(), bounds),
            modified_at_ms: 0,
            sha256: None,
        }
    }

    #[test]
    fn a_file_is_as_old_as_its_day_and_its_times() {
        for (times, oldest, age) in [
            (None, 0, Age::Newer),
            (None, 1, Age::Between),
            (None, DAY_MS - 1, Age::Between),
            (None, DAY_MS, Age::Older),
            (Some((10, 20, 0)), 10, Age::Newer),
            (Some((10, 20, 0)), 11, Age::Between),
            (Some((10, 20, 0)), 20, Age::Between),
            (Some((10, 20, 0)), 21, Age::Older),
            (Some((10, 20, 1)), 21, Age::Between),
        ] {
            assert_eq!(Age::of(&file(true, times), MIDNIGHT_MS + oldest), age, "{times:?} {oldest}");
        }
        assert_eq!(Age::of(&file(false, None), i64::MAX), Age::Newer);
    }
}
