//! Which data folder this window works on, as said on the command line or by the environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// What was asked for at the start.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The data folder; none means the system's own place for this program.
    pub data: Option<PathBuf>,
}

impl Options {
    /// Reads `--data DIR`; without it `environment` (the value of `XUNYI_DATA`) counts.
    ///
    /// # Errors
    /// A line for the terminal when an argument is unknown or `--data` has no folder.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
        environment: Option<OsString>,
    ) -> Result<Self, String> {
        let mut data = environment.filter(|value| !value.is_empty());
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if argument != "--data" {
                return Err(format!("xunyi [--data DIR]: not known: {argument:?}"));
            }
            data = Some(arguments.next().ok_or("--data needs a folder")?);
        }
        Ok(Options {
            data: data.map(PathBuf::from),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], environment: Option<&str>) -> Result<Option<PathBuf>, String> {
        let arguments = arguments.iter().map(OsString::from);
        Options::read(arguments, environment.map(OsString::from)).map(|options| options.data)
    }

    #[test]
    fn the_argument_wins_over_the_environment() {
        assert_eq!(read(&["--data", "a"], Some("b")), Ok(Some("a".into())));
        assert_eq!(read(&[], Some("b")), Ok(Some("b".into())));
        assert_eq!(read(&[], Some("")), Ok(None));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(read(&["--data"], None).is_err());
        assert!(read(&["--speed", "9"], None).is_err());
    }
}
