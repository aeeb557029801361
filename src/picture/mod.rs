//! Draws a scene: SVG for people, dot and Mermaid for the tools that read them. The bytes depend on the scene alone.
//!
//! Few links are drawn as lines, one for each pair of clusters. Many are not: clusters whose links are the same become one node, and what is
//! still too much becomes a matrix ([`Form::of`] has the rule). The places are computed here, because they follow from the number of nodes: a
//! circle, with the hub in its middle; two columns; a grid. No library for layouts would do more.
//!
//! Input: a [`Scene`](crate::scene::Scene). Output: text. It judges nothing: the state of a link is the scene's.

mod dot;
mod drawing;
mod error;
mod form;
mod graph;
mod groups;
mod layers;
mod layout;
mod lines_svg;
mod matrix;
mod matrix_svg;
mod mermaid;
mod style;
mod svg;
mod templates;
mod text;
mod words;

pub use dot::print as dot;
pub use error::PictureError;
pub use form::Form;
pub use mermaid::print as mermaid;
pub use style::{class, palette, sign};
pub use svg::Svg;
pub use templates::registry;
pub use text::{printable, printable_all, short};
