//! What the center asks of the system it runs on: the clock and random bytes. Everything else gets both as
//! arguments or through here.

use uuid::Uuid;

use crate::error::CenterError;

/// Milliseconds since 1970, UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the center reads the clock"
)]
pub fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// Where a center has its random bytes from: a simulator plays it from one seed.
pub trait Entropy: Send + Sync {
    /// Fills a slice with bytes fit for keys.
    ///
    /// # Errors
    /// [`CenterError::Io`] when there are none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CenterError>;
}

impl dyn Entropy {
    /// So many of them.
    ///
    /// # Errors
    /// As [`Entropy::fill`].
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], CenterError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// The system's own.
#[derive(Clone, Copy, Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CenterError> {
        fill(bytes)
    }
}

/// Random bytes fit for keys.
///
/// # Errors
/// [`CenterError::Io`] when the system has none to give.
pub fn random<const N: usize>() -> Result<[u8; N], CenterError> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// Fills a slice with random bytes fit for keys.
///
/// # Errors
/// [`CenterError::Io`] when the system has none to give.
pub fn fill(bytes: &mut [u8]) -> Result<(), CenterError> {
    getrandom::fill(bytes).map_err(|error| CenterError::Io(std::io::Error::other(error)))
}

/// A UUIDv7 of this time.
///
/// # Errors
/// As [`random`].
pub fn uuid(now: i64) -> Result<Uuid, CenterError> {
    let random = random::<10>()?;
    Ok(
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(now).unwrap_or(0), &random)
            .into_uuid(),
    )
}
