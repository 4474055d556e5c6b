//! Who calls: `userIdentity` in each of its shapes, and where the call comes from.

use super::calendar::Moment;
use super::template::Object;
use super::world::{Account, PARTNER, Role, User};

/// One caller, as far as records tell.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The `userIdentity` object, with `<creation>` where the session's creation date goes: old records write it in
    /// another form.
    pub(crate) identity: String,
    /// The caller's ARN, for error messages; the account's root where the identity has none.
    pub(crate) arn: String,
    pub(crate) address: String,
    pub(crate) agent: String,
    /// When the session was created.
    pub(crate) since: Option<Moment>,
    pub(crate) origin: Origin,
}

/// What a caller's connection leaves in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A program: TLS details.
    Program,
    /// A program inside a VPC: TLS details, and often a VPC endpoint.
    Vpc,
    /// The console: `sessionCredentialFromConsole`, mostly no TLS details.
    Console,
    /// An AWS service: neither.
    Service,
}

impl Caller {
    fn new(identity: Object, arn: String, address: &str, agent: &str, origin: Origin) -> Self {
        Self {
            identity: identity.finish(),
            arn,
            address: address.to_owned(),
            agent: agent.to_owned(),
            since: None,
            origin,
        }
    }

    /// An IAM user with a long-lived access key.
    pub(crate) fn user(account: &Account, user: &User) -> Self {
        let arn = format!("arn:aws:iam::{}:user/{}", account.id, user.name);
        let mut identity = described("IAMUser", &user.id, &arn, &account.id);
        identity.string("accessKeyId", &user.access_key).string("userName", &user.name);
        Self::new(identity, arn, &user.address, user.agent, Origin::Program)
    }

    /// An IAM user in the console: a session with a key of its own.
    pub(crate) fn console_user(account: &Account, user: &User, access_key: &str, mfa: bool, since: Moment) -> Self {
        let arn = format!("arn:aws:iam::{}:user/{}", account.id, user.name);
        let mut identity = described("IAMUser", &user.id, &arn, &account.id);
        identity.string("accessKeyId", access_key).string("userName", &user.name);
        identity.json("sessionContext", &format!("{{\"attributes\":{}}}", attributes(mfa)));
        let caller = Self::new(identity, arn, &user.address, super::world::BROWSER, Origin::Console);
        Self { since: Some(since), ..caller }
    }

    /// An IAM user at the sign-in page: no access key yet.
    pub(crate) fn sign_in(account: &Account, user: &User) -> Self {
        let arn = format!("arn:aws:iam::{}:user/{}", account.id, user.name);
        let mut identity = described("IAMUser", &user.id, &arn, &account.id);
        identity.string("userName", &user.name);
        Self::new(identity, arn, &user.address, super::world::BROWSER, Origin::Program)
    }

    /// A session of a role. `extra` goes to the end of the session context: `ec2RoleDelivery`, `sourceIdentity`.
    pub(crate) fn session(account: &Account, role: &Role, session: &Session<'_>) -> Self {
        let arn = format!("arn:aws:sts::{}:assumed-role/{}/{}", account.id, role.name, session.name);
        let mut identity = described("AssumedRole", &format!("{}:{}", role.id, session.name), &arn, &account.id);
        let mut issuer = Object::new();
        issuer
            .string("type", "Role")
            .string("principalId", &role.id)
            .string("arn", &account.role_arn(role))
            .string("accountId", &account.id)
            .string("userName", &role.name);
        let mut context = Object::new();
        context.json("sessionIssuer", &issuer.finish());
        if let Some(federation) = session.federation {
            context.json("webIdFederationData", federation);
        }
        context.json("attributes", &attributes(session.mfa));
        for (name, value) in session.extra {
            context.string(name, value);
        }
        identity.string("accessKeyId", session.access_key).json("sessionContext", &context.finish());
        let caller = Self::new(identity, arn, session.address, session.agent, session.origin);
        Self { since: Some(session.since), ..caller }
    }

    /// The account itself.
    pub(crate) fn root(account: &Account, address: &str, mfa: bool, since: Moment) -> Self {
        let arn = format!("arn:aws:iam::{}:root", account.id);
        let mut identity = described("Root", &account.id, &arn, &account.id);
        identity.string("accessKeyId", &account.root_key);
        identity.json("sessionContext", &format!("{{\"attributes\":{}}}", attributes(mfa)));
        let caller = Self::new(identity, arn, address, super::world::BROWSER, Origin::Console);
        Self { since: Some(since), ..caller }
    }

    /// A persistent role identity, without a session name.
    pub(crate) fn role(account: &Account, role: &Role, since: Moment) -> Self {
        let arn = account.role_arn(role);
        let mut identity = described("Role", &role.id, &arn, &account.id);
        identity.string("userName", &role.name);
        identity.json("sessionContext", &format!("{{\"attributes\":{}}}", attributes(false)));
        let caller = Self::new(identity, arn, "192.0.2.10", "AWS Internal", Origin::Program);
        Self { since: Some(since), ..caller }
    }

    /// A user's federation token (`GetFederationToken`).
    pub(crate) fn federated(account: &Account, user: &User, access_key: &str, since: Moment) -> Self {
        let arn = format!("arn:aws:sts::{}:federated-user/{}", account.id, user.name);
        let mut identity = described("FederatedUser", &format!("{}:{}", account.id, user.name), &arn, &account.id);
        let issuer_arn = format!("arn:aws:iam::{}:user/{}", account.id, user.name);
        let mut issuer = described("IAMUser", &user.id, &issuer_arn, &account.id);
        issuer.string("userName", &user.name);
        identity.string("accessKeyId", access_key).json(
            "sessionContext",
            &format!("{{\"attributes\":{},\"sessionIssuer\":{}}}", attributes(false), issuer.finish()),
        );
        let caller = Self::new(identity, arn, &user.address, user.agent, Origin::Program);
        Self { since: Some(since), ..caller }
    }

