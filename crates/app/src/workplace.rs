//! One device at work: its store, its hand, what it knows, and everybody by name. Runs commands, takes in and
//! gives out journal frames. Opens no file and no socket, so that a simulator can hold a fleet of them.

use crate::command::{Kind, command};
use crate::further;
use crate::{AppError, Clock, Ctx, DeviceFacts, Ids, Knowledge, Pen, People, SignedIn};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use xunyi_journal::{ActorId, Author, DeviceRecord, DocId, FeedId, Frame, PackedFrame, Vector};
use xunyi_ledger::{Ledger, Outbound, Outgoing, PolicySource, Received};
use xunyi_model::PatientId;
use xunyi_store::{Store, WriteError};

/// What a workplace is made of.
pub struct Parts {
    /// The open store.
    pub store: Store,
    /// The device's feed and key.
    pub author: Author,
    /// What this device is.
    pub device: DeviceFacts,
    /// What the site knows.
    pub knowledge: Knowledge,
    /// Who judges certificates.
    pub trust: Box<dyn PolicySource + Send>,
    /// The device's clock.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub ids: Arc<dyn Ids>,
}

/// What taking in a frame did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What the frame brought.
    pub received: Received,
    /// Staff, devices, places, settings or reference tables changed.
    pub site_changed: bool,
}

/// A device at work.
pub struct Workplace {
    store: Store,
    pen: Pen,
    device: DeviceFacts,
    knowledge: Knowledge,
    people: People,
    trust: Box<dyn PolicySource + Send>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    commits: u64,
    /// The last request got no answer: what of it the center holds is not known.
    unanswered: bool,
    /// The time that the center last signed, as far as it has been heard; read again when absent.
    seen_at: Option<i64>,
}

/// A clock that stands so far before what the center signed has lost its battery, ms.
const DAY_MS: i64 = 24 * 3_600_000;

/// The time of a command.
struct Now {
    at: i64,
    /// The device's clock stands more than a day before what the center last signed.
    clock_behind: bool,
}

