//! Reports of `verify` and `probe` in JSON, as others saved them: read without trust, and put together by link.
//!
//! They name their clusters themselves. One of `probe` from before it did needs the cluster from the command line.

use std::collections::BTreeMap;

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::seen::{FilesSeen, LinkFault, LiveSeen};

/// The largest report that is read, in bytes. One of `verify` about a node of each of 255 clusters has 16 MiB.
pub const MAX_OBSERVED: u64 = 64 << 20;

/// The faults of a link that are kept. Agents dial few endpoints.
const MAX_FAULTS: usize = 8;

/// One report.
#[derive(Debug)]
pub struct Observation {
    /// As the user named it.
    pub source: String,
    /// When it was made.
    pub at: OffsetDateTime,
    /// Whether links were tried; else files were read.
    pub is_live: bool,
    links: Vec<ObservedLink>,
}

/// Why a file is no observation.
#[derive(Debug, thiserror::Error)]
pub enum ObservedError {
    /// It is not JSON of a report.
    #[error("it is no report of `verify` or `probe` with --format json: {0}")]
    Form(String),
    /// It says nothing of the cluster that it was made in.
    #[error("it does not say in which cluster it was made")]
    Nowhere,
}

#[derive(Debug)]
struct ObservedLink {
    reader: String,
    remote: String,
    expires: Option<OffsetDateTime>,
    seen: Seen,
}

#[derive(Debug)]
enum Seen {
    Files(FileProof),
    Live { ready: bool, cause: Option<LinkFault>, endpoints: Vec<LinkFault> },
}

/// A report of either command.
#[derive(Deserialize)]
struct Document {
    at: String,
    cluster: Option<String>,
    subjects: Option<Vec<Subject>>,
    links: Option<Vec<Tried>>,
    missing: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Subject {
    cluster: Option<String>,
    #[serde(default)]
    links: Vec<Read>,
}

/// A link of files.
#[derive(Deserialize)]
struct Read {
    cluster: String,
    expires: Option<String>,
    proven: FileProof,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileProof {
    Refuted,
    Unknown,
    Servers,
    Both,
}

/// A link that was tried.
#[derive(Deserialize)]
struct Tried {
    cluster: String,
    ready: bool,
    code: Option<String>,
    message: Option<String>,
    help: Option<String>,
    expires: Option<String>,
    #[serde(default)]
    attempts: Vec<Attempt>,
}

#[derive(Deserialize)]
struct Attempt {
    endpoint: String,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    code: String,
    message: String,
    help: String,
}

fn time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

impl Observation {
    /// Reads a report. `cluster` is the one in which it was made, by the command line.
    ///
    /// # Errors
    /// If it is none, or does not say what it is about.
    pub fn read(source: String, cluster: Option<&str>, json: &[u8]) -> Result<Self, ObservedError> {
        let form = |error: serde_json::Error| ObservedError::Form(error.to_string());
        let document: Document = serde_json::from_slice(json).map_err(form)?;
        let bad = |what: &str| ObservedError::Form(what.to_owned());
        let at = time(&document.at).ok_or_else(|| bad("`at` is not a time"))?;
        match (document.subjects, document.links) {
            (Some(subjects), _) => {
                let links = subjects.into_iter().flat_map(|subject| read_links(cluster, subject)).collect();
                Ok(Self { source, at, is_live: false, links })
            }
            (None, Some(links)) => {
                let reader = cluster.map(str::to_owned).or(document.cluster).ok_or(ObservedError::Nowhere)?;
                let missing = document.missing.into_iter().flatten().map(|remote| missing(&reader, remote));
                let links = links.into_iter().map(|link| tried_link(&reader, link)).chain(missing).collect();
                Ok(Self { source, at, is_live: true, links })
            }
            (None, None) => Err(bad("it has neither `subjects` nor `links`")),
        }
    }

    /// How many links it is about.
    pub fn links(&self) -> usize {
        self.links.len()
    }

