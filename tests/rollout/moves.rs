//! What people do in a random history beside editing the mesh: they renew, give new keys, and take steps of rotations forward and back. Some
//! runs are killed, and run again.

use serde_json::Value;

use crate::durability::strace::{Call, Fate, run};
use crate::evolution::scene::Scene;
use crate::support::Ran;
use crate::support::dice::Dice;

/// What is run before the next roll-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Move {
    /// The mesh is edited, and generated.
    Edit,
    /// Everything that was issued on an earlier day is issued again.
    Renew,
    /// A cluster, or one of its nodes, gets new keys.
    Rekey(String),
    /// A step of the rotation of a CA.
    Rotate { ca: &'static str, turn: &'static str },
}

/// How often something happened.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) renewed: usize,
    pub(crate) rekeyed: usize,
    pub(crate) steps: usize,
    pub(crate) undone: usize,
    pub(crate) retired: usize,
    pub(crate) refused: usize,
    pub(crate) killed: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.renewed += other.renewed;
        self.rekeyed += other.rekeyed;
        self.steps += other.steps;
        self.undone += other.undone;
        self.retired += other.retired;
        self.refused += other.refused;
        self.killed += other.killed;
    }

    /// Whether each of them happened.
    pub(crate) const fn is_complete(&self) -> bool {
        let Self { renewed, rekeyed, steps, undone, retired, refused, killed } = self;
        *renewed > 0 && *rekeyed > 0 && *steps > 0 && *undone > 0 && *retired > 0 && *refused > 0 && *killed > 0
    }
}

/// Calls before which a run is killed: each leaves something half done.
const CALLS: [&str; 4] = ["write", "fsync", "rename", "mkdir"];

impl Move {
    /// Four of ten are edits. The CAs are those that were made for `clusters`.
    pub(crate) fn pick(dice: &mut Dice, clusters: &[&'static str]) -> Self {
        match dice.below(10) {
            0..=3 => Self::Edit,
            4 => Self::Renew,
            5 => Self::Rekey(format!("{}{}", dice.pick(clusters), dice.pick(&["", "/node/n1", "/member/m1"]))),
            6..=7 => Self::Rotate { ca: dice.pick(clusters), turn: "--next" },
            _ => Self::Rotate { ca: dice.pick(clusters), turn: "--back" },
        }
    }

    fn words(&self) -> Vec<&str> {
        let generate = ["generate", "mesh.yaml", "--out", "out"];
        match self {
            Self::Edit => generate.to_vec(),
            Self::Renew => [&generate[..], &["--renew", "--horizon", "300d"]].concat(),
            Self::Rekey(only) => [&generate[..], &["--rekey", "--only", only]].concat(),
            // What was replaced once may be replaced again.
            Self::Rotate { ca, turn: "--next" } => vec!["certs", "rotate", "mesh.yaml", "--ca", ca, "--next", "--again"],
            Self::Rotate { ca, turn } => vec!["certs", "rotate", "mesh.yaml", "--ca", ca, turn],
        }
    }

    /// Does it, perhaps killed and run again; says whether it was done. Only a step of a rotation, and an edit that a rotation does not allow,
    /// may be refused.
    /// `more` words are for runs that generate.
    pub(crate) fn play(&self, scene: &Scene, more: &[&str], dice: &mut Dice, counts: &mut Counts) -> bool {
        let (before, is_rotation) = (scene.inventory(), matches!(self, Self::Rotate { .. }));
        let words = [self.words(), more.to_vec()].concat();
        let mut ran = None;
        if dice.once_in(3) {
            let call = Call { name: dice.pick(&CALLS).to_owned(), count: 1 + dice.below(12) };
            // With one thread it makes the same calls each time.
            let mut command = scene.sandbox.command(&words);
            command.env("RAYON_NUM_THREADS", "1");
            ran = Some(run(&command, &call, Fate::Killed)).filter(|ran| ran.status != -1);
            counts.killed += usize::from(ran.is_none());
            // Whoever does not know whether a step was taken does not take the next one, but has what was written completed.
            if is_rotation && ran.is_none() {
                ran = Some(scene.sandbox.run(&Self::Edit.words()));
            }
        }
        let ran = ran.unwrap_or_else(|| scene.sandbox.run(&words));
        let was_refused = is_refusal(&ran, is_rotation);
        let after = scene.inventory();
        match self {
            _ if was_refused => counts.refused += 1,
            Self::Edit => {}
            Self::Renew => counts.renewed += usize::from(after["credentials"] != before["credentials"]),
            Self::Rekey(_) => counts.rekeyed += usize::from(after["credentials"] != before["credentials"]),
            Self::Rotate { ca, turn } => {
                let is_taken = usize::from(after["rotations"] != before["rotations"]);
                counts.steps += is_taken;
                counts.undone += is_taken * usize::from(*turn == "--back");
                counts.retired += is_taken * usize::from(after["rotations"][ca]["step"] == "retire");
            }
        }
        !was_refused
    }
}

/// Whether a run was refused for the sake of a rotation. It may end in no other way but well.
fn is_refusal(ran: &Ran, is_rotation: bool) -> bool {
    let is_allowed = ran.said("CM0626") || is_rotation && ran.said("CM0625");
    assert!(ran.status == 0 || ran.status == 1 && is_allowed, "{}{}", ran.stdout, ran.stderr);
    ran.status == 1
}

/// The CAs that are being replaced.
pub(crate) fn open(scene: &Scene) -> Vec<String> {
    let inventory = scene.inventory();
    let all = inventory["rotations"].as_object().into_iter().flatten();
    let is_open = |record: &Value| record["step"] != "retire";
    all.filter(|(_, record)| is_open(record)).map(|(ca, _)| ca.clone()).collect()
}
