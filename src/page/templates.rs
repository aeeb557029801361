//! The templates of the page: embedded, strict, and with everything escaped that is put into them.

use handlebars::Handlebars;

use super::error::PageError;

pub(super) const PAGE: &str = "page.html.hbs";
pub(super) const TIMELINE: &str = "timeline.svg.hbs";

const EMBEDDED: [(&str, &str); 4] = [
    (PAGE, include_str!("../../templates/report/page.html.hbs")),
    (TIMELINE, include_str!("../../templates/report/timeline.svg.hbs")),
    ("style", include_str!("../../templates/report/style.css.hbs")),
    ("state", include_str!("../../templates/report/state.html.hbs")),
];

/// The templates, parsed once.
pub(super) fn registry() -> Result<Handlebars<'static>, PageError> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(handlebars::html_escape);
    for (name, text) in EMBEDDED {
        registry.register_template_string(name, text).map_err(handlebars::RenderError::from)?;
    }
    Ok(registry)
}