    /// The hosts of endpoints that did not work.
    pub fn hosts(&self) -> impl Iterator<Item = String> {
        let faults = self.links.iter().flat_map(|link| match &link.seen {
            Seen::Live { endpoints, .. } => endpoints.as_slice(),
            Seen::Files(_) => &[],
        });
        faults.filter_map(|fault| host(fault.endpoint.as_deref()?))
    }
}

/// The host of an endpoint.
fn host(endpoint: &str) -> Option<String> {
    let authority = endpoint.rsplit_once("://").map_or(endpoint, |(_, rest)| rest).split('/').next()?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    Some(host.trim_matches(['[', ']']).to_owned())
}

fn read_links(cluster: Option<&str>, subject: Subject) -> Vec<ObservedLink> {
    let Some(reader) = subject.cluster.or_else(|| cluster.map(str::to_owned)) else { return Vec::new() };
    let link = |link: Read| ObservedLink {
        reader: reader.clone(),
        remote: link.cluster,
        expires: link.expires.as_deref().and_then(time),
        seen: Seen::Files(link.proven),
    };
    subject.links.into_iter().map(link).collect()
}

fn tried_link(reader: &str, link: Tried) -> ObservedLink {
    let fault = |attempt: Attempt| {
        let Fault { code, message, help } = attempt.error?;
        Some(LinkFault { code, message, help, endpoint: Some(attempt.endpoint) })
    };
    let endpoints: Vec<LinkFault> = link.attempts.into_iter().filter_map(fault).take(MAX_FAULTS).collect();
    let cause = link.code.zip(link.message).map(|(code, message)| {
        // An attempt with the same cause names the endpoint.
        let at = endpoints.iter().find(|fault| fault.code == code);
        LinkFault { code, message, help: link.help.unwrap_or_default(), endpoint: at.and_then(|fault| fault.endpoint.clone()) }
    });
    ObservedLink {
        reader: reader.to_owned(),
        remote: link.cluster,
        expires: link.expires.as_deref().and_then(time),
        seen: Seen::Live { ready: link.ready, cause, endpoints },
    }
}

/// A link that the directory of a node lacks.
fn missing(reader: &str, remote: String) -> ObservedLink {
    let code = crate::diag::Code::LinkMissing.as_str().to_owned();
    let message = format!("agents have no config of `{remote}`");
    let cause = LinkFault { code, message, help: "install the bundle that has the link".to_owned(), endpoint: None };
    let seen = Seen::Live { ready: false, cause: Some(cause), endpoints: Vec::new() };
    ObservedLink { reader: reader.to_owned(), remote, expires: None, seen }
}

/// What all observations say of each link.
pub(super) struct SeenLinks<'a> {
    files: BTreeMap<(&'a str, &'a str), FilesSeen>,
    live: BTreeMap<(&'a str, &'a str), LiveSeen>,
}

impl<'a> SeenLinks<'a> {
    pub(super) fn of(observations: &'a [Observation]) -> Self {
        let mut seen = Self { files: BTreeMap::new(), live: BTreeMap::new() };
        for observation in observations {
            for link in &observation.links {
                let (key, at) = ((link.reader.as_str(), link.remote.as_str()), observation.at);
                match &link.seen {
                    Seen::Files(proof) => {
                        let files = seen.files.entry(key).or_insert_with(|| FilesSeen::nothing(at));
                        files.add(*proof, at, link.expires);
                    }
                    Seen::Live { ready, cause, endpoints } => {
                        let live = seen.live.entry(key).or_insert_with(|| LiveSeen::nothing(at));
                        live.add(*ready, at, link.expires, cause.as_ref(), endpoints);
                    }
                }
            }
        }
        seen
    }

    pub(super) fn files(&self, reader: &str, remote: &str) -> Option<FilesSeen> {
        self.files.get(&(reader, remote)).cloned()
    }

    pub(super) fn live(&self, reader: &str, remote: &str) -> Option<LiveSeen> {
        self.live.get(&(reader, remote)).cloned()
    }
}

fn earlier(one: Option<OffsetDateTime>, other: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    one.into_iter().chain(other).min()
}

impl FilesSeen {
    const fn nothing(at: OffsetDateTime) -> Self {
        Self { at, subjects: 0, refuted: 0, both: 0, servers: 0, expires: None }
    }

    fn add(&mut self, proof: FileProof, at: OffsetDateTime, expires: Option<OffsetDateTime>) {
        self.at = self.at.max(at);
        self.subjects += 1;
        self.refuted += usize::from(proof == FileProof::Refuted);
        self.both += usize::from(proof == FileProof::Both);
        self.servers += usize::from(proof >= FileProof::Servers);
        self.expires = earlier(self.expires, expires);
    }
}

impl LiveSeen {
    const fn nothing(at: OffsetDateTime) -> Self {
        Self { at, tried: 0, ready: 0, causes: Vec::new(), endpoints: Vec::new(), expires: None }
    }

    fn add(
        &mut self,
        ready: bool,
        at: OffsetDateTime,
        expires: Option<OffsetDateTime>,
        cause: Option<&LinkFault>,
        endpoints: &[LinkFault],
    ) {
        self.at = self.at.max(at);
        self.tried += 1;
        self.ready += usize::from(ready);
        self.expires = earlier(self.expires, expires);
        let new = |list: &[LinkFault], fault: &LinkFault| list.len() < MAX_FAULTS && !list.contains(fault);
        if let Some(cause) = cause.filter(|cause| new(&self.causes, cause)) {
            self.causes.push(cause.clone());
        }
        for fault in endpoints {
            if new(&self.endpoints, fault) {
                self.endpoints.push(fault.clone());
            }
        }
    }
}
