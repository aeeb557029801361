//! The scripts for shells. bash is asked what it completes; of the other shells' scripts only the text is looked at.

use crate::manual::help::verbs;
use crate::support::{Sandbox, tool};

/// What bash offers for the last of `words`, with nothing but the script loaded.
fn offered(script: &str, words: &[&str]) -> Vec<String> {
    let (last, before) = (words.len() - 1, words[words.len() - 2]);
    // What bash does at TAB: it calls the function that `complete -F` has named, and takes `COMPREPLY`.
    let ask = format!(
        "{script}\nset -eu\nCOMP_WORDS=({}); COMP_CWORD={last}\n\
         function=$(complete -p meshbundle | sed -n 's/.* -F \\([^ ]*\\) .*/\\1/p')\n\
         \"$function\" meshbundle '{}' '{before}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        words[last],
    );
    tool("bash", "bash", ["--norc", "--noprofile", "-c", &ask]).lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_verbs_options_and_values() {
    let sandbox = Sandbox::new();
    let script = sandbox.ok(&["completions", "bash"]).stdout;
    sandbox.write("meshbundle.bash", &script);
    tool("bash", "bash", ["-n", sandbox.path("meshbundle.bash").to_str().expect("text")]);
    assert_eq!(offered(&script, &["meshbundle", "gen"]), ["generate"]);
    assert_eq!(offered(&script, &["meshbundle", "generate", "--cr"]), ["--create-authorities"]);
    assert_eq!(offered(&script, &["meshbundle", "probe", "--format", "pro"]), ["prometheus"]);
    assert_eq!(offered(&script, &["meshbundle", "schema", "re"]), ["report"]);
    for verb in verbs(&sandbox) {
        let words: Vec<&str> = ["meshbundle"].into_iter().chain(verb.name.split(' ')).collect();
        assert_eq!(offered(&script, &words), words[words.len() - 1..]);
        let options = offered(&script, &[&words[..], &["--"]].concat());
        for option in &verb.options {
            assert!(options.contains(option), "{} {option}: {options:?}", verb.name);
        }
    }
}

#[test]
fn the_script_of_every_shell_knows_every_verb_and_option() {
    let sandbox = Sandbox::new();
    let verbs = verbs(&sandbox);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = sandbox.ok(&["completions", shell]).stdout;
        assert_eq!(script, sandbox.ok(&["completions", shell]).stdout, "{shell}: the same bytes each time");
        for verb in &verbs {
            assert!(verb.name.split(' ').all(|word| script.contains(word)), "{shell} {}", verb.name);
            for option in &verb.options {
                // fish writes `-l name` for `--name`.
                let there = script.contains(option) || script.contains(&format!("-l {} ", option.trim_start_matches('-')));
                assert!(there, "{shell}: {} {option}", verb.name);
            }
        }
    }
}

#[test]
fn a_shell_without_a_script_is_refused() {
    let ran = Sandbox::new().run(&["completions", "tcsh"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.said("[possible values: bash, elvish, fish, powershell, zsh]"), "{}", ran.stderr);
}
