//! The templates of SVG: embedded, strict, and with everything escaped that is put into them.

use handlebars::Handlebars;

use super::error::PictureError;

pub(super) const LINES: &str = "lines.svg.hbs";
pub(super) const MATRIX: &str = "matrix.svg.hbs";

const EMBEDDED: [(&str, &str); 5] = [
    (LINES, include_str!("../../templates/picture/lines.svg.hbs")),
    (MATRIX, include_str!("../../templates/picture/matrix.svg.hbs")),
    ("head", include_str!("../../templates/picture/head.svg.hbs")),
    ("signs", include_str!("../../templates/picture/signs.svg.hbs")),
    ("legend", include_str!("../../templates/picture/legend.svg.hbs")),
];

/// The templates, parsed once.
pub(super) fn registry() -> Result<Handlebars<'static>, PictureError> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(handlebars::html_escape);
    for (name, text) in EMBEDDED {
        registry.register_template_string(name, text).map_err(handlebars::RenderError::from)?;
    }
    Ok(registry)
}
