//! What AWS has documented as values so far, and the nearest to a misspelt one.

mod network_sources;
mod resource_types;

pub use network_sources::NETWORK_ACTIVITY_SOURCES;
pub use resource_types::RESOURCE_TYPES;

/// Whether `resources.type` and the `eventSource` of network activity events must be on AWS's lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lists {
    /// Only [`RESOURCE_TYPES`] and [`NETWORK_ACTIVITY_SOURCES`].
    #[default]
    Known,
    /// Any value: AWS adds some every month.
    Any,
}

/// The known text that is most like this one, when any is.
pub(super) fn nearest<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    let text = text.to_lowercase();
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(&text, &known.to_lowercase()), *known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}
