//! What firewalls must let pass, for the page of `report`.

use crate::firewall::{Asked, Firewall, Flow, Need, Party, net_text};
use crate::lint::CheckedMesh;
use crate::page::{Rule, Rules, Way};
use crate::scene::Scene;

/// Addresses of a party that a row has; `meshbundle firewall` has all.
const SHOWN: usize = 2;

/// The rows of `mesh`, without addresses if the page is `redacted`. Administrators are not among those who dial: no mesh says who they are.
pub(super) fn rules(mesh: &CheckedMesh, scene: &Scene, redacted: bool) -> Rules {
    let asked = Asked::default();
    let firewall = Firewall::of(mesh, &asked);
    let flows: Vec<&Flow<'_>> = firewall.flows.iter().filter(|flow| flow.from.cluster.is_some()).collect();
    let ways: Vec<Way<'_>> = flows.iter().map(|flow| way(flow)).collect();
    let end = |party: &Party<'_>| if redacted { party.to_string() } else { format!("{party} {}", places(&firewall, party)) };
    let in_words = |at: usize| {
        flows.get(at).map(|flow| Rule {
            from: end(&flow.from),
            to: end(&flow.to),
            traffic: flow.traffic.to_string(),
            why: flow.why(),
            source: flow.source(),
            missing: false,
        })
    };
    Rules::of(scene, &ways, in_words)
}

fn way<'a>(flow: &Flow<'a>) -> Way<'a> {
    let name = |party: &Party<'a>| party.cluster.map(|cluster| cluster.name.as_str());
    Way { from: name(&flow.from), to: name(&flow.to), port: flow.traffic.port(), is_required: flow.need() == Need::Required }
}

/// Where a party is: a few of its addresses, and how many more.
fn places(firewall: &Firewall<'_>, party: &Party<'_>) -> String {
    let places = firewall.places(party);
    let all: Vec<String> = places.nets.iter().map(net_text).chain(places.names).collect();
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match all.len() {
        0 => "(the mesh has no address of them)".to_owned(),
        count if count > SHOWN => format!("{shown} and {} more", count - SHOWN),
        _ => shown,
    }
}
