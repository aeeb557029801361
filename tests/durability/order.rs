//! What a power failure would leave is not seen by killing a process; but the order of the calls shows it: what counts is on
//! disk before that which makes it count.

use crate::durability::scene::{RENEWAL, Story, mesh};
use crate::durability::strace::log;
use crate::support::Sandbox;

#[test]
fn everything_is_on_disk_before_it_counts() {
    let base = Sandbox::with_mesh(&mesh(1..=3));
    base.generate(&[]);
    base.write("mesh.yaml", &mesh(1..=4));
    let story = Story::new(base, RENEWAL, &["--renew", "--create-authorities"]);
    let sandbox = story.stage();
    let lines = log(&sandbox, &story.command(&sandbox, "022"));
    // `4711  renameat(…) = 0`: the words that a call's line must have.
    let has = |line: &str, words: &[&str]| words.iter().all(|word| line.contains(word));
    let first = |words: &[&str]| lines.iter().position(|line| has(line, words)).unwrap_or_else(|| panic!("no {words:?}"));
    let last = |words: &[&str]| lines.iter().rposition(|line| has(line, words)).unwrap_or_else(|| panic!("no {words:?}"));
    let steps = [
        // A file that is still to be named is written before the file systems' order, and that before the name.
        ("the last authority", last(&["fsync(", "/state/authorities/"])),
        ("the last file with leaves", last(&["write(", "/state/issued/"])),
        ("leaves on disk", first(&["syncfs(", "/state"])),
        ("inventory written", last(&["write(", "/state/.meshbundle-"])),
        ("inventory on disk", last(&["fsync(", "/state/.meshbundle-"])),
        ("inventory named", first(&["rename", "/inventory.json\""])),
        ("its name on disk", last(&["fsync(", "/state>"])),
        ("the first archive", first(&["rename", ".tar.gz\""])),
        ("the last archive", last(&["rename", ".tar.gz\""])),
        ("archives on disk", first(&["syncfs(", "/out"])),
        ("index written", last(&["write(", "/out/.meshbundle-"])),
        ("index on disk", last(&["fsync(", "/out/.meshbundle-"])),
        ("index named", first(&["rename", "/index.json\""])),
        ("its name on disk", last(&["fsync(", "/out>"])),
        ("the first old file with leaves removed", first(&["unlink", "/issued/"])),
    ];
    for pair in steps.windows(2) {
        let [(earlier, at), (later, then)] = pair else { unreachable!("pairs") };
        assert!(at < then, "{later} comes before {earlier}:\n{}", lines.join("\n"));
    }
}
