//! The demonstration as a new user starts it, without a display: made, played, read back, and found again.

use std::path::Path;
use xunyi_tests::process::{Process, run};

fn demonstrated(data: &Path) -> String {
    let mut day = Process::own("xunyi-day", &["--small", "--data"]).unwrap();
    day.arg(data)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY");
    run(day).unwrap()
}

#[test]
fn a_short_day_is_played_in_two_windows_and_all_databases_hold_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let first = demonstrated(&data);
    assert!(
        first.contains("4/4 from the center to the vehicle's tablets"),
        "{first}"
    );
    assert!(first.trim_end().ends_with("All hold the same."), "{first}");
    for picture in [
        "1-lock",
        "2-today",
        "3-consult",
        "4-patients",
        "5-pharmacy",
        "6-sync",
    ] {
        let file = data.join(format!("screenshots/{picture}.png"));
        // An empty screen makes a PNG of some hundred bytes.
        assert!(std::fs::metadata(&file).unwrap().len() > 3000, "{picture}");
    }
    // A second start goes on with the day that is open.
    let second = demonstrated(&data);
    assert!(!second.contains("1/4"), "{second}");
    assert!(
        second.trim_end().ends_with("All hold the same."),
        "{second}"
    );
}
