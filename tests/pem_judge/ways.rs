//! How files are written, and how they break.

use crate::support::dice::Dice;

type Way = fn(&[u8]) -> Vec<u8>;

/// Names, and what is done to a file.
pub(crate) const WAYS: &[(&str, Way)] = &[
    ("as it is", |file| file.to_vec()),
    ("CRLF", |file| replace(file, "\n", "\r\n")),
    ("CR alone", |file| replace(file, "\n", "\r")),
    ("LF CR", |file| replace(file, "\n", "\n\r")),
    ("CR CR LF", |file| replace(file, "\n", "\r\r\n")),
    ("CRLF in the data alone, as NSS writes", |file| replace(&replace(file, "\n", "\r\n"), "-----\r\n", "-----\n")),
    ("no last line end", |file| file.trim_ascii_end().to_vec()),
    ("byte order mark", |file| [b"\xef\xbb\xbf", file].concat()),
    ("byte order mark on a line of its own", |file| [b"\xef\xbb\xbf\n", file].concat()),
    ("UTF-16", |file| file.iter().flat_map(|byte| [*byte, 0]).collect()),
    ("indented by blanks", |file| indent(file, "  ")),
    ("indented by a tab", |file| indent(file, "\t")),
    ("indented data", |file| replace(&indent(file, " "), " -----", "-----")),
    ("END indented", |file| replace(file, "-----END", " -----END")),
    ("quoted", |file| indent(file, "> ")),
    ("blanks behind lines", |file| replace(file, "\n", "  \n")),
    ("tabs behind lines", |file| replace(file, "\n", "\t\n")),
    ("blanks and CRLF", |file| replace(file, "\n", " \r\n")),
    ("form feeds behind lines", |file| replace(file, "\n", "\x0c\n")),
    ("empty lines between lines", |file| replace(file, "\n", "\n\n")),
    ("empty lines before", |file| [b"\n\n", file].concat()),
    ("blank first", |file| [b" ", file].concat()),
    ("a header", |file| behind_begin(file, "Comment: made by hand\n\n")),
    ("a header without an empty line", |file| behind_begin(file, "Comment: made by hand\n")),
    ("two headers, CRLF", |file| replace(&behind_begin(file, "A: b\nC: d\n\n"), "\n", "\r\n")),
    ("a header without a value", |file| behind_begin(file, ":\n")),
    ("a header that says encrypted", |file| behind_begin(file, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n")),
    ("a header that goes on", |file| behind_begin(file, "A: b\n c\n\n")),
    ("a word behind BEGIN", |file| behind_begin(file, "word\n")),
    ("text before", |file| [b"subject=CN = a\nissuer=CN = b\n", file].concat()),
    ("text in Latin-1 before", |file| [b"friendlyName: M\xfcller\n", file].concat()),
    ("text before BEGIN on its line", |file| replace(file, "-----BEGIN", "cert: -----BEGIN")),
    ("text behind", |file| [file, b"the end"].concat()),
    ("text behind END on its line", |file| replace_from_end(file, "-----\n", "----- #\n")),
    ("prose that names BEGIN", |file| [b"a file starts with -----BEGIN CERTIFICATE----- and so on\n", file].concat()),
    ("prose that starts with BEGIN", |file| [b"-----BEGIN CERTIFICATE----- is its first line\n", file].concat()),
    ("prose that names END", |file| [b"-----END CERTIFICATE----- is its last line\n", file].concat()),
    ("BEGIN twice", |file| [b"-----BEGIN CERTIFICATE-----\n", file].concat()),
    ("END twice", |file| [file, b"-----END CERTIFICATE-----\n"].concat()),
    ("END first", |file| [b"-----END CERTIFICATE-----\n", file].concat()),
    ("END first, no line end", |file| [b"\n-----END ", file].concat()),
    ("an empty block before", |file| [b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", file].concat()),
    ("an empty block behind", |file| [file, b"-----BEGIN NOTHING-----\n\n-----END NOTHING-----\n"].concat()),
    ("a block that is no base64 before", |file| [b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", file].concat()),
    ("half a block before", |file| [half(file), file.to_vec()].concat()),
    ("half a block behind", |file| [file.to_vec(), half(file)].concat()),
    ("a comment between blocks", |file| replace(file, "-----BEGIN", "# next\n-----BEGIN")),
    ("all on one line", |file| replace(file, "\n", "")),
    ("all on one line, blanks for line ends", |file| replace(file, "\n", " ")),
    ("line ends as \\n", |file| replace(file, "\n", "\\n")),
    ("one line of data", |file| {
        let marked = replace(&replace(file, "-----\n", "-----\x01"), "\n-----", "\x01-----");
        replace(&replace(&marked, "\n", ""), "\x01", "\n")
    }),
    ("short lines", |file| file.chunks(7).collect::<Vec<_>>().join(&b"\n"[..])),
    ("blanks in the data", |file| replace(file, "A", "A ")),
    ("no last END", |file| cut_at_last(file, "-----END")),
    ("no first BEGIN", |file| replace_first(file, "-----BEGIN", "")),
    ("no first END", |file| without_line(file, "-----END")),
    ("other END", |file| replace(file, "-----END ", "-----END X")),
    ("END without label", |file| replace(file, "-----END CERTIFICATE-----", "-----END -----")),
    ("small letters", |file| replace(&replace(file, "BEGIN", "begin"), "END", "end")),
    ("four dashes", |file| replace(file, "-----\n", "----\n")),
    ("six dashes", |file| replace(file, "-----BEGIN", "------BEGIN")),
    ("six dashes behind", |file| replace(file, "-----\n", "------\n")),
    ("no blank behind BEGIN", |file| replace(file, "BEGIN ", "BEGIN")),
    ("two blanks behind BEGIN", |file| replace(&replace(file, "BEGIN ", "BEGIN  "), "END ", "END  ")),
    ("a blank before the dashes", |file| replace(&replace(file, "-----\n", " -----\n"), "\n -----\n", "\n")),
    ("a colon in the label", |file| replace(&replace(file, "BEGIN ", "BEGIN a:"), "END ", "END a:")),
    ("a symbol less", |file| replace_first(file, "-----\nMI", "-----\nM")),
    ("a symbol more", |file| replace_first(file, "-----\nMI", "-----\nMII")),
    ("another symbol", |file| replace_first(file, "-----\nM", "-----\n!")),
    ("base64 of URLs", |file| replace(&replace(file, "+", "-"), "/", "_")),
    ("no padding", |file| replace(file, "=", "")),
    ("more padding", |file| replace(file, "\n-----END", "=\n-----END")),
    ("padding in the middle", |file| replace_first(file, "-----\nMI", "-----\nMA==MI")),
    ("a line less", |file| {
        let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
        lines.iter().enumerate().filter(|(number, _)| *number != 2).flat_map(|(_, line)| line.to_vec()).collect()
    }),
    ("cut in the middle", half),
    ("NUL in the data", |file| replace_first(file, "-----\nMI", "-----\nMI\0")),
    ("NUL behind", |file| [file, b"\0\0\0"].concat()),
    ("NUL before", |file| [b"\0", file].concat()),
    ("twice", |file| [file, file].concat()),
    ("twice, no line end between", |file| [file.trim_ascii_end(), file].concat()),
    ("a string of YAML", |file| [b"cert: |\n", indent(file, "  ").as_slice()].concat()),
    ("a string of JSON", |file| [b"{\"cert\":\"", replace(file, "\n", "\\n").as_slice(), b"\"}"].concat()),
];

fn replace(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    replace_some(file, from, to, usize::MAX)
}

fn replace_first(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    replace_some(file, from, to, 1)
}

fn replace_some(file: &[u8], from: &str, to: &str, mut times: usize) -> Vec<u8> {
    let (mut changed, mut rest) = (Vec::new(), file);
    while let Some(at) = rest.windows(from.len()).position(|window| window == from.as_bytes()).filter(|_| times > 0) {
        changed.extend_from_slice(&rest[..at]);
        changed.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
        times -= 1;
    }
    [changed.as_slice(), rest].concat()
}

fn replace_from_end(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let Some(at) = file.windows(from.len()).rposition(|window| window == from.as_bytes()) else { return file.to_vec() };
    [&file[..at], to.as_bytes(), &file[at + from.len()..]].concat()
}

fn indent(file: &[u8], by: &str) -> Vec<u8> {
    file.split_inclusive(|byte| *byte == b'\n').flat_map(|line| [by.as_bytes(), line].concat()).collect()
}

/// Puts lines behind every BEGIN line.
fn behind_begin(file: &[u8], lines: &str) -> Vec<u8> {
    let is_begin = |line: &[u8]| line.starts_with(b"-----BEGIN");
    let add = |line: &[u8]| if is_begin(line) { [line, lines.as_bytes()].concat() } else { line.to_vec() };
    file.split_inclusive(|byte| *byte == b'\n').flat_map(add).collect()
}

fn cut_at_last(file: &[u8], at: &str) -> Vec<u8> {
    let at = file.windows(at.len()).rposition(|window| window == at.as_bytes());
    at.map_or_else(|| file.to_vec(), |at| file[..at].to_vec())
}

/// Without the first line that starts so.
fn without_line(file: &[u8], start: &str) -> Vec<u8> {
    let mut found = false;
    let keep = |line: &&[u8]| found || !std::mem::replace(&mut found, line.starts_with(start.as_bytes()));
    let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').filter(keep).collect();
    lines.concat()
}

fn half(file: &[u8]) -> Vec<u8> {
    file[..file.len() / 2].to_vec()
}

/// Breaks a file at a place that dice choose.
pub(crate) fn break_somewhere(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = file.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return b"-----BEGIN X-----\n-----END X-----\n".to_vec();
    }
    // Half of the time where it matters most.
    let dashed: Vec<usize> = (0..lines.len()).filter(|line| lines[*line].starts_with(b"-----")).collect();
    let at = if dice.once_in(2) && !dashed.is_empty() { dice.pick(&dashed) } else { dice.below(lines.len()) };
    match dice.below(7) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => {
            let other = dice.below(lines.len());
            lines.swap(at, other);
        }
        3 => lines[at] = half(&lines[at]),
        4 => drop(lines[at].pop()),
        5 => {
            let piece =
                dice.text(&["-----END ", "-----BEGIN ", "-----", ":", " ", "\r", "\n", "=", "\0", "CERTIFICATE", "A: b\n"], 1);
            let place = dice.below(lines[at].len() + 1);
            lines[at].splice(place..place, piece.bytes());
        }
        _ => {
            let place = dice.below(lines[at].len().max(1));
            if let Some(byte) = lines[at].get_mut(place) {
                *byte = dice.pick(b" \t\r\n-:=A!E");
            }
        }
    }
    lines.concat()
}
