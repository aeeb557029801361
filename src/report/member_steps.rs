//! What is wrong at a port of a member, or not known, and what to do: in words.

use schemars::JsonSchema;
use serde::Serialize;

use crate::probe::{AskedCas, LeafHolder, LoadedCas, MemberProbe, PortKind};

/// How a member loads its CAs. `--receipt` prints what `rollout record` takes.
const RESTART: &str = "restart it once its newest bundle is installed: \
    `systemctl restart etcd && /var/lib/meshbundle/member/current/install.sh --receipt`";

/// How a member gets to ask for certificates.
const ENVIRONMENT: &str = "start it with the bundle's `etcd.env`, or with the same options as flags, never with both";

/// Something that is wrong or not known, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "MemberStep")]
pub(super) struct StepView {
    /// What is wrong, or not known.
    pub(super) message: String,
    /// What to do.
    pub(super) help: String,
}

/// What is wrong at a port, or not known; nothing if it is as its newest bundle wants it.
pub(super) fn steps(probe: &MemberProbe) -> Vec<StepView> {
    let port = &probe.port;
    let unit = format!("{}/member/{}", port.cluster, port.member);
    let seen = match &probe.seen {
        Ok(seen) => seen,
        Err(fault) => return vec![step(fault.message.clone(), fault.help.clone())],
    };
    let serial = seen.leaf.serial_hex();
    let holder = match &seen.holder {
        LeafHolder::Newest => None,
        LeafHolder::Earlier => Some(step(
            format!("it presents an earlier certificate than its newest bundle has: serial number {serial}"),
            format!("install the newest bundle of `{unit}`: etcd reads its certificate at each handshake"),
        )),
        LeafHolder::Other(name) => Some(step(
            format!("the certificate of `{name}` is presented there, so nothing is known of this member"),
            format!("correct the address in the mesh, or install the bundle of `{unit}` on this machine"),
        )),
        LeafHolder::Unknown => Some(step(
            format!("a certificate that this state did not issue for it is presented there: serial number {serial}"),
            format!("install the newest bundle of `{unit}`; if the state is a restored backup, restore its newest one"),
        )),
    };
    holder.into_iter().chain(of_asks(&seen.asks, port.kind)).collect()
}

fn of_asks(asks: &AskedCas, kind: PortKind) -> Vec<StepView> {
    let who = match kind {
        PortKind::Client => "clients",
        PortKind::Peer => "peers",
    };
    match asks {
        AskedCas::NotThisMember => Vec::new(),
        AskedCas::Nobody => vec![step(format!("it asks {who} for no certificate: everyone is accepted"), ENVIRONMENT)],
        AskedCas::Any => {
            vec![step(format!("it asks {who} for a certificate, and has loaded no CA of its own for it"), ENVIRONMENT)]
        }
        AskedCas::Unproven(why) => {
            let help = "allow TLS 1.3 there; or restart it, and record what `install.sh --receipt` prints";
            vec![step(format!("cannot tell which CAs it has loaded: {why}"), help)]
        }
        AskedCas::Listed(cas) => of_cas(cas, who),
    }
}

fn of_cas(LoadedCas { loaded: _, missing, left, strangers, undecided }: &LoadedCas, who: &str) -> Vec<StepView> {
    let mut steps = Vec::new();
    if !missing.is_empty() {
        steps.push(step(format!("it has not loaded {}", names(missing)), RESTART));
    }
    if !left.is_empty() {
        steps.push(step(format!("it still has {} loaded, which its newest bundle no longer has", names(left)), RESTART));
    }
    if !strangers.is_empty() {
        let message = format!("it accepts {who} of {}, which neither the mesh nor the state knows", names(strangers));
        steps.push(step(message, RESTART));
    }
    if !undecided.is_empty() {
        let message = format!("cannot tell whether it has loaded {}: several known CAs have the same subject", names(undecided));
        steps.push(step(message, "restart it, and record what `install.sh --receipt` prints"));
    }
    steps
}

fn names(cas: &[String]) -> String {
    let cas: Vec<String> = cas.iter().map(|name| format!("`{name}`")).collect();
    format!("{} {}", if cas.len() == 1 { "CA" } else { "CAs" }, cas.join(", "))
}

fn step(message: impl Into<String>, help: impl Into<String>) -> StepView {
    StepView { message: message.into(), help: help.into() }
}
