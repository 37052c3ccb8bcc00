//! Bodies of requests: small ones read whole within a limit, and what is left of a refused one read to its end. A
//! connection that is closed over unread bytes is reset, and the refusal may be lost with it.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;

/// How much of a refused body is still read, and how long that may take.
const LEFT_MAX: usize = 2 * 1024 * 1024;
const LEFT_TIME: Duration = Duration::from_secs(5);

/// Reads a whole body of at most `max` bytes; `None` when it is longer or was cut.
pub(super) async fn small(body: &mut Body, max: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.frame().await {
        let piece = piece.ok()?.into_data().unwrap_or_default();
        if bytes.len() + piece.len() > max {
            return None;
        }
        bytes.extend_from_slice(&piece);
    }
    Some(bytes)
}

/// Reads on, so that the refusal arrives.
pub(super) async fn rest(body: &mut Body) {
    let read = async {
        let mut left = LEFT_MAX;
        while let Some(Ok(piece)) = body.frame().await {
            let len = piece.data_ref().map_or(0, |data| data.len());
            match left.checked_sub(len) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    if tokio::time::timeout(LEFT_TIME, read).await.is_err() {
        tracing::debug!("the rest of a refused request did not come");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_over_its_limit_is_none_and_can_be_read_to_its_end() {
        let mut body = Body::from(vec![7; 10]);
        assert_eq!(small(&mut body, 10).await, Some(vec![7; 10]));
        let mut body = Body::from(vec![7; 11]);
        assert_eq!(small(&mut body, 10).await, None);
        rest(&mut body).await;
        assert!(body.frame().await.is_none());
    }
}
