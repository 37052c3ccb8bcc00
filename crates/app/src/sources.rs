//! What a program cannot make up by itself: the time and random bytes. The product asks the system; a
//! simulator plays years from one seed.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

/// The device's clock.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970, UTC.
    fn now(&self) -> i64;
}

/// Random bytes fit for keys.
pub trait Ids: Send + Sync {
    /// Fills the slice.
    fn fill(&self, bytes: &mut [u8]);

    /// A UUIDv7 of this time: ids of one day lie side by side in an index.
    fn uuid(&self, now: i64) -> Uuid {
        let mut random = [0u8; 10];
        self.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(now).unwrap_or(0), &random)
            .into_uuid()
    }
}

/// Chinese standard time, the only one in use where the vehicles drive.
const EAST_OF_UTC_S: i32 = 8 * 3600;

/// The civil date of a moment where the vehicle is.
pub fn local_date(at: i64) -> NaiveDate {
    let utc = DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default();
    match FixedOffset::east_opt(EAST_OF_UTC_S) {
        Some(zone) => utc.with_timezone(&zone).date_naive(),
        None => utc.date_naive(),
    }
}

/// The moment at which a civil date begins where the vehicle is, ms.
pub fn day_start(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp_millis() - i64::from(EAST_OF_UTC_S) * 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_changes_at_midnight_where_the_vehicle_is() {
        let before = 1_795_449_599_000; // 2026-11-23T15:59:59Z
        assert_eq!(local_date(before).to_string(), "2026-11-23");
        assert_eq!(local_date(before + 1_000).to_string(), "2026-11-24");
        assert_eq!(day_start(local_date(before + 1_000)), before + 1_000);
    }
}
