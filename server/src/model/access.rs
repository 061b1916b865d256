//! Who may do what: roles, the caller of a verb, and the one question `may`.

use super::{Invalid, RepositoryName};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Reader,
    Publisher,
    Reviewer,
    Admin,
    Auditor,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Reader, Role::Publisher, Role::Reviewer, Role::Admin, Role::Auditor];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Publisher => "publisher",
            Role::Reviewer => "reviewer",
            Role::Admin => "admin",
            Role::Auditor => "auditor",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            Invalid(format!("{text} is no role; choose reader, publisher, reviewer, admin or auditor"))
        })
    }
}

/// A role in one repository, or in all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub repository: Option<RepositoryName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    Anonymous,
    /// A person with a session.
    Person,
    /// An API token.
    Token,
    /// The product itself: first start, scans, policy changes.
    System,
}

/// Who calls a verb. Every verb takes it first. Two callers of one name are one principal, whatever they signed in with.
#[derive(Clone, Debug)]
pub struct Caller {
    pub name: String,
    pub kind: CallerKind,
    pub grants: Vec<Grant>,
    /// Anonymous reading of approved charts is on.
    pub reads_published: bool,
    /// The request on whose behalf this is done; written to the audit log.
    pub request_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See and fetch approved versions.
    Read,
    /// Push charts.
    Publish,
    /// Learn that an unapproved version exists, in which state and why.
    KnowUnapproved,
    /// See reports and fetch bytes of unapproved versions.
    Inspect,
    /// Approve, reject, revoke.
    Review,
    /// Read the audit log.
    Audit,
    /// Tokens, repositories.
    Administer,
}

impl Caller {
    #[must_use]
    pub fn anonymous(reads_published: bool) -> Self {
        Caller {
            name: "anonymous".to_owned(),
            kind: CallerKind::Anonymous,
            grants: Vec::new(),
            reads_published,
            request_id: String::new(),
        }
    }

    #[must_use]
    pub fn system() -> Self {
        Caller {
            name: "chartgate".to_owned(),
            kind: CallerKind::System,
            grants: vec![Grant { role: Role::Admin, repository: None }],
            reads_published: true,
            request_id: String::new(),
        }
    }

    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.kind == CallerKind::Anonymous
    }

    /// Whether this caller may do `action` in `repository`; `None` asks for the right in every repository.
    #[must_use]
    pub fn may(&self, action: Action, repository: Option<&RepositoryName>) -> bool {
        if action == Action::Read && self.reads_published {
            return true;
        }
        self.grants.iter().any(|grant| covers(grant, repository) && allows(grant.role, action))
    }

    /// Whether this caller may do `action` in at least one repository.
    #[must_use]
    pub fn may_somewhere(&self, action: Action) -> bool {
        self.grants.iter().any(|grant| allows(grant.role, action))
    }
}

fn covers(grant: &Grant, repository: Option<&RepositoryName>) -> bool {
    grant.repository.is_none() || grant.repository.as_ref() == repository
}

/// The table of roles and actions.
fn allows(role: Role, action: Action) -> bool {
    match action {
        Action::Read => true,
        Action::Publish => matches!(role, Role::Publisher | Role::Admin),
        Action::KnowUnapproved => role != Role::Reader,
        Action::Inspect => matches!(role, Role::Reviewer | Role::Admin | Role::Auditor),
        Action::Review => matches!(role, Role::Reviewer | Role::Admin),
        Action::Audit => matches!(role, Role::Reviewer | Role::Admin | Role::Auditor),
        Action::Administer => role == Role::Admin,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn caller(role: Role, repository: Option<&str>) -> Caller {
        let repository = repository.map(|name| RepositoryName::parse(name).unwrap());
        Caller {
            name: "x".to_owned(),
            kind: CallerKind::Token,
            grants: vec![Grant { role, repository }],
            reads_published: false,
            request_id: String::new(),
        }
    }

    #[test]
    fn a_grant_ends_at_its_repository() {
        let (org1, org10) = (RepositoryName::parse("org1").unwrap(), RepositoryName::parse("org10").unwrap());
        let publisher = caller(Role::Publisher, Some("org1"));
        assert!(publisher.may(Action::Publish, Some(&org1)));
        assert!(!publisher.may(Action::Publish, Some(&org10)));
        assert!(!publisher.may(Action::Read, Some(&org10)));
        assert!(!publisher.may(Action::Publish, None), "a right in one repository is not a right in all");
        assert!(!publisher.may(Action::Review, Some(&org1)));
        assert!(caller(Role::Admin, None).may(Action::Administer, None));
    }

    #[test]
    fn anonymous_reads_what_is_published_and_nothing_else() {
        let org = RepositoryName::parse("org").unwrap();
        let anonymous = Caller::anonymous(true);
        assert!(anonymous.may(Action::Read, Some(&org)));
        for action in
            [Action::Publish, Action::KnowUnapproved, Action::Inspect, Action::Review, Action::Audit]
        {
            assert!(!anonymous.may(action, Some(&org)));
        }
        assert!(!Caller::anonymous(false).may(Action::Read, Some(&org)));
    }
}
