//! Mutants of some bytes: what bad copies, slips and malice make of a file. The same seed gives the same mutants.

/// No mutant is larger: what is larger is refused by its size.
const LARGEST: usize = 1024 * 1024;

pub(crate) struct Mutator {
    state: u64,
}

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).expect("64 bits")).expect("64 bits")
    }

    /// Some bytes of `bytes`, up to a line or a few.
    fn range(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len());
        let rest = &bytes[start..];
        let line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        let length = if self.below(2) == 0 { line } else { self.below(rest.len().min(400)) };
        start..start + length
    }

    /// A mutant of one of `seeds`, with one to four changes.
    pub(crate) fn mutant(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            bytes = self.change(bytes, seeds);
            bytes.truncate(LARGEST);
        }
        bytes
    }

    fn change(&mut self, mut bytes: Vec<u8>, seeds: &[Vec<u8>]) -> Vec<u8> {
        const WORDS: [&str; 16] = [
            "\n",
            "-",
            "[",
            "{",
            "\"",
            "'",
            "&a ",
            "*a",
            "<<: ",
            "\0",
            "\u{feff}",
            "99999999999999999999",
            "-----BEGIN ",
            "=",
            "\\",
            "\t",
        ];
        let range = self.range(&bytes);
        match self.below(8) {
            0 => {
                let at = self.below(bytes.len());
                let to = u8::try_from(self.below(256)).expect("a byte");
                bytes.get_mut(at).into_iter().for_each(|byte| *byte = to);
            }
            1 => drop(bytes.drain(range)),
            2 => bytes.truncate(range.start),
            3 => {
                let word = WORDS[self.below(WORDS.len())];
                drop(bytes.splice(range.start..range.start, word.bytes()));
            }
            4 => {
                // Again and again, seldom very often.
                let part = bytes[range.clone()].to_vec();
                let most = [2, 30, 1000, 100_000][self.below(4)];
                let times = most.min(LARGEST / part.len().max(1));
                drop(bytes.splice(range.start..range.start, part.repeat(times)));
            }
            5 => {
                let other = &seeds[self.below(seeds.len())];
                let part = self.range(other);
                drop(bytes.splice(range, other[part].iter().copied()));
            }
            6 => {
                let noise: Vec<u8> = (0..self.below(64)).map(|_| u8::try_from(self.below(256)).expect("a byte")).collect();
                drop(bytes.splice(range, noise));
            }
            _ => {
                // Very many lines that are alike and not the same.
                let part = String::from_utf8_lossy(&bytes[range.clone()]).into_owned();
                let lines = (0..[10, 3000][self.below(2)]).flat_map(|n| format!("{n}{part}").into_bytes());
                let lines: Vec<u8> = lines.take(LARGEST).collect();
                drop(bytes.splice(range.start..range.start, lines));
            }
        }
        bytes
    }
}
