//! `init`: makes a center. Key, folder, database, authority, own feed, settings and the tables that ship.

use serde_json::json;
use xunyi_pki::SiteNumber;

use super::Answer;
use crate::center::Center;
use crate::error::CenterError;
use crate::folder::Folder;
use crate::site::{settings, tables};
use crate::system;

/// Makes the center of a site.
///
/// # Errors
/// `center.exists`, `name.unusable`, those of the key file and of the store.
pub fn make(folder: &Folder, site: SiteNumber, name: &str) -> Result<Center, CenterError> {
    let name = crate::site::name(name)?;
    folder.make(site, |store, key| {
        Center::found(
            store,
            &key.sealer(),
            site,
            &name,
            system::now_ms(),
            |ledger, page| {
                settings::first(page, &name);
                tables::publish_shipped(ledger, page)
            },
        )
    })
}

/// `xunyi-center init`.
///
/// # Errors
/// As [`make`].
pub fn run(folder: &Folder, site: SiteNumber, name: &str) -> Result<Answer, CenterError> {
    Ok(about(&make(folder, site, name)?))
}

fn about(center: &Center) -> Answer {
    let fingerprint = center.authority().cert().fingerprint();
    Answer::new(
        json!({
            "site": center.site_number(),
            "site_name": center.name(),
            "feed": center.feed().to_hex(),
            "fingerprint": fingerprint.to_string(),
        }),
        format!(
            "中心已建立 / center made: {} ({})\n证书指纹 / authority: {fingerprint}",
            center.name(),
            center.site_number(),
        ),
    )
}
