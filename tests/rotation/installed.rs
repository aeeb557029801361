//! What the targets of [`two`](super::scene::two) have, day by day: bundles arrive late, and members restart later still.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::evolution::scene::{Bundle, Scene};
use crate::rotation::uses::{Use, Uses};
use crate::support::dice::Dice;
use crate::support::receipts::{receipt_line, unit};

/// Days until a bundle has arrived, at most.
const LATE: usize = 25;

/// The PEM files of a bundle, by their path in it, and its manifest.
#[derive(Clone)]
struct Files {
    manifest: Value,
    texts: BTreeMap<String, String>,
}

impl Files {
    fn of(bundle: &Bundle) -> Self {
        let text = |(path, (_, bytes)): (String, (u32, Vec<u8>))| Some((path, String::from_utf8(bytes).ok()?));
        Self { manifest: bundle.manifest(), texts: bundle.payload().into_iter().filter_map(text).collect() }
    }

    /// What is no certificate and no key, but for the line that tells a watcher of other CAs.
    fn configs(&self) -> BTreeMap<&String, Vec<&str>> {
        let configs = self.texts.iter().filter(|(path, _)| !path.ends_with(".crt") && !path.ends_with(".key"));
        configs.map(|(path, text)| (path, text.lines().filter(|line| !line.starts_with("# anchors ")).collect())).collect()
    }
}

/// What one node or member has.
struct Target {
    installed: Files,
    /// What was installed when it started last.
    loaded: Files,
    /// On which day what is to come, and on which day it is loaded.
    coming: Option<(u32, Files)>,
    restart: Option<u32>,
}

/// All of them, by the path of their bundles.
pub(crate) struct Installed {
    targets: BTreeMap<String, Target>,
}

impl Installed {
    pub(crate) fn new(scene: &Scene) -> Self {
        let target = |path: String| {
            let files = Files::of(&scene.bundle(&path));
            (path, Target { loaded: files.clone(), installed: files, coming: None, restart: None })
        };
        Self { targets: scene.archives().into_keys().map(target).collect() }
    }

    /// What was written on this day is on its way, and arrives some day. Names what is new.
    pub(crate) fn send(&mut self, scene: &Scene, day: u32, dice: &mut Dice) -> Vec<String> {
        let mut sent = Vec::new();
        for (path, target) in &mut self.targets {
            let files = Files::of(&scene.bundle(path));
            let newest = target.coming.as_ref().map_or(&target.installed, |(_, coming)| coming);
            if newest.manifest == files.manifest {
                continue;
            }
            assert_eq!(newest.configs(), files.configs(), "{path}: configs keep their bytes");
            // What is on its way is replaced by what is newer.
            let arrives = target.coming.as_ref().map_or_else(|| day + later(dice), |(day, _)| *day);
            target.coming = Some((arrives, files));
            sent.push(path.clone());
        }
        sent
    }

    /// The first day on which something arrives or is loaded.
    pub(crate) fn next(&self) -> Option<u32> {
        let days = |target: &Target| target.coming.as_ref().map(|(day, _)| *day).into_iter().chain(target.restart);
        self.targets.values().flat_map(days).min()
    }

    /// What arrives on this day is installed, and members restart whose day it is. Returns receipts of what has changed.
    pub(crate) fn pass(&mut self, day: u32, counter: u64, dice: &mut Dice) -> Vec<String> {
        let mut changed = Vec::new();
        for (path, target) in &mut self.targets {
            let mut has_changed = false;
            if let Some((_, files)) = target.coming.take_if(|(arrives, _)| *arrives <= day) {
                target.installed = files;
                // Agents load what they find.
                target.restart = Some(if path.contains("/etcd/") { day + later(dice) / 2 } else { day });
                has_changed = true;
            }
            if target.restart.take_if(|restart| *restart <= day).is_some() {
                target.loaded = target.installed.clone();
                has_changed = true;
            }
            if has_changed {
                changed.push(target.receipt(path, counter));
            }
        }
        changed
    }

    pub(crate) fn receipts(&self, counter: u64) -> Vec<String> {
        self.targets.iter().map(|(path, target)| target.receipt(path, counter)).collect()
    }

    /// Everyone who dials someone does so at `at`, Unix seconds: agents the members of the other cluster, and members each other.
    pub(crate) fn connect(&self, at: i64, uses: &mut Uses) {
        for (path, node) in self.targets.iter().filter(|(path, _)| path.contains("/nodes/")) {
            let remote = if path.starts_with("a/") { "b" } else { "a" };
            let read = |name: &str| node.installed.texts[&format!("var/lib/clustermesh/{remote}.{name}")].as_str();
            for (at_member, member) in self.members(remote) {
                let host = format!("10.0.{}.{}", if remote == "a" { 1 } else { 2 }, &at_member[at_member.len() - 1..]);
                uses.note(at, Use::server(member.presents("server.crt"), read("etcd-client-ca.crt"), &host));
                uses.note(at, Use::client(read("etcd-client.crt"), member.trusts("client-ca.crt")));
            }
        }
        for (one, member) in self.members("b") {
            for (_, other) in self.members("b").filter(|(other, _)| *other != one) {
                uses.note(at, Use::server(other.presents("peer.crt"), member.trusts("peer-ca.crt"), ""));
                uses.note(at, Use::client(other.presents("peer.crt"), member.trusts("peer-ca.crt")));
            }
        }
    }

    fn members(&self, cluster: &'static str) -> impl Iterator<Item = (&String, &Target)> {
        self.targets.iter().filter(move |(path, _)| path.starts_with(&format!("{cluster}/etcd/")))
    }
}

impl Target {
    /// What it presents: etcd reads these files for each connection.
    fn presents(&self, file: &str) -> &str {
        &self.installed.texts[&format!("etc/etcd/clustermesh/{file}")]
    }

    /// Whom it trusts: etcd reads these files when it starts.
    fn trusts(&self, file: &str) -> &str {
        &self.loaded.texts[&format!("etc/etcd/clustermesh/{file}")]
    }

    fn receipt(&self, path: &str, counter: u64) -> String {
        let due: &[&str] = if self.loaded.manifest == self.installed.manifest { &[] } else { &["etcd"] };
        receipt_line(&self.installed.manifest, &unit(path), counter, due)
    }
}

fn later(dice: &mut Dice) -> u32 {
    u32::try_from(dice.below(LATE)).expect("days")
}
