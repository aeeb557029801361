//! A JSON value -> fields, as Go's encoding/json fills a struct: names in any case, `null` leaves what stands there.

use serde_json::Value;

/// The fields of an object, in any order; none of `null`.
///
/// # Errors
/// That it is something else.
pub(super) fn fields<'a>(name: &str, value: &'a Value) -> Result<Vec<(&'a str, &'a Value)>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Object(map) => Ok(map.iter().map(|(key, value)| (key.as_str(), value)).collect()),
        _ => Err(format!("{name} is no object")),
    }
}

/// Puts a number into an `uint32`.
pub(super) fn number(name: &str, value: &Value, field: &mut u32) -> Result<(), String> {
    if value.is_null() {
        return Ok(());
    }
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    *field = number.ok_or_else(|| format!("`{name}` is {value}, not a whole number from 0 to {}", u32::MAX))?;
    Ok(())
}

/// Puts `true` or `false` into a `bool`.
pub(super) fn flag(name: &str, value: &Value, field: &mut bool) -> Result<(), String> {
    if value.is_null() {
        return Ok(());
    }
    *field = value.as_bool().ok_or_else(|| format!("`{name}` is {value}, not `true` or `false`"))?;
    Ok(())
}

/// Puts text into a `string`.
pub(super) fn text(name: &str, value: &Value, field: &mut String) -> Result<(), String> {
    if value.is_null() {
        return Ok(());
    }
    value.as_str().ok_or_else(|| format!("`{name}` is {value}, not text"))?.clone_into(field);
    Ok(())
}
