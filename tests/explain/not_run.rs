//! Commands of the pages that a test cannot run, and why. Each has a stand-in, a shell function in `scenes/stand_ins.sh` or in its
//! own scene, which does what the command would do there, or only takes its words.

/// The first words of a command, and the reason.
pub(crate) const NOT_RUN: [(&str, &str); 5] = [
    ("scp", "no other machine is there; the stand-in copies from the folder in which its user logs in"),
    ("systemctl", "no service manager runs in a scene; the stand-in starts what the unit starts"),
    (
        "timedatectl",
        "it asks systemd over D-Bus, and would set this machine's clock; the stand-in sets the scene's heartbeats right",
    ),
    ("vi", "a person edits; the scene makes the edit that the line's comment describes"),
    ("etcdctl check perf", "it puts load on an etcd for a minute; tests/explain/commands.rs checks its words"),
];
