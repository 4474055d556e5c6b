//! Basic event selectors, which only trails have, and the advanced ones that keep the same.

use crate::category::EventCategory;
use crate::json::{Kind, Value};

use super::document::{elements, expect, list, members, text, texts};
use super::matrix::EXCLUDABLE_SOURCES;
use super::validate::one_of;
use super::{
    AdvancedEventSelectors, EventSelector, FieldSelector, Operator, SelectorError, SelectorField, SelectorRule, arn,
};

const SHAPE: &str = "write [{\"ReadWriteType\": \"All\", \"IncludeManagementEvents\": true, \"DataResources\": []}]";
const SELECTORS_MAX: usize = 5;
const DATA_RESOURCES_MAX: usize = 250;

/// The basic event selectors of a trail: an event is logged when any of them matches it.
///
/// Shape and limits: API reference, `EventSelector` and `DataResource`; User Guide, "Quotas in AWS CloudTrail". Up to
/// 5 selectors with up to 250 data resources over all; the second limit falls away where all resources of a type are
/// chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicEventSelectors {
    /// The selectors, in the order they were given.
    pub selectors: Vec<BasicEventSelector>,
}

/// One basic event selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicEventSelector {
    /// Which events, of all that follow.
    pub read_write_type: ReadWriteType,
    /// Whether management events are logged; `true` by default.
    pub include_management_events: bool,
    /// Whose data events are logged.
    pub data_resources: Vec<DataResource>,
    /// The services whose management events are left out: `kms.amazonaws.com`, `rdsdata.amazonaws.com`.
    pub exclude_management_event_sources: Vec<String>,
}

/// Whether a basic selector logs events that read, that write, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadWriteType {
    /// `readOnly` is true.
    ReadOnly,
    /// `readOnly` is false.
    WriteOnly,
    /// Both.
    #[default]
    All,
}

/// Resources whose data events are logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataResource {
    /// `AWS::S3::Object`, `AWS::Lambda::Function` or `AWS::DynamoDB::Table`.
    pub resource_type: String,
    /// `arn:aws:s3`, `arn:aws:lambda` or `arn:aws:dynamodb` for all; else beginnings of the ARNs of S3 objects, or
    /// full ARNs of functions and tables. None means no data events.
    pub values: Vec<String>,
}

impl Default for BasicEventSelector {
    /// All management events.
    fn default() -> Self {
        Self {
            read_write_type: ReadWriteType::All,
            include_management_events: true,
            data_resources: Vec::new(),
            exclude_management_event_sources: Vec::new(),
        }
    }
}

/// A resource type of basic selectors, and the service in its ARNs.
const TYPES: [(&str, &str); 3] =
    [("AWS::S3::Object", "s3"), ("AWS::Lambda::Function", "lambda"), ("AWS::DynamoDB::Table", "dynamodb")];

const READ_WRITE_TYPES: [(&str, ReadWriteType); 3] =
    [("ReadOnly", ReadWriteType::ReadOnly), ("WriteOnly", ReadWriteType::WriteOnly), ("All", ReadWriteType::All)];

impl BasicEventSelectors {
    /// Reads AWS's JSON: a list of selectors, alone or as member `EventSelectors` of an object whose other members are
    /// passed over, as `aws cloudtrail get-event-selectors` prints it. What is missing has AWS's default.
    pub fn from_json(text: &str) -> Result<Self, SelectorError> {
        let list = list(text, "EventSelectors", SHAPE)?;
        let selectors = elements(list, "EventSelectors")?.into_iter().enumerate();
        let read = selectors.map(|(at, value)| read(value).map_err(|error| error.in_selector(at, None)));
        Ok(Self { selectors: read.collect::<Result<_, _>>()? })
    }

    /// Holds the selectors against AWS's rules; the first that is broken is the error.
    pub fn validate(&self) -> Result<(), SelectorError> {
        let count = self.selectors.len();
        if !(1..=SELECTORS_MAX).contains(&count) {
            return Err(counted(format!("there are {count} event selectors"), format!("use 1 to {SELECTORS_MAX}")));
        }
        for (at, selector) in self.selectors.iter().enumerate() {
            selector.check().map_err(|error| error.in_selector(at, None))?;
        }
        let resources: Vec<_> = self.selectors.iter().flat_map(|selector| &selector.data_resources).collect();
        let values: usize = resources.iter().map(|resource| resource.values.len()).sum();
        if values > DATA_RESOURCES_MAX && !resources.iter().any(|resource| resource.chooses_all()) {
            let advice = format!("use at most {DATA_RESOURCES_MAX}, or all resources of a type");
            return Err(counted(format!("there are {values} data resources"), advice));
        }
        Ok(())
    }

    /// The advanced selectors that keep the same events.
    ///
    /// `WriteOnly` becomes `readOnly` Equals `false`, as AWS's console does it: an event without `readOnly` is kept by
    /// `All` only.
    pub fn to_advanced(&self) -> AdvancedEventSelectors {
        let mut selectors: Vec<EventSelector> = Vec::new();
        for found in self.selectors.iter().flat_map(BasicEventSelector::to_advanced) {
            if !selectors.contains(&found) {
                selectors.push(found);
            }
        }
        AdvancedEventSelectors { selectors }
    }
}

fn counted(found: String, advice: String) -> SelectorError {
    SelectorError::new(SelectorRule::Count, found, advice)
}

fn not_allowed(found: String, advice: String) -> SelectorError {
    SelectorError::new(SelectorRule::ValueNotAllowed, found, advice)
}

