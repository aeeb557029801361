//! Archives made by hand: headers as meshbundle writes them, and whatever a test changes in them.

use std::io::Write;

use flate2::{Compression, Crc, GzBuilder, write::DeflateEncoder};

/// A tar header of 512 bytes, with its sum.
#[derive(Clone)]
pub(crate) struct Header(pub(crate) [u8; 512]);

impl Header {
    pub(crate) fn new(kind: u8, name: &[u8], mode: u32, size: u64) -> Self {
        let mut header = Self([0; 512]);
        header.put(0, &name[..name.len().min(100)]).put(100, format!("{mode:07o}").as_bytes());
        header.put(108, b"0000000").put(116, b"0000000").put(124, format!("{size:011o}").as_bytes());
        header.put(136, b"07033241600").put(156, &[kind]).put(257, b"ustar\x0000").sealed()
    }

    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) -> &mut Self {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    pub(crate) fn sealed(&mut self) -> Self {
        self.put(148, b"        ");
        let sum: u32 = self.0.iter().map(|byte| u32::from(*byte)).sum();
        self.put(148, format!("{sum:07o}\0").as_bytes()).clone()
    }
}

/// A tar being made.
#[derive(Clone, Default)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    /// With a top folder called `t`.
    pub(crate) fn new() -> Self {
        Self::default().header(&Header::new(b'5', b"t/", 0o700, 0), b"")
    }

    pub(crate) fn header(mut self, header: &Header, content: &[u8]) -> Self {
        self.0.extend_from_slice(&header.0);
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(crate) fn entry(self, kind: u8, name: &[u8], content: &[u8]) -> Self {
        let mode = if kind == b'5' { 0o755 } else { 0o644 };
        self.header(&Header::new(kind, name, mode, content.len() as u64), content)
    }

    pub(crate) fn file(self, name: &str, content: &[u8]) -> Self {
        self.entry(b'0', name.as_bytes(), content)
    }

    pub(crate) fn folder(self, name: &str) -> Self {
        self.entry(b'5', format!("{name}/").as_bytes(), b"")
    }

    /// An entry of the kind `L` or `K`, as GNU tar writes it.
    pub(crate) fn long(self, kind: u8, content: &[u8]) -> Self {
        let header = Header::new(kind, b"././@LongLink", 0o644, content.len() as u64).put(257, b"ustar  \0").sealed();
        self.header(&header, content)
    }

    /// With the two blocks at its end, in gzip.
    pub(crate) fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&[0; 1024]);
        gzip(&self.0)
    }
}

/// A gzip member as meshbundle writes it: no finding, whatever is in it.
pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
    member(&deflate(plain), plain)
}

pub(crate) fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(plain).expect("memory");
    deflate.finish().expect("memory")
}

/// The member of a deflate stream that stands for `plain`.
pub(crate) fn member(deflated: &[u8], plain: &[u8]) -> Vec<u8> {
    let [packed, crc] = [deflated, plain].map(|bytes| {
        let mut crc = Crc::new();
        crc.update(bytes);
        crc.sum()
    });
    let mut gzip = vec![0x1f, 0x8b, 8, 16, 0, 0, 0, 0, 0, 255];
    gzip.extend_from_slice(format!("crc32={packed:08x}\0").as_bytes());
    gzip.extend_from_slice(deflated);
    gzip.extend_from_slice(&crc.to_le_bytes());
    gzip.extend_from_slice(&plain.len().to_le_bytes()[..4]);
    gzip
}

/// A member with another header, by flate2.
pub(crate) fn other_gzip(builder: GzBuilder, plain: &[u8]) -> Vec<u8> {
    let mut gzip = builder.write(Vec::new(), Compression::default());
    gzip.write_all(plain).expect("memory");
    gzip.finish().expect("memory")
}
