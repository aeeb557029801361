//! What is asked on a terminal, and what that shows: a pseudo-terminal of Python's, whose answers are typed once nothing is echoed.

use std::process::Command;

use serde_json::Value;

use crate::at_rest::scene::{PASSPHRASE, is_encrypted, keys, with_passphrase};
use crate::evolution::mesh::{cluster, mesh};
use crate::evolution::scene::Scene;
use crate::support::{Ran, Sandbox};

/// Types each answer when the terminal waits without an echo, and prints what it has shown, and the exit status.
const TERMINAL: &str = r#"
import json, os, pty, sys, termios, time
answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
os.set_blocking(terminal, False)
shown, asked = b"", 0
while True:
    try:
        part = os.read(terminal, 65536)
        if not part:
            break
        shown += part
        continue
    except BlockingIOError:
        pass
    except OSError:
        break
    waits = shown[asked:].rstrip(b" ").endswith(b":")
    if answers and waits and not termios.tcgetattr(terminal)[3] & termios.ECHO:
        asked = len(shown)
        os.write(terminal, answers.pop(0).encode() + b"\n")
    time.sleep(0.01)
_, status = os.waitpid(pid, 0)
print(json.dumps({"status": os.waitstatus_to_exitcode(status), "shown": shown.decode(errors="replace"), "left": len(answers)}))
"#;

/// What a terminal has shown.
pub(crate) struct Terminal {
    pub(crate) status: i64,
    pub(crate) shown: String,
}

/// Runs the words of a command on a terminal of its own, and types answers.
pub(crate) fn answered(sandbox: &Sandbox, words: &[&str], answers: &[&str]) -> Terminal {
    let mut python = Command::new("python3");
    let answers = serde_json::to_string(answers).expect("JSON");
    python.args(["-c", TERMINAL, &answers]).args(words).current_dir(sandbox.path("")).env("MESHBUNDLE_NOW", crate::support::NOW);
    let ran = Ran::of(&mut python);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let report: Value = ran.json();
    assert_eq!(report["left"], 0, "not asked: {report}");
    let shown = report["shown"].as_str().expect("text").to_owned();
    Terminal { status: report["status"].as_i64().expect("a status"), shown }
}

/// meshbundle on a terminal.
pub(crate) fn typed(sandbox: &Sandbox, words: &[&str], answers: &[&str]) -> Terminal {
    answered(sandbox, &[&[env!("CARGO_BIN_EXE_meshbundle")], words].concat(), answers)
}

#[test]
fn a_passphrase_is_asked_for_twice_then_once_and_never_shown() {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    let sandbox = &scene.sandbox;
    let plain = keys(sandbox);
    let encrypt = ["state", "encrypt", "--passphrase"];
    let ran = typed(sandbox, &encrypt, &[PASSPHRASE, "another one"]);
    assert!(ran.status == 3 && ran.shown.contains("the two passphrases differ") && keys(sandbox) == plain, "{}", ran.shown);
    let ran = typed(sandbox, &encrypt, &[""]);
    assert!(ran.status == 3 && ran.shown.contains("no passphrase was typed") && keys(sandbox) == plain, "{}", ran.shown);
    let mut shown = String::new();
    let mut ask = |words: &[&str], answers: &[&str], status: i64| {
        let ran = typed(sandbox, words, answers);
        assert_eq!(ran.status, status, "{words:?}: {}", ran.shown);
        shown.push_str(&ran.shown);
        ran.shown
    };
    ask(&encrypt, &[PASSPHRASE, PASSPHRASE], 0);
    is_encrypted(sandbox);
    // What signs nothing asks nobody.
    ask(&["plan"], &[], 0);
    ask(&["generate"], &[], 0);
    let wrong = ask(&["generate", "--rekey"], &["correct house"], 3);
    assert!(wrong.contains("the passphrase is wrong"), "{wrong}");
    ask(&["generate", "--rekey"], &[PASSPHRASE], 0);
    // A change asks for the old one, then twice for the new one.
    ask(&encrypt, &[PASSPHRASE, "another one", "another one"], 0);
    ask(&["state", "decrypt"], &["another one"], 0);
    assert_eq!(keys(sandbox), plain);
    for secret in [PASSPHRASE, "another one", "correct house"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(with_passphrase(sandbox, PASSPHRASE, &["generate", "--rekey"]).status, 0, "no secret is wanted");
}
