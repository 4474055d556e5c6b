//! Whether selectors keep an event.

use std::slice;

use super::{
    AdvancedEventSelectors, EventFields, EventResource, EventSelector, FieldSelector, Operator, SelectorField,
};

/// What decided about one field of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// Dropped: a condition that deselects hit.
    Deselected(Operator, &'a str),
    /// Kept: a condition that selects hit, and none that deselects.
    Selected(Operator, &'a str),
    /// Kept: there are only conditions that deselect, and none hit.
    NotDeselected,
    /// Dropped: there are conditions that select, and none hit.
    NotSelected,
    /// Dropped: there are conditions that select, and the event has no such field.
    Absent,
}

impl Decision<'_> {
    /// Whether the field lets the event pass.
    pub fn keeps(self) -> bool {
        matches!(self, Decision::Selected(..) | Decision::NotDeselected)
    }
}

impl AdvancedEventSelectors {
    /// Whether any selector keeps the event.
    ///
    /// Cost: each condition's values are tried one after the other, until one decides. Nothing is allocated.
    pub fn selects(&self, event: &EventFields<'_>) -> bool {
        self.selectors.iter().any(|selector| selector.selects(event))
    }
}

impl EventSelector {
    /// Whether all fields let the event pass.
    pub fn selects(&self, event: &EventFields<'_>) -> bool {
        self.fields.iter().all(|field| field.decide(self.values_in(event, field.field())).keeps())
    }

    /// What the event has for a field.
    pub(super) fn values_in<'a>(&'a self, event: &'a EventFields<'_>, field: SelectorField) -> Values<'a> {
        let text = match field {
            SelectorField::EventCategory => return Values::One(Some(event.category())),
            SelectorField::ResourcesType => return Values::Types(event.resources.iter()),
            SelectorField::ResourcesArn => return Values::Arns(self.resources_in(event)),
            SelectorField::EventSource => &event.event_source,
            SelectorField::EventName => &event.event_name,
            SelectorField::ReadOnly => &event.read_only,
            SelectorField::EventType => &event.event_type,
            SelectorField::UserIdentityArn => &event.user_identity_arn,
            SelectorField::SessionCredentialFromConsole => &event.session_credential_from_console,
            SelectorField::ErrorCode => &event.error_code,
            SelectorField::VpcEndpointId => &event.vpc_endpoint_id,
        };
        Values::One(text.as_deref())
    }

    fn resources_in<'a>(&'a self, event: &'a EventFields<'_>) -> SelectedResources<'a> {
        SelectedResources { resources: event.resources.iter(), types: self.field(SelectorField::ResourcesType) }
    }
}

impl FieldSelector {
    /// Deselecting comes first: what it hits is dropped, whatever else would select it.
    pub(super) fn decide<'a>(&'a self, found: Values<'a>) -> Decision<'a> {
        if let Some((operator, value)) = self.hit(Operator::DESELECT, &found) {
            return Decision::Deselected(operator, value);
        }
        if Operator::SELECT.into_iter().all(|operator| self.values(operator).is_empty()) {
            return Decision::NotDeselected;
        }
        match self.hit(Operator::SELECT, &found) {
            Some((operator, value)) => Decision::Selected(operator, value),
            None if found.clone().next().is_none() => Decision::Absent,
            None => Decision::NotSelected,
        }
    }

    /// The first condition of these operators that hits anything the event has.
    fn hit(&self, operators: [Operator; 3], found: &Values<'_>) -> Option<(Operator, &str)> {
        operators.into_iter().find_map(|operator| {
            let mut wanted = self.values(operator).iter();
            let hits = |wanted: &&String| found.clone().any(|found| operator.hits(found, wanted));
            wanted.find(hits).map(|wanted| (operator, wanted.as_str()))
        })
    }
}

/// What an event has for a field: any number of texts.
#[derive(Clone, Debug)]
pub(super) enum Values<'a> {
    One(Option<&'a str>),
    Types(slice::Iter<'a, EventResource<'a>>),
    Arns(SelectedResources<'a>),
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        match self {
            Values::One(text) => text.take(),
            Values::Types(resources) => resources.find_map(|resource| resource.resource_type.as_deref()),
            Values::Arns(resources) => resources.find_map(|resource| resource.arn.as_deref()),
        }
    }
}

/// The resources of an event whose type the selector accepts; all of them when it says nothing about types.
#[derive(Clone, Debug)]
pub(super) struct SelectedResources<'a> {
    resources: slice::Iter<'a, EventResource<'a>>,
    types: Option<&'a FieldSelector>,
}

impl<'a> Iterator for SelectedResources<'a> {
    type Item = &'a EventResource<'a>;

    fn next(&mut self) -> Option<&'a EventResource<'a>> {
        let types = self.types;
        let accepted = |resource: &&EventResource<'a>| {
            types.is_none_or(|types| types.decide(Values::One(resource.resource_type.as_deref())).keeps())
        };
        self.resources.find(accepted)
    }
}
