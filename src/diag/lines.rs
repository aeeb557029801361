//! Numbers of lines and columns of a text, found without reading it again for each.

/// A text with an index of its lines.
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Indexes `text`.
    pub fn new(text: &'a str) -> Self {
        let after_newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after_newlines).collect() }
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let (line, start, byte) = self.line_of(byte);
        (line, self.text.get(start..byte).map_or(0, |before| before.chars().count()) + 1)
    }

    /// The number of the line with a byte, from 1, and its text without the line end.
    pub fn line(&self, byte: usize) -> (usize, &'a str) {
        let (line, start, _) = self.line_of(byte);
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        (line, self.text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']))
    }

    /// The number of a byte's line, where the line begins, and the byte, limited to the text.
    fn line_of(&self, byte: usize) -> (usize, usize, usize) {
        let byte = byte.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= byte);
        (line, line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0), byte)
    }
}
