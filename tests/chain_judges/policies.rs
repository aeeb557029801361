//! Certificate policies at random: who requires, maps and inhibits what, as Go sees it.

use std::fmt::Write;

use meshbundle::verify::Usage;

use crate::agreement;
use crate::der::{der, integer, oid, sequence};
use crate::dice::Dice;
use crate::forge::{Extension, Forge, Plan, noon};
use crate::judges::{Case, go_on_chains};

const POLICIES: [&[u32]; 4] = [&[1, 2, 1], &[1, 2, 2], &[1, 2, 3], &[2, 5, 29, 32, 0]];

#[test]
fn policies() {
    let forge = Forge::new(5);
    let mut dice = Dice::new(6);
    let cases: Vec<Case> = (0..2000).map(|number| case(&forge, &mut dice, number)).collect();
    agreement::on_chains(&cases, &go_on_chains(&cases), "Go");
}

/// An anchor, one to three intermediates of which some are self-issued, a leaf.
fn case(forge: &Forge, dice: &mut Dice, number: usize) -> Case {
    let depth = dice.below(3) + 1;
    let mut name = format!("{number}:");
    let mut chain = Vec::new();
    let mut issuer = "authority 0".to_owned();
    for level in 0..=depth + 1 {
        let is_leaf = level == depth + 1;
        let self_issued = level == 0 || (!is_leaf && dice.once_in(4));
        let subject = if self_issued { issuer.clone() } else { format!("authority {level}") };
        let (extensions, shown) = extensions(dice, is_leaf);
        let _ = write!(name, " [{subject}:{shown}]");
        let plan = Plan {
            subject: subject.clone(),
            key: level,
            issuer: issuer.clone(),
            issuer_key: level.saturating_sub(1),
            days: (-9, 9),
            extensions,
        };
        chain.push(forge.make(&plan));
        issuer = subject;
    }
    let leaf = chain.pop().expect("a leaf");
    let anchors = vec![chain.remove(0)];
    Case { name, leaf, intermediates: chain, anchors, usage: Usage::ServerAuth, host: None, at: noon() }
}

fn extensions(dice: &mut Dice, is_leaf: bool) -> (Vec<Extension>, String) {
    let mut extensions = Vec::new();
    let mut shown = String::new();
    if !is_leaf {
        extensions.push(Extension::basic_constraints(true, None));
    }
    let policies: Vec<usize> = (0..POLICIES.len()).filter(|_| dice.once_in(2)).collect();
    if !policies.is_empty() {
        let _ = write!(shown, " has {policies:?}");
        let policies: Vec<Vec<u8>> = policies.iter().map(|policy| sequence(&[oid(POLICIES[*policy])])).collect();
        extensions.push(Extension::new(32, false, sequence(&policies)));
    }
    if dice.once_in(3) {
        let mappings: Vec<[usize; 2]> =
            (0..=dice.below(2)).map(|_| [0, 0].map(|_| dice.pick(&[0, 0, 1, 1, 2, 2, 0, 1, 2, 3]))).collect();
        let _ = write!(shown, " maps {mappings:?}");
        let mappings: Vec<Vec<u8>> = mappings.iter().map(|pair| sequence(&pair.map(|policy| oid(POLICIES[policy])))).collect();
        extensions.push(Extension::new(33, true, sequence(&mappings)));
    }
    if dice.once_in(2) {
        let (explicit, mapping) = (dice.pick(&[None, Some(0), Some(1)]), dice.pick(&[None, Some(0), Some(1)]));
        let _ = write!(shown, " requires {explicit:?} inhibits {mapping:?}");
        let fields = [(0x80, explicit), (0x81, mapping)];
        let fields: Vec<Vec<u8>> = fields.iter().filter_map(|(tag, limit)| Some(integer(*tag, (*limit)?))).collect();
        extensions.push(Extension::new(36, true, sequence(&fields)));
    }
    if dice.once_in(4) {
        let limit = dice.pick(&[0, 1]);
        let _ = write!(shown, " inhibits any {limit}");
        extensions.push(Extension::new(54, true, der(0x02, &[&[limit]])));
    }
    (extensions, shown)
}
