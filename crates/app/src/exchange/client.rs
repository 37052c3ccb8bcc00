//! The center over HTTPS: TLS 1.3 with the site's authority pinned, this device's own certificate, and the
//! addresses tried in their order. No proxy, no redirect: what answers is the center or nobody.

use super::policy::Event;
use super::problem;
use crate::device::Open;
use crate::{AppError, Device};
use bytes::Bytes;
use reqwest::{Body, Client, Response};
use std::sync::Arc;
use std::time::Duration;
use xunyi_journal::Digest;
use xunyi_pki::{
    EnrolAnswer, EnrolRequest, EnrolmentCode, FixedTime, PeerWanted, client_config,
    enrolment_client_config,
};

/// Longer than any vehicle's worst link takes to open a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Nothing at all came for so long: the link is dead.
const SILENCE: Duration = Duration::from_secs(60);
/// The largest answer that is read whole, bytes: a reference table.
const ANSWER_MAX: usize = 32 * 1024 * 1024;

/// The center, as one exchange reaches it.
pub(super) struct Center {
    client: Client,
    addresses: Vec<String>,
    device: Device,
}

impl Center {
    /// By this device's identity and pins.
    pub(super) fn of(device: &Device, open: &mut Open) -> Result<Self, AppError> {
        let floor_ms = open.center_time()?;
        let time = Arc::new(FixedTime {
            now_ms: device.now(),
            floor_ms,
        });
        let config = client_config(
            &open.authorities,
            Some(&open.identity),
            PeerWanted::Center,
            time,
        )?;
        let mut addresses = open.site_settings()?.addresses;
        addresses.extend(open.addresses.iter().cloned());
        let mut seen = std::collections::BTreeSet::new();
        addresses.retain(|address| seen.insert(address.clone()));
        Ok(Self {
            client: client(config)?,
            addresses,
            device: device.clone(),
        })
    }

    /// Posts a stream and answers as soon as the head of the answer is here. `body` is asked for a new
    /// stream for each address that is tried; while `progress` grows the link is alive, however slow.
    pub(super) async fn post(
        &self,
        path: &str,
        mut body: impl FnMut() -> Body,
        progress: impl Fn() -> u64,
    ) -> Result<Response, AppError> {
        let mut last = AppError::new("sync.unreachable");
        for address in &self.addresses {
            let sent = self
                .client
                .post(format!("{address}{path}"))
                .body(body())
                .send();
            match self.patiently(sent, &progress).await? {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => return Err(refusal(response).await),
                // Another address helps only where this one was not reached at all.
                Err(error) if error.is_connect() => last = problem::of_request(&error),
                Err(error) => return Err(problem::of_request(&error)),
            }
        }
        Err(last)
    }

    /// As [`alive`], with the patience that this link has taught.
    async fn patiently<T>(
        &self,
        sent: impl Future<Output = T>,
        progress: impl Fn() -> u64,
    ) -> Result<T, AppError> {
        let patience = self.device.shared.exchanger.patience();
        let silence = patience.lock().silence();
        let began = tokio::time::Instant::now();
        let answered = alive(sent, &progress, silence).await;
        match &answered {
            Err(_) => patience.lock().ran_out(),
            // What was sent takes the time that it takes: only a bare question measures the link.
            Ok(_) if progress() == 0 => patience.lock().measured(began.elapsed()),
            Ok(_) => {}
        }
        answered
    }

    /// Waits until the center holds something else than it told, or for the heartbeat. A heartbeat that does not
    /// come is a link that is half open.
    pub(super) async fn wait(&self, told: Digest, heartbeat: Duration) -> Event {
        let seconds = u8::try_from(heartbeat.as_secs()).unwrap_or(u8::MAX);
        let asked = [&told[..], &[seconds]].concat();
        let longest = heartbeat + self.device.shared.exchanger.patience().lock().silence();
        for address in &self.addresses {
            let sent = self.client.post(format!("{address}/v1/wait"));
            let sent = sent.body(asked.clone()).timeout(longest).send();
            match sent.await {
                Ok(response) => {
                    return match response.status().as_u16() {
                        200 => Event::News,
                        204 => Event::Heartbeat,
                        404 => Event::NoWait,
                        _ => Event::WaitLost,
                    };
                }
                Err(error) if error.is_connect() => {}
                Err(_) => return Event::WaitLost,
            }
        }
        Event::WaitLost
    }

