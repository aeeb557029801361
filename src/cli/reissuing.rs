//! The options of `plan` and `generate` for certificates that are issued again.

use crate::ledger::{NotAUnit, Unit};
use crate::mesh::Lifetime;
use crate::plan::{Reissue, Renewal, Selected, Selector};

#[derive(clap::Args)]
pub(super) struct Reissuing {
    #[command(flatten)]
    reasons: Reasons,
    /// Only certificates that this unit carries: CLUSTER, CLUSTER/node/NAME, CLUSTER/member/NAME, CLUSTER/users,
    /// CLUSTER/operator or CLUSTER/helm
    #[arg(long, value_name = "SELECTOR", value_parser = selector, requires = "reasons")]
    pub(super) only: Vec<Selector>,
    /// With `--renew`: also what will be inside `renewBefore` after this time, such as 90d or 1y
    #[arg(long, value_name = "DURATION", value_parser = Lifetime::new, requires = "renew")]
    horizon: Option<Lifetime>,
}

/// Why certificates are issued again.
#[derive(clap::Args)]
#[group(id = "reasons", multiple = true)]
struct Reasons {
    /// Issue again what is inside `renewBefore`
    #[arg(long)]
    renew: bool,
    /// Issue certificates again with new keys, due or not: all of them, or what `--only` selects
    #[arg(long)]
    rekey: bool,
}

impl Reissuing {
    /// Whether only what is due is issued again.
    pub(super) const fn is_renewal(&self) -> bool {
        self.reasons.renew && !self.reasons.rekey
    }

    pub(super) fn renewal(&self) -> Renewal {
        let reissue = match &self.reasons {
            Reasons { rekey: true, .. } => Reissue::Everything,
            Reasons { renew: true, .. } => Reissue::Due { horizon: self.horizon },
            Reasons { .. } => Reissue::Nothing,
        };
        Renewal { reissue, only: self.only.clone() }
    }
}

/// Reads the name of a unit or of a cluster.
pub(super) fn selector(text: &str) -> Result<Selector, NotAUnit> {
    let selected = if text.contains('/') {
        Selected::Bundle(text.parse::<Unit>()?.into_bundle()?)
    } else {
        Selected::Cluster(text.to_owned())
    };
    Ok(Selector::new(text.to_owned(), selected))
}
