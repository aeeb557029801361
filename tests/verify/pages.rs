//! The pages of configs: what they call wrong, written as a peer's config, is found by their code and no other; what they call
//! right is found right.

use meshbundle::diag::{CATALOGUE, Code};

use crate::verify::bundle::Bundle;
use crate::verify::codes::told;

/// The YAML block of a section, if it has one.
fn yaml(code: Code, section: &str) -> Option<String> {
    let text = code.entry().page.split("\n## ").find_map(|part| part.strip_prefix(section))?;
    let block = text.split("```yaml\n").nth(1)?.split("```").next()?;
    Some(block.to_owned())
}

#[test]
fn wrong_and_right_configs_are_found_so() {
    let bundle = Bundle::new();
    let root = bundle.root.to_str().expect("text").to_owned();
    let family = CATALOGUE.iter().copied().filter(|code| ("CM0711"..="CM0720").contains(&code.as_str()));
    let mut misfits = Vec::new();
    for code in family {
        for (section, expected) in [("Wrong", vec![code.as_str()]), ("Right", Vec::new())] {
            let Some(text) = yaml(code, section) else {
                misfits.push(format!("{code}: `{section}` has no config"));
                continue;
            };
            Bundle::write(&bundle.config(), text);
            bundle.reseal();
            let told = told(&bundle.sandbox, &[&root]);
            // What a config does not name any more does not belong to it.
            let codes: Vec<_> = told.codes.iter().filter(|code| *code != "CM0705").collect();
            if codes != expected {
                misfits.push(format!("{code}: `{section}` gives {codes:?}\n{}", told.report));
            }
        }
    }
    assert!(misfits.is_empty(), "{}", misfits.join("\n"));
}
