//! One center at work: its store, its authority, its own feed. Every read and write of the center goes through here
//! as a transaction over the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use xunyi_journal::{Action, ActorId, Author, DeviceRecord, DocType, FeedId, UserId, feed_id};
use xunyi_ledger::{Cache, DocWrite, Ledger, PolicySource, SqlError, WriteRequest};
use xunyi_pki::{SigningSeed, SiteCa, SiteNumber, Validity};
use xunyi_record::{Write, site};
use xunyi_store::SiteTrust;

use crate::error::CenterError;
use crate::refill;
use crate::seal::Sealer;
use crate::store::{
    Access, CenterStore, SiteRow, put_site, remembered, site_row, transaction, value,
};
use crate::system::{self, Entropy, SystemEntropy};
use crate::words::Code;

/// Documents kept in memory within one transaction.
const CACHED_DOCUMENTS: usize = 32;

/// Bytes of an actor's nonce.
const NONCE: usize = 6;

/// The certificate in entry 0 says whose feed it is for ever; its end is held against nobody.
const FEED_CERTIFICATE_DAYS: u32 = 365;

/// A center.
pub struct Center {
    store: Arc<dyn CenterStore>,
    site: SiteNumber,
    name: String,
    authority: SiteCa,
    key: SigningSeed,
    feed: FeedId,
    trust: SiteTrust,
    entropy: Arc<dyn Entropy>,
}

/// What the center writes in one commit of its own feed.
#[derive(Debug)]
pub struct Page {
    action: Action,
    parts: BTreeMap<&'static str, Vec<Write>>,
}

impl Page {
    fn new() -> Self {
        Self {
            action: Action::SiteWritten,
            parts: BTreeMap::new(),
        }
    }

    /// Writes into the document of a topic.
    pub fn put(&mut self, topic: &'static str, writes: impl IntoIterator<Item = Write>) {
        self.parts.entry(topic).or_default().extend(writes);
    }

    /// Names the act for the audit trail.
    pub fn act(&mut self, action: Action) {
        self.action = action;
    }
}

