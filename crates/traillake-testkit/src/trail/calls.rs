//! The API calls a trail is made of, as text that reads like the records they become.
//!
//! A hole such as `<bucket>` is filled from the account's resources ([`super::scene`] lists the holes); one hole has
//! one value within a record, so what a request names is what its response and `resources` name. `#2` at the end of a
//! hole asks for another value of the same kind.

mod compute;
mod platform;
mod security;
mod storage;

/// Where CloudTrail files an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Management,
    Data,
}

/// One API operation: how often it is called, and what its records hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) read_only: bool,
    pub(crate) kind: Kind,
    /// How often the operation is called, against the others of its service.
    pub(crate) weight: u64,
    pub(crate) request: &'static str,
    pub(crate) response: &'static str,
    /// The `resources` array; empty when CloudTrail writes none.
    pub(crate) resources: &'static str,
    /// The `additionalEventData` object; empty when CloudTrail writes none.
    pub(crate) additional: &'static str,
    /// What a denied caller reads it was not allowed to touch.
    pub(crate) target: &'static str,
}

/// A service and the operations of it that occur in a trail.
#[derive(Debug)]
pub(crate) struct Service {
    /// `eventSource`
    pub(crate) source: &'static str,
    /// `apiVersion`; empty when CloudTrail writes none.
    pub(crate) api_version: &'static str,
    /// Served from us-east-1 whatever the caller's Region.
    pub(crate) global: bool,
    /// How often the service is called, against the others.
    pub(crate) weight: u64,
    pub(crate) calls: &'static [Call],
    /// `errorCode` and `errorMessage` of what goes wrong besides access.
    pub(crate) errors: &'static [(&'static str, &'static str)],
}

/// Every service, in the order of its file.
pub(crate) fn services() -> impl Iterator<Item = &'static Service> {
    [storage::SERVICES, compute::SERVICES, security::SERVICES, platform::SERVICES].into_iter().flatten()
}

/// The operation of a service.
///
/// # Panics
///
/// When the catalogue has no such operation: a slip in this crate.
pub(crate) fn call(source: &str, name: &str) -> (&'static Service, &'static Call) {
    let found = services()
        .filter(|service| service.source == source)
        .find_map(|service| Some((service, service.calls.iter().find(|call| call.name == name)?)));
    assert!(found.is_some(), "the catalogue of calls has no {source} {name}");
    found.unwrap_or_else(|| unreachable!("asserted above"))
}

const fn read(name: &'static str, weight: u64, request: &'static str) -> Call {
    Call {
        name,
        read_only: true,
        kind: Kind::Management,
        weight,
        request,
        response: "null",
        resources: "",
        additional: "",
        target: "*",
    }
}

const fn write(name: &'static str, weight: u64, request: &'static str, response: &'static str) -> Call {
    Call { read_only: false, response, ..read(name, weight, request) }
}

impl Call {
    const fn data(self) -> Self {
        Self { kind: Kind::Data, ..self }
    }

    const fn resources(self, resources: &'static str) -> Self {
        Self { resources, ..self }
    }

    const fn additional(self, additional: &'static str) -> Self {
        Self { additional, ..self }
    }

    const fn on(self, target: &'static str) -> Self {
        Self { target, ..self }
    }

    const fn answers(self, response: &'static str) -> Self {
        Self { response, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::template::fill;

    #[test]
    fn every_template_is_json() {
        for service in services() {
            for call in service.calls {
                for text in [call.request, call.response, call.resources, call.additional] {
                    let filled = fill(text, |_| "1".into());
                    assert!(
                        filled.is_empty() || serde_json::from_str::<serde_json::Value>(&filled).is_ok(),
                        "{} {}: {filled}",
                        service.source,
                        call.name
                    );
                }
            }
        }
    }

    #[test]
    fn no_operation_is_listed_twice() {
        let mut names: Vec<_> = services().flat_map(|s| s.calls.iter().map(|c| (s.source, c.name))).collect();
        let listed = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), listed);
        assert!(services().count() >= 25, "a realistic trail has many services");
    }
}
