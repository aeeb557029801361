//! The judge of reports in JSON: `schema report`, and it takes no key that is not in it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Sandbox;

/// The commands that print reports.
const COMMANDS: [&str; 17] = [
    "certs",
    "lint",
    "plan",
    "generate",
    "verify",
    "probe",
    "members",
    "announce",
    "record",
    "status",
    "rotate",
    "revoke",
    "dns",
    "smoke",
    "stateCheck",
    "firewall",
    "firewallCheck",
];

/// Demands that `report` is what the schema says of the reports of `command`: every key, and no other.
#[track_caller]
pub fn judged(command: &str, report: &Value) {
    let wrong: Vec<String> =
        judge(command).iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{command}: {wrong:#?}\n{report:#}");
}

/// The judge of the reports of `command`.
pub fn judge(command: &str) -> &'static Validator {
    static JUDGES: OnceLock<BTreeMap<&str, Validator>> = OnceLock::new();
    let judges = JUDGES.get_or_init(|| {
        let mut schema = Sandbox::new().ok(&["schema", "report"]).json();
        close(&mut schema);
        let judge = |command| {
            let picked = json!({ "$ref": format!("#/$defs/{command}"), "$defs": schema["$defs"] });
            (command, jsonschema::draft202012::new(&picked).expect("a schema of draft 2020-12"))
        };
        COMMANDS.into_iter().map(judge).collect()
    });
    &judges[command]
}

/// Denies keys that a schema does not name, wherever it names any.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
