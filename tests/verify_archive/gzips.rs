//! What stands around the tar: header, sums, end, and bytes beside.

use flate2::GzBuilder;
use meshbundle::diag::Code;

use crate::verify_archive::forge::{Header, Tar, deflate, gzip, member, other_gzip};
use crate::verify_archive::{is_told, read, said};

fn fine() -> Tar {
    Tar::new().file("t/manifest.json", b"{}\n")
}

fn plain() -> Vec<u8> {
    [fine().0, vec![0; 1024]].concat()
}

#[test]
fn what_is_made_here_is_fine_by_itself() {
    let archive = read(&fine().end());
    assert!(archive.findings.is_empty(), "{}", said(&archive.findings));
    assert_eq!((archive.top.as_deref(), archive.tree.bytes("manifest.json")), (Some("t"), Some(&b"{}\n"[..])));
}

#[test]
fn headers_of_other_programs() {
    for (what, builder, words) in [
        ("a name", GzBuilder::new().filename("a.tar"), "a file name, no sum of the compressed bytes"),
        ("a comment", GzBuilder::new().comment("hello"), "another comment"),
        ("a time", GzBuilder::new().mtime(1), "a time"),
        ("an extra field", GzBuilder::new().extra(b"MB\x04\0abcd".as_slice()), "an extra field"),
        ("a system", GzBuilder::new().operating_system(3), "an operating system"),
    ] {
        let archive = is_told(what, &other_gzip(builder, &plain()), Code::NotCanonical, words);
        assert!(archive.tree.bytes("manifest.json").is_some(), "{what}");
    }
    let mut bytes = gzip(&plain());
    bytes[3] |= 0x20;
    is_told("reserved flags", &bytes, Code::ArchiveDamaged, "unknown flags");
    let endless = [&bytes[..3], &[16, 0, 0, 0, 0, 0, 255], &[b'x'; 10_000][..]].concat();
    is_told("a comment without end", &endless, Code::TooMuch, "a text of more than");
}

#[test]
fn sums_that_do_not_fit() {
    let (plain, other) = (plain(), [plain(), vec![0; 512]].concat());
    let deflated = deflate(&plain);
    let fine = member(&deflated, &plain);
    let len = fine.len();
    let mut wrong = fine.clone();
    wrong[len - 5] ^= 1;
    is_told("the sum", &wrong, Code::ArchiveDamaged, "does not have the checksum at its end");
    let mut wrong = fine.clone();
    wrong[len - 1] ^= 1;
    is_told("the length", &wrong, Code::ArchiveDamaged, "does not have the length at its end");
    let mut wrong = fine;
    wrong[20] ^= 1;
    is_told("the sum of what is compressed", &wrong, Code::NotCanonical, "do not have the sum in the header");
    is_told("another's sum", &member(&deflated, &other), Code::ArchiveDamaged, "checksum");
}

#[test]
fn what_is_no_archive() {
    is_told("nothing", b"", Code::ArchiveDamaged, "the archive is empty");
    is_told("a text", b"hello", Code::ArchiveDamaged, "no gzip file");
    is_told("a tar", &plain(), Code::ArchiveDamaged, "no gzip file");
    is_told("another method", b"\x1f\x8b\x07\0\0\0\0\0\0\0\0\0", Code::ArchiveDamaged, "no gzip file");
    is_told("a header alone", &gzip(&plain())[..12], Code::ArchiveDamaged, "within the gzip header");
    is_told("an empty tar", &gzip(b""), Code::ArchiveDamaged, "two blocks of zeros are missing");
    is_told("noise in gzip", &gzip(&[b'x'; 2048]), Code::ArchiveDamaged, "wrong checksum");
    let broken = member(&[6, 0, 0], &[]);
    is_told("a block of no type", &broken, Code::ArchiveDamaged, "cannot be unpacked any further");
}

#[test]
fn tars_without_an_end() {
    let tar = fine().0;
    is_told("no end", &gzip(&tar), Code::ArchiveDamaged, "two blocks of zeros are missing");
    is_told("half an end", &gzip(&[&tar[..], &[0; 512]].concat()), Code::ArchiveDamaged, "the second block of zeros");
    is_told("half a header", &gzip(&tar[..700]), Code::ArchiveDamaged, "within a header");
    is_told("half a file", &gzip(&tar[..1025]), Code::ArchiveDamaged, "cut off within `t/manifest.json`");
    is_told("half a padding", &gzip(&tar[..1500]), Code::ArchiveDamaged, "cut off behind `t/manifest.json`");
    let archive = is_told("a longer end", &gzip(&[&plain()[..], &[0; 9000]].concat()), Code::NotCanonical, "9000 bytes of zeros");
    assert!(archive.tree.bytes("manifest.json").is_some());
}

