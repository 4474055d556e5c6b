//! The schema of Audit Manager evidence.
//!
//! Columns, order and types are those of the CloudTrail user guide, *Supported schema for AWS Audit Manager evidence*.
//! Audit Manager's API spells some members differently; both spellings are read.

use super::Shape::{Derived, Map, Struct, Time};
use super::Text::{Few, Free, Sought, Unique};
use super::{Field, field, text};

/// The documented columns.
pub(super) const FIELDS: &[Field] = &[
    text("eventversion", "eventVersion", Few, "1.0", "version of the record format"),
    text("eventcategory", "eventCategory", Few, "1.0", "always Evidence"),
    text("eventtype", "eventType", Few, "1.0", "always AwsAuditManagerEvidence"),
    text("eventid", "eventID", Unique, "1.0", "id of the event"),
    field("eventtime", "eventTime", Time, "1.0", "when the evidence was collected, UTC"),
    text("awsregion", "awsRegion", Few, "1.0", "Region of the evidence"),
    text("recipientaccountid", "recipientAccountId", Few, "1.0", "account that received the event"),
    field("addendum", "addendum", Map(&[]), "1.0", "why the event was delayed or updated"),
    field("eventdata", "eventData", Struct(EVIDENCE), "1.0", "the evidence"),
    field("eventjson", "", Derived, "", "the event's JSON text, with the evidence's exact text as eventData"),
    field("eventjsonchecksum", "", Derived, "", "hex SHA-256 of eventjson"),
];

const EVIDENCE: &[Field] = &[
    field("attributes", "attributes", Map(&[]), "1.0", "names and values of the evidence"),
    text("awsaccountid", "awsAccountId", Few, "1.0", "account the evidence is about"),
    text("awsorganization", "awsOrganization", Few, "1.0", "organization the evidence is about"),
    text("compliancecheck", "complianceCheck", Few, "1.0", "whether the evidence is compliant"),
    text("datasource", "dataSource", Few, "1.0", "where the evidence comes from"),
    text("eventname", "eventName", Few, "1.0", "name of the event that is evidence"),
    text("eventsource", "eventSource", Few, "1.0", "service of the event that is evidence"),
    text("evidenceawsaccountid", "evidenceAwsAccountId", Few, "1.0", "account the evidence was collected from"),
    text(
        "evidencebytype",
        "evidenceByType",
        Few,
        "1.0",
        "Manual, Configuration data, User activity or Compliance check",
    ),
    text("iamid", "iamId", Sought, "1.0", "user or role whose activity is evidence"),
    text("evidenceid", "evidenceId", Unique, "1.0", "id of the evidence").or(&["id"]),
    field("time", "time", Time, "1.0", "when the evidence was collected, UTC"),
    text("assessmentid", "assessmentId", Few, "1.0", "assessment the evidence is for"),
    text("controlsetid", "controlSetId", Few, "1.0", "control set of the control"),
    text("controlid", "controlId", Few, "1.0", "control the evidence is for"),
    text("controlname", "controlName", Few, "1.0", "name of the control"),
    text("controldomainname", "controlDomainName", Few, "1.0", "domain of the control"),
    text("frameworkname", "frameworkName", Few, "1.0", "framework of the assessment"),
    text("frameworkid", "frameworkId", Few, "1.0", "id of the framework"),
    text("service", "service", Few, "1.0", "service of the resource"),
    text("servicecategory", "serviceCategory", Few, "1.0", "category of the service"),
    text("resourcearn", "resourceArn", Sought, "1.0", "ARN of the resource"),
    text("resourcetype", "resourceType", Few, "1.0", "type of the resource"),
    text("evidencefolderid", "evidenceFolderId", Few, "1.0", "folder the evidence lies in"),
    text("description", "description", Free, "1.0", "description of the control"),
    text(
        "manualevidences3resourcepath",
        "manualEvidenceS3ResourcePath",
        Free,
        "1.0",
        "object that was uploaded by hand",
    ),
    text("evidencefoldername", "evidenceFolderName", Few, "1.0", "name of the folder"),
    text("resourcecompliancecheck", "resourceComplianceCheck", Few, "1.0", "whether the resource is compliant"),
];
