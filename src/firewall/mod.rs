//! Which machines of a mesh dial which: a mesh without errors -> [`Flow`]s, and what of them a firewall on one machine has to know.
//!
//! Input: a [`CheckedMesh`](crate::lint::CheckedMesh), and what the mesh does not have ([`Asked`]). Output: a [`Firewall`]: plain flows
//! with both ends, protocol, port, reason and source, and what was assumed. [`Ruleset`]s are made of it, and the [`Attempt`]s that show
//! whether a way is open. What Cilium needs is one table (`needs.rs`). Nothing here touches the network or the disk.

mod asked;
mod attempt;
mod datapath;
mod etcds;
mod flow;
mod list;
mod machine;
mod needs;
mod party;
mod places;
mod ruleset;
mod traffic;

pub use asked::{Asked, PEER_PORT};
pub use attempt::Attempt;
pub use datapath::{Assumption, Setting};
pub use flow::Flow;
pub use list::Firewall;
pub use machine::{Chosen, Machine, NotInTheMesh};
pub use needs::{Need, Purpose, UNJUDGED, Unjudged};
pub use party::{Party, Role};
pub use places::{Places, net_text};
pub use ruleset::{RuleLine, Ruleset};
pub use traffic::Traffic;
