//! The C side: a VFS that hands every call on to the system's own and writes down those that change files.
//!
//! What makes it sound: the recorder and its VFS are never freed; SQLite gives each file `szOsFile` bytes,
//! which is our header and right behind it the room that the system's VFS asked for; no callback panics.
#![allow(
    unsafe_code,
    reason = "SQLite calls a VFS through raw pointers; nothing else in the workspace does this"
)]

use super::log::{Event, FileId, FileKind, Log, ShmCall};
use crate::Outcome;
use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};
use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A registered VFS and its log. Lives as long as the process.
pub struct Recorder {
    name: CString,
    system: *mut sqlite3_vfs,
    log: Mutex<Log>,
}

// SAFETY: `system` is SQLite's own default VFS, which it calls from any thread; the log has its lock.
unsafe impl Sync for Recorder {}
// SAFETY: as above.
unsafe impl Send for Recorder {}

impl Recorder {
    /// Registers a VFS under a name of its own, for [`rusqlite`] and the store to open databases with.
    ///
    /// # Errors
    /// When the name holds a NUL, or SQLite has no VFS to build on.
    pub fn register(name: &str) -> Outcome<&'static Self> {
        // SAFETY: a null name asks for the default VFS; it stays registered for good.
        let system = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
        if system.is_null() {
            return Err("SQLite has no default VFS".into());
        }
        let recorder: &'static Self = Box::leak(Box::new(Self {
            name: CString::new(name)?,
            system,
            log: Mutex::default(),
        }));
        // SAFETY: `system` is valid for reads; the copy refers to nothing that ends.
        let mut vfs = unsafe { *system };
        vfs.iVersion = 2;
        vfs.szOsFile += c_int::try_from(size_of::<File>())?;
        vfs.pNext = std::ptr::null_mut();
        vfs.zName = recorder.name.as_ptr();
        vfs.pAppData = std::ptr::from_ref(recorder).cast_mut().cast();
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        vfs.xAccess = Some(access);
        vfs.xFullPathname = Some(full_pathname);
        vfs.xRandomness = Some(randomness);
        vfs.xSleep = Some(sleep);
        vfs.xCurrentTime = Some(current_time);
        vfs.xCurrentTimeInt64 = Some(current_time_int64);
        vfs.xGetLastError = Some(last_error);
        (vfs.xDlOpen, vfs.xDlError, vfs.xDlSym, vfs.xDlClose) = (None, None, None, None);
        // SAFETY: the leaked struct is as SQLite wants it and outlives every connection.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0) };
        if code == ffi::SQLITE_OK {
            Ok(recorder)
        } else {
            Err(format!("SQLite did not take the VFS: {code}").into())
        }
    }

    /// The name to open databases with.
    pub fn name(&self) -> &str {
        self.name.to_str().unwrap_or_default()
    }

    /// The log; nothing is written down while it is held.
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the log as it stands and begins an empty one for the same files.
    pub fn take(&self) -> Log {
        let mut log = self.log();
        let next = log.of_the_same_files();
        std::mem::replace(&mut log, next)
    }
}

