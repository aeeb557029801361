//! The trees that are packed, and what is expected of them.

use meshbundle::pack::{Archive, Compressor};

/// One entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) mode: u32,
    /// None: a directory.
    pub(crate) content: Option<Vec<u8>>,
    /// Whether the content is one of the series.
    pub(crate) shared: bool,
}

impl Entry {
    pub(crate) fn directory(path: &str, mode: u32) -> Self {
        Self { path: path.to_owned(), mode, content: None, shared: false }
    }

    pub(crate) fn file(path: &str, mode: u32, content: &[u8]) -> Self {
        Self { path: path.to_owned(), mode, content: Some(content.to_vec()), shared: true }
    }

    pub(crate) fn own(path: &str, mode: u32, content: &[u8]) -> Self {
        Self { shared: false, ..Self::file(path, mode, content) }
    }
}

/// The archive's bytes.
pub(crate) fn pack(tree: &[Entry], compressor: &mut Compressor) -> Vec<u8> {
    let contents = tree.iter().map(|entry| (entry.shared, entry.content.as_deref().unwrap_or_default()));
    let alone: Vec<_> = contents.clone().map(|(shared, content)| (!shared).then(|| compressor.compress(content))).collect();
    let mut series = compressor.series();
    let linked: Vec<_> = contents.map(|(shared, content)| shared.then(|| series.compress(content))).collect();
    let mut archive = Archive::new();
    for (entry, compressed) in tree.iter().zip(alone.iter().zip(&linked).filter_map(|(a, b)| a.as_ref().or(b.as_ref()))) {
        let added = match &entry.content {
            None => archive.directory(&entry.path, entry.mode),
            Some(_) => archive.file(&entry.path, entry.mode, compressed),
        };
        added.expect("a fine entry");
    }
    archive.finish(Vec::new()).expect("a vector takes everything").out
}

/// Every size around a block, long paths of every kind, equal and binary contents, a series in one piece and torn, and
/// many files.
pub(crate) fn sample() -> Vec<Entry> {
    let top = "cluster1.node1";
    let mut tree = vec![Entry::directory(top, 0o755)];
    let text = |len: usize, seed: usize| -> Vec<u8> {
        (0..len).map(|n| b"abcdefghijklmnopqrstuvwxyz0123456789\n"[(n * n / 7 + n / 100 + seed) % 37]).collect()
    };
    for len in [0, 1, 511, 512, 513, 40 * 1024] {
        tree.push(Entry::own(&format!("{top}/own-{len}"), 0o644, &text(len, 0)));
        tree.push(Entry::file(&format!("{top}/shared-{len}"), 0o600, &text(len, 1)));
    }
    tree.push(Entry::file(&format!("{top}/binary"), 0o755, &(0..=255).collect::<Vec<u8>>().repeat(9)));
    tree.push(Entry::file(&format!("{top}/header-like"), 0o444, &[0; 1536]));
    tree.push(Entry::file(&format!("{top}/ünïcode with spaces"), 0o640, b"x"));
    tree.push(Entry::directory(&format!("{top}/live"), 0o700));
    for n in 0..400 {
        tree.push(Entry::file(&format!("{top}/live/remote{n}.crt"), 0o644, &text(900, n % 40)));
        tree.push(Entry::file(&format!("{top}/live/remote{n}"), 0o644, format!("endpoints:\n- https://10.0.{n}.1\n").as_bytes()));
    }
    // Paths, and names, of 99 to 101 bytes, and of as many as a file system takes of a name.
    for len in [99, 100, 101, 255] {
        let name = "n".repeat(len - top.len() - 1);
        tree.push(Entry::file(&format!("{top}/{name}"), 0o644, b"short"));
        tree.push(Entry::file(&format!("{top}/{}", "m".repeat(len)), 0o644, b"long"));
    }
    // Directories nested until neither the prefix nor the name of a ustar header can hold them, nor one long name block.
    let mut path = top.to_owned();
    for depth in 0..14 {
        path = format!("{path}/{depth:049}");
        tree.push(Entry::directory(&path, 0o750));
        tree.push(Entry::file(&format!("{path}/leaf"), 0o600, path.as_bytes()));
    }
    tree
}
