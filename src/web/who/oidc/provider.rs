//! The provider: what it says of itself, where it wants the browser, and whom its ID token names.
//!
//! In: an authorization code. Out: the name of a user, or why not. Each number in parentheses is a section of OpenID
//! Connect Core 1.0 unless it says otherwise.

use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreGrantType, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm as Algorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, HttpRequest, HttpResponse, IssuerUrl, JsonWebKeySet, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::{Host, Url};

use super::{Entry, Messenger, Refusal, word};
use crate::config::{OidcConfig, UserClaim};
use crate::domain::{Span, Timestamp};

/// What may sign an ID token: public keys alone. Neither `none` nor what a shared secret signs, which the secret's other
/// holders could have signed as well (15.1, 16.17; RFC 8725, section 3.1 and 3.2).
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];
/// By how much its clock and ours may differ; "a few minutes, usually" (RFC 7519, section 4.1.4). A guess within that.
const SKEW: Span = Span::from_mins(2);
/// How long what it says of itself is believed: a key that it has withdrawn opens nothing for longer.
const BELIEVED: Span = Span::from_hours(1);
/// After it has not answered it is left alone for so long.
const BREATH: Span = Span::from_secs(1);
/// For a key that is not known its keys are asked for again at most so often (10.1.1).
const NEW_KEYS: Span = Span::from_mins(1);

/// What it says of itself beside OpenID Connect Discovery 1.0.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Beside {
    /// It names itself when it sends the browser back (RFC 9207, section 3).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Beside {}

type Metadata = ProviderMetadata<
    Beside,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What a login's answer is checked against.
pub(super) struct Login {
    nonce: Nonce,
    /// PKCE: shown to the provider's token endpoint alone (RFC 7636).
    verifier: String,
}

/// The provider.
pub(super) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    claim: UserClaim,
    scopes: Vec<Scope>,
    redirect: RedirectUrl,
    /// Only a provider on this machine may be asked over plain http.
    may_be_plain: bool,
    send: Messenger,
    known: Mutex<Known>,
}

/// What it has said of itself.
#[derive(Default)]
struct Known {
    metadata: Option<(Arc<Metadata>, Timestamp)>,
    failed_at: Option<Timestamp>,
    new_keys_at: Option<Timestamp>,
}

/// No answer, in words that bear no secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoAnswer(String);

impl Provider {
    /// `None` when an address is none.
    pub(super) fn new(config: &OidcConfig, redirect: &str, send: Messenger) -> Option<Self> {
        let scopes = config.scopes.iter().cloned().map(Scope::new).collect();
        Some(Self {
            issuer: IssuerUrl::new(config.issuer.clone()).ok()?,
            client_id: ClientId::new(config.client_id.clone()),
            client_secret: config.client_secret.as_ref().map(|secret| ClientSecret::new(secret.reveal().to_owned())),
            claim: config.claim,
            scopes,
            redirect: RedirectUrl::new(redirect.to_owned()).ok()?,
            may_be_plain: config.issuer.starts_with("http:"),
            send,
            known: Mutex::default(),
        })
    }

