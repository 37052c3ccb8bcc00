//! `device.enrol`: a tablet becomes one of the site's devices. It makes its own key; the center answers with
//! a certificate and with the staff who may unlock it.
//!
//! Cut anywhere, the same code can be given again: the key is kept until it stands in the database, and the
//! center answers the same key in the same way.

use crate::api::device::{Enrol, Enrolled};
use crate::device::{About, Enrolling, Folder, Open, name, staff_entry};
use crate::exchange::enrol_at;
use crate::{AppError, Device, Ids};
use serde_json::json;
use xunyi_journal::DeviceRecord;
use xunyi_pki::{EnrolAnswer, EnrolRequest, EnrolmentCode, PkiError, SigningSeed};
use xunyi_store::{Store, local};
use xunyi_vault::DatabaseKey;
use zeroize::Zeroizing;

/// Becomes a device of the site that the code names.
///
/// # Errors
/// `device.already_enrolled`, `enrol.code_malformed`, `enrol.unreachable`, `enrol.wrong_ca`, what the center
/// answers (`enrol.code_used`, `enrol.code_expired`, …), and failures of the disk. The device is then as it
/// was.
pub(crate) fn enrol(device: &Device, input: &Enrol) -> Result<Enrolled, AppError> {
    if !device.state().vault.is_empty() {
        return Err(AppError::new("device.already_enrolled"));
    }
    let code = EnrolmentCode::parse(&input.code)?;
    let folder = device.state().folder.clone();
    let enrolling = key_for(&folder, &code, device.shared.settings.ids.as_ref())?;
    let seed = SigningSeed::from_bytes(&enrolling.seed);
    let request = EnrolRequest::new(&code, &seed, enrolling.nonce);
    let answer = enrol_at(device, &code, &request)?;
    found(device, &enrolling.seed, enrolling.nonce, &answer)?;
    device.shared.exchanger.wake();
    Ok(Enrolled {
        site_name: answer.site_name,
        device_name: answer.device_name,
    })
}

/// The key that an earlier try with this code began with, else a new one; kept before it is sent.
fn key_for(folder: &Folder, code: &EnrolmentCode, ids: &dyn Ids) -> Result<Enrolling, AppError> {
    let token = code.token();
    if let Some(held) = folder.enrolling(&token)? {
        return Ok(held);
    }
    let (mut seed, mut nonce) = (Zeroizing::new([0; 32]), [0; 16]);
    ids.fill(seed.as_mut_slice());
    ids.fill(&mut nonce);
    let enrolling = Enrolling { token, seed, nonce };
    folder.put_enrolling(&enrolling)?;
    Ok(enrolling)
}

/// Makes database, feed and slots. The slots come last: with them the device is enrolled.
pub(crate) fn found(
    device: &Device,
    seed: &[u8; 32],
    nonce: [u8; 16],
    answer: &EnrolAnswer,
) -> Result<(), AppError> {
    let settings = &device.shared.settings;
    let ids = &settings.ids;
    let mut random = |bytes: &mut [u8]| ids.fill(bytes);
    let staff: Vec<_> = answer
        .staff
        .iter()
        .cloned()
        .filter_map(staff_entry)
        .collect();
    let about = about_of(answer);
    let mut state = device.state();
    if !state.vault.is_empty() {
        return Err(AppError::new("device.already_enrolled"));
    }
    state.folder.drop_database()?;
    let key = DatabaseKey::generate(&mut random);
    let mut store = Store::open(&state.folder.database(), &key, about.site, None)?;
    let kept = serde_json::to_vec(answer).map_err(|_| AppError::new("output.malformed"))?;
    store.write(|ledger| {
        let sql = ledger.sql();
        local::put(sql, name::SEED, seed)?;
        local::put(sql, name::NONCE, &nonce)?;
        local::put(sql, name::ENROLLED, &kept)?;
        Ok::<_, AppError>(())
    })?;
    let mut open = Open::over(store, key.clone(), &about, settings)?;
    open.work.open_feed(&DeviceRecord {
        name: answer.device_name.clone(),
        public_key: SigningSeed::from_bytes(seed).public_key(),
        nonce,
        certificate: answer.certificate.clone(),
        follows: None,
    })?;
    state.folder.put_about(&about)?;
    state.about = about;
    state.vault.reseal(&key, &staff, &mut random)?;
    state.open = Some(open);
    state.folder.drop_enrolling()
}

fn about_of(answer: &EnrolAnswer) -> About {
    About {
        site: i64::from(answer.site),
        site_name: answer.site_name.clone(),
        device_name: answer.device_name.clone(),
        letter: answer.letter.clone(),
        vehicle: answer
            .vehicle
            .clone()
            .and_then(|vehicle| serde_json::from_value(vehicle).ok()),
        revoked: false,
    }
}

impl From<PkiError> for AppError {
    fn from(e: PkiError) -> Self {
        match e {
            PkiError::CodeMalformed(fault) => {
                Self::with("enrol.code_malformed", json!({ "why": fault.as_str() }))
            }
            PkiError::WrongCa | PkiError::WrongSite | PkiError::NotCenter | PkiError::NotDevice => {
                Self::new("sync.wrong_ca")
            }
            PkiError::Expired { .. } => Self::new("sync.center_expired"),
            PkiError::NotOurPeer => Self::new("sync.captive_portal"),
            PkiError::RefusedByPeer(_) => Self::new("sync.refused"),
            PkiError::BadCertificate(_) | PkiError::BadKey(_) | PkiError::Issue(_) => {
                Self::new("device.certificate")
            }
        }
    }
}
