//! Chains at random: straight ones with a fault or two before all three judges, tangled ones before ours and Go.

use meshbundle::x509::Usage;
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::chain_judges::agreement;
use crate::chain_judges::forge::{ANY, CLIENT, CODE, Extension, Forge, Plan, SERVER, dns, noon};
use crate::support::dice::Dice;
use crate::support::judges::{Case, Verdict, go_on_chains, openssl, ours};

const STRAIGHT: usize = 200;
const TANGLED: usize = 600;

#[test]
fn straight_chains() {
    let forge = Forge::new(6);
    let mut dice = Dice::new(1);
    let cases: Vec<Case> = (0..STRAIGHT).map(|number| straight(&forge, &mut dice, number)).collect();
    agreement::on_chains(&cases, &go_on_chains(&cases), "Go");
    let openssl: Vec<Verdict> = cases.par_iter().map(openssl).collect();
    agreement::on_chains(&cases, &openssl, "OpenSSL");
}

#[test]
fn tangled_chains() {
    let forge = Forge::new(4);
    // Chosen so that some chains reach the bound of the search.
    let mut dice = Dice::new(302);
    let cases: Vec<Case> = (0..TANGLED).map(|number| tangled(&forge, &mut dice, number)).collect();
    agreement::on_chains(&cases, &go_on_chains(&cases), "Go");
}

/// An anchor, up to three intermediates, a leaf: every name and key once, and few faults, all of the kinds that Go and
/// OpenSSL judge alike.
fn straight(forge: &Forge, dice: &mut Dice, number: usize) -> Case {
    let depth = dice.below(4);
    let mut plans: Vec<Plan> = (0..=depth).map(|level| straight_authority(dice, level)).collect();
    let names = dice.pick(&[&["a.mesh"][..], &["a.mesh", "b.mesh"], &["a.other"]]);
    plans.push(Plan {
        subject: "leaf".to_owned(),
        key: 5,
        issuer: format!("authority {depth}"),
        issuer_key: if dice.once_in(20) { 4 } else { depth },
        days: days(dice),
        extensions: vec![
            Extension::key_usage(false),
            Extension::ext_key_usage(dice.pick(&[&[SERVER, CLIENT][..], &[SERVER, CLIENT], &[SERVER], &[CLIENT]])),
            Extension::alt_names(&names.iter().map(|name| dns(name)).collect::<Vec<_>>()),
        ],
    });
    let mut chain: Vec<Vec<u8>> = plans.iter().map(|plan| forge.make(plan)).collect();
    let leaf = chain.pop().expect("a leaf");
    let anchor = chain.remove(if dice.once_in(6) { dice.below(chain.len()) } else { 0 });
    if dice.once_in(15) && !chain.is_empty() {
        chain.remove(dice.below(chain.len()));
    }
    Case {
        name: format!("straight chain {number}"),
        leaf,
        intermediates: chain,
        anchors: vec![anchor],
        usage: dice.pick(&[Usage::ServerAuth, Usage::ClientAuth]),
        host: dice.pick(&[None, Some("a.mesh".to_owned())]),
        at: noon(),
    }
}

fn straight_authority(dice: &mut Dice, level: usize) -> Plan {
    let above = level.saturating_sub(1);
    let path_len = dice.pick(&[None, None, Some(3), Some(2), Some(1), Some(0)]);
    let ca = !dice.once_in(25);
    let mut extensions = vec![Extension::basic_constraints(ca, if ca { path_len } else { None })];
    if !dice.once_in(4) {
        extensions.push(Extension::key_usage(!dice.once_in(25)));
    }
    if dice.once_in(6) {
        extensions.push(Extension::ext_key_usage(dice.pick(&[&[SERVER][..], &[CLIENT], &[SERVER, CLIENT], &[CODE]])));
    }
    match dice.below(12) {
        0 => extensions.push(Extension::name_constraints(&[dns("mesh")], &[])),
        1 => extensions.push(Extension::name_constraints(&[], &[dns("b.mesh")])),
        _ => {}
    }
    if dice.once_in(30) {
        extensions.push(Extension { oid: vec![1, 2, 3], critical: dice.once_in(2), value: vec![5, 0] });
    }
    Plan {
        subject: format!("authority {level}"),
        key: level,
        issuer: format!("authority {above}"),
        issuer_key: above,
        days: days(dice),
        extensions,
    }
}

