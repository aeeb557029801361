//! `meshbundle schema` prints a sound schema: valid by its own draft, closed everywhere, and with a word for every field.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Sandbox;

fn printed() -> Value {
    Sandbox::new().ok(&["schema"]).json()
}

#[test]
fn it_is_a_valid_schema_of_draft_2020_12() {
    let schema = printed();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::draft202012::meta::validate(&schema).expect("valid by the draft's own schema");
    assert_eq!(schema, meshbundle::mesh::schema(), "what is printed is what is tested");
}

/// Every object in `value`.
fn objects<'a>(value: &'a Value, all: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            all.push(value);
            fields.values().for_each(|value| objects(value, all));
        }
        Value::Array(items) => items.iter().for_each(|value| objects(value, all)),
        _ => {}
    }
}

#[test]
fn nothing_is_open_by_oversight_and_nothing_is_unused() {
    let schema = printed();
    let mut all = Vec::new();
    objects(&schema, &mut all);
    for object in all.iter().filter(|object| object["properties"].is_object() && object["type"] == "object") {
        assert_eq!(object["additionalProperties"], false, "{object}");
        for (name, property) in object["properties"].as_object().expect("properties") {
            assert!(property["description"].as_str().is_some_and(|text| text.len() > 3), "{name} has no description");
        }
    }
    let used: BTreeSet<_> = all.iter().filter_map(|object| object["$ref"].as_str()?.strip_prefix("#/$defs/")).collect();
    let defined: BTreeSet<_> = schema["$defs"].as_object().expect("definitions").keys().map(String::as_str).collect();
    assert_eq!(used, defined);
}
