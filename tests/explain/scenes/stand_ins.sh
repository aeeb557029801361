# What cannot run in a scene, as shell functions: `not_run.rs` has the reasons. Each does what its program would do there.

# The scene edits beforehand, as the line's comment says.
vi() { [ -w "$1" ]; }

# The other machine is this one, from where its user logs in.
scp() { (cd && cp "${1#*:}" "$OLDPWD/$2"); }

# Starts what the unit starts, in the scene's own way.
systemctl() { "$1_$(echo "$2" | tr - _)"; }

# Sets the clocks that the scene has.
timedatectl() { [ $# = 0 ] || synchronised; }
