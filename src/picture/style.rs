//! How each state of a link looks: a colour, and beside it always a shape, for people who do not tell the colours apart, and for print.
//!
//! The colours are those of Paul Tol's medium-contrast scheme (SRON/EPS/TN/09-002, "Colour Schemes"), which differ for all kinds of colour
//! vision and in grey: its dark ones on white, its light ones on black.

use std::fmt::Write as _;

use crate::scene::LinkState;

/// The look of a state.
pub(super) struct Style {
    /// Width of its line.
    pub(super) width: f64,
    /// Dashes of its line, as SVG writes them; none for a solid one.
    pub(super) dashes: &'static str,
    /// Style of its line in dot.
    pub(super) dot: &'static str,
    /// The end of its line in dot.
    pub(super) dot_end: &'static str,
    /// The sign that is beside its word, one character.
    pub(super) sign: &'static str,
}

/// Colours on white, and on black.
pub(super) struct Colours {
    /// On white.
    pub(super) light: &'static str,
    /// On black.
    pub(super) dark: &'static str,
}

/// The colours of each state.
pub(super) const COLOURS: [(LinkState, Colours); 6] = [
    (LinkState::Live, Colours { light: "#004488", dark: "#88bbee" }),
    (LinkState::Proven, Colours { light: "#004488", dark: "#88bbee" }),
    (LinkState::Half, Colours { light: "#4477aa", dark: "#6699cc" }),
    (LinkState::Unproven, Colours { light: "#5c6570", dark: "#a3adb8" }),
    (LinkState::Expiring, Colours { light: "#8a6a00", dark: "#eecc66" }),
    (LinkState::Broken, Colours { light: "#a03050", dark: "#ee99aa" }),
];

/// The colours of a state.
pub(super) fn colours(state: LinkState) -> &'static Colours {
    let found = COLOURS.iter().find(|(one, _)| *one == state);
    found.map_or(&Colours { light: "#000000", dark: "#ffffff" }, |(_, colours)| colours)
}

pub(super) const fn style(state: LinkState) -> Style {
    match state {
        LinkState::Live => Style { width: 3.5, dashes: "", dot: "bold", dot_end: "normal", sign: "●" },
        LinkState::Proven => Style { width: 1.8, dashes: "", dot: "solid", dot_end: "normal", sign: "✓" },
        LinkState::Half => Style { width: 1.8, dashes: "14 4", dot: "dashed", dot_end: "lnormal", sign: "◐" },
        LinkState::Unproven => Style { width: 1.8, dashes: "5 5", dot: "dashed", dot_end: "onormal", sign: "?" },
        LinkState::Expiring => Style { width: 2.6, dashes: "12 4 2 4", dot: "bold", dot_end: "diamond", sign: "▲" },
        LinkState::Broken => Style { width: 3.0, dashes: "2 5", dot: "dotted", dot_end: "tee", sign: "✕" },
    }
}

/// The colours as CSS: variables of the class `mb`, light or dark as the reader prefers, and light in print.
pub fn palette() -> String {
    let (mut light, mut dark) = (String::new(), String::new());
    for (state, colours) in &COLOURS {
        let _ = write!(light, "--{}:{};", class(*state), colours.light);
        let _ = write!(dark, "--{}:{};", class(*state), colours.dark);
    }
    format!(
        ".mb{{{light}--bg:#fff;--fg:#1b1f24;--soft:#57606a;--box:#f6f8fa;--edge:#8c959f}}\n\
         @media screen and (prefers-color-scheme:dark){{.mb{{{dark}--bg:#0d1117;--fg:#e6edf3;--soft:#a3adb8;--box:#161b22;--edge:#6e7681}}}}\n"
    )
}

/// The sign of a state.
pub const fn sign(state: LinkState) -> &'static str {
    style(state).sign
}

/// The word of a state, as names of classes and patterns have it.
pub const fn class(state: LinkState) -> &'static str {
    match state {
        LinkState::Live => "live",
        LinkState::Proven => "proven",
        LinkState::Half => "half",
        LinkState::Unproven => "unproven",
        LinkState::Expiring => "expiring",
        LinkState::Broken => "broken",
    }
}
