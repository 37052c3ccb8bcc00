//! What a command works with: the open transaction, who acts, on which device, and what the site knows.

use crate::{AppError, Ids, People, local_date};
use chrono::NaiveDate;
use xunyi_journal::{ActorId, Author, ChangeHash, DocId, UserId};
use xunyi_ledger::{DocWrite, Ledger, WriteRequest};
use xunyi_model::medication::Formulary;
use xunyi_model::tables::Tables;
use xunyi_model::{DeviceId, PatientId, Role, SignOff, StaffId, Vehicle};
use xunyi_record::Heads;

use crate::api;

/// The person at work.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedIn {
    /// Who.
    pub staff: StaffId,
    /// Name.
    pub name: String,
    /// Roles at this site.
    pub roles: Vec<Role>,
}

/// What this device is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceFacts {
    /// Its feed.
    pub device: DeviceId,
    /// Name given at enrolment.
    pub name: String,
    /// The letter before its queue numbers.
    pub letter: String,
    /// The vehicle it belongs to; none for a PC at base.
    pub vehicle: Option<Vehicle>,
}

/// Reference data as the site has it.
pub struct Knowledge {
    /// Clinical tables.
    pub tables: Tables,
    /// Products.
    pub formulary: Formulary,
    /// Version of the formulary.
    pub formulary_version: String,
    /// Its sign-off.
    pub formulary_sign_off: SignOff,
}

/// The hand that writes this device's feed.
pub struct Pen {
    /// The feed and its key.
    pub author: Author,
    /// Of this run; new after any commit that did not succeed.
    pub actor: ActorId,
}

/// The context of one command.
pub struct Ctx<'c, 't> {
    /// Journal, documents and projections in the open transaction.
    pub ledger: &'c mut Ledger<'t>,
    /// When the command came, ms: the device's clock, or the site's time where that clock has lost its battery.
    pub now: i64,
    /// The device's clock stands more than a day before that: a person confirms the date.
    pub clock_behind: bool,
    /// Random ids.
    pub ids: &'c dyn Ids,
    /// Who acts.
    pub user: &'c SignedIn,
    /// True for an import, which brings the ids of what it records.
    pub importing: bool,
    /// On which device.
    pub device: &'c DeviceFacts,
    /// What the site knows.
    pub knowledge: &'c Knowledge,
    /// Everybody by name; as of the last commit.
    pub people: &'c People,
    /// The hand that writes.
    pub pen: &'c Pen,
    /// People whose index entry must follow once this is committed.
    pub touched_people: Vec<PatientId>,
    /// Commits written so far.
    pub commits: u64,
}

impl Ctx<'_, '_> {
    /// Today's date where the vehicle is.
    pub fn today(&self) -> NaiveDate {
        local_date(self.now)
    }

    /// A new id.
    pub fn id<T: From<uuid::Uuid>>(&self) -> T {
        T::from(self.ids.uuid(self.now))
    }

    /// Writes the documents of one act: one command, one commit. Answers the heads of each afterwards.
    ///
    /// # Errors
    /// [`AppError`]; the transaction must be rolled back.
    pub fn save(&mut self, writes: Vec<DocWrite>) -> Result<Vec<Heads>, AppError> {
        let (ids, feed) = (self.ids, self.pen.author.feed());
        let mut fork_actor = || {
            let mut nonce = [0u8; 6];
            ids.fill(&mut nonce);
            ActorId::new(feed, nonce)
        };
        let written = self.ledger.write(WriteRequest {
            author: &self.pen.author,
            actor: self.pen.actor,
            fork_actor: &mut fork_actor,
            at: self.now,
            user: UserId(*self.user.staff.as_bytes()),
            writes,
        })?;
        self.commits += u64::from(written.commit.is_some());
        Ok(written.heads)
    }

    /// The answer of an act that saved one document, or several of which the first is the form's.
    pub fn saved(&self, heads: &[Heads]) -> api::Saved {
        api::Saved {
            saved_at: self.now,
            heads: heads.first().map(heads_out).unwrap_or_default(),
        }
    }
}

/// The id of what is recorded: a new one, or the one that an import brings. Nobody else gives one: two records of one
/// id would hide each other.
///
/// # Errors
/// `input.own_id`.
pub(crate) fn own_id<T: From<uuid::Uuid>>(
    ctx: &Ctx<'_, '_>,
    given: Option<T>,
) -> Result<T, AppError> {
    match given {
        Some(_) if !ctx.importing => Err(AppError::new("input.own_id")),
        Some(id) => Ok(id),
        None => Ok(ctx.id()),
    }
}

/// Heads as the window holds them.
pub(crate) fn heads_out(heads: &Heads) -> api::Heads {
    heads.iter().map(ChangeHash::to_hex).collect()
}

/// Heads as the window handed them back.
///
/// # Errors
/// `form.stale` when they are no heads: the form must be opened again.
pub(crate) fn heads_in(heads: &api::Heads) -> Result<Heads, AppError> {
    heads
        .iter()
        .map(|h| ChangeHash::from_hex(h).ok_or_else(|| AppError::new("form.stale")))
        .collect()
}

/// The document of a person.
pub(crate) fn chart(patient: PatientId) -> DocId {
    xunyi_record::patient::document_id(patient)
}
