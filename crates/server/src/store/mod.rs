//! Where the center keeps what it has: SQLite or PostgreSQL behind one trait of one call, and the few tables that
//! only a center has. Knows nothing of requests or of what entries mean.

mod blobs;
mod copy;
mod enrolments;
mod figures;
mod lease;
mod postgres;
mod site;
mod sqlite;
mod tables;
mod values;

use std::fmt::Debug;
use std::time::Duration;

use xunyi_ledger::Sql;

use crate::error::CenterError;

pub use blobs::{put_table, table};
pub use copy::{copy_site, set_aside, sites};
pub use enrolments::{
    Enrolment, Used, end_open_enrolments, find_enrolment, mark_used, open_enrolments, put_enrolment,
};
pub use figures::{Figures, figures, ping};
pub use lease::{release_lease, take_lease};
pub use postgres::{PostgresStore, is_address as is_postgres_address};
pub use site::{SiteRow, put_site, site_row};
pub use sqlite::SqliteStore;
pub use values::{
    Remembered, clear_refilled, forget, put_refilled, refilled, remember, remembered, value,
};

/// How often a transaction that another was in the way of is tried.
const ATTEMPTS: u32 = 8;

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// One state of everything, nothing written.
    Read,
    /// All or nothing, on disk when it is over.
    Write,
}

/// A database of the center.
pub trait CenterStore: Send + Sync + Debug {
    /// Runs `work` in one transaction: committed, and on disk, when both it and this answer `Ok`; rolled back
    /// otherwise. Blocks; never call it from an asynchronous task.
    ///
    /// # Errors
    /// What `work` answers, or what the database does.
    fn run(
        &self,
        access: Access,
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), CenterError>,
    ) -> Result<(), CenterError>;
}

/// Runs `work` in one transaction, anew when another transaction was in the way.
///
/// # Errors
/// What `work` answers last, or what the database does.
pub fn transaction<T>(
    store: &dyn CenterStore,
    access: Access,
    mut work: impl FnMut(&mut dyn Sql) -> Result<T, CenterError>,
) -> Result<T, CenterError> {
    let mut attempt = 1;
    loop {
        let mut answer = None;
        let ended = store.run(access, &mut |sql| {
            answer = Some(work(sql)?);
            Ok(())
        });
        match (ended, answer) {
            (Ok(()), Some(answer)) => return Ok(answer),
            (Err(e), _) if !(e.may_retry() && attempt < ATTEMPTS) => return Err(e),
            (Err(_), _) | (Ok(()), None) => {
                std::thread::sleep(pause(attempt));
                attempt += 1;
            }
        }
    }
}

/// Longer each time, and not the same for two that met.
fn pause(attempt: u32) -> Duration {
    let jitter = crate::system::random::<1>().map_or(0, |[byte]| u64::from(byte) % 16);
    Duration::from_millis((5 << attempt.min(6)) + jitter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use xunyi_ledger::SqlError;

    /// Refuses so many times, then lets the work be.
    #[derive(Debug)]
    struct Busy(AtomicU32);

    impl CenterStore for Busy {
        fn run(
            &self,
            _: Access,
            _: &mut dyn FnMut(&mut dyn Sql) -> Result<(), CenterError>,
        ) -> Result<(), CenterError> {
            let left = self.0.load(Ordering::SeqCst);
            self.0.store(left.saturating_sub(1), Ordering::SeqCst);
            Err(if left > 0 {
                SqlError::Retry
            } else {
                SqlError::DiskFull
            }
            .into())
        }
    }

    #[test]
    fn a_transaction_in_the_way_is_waited_for_and_another_failure_is_not() {
        let busy = Busy(AtomicU32::new(3));
        let ended = transaction(&busy, Access::Write, |_| Ok(()));
        assert_eq!(ended.unwrap_err().code(), "store.disk_full");
        assert_eq!(busy.0.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn trying_ends() {
        let busy = Busy(AtomicU32::new(u32::MAX));
        let ended = transaction(&busy, Access::Write, |_| Ok(()));
        assert_eq!(ended.unwrap_err().code(), "store.busy");
        assert_eq!(busy.0.load(Ordering::SeqCst), u32::MAX - ATTEMPTS);
    }
}
