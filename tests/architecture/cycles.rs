//! No file imports itself by way of others, and no folder does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};

use super::sources;

/// What a file says of other modules.
#[derive(Default)]
struct Paths {
    /// Paths that it imports.
    imported: Vec<Vec<String>>,
    /// Paths that it exports again.
    exported: Vec<Vec<String>>,
    /// Paths that it writes out.
    written: Vec<Vec<String>>,
    tree: Vec<String>,
    is_export: bool,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs[..],
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.is_export = !matches!(item.vis, syn::Visibility::Inherited);
        visit::visit_item_use(self, item);
    }

    fn visit_use_path(&mut self, path: &'ast syn::UsePath) {
        self.tree.push(path.ident.to_string());
        visit::visit_use_path(self, path);
        self.tree.pop();
    }

    fn visit_use_name(&mut self, name: &'ast syn::UseName) {
        self.imports(&name.ident);
    }

    fn visit_use_rename(&mut self, rename: &'ast syn::UseRename) {
        self.imports(&rename.ident);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.written.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    /// `pub(in crate::lint)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let text = called.tokens.to_string().replace(" :: ", "::");
        let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let words = text.split(|c| !is_of_path(c)).filter(|word| word.contains("::"));
        self.written.extend(words.map(|word| word.split("::").map(str::to_owned).collect()));
    }
}

impl Paths {
    fn imports(&mut self, name: &syn::Ident) {
        let mut path = self.tree.clone();
        if name != "self" {
            path.push(name.to_string());
        }
        if self.is_export { self.exported.push(path) } else { self.imported.push(path) }
    }
}

/// The modules of the crate: the path of each in it, and what its file says.
struct Modules(BTreeMap<Vec<String>, Paths>);

impl Modules {
    fn read() -> Self {
        let module = |(path, text): (std::path::PathBuf, String)| {
            let mut paths = Paths::default();
            paths.visit_file(&syn::parse_file(&text).expect("Rust"));
            (name_of(&path), paths)
        };
        Self(sources().into_iter().map(module).collect())
    }

    /// The module that `path`, written in `module`, leads into.
    fn target(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let absolute = match path.first()?.as_str() {
            "crate" => path[1..].to_vec(),
            "self" => [module, &path[1..]].concat(),
            "super" => {
                let up = path.iter().take_while(|part| *part == "super").count();
                [module.get(..module.len().checked_sub(up)?)?, &path[up..]].concat()
            }
            _ => [module, path].concat(),
        };
        let length = (1..=absolute.len()).rev().find(|length| self.0.contains_key(&absolute[..*length]))?;
        let (found, rest) = absolute.split_at(length);
        let Some(name) = rest.first() else { return Some(found.to_vec()) };
        // What a module exports again is in the module that it comes from; its own files may use what it imports as well.
        let paths = &self.0[found];
        let again = paths.exported.iter().chain(&paths.imported).find(|path| path.len() > 1 && path.last() == Some(name));
        let deeper = again.filter(|_| found != module).and_then(|path| self.target(found, path));
        Some(deeper.unwrap_or_else(|| found.to_vec()))
    }

    /// By module, the modules that it uses.
    fn edges(&self) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
        let used = |(module, paths): (&Vec<String>, &Paths)| {
            let targets = paths.imported.iter().chain(&paths.written).filter_map(|path| self.target(module, path));
            // A path with no module in it is a local name.
            (module.clone(), targets.filter(|target| target != module).collect())
        };
        self.0.iter().map(used).collect()
    }
}

/// `["lint", "trust"]` for `lint/trust/mod.rs`; the root is empty.
fn name_of(path: &Path) -> Vec<String> {
    let path = path.with_extension("");
    let parts = path.iter().map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| !["mod", "lib"].contains(&part.as_str())).collect()
}

/// What is left when everything that leads nowhere, or that nothing leads to, is taken away again and again.
fn circles<T: Ord + Clone>(mut edges: BTreeMap<T, BTreeSet<T>>) -> BTreeMap<T, BTreeSet<T>> {
    loop {
        let before = edges.len();
        let reached: BTreeSet<T> = edges.values().flatten().cloned().collect();
        edges.retain(|module, _| reached.contains(module));
        let left: BTreeSet<T> = edges.keys().cloned().collect();
        for targets in edges.values_mut() {
            targets.retain(|target| left.contains(target));
        }
        edges.retain(|_, targets| !targets.is_empty());
        if edges.len() == before {
            return edges;
        }
    }
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    let edges = Modules::read().edges();
    assert!(edges.values().map(BTreeSet::len).sum::<usize>() > 500, "the test sees imports at all");
    let circles = circles(edges);
    let shown = |(module, targets): (&Vec<String>, &BTreeSet<Vec<String>>)| {
        let targets: Vec<String> = targets.iter().map(|target| target.join("/")).collect();
        format!("{} -> {}\n", module.join("/"), targets.join(", "))
    };
    assert!(circles.is_empty(), "files in circles, and between them:\n{}", circles.iter().map(shown).collect::<String>());
}

/// A folder may use what is in the folders that contain it, and is used by them.
#[test]
fn no_folder_imports_itself_by_way_of_others() {
    let folder = |module: &Vec<String>| module[..module.len().saturating_sub(1)].to_vec();
    let mut edges: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (module, targets) in Modules::read().edges() {
        let from = folder(&module);
        let others = targets.iter().map(folder).filter(|to| !to.starts_with(&from) && !from.starts_with(to));
        edges.entry(from.clone()).or_default().extend(others);
    }
    let circles = circles(edges);
    assert!(circles.is_empty(), "folders in circles, and between them: {circles:?}");
}
