//! Templates of markup, strict and with everything escaped that is put into them; those of SVG.

use handlebars::{Handlebars, RenderError};

pub(super) const LINES: &str = "lines.svg.hbs";
pub(super) const MATRIX: &str = "matrix.svg.hbs";

pub(super) const EMBEDDED: [(&str, &str); 5] = [
    (LINES, include_str!("../../templates/picture/lines.svg.hbs")),
    (MATRIX, include_str!("../../templates/picture/matrix.svg.hbs")),
    ("head", include_str!("../../templates/picture/head.svg.hbs")),
    ("signs", include_str!("../../templates/picture/signs.svg.hbs")),
    ("legend", include_str!("../../templates/picture/legend.svg.hbs")),
];

/// Templates of markup, parsed once.
///
/// # Errors
/// If one is broken.
pub fn registry(templates: &[(&'static str, &'static str)]) -> Result<Handlebars<'static>, RenderError> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(handlebars::html_escape);
    for (name, text) in templates {
        registry.register_template_string(name, text)?;
    }
    Ok(registry)
}
