//! Certificate policies at random: who requires, maps and inhibits what, as Go sees it.

use meshbundle::x509::Usage;

use crate::chain_judges::agreement;
use crate::chain_judges::der::{der, integer, oid, sequence};
use crate::chain_judges::forge::{Extension, Forge, Plan, noon};
use crate::support::dice::Dice;
use crate::support::judges::{Case, go_on_chains};

/// Three policies and anyPolicy.
const POLICIES: [&[u32]; 4] = [&[1, 2, 1], &[1, 2, 2], &[1, 2, 3], &[2, 5, 29, 32, 0]];

/// What one certificate says; policies are numbers of `POLICIES`.
#[derive(Debug, Default)]
struct Says {
    self_issued: bool,
    has: Vec<usize>,
    maps: Vec<[usize; 2]>,
    requires: Option<u8>,
    inhibits_mapping: Option<u8>,
    inhibits_any: Option<u8>,
}

#[test]
fn policies() {
    let forge = Forge::new(5);
    let mut dice = Dice::new(6);
    let random = (0..2000).map(|_| (0..dice.below(3) + 3).map(|_| says(&mut dice)).collect());
    let cases: Vec<Case> = random.chain([mapped_from_any()]).map(|chain: Vec<Says>| case(&forge, &chain)).collect();
    agreement::on_chains(&cases, &go_on_chains(&cases), "Go");
}

/// One that chance finds once in 40,000: it is good because anyPolicy stands in for a policy that is mapped.
fn mapped_from_any() -> Vec<Says> {
    vec![
        Says::default(),
        Says {
            self_issued: true,
            has: vec![1, 3],
            maps: vec![[0, 1], [2, 2]],
            inhibits_mapping: Some(0),
            inhibits_any: Some(1),
            ..Says::default()
        },
        Says { has: vec![3], maps: vec![[3, 2], [1, 1]], ..Says::default() },
        Says { has: vec![1, 2, 3], requires: Some(0), inhibits_mapping: Some(0), ..Says::default() },
        Says { has: vec![1, 2], ..Says::default() },
    ]
}

fn says(dice: &mut Dice) -> Says {
    let limits = [None, Some(0), Some(1)];
    let constrained = dice.once_in(2);
    Says {
        self_issued: dice.once_in(4),
        has: (0..POLICIES.len()).filter(|_| dice.once_in(2)).collect(),
        maps: (0..dice.pick(&[0, 0, 1, 2])).map(|_| [0, 0].map(|_| dice.pick(&[0, 0, 1, 1, 2, 2, 0, 1, 2, 3]))).collect(),
        requires: if constrained { dice.pick(&limits) } else { None },
        inhibits_mapping: if constrained { dice.pick(&limits) } else { None },
        inhibits_any: if dice.once_in(4) { dice.pick(&limits) } else { None },
    }
}

/// An anchor, one to three intermediates, a leaf.
fn case(forge: &Forge, chain: &[Says]) -> Case {
    let mut issuer = "authority 0".to_owned();
    let mut ders = Vec::new();
    for (level, says) in chain.iter().enumerate() {
        let is_leaf = level == chain.len() - 1;
        let own = level > 0 && (is_leaf || !says.self_issued);
        let subject = if own { format!("authority {level}") } else { issuer.clone() };
        let plan = Plan {
            subject: subject.clone(),
            key: level,
            issuer,
            issuer_key: level.saturating_sub(1),
            days: (-9, 9),
            extensions: says.extensions(is_leaf),
        };
        ders.push(forge.make(&plan));
        issuer = subject;
    }
    let leaf = ders.pop().expect("a leaf");
    let anchors = vec![ders.remove(0)];
    let name = format!("{chain:?}");
    Case { name, leaf, intermediates: ders, anchors, usage: Usage::ServerAuth, host: None, at: noon() }
}

impl Says {
    fn extensions(&self, is_leaf: bool) -> Vec<Extension> {
        let mut extensions = Vec::new();
        if !is_leaf {
            extensions.push(Extension::basic_constraints(true, None));
        }
        if !self.has.is_empty() {
            let policies: Vec<Vec<u8>> = self.has.iter().map(|policy| sequence(&[oid(POLICIES[*policy])])).collect();
            extensions.push(Extension::new(32, false, sequence(&policies)));
        }
        if !self.maps.is_empty() {
            let pairs = self.maps.iter().map(|pair| sequence(&pair.map(|policy| oid(POLICIES[policy]))));
            extensions.push(Extension::new(33, true, sequence(&pairs.collect::<Vec<_>>())));
        }
        if self.requires.is_some() || self.inhibits_mapping.is_some() {
            let fields = [(0x80, self.requires), (0x81, self.inhibits_mapping)];
            let fields: Vec<Vec<u8>> = fields.iter().filter_map(|(tag, limit)| Some(integer(*tag, (*limit)?))).collect();
            extensions.push(Extension::new(36, true, sequence(&fields)));
        }
        extensions.extend(self.inhibits_any.map(|limit| Extension::new(54, true, der(0x02, &[&[limit]]))));
        extensions
    }
}
