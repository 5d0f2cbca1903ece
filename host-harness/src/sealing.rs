//! Secrets at rest: sealed with XChaCha20-Poly1305 under the host's key, bound to the place they belong to.

use std::path::Path;

use anyhow::{Context as _, bail};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::Mac as _;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

const NONCE: usize = 24;

/// What the key for order versions is derived for.
const VERSIONS: &str = "order versions";

/// The host's key: 32 random bytes that never leave the machine.
pub struct Key(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    /// From `HARNESS_KEY` when it is set, else from `file`, which is made (mode 0600) when it does not exist.
    ///
    /// # Errors
    /// When the text is not 64 hexadecimal digits, or the file can be read by others, or not at all.
    pub fn obtain(environment: Option<String>, file: &Path) -> anyhow::Result<Self> {
        if let Some(text) = environment {
            return Self::parse(&Zeroizing::new(text)).context("HARNESS_KEY is not usable");
        }
        if !file.exists() {
            return Self::create(file);
        }
        Self::read(file)
    }

    /// From `file`, which has to be there.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        refuse_readable_by_others(file)?;
        let text =
            std::fs::read_to_string(file).with_context(|| format!("the key file {} cannot be read", file.display()))?;
        Self::parse(&Zeroizing::new(text)).with_context(|| format!("the key file {} is not usable", file.display()))
    }

    /// As [`Key::obtain`], but nothing is made where there is none.
    ///
    /// # Errors
    /// As for [`Key::obtain`].
    pub fn existing(environment: Option<String>, file: &Path) -> anyhow::Result<Option<Self>> {
        if environment.is_none() && !file.exists() {
            return Ok(None);
        }
        Self::obtain(environment, file).map(Some)
    }

    /// Tells this key from others, and nothing about it.
    pub fn fingerprint(&self) -> String {
        self.derive("fingerprint").iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// From 64 hexadecimal digits.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        let mut key = Zeroizing::new([0_u8; 32]);
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            bail!(
                "expected 64 hexadecimal digits, got {} characters; `openssl rand -hex 32` makes such a key",
                text.len()
            );
        }
        for (slot, pair) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
            *slot = u8::from_str_radix(std::str::from_utf8(pair)?, 16)?;
        }
        Ok(Self(key))
    }

    /// A new one, in a new `file` that only its owner can read.
    pub(crate) fn create(file: &Path) -> anyhow::Result<Self> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let key = Zeroizing::new(rand::random::<[u8; 32]>());
        let text: Zeroizing<String> = Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect());
        if let Some(folder) = file.parent() {
            crate::durable::private_folder(folder)?;
        }
        let mut out = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)
            .with_context(|| format!("the key file {} cannot be made", file.display()))?;
        writeln!(out, "{}", text.as_str())?;
        // What is sealed with it must not outlive it.
        out.sync_all()?;
        crate::durable::sync_folder_of(file)?;
        Ok(Self(key))
    }

    /// Seals `secret` for `place` (for example `connection 7`); it opens for that place only, so that a row copied to
    /// another connection is of no use.
    ///
    /// # Errors
    /// When encryption fails, which it does not for texts below 256 GiB.
    pub fn seal(&self, place: &str, secret: &SecretString) -> anyhow::Result<Vec<u8>> {
        let nonce = rand::random::<[u8; NONCE]>();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: place.as_bytes() };
        let sealed =
            self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| anyhow::anyhow!("sealing failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Key::seal`] made for the same place.
    ///
    /// # Errors
    /// When the key or the place is another one, or the bytes were changed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> anyhow::Result<SecretString> {
        let wrong = || {
            anyhow::anyhow!(
                "the stored secret of {place} does not open with this host's key; restore the key file it was sealed with, or enter every secret of it again"
            )
        };
        let (nonce, body) = sealed.split_at_checked(NONCE).ok_or_else(wrong)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| wrong())?;
        let payload = Payload { msg: body, aad: place.as_bytes() };
        let plain = self.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| wrong())?;
        Ok(SecretString::from(String::from_utf8(plain).map_err(|_| wrong())?))
    }

    /// A key for another purpose, derived from this one: the same purpose gives the same key, and neither tells the other.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut derived = [0_u8; 32];
        if let Ok(mut mac) = <hmac::Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.0.as_slice()) {
            mac.update(purpose.as_bytes());
            derived.copy_from_slice(&mac.finalize().into_bytes());
        }
        derived
    }

    /// Hides an order's version, so that nothing can be guessed back from it. The same version gives the same text, by which edits are
    /// seen; and this host can give the connector its version back.
    pub fn seal_version(&self, version: &str) -> String {
        let cipher = XChaCha20Poly1305::new(&self.derive(VERSIONS).into());
        // A nonce that follows from the text is used for that text only.
        let nonce = self.version_nonce(version);
        let sealed = cipher.encrypt(&XNonce::from(nonce), version.as_bytes()).unwrap_or_default();
        nonce.iter().chain(&sealed).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The version that [`Key::seal_version`] hid; none when it was another host, or nothing of the kind.
    pub fn open_version(&self, sealed: &str) -> Option<String> {
        if !sealed.is_ascii() || !sealed.len().is_multiple_of(2) {
            return None;
        }
        let digits =
            sealed.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        let bytes = digits.collect::<Option<Vec<u8>>>()?;
        let (nonce, body) = bytes.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let cipher = XChaCha20Poly1305::new(&self.derive(VERSIONS).into());
        String::from_utf8(cipher.decrypt(&XNonce::from(nonce), body).ok()?).ok()
    }

    fn version_nonce(&self, version: &str) -> [u8; NONCE] {
        let mut nonce = [0_u8; NONCE];
        if let Ok(mut mac) =
            <hmac::Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.derive("nonces of order versions"))
        {
            mac.update(version.as_bytes());
            for (slot, byte) in nonce.iter_mut().zip(mac.finalize().into_bytes()) {
                *slot = byte;
            }
        }
        nonce
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.0).into())
    }
}

