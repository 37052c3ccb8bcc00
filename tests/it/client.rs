//! The client's end of the center's port: TLS as the pki crate makes it, one request on one connection.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use serde_json::Value;
use std::error::Error as StdError;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use xunyi_pki::PkiError;

/// What a request came back with.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The code that it was refused with.
    pub fn code(&self) -> String {
        assert!(!self.status.is_success(), "not refused: {self:?}");
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

/// Why there was no reply.
#[derive(Debug)]
pub enum NoReply {
    /// The peer, or what answered in its place, is not trusted.
    Pki(PkiError),
    /// The link: refused, cut, silent. Holds what of the body came before.
    Link(Vec<u8>),
}

fn no_reply(error: &(dyn StdError + 'static)) -> NoReply {
    match PkiError::from_connection(error) {
        // A cut in mid-record is no verdict on the peer.
        None | Some(PkiError::NotOurPeer) => NoReply::Link(Vec::new()),
        Some(error) => NoReply::Pki(error),
    }
}

/// One request. `address`: `https://host:port`.
pub async fn request(
    address: &str,
    tls: ClientConfig,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> Result<Reply, NoReply> {
    let place = address.strip_prefix("https://").unwrap_or(address);
    let stream = TcpStream::connect(place).await.map_err(|e| no_reply(&e))?;
    let name = ServerName::try_from("center.invalid").unwrap();
    let tls = TlsConnector::from(Arc::new(tls))
        .connect(name, stream)
        .await
        .map_err(|e| no_reply(&e))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(tls))
        .await
        .map_err(|e| no_reply(&e))?;
    let connection = tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", place)
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let reply = sender.send_request(request).await.map_err(|e| no_reply(&e));
    let mut reply = match reply {
        Ok(reply) => reply,
        Err(error) => {
            // What the handshake ended with, when it ended after our side of it.
            return match connection.await {
                Ok(Err(e)) => Err(no_reply(&e)),
                _ => Err(error),
            };
        }
    };
    let status = reply.status();
    let mut whole = Vec::new();
    while let Some(piece) = reply.body_mut().frame().await {
        match piece {
            Ok(piece) => whole.extend(piece.into_data().unwrap_or_default()),
            Err(_) => return Err(NoReply::Link(whole)),
        }
    }
    Ok(Reply {
        status,
        body: whole.into(),
    })
}
