//! What device and center say to each other at enrolment, as JSON. Bytes are lower-case hexadecimal.
//! Only shapes: who may enrol is the center's to decide.

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::enrolment_code::{EnrolmentCode, TOKEN_LEN};
use crate::error::PkiError;
use crate::key::SigningSeed;

/// `POST /v1/enrol`: a device asks for its certificate. Sending it again with the same key gives the
/// same answer, since the first one may have been lost on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// The one-time token of the code.
    #[serde(with = "crate::hex")]
    pub token: [u8; TOKEN_LEN],
    /// The device's new Ed25519 key: of its TLS and of its feed.
    #[serde(with = "crate::hex")]
    pub public_key: [u8; 32],
    /// Random; key and nonce make the feed's id.
    #[serde(with = "crate::hex")]
    pub feed_nonce: [u8; 16],
    /// The key's signature over token, authority and feed: the device holds the key.
    #[serde(with = "crate::hex")]
    pub proof: [u8; 64],
}

impl EnrolRequest {
    /// Made by the device from the code it was given.
    pub fn new(code: &EnrolmentCode, key: &SigningSeed, feed_nonce: [u8; 16]) -> Self {
        let public_key = key.public_key();
        let (token, fingerprint) = (code.token(), code.fingerprint());
        let message = proof_message(&fingerprint, &token, &public_key, &feed_nonce);
        Self {
            token,
            public_key,
            feed_nonce,
            proof: key.sign_message(&message),
        }
    }

    /// Checked by the center, whose authority has this short fingerprint.
    ///
    /// # Errors
    /// `BadKey` when the sender does not hold the key, or meant another center.
    pub fn verify(&self, fingerprint: &[u8; 16]) -> Result<(), PkiError> {
        let message = proof_message(fingerprint, &self.token, &self.public_key, &self.feed_nonce);
        VerifyingKey::from_bytes(&self.public_key)
            .and_then(|key| key.verify_strict(&message, &Signature::from_bytes(&self.proof)))
            .map_err(|_| PkiError::BadKey("the proof does not fit the key".into()))
    }
}

/// The answer to [`EnrolRequest`]: all that a device needs to work at this site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The site's number.
    pub site: u32,
    /// The site's name.
    pub site_name: String,
    /// The device's name, as the admin gave it with the code.
    pub device_name: String,
    /// The letter before its queue numbers, unlike that of any other device of its vehicle.
    pub letter: String,
    /// The record of the vehicle that it rides on; none for a PC at base.
    pub vehicle: Option<serde_json::Value>,
    /// The device's certificate, DER.
    #[serde(with = "crate::hex::bytes")]
    pub certificate: Vec<u8>,
    /// The authorities to pin, DER: the current one first, the next during a rotation.
    #[serde(with = "crate::hex::list")]
    pub authorities: Vec<Vec<u8>>,
    /// Addresses of the center, best first, as `https://host:port`.
    pub addresses: Vec<String>,
    /// The center's clock, Unix milliseconds: the first floor of the device's time.
    pub center_time_ms: i64,
    /// The staff records of the site, each with the roaming key that its owner's password opens, so
    /// that anyone can sign in before the first sync.
    pub staff: Vec<serde_json::Value>,
}

fn proof_message(
    fingerprint: &[u8; 16],
    token: &[u8; TOKEN_LEN],
    public_key: &[u8; 32],
    feed_nonce: &[u8; 16],
) -> Vec<u8> {
    // All parts but the fixed head have fixed lengths, so that no two requests share a message.
    let mut message = b"xunyi enrolment proof 1\0".to_vec();
    message.extend_from_slice(fingerprint);
    message.extend_from_slice(token);
    message.extend_from_slice(public_key);
    message.extend_from_slice(feed_nonce);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> EnrolRequest {
        let code = EnrolmentCode::new("a:1", [1; 16], [2; 16], 1_000).unwrap();
        EnrolRequest::new(&code, &SigningSeed::from_bytes(&[3; 32]), [4; 16])
    }

    #[test]
    fn proof_holds_for_this_center_and_these_parts_only() {
        let good = request();
        assert_eq!(good.verify(&[1; 16]), Ok(()));
        assert!(good.verify(&[9; 16]).is_err());
        let other_key = SigningSeed::from_bytes(&[5; 32]).public_key();
        for bad in [
            EnrolRequest {
                token: [0; 16],
                ..good.clone()
            },
            EnrolRequest {
                feed_nonce: [0; 16],
                ..good.clone()
            },
            EnrolRequest {
                public_key: other_key,
                ..good.clone()
            },
            EnrolRequest {
                public_key: [0xFF; 32],
                ..good.clone()
            },
            EnrolRequest {
                proof: [0; 64],
                ..good.clone()
            },
        ] {
            assert!(bad.verify(&[1; 16]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn messages_survive_json() {
        let text = serde_json::to_string(&request()).unwrap();
        assert_eq!(
            serde_json::from_str::<EnrolRequest>(&text).unwrap(),
            request()
        );
        let answer = EnrolAnswer {
            site: 7,
            site_name: "青山镇卫生院".into(),
            device_name: "GP".into(),
            letter: "A".into(),
            vehicle: Some(serde_json::json!({"plate": "浙K·M1052"})),
            certificate: vec![1, 2, 255],
            authorities: vec![vec![3], vec![]],
            addresses: vec!["https://a:1".into()],
            center_time_ms: 5,
            staff: vec![serde_json::json!({"name": "王"})],
        };
        let text = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<EnrolAnswer>(&text).unwrap(), answer);
    }

    #[test]
    fn malformed_bytes_are_refused() {
        let good = serde_json::to_value(request()).unwrap();
        for bad in ["", "zz", "0", "巡", &"0".repeat(31), &"0".repeat(34)] {
            let mut json = good.clone();
            json["token"] = bad.into();
            assert!(
                serde_json::from_value::<EnrolRequest>(json).is_err(),
                "{bad}"
            );
        }
    }
}
