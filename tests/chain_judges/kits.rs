//! Links at random: on each side what it presents, its key, and what it trusts of the other; every shape that PKIs have, and
//! faults of every kind, some that matter and some that do not.

use crate::chain_judges::forge::{ANY, CLIENT, CODE, Extension, Plan, SERVER, dns};
use crate::chain_judges::mint::{Coin, Mint, SIGNERS, USELESS, WEAK};
use crate::support::dice::Dice;

/// What a host is dialled by.
pub(crate) const HOST: &str = "etcd.mesh";

/// One link.
pub(crate) struct Kit {
    pub(crate) name: String,
    pub(crate) server: Side,
    pub(crate) client: Side,
}

/// What one side presents, and what the other verifies it against. DER.
pub(crate) struct Side {
    pub(crate) presented: Vec<Vec<u8>>,
    /// PEM.
    pub(crate) key: String,
    pub(crate) anchors: Vec<Vec<u8>>,
    /// What was done, in words.
    what: Vec<&'static str>,
}

/// A kit with one random side, or two.
pub(crate) fn kit(mint: &Mint, dice: &mut Dice, number: usize) -> Kit {
    let (server, client) = match number % 3 {
        0 => (side(mint, dice, true), good(mint, dice, false)),
        1 => (good(mint, dice, true), side(mint, dice, false)),
        _ => (side(mint, dice, true), side(mint, dice, false)),
    };
    let name = format!("kit {number}: server {}; client {}", server.what.join(", "), client.what.join(", "));
    Kit { name, server, client }
}

fn coin(subject: &str, key: usize, issuer: &str, issuer_key: usize, extensions: Vec<Extension>) -> Coin {
    let (subject, issuer) = (subject.to_owned(), issuer.to_owned());
    let plan = Plan { subject, key, issuer, issuer_key, days: (-9, 9), extensions };
    Coin { plan, version_1: false, serial: vec![7], long_rsa: None }
}

fn ca(level: usize, keys: &[usize]) -> Coin {
    let above = level.saturating_sub(1);
    let extensions = vec![Extension::basic_constraints(true, None), Extension::key_usage(true)];
    coin(&format!("ca {level}"), keys[level], &format!("ca {above}"), keys[above], extensions)
}

fn leaf(server: bool, key: usize, level: usize, keys: &[usize]) -> Coin {
    let mut extensions = vec![Extension::key_usage(false), Extension::ext_key_usage(&[SERVER, CLIENT])];
    if server {
        extensions.push(Extension::alt_names(&[dns(HOST)]));
    }
    let subject = if server { "clustermesh-etcd" } else { "remote-oslo" };
    coin(subject, key, &format!("ca {level}"), keys[level], extensions)
}

fn good(mint: &Mint, dice: &mut Dice, server: bool) -> Side {
    let keys = [dice.below(SIGNERS.end), dice.below(SIGNERS.end)];
    let (root, leaf) = (ca(0, &keys), leaf(server, keys[1], 0, &keys));
    finish(mint, &[leaf], &[root], keys[1], vec!["good"])
}

fn finish(mint: &Mint, presented: &[Coin], anchors: &[Coin], key: usize, what: Vec<&'static str>) -> Side {
    let struck = |coins: &[Coin]| coins.iter().map(|coin| mint.strike(coin)).collect();
    Side { presented: struck(presented), key: mint.key(key).to_owned(), anchors: struck(anchors), what }
}

