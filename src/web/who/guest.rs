//! One guest: what they may see and say.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{DealerId, PersonId, Portfolio, Proposal};

/// What a user is to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UserRole {
    /// Sees everything, says nothing.
    Viewer,
    /// Sees the own dealers and all lanes, and answers for the own dealers.
    AccountManager,
    /// Sees everything, answers for lanes.
    Logistics,
    /// Sees everything, decides on what waits for the own signature.
    Approver,
    /// Sees and answers for everything.
    Operator,
}

impl UserRole {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::AccountManager, Self::Logistics, Self::Approver, Self::Operator];

    /// `viewer`, `account-manager`, `logistics`, `approver` or `operator`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::AccountManager => "account-manager",
            Self::Logistics => "logistics",
            Self::Approver => "approver",
            Self::Operator => "operator",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// How far a token goes, the least first: each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Sees what its user sees.
    Read,
    /// Says what its user may say.
    Answer,
    /// Sees how the house is: the metrics.
    Admin,
}

impl Scope {
    /// The scope of a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "read" => Some(Self::Read),
            "answer" => Some(Self::Answer),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

/// How a guest is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) enum Known {
    /// Not at all: a demonstration.
    Shown,
    /// Not at all: there are no users yet, and the guest is at this machine.
    Local,
    /// By a login; what is said must bear this word.
    Session {
        /// The word that a page of another site cannot know.
        csrf: String,
    },
    /// By a token.
    Token,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(in crate::web) struct Guest {
    /// The user's name; empty when there is none.
    pub(in crate::web) name: String,
    pub(in crate::web) role: UserRole,
    pub(in crate::web) scope: Scope,
    /// Who of people.csv they are.
    pub(in crate::web) person: Option<PersonId>,
    pub(in crate::web) known: Known,
}

/// One who looks after the house, known before anything of the request's body is read.
#[derive(Debug, Clone)]
pub(in crate::web) struct Operator(pub(in crate::web) Guest);

impl Guest {
    /// Somebody without a name, at this machine or before a demonstration.
    pub(in crate::web) fn nameless(known: Known) -> Self {
        let (role, scope) = match known {
            Known::Local => (UserRole::Operator, Scope::Admin),
            _ => (UserRole::Viewer, Scope::Read),
        };
        Self { name: String::new(), role, scope, person: None, known }
    }

    /// Whether they may see what is a dealer's; a lane's is nobody's.
    pub(in crate::web) fn sees(&self, portfolio: &Portfolio, dealer: Option<&DealerId>) -> bool {
        self.role != UserRole::AccountManager || dealer.is_none_or(|dealer| self.manages(portfolio, dealer))
    }

    /// Whether they may answer for an alert.
    pub(in crate::web) fn answers(&self, portfolio: &Portfolio, dealer: Option<&DealerId>) -> bool {
        let is_theirs = match self.role {
            UserRole::Viewer | UserRole::Approver => false,
            UserRole::AccountManager => dealer.is_some_and(|dealer| self.manages(portfolio, dealer)),
            UserRole::Logistics => dealer.is_none(),
            UserRole::Operator => true,
        };
        is_theirs && self.scope >= Scope::Answer
    }

    /// What they may silence: `any`, `own` dealers, or `none`.
    pub(in crate::web) fn hushes(&self) -> &'static str {
        match self.role {
            _ if self.scope < Scope::Answer => "none",
            UserRole::Operator => "any",
            UserRole::AccountManager => "own",
            UserRole::Viewer | UserRole::Logistics | UserRole::Approver => "none",
        }
    }

    /// Whether they may hold back mails about a dealer's sites; about all dealers' where none is named.
    pub(in crate::web) fn may_hush(&self, portfolio: &Portfolio, dealer: Option<&DealerId>) -> bool {
        match self.hushes() {
            "any" => true,
            "own" => dealer.is_some_and(|dealer| self.manages(portfolio, dealer)),
            _ => false,
        }
    }

    /// Whether the next signature of a proposal is theirs. As on the command line, who is at the machine of a daemon
    /// without users may decide on anything.
    pub(in crate::web) fn decides(&self, proposal: &Proposal) -> bool {
        let is_signer = |step: &crate::domain::Step| self.person.as_ref().is_some_and(|own| step.people.contains(own));
        let is_theirs =
            self.known == Known::Local || (self.role != UserRole::Viewer && proposal.step().is_some_and(is_signer));
        is_theirs && proposal.is_open() && self.scope >= Scope::Answer
    }

    /// The word that what they say must bear.
    pub(in crate::web) fn csrf(&self) -> Option<&str> {
        match &self.known {
            Known::Session { csrf } => Some(csrf),
            _ => None,
        }
    }

    /// Whether they may see how the house is.
    pub(in crate::web) fn tends(&self) -> bool {
        self.role == UserRole::Operator && self.scope >= Scope::Admin
    }

    fn manages(&self, portfolio: &Portfolio, dealer: &DealerId) -> bool {
        let manager = portfolio.dealers.get(dealer).map(|dealer| &dealer.manager);
        manager.is_some() && manager == self.person.as_ref()
    }
}
