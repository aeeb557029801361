//! Metrics as Prometheus reads them: its text exposition format, version 0.0.4. There are no timestamps, which `node_exporter`'s textfile
//! collector rejects.

use std::io::{self, Write};

/// Labels and value.
pub(super) type Sample = (Vec<(&'static str, String)>, String);

/// A sample without labels.
pub(super) fn one(value: impl ToString + Copy) -> impl Iterator<Item = Sample> {
    std::iter::once((Vec::new(), value.to_string()))
}

/// Prints a metric with its help and its type, also if it has no samples.
pub(super) fn print(out: &mut dyn Write, name: &str, help: &str, samples: impl Iterator<Item = Sample>) -> io::Result<()> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")?;
    for (labels, value) in samples {
        let labels = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect::<Vec<_>>().join(",");
        let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
        writeln!(out, "{name}{labels} {value}")?;
    }
    Ok(())
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_of_labels_are_escaped() {
        assert_eq!(super::escaped("a\"b\\c\nd"), r#"a\"b\\c\nd"#);
    }
}
