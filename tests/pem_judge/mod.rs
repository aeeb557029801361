//! Files of certificates and keys, as people have them and as they break, before the judges that read them in production: Go's
//! `encoding/pem` and `crypto/tls`, and `tlsutil` of etcd's client, by the Go modules. What this crate reads as blocks, as trusted
//! certificates, as a chain to present and as a key is just what they read.
//!
//! Every file of `kinds` is written in every way of `ways`; dice break more of them.

mod forms;
mod given;
mod judge;
mod kinds;
mod ways;

use crate::support::dice;
use judge::{Question, compare};
use kinds::Kinds;

#[test]
fn every_kind_of_file_in_every_way_is_read_as_go_and_etcd_read_it() {
    let kinds = Kinds::new();
    let mut questions = Vec::new();
    for (kind, file) in kinds.files() {
        for (way, change) in ways::WAYS {
            questions.push(Question { name: format!("{kind}, {way}"), file: change(&file), pair: kinds.pair_of(kind) });
        }
    }
    assert!(questions.len() >= 2000, "{} variants", questions.len());
    compare(&questions);
}

/// Lines taken out, doubled, swapped, cut and glued; single bytes changed.
#[test]
fn files_that_dice_have_broken_are_read_as_go_and_etcd_read_them() {
    let kinds = Kinds::new();
    let files = kinds.files();
    let mut dice = dice::Dice::new(13);
    let questions: Vec<Question> = (0..3000)
        .map(|number| {
            let (kind, file) = dice.pick(&files);
            let (other, more) = dice.pick(&files);
            let mut file = if dice.once_in(2) { [file, more].concat() } else { file };
            for _ in 0..=dice.below(4) {
                file = ways::break_somewhere(&file, &mut dice);
            }
            Question { name: format!("{number}: {kind} and {other}"), file, pair: kinds.pair_of(kind) }
        })
        .collect();
    compare(&questions);
}
