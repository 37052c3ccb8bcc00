//! A device enrols: it shows the one-time token and proves that it holds its key; it gets its certificate and all
//! that it needs to work. The same key may ask again and gets the same answer, since the first may have been lost.

use xunyi_journal::feed_id;
use xunyi_ledger::Ledger;
use xunyi_pki::{EnrolAnswer, EnrolRequest, Validity};

use crate::center::Center;
use crate::command::enrol_code::token_hash;
use crate::error::CenterError;
use crate::site::{devices, places, settings, staff};
use crate::store::{Enrolment, Used, find_enrolment, mark_used};
use crate::words::Code;

/// How long a device's certificate holds. A device whose certificate has ended may still upload.
const CERTIFICATE_DAYS: u32 = 3 * 365;

/// Answers a request.
///
/// # Errors
/// `enrol.proof`, `enrol.code_unknown`, `enrol.code_used`, `enrol.code_expired`, those of the store.
pub fn answer(
    center: &Center,
    request: &EnrolRequest,
    now: i64,
) -> Result<EnrolAnswer, CenterError> {
    let fingerprint = center.authority().cert().fingerprint().short();
    request
        .verify(&fingerprint)
        .map_err(|_| CenterError::code_only(Code::EnrolProof))?;
    let feed = feed_id(&request.public_key, &request.feed_nonce);
    let hash = token_hash(&request.token);
    center.authored(now, |ledger, page| {
        let code = find_enrolment(ledger.sql(), center.site(), &hash)?
            .ok_or_else(|| CenterError::code_only(Code::EnrolCodeUnknown))?;
        let certificate = match &code.used {
            Some(used) if used.by == request.public_key && used.feed == feed.0 => {
                used.certificate.clone()
            }
            Some(_) => return Err(CenterError::code_only(Code::EnrolCodeUsed)),
            None if now > code.expires_at => {
                return Err(CenterError::code_only(Code::EnrolCodeExpired));
            }
            None => {
                let certificate = center.authority().issue_device(
                    &request.public_key,
                    &feed.0,
                    &code.name,
                    Validity::days(now, CERTIFICATE_DAYS),
                )?;
                let used = Used {
                    by: request.public_key,
                    feed: feed.0,
                    certificate: certificate.to_vec(),
                    at: now,
                };
                mark_used(ledger.sql(), center.site(), &hash, &used)?;
                let device = devices::Device {
                    feed,
                    name: code.name.clone(),
                    letter: code.letter.clone(),
                    vehicle: code.vehicle.clone(),
                    revoked: false,
                    enrolled_at: now,
                };
                devices::enrol(page, &device);
                used.certificate
            }
        };
        compose(center, ledger, code, certificate, now)
    })
}

fn compose(
    center: &Center,
    ledger: &mut Ledger<'_>,
    code: Enrolment,
    certificate: Vec<u8>,
    now: i64,
) -> Result<EnrolAnswer, CenterError> {
    let vehicle = match &code.vehicle {
        Some(id) => Some(places::find_vehicle(ledger, id)?),
        None => None,
    };
    Ok(EnrolAnswer {
        site: center.site_number(),
        site_name: settings::site_name(ledger)?.unwrap_or_else(|| center.name().to_owned()),
        device_name: code.name,
        letter: code.letter,
        vehicle: vehicle.as_ref().map(places::for_a_new_device),
        certificate,
        authorities: vec![center.authority().cert().der().to_vec()],
        addresses: settings::addresses(ledger)?,
        center_time_ms: now,
        staff: staff::for_a_new_device(ledger)?,
    })
}
