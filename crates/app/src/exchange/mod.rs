//! `sync.*`: exchanges with the center, one at a time, in the background or when somebody asks. The journal
//! goes both ways frame by frame; each frame is on disk before the next is read.

mod background;
mod client;
mod policy;
mod problem;
mod round;
mod session;
mod status;

pub(crate) use background::Exchanger;
pub(crate) use client::enrol_at;
pub use session::{Answer, Ended, Request, Session};
pub(crate) use status::status;

use crate::api::sync::SyncReport;
use crate::device::{State, knowledge, name};
use crate::{AppError, Device, News};
use client::Center;
use round::Round;
use xunyi_store::local::{self, ExchangeRow};

/// What an exchange moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

/// Rounds of one exchange at most: one, and one more where the belief of what the center holds was wrong.
const ROUNDS: usize = 3;

/// `sync.run`: now, waiting for one that is under way.
pub(crate) fn run(device: &Device) -> Result<SyncReport, AppError> {
    let moved = exchange(device)?;
    Ok(SyncReport {
        sent: moved.sent,
        received: moved.received,
        status: status(device)?,
    })
}

/// One exchange from beginning to end; how it went is remembered and told.
pub(crate) fn exchange(device: &Device) -> Result<Moved, AppError> {
    let turn = device.shared.exchanger.turn();
    device.shared.exchanger.begins();
    device.tell(News::Exchange);
    let mut moved = Moved::default();
    let outcome = device
        .shared
        .exchanger
        .runtime()
        .block_on(rounds(device, &mut moved));
    let problem = outcome.as_ref().err();
    let revoked = problem.is_some_and(|e| e.code == "device.revoked");
    let kept = device.background(|state| {
        if revoked {
            state.become_revoked()?;
        }
        remember(state, device.now(), moved, problem)
    });
    if revoked {
        device.tell(News::Changed);
    }
    device
        .shared
        .exchanger
        .ended(device.now(), problem.cloned());
    drop(turn);
    if moved.received > 0 {
        device.tell(News::Changed);
    }
    device.tell(News::Exchange);
    outcome.and(kept).map(|()| moved)
}

async fn rounds(device: &Device, moved: &mut Moved) -> Result<(), AppError> {
    let center = device.background(|state| Center::of(device, state.opened()?))?;
    let mut everything = false;
    for _ in 0..ROUNDS {
        let round = Round::begin(device, everything)?;
        let mut ended = Ended::default();
        let went = round.go(&center, &mut ended).await;
        moved.received += ended.received;
        // Also when the link was cut behind it: it does not come a second time.
        if ended.site_changed {
            device.background(|state| state.follow_site(&device.shared.settings))?;
        }
        moved.sent += went?;
        everything = ended.tell_everything;
        if ended.complete {
            break;
        }
    }
    tables(device, &center).await
}

/// Fetches the bodies of reference tables that the site has published and that are not here yet.
async fn tables(device: &Device, center: &Center) -> Result<(), AppError> {
    let missing = device.background(|state| state.opened()?.read(knowledge::missing))?;
    if missing.is_empty() {
        return Ok(());
    }
    for hash in missing {
        let bytes = center.table(&hash).await?;
        device.background(|state| {
            state.opened()?.write_local(|ledger| {
                Ok(local::put_reference(ledger.sql(), hash.as_bytes(), &bytes)?)
            })
        })?;
    }
    device.background(|state| state.opened()?.reload_knowledge())?;
    device.tell(News::Changed);
    Ok(())
}

fn remember(
    state: &mut State,
    now: i64,
    moved: Moved,
    problem: Option<&AppError>,
) -> Result<(), AppError> {
    let row = ExchangeRow {
        at: now,
        sent: i64::try_from(moved.sent).unwrap_or(i64::MAX),
        received: i64::try_from(moved.received).unwrap_or(i64::MAX),
        problem: problem.map(|e| e.code.clone()),
    };
    state.opened()?.write_local(|ledger| {
        let sql = ledger.sql();
        if problem.is_none() {
            local::put(sql, name::LAST_EXCHANGE, now.to_string().as_bytes())?;
        }
        // A history of nothing tells nothing: what moved, and what failed in a new way.
        let told = match local::exchanges(sql)?.first() {
            Some(last) => moved != Moved::default() || last.problem != row.problem,
            None => true,
        };
        if told {
            local::put_exchange(sql, &row)?;
        }
        Ok(())
    })
}
