//! Who acts, and how they show it: a PIN or a password from the environment or from a prompt.

use crate::outcome::Failure;
use serde_json::{Value, json};
use xunyi_app::{AppError, Device};
use xunyi_model::StaffId;
use zeroize::Zeroizing;

const PIN: &str = "XUNYI_PIN";
const PASSWORD: &str = "XUNYI_PASSWORD";
const NEW_PIN: &str = "XUNYI_NEW_PIN";

/// True for commands that nobody need be signed in for.
pub(crate) fn needs_nobody(command: &str) -> bool {
    matches!(
        command,
        "session.state" | "session.first_sign_in" | "session.sign_in" | "device.enrol"
    )
}

/// Password once, then a PIN for this device.
pub(crate) fn first_sign_in(device: &Device, user: Option<&str>) -> Result<Value, Failure> {
    let staff = find(device, user)?;
    let password = secret(PASSWORD, "password")?;
    let pin = secret(NEW_PIN, "new PIN, six digits")?;
    let input = json!({ "staff": staff, "password": *password, "new_pin": *pin });
    Ok(device.invoke("session.first_sign_in", input)?)
}

/// Signs in by whichever secret the environment has, else by one that is asked for.
pub(crate) fn sign_in(device: &Device, user: Option<&str>) -> Result<(), Failure> {
    let staff = find(device, user)?;
    if let Some(password) = from_environment(PASSWORD)
        && std::env::var_os(PIN).is_none()
    {
        device.sign_in_with_password(staff, &password)?;
        return Ok(());
    }
    let pin = secret(PIN, "PIN")?;
    device.invoke("session.sign_in", json!({ "staff": staff, "pin": *pin }))?;
    Ok(())
}

/// The one member of staff with this name or id; the only one where nobody is named.
fn find(device: &Device, user: Option<&str>) -> Result<StaffId, Failure> {
    let state = device.invoke("session.state", json!({}))?;
    let tiles = state.get("staff").and_then(Value::as_array);
    let fits = |tile: &&Value| {
        let is = |field: &str| tile.get(field).and_then(Value::as_str) == user;
        user.is_none() || is("name") || is("staff")
    };
    let fitting: Vec<&Value> = tiles.into_iter().flatten().filter(fits).collect();
    match fitting.as_slice() {
        [one] => one
            .get("staff")
            .and_then(|id| serde_json::from_value(id.clone()).ok())
            .ok_or_else(|| AppError::new("unlock.unknown_staff").into()),
        [] if state.get("screen").and_then(Value::as_str) == Some("enrol") => {
            Err(AppError::new("device.not_enrolled").into())
        }
        [] => Err(AppError::new("unlock.unknown_staff").into()),
        _ => Err(Failure::Input(
            "several people may sign in here: say who with --user".to_owned(),
        )),
    }
}

fn secret(variable: &str, prompt: &str) -> Result<Zeroizing<String>, Failure> {
    if let Some(secret) = from_environment(variable) {
        return Ok(secret);
    }
    rpassword::prompt_password(format!("{prompt}: "))
        .map(Zeroizing::new)
        .map_err(|_| Failure::Input(format!("no terminal to ask on, and {variable} is not set")))
}

fn from_environment(variable: &str) -> Option<Zeroizing<String>> {
    std::env::var(variable).ok().map(Zeroizing::new)
}
