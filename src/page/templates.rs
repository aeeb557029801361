//! The templates of the page.

pub(super) const PAGE: &str = "page.html.hbs";
pub(super) const TIMELINE: &str = "timeline.svg.hbs";

pub(super) const EMBEDDED: [(&str, &str); 4] = [
    (PAGE, include_str!("../../templates/report/page.html.hbs")),
    (TIMELINE, include_str!("../../templates/report/timeline.svg.hbs")),
    ("style", include_str!("../../templates/report/style.css.hbs")),
    ("state", include_str!("../../templates/report/state.html.hbs")),
];