    /// Begins a login: where the browser must go, and what its way back is checked against (3.1.2.1).
    pub(super) async fn begin(&self, now: Timestamp) -> Result<Entry, Refusal> {
        let metadata = self.metadata(now).await?;
        let (state, nonce, verifier) = (word()?, word()?, word()?);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let client = CoreClient::new(self.client_id.clone(), self.issuer.clone(), JsonWebKeySet::default())
            .set_auth_uri(metadata.authorization_endpoint().clone())
            .set_redirect_uri(self.redirect.clone());
        let (own_state, own_nonce) = (state.clone(), nonce.clone());
        let (address, ..) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(own_state),
                move || Nonce::new(own_nonce),
            )
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge)
            .url();
        Ok(Entry { address: address.into(), state, login: Login { nonce: Nonce::new(nonce), verifier } })
    }

    /// Whom a code stands for (3.1.3); `None` when it is somebody whose address is not verified. `from` is who the answer says
    /// that it is from.
    pub(super) async fn user(
        &self,
        login: &Login,
        code: &str,
        from: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<String>, Refusal> {
        let metadata = self.metadata(now).await?;
        // RFC 9207, section 2.4: against the answer of another provider, passed off as this one's.
        let must_say = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        if from.map_or(must_say, |from| from != self.issuer.as_str()) {
            return Err(Refusal::token("the answer does not say that it is from this provider"));
        }
        let token = self.exchanged(&metadata, login, code).await;
        if matches!(token, Err(Refusal::Down(_))) {
            // Perhaps it has moved: the next login asks where it is.
            self.known.lock().await.metadata = None;
        }
        let token = token?;
        let claims = match self.claims(&metadata, &token, login, now) {
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
                let renewed = self.with_new_keys(&metadata, now).await?;
                self.claims(&renewed, &token, login, now)
            }
            seen => seen,
        };
        self.named(&claims.map_err(|error| Refusal::token(&in_words(&error)))?)
    }

    /// The ID token for a code.
    async fn exchanged(&self, metadata: &Metadata, login: &Login, code: &str) -> Result<CoreIdToken, Refusal> {
        let none = || Refusal::Down("it names no token endpoint".to_owned());
        let endpoint = metadata.token_endpoint().cloned().ok_or_else(none)?;
        let mut client = CoreClient::new(self.client_id.clone(), self.issuer.clone(), JsonWebKeySet::default())
            .set_token_uri(endpoint)
            .set_redirect_uri(self.redirect.clone());
        if let Some(secret) = &self.client_secret {
            client = client.set_client_secret(secret.clone());
        }
        // Basic is usual when it says nothing (OpenID Connect Discovery 1.0, section 3).
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_none_or(|all| all.contains(&method));
        if !takes(CoreClientAuthMethod::ClientSecretBasic) && takes(CoreClientAuthMethod::ClientSecretPost) {
            client = client.set_auth_type(AuthType::RequestBody);
        }
        let asked = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(login.verifier.clone()))
            .request_async(&self.line())
            .await;
        // What could not be parsed holds tokens, and so may the parser's words: neither is said.
        let answer = asked.map_err(|error| match error {
            RequestTokenError::Request(why) => Refusal::Down(why.to_string()),
            RequestTokenError::Parse(..) => Refusal::token("the answer of the token endpoint cannot be read"),
            RequestTokenError::ServerResponse(said) => {
                Refusal::token(&format!("the token endpoint says {}", said.error()))
            }
            RequestTokenError::Other(why) => Refusal::token(&why),
        })?;
        answer.id_token().cloned().ok_or_else(|| Refusal::token("the token endpoint gave no ID token"))
    }

    /// The claims of a token that is the provider's, for us, for this login, and in time by our clock (3.1.3.7).
    fn claims(
        &self,
        metadata: &Metadata,
        token: &CoreIdToken,
        login: &Login,
        now: Timestamp,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let (early, late) = (now.checked_sub(SKEW).unwrap_or(now), now.checked_add(SKEW).unwrap_or(now));
        let is_issued =
            move |second| if second <= late.as_second() { Ok(()) } else { Err("not issued yet".to_owned()) };
        let keys = metadata.jwks().clone();
        // As for a client without a secret, so that nothing that a secret signs is ever looked at.
        let verifier = CoreIdTokenVerifier::new_public_client(self.client_id.clone(), self.issuer.clone(), keys)
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || SystemTime::from(early).into())
            .set_issue_time_verifier_fn(move |issued| is_issued(issued.timestamp()));
        let claims = token.claims(&verifier, &login.nonce)?.clone();
        match claims.authorized_party() {
            Some(party) if **party != *self.client_id => {
                Err(ClaimsVerificationError::InvalidAudience("it was made for another client".to_owned()))
            }
            _ => Ok(claims),
        }
    }

    /// The user whom the claims name (5.1, 5.7).
    fn named(&self, claims: &CoreIdTokenClaims) -> Result<Option<String>, Refusal> {
        let name = match self.claim {
            UserClaim::Email if claims.email().is_some() && claims.email_verified() != Some(true) => return Ok(None),
            UserClaim::Email => claims.email().map(|address| address.to_string()),
            UserClaim::PreferredUsername => claims.preferred_username().map(|name| name.to_string()),
            UserClaim::Sub => Some(claims.subject().to_string()),
        };
        let none = || Refusal::token(&format!("the ID token has no claim `{}`", self.claim.as_str()));
        name.map(Some).ok_or_else(none)
    }

    /// What it says of itself, asked for once an hour.
    async fn metadata(&self, now: Timestamp) -> Result<Arc<Metadata>, Refusal> {
        let mut known = self.known.lock().await;
        let fresh = known.metadata.as_ref().filter(|(_, at)| now.duration_since(*at).abs() < BELIEVED);
        if let Some((metadata, _)) = fresh {
            return Ok(metadata.clone());
        }
        if known.failed_at.is_some_and(|at| now.duration_since(at).abs() < BREATH) {
            return Err(Refusal::Down("it did not answer a moment ago".to_owned()));
        }
        // Set before it is asked: who gives up waiting has not asked for nothing.
        known.failed_at = Some(now);
        let asked = Metadata::discover_async(self.issuer.clone(), &self.line()).await;
        let metadata = Arc::new(asked.map_err(|error| Refusal::Down(in_words(&error)))?);
        if !self.is_safe(metadata.authorization_endpoint().url()) {
            return Err(Refusal::Down("its authorization endpoint is no https address".to_owned()));
        }
        known.metadata = Some((metadata.clone(), now));
        known.failed_at = None;
        Ok(metadata)
    }

    /// The same with the keys that it has now, if it was not asked for them a moment ago.
    async fn with_new_keys(&self, metadata: &Metadata, now: Timestamp) -> Result<Arc<Metadata>, Refusal> {
        let mut known = self.known.lock().await;
        if known.new_keys_at.is_some_and(|at| now.duration_since(at).abs() < NEW_KEYS) {
            // Perhaps they were, for somebody else's login.
            let own = || Arc::new(metadata.clone());
            return Ok(known.metadata.as_ref().map_or_else(own, |(metadata, _)| metadata.clone()));
        }
        known.new_keys_at = Some(now);
        let asked = CoreJsonWebKeySet::fetch_async(metadata.jwks_uri(), &self.line()).await;
        let keys = asked.map_err(|error| Refusal::Down(in_words(&error)))?;
        let renewed = Arc::new(metadata.clone().set_jwks(keys));
        if let Some((metadata, _)) = &mut known.metadata {
            *metadata = renewed.clone();
        }
        Ok(renewed)
    }

    fn is_safe(&self, url: &Url) -> bool {
        is_safe(url, self.may_be_plain)
    }

    /// What carries our questions to it, to where they may go.
    fn line(&self) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, NoAnswer>> + use<> {
        let (send, may_be_plain) = (self.send.clone(), self.may_be_plain);
        move |request| Box::pin(sent(send.clone(), may_be_plain, request))
    }
}

async fn sent(send: Messenger, may_be_plain: bool, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
    if !Url::parse(&request.uri().to_string()).is_ok_and(|url| is_safe(&url, may_be_plain)) {
        return Err(NoAnswer("it names an endpoint that is no https address".to_owned()));
    }
    let answer = send(request).await.map_err(NoAnswer)?;
    let status = answer.status();
    if status.is_server_error() || status.is_redirection() {
        return Err(NoAnswer(format!("it answered {status}")));
    }
    Ok(answer)
}

/// Whether what goes there, and comes from there, is nobody else's: https, or this machine where that is meant.
fn is_safe(url: &Url, may_be_plain: bool) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here && may_be_plain)
}

/// An error and its causes.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(why) = cause {
        words.push(why.to_string());
        cause = why.source();
    }
    words.join(": ")
}
