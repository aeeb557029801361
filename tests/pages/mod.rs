//! Pictures and the page about a mesh: read by Python's XML parser, graphviz, Mermaid and a browser, and judged there by axe-core.
//!
//! One Chromium judges everything: its first start takes seconds. `UPDATE=1 cargo test --test suite pages::` writes the pictures, pages and
//! screenshots in `docs/` again.

mod broken_mesh;
mod browser;
mod chromium;
mod forms;
mod hostile;
mod page;
mod page_docs;
mod samples;
mod scenes;