fn read(value: Value<'_>) -> Result<BasicEventSelector, SelectorError> {
    let names = ["ReadWriteType", "IncludeManagementEvents", "DataResources", "ExcludeManagementEventSources"];
    let members = members(value, "an event selector", &names)?;
    let mut selector = BasicEventSelector::default();
    if let Some(value) = members.get("ReadWriteType") {
        selector.read_write_type = read_write_type(&text(value, "ReadWriteType")?)?;
    }
    if let Some(value) = members.get("IncludeManagementEvents") {
        expect(value, Kind::Boolean, "IncludeManagementEvents")?;
        selector.include_management_events = value.raw == "true";
    }
    if let Some(value) = members.get("DataResources") {
        let resources = elements(value, "DataResources")?.into_iter().map(read_resource);
        selector.data_resources = resources.collect::<Result<_, _>>()?;
    }
    if let Some(value) = members.get("ExcludeManagementEventSources") {
        selector.exclude_management_event_sources = texts(value, "ExcludeManagementEventSources")?;
    }
    Ok(selector)
}

fn read_write_type(name: &str) -> Result<ReadWriteType, SelectorError> {
    let known = READ_WRITE_TYPES.iter().find(|(known, _)| *known == name);
    known.map(|(_, found)| *found).ok_or_else(|| {
        let names = READ_WRITE_TYPES.map(|(known, _)| known);
        not_allowed(format!("ReadWriteType is \"{name}\""), one_of(name, &names))
    })
}

fn read_resource(value: Value<'_>) -> Result<DataResource, SelectorError> {
    let members = members(value, "a data resource", &["Type", "Values"])?;
    let resource_type = members.get("Type").map(|value| text(value, "Type")).transpose()?.unwrap_or_default();
    let values = members.get("Values").map(|value| texts(value, "Values")).transpose()?.unwrap_or_default();
    Ok(DataResource { resource_type, values })
}

impl BasicEventSelector {
    fn check(&self) -> Result<(), SelectorError> {
        let mut sources = self.exclude_management_event_sources.iter();
        if let Some(other) = sources.find(|source| !EXCLUDABLE_SOURCES.contains(&source.as_str())) {
            let found = format!("ExcludeManagementEventSources has \"{other}\"");
            return Err(not_allowed(found, one_of(other, &EXCLUDABLE_SOURCES)));
        }
        self.data_resources.iter().try_for_each(DataResource::check)
    }

    fn to_advanced(&self) -> Vec<EventSelector> {
        let management = self.include_management_events.then(|| self.management());
        let resources = self.data_resources.iter().filter(|resource| !resource.values.is_empty());
        management.into_iter().chain(resources.map(|resource| self.data(resource))).collect()
    }

    fn management(&self) -> EventSelector {
        let mut fields = vec![category(EventCategory::Management)];
        fields.extend(self.read_only());
        if !self.exclude_management_event_sources.is_empty() {
            let excluded = self.exclude_management_event_sources.iter().map(String::as_str);
            fields.push(FieldSelector::new(SelectorField::EventSource).with(Operator::NotEquals, excluded));
        }
        EventSelector::new(fields)
    }

    fn data(&self, resource: &DataResource) -> EventSelector {
        let mut fields = vec![
            category(EventCategory::Data),
            FieldSelector::equals(SelectorField::ResourcesType, resource.resource_type.as_str()),
        ];
        fields.extend(self.read_only());
        if !resource.chooses_all() {
            let operator = if resource.has_prefixes() { Operator::StartsWith } else { Operator::Equals };
            let arns = FieldSelector::new(SelectorField::ResourcesArn);
            fields.push(arns.with(operator, resource.values.iter().map(String::as_str)));
        }
        EventSelector::new(fields)
    }

    fn read_only(&self) -> Option<FieldSelector> {
        let value = match self.read_write_type {
            ReadWriteType::ReadOnly => "true",
            ReadWriteType::WriteOnly => "false",
            ReadWriteType::All => return None,
        };
        Some(FieldSelector::equals(SelectorField::ReadOnly, value))
    }
}

fn category(category: EventCategory) -> FieldSelector {
    FieldSelector::equals(SelectorField::EventCategory, category.as_str())
}

impl DataResource {
    fn service(&self) -> Option<&'static str> {
        TYPES.iter().find(|(known, _)| *known == self.resource_type).map(|(_, service)| *service)
    }

    /// Values of S3 are beginnings of ARNs; those of functions and tables are whole ARNs.
    fn has_prefixes(&self) -> bool {
        self.service() == Some("s3")
    }

    fn chooses_all(&self) -> bool {
        self.values.iter().any(|value| self.service().is_some_and(|service| is_all(value, service)))
    }

    fn check(&self) -> Result<(), SelectorError> {
        let Some(service) = self.service() else {
            let found = format!("a data resource is of type \"{}\"", self.resource_type);
            return Err(not_allowed(found, one_of(&self.resource_type, &TYPES.map(|(known, _)| known))));
        };
        self.values.iter().try_for_each(|value| self.check_value(value, service))
    }

    fn check_value(&self, value: &str, service: &str) -> Result<(), SelectorError> {
        if is_all(value, service) {
            return Ok(());
        }
        let Some(advice) = arn::fault(value, &self.resource_type) else { return Ok(()) };
        let found = format!("\"{value}\" is neither all of {service} nor an ARN of {}", self.resource_type);
        Err(SelectorError::new(SelectorRule::NotAnArn, found, advice))
    }
}

/// `arn:aws:s3` chooses all of S3, as does `arn:aws:s3:::`.
fn is_all(value: &str, service: &str) -> bool {
    let mut parts = value.trim_end_matches(':').split(':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some(service)
        && parts.next().is_none()
}
