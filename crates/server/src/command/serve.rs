//! `serve`: opens the port and works until it is told to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::center::Center;
use crate::error::CenterError;
use crate::folder::Folder;
use crate::http::{Listening, place_of, serve};
use crate::site::settings;
use crate::system;
use crate::words::Code;

/// `xunyi-center serve`. Prints `listening on ADDRESS` when the port is open.
///
/// # Errors
/// As [`Folder::open`]; `store.folder_in_use`, `address.unusable`, `serve.cannot_listen`.
pub fn run(
    folder: &Folder,
    runtime: &Runtime,
    listen: SocketAddr,
    addresses: &[String],
) -> Result<(), CenterError> {
    let wanted = addresses.iter().map(|text| settings::address(text));
    let wanted = wanted.collect::<Result<Vec<_>, _>>()?;
    let center = Arc::new(folder.open()?);
    let _lock = folder.lock()?;
    // Known only once it is open, when the system picks the port.
    let mut hosts = center.read(settings::addresses)?;
    hosts.extend(wanted.iter().cloned());
    hosts.extend(place_of(listen));
    let hosts: Vec<String> = hosts.iter().filter_map(|a| settings::host(a)).collect();
    let listening = runtime.block_on(Listening::on(listen, hosts))?;
    let address = listening.address()?;
    tell_addresses(&center, wanted, address)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {address}")?;
    out.flush()?;
    drop(out);
    tracing::info!(site = center.site_number(), %address, "serving");
    runtime.block_on(serve(Arc::clone(&center), listening))?;
    tracing::info!("stopped");
    Ok(())
}

/// Puts what the command line says into the site's settings; without a word there, and with none before, the
/// address that is listened on.
fn tell_addresses(
    center: &Center,
    wanted: Vec<String>,
    listening: SocketAddr,
) -> Result<(), CenterError> {
    let before = center.read(settings::addresses)?;
    let now = if !wanted.is_empty() {
        wanted
    } else if before.is_empty() {
        place_of(listening).into_iter().collect()
    } else {
        return Ok(());
    };
    if now == before {
        return Ok(());
    }
    let put = center.authored(system::now_ms(), |_, page| {
        settings::put_addresses(page, &now);
        Ok(())
    });
    match put {
        Err(CenterError::Said(Code::Refilling, _)) => {
            tracing::warn!(
                "a restored center: its addresses can be changed when its devices have come"
            );
            Ok(())
        }
        other => other,
    }
}
