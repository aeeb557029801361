//! The two who judge a mesh: the schema, and the parser.

use jsonschema::Validator;
use meshbundle::diag::{Code, Diagnostic};
use meshbundle::mesh::{parse, schema};
use serde_json::Value;

/// What the parser finds wrong with the form, and not with a value: all that a schema can tell.
const FORM: [Code; 5] = [Code::UnknownField, Code::WrongType, Code::MissingField, Code::UnknownValue, Code::BadDuration];

/// The schema, ready to judge.
pub(crate) fn schema_judge() -> Validator {
    jsonschema::draft202012::new(&schema()).expect("a schema of draft 2020-12")
}

/// The text as JSON, by a YAML reader that the parser does not use.
pub(crate) fn as_json(text: &str) -> Result<Value, String> {
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

/// What the parser finds wrong with the form.
pub(crate) fn form(text: &str) -> Vec<Diagnostic> {
    parse(text).findings.into_iter().filter(|finding| FORM.contains(&finding.code)).collect()
}

/// Demands that both say the same of `text`, and returns what they say.
pub(crate) fn agree(judge: &Validator, text: &str) -> bool {
    let json = as_json(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let (found, valid) = (form(text), judge.is_valid(&json));
    let reasons: Vec<String> = judge.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(found.is_empty(), valid, "the parser: {found:#?}\nthe schema: {reasons:#?}\n{text}");
    valid
}
