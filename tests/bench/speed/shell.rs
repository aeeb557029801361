//! The same with openssl and tar, as a script would do it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// How often each is done.
const ROUNDS: u32 = 40;

/// Prints how much longer openssl and tar would take for as many certificates and archives, each like `archive`.
pub(crate) fn compare(archive: &Path, certificates: usize, archives: usize, seconds: f64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let each = |script: &str, archive: &Path| {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let status = Command::new("sh")
                .args(["-ec", script, "sh"])
                .arg(archive)
                .current_dir(folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            assert!(status.is_ok_and(|status| status.success()), "{script}");
        }
        start.elapsed().as_secs_f64() / f64::from(ROUNDS)
    };
    let new = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    each(&format!("{new} -x509 -subj /CN=ca -keyout ca.key -out ca.crt"), archive);
    let sign = "openssl x509 -req -in a.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out a.crt";
    let certificate = each(&format!("{new} -subj /CN=remote-a -keyout a.key -out a.csr; {sign}"), archive);
    each("mkdir -p tree; tar -C tree -xzf \"$1\"", archive);
    let packed = each("tar -C tree -czf tree.tar.gz .", archive);
    let whole = certificates as f64 * certificate + archives as f64 * packed;
    println!(
        "openssl and tar in a shell: {:.0} ms a certificate, {:.0} ms an archive: {whole:.0} s, {:.0} times as long",
        1e3 * certificate,
        1e3 * packed,
        whole / seconds,
    );
}