    /// True when something takes a connection where the center should be.
    pub(super) async fn takes_connections(&self, within: Duration) -> bool {
        for address in &self.addresses {
            let Ok(url) = reqwest::Url::parse(address) else {
                continue;
            };
            let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
                continue;
            };
            let host = host.trim_matches(['[', ']']);
            let connect = tokio::net::TcpStream::connect((host, port));
            if matches!(tokio::time::timeout(within, connect).await, Ok(Ok(_))) {
                return true;
            }
        }
        false
    }

    /// The bytes of a reference table, checked against its hash.
    pub(super) async fn table(&self, hash: &str) -> Result<Vec<u8>, AppError> {
        let mut last = AppError::new("sync.unreachable");
        for address in &self.addresses {
            let asked = self
                .client
                .get(format!("{address}/v1/tables/{hash}"))
                .send();
            match alive(asked, || 0, SILENCE).await? {
                Ok(response) if response.status().is_success() => {
                    let bytes = whole(response).await?;
                    if xunyi_record::site::table_hash(&bytes) == hash {
                        return Ok(bytes);
                    }
                    return Err(AppError::new("sync.server"));
                }
                Ok(response) => return Err(refusal(response).await),
                Err(error) => last = problem::of_request(&error),
            }
        }
        Err(last)
    }
}

/// Asks the center that a code names for this device's certificate.
///
/// # Errors
/// `enrol.unreachable`, `enrol.wrong_ca`, and what the center answers.
pub(crate) fn enrol_at(
    device: &Device,
    code: &EnrolmentCode,
    request: &EnrolRequest,
) -> Result<EnrolAnswer, AppError> {
    let time = Arc::new(FixedTime {
        now_ms: device.now(),
        floor_ms: 0,
    });
    let client = client(enrolment_client_config(code.fingerprint(), time)?)?;
    let body = serde_json::to_vec(request).map_err(|_| AppError::new("output.malformed"))?;
    let ask = async {
        let sent = client
            .post(format!("{}/v1/enrol", code.url()))
            .header("content-type", "application/json")
            .body(body)
            .send();
        let sent = alive(sent, || 0, SILENCE)
            .await
            .map_err(enrolment_problem)?;
        let response = sent.map_err(|error| enrolment_problem(problem::of_request(&error)))?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let bytes = whole(response).await.map_err(enrolment_problem)?;
        serde_json::from_slice(&bytes).map_err(|_| AppError::new("enrol.wrong_ca"))
    };
    device.shared.exchanger.runtime().block_on(ask)
}

/// What went wrong in the words of an enrolment: there is no "later by itself" yet.
fn enrolment_problem(error: AppError) -> AppError {
    match error.code.as_str() {
        "sync.wrong_ca" => AppError::new("enrol.wrong_ca"),
        code if problem::passes(code) => AppError::new("enrol.unreachable"),
        _ => error,
    }
}

fn client(config: rustls::ClientConfig) -> Result<Client, AppError> {
    Client::builder()
        .tls_backend_preconfigured(config)
        .https_only(true)
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .build()
        .map_err(|_| AppError::new("sync.client"))
}

async fn refusal(response: Response) -> AppError {
    let status = response.status().as_u16();
    match whole(response).await {
        Ok(body) => problem::of_status(status, &body),
        Err(error) => error,
    }
}

/// An answer of bounded length.
async fn whole(mut response: Response) -> Result<Vec<u8>, AppError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = next(&mut response).await? {
        if bytes.len() + chunk.len() > ANSWER_MAX {
            return Err(AppError::new("sync.server"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The next bytes of an answer.
pub(super) async fn next(response: &mut Response) -> Result<Option<Bytes>, AppError> {
    tokio::time::timeout(SILENCE, response.chunk())
        .await
        .map_err(|_| AppError::new("sync.timeout"))?
        .map_err(|error| problem::of_request(&error))
}

/// Waits for an answer as long as something moves: a long upload on a slow link is no silence.
///
/// # Errors
/// `sync.timeout`.
async fn alive<T>(
    sent: impl Future<Output = T>,
    progress: impl Fn() -> u64,
    silence: Duration,
) -> Result<T, AppError> {
    let mut sent = std::pin::pin!(sent);
    let mut moved = progress();
    loop {
        // What was handed to the system may still be on its way over a slow link.
        let silence = if moved == 0 { silence } else { SILENCE };
        if let Ok(answered) = tokio::time::timeout(silence, &mut sent).await {
            return Ok(answered);
        }
        let now = progress();
        if now == moved {
            return Err(AppError::new("sync.timeout"));
        }
        moved = now;
    }
}
