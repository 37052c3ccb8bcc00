//! The center's one secret on disk: 32 random bytes in a file outside the data folder, from which the database's
//! key and the sealing key are derived. A copy of the data folder alone opens nothing.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use xunyi_vault::DatabaseKey;
use zeroize::Zeroizing;

use crate::error::CenterError;
use crate::seal::Sealer;
use crate::system;
use crate::words::Code;

/// Longest file that is looked at, bytes.
const MAX_FILE: u64 = 4096;

/// The key as read; wiped when dropped.
pub struct KeyFile(Zeroizing<[u8; 32]>);

impl KeyFile {
    /// Where the key lies unless the caller says otherwise: beside the data folder, `DATA.key`.
    ///
    /// # Errors
    /// [`CenterError::Io`] when the folder has no place of its own.
    pub fn default_path(data: &Path) -> Result<PathBuf, CenterError> {
        let data = std::path::absolute(data)?;
        let mut name: OsString = data
            .file_name()
            .ok_or_else(|| std::io::Error::from(ErrorKind::InvalidInput))?
            .to_owned();
        name.push(".key");
        Ok(data.with_file_name(name))
    }

    /// Reads the key of an existing center.
    ///
    /// # Errors
    /// `key.missing`, `key.inside_data`, `key.readable_by_others`, `key.malformed`.
    pub fn read(path: &Path, data: &Path) -> Result<Self, CenterError> {
        let about = match fs::metadata(path) {
            Ok(about) if about.len() <= MAX_FILE => about,
            Ok(_) => return Err(CenterError::code_only(Code::KeyMalformed)),
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(CenterError::code_only(Code::KeyMissing));
            }
            Err(e) => return Err(e.into()),
        };
        refuse_inside(path, data)?;
        refuse_open(&about)?;
        let text = Zeroizing::new(fs::read(path)?);
        let key = from_hex(text.trim_ascii());
        key.map(Self)
            .ok_or_else(|| CenterError::code_only(Code::KeyMalformed))
    }

    /// Makes the key of a new center; a key that is there already is read instead.
    ///
    /// # Errors
    /// As [`KeyFile::read`], and those of the file system.
    pub fn make(path: &Path, data: &Path) -> Result<Self, CenterError> {
        refuse_inside(path, data)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = match options.open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Self::read(path, data),
            Err(e) => return Err(e.into()),
        };
        let key = Zeroizing::new(system::random::<32>()?);
        file.write_all(to_hex(&key).as_bytes())?;
        file.sync_all()?;
        sync_folder_of(path)?;
        Ok(Self(key))
    }

    /// SQLCipher's raw key.
    pub fn database_key(&self) -> DatabaseKey {
        DatabaseKey::from_bytes(blake3::derive_key(
            "xunyi center v1 database key",
            self.0.as_slice(),
        ))
    }

    /// The raw key of every backup.
    pub fn backup_key(&self) -> DatabaseKey {
        DatabaseKey::from_bytes(blake3::derive_key(
            "xunyi center v1 backup key",
            self.0.as_slice(),
        ))
    }

    /// What seals the authority's key and the center's own.
    pub fn sealer(&self) -> Sealer {
        Sealer::new(blake3::derive_key(
            "xunyi center v1 sealing key",
            self.0.as_slice(),
        ))
    }
}

/// A file's name is on disk only when its folder is.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) && !folder.as_os_str().is_empty() => {
            File::open(folder)?.sync_all()
        }
        _ => Ok(()),
    }
}

fn refuse_inside(path: &Path, data: &Path) -> Result<(), CenterError> {
    let path = std::path::absolute(path)?;
    let folder = path.parent().unwrap_or(&path);
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if real(folder).starts_with(real(&std::path::absolute(data)?)) {
        return Err(CenterError::code_only(Code::KeyInside));
    }
    Ok(())
}

#[cfg(unix)]
fn refuse_open(about: &fs::Metadata) -> Result<(), CenterError> {
    use std::os::unix::fs::PermissionsExt;
    if about.permissions().mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(CenterError::code_only(Code::KeyOpen))
    }
}

#[cfg(not(unix))]
fn refuse_open(_: &fs::Metadata) -> Result<(), CenterError> {
    Ok(())
}

fn to_hex(key: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in key {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text.push('\n');
    text
}

fn from_hex(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0; 32]);
    if text.len() != 64 {
        return None;
    }
    for (slot, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
        for digit in pair {
            let nibble = char::from(*digit).to_digit(16)?;
            *slot = (*slot << 4) | u8::try_from(nibble).ok()?;
        }
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        folder: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("data")).unwrap();
            Self { folder }
        }

        fn data(&self) -> PathBuf {
            self.folder.path().join("data")
        }
    }

    fn code(result: Result<KeyFile, CenterError>) -> &'static str {
        result.map(|_| ()).unwrap_err().code()
    }

    #[test]
    fn a_key_is_made_once_beside_the_folder_and_read_again() {
        let place = Place::new();
        let path = KeyFile::default_path(&place.data()).unwrap();
        assert_eq!(path, place.folder.path().join("data.key"));
        let made = KeyFile::make(&path, &place.data()).unwrap();
        let again = KeyFile::make(&path, &place.data()).unwrap();
        let read = KeyFile::read(&path, &place.data()).unwrap();
        assert_eq!(made.database_key(), again.database_key());
        assert_eq!(made.database_key(), read.database_key());
    }

    #[test]
    fn a_key_inside_the_data_folder_is_refused_however_it_is_named() {
        let place = Place::new();
        fs::create_dir(place.data().join("deeper")).unwrap();
        for name in ["key", "deeper/key", "../data/key"] {
            let path = place.data().join(name);
            assert_eq!(code(KeyFile::make(&path, &place.data())), "key.inside_data");
            assert!(!path.exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new();
        let path = place.folder.path().join("key");
        KeyFile::make(&path, &place.data()).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(
            code(KeyFile::read(&path, &place.data())),
            "key.readable_by_others"
        );
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        let place = Place::new();
        let path = place.folder.path().join("key");
        assert_eq!(code(KeyFile::read(&path, &place.data())), "key.missing");
        KeyFile::make(&path, &place.data()).unwrap();
        for text in [
            "",
            "zz",
            &"0".repeat(63),
            &"g".repeat(64),
            &"0".repeat(5000),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(code(KeyFile::read(&path, &place.data())), "key.malformed");
        }
    }

    #[test]
    fn the_keys_have_nothing_in_common() {
        let file = KeyFile(Zeroizing::new([7; 32]));
        assert_ne!(file.database_key(), file.backup_key());
        let sealed = file.sealer().seal(b"about", b"secret").unwrap();
        let other = Sealer::new(*file.database_key().as_bytes());
        assert!(other.open(b"about", &sealed).is_err());
    }
}
