//! A file -> its documents, as kubectl divides it (`YAMLOrJSONDecoder` in apimachinery's pkg/util/yaml/decoder.go): JSON values one
//! after another, or YAML between lines that begin with `---`.

use std::ops::Range;

use serde::de::IgnoredAny;

/// The documents of a text, or the start of the line at which kubectl gives up.
pub(super) fn documents(text: &str) -> Result<Vec<Range<usize>>, usize> {
    json(text).map_or_else(|| yaml(text), Ok)
}

/// The values of a text that is JSON from beginning to end.
fn json(text: &str) -> Option<Vec<Range<usize>>> {
    let start = text.len() - text.trim_start().len();
    if !text.get(start..)?.starts_with('{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut documents = Vec::new();
    loop {
        let start = values.byte_offset();
        match values.next() {
            None => return Some(documents),
            Some(Ok(_)) => documents.push(start..values.byte_offset()),
            Some(Err(_)) => return None,
        }
    }
}

fn yaml(text: &str) -> Result<Vec<Range<usize>>, usize> {
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(at);
            }
            documents.push(start..at);
            start = at + line.len();
        }
        at += line.len();
    }
    documents.push(start..at);
    documents.retain(|document| text.get(document.clone()).is_some_and(|document| !document.trim().is_empty()));
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::documents;

    fn parts(text: &str) -> Result<Vec<&str>, usize> {
        documents(text).map(|ranges| ranges.into_iter().map(|range| text[range].trim()).collect())
    }

    #[test]
    fn a_file_is_divided_as_kubectl_divides_it() {
        assert_eq!(parts("---\na: 1\n---  # x\r\nb: 2\n---"), Ok(vec!["a: 1", "b: 2"]));
        assert_eq!(parts("{\"a\": 1}{\"b\":\n2}\n"), Ok(vec!["{\"a\": 1}", "{\"b\":\n2}"]));
        assert_eq!(parts("{a: 1}\n---\n{b: 2}"), Ok(vec!["{a: 1}", "{b: 2}"]));
        assert_eq!(parts("a: 1\n-----BEGIN\n"), Err(5));
        assert_eq!(parts("a: |\n  ---\n"), Ok(vec!["a: |\n  ---"]));
        assert_eq!(parts(""), Ok(vec![]));
    }
}