impl Workplace {
    /// Takes up work: reads everybody into memory.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn new(parts: Parts) -> Result<Self, AppError> {
        let Parts {
            mut store,
            author,
            device,
            knowledge,
            trust,
            clock,
            ids,
        } = parts;
        let people = store.read(|ledger| People::load(ledger, &knowledge.tables))?;
        let actor = fresh_actor(&author, ids.as_ref());
        let pen = Pen { author, actor };
        Ok(Self {
            store,
            pen,
            device,
            knowledge,
            people,
            trust,
            clock,
            ids,
            commits: 0,
            unanswered: false,
            seen_at: None,
        })
    }

    /// Writes entry 0 of this device's feed, once.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn open_feed(&mut self, record: &DeviceRecord) -> Result<(), AppError> {
        let now = self.clock.now();
        let author = &self.pen.author;
        let opened = self
            .store
            .write(|ledger| Ok(ledger.open_feed(author, record, now).map(|_| ())?));
        self.seen_at = None;
        self.settled(opened)
    }

    /// Runs a command for a person. When it answers `Ok`, it is on disk.
    ///
    /// # Errors
    /// `command.unknown`, `role.not_allowed`, `input.malformed`, or what the command says; nothing was
    /// written then.
    pub fn invoke(&mut self, user: &SignedIn, name: &str, input: Value) -> Result<Value, AppError> {
        self.run(user, name, input, false)
    }

    /// As [`Workplace::invoke`], for an import: it brings the ids of what it records.
    ///
    /// # Errors
    /// As [`Workplace::invoke`].
    pub fn import(&mut self, user: &SignedIn, name: &str, input: Value) -> Result<Value, AppError> {
        self.run(user, name, input, true)
    }

    fn run(
        &mut self,
        user: &SignedIn,
        name: &str,
        input: Value,
        importing: bool,
    ) -> Result<Value, AppError> {
        let command = command(name)
            .ok_or_else(|| AppError::with("command.unknown", json!({ "command": name })))?;
        let Now {
            at: now,
            clock_behind,
        } = self.now(importing)?;
        let (ids, device, knowledge, people, pen) = (
            self.ids.as_ref(),
            &self.device,
            &self.knowledge,
            &self.people,
            &self.pen,
        );
        let work = |ledger: &mut Ledger<'_>| {
            let mut ctx = Ctx {
                ledger,
                now,
                clock_behind,
                ids,
                user,
                importing,
                device,
                knowledge,
                people,
                pen,
                touched_people: Vec::new(),
                commits: 0,
            };
            let output = command.run(&mut ctx, input)?;
            Ok((output, ctx.touched_people, ctx.commits))
        };
        let done = match command.kind {
            Kind::Query => self.store.read(work),
            Kind::Act => self.store.write(work),
        };
        let (output, touched, commits) = self.settled(done)?;
        self.commits += commits;
        self.refresh(&touched)?;
        Ok(output)
    }

    /// The time of the next command: the device's clock, unless it stands more than a day before what the center last
    /// signed, so that a clock without battery files nothing under 1970. What this device wrote itself does not count: once its clock stood a
    /// year ahead, all that followed would be dated there. A history that is played brings its own times.
    fn now(&mut self, importing: bool) -> Result<Now, AppError> {
        let clock = self.clock.now();
        if importing {
            return Ok(Now {
                at: clock,
                clock_behind: false,
            });
        }
        let seen = match self.seen_at {
            Some(at) => at,
            None => {
                let at = self.center_heard_at()?.unwrap_or(0);
                self.seen_at = Some(at);
                at
            }
        };
        if clock >= seen.saturating_sub(DAY_MS) {
            return Ok(Now {
                at: clock,
                clock_behind: false,
            });
        }
        // Time goes on from there as the clock goes: what follows stays behind what went before.
        let confirmed = self
            .store
            .read(|ledger| crate::day::stored_date(ledger.sql()))?;
        let from = confirmed.map_or(seen, |date| seen.max(crate::day_start(date)));
        Ok(Now {
            at: from.saturating_add(1 + clock.rem_euclid(DAY_MS)),
            clock_behind: true,
        })
    }

    /// What this device holds.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn vector(&mut self) -> Result<Vector, AppError> {
        Ok(self
            .store
            .read(|ledger| Ok::<_, AppError>(ledger.vector()?))?)
    }

    /// Starts a walk over what a peer lacks.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn outgoing(&mut self, peer: &Vector) -> Result<Outgoing, AppError> {
        let own = self.pen.author.feed();
        let walk = |ledger: &mut Ledger<'_>| {
            let site = ledger.site();
            let walk = Outgoing::by_author(ledger.sql(), site, peer, &own);
            Ok::<_, AppError>(walk?)
        };
        Ok(self.store.read(walk)?)
    }

    /// The next frame of such a walk.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn next_packed(&mut self, walk: &mut Outgoing) -> Result<Option<Outbound>, AppError> {
        Ok(self
            .store
            .read(|ledger| Ok::<_, AppError>(walk.next_packed(ledger.sql())?))?)
    }

    /// The next frame of such a walk as entries, for a test that looks at them.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn next_frame(&mut self, walk: &mut Outgoing) -> Result<Option<Frame>, AppError> {
        Ok(self
            .store
            .read(|ledger| Ok::<_, AppError>(walk.next_frame(ledger.sql())?))?)
    }

    /// When the center last wrote, by its own clock, ms.
    ///
    /// # Errors
    /// [`AppError`].
    pub(crate) fn center_heard_at(&mut self) -> Result<Option<i64>, AppError> {
        let trust = self.trust.as_ref();
        let feeds = self
            .store
            .read(|ledger| Ok::<_, AppError>(ledger.feeds()?))?;
        let of_center = feeds
            .iter()
            .filter(|feed| trust.is_center(feed) == Some(true));
        Ok(of_center.map(|feed| feed.last_at).max())
    }

    /// Takes in a frame: journal, documents and projections in one transaction. Where it shows entries of this
    /// device's own feed that are not its own, the device goes on in a new feed.
    ///
    /// # Errors
    /// [`AppError`] with the journal's code when the frame is refused; nothing of it was written then.
    pub fn receive(&mut self, packed: &PackedFrame) -> Result<Taken, AppError> {
        let trust = self.trust.as_ref();
        self.seen_at = None;
        let (author, ids, now) = (&self.pen.author, self.ids.as_ref(), self.clock.now());
        let taken = self.store.write(|ledger| {
            let frame = ledger.unpack(packed)?;
            let received = ledger.receive(frame, trust)?;
            let mut settled = ledger.settle(&received.documents)?;
            if settled.site_changed || received.rejudge {
                // A revocation may have come after what it concerns.
                settled.join(ledger.rejudge(trust)?);
            }
            let further = if received.forked.contains(&author.feed()) {
                Some(further::begin(ledger, author, ids, now)?)
            } else {
                None
            };
            Ok::<_, AppError>((received, settled, further))
        });
        let (received, settled, further) = self.settled(taken)?;
        if let Some(author) = further {
            self.pen.actor = fresh_actor(&author, self.ids.as_ref());
            self.pen.author = author;
        }
        if !settled.rebuilt.is_empty() {
            // Changes of our own may be held now: their numbers must not be given again.
            self.pen.actor = fresh_actor(&self.pen.author, self.ids.as_ref());
        }
        if settled.site_changed {
            let people = &mut self.people;
            self.store.read(|ledger| people.reload_villages(ledger))?;
        }
        self.refresh(&people_of(&settled.documents))?;
        Ok(Taken {
            received,
            site_changed: settled.site_changed,
        })
    }

    /// Works with other reference tables from now on.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn set_knowledge(&mut self, knowledge: Knowledge) -> Result<(), AppError> {
        self.people = self
            .store
            .read(|ledger| People::load(ledger, &knowledge.tables))?;
        self.knowledge = knowledge;
        Ok(())
    }

    /// The device is another vehicle's, or has another letter, as the center says.
    pub fn set_device(&mut self, device: DeviceFacts) {
        self.device = device;
    }

    /// Commits that commands of this run wrote: it grows when there is something new to send.
    pub fn commits(&self) -> u64 {
        self.commits
    }

    /// The key that this device signs with.
    pub(crate) fn public_key(&self) -> [u8; 32] {
        self.pen.author.public_key()
    }

    /// The feed that this device writes now.
    pub fn feed(&self) -> FeedId {
        self.pen.author.feed()
    }

    /// Sets whether the last request got an answer; tells what it was before.
    pub(crate) fn set_unanswered(&mut self, unanswered: bool) -> bool {
        std::mem::replace(&mut self.unanswered, unanswered)
    }

    /// The store, for checks, backup and what is local.
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Ends work here; the store stays open for whoever takes it up again.
    pub fn into_store(self) -> Store {
        self.store
    }

    /// What this device is.
    pub fn device(&self) -> &DeviceFacts {
        &self.device
    }

    fn refresh(&mut self, touched: &[PatientId]) -> Result<(), AppError> {
        if touched.is_empty() {
            return Ok(());
        }
        let people = &mut self.people;
        Ok(self.store.read(|ledger| people.refresh(ledger, touched))?)
    }

    /// After any commit that did not succeed the actor changes: its next number may be on disk or not.
    fn settled<T>(&mut self, result: Result<T, WriteError<AppError>>) -> Result<T, AppError> {
        if result.is_err() {
            self.pen.actor = fresh_actor(&self.pen.author, self.ids.as_ref());
        }
        Ok(result?)
    }
}

