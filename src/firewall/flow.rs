//! One line of the list: who dials whom, by which protocol and port, and why.

use super::needs::{Need, Purpose};
use super::party::Party;
use super::traffic::Traffic;

/// Traffic that firewalls must let pass, in the direction in which it is begun.
#[derive(Debug, Clone, Copy)]
pub struct Flow<'a> {
    /// Who begins it.
    pub from: Party<'a>,
    /// Who is dialled.
    pub to: Party<'a>,
    /// Protocol and port.
    pub traffic: Traffic,
    /// What it is for; its words and source are [`Flow::why`] and [`Flow::source`].
    pub purpose: Purpose,
}

impl Flow<'_> {
    /// Whether the mesh works without it.
    pub const fn need(&self) -> Need {
        self.purpose.need()
    }

    /// What it is for, in words.
    pub fn why(&self) -> String {
        self.purpose.why(&self.from, &self.to)
    }

    /// Where that is documented, for the version of the agents there.
    pub fn source(&self) -> String {
        let cluster = self.to.cluster.or(self.from.cluster);
        self.purpose.source(cluster.map(|cluster| cluster.cilium.version).unwrap_or_default())
    }
}
