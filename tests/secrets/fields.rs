//! In each field of the schema, in place of its value, of its name, and behind it: `everything` has all of them.

use serde_json::Value;

use crate::secrets::material::Key;
use crate::support::Sandbox;
use crate::support::everything::EVERYTHING;

/// Pointers of everything in `value`: what may be replaced.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            all.push(place.clone());
            places(value, &place, all);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(number, value)| {
            let place = format!("{at}/{number}");
            all.push(place.clone());
            places(value, &place, all);
        }),
        _ => {}
    }
}

fn everything() -> (Value, Vec<String>) {
    let mesh: Value = serde_yaml::from_str(EVERYTHING).expect("YAML");
    let mut all = Vec::new();
    places(&mesh, "", &mut all);
    assert!(all.len() > 100, "{}", all.len());
    (mesh, all)
}

#[test]
fn a_key_in_place_of_each_value() {
    let (mesh, all) = everything();
    let (keys, sandbox) = (Key::all(), Sandbox::new());
    let forms: Vec<(&Key, &str, String)> =
        keys.iter().flat_map(|key| key.forms().into_iter().map(move |(form, text)| (key, form, text))).collect();
    for (number, place) in all.iter().enumerate() {
        // Each place gets some of the forms, and each form many of the places.
        for (key, form, text) in forms.iter().skip(number % 13).step_by(13).skip(number % 3).step_by(3) {
            let mut mesh = mesh.clone();
            *mesh.pointer_mut(place).expect("it is there") = Value::String(text.clone());
            sandbox.write("mesh.yaml", &serde_yaml::to_string(&mesh).expect("YAML"));
            let commands: [&[&str]; 3] = [&["lint"], &["lint", "--format", "json"], &["plan", "--format", "json"]];
            for command in commands {
                key.is_hidden(&format!("{command:?}, {form} at {place}"), &sandbox.run(command));
            }
        }
    }
}

#[test]
fn a_key_as_the_name_of_each_field() {
    let (mesh, all) = everything();
    let (keys, sandbox) = (Key::all(), Sandbox::new());
    for (number, place) in all.iter().enumerate() {
        let Some((parent, name)) = place.rsplit_once('/') else { continue };
        let key = &keys[number % keys.len()];
        let forms = key.forms();
        let (form, text) = &forms[number % forms.len()];
        let mut mesh = mesh.clone();
        let Some(fields) = mesh.pointer_mut(parent).and_then(Value::as_object_mut) else { continue };
        let value = fields.remove(&name.replace("~1", "/").replace("~0", "~")).expect("it is there");
        fields.insert(text.clone(), value);
        sandbox.write("mesh.yaml", &serde_yaml::to_string(&mesh).expect("YAML"));
        for command in [&["lint"][..], &["lint", "--format", "json"]] {
            key.is_hidden(&format!("{command:?}, {form} instead of {place}"), &sandbox.run(command));
        }
    }
}
