//! One record: the members in CloudTrail's order, as its version has them.

use super::calendar::Moment;
use super::caller::{Caller, Origin};
use super::calls::{Call, Kind, Service};
use super::scene::Scene;
use super::template::{Object, fill};

/// An event as it will be delivered.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    /// `recipientAccountId`: whose trail delivers it.
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) moment: Moment,
    /// The folder it is delivered to.
    pub(crate) folder: Folder,
    /// The record, as it stands in the file.
    pub(crate) text: String,
}

/// The kind of file an event is delivered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Folder {
    CloudTrail,
    NetworkActivity,
}

/// What a record says besides the catalogue's text. The defaults make a plain, successful API call.
#[derive(Debug, Default, Clone)]
pub(crate) struct Details {
    /// `errorCode`, empty when a failure has none, and `errorMessage`.
    pub(crate) error: Option<(String, Option<String>)>,
    /// In place of what the catalogue says.
    pub(crate) request: Option<String>,
    /// In place of what the catalogue says.
    pub(crate) response: Option<String>,
    /// In place of what the catalogue says.
    pub(crate) additional: Option<String>,
    pub(crate) shared_event: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) version: Option<u32>,
    pub(crate) addendum: Option<String>,
    /// `eventType`, when not `AwsApiCall`.
    pub(crate) event_type: Option<&'static str>,
    /// The resources of the catalogue are another account's business.
    pub(crate) hide_resources: bool,
}

/// The record of a call.
///
/// Holes in the details' texts are filled from the same scene as the catalogue's.
pub(crate) fn call(scene: &mut Scene<'_>, caller: &Caller, service: &Service, call: &Call, details: Details) -> Event {
    let version = details.version.unwrap_or_else(|| version(scene));
    let mut record = opening(scene, caller, version);
    let region = scene.region.to_owned();
    record
        .string("eventSource", service.source)
        .string("eventName", call.name)
        .string("awsRegion", &region)
        .string("sourceIPAddress", &caller.address)
        .string("userAgent", &caller.agent);
    if let Some((code, message)) = &details.error {
        if !code.is_empty() {
            record.string("errorCode", code);
        }
        if let Some(message) = message {
            record.string("errorMessage", message);
        }
    }
    let request_id = details.request_id.clone().unwrap_or_else(|| scene.value("request"));
    let request = filled(scene, details.request.as_deref().unwrap_or(call.request));
    let response = match (&details.response, &details.error) {
        (Some(response), _) => filled(scene, response),
        (None, Some(_)) => "null".to_owned(),
        (None, None) => filled(scene, call.response),
    };
    record.json("requestParameters", &request).json("responseElements", &response);
    let additional = filled(scene, details.additional.as_deref().unwrap_or(call.additional));
    if !additional.is_empty() {
        record.json("additionalEventData", &additional);
    }
    let id = scene.random.uuid();
    record.string("requestID", &request_id).string("eventID", &id);
    if version > 2 {
        record.boolean("readOnly", call.read_only);
    }
    if !call.resources.is_empty() && !details.hide_resources {
        record.json("resources", &filled(scene, call.resources));
    }
    record.string("eventType", details.event_type.unwrap_or("AwsApiCall"));
    if !service.api_version.is_empty() {
        record.string("apiVersion", service.api_version);
    }
    let management = call.kind == Kind::Management;
    if version >= 6 {
        record.boolean("managementEvent", management);
    }
    closing(scene, &mut record, caller, &details, version);
    if version >= 8 {
        record.string("eventCategory", if management { "Management" } else { "Data" });
        connection(scene, &mut record, caller, service, version);
    }
    finish(scene, record, id, Folder::CloudTrail)
}

/// AWS acting by itself: `AwsServiceEvent`, told in `serviceEventDetails`.
pub(crate) fn service_event(
    scene: &mut Scene<'_>,
    caller: &Caller,
    source: &str,
    name: &str,
    told: &str,
    resources: &str,
) -> Event {
    let version = version(scene).max(8);
    let mut record = opening(scene, caller, version);
    let region = scene.region.to_owned();
    record
        .string("eventSource", source)
        .string("eventName", name)
        .string("awsRegion", &region)
        .string("sourceIPAddress", &caller.address)
        .string("userAgent", &caller.agent)
        .json("requestParameters", "null")
        .json("responseElements", "null");
    let id = scene.random.uuid();
    record.string("eventID", &id).boolean("readOnly", false);
    if !resources.is_empty() {
        record.json("resources", &filled(scene, resources));
    }
    record.string("eventType", "AwsServiceEvent").boolean("managementEvent", true);
    let account = scene.account.id.clone();
    record.string("recipientAccountId", &account).json("serviceEventDetails", &filled(scene, told));
    record.string("eventCategory", "Management");
    finish(scene, record, id, Folder::CloudTrail)
}