fn side(mint: &Mint, dice: &mut Dice, server: bool) -> Side {
    let mut what = Vec::new();
    let depth = dice.pick(&[0, 0, 1, 1, 2]);
    let mut keys: Vec<usize> = (0..=depth).map(|_| dice.below(SIGNERS.end)).collect();
    let mut leaf_key = dice.below(SIGNERS.end);
    if dice.once_in(10) {
        what.push("an odd key");
        leaf_key = dice.pick(&[WEAK[0], WEAK[0], WEAK[1], WEAK[2], USELESS[0], USELESS[1], USELESS[2]]);
    }
    if dice.once_in(25) {
        what.push("a CA that verifies nothing");
        let at = dice.below(keys.len());
        keys[at] = dice.pick(&USELESS[1..]);
    }
    let mut cas: Vec<Coin> = (0..=depth).map(|level| ca(level, &keys)).collect();
    let mut leaf = leaf(server, leaf_key, depth, &keys);
    for (level, ca) in cas.iter_mut().enumerate() {
        faults_of_ca(dice, ca, level == 0, &mut what);
    }
    faults_of_leaf(dice, &mut leaf, server, &mut what);
    if dice.once_in(12) {
        what.push("self-signed");
        leaf.plan.issuer = leaf.plan.subject.clone();
        leaf.plan.issuer_key = if SIGNERS.contains(&leaf_key) { leaf_key } else { 0 };
        let anchors = if dice.once_in(6) { vec![cas[0].clone()] } else { vec![leaf.clone()] };
        return finish(mint, &[leaf], &anchors, leaf_key, what);
    }
    // What travels: the leaf, and what stands between it and the anchor.
    let mut anchors = vec![cas[0].clone()];
    let mut behind: Vec<Coin> = cas.iter().skip(1).rev().cloned().collect();
    if depth > 0 && dice.once_in(8) {
        what.push("an intermediate as anchor");
        anchors = vec![cas[depth].clone()];
    }
    if dice.once_in(15) {
        what.push("the leaf as anchor");
        anchors = vec![leaf.clone()];
    }
    if !behind.is_empty() && dice.once_in(10) {
        what.push("an intermediate missing");
        behind.remove(dice.below(behind.len()));
    }
    beside(dice, &cas, &mut behind, &mut anchors, &mut what);
    if behind.len() > 1 && dice.once_in(3) {
        what.push("shuffled");
        for at in (1..behind.len()).rev() {
            behind.swap(at, dice.below(at + 1));
        }
    }
    behind.insert(0, leaf);
    finish(mint, &behind, &anchors, leaf_key, what)
}

/// What is in the files besides: most of it does not matter.
fn beside(dice: &mut Dice, cas: &[Coin], behind: &mut Vec<Coin>, anchors: &mut Vec<Coin>, what: &mut Vec<&'static str>) {
    let expired = |coin: &Coin| Coin { plan: Plan { days: (-9, -1), ..coin.plan.clone() }, serial: vec![8], ..coin.clone() };
    if dice.once_in(4) {
        what.push("the root travels");
        behind.push(cas[0].clone());
    }
    if dice.once_in(6) {
        what.push("a duplicate");
        behind.extend(behind.first().cloned());
    }
    if dice.once_in(6) {
        what.push("a stranger travels");
        behind.insert(
            dice.below(behind.len() + 1),
            coin("stranger", 3, "stranger", 3, vec![Extension::basic_constraints(true, None)]),
        );
    }
    if dice.once_in(6) {
        what.push("an expired twin travels");
        behind.insert(dice.below(behind.len() + 1), expired(&cas[dice.below(cas.len())]));
    }
    if dice.once_in(30) {
        what.push("a huge RSA key travels");
        behind.push(Coin { long_rsa: Some(dice.pick(&[8192, 8200])), ..coin("huge", 0, "huge", 0, Vec::new()) });
    }
    if dice.once_in(5) {
        what.push("an expired second anchor");
        anchors.insert(dice.below(anchors.len() + 1), expired(&cas[0]));
    }
    if dice.once_in(8) {
        what.push("an odd second anchor");
        let key = dice.pick(&USELESS);
        anchors
            .insert(dice.below(anchors.len() + 1), coin("odd", key, "odd", key, vec![Extension::basic_constraints(true, None)]));
    }
    if dice.once_in(12) {
        what.push("an anchor of the same name");
        let mut twin = cas[0].clone();
        (twin.plan.key, twin.plan.issuer_key) = (5, 5);
        anchors.insert(dice.below(anchors.len() + 1), twin);
    }
    if dice.once_in(8) {
        what.push("cross-signed");
        let mut crossed = cas[0].clone();
        (crossed.plan.issuer, crossed.plan.issuer_key) = ("other root".to_owned(), 2);
        crossed.version_1 = false;
        behind.push(crossed);
        let mut other = coin("other root", 2, "other root", 2, vec![Extension::basic_constraints(true, None)]);
        if dice.once_in(3) {
            other = expired(&other);
        }
        if dice.once_in(2) {
            anchors.clear();
        }
        anchors.push(other);
    }
}

fn set(coin: &mut Coin, extension: Extension) {
    coin.plan.extensions.retain(|old| old.oid != extension.oid);
    coin.plan.extensions.push(extension);
}

fn drop_extension(coin: &mut Coin, number: u32) {
    coin.plan.extensions.retain(|old| old.oid != [2, 5, 29, number]);
}

