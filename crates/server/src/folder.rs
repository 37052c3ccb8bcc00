//! A center's data folder: which site and which kind of database it is, its key, and how they are opened. Two
//! `serve` on one SQLite folder are refused; other commands may run beside it.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use xunyi_pki::SiteNumber;
use xunyi_store::FolderLock;

use crate::center::Center;
use crate::error::CenterError;
use crate::key_file::{KeyFile, sync_folder_of};
use crate::store::{CenterStore, PostgresStore, SqliteStore, is_postgres_address};
use crate::words::Code;

const ABOUT: &str = "center.json";
const DATABASE: &str = "center.db";

/// What `center.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct About {
    version: u32,
    site: SiteNumber,
    database: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Sqlite,
    Postgres,
}

/// Where a center is, as the command line says.
#[derive(Clone, Debug)]
pub struct Folder {
    data: PathBuf,
    key: PathBuf,
    database: Option<String>,
    runtime: Handle,
}

impl Folder {
    /// `key`: beside the data folder when absent. `database`: an address of PostgreSQL; SQLite in the folder when
    /// absent. `runtime` drives PostgreSQL.
    ///
    /// # Errors
    /// `store.database_address` for an address of anything else.
    pub fn new(
        data: &Path,
        key: Option<PathBuf>,
        database: Option<String>,
        runtime: Handle,
    ) -> Result<Self, CenterError> {
        if database.as_deref().is_some_and(|d| !is_postgres_address(d)) {
            return Err(CenterError::code_only(Code::DatabaseAddress));
        }
        let key = match key {
            Some(key) => key,
            None => KeyFile::default_path(data)?,
        };
        Ok(Self {
            data: data.to_owned(),
            key,
            database,
            runtime,
        })
    }

    /// Makes the folder and what is in it, for `found` to make the center of `site` in the store.
    ///
    /// # Errors
    /// `center.exists`, those of the key file, of the file system, of the store.
    pub fn make(
        &self,
        site: SiteNumber,
        found: impl FnOnce(Arc<dyn CenterStore>, &KeyFile) -> Result<Center, CenterError>,
    ) -> Result<Center, CenterError> {
        make_private(&self.data)?;
        let wanted = About {
            version: 1,
            site,
            database: self.kind(),
        };
        // A folder whose making was cut short has this file and no center yet: then it is made now.
        match self.about() {
            Ok(found) if found == wanted => {}
            Ok(_) => return Err(CenterError::code_only(Code::CenterExists)),
            Err(CenterError::Said(Code::NoCenter, _)) => {}
            Err(e) => return Err(e),
        }
        let key = KeyFile::make(&self.key, &self.data)?;
        let store = self.store(&key)?;
        put_about(&self.data, &wanted)?;
        found(store, &key)
    }

    /// Opens the center.
    ///
    /// # Errors
    /// `center.not_found`, `center.other_database`, those of the key file and of the store.
    pub fn open(&self) -> Result<Center, CenterError> {
        let about = self.about()?;
        if about.database != self.kind() {
            return Err(CenterError::code_only(Code::OtherDatabase));
        }
        let key = self.key()?;
        Center::open(self.store(&key)?, &key.sealer(), about.site)
    }

    /// Keeps a second server off a SQLite folder for as long as the answer lives; PostgreSQL takes any number.
    ///
    /// # Errors
    /// `store.folder_in_use`.
    pub fn lock(&self) -> Result<Option<FolderLock>, CenterError> {
        Ok(match self.kind() {
            Kind::Sqlite => Some(FolderLock::take(&self.data)?),
            Kind::Postgres => None,
        })
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The key of a center that was made before.
    ///
    /// # Errors
    /// Those of the key file.
    pub(crate) fn key(&self) -> Result<KeyFile, CenterError> {
        KeyFile::read(&self.key, &self.data)
    }

    /// True where the folder is that of a center of this site on this kind of database.
    ///
    /// # Errors
    /// Those of the file system, and a folder that cannot be read.
    pub(crate) fn is_of(&self, site: SiteNumber) -> Result<bool, CenterError> {
        match self.about() {
            Ok(about) => Ok(about.site == site && about.database == self.kind()),
            Err(CenterError::Said(Code::NoCenter, _)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// True where the database is a file in the folder.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.kind() == Kind::Sqlite
    }

    /// The PostgreSQL that the center is on, where it is on one.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn database(&self) -> Result<Option<PostgresStore>, CenterError> {
        let address = self.database.as_deref();
        let open = |address| PostgresStore::open(address, self.runtime.clone());
        address.map(open).transpose()
    }

    /// The database file of a folder that is to become this one.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn sqlite_in(
        &self,
        folder: &Path,
        key: &KeyFile,
    ) -> Result<SqliteStore, CenterError> {
        SqliteStore::open(&folder.join(DATABASE), &key.database_key())
    }

    /// Writes what the folder is into one that is to become this one.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn put_about_in(&self, folder: &Path, site: SiteNumber) -> Result<(), CenterError> {
        let about = About {
            version: 1,
            site,
            database: self.kind(),
        };
        put_about(folder, &about)
    }

    fn kind(&self) -> Kind {
        match self.database {
            None => Kind::Sqlite,
            Some(_) => Kind::Postgres,
        }
    }

    fn store(&self, key: &KeyFile) -> Result<Arc<dyn CenterStore>, CenterError> {
        Ok(match &self.database {
            None => Arc::new(self.sqlite_in(&self.data, key)?),
            Some(address) => Arc::new(PostgresStore::open(address, self.runtime.clone())?),
        })
    }

    fn about(&self) -> Result<About, CenterError> {
        let text = match fs::read(self.data.join(ABOUT)) {
            Ok(text) => text,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(CenterError::code_only(Code::NoCenter));
            }
            Err(e) => return Err(e.into()),
        };
        serde_json::from_slice(&text)
            .ok()
            .filter(|about: &About| about.version == 1)
            .ok_or_else(|| CenterError::code_only(Code::FolderUnreadable))
    }
}

fn put_about(folder: &Path, about: &About) -> Result<(), CenterError> {
    let path = folder.join(ABOUT);
    let new = folder.join("center.json.new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    let text = serde_json::to_string(about).map_err(std::io::Error::from)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, &path)?;
    Ok(sync_folder_of(&path)?)
}

/// A folder that only this user can look into.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
