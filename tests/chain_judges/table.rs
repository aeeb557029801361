//! The table: good and bad chains made by OpenSSL, each held before all three judges.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::chain_judges::row::Row;
use crate::chain_judges::{table_algorithms, table_authorities, table_names, table_usages};
use crate::support::judges::{go_on_chains, openssl, ours};

fn judge(rows: &[Row]) {
    let cases: Vec<_> = rows.iter().map(|row| row.case.clone()).collect();
    let go = go_on_chains(&cases);
    let openssl: Vec<_> = cases.par_iter().map(openssl).collect();
    let complaints: Vec<String> = rows
        .iter()
        .zip(go.iter().zip(&openssl))
        .flat_map(|(row, (go, openssl))| row.complaints(&ours(&row.case), go, openssl))
        .collect();
    assert!(complaints.is_empty(), "{} of {} rows:\n{}", complaints.len(), rows.len(), complaints.join("\n"));
}

#[test]
fn authorities() {
    judge(&table_authorities::rows());
}

#[test]
fn names() {
    judge(&table_names::rows());
}

#[test]
fn algorithms() {
    judge(&table_algorithms::rows());
}

#[test]
fn usages() {
    judge(&table_usages::rows());
}
