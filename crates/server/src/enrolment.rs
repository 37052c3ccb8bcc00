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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::enrol_code::{Wanted, make};
    use crate::testing::{MORNING, Place, place};
    use xunyi_pki::{EnrolmentCode, PeerIdentity, SigningSeed};

    fn code(place: &Place, vehicle: Option<&str>) -> EnrolmentCode {
        let wanted = Wanted {
            name: "药房平板".into(),
            vehicle: vehicle.map(str::to_owned),
            valid_minutes: 60,
            ..Wanted::default()
        };
        make(&place.center, &wanted, MORNING).unwrap()
    }

    fn request(code: &EnrolmentCode, key: u8) -> EnrolRequest {
        EnrolRequest::new(code, &SigningSeed::from_bytes(&[key; 32]), [key; 16])
    }

    fn refused(place: &Place, request: &EnrolRequest, now: i64) -> &'static str {
        answer(&place.center, request, now).unwrap_err().code()
    }

    #[test]
    fn a_code_holds_to_its_last_second_and_not_longer() {
        let place = place();
        let code = code(&place, None);
        let request = request(&code, 1);
        let end = code.expires_ms();
        assert_eq!(refused(&place, &request, end + 1), "enrol.code_expired");
        answer(&place.center, &request, end).unwrap();
        // Once used, its user is answered again however late.
        answer(&place.center, &request, end + 1).unwrap();
        let other = super::tests::request(&code, 2);
        assert_eq!(refused(&place, &other, end), "enrol.code_used");
    }

    #[test]
    fn the_answer_holds_certificate_vehicle_letter_and_staff() {
        let place = place();
        let code = code(&place, Some("浙K·M1052"));
        let request = request(&code, 1);
        let answer = answer(&place.center, &request, MORNING + 5).unwrap();
        let identity = PeerIdentity::from_cert(&answer.certificate).unwrap();
        let feed = feed_id(&request.public_key, &request.feed_nonce);
        assert_eq!((identity.site, identity.feed), (7, feed.0));
        assert_eq!(identity.validity.not_before_ms, MORNING);
        assert_eq!(
            (answer.letter.as_str(), answer.center_time_ms),
            ("A", MORNING + 5)
        );
        let vehicle = answer.vehicle.unwrap();
        assert_eq!(vehicle["plate"], "浙K·M1052");
        assert_eq!(answer.staff[0]["name"], "陈立");
        assert!(answer.staff[0]["roaming"]["wrapped"].is_string());
        let device = place
            .center
            .read(|ledger| devices::find(ledger, "药房平板"))
            .unwrap();
        assert_eq!((device.feed, device.enrolled_at), (feed, MORNING + 5));
        assert_eq!(device.vehicle.as_deref(), vehicle["id"].as_str());
    }

    #[test]
    fn a_proof_for_another_center_or_by_another_key_is_refused_before_the_code_is_looked_at() {
        let place = place();
        let code = code(&place, None);
        let elsewhere =
            EnrolmentCode::new("a:1", [9; 16], code.token(), code.expires_ms()).unwrap();
        assert_eq!(
            refused(&place, &request(&elsewhere, 1), MORNING),
            "enrol.proof"
        );
        let unknown =
            EnrolmentCode::new("a:1", code.fingerprint(), [9; 16], code.expires_ms()).unwrap();
        assert_eq!(
            refused(&place, &request(&unknown, 1), MORNING),
            "enrol.code_unknown"
        );
    }
}
