//! The JSON Schema of `mesh.yaml`, for editors and for programs that write the file.
//!
//! Input: the table of fields. Output: JSON. It is as strict as the structural check; `lint` has the rules for values.

use serde_json::{Map, Value, json};

use super::shape::{Field, FieldKind, MESH, Shape};

/// The schema, draft 2020-12.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    let mut top = object(&MESH, false, &mut definitions);
    if let Value::Object(fields) = &mut top {
        fields.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        fields.insert("title".into(), json!("mesh.yaml"));
        fields.insert("$defs".into(), Value::Object(definitions));
    }
    top
}

fn object(shape: &Shape, partial: bool, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for field in shape.fields {
        properties.insert(field.name.to_owned(), property(field, partial, definitions));
    }
    let required: Vec<_> = shape.fields.iter().filter(|field| field.required && !partial).map(|field| field.name).collect();
    json!({
        "type": "object",
        "description": shape.doc,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(field: &Field, partial: bool, definitions: &mut Map<String, Value>) -> Value {
    let mut value = kind(&field.kind, partial, definitions);
    if partial || field.may_be_empty {
        value = nullable(value);
    }
    if let Value::Object(fields) = &mut value {
        fields.insert("description".into(), json!(field.doc));
    }
    value
}

/// `nodes:` without a value is the same as no `nodes`.
fn nullable(mut schema: Value) -> Value {
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
        return schema;
    }
    if let Some(Value::Array(kinds)) = schema.get_mut("anyOf") {
        kinds.push(json!({ "type": "null" }));
        return schema;
    }
    match schema.get_mut("type") {
        Some(Value::Array(types)) => types.push(json!("null")),
        Some(name) => *name = json!([name.take(), "null"]),
        None => return json!({ "anyOf": [schema, { "type": "null" }] }),
    }
    schema
}

fn kind(wanted: &FieldKind, partial: bool, definitions: &mut Map<String, Value>) -> Value {
    match wanted {
        FieldKind::Text(None) => json!({ "type": "string" }),
        FieldKind::Text(Some(pattern)) => json!({ "type": "string", "pattern": pattern }),
        FieldKind::Version => json!({ "type": ["string", "number"] }),
        FieldKind::Integer => json!({ "type": "integer" }),
        FieldKind::Constant(number) => json!({ "const": number }),
        FieldKind::Flag => json!({ "type": "boolean" }),
        FieldKind::Word(words) => json!({ "enum": words }),
        FieldKind::List(item) => json!({ "type": "array", "items": kind(item, false, definitions) }),
        FieldKind::Several(item) => json!({ "type": "array", "items": kind(item, false, definitions), "minItems": 1 }),
        FieldKind::Pair(item) => {
            json!({ "type": "array", "items": kind(item, false, definitions), "minItems": 2, "maxItems": 2 })
        }
        FieldKind::Table(item) => json!({ "type": "object", "additionalProperties": kind(item, false, definitions) }),
        FieldKind::Object(shape) => reference(shape, false, definitions),
        FieldKind::Partial(shape) => reference(shape, true, definitions),
        FieldKind::Merged(shape) => reference(shape, partial, definitions),
        FieldKind::Either(kinds) => {
            json!({ "anyOf": kinds.iter().map(|each| kind(each, partial, definitions)).collect::<Vec<_>>() })
        }
    }
}

/// A reference to the shape's definition, which is written on first sight.
fn reference(shape: &Shape, partial: bool, definitions: &mut Map<String, Value>) -> Value {
    let name = if partial { format!("{}Partial", shape.name) } else { shape.name.to_owned() };
    if !definitions.contains_key(&name) {
        definitions.insert(name.clone(), Value::Null);
        let definition = object(shape, partial, definitions);
        definitions.insert(name.clone(), definition);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}
