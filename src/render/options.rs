//! Options in the three forms that agents read: environment, command line, and a file for each option.
//!
//! Only the environment can be combined with a user's options: an agent with a config-dir and a config file ignores one of them
//! (`InitConfig` in pkg/option/config.go), and a command line has only one place.

/// `CILIUM_CLUSTER_NAME=…`, a line each: upper case, `-` becomes `_` (`EnvPrefix` in pkg/hive/hive.go).
pub(super) fn env(options: &[(&'static str, String)]) -> String {
    lines(options.iter().map(|(name, value)| format!("{}={value}", variable(name))))
}

/// Name of the environment variable of an option.
pub(super) fn variable(name: &str) -> String {
    format!("CILIUM_{}", name.to_uppercase().replace('-', "_"))
}

/// `--cluster-name=…`, a line each.
pub(super) fn args(options: &[(&'static str, String)]) -> String {
    lines(options.iter().map(|(name, value)| format!("--{name}={value}")))
}

/// The value of one option, as a file of a config-dir has it.
pub(super) fn value(options: &[(&'static str, String)], name: &str) -> String {
    lines(options.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.clone()))
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.flat_map(|line| [line, "\n".to_owned()]).collect()
}