impl Center {
    /// Makes a new center in a store: authority, own feed, and what `first` writes, in one transaction.
    ///
    /// # Errors
    /// `center.exists` when the site has one; else those of names, keys and the store.
    pub fn found(
        store: Arc<dyn CenterStore>,
        sealer: &Sealer,
        site: SiteNumber,
        name: &str,
        now: i64,
        first: impl FnMut(&mut Ledger<'_>, &mut Page) -> Result<(), CenterError>,
    ) -> Result<Self, CenterError> {
        Self::found_by(
            Arc::new(SystemEntropy),
            store,
            sealer,
            site,
            name,
            now,
            first,
        )
    }

    /// As [`Center::found`], with random bytes of this source.
    ///
    /// # Errors
    /// As [`Center::found`].
    pub fn found_by(
        entropy: Arc<dyn Entropy>,
        store: Arc<dyn CenterStore>,
        sealer: &Sealer,
        site: SiteNumber,
        name: &str,
        now: i64,
        mut first: impl FnMut(&mut Ledger<'_>, &mut Page) -> Result<(), CenterError>,
    ) -> Result<Self, CenterError> {
        let authority = SiteCa::create(&entropy.bytes()?, site, name, now)?;
        let key = SigningSeed::from_bytes(&entropy.bytes()?);
        let nonce = entropy.bytes()?;
        let feed = feed_id(&key.public_key(), &nonce);
        let row = SiteRow {
            site: i64::from(site),
            name: name.to_owned(),
            feed: feed.0,
            sealed_seed: sealer.seal(&about("seed", site), key.seed().as_slice())?,
            authority: authority.cert().der().to_vec(),
            sealed_authority_key: sealer.seal(&about("authority", site), &authority.key_pkcs8())?,
            made_at: now,
        };
        let validity = Validity::days(now, FEED_CERTIFICATE_DAYS);
        let certificate =
            authority.issue_center(&key.public_key(), &feed.0, name, &[], validity)?;
        let record = DeviceRecord {
            name: name.to_owned(),
            public_key: key.public_key(),
            nonce,
            certificate: certificate.to_vec(),
            follows: None,
        };
        let mut center = Self::new(store, site, name.to_owned(), authority, key, feed);
        center.entropy = entropy;
        center.write(|ledger| {
            if !put_site(ledger.sql(), &row)? {
                return Err(CenterError::code_only(Code::CenterExists));
            }
            ledger.open_feed(&center.author(), &record, now)?;
            let mut page = Page::new();
            first(ledger, &mut page)?;
            center.commit(ledger, feed, page, now)
        })?;
        Ok(center)
    }

    /// Takes up the center of a site. One that was put back from a backup begins its further feed now.
    ///
    /// # Errors
    /// `center.not_found`, `key.wrong`, and those of the store.
    pub fn open(
        store: Arc<dyn CenterStore>,
        sealer: &Sealer,
        site: SiteNumber,
    ) -> Result<Self, CenterError> {
        let entropy = Arc::new(SystemEntropy);
        Self::open_by(entropy, store, sealer, site, system::now_ms())
    }

    /// As [`Center::open`], with random bytes of this source and this time.
    ///
    /// # Errors
    /// As [`Center::open`].
    pub fn open_by(
        entropy: Arc<dyn Entropy>,
        store: Arc<dyn CenterStore>,
        sealer: &Sealer,
        site: SiteNumber,
        now: i64,
    ) -> Result<Self, CenterError> {
        let number = i64::from(site);
        let (row, restored) = transaction(store.as_ref(), Access::Read, |sql| {
            let row = site_row(sql, number)?;
            Ok((row, remembered(sql, number, value::RESTORED)?))
        })?;
        let row = row.ok_or_else(|| CenterError::code_only(Code::NoCenter))?;
        let seed = sealer.open(&about("seed", site), &row.sealed_seed)?;
        let seed = <&[u8; 32]>::try_from(seed.as_slice())
            .map_err(|_| CenterError::code_only(Code::KeyWrong))?;
        let key = SigningSeed::from_bytes(seed);
        let pkcs8 = sealer.open(&about("authority", site), &row.sealed_authority_key)?;
        let authority = SiteCa::restore(&pkcs8, &row.authority)?;
        let feed = FeedId(row.feed);
        let mut center = Self::new(store, site, row.name, authority, key, feed);
        center.entropy = entropy;
        if restored.is_some() {
            center.write(|ledger| refill::take_up(&center, ledger, now))?;
        }
        Ok(center)
    }

    fn new(
        store: Arc<dyn CenterStore>,
        site: SiteNumber,
        name: String,
        authority: SiteCa,
        key: SigningSeed,
        feed: FeedId,
    ) -> Self {
        let trust = SiteTrust::new(vec![authority.cert().clone()]);
        Self {
            store,
            site,
            name,
            authority,
            key,
            feed,
            trust,
            entropy: Arc::new(SystemEntropy),
        }
    }

    /// The site's number as the ledger counts.
    pub fn site(&self) -> i64 {
        i64::from(self.site)
    }

    /// The site's number.
    pub fn site_number(&self) -> SiteNumber {
        self.site
    }

    /// The site's name when it was made.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The site's authority.
    pub fn authority(&self) -> &SiteCa {
        &self.authority
    }

    /// The key of the center's feed and of its TLS.
    pub fn key(&self) -> &SigningSeed {
        &self.key
    }

    /// The center's first feed: who it is, whichever feed it writes now. Whoever writes site data locks it.
    pub fn feed(&self) -> FeedId {
        self.feed
    }

    /// The feed that the center writes now: its first, or the one in which it went on after it was restored.
    ///
    /// # Errors
    /// Those of the store.
    pub fn feed_now(&self, ledger: &mut Ledger<'_>) -> Result<FeedId, CenterError> {
        let further = remembered(ledger.sql(), self.site(), value::FEED)?;
        let further = further.and_then(|further| FeedId::from_slice(&further.bytes));
        Ok(further.unwrap_or(self.feed))
    }

    /// Where random bytes come from.
    pub(crate) fn entropy(&self) -> &(dyn Entropy + 'static) {
        self.entropy.as_ref()
    }

    /// Where everything is kept.
    pub(crate) fn store(&self) -> &dyn CenterStore {
        self.store.as_ref()
    }

    /// Who judges certificates.
    pub fn trust(&self) -> &dyn PolicySource {
        &self.trust
    }

    /// Reads in one transaction: one state of everything.
    ///
    /// # Errors
    /// What `work` answers, or what the database does.
    pub fn read<T>(
        &self,
        work: impl FnMut(&mut Ledger<'_>) -> Result<T, CenterError>,
    ) -> Result<T, CenterError> {
        self.transaction(Access::Read, work)
    }

    /// Writes in one transaction; when this answers `Ok`, it is on disk. `work` may run more than once.
    ///
    /// # Errors
    /// What `work` answers, or what the database does; nothing was written then.
    pub fn write<T>(
        &self,
        work: impl FnMut(&mut Ledger<'_>) -> Result<T, CenterError>,
    ) -> Result<T, CenterError> {
        self.transaction(Access::Write, work)
    }

    fn transaction<T>(
        &self,
        access: Access,
        mut work: impl FnMut(&mut Ledger<'_>) -> Result<T, CenterError>,
    ) -> Result<T, CenterError> {
        transaction(self.store.as_ref(), access, |sql| {
            // Other processes write too: nothing is remembered from one transaction to the next.
            let mut cache = Cache::new(CACHED_DOCUMENTS);
            work(&mut Ledger::new(sql, self.site(), &mut cache))
        })
    }

    /// Writes site data as one commit of the center's feed. The feed is locked before `work` reads, so that two
    /// processes that author at once take turns.
    ///
    /// # Errors
    /// `center.refilling` while a restored center waits for its devices; what `work` answers, or what the database
    /// does; nothing was written then.
    pub fn authored<T>(
        &self,
        now: i64,
        mut work: impl FnMut(&mut Ledger<'_>, &mut Page) -> Result<T, CenterError>,
    ) -> Result<T, CenterError> {
        self.authored_about(BTreeSet::new(), now, |ledger, page| {
            if refill::waits(ledger)?.is_some() {
                return Err(CenterError::code_only(Code::Refilling));
            }
            work(ledger, page)
        })
    }

    /// As [`Center::authored`], with further feeds locked: what is said about them holds when it is written. Also
    /// while a restored center waits: revoking a device is always allowed.
    ///
    /// # Errors
    /// What `work` answers, or what the database does; nothing was written then.
    pub fn authored_about<T>(
        &self,
        mut feeds: BTreeSet<FeedId>,
        now: i64,
        mut work: impl FnMut(&mut Ledger<'_>, &mut Page) -> Result<T, CenterError>,
    ) -> Result<T, CenterError> {
        feeds.insert(self.feed);
        self.write(|ledger| {
            let mut feeds = feeds.clone();
            let own = self.feed_now(ledger)?;
            feeds.insert(own);
            ledger.lock_feeds(&feeds)?;
            if self.feed_now(ledger)? != own {
                // It went on in another feed just now.
                return Err(SqlError::Retry.into());
            }
            let mut page = Page::new();
            let answer = work(ledger, &mut page)?;
            self.commit(ledger, own, page, now)?;
            Ok(answer)
        })
    }

    fn commit(
        &self,
        ledger: &mut Ledger<'_>,
        feed: FeedId,
        page: Page,
        now: i64,
    ) -> Result<(), CenterError> {
        let author = self.author().of_feed(feed);
        // New for each commit: another process may write between two of ours. One for the commit, and one for
        // each document in case it forks.
        let mut nonces = vec![0; NONCE * (page.parts.len() + 1)];
        self.entropy.fill(&mut nonces)?;
        let mut nonces = nonces.chunks_exact(NONCE);
        let mut fresh = || {
            let mut nonce = [0; NONCE];
            nonce.copy_from_slice(nonces.next().unwrap_or(&[0; NONCE]));
            ActorId::new(feed, nonce)
        };
        let actor = fresh();
        let writes = page.parts.into_iter().map(|(topic, writes)| DocWrite {
            doc: site::document_id(self.site(), topic),
            doc_type: DocType::Site,
            action: page.action,
            heads: None,
            writes,
            settle: false,
        });
        ledger.write(WriteRequest {
            author: &author,
            actor,
            fork_actor: &mut fresh,
            at: now,
            user: UserId::NOBODY,
            writes: writes.collect(),
        })?;
        Ok(())
    }

    /// The hand that writes, in the first feed.
    pub(crate) fn author(&self) -> Author {
        Author::new(self.feed, &self.key.seed())
    }
}

/// What a sealed key is for: it opens for nothing else.
fn about(what: &str, site: SiteNumber) -> Vec<u8> {
    [
        b"xunyi center v1 ",
        what.as_bytes(),
        b" ",
        &site.to_be_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::settings;
    use crate::testing::{MORNING, place};
    use xunyi_ledger::verify;

    #[test]
    fn a_center_is_opened_again_with_the_same_keys_by_the_same_sealer_only() {
        let place = place();
        let again = Center::open(place.store.clone(), &place.sealer, 7).unwrap();
        assert_eq!(again.key().public_key(), place.center.key().public_key());
        assert_eq!(again.authority().cert(), place.center.authority().cert());
        assert_eq!(
            (again.feed(), again.name()),
            (place.center.feed(), "卫生院")
        );
        let other = Sealer::new([9; 32]);
        let wrong = Center::open(place.store.clone(), &other, 7).map(|_| ());
        assert_eq!(wrong.unwrap_err().code(), "key.wrong");
        let none = Center::open(place.store.clone(), &place.sealer, 8).map(|_| ());
        assert_eq!(none.unwrap_err().code(), "center.not_found");
    }

    #[test]
    fn a_second_center_of_the_site_is_refused_and_leaves_nothing() {
        let place = place();
        let before = place.center.read(|ledger| Ok(ledger.vector()?)).unwrap();
        let again = Center::found(
            place.store.clone(),
            &place.sealer,
            7,
            "x",
            MORNING,
            |_, _| Ok(()),
        );
        assert_eq!(again.map(|_| ()).unwrap_err().code(), "center.exists");
        let after = place.center.read(|ledger| Ok(ledger.vector()?)).unwrap();
        assert_eq!(before, after);
        // Another site may share the database.
        Center::found(
            place.store.clone(),
            &place.sealer,
            8,
            "x",
            MORNING,
            |_, _| Ok(()),
        )
        .unwrap();
        assert_eq!(
            place.center.read(|ledger| Ok(ledger.vector()?)).unwrap(),
            before
        );
    }

    #[test]
    fn what_is_authored_is_a_signed_commit_and_what_fails_is_nothing() {
        let place = place();
        let center = &place.center;
        let seq = || {
            let vector = center.read(|ledger| Ok(ledger.vector()?)).unwrap();
            vector.get(&center.feed()).unwrap().seq
        };
        let before = seq();
        let put = |address: &str| {
            center.authored(MORNING, |_, page| {
                settings::put_addresses(page, &[address.to_owned()]);
                Ok(())
            })
        };
        put("https://a:1").unwrap();
        put("https://a:1").unwrap();
        assert_eq!(seq(), before + 1);
        let failed: Result<(), _> = center.authored(MORNING, |_, page| {
            settings::put_addresses(page, &["https://b:1".to_owned()]);
            Err(CenterError::code_only(Code::Unknown))
        });
        assert!(failed.is_err());
        assert_eq!(seq(), before + 1);
        assert_eq!(center.read(settings::addresses).unwrap(), ["https://a:1"]);
        for finding in center.read(|ledger| Ok(verify(ledger)?)).unwrap() {
            assert!(finding.wrong.is_empty(), "{finding:?}");
        }
    }

    #[test]
    fn authors_at_once_take_turns() {
        let place = place();
        std::thread::scope(|scope| {
            for n in 0..4 {
                let center = &place.center;
                scope.spawn(move || {
                    for m in 0..3 {
                        let name = format!("{n} {m}");
                        let id = uuid::Uuid::from_u128(100 + n * 10 + m);
                        center
                            .authored(MORNING, |_, page| {
                                let village = crate::site::places::village(id, &name, "镇", None)?;
                                crate::site::places::add_village(page, &village);
                                Ok(())
                            })
                            .unwrap();
                    }
                });
            }
        });
        let villages = place.center.read(crate::site::places::villages).unwrap();
        assert_eq!(villages.len(), 12);
    }
}
