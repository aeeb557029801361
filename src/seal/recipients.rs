//! To whom CA keys are encrypted: lines of text, as `age -R` reads them.

use age::ssh::ParseRecipientKeyError;
use age::{ssh, x25519};

use super::error::SealError;
use super::file::encrypted;

/// Recipients, of which each alone opens what is encrypted to all of them. There is at least one.
pub struct Recipients {
    all: Vec<Recipient>,
}

struct Recipient {
    /// Its form without a comment.
    name: String,
    /// What follows it in its line: people name their SSH keys.
    comment: String,
    key: Box<dyn age::Recipient + Send + Sync>,
}

/// A line that is no recipient, or one that nothing could be encrypted to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct RecipientFault {
    /// Where it is: an option, or a file with a line.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl Recipients {
    /// Reads lines; `place` says where each is. Empty lines and comments count for nothing, and a recipient counts once. Nothing, if there
    /// is none.
    ///
    /// # Errors
    /// Every line that is no recipient.
    pub fn read<'a>(lines: impl Iterator<Item = (String, &'a str)>) -> Result<Option<Self>, Vec<RecipientFault>> {
        let (mut all, mut faults): (Vec<Recipient>, _) = (Vec::new(), Vec::new());
        for (place, line) in lines {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match Recipient::read(line) {
                Ok(one) if all.iter().any(|known| known.name == one.name) => {}
                Ok(one) => all.push(one),
                Err(reason) => faults.push(RecipientFault { place, reason }),
            }
        }
        match (all.is_empty(), faults.is_empty()) {
            (_, false) => Err(faults),
            (true, true) => Ok(None),
            (false, true) => Ok(Some(Self { all })),
        }
    }

    /// The lines, for [`read`](Self::read) and for `age -R`.
    pub fn text(&self) -> String {
        self.all.iter().map(|one| format!("{} {}", one.name, one.comment).trim_end().to_owned() + "\n").collect()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Whether `name` is one of them.
    pub fn has(&self, name: &str) -> bool {
        self.all.iter().any(|one| one.name == name)
    }

    /// Whether the last characters of one of them are `end`.
    pub fn has_ending(&self, end: &str) -> bool {
        self.all.iter().any(|one| one.name.ends_with(end))
    }

    /// Whether `other` are the same, in any order.
    pub fn is_same(&self, other: &Self) -> bool {
        self.count() == other.count() && self.all.iter().all(|one| other.has(&one.name))
    }

    /// Encrypts `plain` to all of them.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn seal(&self, plain: &[u8]) -> Result<String, SealError> {
        encrypted(self.all.iter().map(|one| &*one.key as &dyn age::Recipient), plain)
    }
}

impl Recipient {
    fn read(line: &str) -> Result<Self, String> {
        if line.starts_with("AGE-SECRET-KEY") || line.starts_with("-----BEGIN") {
            return Err(
                "it is a secret key: name its public half, which `age-keygen -y FILE` or `ssh-keygen -y -f FILE` prints".into()
            );
        }
        if let Ok(key) = line.parse::<x25519::Recipient>() {
            return Ok(Self { name: key.to_string(), comment: String::new(), key: Box::new(key) });
        }
        if line.starts_with("age1") {
            let reason = "it is no X25519 recipient: damaged, or of a kind that needs a plugin or a newer age";
            return Err(reason.into());
        }
        let kind = line.split_ascii_whitespace().next().unwrap_or_default();
        if ["ecdsa-", "sk-", "ssh-dss"].iter().any(|refused| kind.starts_with(refused)) {
            let kind: String = kind.chars().filter(char::is_ascii_graphic).take(60).collect();
            return Err(format!("nothing can be encrypted to an SSH key of kind `{kind}`: name one of ssh-ed25519 or ssh-rsa"));
        }
        match line.parse::<ssh::Recipient>() {
            Ok(key) => {
                let comment = line.split_ascii_whitespace().skip(2).collect::<Vec<_>>().join(" ");
                let is_plain = comment.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
                let comment = if is_plain { comment } else { String::new() };
                Ok(Self { name: key.to_string(), comment, key: Box::new(key) })
            }
            Err(ParseRecipientKeyError::RsaModulusTooSmall) => Err("its RSA key has fewer than 2048 bits".into()),
            Err(ParseRecipientKeyError::RsaModulusTooLarge) => Err("its RSA key has more than 4096 bits".into()),
            Err(_) => Err("it is neither an age recipient (`age1…`) nor an SSH public key (ssh-ed25519, ssh-rsa)".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Recipients;

    const AGE: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";

    fn read(text: &str) -> Result<Option<Recipients>, Vec<String>> {
        let lines = text.lines().enumerate().map(|(at, line)| (format!("line {}", at + 1), line));
        Recipients::read(lines).map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lines_are_written_as_they_are_read() {
        let text = format!("# who\n\n  {AGE} \n{SSH} alice@example\n{AGE}\n");
        let recipients = read(&text).expect("recipients").expect("some");
        assert_eq!(recipients.text(), format!("{AGE}\n{SSH} alice@example\n"));
        let other = read(&format!("{SSH} bob\n{AGE}")).expect("recipients").expect("some");
        assert!(recipients.is_same(&other) && recipients.has(AGE) && recipients.has_ending("nujwj"));
        assert!(!recipients.is_same(&read(AGE).expect("one").expect("one")));
        assert!(read("# none\n\n").expect("no fault").is_none());
    }

    /// Kinds that age refuses, or leaves out with a warning, are all named at once; nothing of a secret key is.
    #[test]
    fn all_faults_are_named_and_no_secret_is() {
        let secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
        let text = format!(
            "{AGE}\n{secret}\necdsa-sha2-nistp256 AAAA host\nsk-ssh-ed25519@openssh.com AAAA\nage1yubikey1qwerty\nssh-rsa AAAA\nhello\n{}",
            &AGE[..40]
        );
        let faults = read(&text).err().expect("faults");
        assert_eq!(faults.len(), 7, "{faults:#?}");
        assert!(faults[1].contains("line 3") && faults[1].contains("`ecdsa-sha2-nistp256`"), "{}", faults[1]);
        assert!(!faults.concat().contains("GFPYY"));
    }
}