/// What a VPC endpoint saw: a short record, denied by the endpoint's policy when `denied`.
pub(crate) fn network_activity(
    scene: &mut Scene<'_>,
    caller: &Caller,
    service: &Service,
    call: &Call,
    denied: bool,
) -> Event {
    let mut record = Object::new();
    record.string("eventVersion", "1.09").json("userIdentity", &identity(caller, 9));
    let (moment, region) = (scene.moment, scene.region.to_owned());
    record
        .string("eventTime", &moment.iso())
        .string("eventSource", service.source)
        .string("eventName", call.name)
        .string("awsRegion", &region)
        .string("sourceIPAddress", &caller.address);
    if denied {
        record
            .string("errorCode", "VpceAccessDenied")
            .string("errorMessage", "The request was denied due to a VPC endpoint policy");
    }
    let request = scene.value("request");
    let (id, shared) = (scene.random.uuid(), scene.random.uuid());
    let (account, endpoint) = (scene.account.id.clone(), scene.account.endpoint.clone());
    record
        .json("requestParameters", "null")
        .json("responseElements", "null")
        .string("requestID", &request)
        .string("eventID", &id)
        .boolean("readOnly", call.read_only)
        .string("eventType", "AwsVpceEvent")
        .boolean("managementEvent", false)
        .string("recipientAccountId", &account)
        .string("sharedEventID", &shared)
        .string("vpcEndpointId", &endpoint)
        .string("vpcEndpointAccountId", &account)
        .string("eventCategory", "NetworkActivity");
    finish(scene, record, id, Folder::NetworkActivity)
}

/// How a denied caller is told.
pub(crate) fn access_denied(
    scene: &mut Scene<'_>,
    caller: &Caller,
    service: &Service,
    call: &Call,
) -> (String, String) {
    let prefix = service.source.trim_end_matches(".amazonaws.com");
    let action = call.name.trim_end_matches("v2").trim_end_matches("20150331");
    let target = filled(scene, call.target).replace("<creation>", "");
    let told = format!(
        "User: {} is not authorized to perform: {prefix}:{action} on resource: {target} because no identity-based \
         policy allows the {prefix}:{action} action",
        caller.arn
    );
    match prefix {
        "ec2" => {
            let encoded = scene.value("base64:120");
            let message = format!(
                "You are not authorized to perform this operation. {told}. Encoded authorization failure message: {encoded}"
            );
            ("Client.UnauthorizedOperation".into(), message)
        }
        "s3" | "iam" | "sts" | "rds" | "cloudformation" => ("AccessDenied".into(), told),
        "sns" => ("AuthorizationError".into(), told),
        _ => ("AccessDeniedException".into(), told),
    }
}

fn opening(scene: &Scene<'_>, caller: &Caller, version: u32) -> Object {
    let mut record = Object::new();
    record
        .string("eventVersion", &format!("1.{version:02}"))
        .json("userIdentity", &identity(caller, version))
        .string("eventTime", &scene.moment.iso());
    record
}

fn identity(caller: &Caller, version: u32) -> String {
    let since = caller.since.unwrap_or(Moment(0));
    let creation = if version <= 2 { since.basic() } else { since.iso() };
    caller.identity.replace("<creation>", &creation)
}

/// Mostly what CloudTrail writes today, and a few files that were kept for years.
fn version(scene: &mut Scene<'_>) -> u32 {
    let versions = [(11, 50), (10, 25), (9, 13), (8, 9), (5, 2), (2, 1)];
    scene.random.pick_weighted(&versions, |(_, weight)| *weight).0
}

fn closing(scene: &mut Scene<'_>, record: &mut Object, caller: &Caller, details: &Details, version: u32) {
    let account = scene.account.id.clone();
    record.string("recipientAccountId", &account);
    if let Some(shared) = &details.shared_event {
        record.string("sharedEventID", shared);
    }
    if caller.origin == Origin::Vpc && version >= 4 && scene.random.percent(60) {
        let endpoint = scene.account.endpoint.clone();
        record.string("vpcEndpointId", &endpoint);
        if version >= 9 {
            record.string("vpcEndpointAccountId", &account);
        }
    }
    if let Some(addendum) = &details.addendum {
        record.json("addendum", &filled(scene, addendum));
    }
}

fn connection(scene: &mut Scene<'_>, record: &mut Object, caller: &Caller, service: &Service, version: u32) {
    let console = caller.origin == Origin::Console;
    if !(caller.origin == Origin::Service || console && scene.random.percent(70)) {
        let mut details = Object::new();
        let suites = [("TLSv1.3", "TLS_AES_128_GCM_SHA256"), ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")];
        let (tls, suite) = scene.random.pick_weighted(&suites, |(tls, _)| if *tls == "TLSv1.3" { 9 } else { 1 });
        let name = service.source.trim_end_matches(".amazonaws.com");
        let host =
            if service.global { service.source.to_owned() } else { format!("{name}.{}.amazonaws.com", scene.region) };
        details.string("tlsVersion", tls).string("cipherSuite", suite).string("clientProvidedHostHeader", &host);
        if version >= 11 && *tls == "TLSv1.3" {
            let exchange = *scene.random.pick(&["X25519MLKEM768", "x25519"]);
            details.string("keyExchange", exchange);
        }
        record.json("tlsDetails", &details.finish());
    }
    if console {
        record.string("sessionCredentialFromConsole", "true");
    }
}

fn filled(scene: &mut Scene<'_>, template: &str) -> String {
    fill(template, |hole| scene.value(hole))
}

fn finish(scene: &Scene<'_>, record: Object, id: String, folder: Folder) -> Event {
    Event {
        id,
        account: scene.account.id.clone(),
        region: scene.region.to_owned(),
        moment: scene.moment,
        folder,
        text: record.finish(),
    }
}
