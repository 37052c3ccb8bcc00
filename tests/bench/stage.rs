//! A site, and a device whose link to it can be made slow and is counted above TLS.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use xunyi_app::{Device as Opened, Settings, SignedIn};
use xunyi_model::StaffId;
use xunyi_tests::link::Link;
use xunyi_tests::site::{Device, Member, Site};
use xunyi_tests::{Outcome, place};

use crate::proxy::{Passed, Proxy};

/// The site, and the device behind link and proxy.
pub struct Stage {
    /// The site; its center serves.
    pub site: Site,
    /// What the device is connected by: TCP as it is.
    pub link: Link,
    /// The device, on the vehicle.
    pub device: Device,
    /// Who works.
    pub doctor: Member,
    proxy: Proxy,
}

impl Stage {
    /// A site with what these files of the workload need.
    ///
    /// # Errors
    /// If a program refuses.
    pub fn set(folder: &Path, files: &[&Path]) -> Outcome<Self> {
        let mut site = Site::for_workload(folder, files, place::free_port()?)?;
        let proxy = Proxy::before(&site.center.data(), site.center.address())?;
        let link = Link::to(proxy.address())?;
        site.center.stands_behind(link.address());
        site.center.serve()?;
        let doctor = site.member("gp")?;
        let device = joined(&site, &link, &folder.join("device"), "流动车")?;
        Ok(Stage {
            site,
            link,
            device,
            doctor,
            proxy,
        })
    }

    /// A further device on the vehicle, with nothing but the site's own data.
    ///
    /// # Errors
    /// If a program refuses.
    pub fn another(&self, data: &Path) -> Outcome<Device> {
        joined(&self.site, &self.link, data, "流动车 2")
    }

    /// An exchange; what passed, and what the device says of it.
    ///
    /// # Errors
    /// As the device says.
    pub fn exchange(&self) -> Outcome<(Passed, Value)> {
        let before = self.proxy.passed();
        let report = self.device.sync(&self.doctor)?;
        Ok((self.proxy.passed().since(before), report))
    }

    /// Exchanges until nothing is left to send, then once more: what that takes.
    ///
    /// # Errors
    /// As the device says.
    pub fn idle(&self) -> Outcome<Passed> {
        self.exchange()?;
        Ok(self.exchange()?.0)
    }
}

/// A device that is enrolled, on which everybody may work, and that has heard of villages and vehicles.
fn joined(site: &Site, link: &Link, data: &Path, name: &str) -> Outcome<Device> {
    let device = Device::at(data);
    device.enrol(&site.code_for(name, true, &link.address().to_string())?)?;
    for member in &site.staff {
        device.first_sign_in(member)?;
    }
    device.sync(&site.member("gp")?)?;
    Ok(device)
}

/// Opens a device's folder within this program, somebody having shown who they are.
///
/// # Errors
/// As the device says.
pub fn opened(data: &Path, member: &Member, settings: Settings) -> Outcome<(Opened, SignedIn)> {
    let device = Opened::open(data, settings)?;
    let id: StaffId = serde_json::from_value(json!(member.id))?;
    let signed = device.recognise(id, &member.password)?;
    Ok((device, signed))
}

#[expect(clippy::disallowed_methods, reason = "what is measured is time")]
pub fn now() -> Instant {
    Instant::now()
}

/// The system's time, ms.
///
/// # Errors
/// If the clock stands before 1970.
#[expect(clippy::disallowed_methods, reason = "certificates hold for a time")]
pub fn now_ms() -> Outcome<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_millis())?)
}
