//! `enrol-code`: gives out a one-time code for a new device, as text to type and as a QR code to scan.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde_json::json;
use xunyi_ledger::Ledger;
use xunyi_pki::EnrolmentCode;

use super::Answer;
use crate::center::Center;
use crate::error::CenterError;
use crate::site::{devices, places, settings};
use crate::store::{Enrolment, open_enrolments, put_enrolment};
use crate::system;
use crate::words::Code;

/// A code holds for a week at most.
const LONGEST_MINUTES: u32 = 7 * 24 * 60;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Name of the device.
    pub name: String,
    /// Its letter; the next free one when absent.
    pub letter: Option<String>,
    /// The vehicle that it rides on: id, plate or name.
    pub vehicle: Option<String>,
    /// How long the code holds.
    pub valid_minutes: u32,
    /// The address to put into the code; the site's first when absent.
    pub address: Option<String>,
}

/// Keeps a new code and answers it.
///
/// # Errors
/// `name.unusable`, `enrol.letter_*`, `enrol.validity_range`, `address.*`, `record.unknown` for the vehicle.
pub fn make(center: &Center, wanted: &Wanted, now: i64) -> Result<EnrolmentCode, CenterError> {
    if !(1..=LONGEST_MINUTES).contains(&wanted.valid_minutes) {
        return Err(CenterError::code_only(Code::ValidityRange));
    }
    let name = crate::site::name(&wanted.name)?;
    let token = system::random()?;
    let expires_at = now + i64::from(wanted.valid_minutes) * 60_000;
    // Locked like an authoring: two codes made at once do not get one letter.
    center.authored(now, |ledger, _| {
        let address = address(ledger, wanted.address.as_deref())?;
        let code = EnrolmentCode::new(
            &address,
            center.authority().cert().fingerprint().short(),
            token,
            expires_at,
        )?;
        let vehicle = match &wanted.vehicle {
            Some(vehicle) => Some(places::find_vehicle(ledger, vehicle)?.id.to_string()),
            None => None,
        };
        let known = devices::list(ledger)?;
        let open = open_enrolments(ledger.sql(), center.site(), now)?;
        let letter = devices::letter(&known, &open, vehicle.as_deref(), wanted.letter.as_deref())?;
        let enrolment = Enrolment {
            token_hash: token_hash(&token),
            name: name.clone(),
            letter,
            vehicle,
            // The code is kept to the second; so is the check.
            expires_at: code.expires_ms(),
            used: None,
        };
        put_enrolment(ledger.sql(), center.site(), &enrolment)?;
        Ok(code)
    })
}

/// What stands for a token in the database.
pub fn token_hash(token: &[u8]) -> [u8; 32] {
    *blake3::hash(token).as_bytes()
}

/// `xunyi-center enrol-code`.
///
/// # Errors
/// As [`make`].
pub fn run(center: &Center, wanted: &Wanted) -> Result<Answer, CenterError> {
    let code = make(center, wanted, system::now_ms())?;
    Ok(Answer::new(
        json!({ "code": code.to_text(), "expires_ms": code.expires_ms() }),
        format!(
            "{}\n{}\n有效 {} 分钟，只能用一次 / valid for {} minutes, once",
            picture(&code.to_text())?,
            code.to_grouped_text(),
            wanted.valid_minutes,
            wanted.valid_minutes,
        ),
    ))
}

fn address(ledger: &mut Ledger<'_>, wanted: Option<&str>) -> Result<String, CenterError> {
    match wanted {
        Some(wanted) => settings::address(wanted),
        None => settings::addresses(ledger)?
            .into_iter()
            .next()
            .ok_or_else(|| CenterError::code_only(Code::NoAddress)),
    }
}

/// The code as a picture of half blocks, dark on light as scanners want it on a dark terminal.
fn picture(text: &str) -> Result<String, CenterError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L)
        .map_err(|e| std::io::Error::other(e.to_string()))?;
    Ok(code
        .render::<Dense1x2>()
        // What is drawn is light on a dark terminal.
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .quiet_zone(true)
        .build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_shows_the_code_module_for_module_within_its_quiet_zone() {
        let text = "XUNYI1:example.org:8443:0123456789abcdef";
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let (width, quiet) = (code.width(), 4);
        let mut modules: Vec<Vec<bool>> = Vec::new();
        for line in picture(text).unwrap().lines() {
            // A character is two modules, the upper and the lower.
            let halves = |c: char| match c {
                ' ' => (false, false),
                '▀' => (true, false),
                '▄' => (false, true),
                '█' => (true, true),
                other => panic!("{other:?} in the picture"),
            };
            let pairs: Vec<_> = line.chars().map(halves).collect();
            modules.push(pairs.iter().map(|(upper, _)| *upper).collect());
            modules.push(pairs.iter().map(|(_, lower)| *lower).collect());
        }
        let dark = code.to_colors();
        let is_dark = |x: usize, y: usize| {
            let inside = |at: usize| (quiet..quiet + width).contains(&at);
            let module = || dark[(y - quiet) * width + (x - quiet)];
            inside(x) && inside(y) && module() == qrcode::Color::Dark
        };
        for (y, row) in modules.iter().enumerate().take(width + 2 * quiet) {
            for (x, shown) in row.iter().enumerate() {
                // Light modules are drawn: terminals are dark.
                assert_eq!(*shown, !is_dark(x, y), "module {x}, {y}");
            }
        }
        assert_eq!(modules[0].len(), width + 2 * quiet);
    }
}
