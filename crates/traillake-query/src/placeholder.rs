//! What stands for an event data store in queries that AWS publishes.

/// How a place holder is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By its marks: no store has such a name.
    Marked,
    /// By its words, which a store may have for a name.
    Plain,
}

/// The names that samples and the user guide write without marks.
const PLAIN: [&str; 6] = ["eds", "eds_id", "edsid", "event_data_store_id", "event-data-store-id", "eventdatastoreid"];

/// Whether a table's name is a place holder: `$EDS_ID`, `$EventDataStoreId$`, `${EDS_ID}`,
/// `<event_data_store_id>`, or a plain word in their manner.
pub(crate) fn kind(name: &str) -> Option<Kind> {
    let marked = name.starts_with('$') || (name.starts_with('<') && name.ends_with('>'));
    if marked {
        return Some(Kind::Marked);
    }
    PLAIN.contains(&name.to_lowercase().as_str()).then_some(Kind::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_holders_are_told_from_names() {
        for (name, expected) in [
            ("$EDS_ID", Some(Kind::Marked)),
            ("$eventdatastoreid$", Some(Kind::Marked)),
            ("${EDS_ID}", Some(Kind::Marked)),
            ("<EDS ID>", Some(Kind::Marked)),
            ("<event_data_store_ID>", Some(Kind::Marked)),
            ("eds", Some(Kind::Plain)),
            ("Event_Data_Store_ID", Some(Kind::Plain)),
            ("trail", None),
            ("0233062b-51c6-4d18-8dec-a8c90da840d9", None),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
    }
}
