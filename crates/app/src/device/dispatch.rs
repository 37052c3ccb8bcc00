//! The commands that need no open transaction: who is at work, becoming a device, exchanging.

use crate::api::Nothing;
use crate::command::parsed;
use crate::{AppError, Device, enrol, exchange, session};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Answers a command of this kind; `None` for a name that is none of them.
pub(super) fn outside(
    device: &Device,
    name: &str,
    input: &Value,
) -> Option<Result<Value, AppError>> {
    Some(match name {
        "session.state" => answer(input, |_: Nothing| session::state(device)),
        "session.first_sign_in" => answer(input, |i| session::first_sign_in(device, &i)),
        "session.sign_in" => answer(input, |i| session::sign_in(device, &i)),
        "session.sign_out" | "session.lock" => answer(input, |_: Nothing| session::leave(device)),
        "device.enrol" => answer(input, |i| enrol::enrol(device, &i)),
        "sync.run" => answer(input, |_: Nothing| exchange::run(device)),
        "sync.status" => answer(input, |_: Nothing| exchange::status(device)),
        _ => return None,
    })
}

fn answer<I: DeserializeOwned, O: Serialize>(
    input: &Value,
    run: impl FnOnce(I) -> Result<O, AppError>,
) -> Result<Value, AppError> {
    serde_json::to_value(run(parsed(input)?)?).map_err(|_| AppError::new("output.malformed"))
}
