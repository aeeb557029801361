//! The three judges: this crate, Go's crypto/x509 and `openssl verify`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use meshbundle::x509::{Certificate, Usage, verify_chain};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// One question: is this chain good? Certificates are DER, perhaps broken.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) leaf: Vec<u8>,
    pub(crate) intermediates: Vec<Vec<u8>>,
    pub(crate) anchors: Vec<Vec<u8>>,
    pub(crate) usage: Usage,
    pub(crate) host: Option<String>,
    pub(crate) at: OffsetDateTime,
}

/// Good, or why not.
pub(crate) type Verdict = Result<(), String>;

/// What this crate says; the reason is its code.
pub(crate) fn ours(case: &Case) -> Verdict {
    let read = |ders: &[Vec<u8>]| ders.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>();
    let certificates = || Ok((Certificate::from_der(&case.leaf)?, read(&case.intermediates)?, read(&case.anchors)?));
    let (leaf, intermediates, anchors) =
        certificates().map_err(|error: meshbundle::x509::CertificateError| format!("malformed: {error}"))?;
    let chain = verify_chain(&leaf, &intermediates, &anchors, case.usage, case.host.as_deref(), case.at)
        .map_err(|error| error.code().to_owned())?;
    assert_eq!(chain.first(), Some(&leaf), "{}: a chain starts with its leaf", case.name);
    let ends_in_anchor = chain.last().is_some_and(|last| anchors.contains(last));
    assert!(ends_in_anchor, "{}: a chain ends with an anchor", case.name);
    Ok(())
}

/// What Go says of chains.
pub(crate) fn go_on_chains(cases: &[Case]) -> Vec<Verdict> {
    let questions = cases.iter().map(|case| {
        json!({
            "ask": "chain",
            "leaf": pem(&case.leaf),
            "intermediates": case.intermediates.iter().map(|der| pem(der)).collect::<Vec<_>>(),
            "anchors": case.anchors.iter().map(|der| pem(der)).collect::<Vec<_>>(),
            "client": case.usage == Usage::ClientAuth,
            "host": case.host.as_deref().unwrap_or(""),
            "at": case.at.unix_timestamp(),
        })
    });
    ask_go(questions)
}

/// Whether Go can read certificates.
pub(crate) fn go_on_parsing(ders: &[Vec<u8>]) -> Vec<Verdict> {
    ask_go(ders.iter().map(|der| json!({ "ask": "parse", "leaf": pem(der) })))
}

/// Whether Go knows how certificates are signed.
pub(crate) fn go_on_algorithms(ders: &[Vec<u8>]) -> Vec<Verdict> {
    ask_go(ders.iter().map(|der| json!({ "ask": "algorithm", "leaf": pem(der) })))
}

/// Whether Go finds certificates good for hosts.
pub(crate) fn go_on_hosts(questions: &[(Vec<u8>, String)]) -> Vec<Verdict> {
    let questions = questions.iter().map(|(der, host)| json!({ "ask": "host", "leaf": pem(der), "host": host }));
    ask_go(questions)
}

/// Builds the Go program of a folder of the repository.
pub(crate) fn go_program(name: &str, folder: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&program).arg(".").current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    run(&mut build, "install Go 1.26 or later: `apt-get install golang-go`, or go.dev/dl where that is older");
    program
}

fn ask_go(questions: impl Iterator<Item = Value>) -> Vec<Verdict> {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| go_program("chainjudge", "tests/chain_judges/go"));

    let dir = tempfile::tempdir().expect("a temporary directory");
    let input = dir.path().join("questions");
    let questions: Vec<String> = questions.map(|question| question.to_string()).collect();
    fs::write(&input, questions.join("\n")).expect("questions are written");
    let mut judge = Command::new(&*PROGRAM);
    let output = run(judge.stdin(File::open(&input).expect("questions are there")), "the judge was just built");
    let answers: Vec<Verdict> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter::<String>()
        .map(|answer| match answer.expect("an answer is a string") {
            answer if answer.is_empty() => Ok(()),
            answer => Err(answer),
        })
        .collect();
    assert_eq!(answers.len(), questions.len(), "one answer to each question");
    answers
}

/// What `openssl verify` says.
pub(crate) fn openssl(case: &Case) -> Verdict {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, ders: &[Vec<u8>]| {
        let path = dir.path().join(name);
        fs::write(&path, ders.iter().map(|der| pem(der)).collect::<String>()).expect("a file is written");
        path
    };
    let leaf = write("leaf", std::slice::from_ref(&case.leaf));
    let anchors = write("anchors", &case.anchors);
    let mut verify = Command::new("openssl");
    verify.args(["verify", "-partial_chain", "-no-CApath", "-no-CAstore", "-CAfile"]).arg(anchors);
    if !case.intermediates.is_empty() {
        verify.arg("-untrusted").arg(write("intermediates", &case.intermediates));
    }
    verify.args(["-purpose", if case.usage == Usage::ServerAuth { "sslserver" } else { "sslclient" }]);
    verify.arg("-attime").arg(case.at.unix_timestamp().to_string());
    if let Some(host) = &case.host {
        let ip = host.trim_start_matches('[').trim_end_matches(']');
        let is_ip = ip.parse::<std::net::IpAddr>().is_ok();
        verify.arg(if is_ip { "-verify_ip" } else { "-verify_hostname" }).arg(if is_ip { ip } else { host });
    }
    let output = output(verify.arg(leaf), OPENSSL_MISSING);
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Runs `openssl` with arguments that must do, and returns what it prints.
pub(crate) fn run_openssl(args: impl IntoIterator<Item = impl AsRef<OsStr>>, dir: &Path) -> String {
    let output = run(Command::new("openssl").args(args).current_dir(dir), OPENSSL_MISSING);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const OPENSSL_MISSING: &str = "install OpenSSL 3: `apt-get install openssl`";

fn output(command: &mut Command, missing: &str) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?} cannot be run ({error}): {missing}"))
}

pub(crate) fn run(command: &mut Command, missing: &str) -> Output {
    let output = output(command, missing);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed ({missing}):\n{stderr}");
    output
}

pub(crate) fn pem(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", der))
}