/// Our part of an open file; the system's own part follows it in memory.
#[repr(C)]
struct File {
    base: sqlite3_file,
    recorder: &'static Recorder,
    id: Option<FileId>,
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Version 2: shared memory, but no mapping of the file itself, so that every byte comes by `write`.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Hands a call on to the system's VFS.
macro_rules! vfs {
    ($vfs:expr, $method:ident($($arg:expr),*), or $none:expr) => {{
        // SAFETY: `pAppData` is the recorder that `register` put there, and its VFS stays registered.
        let system = unsafe { (*(*$vfs).pAppData.cast::<Recorder>()).system };
        // SAFETY: the arguments are SQLite's own, passed on as they came.
        unsafe { (*system).$method.map_or($none, |call| call(system, $($arg),*)) }
    }};
}

/// Hands a call on to the system's part of the file.
macro_rules! file {
    ($file:expr, $method:ident($($arg:expr),*), or $none:expr) => {{
        let inner = inner($file);
        // SAFETY: the system's `xOpen` set the methods; the arguments are SQLite's own.
        unsafe { (*(*inner).pMethods).$method.map_or($none, |call| call(inner, $($arg),*)) }
    }};
}

fn inner(file: *mut sqlite3_file) -> *mut sqlite3_file {
    file.cast::<File>().wrapping_add(1).cast()
}

/// Writes down an event of a file that has a name.
fn note(file: *mut sqlite3_file, event: impl FnOnce(FileId) -> Event) {
    // SAFETY: `open` wrote the header before SQLite may call any method.
    let (recorder, id) = unsafe { ((*file.cast::<File>()).recorder, (*file.cast::<File>()).id) };
    if let Some(id) = id {
        recorder.log().push(event(id));
    }
}

fn path_of<'p>(name: *const c_char) -> Option<&'p Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: SQLite's names end with a NUL and live as long as the call that uses the path here.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

fn kind_of(flags: c_int) -> FileKind {
    if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 {
        FileKind::Database
    } else if flags & ffi::SQLITE_OPEN_WAL != 0 {
        FileKind::Wal
    } else {
        FileKind::Other
    }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes, enough for our header.
    unsafe { (*file).pMethods = std::ptr::null() };
    let held = path_of(name).and_then(|path| std::fs::read(path).ok());
    let code = vfs!(vfs, xOpen(name, inner(file), flags, out), or ffi::SQLITE_ERROR);
    if code != ffi::SQLITE_OK {
        return code;
    }
    // SAFETY: as in `vfs!`; the recorder is never freed.
    let recorder: &'static Recorder = unsafe { &*(*vfs).pAppData.cast::<Recorder>() };
    let id = path_of(name).map(|path| {
        let mut log = recorder.log();
        let id = log.id_of(path, kind_of(flags));
        if log.is_gone(id) {
            log.push(Event::Opened { file: id, held });
        }
        id
    });
    let base = sqlite3_file {
        pMethods: &raw const METHODS,
    };
    // SAFETY: `file` points at room for our header, aligned as SQLite aligns every allocation.
    unsafe { file.cast::<File>().write(File { base, recorder, id }) };
    code
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let code = vfs!(vfs, xDelete(name, sync), or ffi::SQLITE_ERROR);
    if let (ffi::SQLITE_OK, Some(path)) = (code, path_of(name)) {
        // SAFETY: as in `vfs!`.
        let recorder = unsafe { &*(*vfs).pAppData.cast::<Recorder>() };
        let mut log = recorder.log();
        let file = log.id_of(path, FileKind::Other);
        let safe = sync != 0;
        log.push(Event::Removed { file, safe });
    }
    code
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    vfs!(vfs, xAccess(name, flags, out), or ffi::SQLITE_ERROR)
}

unsafe extern "C" fn full_pathname(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    len: c_int,
    out: *mut c_char,
) -> c_int {
    vfs!(vfs, xFullPathname(name, len, out), or ffi::SQLITE_ERROR)
}

unsafe extern "C" fn randomness(vfs: *mut sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    vfs!(vfs, xRandomness(len, out), or 0)
}

unsafe extern "C" fn sleep(vfs: *mut sqlite3_vfs, micros: c_int) -> c_int {
    vfs!(vfs, xSleep(micros), or 0)
}

unsafe extern "C" fn current_time(vfs: *mut sqlite3_vfs, out: *mut f64) -> c_int {
    vfs!(vfs, xCurrentTime(out), or ffi::SQLITE_ERROR)
}

unsafe extern "C" fn current_time_int64(vfs: *mut sqlite3_vfs, out: *mut sqlite3_int64) -> c_int {
    vfs!(vfs, xCurrentTimeInt64(out), or ffi::SQLITE_ERROR)
}

unsafe extern "C" fn last_error(vfs: *mut sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    vfs!(vfs, xGetLastError(len, out), or 0)
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    file!(file, xClose(), or ffi::SQLITE_OK)
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    out: *mut c_void,
    len: c_int,
    offset: sqlite3_int64,
) -> c_int {
    file!(file, xRead(out, len, offset), or ffi::SQLITE_IOERR_READ)
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    len: c_int,
    offset: sqlite3_int64,
) -> c_int {
    let code = file!(file, xWrite(bytes, len, offset), or ffi::SQLITE_IOERR_WRITE);
    if let (ffi::SQLITE_OK, Ok(len), Ok(offset)) =
        (code, usize::try_from(len), u64::try_from(offset))
    {
        // SAFETY: SQLite hands `len` readable bytes.
        let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), len) }.to_vec();
        note(file, |file| Event::Written {
            file,
            offset,
            bytes,
        });
    }
    code
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, len: sqlite3_int64) -> c_int {
    let code = file!(file, xTruncate(len), or ffi::SQLITE_IOERR_TRUNCATE);
    if let (ffi::SQLITE_OK, Ok(len)) = (code, u64::try_from(len)) {
        note(file, |file| Event::Truncated { file, len });
    }
    code
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let code = file!(file, xSync(flags), or ffi::SQLITE_IOERR_FSYNC);
    if code == ffi::SQLITE_OK {
        note(file, |file| Event::Synced { file });
    }
    code
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    file!(file, xFileSize(out), or ffi::SQLITE_IOERR_FSTAT)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    file!(file, xLock(level), or ffi::SQLITE_IOERR_LOCK)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    file!(file, xUnlock(level), or ffi::SQLITE_IOERR_UNLOCK)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    file!(file, xCheckReservedLock(out), or ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, what: c_int, arg: *mut c_void) -> c_int {
    file!(file, xFileControl(what, arg), or ffi::SQLITE_NOTFOUND)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    file!(file, xSectorSize(), or 0)
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    file!(file, xDeviceCharacteristics(), or 0)
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    note(file, |file| shm(file, ShmCall::Map));
    file!(file, xShmMap(page, size, extend, out), or ffi::SQLITE_IOERR_SHMMAP)
}

unsafe extern "C" fn shm_lock(
    file: *mut sqlite3_file,
    offset: c_int,
    n: c_int,
    flags: c_int,
) -> c_int {
    note(file, |file| shm(file, ShmCall::Lock));
    file!(file, xShmLock(offset, n, flags), or ffi::SQLITE_IOERR_SHMLOCK)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    note(file, |file| shm(file, ShmCall::Barrier));
    let () = file!(file, xShmBarrier(), or());
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, remove: c_int) -> c_int {
    note(file, |file| shm(file, ShmCall::Unmap));
    file!(file, xShmUnmap(remove), or ffi::SQLITE_OK)
}

fn shm(file: FileId, call: ShmCall) -> Event {
    Event::Shm { file, call }
}
