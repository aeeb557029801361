//! What Go and etcd read, and what this crate reads: one answer each, which must be equal.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use meshbundle::pem::{Blocks, Text};
use meshbundle::x509::{Certificate, GoRules, PrivateKey};
use serde_json::{Value, json};

/// A file, and the certificate and the key that it is tried with.
pub(crate) struct Question {
    pub(crate) name: String,
    pub(crate) file: Vec<u8>,
    pub(crate) pair: (Vec<u8>, Vec<u8>),
}

/// What readers make of a file.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    blocks: Option<Vec<(String, String)>>,
    anchors_error: String,
    subjects: Option<Vec<String>>,
    chain_error: String,
    chain: Option<Vec<String>>,
    key_error: String,
}

/// An answer without the words of whoever gives it: of errors only that there is one.
#[derive(Debug, PartialEq, Eq)]
struct Reading {
    blocks: Vec<(String, String)>,
    /// Subjects, each once.
    trusted: Option<Vec<String>>,
    presented: Option<Vec<String>>,
    is_key: bool,
}

/// What Go refuses in a certificate or key for arithmetic that is not done here (`src/x509`: public and private keys): no
/// tool makes such, only dice do. Their blocks are compared, and nothing else.
const ARITHMETIC: [&str; 2] = ["point not on curve", "crypto/rsa:"];

/// Fails with the first files that are read otherwise.
pub(crate) fn compare(questions: &[Question]) {
    let answers = ask(questions);
    assert_eq!(answers.len(), questions.len());
    let (mut differ, mut counts, mut unjudged) = (Vec::new(), [0; 4], 0);
    for (question, answer) in questions.iter().zip(answers) {
        let (says, errors) = go(answer);
        let says_who = [!says.blocks.is_empty(), says.trusted.is_some(), says.presented.is_some(), says.is_key];
        says_who.into_iter().zip(&mut counts).for_each(|(good, count)| *count += usize::from(good));
        let ours = ours(question);
        let arithmetic = ARITHMETIC.iter().any(|words| errors.contains(words));
        unjudged += usize::from(arithmetic);
        if if arithmetic { ours.blocks != says.blocks } else { ours != says } {
            differ.push(format!(
                "{}\n  ours: {ours:?}\n  Go:   {says:?} ({errors})\n{}",
                question.name,
                String::from_utf8_lossy(&question.file)
            ));
        }
    }
    // A judge that says the same of everything judges nothing.
    for (what, count) in ["have blocks", "can be trusted", "can be presented", "are keys"].into_iter().zip(counts) {
        println!("{} files: {count} {what}", questions.len());
        assert!(count > questions.len() / 40 && count < questions.len(), "{count} of {} {what}", questions.len());
    }
    println!("{unjudged} of broken arithmetic");
    assert!(unjudged <= questions.len() / 100, "{unjudged} of broken arithmetic");
    let shown = differ.len().min(5);
    assert!(differ.is_empty(), "{} of {} differ:\n{}", differ.len(), questions.len(), differ[..shown].join("\n"));
}

fn go(answer: Answer) -> (Reading, String) {
    let errors = [answer.anchors_error.as_str(), &answer.chain_error, &answer.key_error].join(" | ");
    let reading = Reading {
        blocks: answer.blocks.unwrap_or_default(),
        trusted: answer.anchors_error.is_empty().then(|| answer.subjects.unwrap_or_default()),
        presented: answer.chain_error.is_empty().then(|| answer.chain.unwrap_or_default()),
        is_key: answer.key_error.is_empty(),
    };
    (reading, errors)
}

fn ours(question: &Question) -> Reading {
    let text = Text::read(&question.file);
    let (certificate, key) = &question.pair;
    let key = PrivateKey::from_pem(key).expect("the other half");
    let leaf = Certificate::chain_from_pem(certificate).expect("the other half").remove(0);
    let trusted = Certificate::anchors(&text, GoRules::NEWEST).ok().map(|anchors| {
        let mut once: Vec<Certificate> = Vec::new();
        for anchor in anchors {
            if !once.contains(&anchor) {
                once.push(anchor);
            }
        }
        once.iter().map(|anchor| hex::encode(anchor.subject_der())).collect()
    });
    let presented = Certificate::chain(&text, GoRules::NEWEST).ok().filter(|chain| key.is_of(&chain[0]) == Some(true));
    Reading {
        blocks: Blocks::of(&question.file).map(|block| (block.label, hex::encode(&*block.der))).collect(),
        trusted,
        presented: presented.map(|chain| chain.iter().map(|certificate| hex::encode(certificate.der())).collect()),
        is_key: PrivateKey::read(&text).is_ok_and(|key| key.is_of(&leaf) == Some(true)),
    }
}

fn ask(questions: &[Question]) -> Vec<Answer> {
    /// The program, built once.
    static PROGRAM: LazyLock<std::path::PathBuf> = LazyLock::new(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pemjudge");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pem_judge/go");
        let built = Command::new("go").args(["build", "-o"]).arg(&program).arg(".").current_dir(source).status();
        assert!(built.expect("Go 1.26 or newer: tests/tools.sh").success(), "etcd's module comes from the Go proxy");
        program
    });
    let to_value = |question: &Question| -> Value {
        let (certificate, key) = &question.pair;
        json!({ "File": hex::encode(&question.file), "Certificate": hex::encode(certificate), "Key": hex::encode(key) })
    };
    let dir = tempfile::tempdir().expect("a folder");
    let input = dir.path().join("questions");
    let values: Vec<Value> = questions.iter().map(to_value).collect();
    std::fs::write(&input, serde_json::to_vec(&values).expect("JSON")).expect("written");
    let output = Command::new(&*PROGRAM).stdin(File::open(&input).expect("there")).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("answers")
}