/// Faults that any certificate may have.
fn faults_of_any(dice: &mut Dice, coin: &mut Coin, what: &mut Vec<&'static str>) {
    if dice.once_in(20) {
        what.push("dates");
        coin.plan.days = dice.pick(&[(-9, -1), (1, 9), (-1, 1), (-9, 0), (0, 9)]);
    }
    if dice.once_in(25) {
        what.push("an unknown extension");
        set(coin, Extension { oid: vec![1, 2, 3], critical: dice.once_in(2), value: vec![5, 0] });
    }
    if dice.once_in(30) {
        what.push("a negative serial");
        coin.serial = vec![0xfe];
    }
    if dice.once_in(30) {
        what.push("a key identifier marked critical");
        set(coin, Extension { critical: true, ..Extension::subject_key_id(&[1, 2, 3]) });
    }
    if dice.once_in(30) {
        what.push("policies");
        // requireExplicitPolicy, from here on.
        let requires = crate::chain_judges::der::sequence(&[crate::chain_judges::der::der(0x80, &[&[0]])]);
        set(coin, Extension::new(36, dice.once_in(2), requires));
    }
    if dice.once_in(30) {
        what.push("another signature");
        coin.plan.issuer_key = dice.below(SIGNERS.end);
    }
}

fn faults_of_ca(dice: &mut Dice, coin: &mut Coin, root: bool, what: &mut Vec<&'static str>) {
    faults_of_any(dice, coin, what);
    match dice.below(24) {
        0 => {
            what.push("a CA without basic constraints");
            drop_extension(coin, 19);
        }
        1 => {
            what.push("CA:FALSE");
            set(coin, Extension::basic_constraints(false, None));
        }
        2..=5 => {
            what.push("a path length");
            set(coin, Extension::basic_constraints(true, Some(dice.pick(&[0, 0, 1, 2]))));
        }
        _ => {}
    }
    match dice.below(20) {
        0 => {
            what.push("a CA without keyCertSign");
            set(coin, Extension::key_usage(false));
        }
        1..=3 => {
            what.push("a CA without key usage");
            drop_extension(coin, 15);
        }
        _ => {}
    }
    if dice.once_in(10) {
        what.push("a CA limited by EKU");
        let usages: [&[&[u32]]; 5] = [&[SERVER], &[CLIENT], &[SERVER, CLIENT], &[CODE], &[ANY]];
        set(coin, Extension::ext_key_usage(dice.pick(&usages)));
    }
    if dice.once_in(8) {
        what.push("name constraints");
        let (some, none): (&[&str], &[&str]) = dice.pick(&[
            (&["mesh"][..], &[][..]),
            (&["other"], &[]),
            (&[], &["etcd.mesh"]),
            (&[], &["a.mesh"]),
            (&[], &["localhost"]),
        ]);
        let names = |names: &[&str]| names.iter().map(|name| dns(name)).collect::<Vec<_>>();
        set(coin, Extension::name_constraints(&names(some), &names(none)));
    }
    if dice.once_in(if root { 12 } else { 30 }) {
        what.push("a CA of version 1");
        coin.version_1 = true;
    }
}

fn faults_of_leaf(dice: &mut Dice, coin: &mut Coin, server: bool, what: &mut Vec<&'static str>) {
    faults_of_any(dice, coin, what);
    match dice.below(12) {
        0 => {
            what.push("a leaf without key usage");
            drop_extension(coin, 15);
        }
        1 => {
            what.push("keyEncipherment alone");
            set(coin, Extension::new(15, true, vec![3, 2, 5, 0x20]));
        }
        2 => {
            what.push("a leaf with keyCertSign alone");
            set(coin, Extension::key_usage(true));
        }
        _ => {}
    }
    match dice.below(12) {
        0 => {
            what.push("a leaf without EKU");
            drop_extension(coin, 37);
        }
        1..=3 => {
            what.push("another EKU");
            let usages: [&[&[u32]]; 6] = [&[SERVER], &[CLIENT], &[CODE], &[ANY], &[CODE, ANY], &[]];
            set(coin, Extension::ext_key_usage(dice.pick(&usages)));
        }
        _ => {}
    }
    if dice.once_in(12) {
        what.push("a leaf that is a CA");
        set(coin, Extension::basic_constraints(true, None));
    }
    if dice.once_in(12) {
        what.push("another common name");
        coin.plan.subject = dice.pick(&[String::new(), "x".repeat(70), "root".to_owned()]);
    }
    if dice.once_in(25) {
        what.push("a leaf of version 1");
        coin.version_1 = true;
    }
    if server && dice.once_in(6) {
        what.push("other hosts");
        let hosts: [&[&str]; 6] =
            [&["*.mesh"], &["other.mesh"], &["ETCD.MESH", "x.mesh"], &["etcd.mesh."], &["*"], &["a.mesh", "*.a.mesh"]];
        set(coin, Extension::alt_names(&dice.pick(&hosts).iter().map(|host| dns(host)).collect::<Vec<_>>()));
    } else if !server && dice.once_in(6) {
        what.push("a client with a SAN");
        set(coin, Extension::alt_names(&[dns(dice.pick(&["*.mesh", "remote-oslo", "localhost", "a.mesh"]))]));
    }
}