#[test]
fn bytes_beside() {
    let fine = gzip(&plain());
    let beside = |what: &str, parts: &[&[u8]], words: &str| {
        let archive = is_told(what, &parts.concat(), Code::BytesBeside, words);
        assert!(archive.tree.bytes("manifest.json").is_some(), "{what}");
    };
    beside("before", &[b"#!/bin/sh\n", &fine], "10 bytes stand before the archive");
    beside("a second member", &[&fine, &fine], "a second gzip member");
    beside("an empty second member", &[&fine, &gzip(b"")], "a second gzip member");
    beside("zeros", &[&fine, &[0; 512]], "bytes follow the end of the archive");
    beside("one byte", &[&fine, b"\n"], "bytes follow the end of the archive");
    let second = Tar::new().file("t/hidden", b"x").0;
    beside("behind the tar", &[&gzip(&[plain(), second.clone()].concat())], "bytes follow the end of the tar");
    let lone = [fine_tar(), vec![0; 512], second].concat();
    beside("behind a lone block of zeros", &[&gzip(&lone)], "bytes follow the end of the tar");
    is_told("far before", &[&vec![b'x'; 2000][..], &fine].concat(), Code::ArchiveDamaged, "no gzip file");
}

fn fine_tar() -> Vec<u8> {
    fine().0
}

#[test]
fn headers_of_the_tar() {
    let with = |at: usize, bytes: &[u8]| {
        let mut header = Header::new(b'0', b"t/manifest.json", 0o644, 3);
        header.put(at, bytes);
        Tar::new().header(&header.sealed(), b"{}\n").end()
    };
    for (what, at, bytes, words) in [
        ("behind the name", 50, &b"x"[..], "name"),
        ("a mode", 100, b"0000666\0", "mode"),
        ("set-user-id", 100, b"0004644\0", "mode"),
        ("spaces", 100, b"   644 \0", "mode"),
        ("an owner", 108, b"0001750\0", "owner"),
        ("a group", 116, b"0001750\0", "group"),
        ("a size with spaces", 124, b"          3 ", "size"),
        ("a binary size", 124, b"\x80\0\0\0\0\0\0\0\0\0\0\x03", "size"),
        ("a time", 136, b"07033241601\0", "time"),
        ("an old type", 156, b"\0", "type"),
        ("a link", 157, b"t/x", "link"),
        ("GNU", 257, b"ustar  \0", "format"),
        ("an old header", 257, &[0; 8], "format"),
        ("a user", 265, b"root", "name of the owner"),
        ("a group by name", 297, b"root", "name of the group"),
        ("a device", 329, b"0000000\0", "device"),
        ("reserved", 511, b"\x01", "reserved bytes"),
    ] {
        let archive = is_told(what, &with(at, bytes), Code::NotCanonical, words);
        assert_eq!(archive.tree.bytes("manifest.json"), Some(&b"{}\n"[..]), "{what}");
    }
    let mut header = Header::new(b'0', b"t/manifest.json", 0o644, 3);
    let sum = header.0[149..155].to_vec();
    let spelled = header.put(148, &[&sum[..], b"\0 "].concat()).clone();
    is_told("GNU's checksum", &Tar::new().header(&spelled, b"{}\n").end(), Code::NotCanonical, "checksum");
    let broken = header.put(0, b"u").clone();
    is_told("a checksum", &Tar::new().header(&broken, b"{}\n").end(), Code::ArchiveDamaged, "entry 2 has a wrong checksum");
    for size in [&b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfd"[..], b"-0000000003\0", b"00000000008\0", b"0x3\0"] {
        is_told("no size", &with(124, size), Code::ArchiveDamaged, "is no number");
    }
    let padded = Tar::new().header(&Header::new(b'0', b"t/manifest.json", 0o644, 3), b"{}\nhidden").end();
    is_told("padding", &padded, Code::NotCanonical, "has bytes between its end and the next header");
}