/// Mostly valid at noon.
fn days(dice: &mut Dice) -> (i64, i64) {
    if dice.once_in(25) { dice.pick(&[(-9, -1), (1, 9)]) } else { dice.pick(&[(-9, 9), (-1, 1)]) }
}

/// A pool of authorities that share few names and keys, cross-sign each other, and mislead by key identifiers.
fn tangled(forge: &Forge, dice: &mut Dice, number: usize) -> Case {
    const NAMES: [&str; 3] = ["one", "two", "three"];

    let identity = |dice: &mut Dice| (dice.pick(&NAMES).to_owned(), dice.below(3));
    let certificate = |dice: &mut Dice, leaf: bool| {
        let ((subject, key), (issuer, issuer_key)) = (identity(dice), identity(dice));
        let mut extensions = Vec::new();
        if leaf {
            extensions.push(Extension::ext_key_usage(&[SERVER]));
            extensions.push(Extension::alt_names(&[dns("etcd.mesh")]));
        } else {
            if !dice.once_in(12) {
                let path_len = dice.pick(&[None, None, None, Some(0), Some(1), Some(2)]);
                extensions.push(Extension::basic_constraints(!dice.once_in(12), path_len));
            }
            if dice.once_in(3) {
                extensions.push(Extension::key_usage(!dice.once_in(8)));
            }
            if dice.once_in(6) {
                extensions.push(Extension::ext_key_usage(dice.pick(&[&[SERVER][..], &[CLIENT], &[ANY], &[CODE, ANY], &[]])));
            }
            if dice.once_in(5) {
                extensions.push(Extension::alt_names(&[dns(dice.pick(&["x.mesh", "y.mesh"]))]));
            }
            if dice.once_in(10) {
                extensions.push(Extension::name_constraints(&[dns(dice.pick(&["mesh", "x.mesh", "etcd.mesh"]))], &[]));
            }
            if dice.once_in(2) {
                extensions.push(Extension::subject_key_id(&[dice.pick(&[0, 1, 2])]));
            }
        }
        if dice.once_in(2) {
            extensions.push(Extension::authority_key_id(&[dice.pick(&[0, 1, 2])]));
        }
        let subject = if leaf { "leaf".to_owned() } else { subject };
        let key = if leaf { 3 } else { key };
        forge.make(&Plan { subject, key, issuer, issuer_key, days: days(dice), extensions })
    };
    let leaf = certificate(dice, true);
    let mut pool: Vec<Vec<u8>> = (0..4 + dice.below(20)).map(|_| certificate(dice, false)).collect();
    let anchors = pool.split_off(pool.len() - 1 - dice.below(2));
    Case {
        name: format!("tangled chain {number}"),
        leaf,
        intermediates: pool,
        anchors,
        usage: Usage::ServerAuth,
        host: None,
        at: noon(),
    }
}

/// Go gives up after 100 signatures; so do we, and not before.
#[test]
fn the_search_is_bounded() {
    let forge = Forge::new(3);
    let authority = |key: usize, id: u8| Plan {
        subject: "mesh".to_owned(),
        key,
        issuer: "mesh".to_owned(),
        issuer_key: key,
        days: (-9, 9),
        extensions: vec![Extension::basic_constraints(true, None), Extension::subject_key_id(&[id])],
    };
    let leaf = Plan {
        subject: "leaf".to_owned(),
        key: 2,
        extensions: vec![Extension::alt_names(&[dns("etcd.mesh")]), Extension::authority_key_id(&[7])],
        ..authority(0, 0)
    };
    let leaf = forge.make(&leaf);
    let case = |name: &str, strangers: usize, id: u8| {
        let mut anchors: Vec<Vec<u8>> = (0..strangers).map(|_| forge.make(&authority(1, 0))).collect();
        anchors.push(forge.make(&authority(0, id)));
        let (leaf, name) = (leaf.clone(), name.to_owned());
        Case { name, leaf, intermediates: Vec::new(), anchors, usage: Usage::ServerAuth, host: None, at: noon() }
    };
    let cases = [
        case("99 strangers first", 99, 0),
        case("100 strangers first", 100, 0),
        case("100 strangers, but the key identifier puts them last", 100, 7),
    ];
    let verdicts: Vec<Verdict> = cases.iter().map(ours).collect();
    assert_eq!(verdicts, [Ok(()), Err("too-many-checks".to_owned()), Ok(())]);
    let go: Vec<bool> = go_on_chains(&cases).iter().map(Verdict::is_ok).collect();
    assert_eq!(go, [true, false, true]);
}