    /// A user of a directory.
    pub(crate) fn directory(account: &Account) -> Self {
        let mut identity = Object::new();
        identity
            .string("type", "Directory")
            .string("principalId", &account.directory)
            .string("accountId", &account.id)
            .string("userName", "dorothea@corp.example.com");
        Self::new(identity, root_arn(account), "198.51.100.77", "AWS Internal", Origin::Console)
    }

    /// Another account, cut down to what the owner of the resource may see.
    pub(crate) fn other_account(account: &Account, principal: &str, address: &str, agent: &str) -> Self {
        let mut identity = Object::new();
        identity.string("type", "AWSAccount").string("principalId", principal).string("accountId", PARTNER);
        Self::new(identity, root_arn(account), address, agent, Origin::Program)
    }

    /// An AWS service.
    pub(crate) fn service(account: &Account, service: &str) -> Self {
        let mut identity = Object::new();
        identity.string("type", "AWSService").string("invokedBy", service);
        Self::new(identity, root_arn(account), service, service, Origin::Service)
    }

    /// A person in IAM Identity Center, known by a bearer token.
    pub(crate) fn identity_center(account: &Account, user_id: &str, credential: &str, address: &str) -> Self {
        let store = format!("arn:aws:identitystore::{}:identitystore/d-9067642ac7", account.id);
        let mut behalf = Object::new();
        behalf.string("userId", user_id).string("identityStoreArn", &store);
        let mut identity = Object::new();
        identity
            .string("type", "IdentityCenterUser")
            .string("accountId", &account.id)
            .json("onBehalfOf", &behalf.finish())
            .string("credentialId", credential);
        Self::new(identity, root_arn(account), address, super::world::BROWSER, Origin::Program)
    }

    /// A caller with a SAML assertion, before there is a session.
    pub(crate) fn saml(account: &Account, name: &str, address: &str) -> Self {
        let provider = "https://portal.sso.us-east-1.amazonaws.com/saml/assertion/ZXhhbXBsZQ";
        let mut identity = Object::new();
        identity
            .string("type", "SAMLUser")
            .string("principalId", &format!("ZXhhbXBsZQ==:{name}"))
            .string("userName", name)
            .string("identityProvider", provider);
        Self::new(identity, root_arn(account), address, "aws-internal/3 aws-sdk-java/1.12.780", Origin::Program)
    }

    /// A caller with a web identity token, before there is a session.
    pub(crate) fn web_identity(account: &Account, subject: &str, address: &str) -> Self {
        let provider = format!("arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com", account.id);
        let mut identity = Object::new();
        identity
            .string("type", "WebIdentityUser")
            .string("principalId", &format!("{provider}:sts.amazonaws.com:{subject}"))
            .string("userName", subject)
            .string("identityProvider", &provider);
        Self::new(identity, root_arn(account), address, "aws-sdk-nodejs/2.1692.0 linux/v20.18.2", Origin::Program)
    }

    /// A caller CloudTrail cannot tell.
    pub(crate) fn unknown(account: &Account) -> Self {
        let mut identity = Object::new();
        identity
            .string("type", "Unknown")
            .string("principalId", &account.id)
            .string("accountId", &account.id)
            .string("userName", "Café-Besucher");
        Self::new(identity, root_arn(account), "AWS Internal/3", "quicksight.amazonaws.com", Origin::Service)
    }

    /// AWS acting by itself: an identity without a type.
    pub(crate) fn aws_internal(account: &Account) -> Self {
        let mut identity = Object::new();
        identity.string("accountId", &account.id).string("invokedBy", "AWS Internal");
        Self::new(identity, root_arn(account), "AWS Internal", "AWS Internal", Origin::Service)
    }

    /// The same caller, a service making the call for it (a forward access session).
    pub(crate) fn through(&self, service: &str) -> Self {
        self.with_member("invokedBy", &format!("\"{service}\"")).at_service(service)
    }

    /// The same caller with one more member of the identity.
    pub(crate) fn with_member(&self, name: &str, json: &str) -> Self {
        let open = self.identity.strip_suffix('}').unwrap_or(&self.identity);
        Self { identity: format!("{open},\"{name}\":{json}}}"), ..self.clone() }
    }

    fn at_service(self, service: &str) -> Self {
        Self { address: service.to_owned(), agent: service.to_owned(), origin: Origin::Service, ..self }
    }
}

/// What tells one session of a role from another.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) name: &'a str,
    pub(crate) access_key: &'a str,
    pub(crate) mfa: bool,
    pub(crate) since: Moment,
    pub(crate) address: &'a str,
    pub(crate) agent: &'a str,
    pub(crate) origin: Origin,
    /// `webIdFederationData`, as JSON.
    pub(crate) federation: Option<&'a str>,
    /// Members of the session context besides issuer and attributes.
    pub(crate) extra: &'a [(&'a str, &'a str)],
}

fn described(kind: &str, principal: &str, arn: &str, account: &str) -> Object {
    let mut identity = Object::new();
    identity.string("type", kind).string("principalId", principal).string("arn", arn).string("accountId", account);
    identity
}

fn attributes(mfa: bool) -> String {
    format!("{{\"creationDate\":\"<creation>\",\"mfaAuthenticated\":\"{mfa}\"}}")
}

fn root_arn(account: &Account) -> String {
    format!("arn:aws:iam::{}:root", account.id)
}
