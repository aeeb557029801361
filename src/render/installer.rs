//! `install.sh`, the same in every bundle: its parts, in order. It contains nothing of a mesh, and reads the manifest of its
//! bundle.

/// Each part is one concern; together they are one POSIX shell script.
const PARTS: [&str; 17] = [
    include_str!("../../templates/install/01-head.sh"),
    include_str!("../../templates/install/02-manifest.sh"),
    include_str!("../../templates/install/03-checksums.sh"),
    include_str!("../../templates/install/04-target.sh"),
    include_str!("../../templates/install/05-paths.sh"),
    include_str!("../../templates/install/06-compose.sh"),
    include_str!("../../templates/install/07-units.sh"),
    include_str!("../../templates/install/08-identity.sh"),
    include_str!("../../templates/install/09-etcd.sh"),
    include_str!("../../templates/install/10-guards.sh"),
    include_str!("../../templates/install/11-changes.sh"),
    include_str!("../../templates/install/12-reports.sh"),
    include_str!("../../templates/install/13-records.sh"),
    include_str!("../../templates/install/14-receipts.sh"),
    include_str!("../../templates/install/15-apply.sh"),
    include_str!("../../templates/install/16-inputs.sh"),
    include_str!("../../templates/install/17-main.sh"),
];

/// The bytes of the script.
pub(super) fn script() -> Vec<u8> {
    PARTS.concat().into_bytes()
}
