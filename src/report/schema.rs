//! The JSON Schema of all reports: one document, with a definition for each command. It takes keys that it does not know, since a new
//! key does not raise the format.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

use super::{
    AnnounceReport, CertsReport, CheckReport, FindingsReport, FirewallReport, GenerateReport, MembersReport, NamesReport,
    PlanReport, ProbeReport, RecordReport, RevokeReport, RotateReport, SmokeReport, StateCheckReport, StatusReport, VerifyReport,
};

/// The schema, draft 2020-12. `#/$defs/plan` is the report of `plan`, and so on.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut generator = settings.with_transform(RecursiveTransform(drop_null)).into_generator();
    let reports = [
        generator.subschema_for::<FindingsReport<'static>>(),
        generator.subschema_for::<PlanReport<'static>>(),
        generator.subschema_for::<GenerateReport<'static>>(),
        generator.subschema_for::<VerifyReport<'static>>(),
        generator.subschema_for::<ProbeReport<'static>>(),
        generator.subschema_for::<MembersReport<'static>>(),
        generator.subschema_for::<AnnounceReport<'static>>(),
        generator.subschema_for::<RecordReport<'static>>(),
        generator.subschema_for::<StatusReport<'static>>(),
        generator.subschema_for::<RotateReport<'static>>(),
        generator.subschema_for::<StateCheckReport<'static>>(),
        generator.subschema_for::<RevokeReport<'static>>(),
        generator.subschema_for::<NamesReport<'static>>(),
        generator.subschema_for::<SmokeReport<'static>>(),
        generator.subschema_for::<FirewallReport<'static>>(),
        generator.subschema_for::<CheckReport>(),
        generator.subschema_for::<CertsReport<'static>>(),
    ];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Reports of meshbundle with --format json",
        "anyOf": reports,
        "$defs": generator.take_definitions(true),
    })
}

/// Takes `null` out of a schema: what is not known has no key.
fn drop_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(choices)) = schema.get_mut("anyOf") else { return };
    choices.retain(|choice| *choice != json!({ "type": "null" }));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        schema.remove("anyOf");
        only.into_iter().for_each(|(key, value)| drop(schema.insert(key, value)));
    }
}