fn fresh_actor(author: &Author, ids: &dyn Ids) -> ActorId {
    let mut nonce = [0u8; 6];
    ids.fill(&mut nonce);
    ActorId::new(author.feed(), nonce)
}

/// Documents of other types name nobody in the index, and refreshing them finds nothing.
fn people_of(documents: &BTreeSet<DocId>) -> Vec<PatientId> {
    documents
        .iter()
        .map(xunyi_record::patient::patient_of)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Tablet, meet};
    use xunyi_journal::{Action, DocType};
    use xunyi_ledger::DocWrite;
    use xunyi_record::site::{self, topic};

    /// The center says that nothing of this device counts after an entry.
    fn revoke(center: &mut Tablet, feed: FeedId, last_good: u64) {
        let body = json!({ "feed": feed.to_hex(), "status": "revoked", "last_good": last_good });
        center.write(DocWrite {
            doc: site::document_id(1, topic::DEVICES),
            doc_type: DocType::Site,
            action: Action::DeviceRevoked,
            heads: None,
            writes: site::record("device", site::device_record(&feed), &body),
            settle: false,
        });
    }

    #[test]
    fn who_was_registered_by_a_thief_is_found_no_more_and_work_goes_on() {
        let (mut center, mut lost, mut other) = (Tablet::center(), Tablet::new(2), Tablet::new(3));
        let known = lost.register("郑桂叶");
        meet(&mut lost, &mut other);
        let stolen = lost.register("王不实");
        meet(&mut lost, &mut other);
        let feed = lost.at.pen.author.feed();
        let search = json!({ "query": "wbs" });
        assert_eq!(
            other.run("patient.search", search.clone())["hits"][0]["patient"],
            stolen
        );
        revoke(&mut center, feed, 1);
        meet(&mut center, &mut other);
        meet(&mut center, &mut lost);
        let nobody = json!([]);
        assert_eq!(other.run("patient.search", search.clone())["hits"], nobody);
        let found = other.run("patient.search", json!({ "query": "zgy" }));
        assert_eq!(found["hits"][0]["patient"], known);
        // The tablet itself learns it as well; what it writes then is a change of its own that all read.
        assert_eq!(lost.run("patient.search", search)["hits"], nobody);
        lost.update(&known, json!({ "phone": "13900000001" }))
            .unwrap();
        for tablet in [&mut lost, &mut other] {
            for finding in tablet.at.store.read(xunyi_ledger::verify).unwrap() {
                assert_eq!(finding.wrong, Vec::<String>::new());
            }
        }
    }
}
