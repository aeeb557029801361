//! What opens CA keys: identities, and passphrases of files that `age -p` made.

use crate::wiped::Wiped;

use super::error::OpenError;
use super::file::{decrypted, wants_passphrase};
use super::identity::{Identity, IdentityFile};
use super::passphrase::Passphrase;

/// Identities and passphrases. They are wiped when dropped.
#[derive(Default)]
pub struct Secret {
    identities: Vec<Identity>,
    passphrases: Vec<Passphrase>,
}

impl Secret {
    /// Adds the identities of a file, which `passphrase` opens if it is behind one.
    ///
    /// # Errors
    /// If the passphrase is another one.
    pub fn add(&mut self, file: IdentityFile, passphrase: Option<&Passphrase>) -> Result<(), OpenError> {
        self.identities.extend(file.open(passphrase)?);
        Ok(())
    }

    /// Adds a passphrase, for files that are encrypted to it alone.
    pub fn add_passphrase(&mut self, passphrase: Passphrase) {
        self.passphrases.push(passphrase);
    }

    /// The content of the age file `sealed`.
    ///
    /// # Errors
    /// If nothing here opens it, or it is damaged.
    pub fn open(&self, sealed: &[u8]) -> Result<Wiped, OpenError> {
        if !wants_passphrase(sealed) {
            return decrypted(self.identities.iter().map(|identity| &**identity as &dyn age::Identity), sealed);
        }
        let mut last = OpenError::WrongPassphrase;
        for passphrase in &self.passphrases {
            match passphrase.open(sealed) {
                Ok(plain) => return Ok(plain),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

#[cfg(test)]
mod tests {
    use super::{IdentityFile, OpenError, Passphrase, Secret};
    use crate::seal::{IdentityFault, ProtectedIdentity, Recipients, is_sealed};

    fn recipients(line: &str) -> Recipients {
        Recipients::read(std::iter::once((String::new(), line))).expect("no fault").expect("one")
    }

    #[test]
    fn a_passphrase_opens_what_is_encrypted_to_its_identity() {
        let passphrase = Passphrase::new("correct horse\n").expect("one");
        let identity = ProtectedIdentity::make(&passphrase).expect("made");
        let sealed = recipients(&identity.recipient).seal(b"a key").expect("sealed");
        assert!(is_sealed(sealed.as_bytes()) && is_sealed(identity.sealed.as_bytes()));
        let file = || IdentityFile::read(identity.sealed.as_bytes()).expect("an identity");
        assert!(file().wants_passphrase());
        let mut secret = Secret::default();
        assert_eq!(secret.open(sealed.as_bytes()).err(), Some(OpenError::NotForUs));
        let wrong = Passphrase::new("correct house").expect("one");
        assert_eq!(secret.add(file(), Some(&wrong)).err(), Some(OpenError::WrongPassphrase));
        secret.add(file(), Some(&passphrase)).expect("opened");
        assert_eq!(*secret.open(sealed.as_bytes()).expect("opened"), b"a key");
        // Cut anywhere, it is damaged or no age file, and never a part of a key.
        for end in (0..sealed.len()).step_by(7) {
            assert!(secret.open(&sealed.as_bytes()[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn files_without_an_identity_are_refused() {
        for (text, fault) in [
            ("", IdentityFault::Other),
            ("hello\n", IdentityFault::Other),
            ("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj\n", IdentityFault::Public),
            ("ssh-ed25519 AAAA me\n", IdentityFault::Public),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", IdentityFault::Other),
        ] {
            assert_eq!(IdentityFile::read(text.as_bytes()).err(), Some(fault), "{text:?}");
        }
        assert!(Passphrase::new("\nsecond line").is_none());
    }
}
