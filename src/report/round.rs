//! One round of `probe`: the links, and what is to be said beside them, of links that are not there and of the files.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic};
use crate::probe::LinkProbe;
use crate::verify::Inspection;

use super::verdict::{verdict, working};

/// What came of a round.
#[derive(Default)]
pub struct RoundReport {
    /// The cluster whose agents read these files, if anything says so.
    pub cluster: Option<String>,
    /// Each link that was tried.
    pub links: Vec<LinkProbe>,
    /// What was found beside them.
    pub beside: Beside,
}

/// What belongs to no link that is there.
#[derive(Default)]
pub struct Beside {
    /// What the mesh says otherwise, then errors of the folder or the archive itself.
    pub findings: Vec<Diagnostic>,
    /// Clusters that the mesh has a link to, or that `--remote` names, and the folder has no config of.
    pub missing: Vec<String>,
    /// Whether agents have to do without something because of it.
    spoilt: bool,
}

/// Links by cluster, as far as a change of them is reported; and what belongs to them.
pub type RoundState = (BTreeMap<String, LinkState>, BTreeSet<(Code, String)>);

/// The verdict, the findings with their severity, and how many endpoints work.
type LinkState = (String, BTreeSet<(Code, bool)>, usize);

impl Beside {
    /// `of_mesh` is what the mesh says otherwise, `damage` what was found while an archive was read.
    pub fn new(seen: &Inspection, of_mesh: Vec<Diagnostic>, missing: Vec<String>, damage: &[Diagnostic]) -> Self {
        let of_links = |finding: &&Diagnostic| !seen.peers.iter().any(|peer| peer.local.contains(finding));
        let files: Vec<_> = seen.findings.iter().chain(damage).filter(|one| one.is_error()).filter(of_links).cloned().collect();
        let spoilt = of_mesh.iter().any(Diagnostic::is_error) || files.iter().any(|one| one.code.entry().hostile_input);
        Self { findings: of_mesh.into_iter().chain(files).collect(), missing, spoilt }
    }
}

impl RoundReport {
    /// A round that found no link to try, because of `why`. `remotes` are those that `--remote` names.
    pub fn without_links(why: Diagnostic, remotes: &[String]) -> Self {
        Self { cluster: None, links: Vec::new(), beside: Beside { findings: vec![why], missing: remotes.to_vec(), spoilt: true } }
    }

    /// Whether there was nothing to try.
    pub fn has_nothing(&self) -> bool {
        self.beside.findings.iter().any(|finding| finding.code == Code::NothingToProbe)
    }

    /// Whether an agent would be ready with all that it should be.
    pub fn ready(&self) -> bool {
        self.links.iter().all(LinkProbe::ready) && !self.beside.spoilt
    }

    /// How many links each cause keeps from being ready, the most frequent first.
    pub fn causes(&self) -> Vec<(Code, usize)> {
        let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
        let missing = self.beside.missing.iter().map(|_| Code::LinkMissing);
        let causes = self.links.iter().filter_map(|link| Some(link.cause()?.code));
        causes.chain(missing).for_each(|code| *counts.entry(code).or_default() += 1);
        let mut causes: Vec<_> = counts.into_iter().collect();
        causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        causes
    }

    /// What is wrong, of links that are not ready first. With `only_failed` without what is found about ready links.
    pub fn findings(&self, only_failed: bool) -> Vec<Diagnostic> {
        let (ready, failed): (Vec<&LinkProbe>, Vec<&LinkProbe>) = self.links.iter().partition(|link| link.ready());
        let links = failed.into_iter().chain(ready.into_iter().filter(|_| !only_failed));
        links.flat_map(|link| &link.findings).chain(&self.beside.findings).cloned().collect()
    }

    /// What is reported again when it changes.
    pub fn state(&self) -> RoundState {
        let of = |link: &LinkProbe| {
            let codes = link.findings.iter().map(|finding| (finding.code, finding.is_error())).collect();
            (verdict(link.cause().map(|cause| cause.code)), codes, working(link))
        };
        let beside = self.beside.findings.iter().map(|finding| (finding.code, finding.message.clone())).collect();
        (self.links.iter().map(|link| (link.cluster.clone(), of(link))).collect(), beside)
    }
}