fn refuse_readable_by_others(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!(
            "the key file {} can be read by others (mode {mode:o}); run `chmod 600 {}`",
            file.display(),
            file.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: char) -> Key {
        Key::parse(&digit.to_string().repeat(64)).unwrap()
    }

    #[test]
    fn a_sealed_secret_opens_for_its_own_place_and_key_only() {
        let sealed = key('a').seal("connection 1", &"token".into()).unwrap();
        assert_eq!(key('a').open("connection 1", &sealed).unwrap().expose_secret(), "token");
        assert!(key('a').open("connection 2", &sealed).is_err());
        assert!(key('b').open("connection 1", &sealed).is_err());
    }

    #[test]
    fn sealing_twice_gives_different_bytes_without_the_secret_in_them() {
        let (one, two) = (key('a').seal("x", &"token".into()).unwrap(), key('a').seal("x", &"token".into()).unwrap());
        assert_ne!(one, two);
        assert!(!one.windows(5).any(|window| window == b"token"));
    }

    #[test]
    fn a_key_file_is_made_private_and_one_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let made = Key::obtain(None, &file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Key::obtain(None, &file).unwrap().0, made.0);
        for mode in [0o644, 0o640, 0o604, 0o620, 0o602, 0o601] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = Key::obtain(None, &file).unwrap_err().to_string();
            assert!(refused.contains(&format!("mode {mode:o}")) && refused.contains("chmod 600"), "{refused}");
        }
        for mode in [0o600, 0o400] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(Key::obtain(None, &file).unwrap().0, made.0);
        }
    }

    #[test]
    fn the_key_in_the_environment_is_taken_and_the_file_is_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let in_file = Key::obtain(None, &file).unwrap();
        let given = || Some("a".repeat(64));
        assert_eq!(Key::obtain(given(), &file).unwrap().0, key('a').0);
        assert_ne!(in_file.0, key('a').0);
        assert_eq!(Key::existing(given(), &file).unwrap().unwrap().0, key('a').0);
        // One that is no key is refused, and not passed over for the file.
        let refused = format!("{:#}", Key::obtain(Some("short".into()), &file).unwrap_err());
        assert!(refused.contains("HARNESS_KEY") && !refused.contains("short"), "{refused}");
        let none = folder.path().join("none");
        Key::obtain(given(), &none).unwrap();
        assert!(!none.exists(), "a key that nobody uses was made");
    }

    #[test]
    fn a_version_is_hidden_the_same_way_each_time_and_given_back() {
        let (key, other) = (Key(Zeroizing::new([7; 32])), Key(Zeroizing::new([8; 32])));
        let sealed = key.seal_version("0123abcd");
        assert_eq!(sealed, key.seal_version("0123abcd"));
        assert_ne!(sealed, key.seal_version("0123abce"));
        assert!(!sealed.contains("0123abcd"));
        assert_eq!(key.open_version(&sealed).as_deref(), Some("0123abcd"));
        assert_eq!(other.open_version(&sealed), None);
        for nonsense in ["", "0", "zz", "v-1", &sealed[2..]] {
            assert_eq!(key.open_version(nonsense), None, "{nonsense}");
        }
    }
}
