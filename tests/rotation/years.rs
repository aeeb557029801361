//! Ten years in which `generate --renew` runs every day, and a CA of three years is rotated whenever that is said to be due. What it writes
//! arrives weeks later, and receipts get lost.

use std::collections::BTreeMap;

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::evolution::mesh::edit;
use crate::evolution::scene::Scene;
use crate::rotation::installed::Installed;
use crate::rotation::scene::two;
use crate::rotation::uses::Uses;
use crate::support::NOW;
use crate::support::dice::Dice;
use crate::support::receipts::record_everything;
use crate::support::rounds::times;

const DAYS: u32 = 3_650;
const DAY: i64 = 86_400;
/// `renewBefore`, in days.
const BEFORE: i64 = 90;
/// How often someone goes round and brings all receipts, in days.
const ROUND: u32 = 28;

/// The mesh, and how far it has come.
struct Years {
    scene: Scene,
    installed: Installed,
    uses: Uses,
    dice: Dice,
    counter: u64,
    day: u32,
    /// The command that the last run has given for the CA.
    due: Option<Vec<String>>,
    issued: usize,
    /// Steps of rotations that were taken, and those that were refused because it was too early.
    taken: BTreeMap<String, usize>,
    refused: usize,
}

impl Years {
    fn begin() -> Self {
        let short = edit(&two(), "trust:\n", "trust:\n  validity: { authority: 3y, server: 1y, client: 1y }\n");
        let scene = Scene::new(&short);
        record_everything(&scene.sandbox, 1);
        let (installed, uses, dice) = (Installed::new(&scene), Uses::default(), Dice::new(20));
        let (due, taken) = (None, BTreeMap::new());
        Self { scene, installed, uses, dice, counter: 1, day: 0, due, issued: 0, taken, refused: 0 }
    }

    /// Noon of the day, Unix seconds.
    fn now(&self) -> i64 {
        let start = OffsetDateTime::parse(NOW, &Rfc3339).expect("a time");
        (start + Duration::days(self.day.into())).unix_timestamp()
    }

    fn set_clock(&mut self) {
        let now = OffsetDateTime::from_unix_timestamp(self.now()).expect("a time");
        self.scene.sandbox.at(&now.format(&Rfc3339).expect("a time"));
    }

    /// What arrives on this day: the links are used until then with what was there, and from then on with what is.
    fn arrivals(&mut self) {
        if self.installed.next().is_some_and(|next| next <= self.day) {
            self.installed.connect(self.now() - 1, &mut self.uses);
            self.counter += 1;
            let mut receipts = self.installed.pass(self.day, self.counter, &mut self.dice);
            self.installed.connect(self.now(), &mut self.uses);
            receipts.retain(|_| !self.dice.once_in(3));
            self.record(&receipts);
        }
        if self.day.is_multiple_of(ROUND) {
            self.counter += 1;
            self.record(&self.installed.receipts(self.counter));
        }
    }

    fn record(&self, receipts: &[String]) {
        self.scene.sandbox.write("receipts.txt", &receipts.join("\n"));
        if !receipts.is_empty() {
            self.scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
        }
    }

    /// Whether something may expire soon: on other days the run is the same as the day before.
    fn is_near(&self, inventory: &Value) -> bool {
        let ends = inventory["credentials"].as_object().expect("leaves").values();
        ends.into_iter().any(|leaf| (leaf["notAfter"].as_i64().expect("a time") - self.now()) / DAY <= BEFORE + 1)
    }

    /// The run of the day.
    fn renew(&mut self) {
        let (before, archives) = (self.scene.inventory(), self.scene.archives());
        let ran = self.scene.generate(&["--renew"]);
        let after = self.scene.inventory();
        self.demand_not_early(&before, &after);
        if before == after {
            let is_same = ran.said("0 certificates issued") && self.scene.archives() == archives;
            assert!(is_same, "day {}: {}", self.day, ran.stdout);
        }
        self.installed.send(&self.scene, self.day, &mut self.dice);
        self.due = command(&ran.stdout);
    }

    /// Each leaf that was issued was due, or its CA had changed.
    fn demand_not_early(&mut self, before: &Value, after: &Value) {
        for (name, leaf) in after["credentials"].as_object().expect("leaves") {
            let old = &before["credentials"][name];
            if leaf["serial"] == old["serial"] {
                continue;
            }
            self.issued += 1;
            let left = old["notAfter"].as_i64().map(|end| end - self.now());
            let is_due = left.is_some_and(|left| 0 < left && left <= BEFORE * DAY);
            assert!(is_due || leaf["signer"] != old["signer"], "day {}: {name} is issued {left:?} s before its end", self.day);
        }
    }

    /// Takes the next step of a rotation, if the CA is due or one is under way.
    fn rotate(&mut self) {
        let rotation = self.scene.inventory()["rotations"]["mesh"].clone();
        let is_open = !rotation.is_null() && rotation["step"] != "retire";
        let again = ["certs", "rotate", "mesh.yaml", "--out", "out", "--ca", "mesh"].map(str::to_owned).to_vec();
        let Some(mut words) = (if is_open { Some(again) } else { self.due.take() }) else { return };
        words.push("--next".to_owned());
        let ran = self.scene.sandbox.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        if ran.status == 1 {
            assert!(is_open && ran.said("CM0625"), "day {}: {}", self.day, ran.stdout);
            self.refused += 1;
            return;
        }
        assert_eq!(ran.status, 0, "day {}: {}{}", self.day, ran.stdout, ran.stderr);
        let step = self.scene.inventory()["rotations"]["mesh"]["step"].as_str().expect("a step").to_owned();
        *self.taken.entry(step).or_default() += 1;
        self.installed.send(&self.scene, self.day, &mut self.dice);
    }
}

/// The command that a finding about a CA near its end names, without the program.
fn command(said: &str) -> Option<Vec<String>> {
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let command = flat.split("`meshbundle ").find(|part| part.starts_with("certs rotate "))?;
    Some(command.split('`').next()?.split(' ').map(str::to_owned).collect())
}

#[test]
fn in_ten_years_of_daily_runs_no_link_is_cut() {
    let mut years = Years::begin();
    years.installed.connect(years.now(), &mut years.uses);
    // Each day with `ROUNDS=7`, else each week and each day on which something may be due.
    let every = if times() < 7 { 7 } else { 1 };
    for day in 1..=DAYS {
        years.day = day;
        years.set_clock();
        years.arrivals();
        let is_week = day.is_multiple_of(7);
        if is_week || day.is_multiple_of(every) || years.is_near(&years.scene.inventory()) {
            years.renew();
        }
        if is_week {
            years.rotate();
        }
    }
    years.installed.connect(years.now(), &mut years.uses);
    let Years { uses, issued, taken, refused, .. } = years;
    let judged = uses.judge();
    println!("{issued} certificates, {judged} questions, steps {taken:?}, {refused} refused");
    assert!(issued > 70 && refused > 0, "{issued} certificates, {refused} steps refused");
    assert_eq!(taken.len(), 3, "{taken:?}");
    assert!(taken.values().all(|count| *count >= 3), "{taken:?}");
}
