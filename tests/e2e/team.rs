//! A site for one flow: a center that serves, and windows that were enrolled there.

use std::path::Path;
use tempfile::TempDir;
use xunyi_tests::place;
use xunyi_tests::site::{Device, Filled, Member, Site};
use xunyi_tests::window::Window;

/// A center with its folder; everything ends and vanishes with it.
pub(crate) struct Team {
    pub(crate) folder: TempDir,
    pub(crate) site: Site,
}

impl Team {
    /// A serving center with the hamlet's site data.
    pub(crate) fn assemble() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = place::free_port().unwrap();
        let mut site = Site::filled(folder.path(), Filled::hamlet(), port).unwrap();
        site.center.serve().unwrap();
        Self { folder, site }
    }

    /// As [`Team::assemble`], with the hamlet's clinical history played by a PC at base.
    pub(crate) fn with_history() -> Self {
        let team = Self::assemble();
        let base = team.device("基地电脑", false);
        let pharmacist = team.member("pharmacist");
        base.sync(&pharmacist).unwrap();
        base.run(None, &["demo", "--small"]).unwrap();
        base.sync(&pharmacist).unwrap();
        team
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn member(&self, role: &str) -> Member {
        self.site.member(role).unwrap()
    }

    /// A device worked without a window.
    pub(crate) fn device(&self, name: &str, rides: bool) -> Device {
        let data = self.path().join(name);
        self.site.device(&data, name, rides).unwrap()
    }

    /// A window on the vehicle, enrolled, synced, with this member's PIN set; the screen is locked.
    pub(crate) async fn tablet(&self, name: &str, members: &[&Member]) -> Window {
        let home = self.path().join(name);
        let device = self.site.device(&home.join("data"), name, true).unwrap();
        for member in members {
            device.first_sign_in(member).unwrap();
        }
        device.sync(members[0]).unwrap();
        Window::open(&home).await.unwrap()
    }
}
