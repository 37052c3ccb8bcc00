//! The journal in the database: heads, vector, appending, reading back.

use crate::{EntryState, LedgerError, Sql, SqlError, SqlRow};
use xunyi_journal::schema::Value;
use xunyi_journal::{
    ChangeHash, Commit, DeviceRecord, DocId, DocType, EntryHash, FeedId, MAX_LAMPORT, Position,
    Sealed, Signature, Vector,
};

/// A feed as this store knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedInfo {
    /// Which.
    pub feed: FeedId,
    /// The device's name.
    pub name: String,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// Its Ed25519 public key.
    pub public_key: [u8; 32],
    /// The last entry held.
    pub tip: Position,
    /// Clock of its last entry, ms.
    pub last_at: i64,
    /// Whose entries they are, and the number of the first, for what goes on from a fork.
    pub suffix_of: Option<(FeedId, u64)>,
}

/// Who, when, on which device: the origin of a change, from the journal as audit trail.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    /// Whose feed.
    pub feed: FeedId,
    /// Who acted.
    pub user: [u8; 16],
    /// When, ms.
    pub at: i64,
}

/// A place, where the columns hold one.
pub(crate) fn position(seq: i64, hash: &[u8]) -> Option<Position> {
    Some(Position {
        seq: u64::try_from(seq).ok()?,
        hash: EntryHash::from_slice(hash)?,
    })
}

/// What is held: the tip of every feed.
pub(crate) fn vector(sql: &mut dyn Sql, site: i64) -> Result<Vector, SqlError> {
    let rows = sql.query(
        "SELECT feed, seq, hash FROM feed WHERE site = $1 AND seq >= 0",
        &[site.into()],
    )?;
    Ok(rows
        .iter()
        .filter_map(|r| {
            Some((
                FeedId::from_slice(r.blob(0))?,
                position(r.int(1), r.blob(2))?,
            ))
        })
        .collect())
}

const FEED: &str = "SELECT f.feed, f.name, f.certificate, f.public_key, f.seq, f.hash, f.last_at, s.base, s.first_seq
     FROM feed f LEFT JOIN suffix s ON s.site = f.site AND s.feed = f.feed";

/// All feeds.
pub(crate) fn feeds(sql: &mut dyn Sql, site: i64) -> Result<Vec<FeedInfo>, SqlError> {
    let rows = sql.query(
        &format!("{FEED} WHERE f.site = $1 AND f.seq >= 0 ORDER BY f.feed"),
        &[site.into()],
    )?;
    Ok(rows.iter().filter_map(feed_info).collect())
}

/// One feed, when it is known.
pub(crate) fn feed(
    sql: &mut dyn Sql,
    site: i64,
    feed: &FeedId,
) -> Result<Option<FeedInfo>, SqlError> {
    let rows = sql.query(
        &format!("{FEED} WHERE f.site = $1 AND f.feed = $2 AND f.seq >= 0"),
        &[site.into(), feed.as_bytes().into()],
    )?;
    Ok(rows.first().and_then(feed_info))
}

fn feed_info(row: &SqlRow) -> Option<FeedInfo> {
    Some(FeedInfo {
        feed: FeedId::from_slice(row.blob(0))?,
        name: row.text(1).to_owned(),
        certificate: row.blob(2).to_vec(),
        public_key: row.blob(3).try_into().ok()?,
        tip: position(row.int(4), row.blob(5))?,
        last_at: row.int(6),
        suffix_of: row
            .opt_blob(7)
            .and_then(FeedId::from_slice)
            .map(|of| (of, row.count(8))),
    })
}

/// The time of the next commit: 1 + the highest seen, where that is not the highest there is.
pub(crate) fn next_lamport(sql: &mut dyn Sql, site: i64) -> Result<u64, SqlError> {
    let rows = sql.query(
        "SELECT COALESCE(MAX(lamport), 0) FROM feed WHERE site = $1",
        &[site.into()],
    )?;
    let seen = rows.first().map_or(0, |row| row.count(0));
    Ok(seen.saturating_add(1).min(MAX_LAMPORT))
}

/// What stands for the hash of a change where an entry has none that can be read.
pub(crate) const NO_CHANGE: ChangeHash = ChangeHash([0; 32]);

/// The document of an entry, its type, and the hash of its change; `None` without a change that can be read.
pub(crate) fn change_at(
    sql: &mut dyn Sql,
    site: i64,
    feed: &FeedId,
    seq: u64,
) -> Result<Option<(DocId, DocType, ChangeHash)>, SqlError> {
    let rows = sql.query(
        "SELECT doc, doc_type, change_hash FROM entry WHERE site = $1 AND feed = $2 AND seq = $3",
        &[site.into(), feed.as_bytes().into(), seq.into()],
    )?;
    Ok(rows.first().and_then(|row| {
        let change = ChangeHash::from_slice(row.blob(2)).filter(|hash| *hash != NO_CHANGE)?;
        Some((
            DocId::from_slice(row.blob(0))?,
            doc_type_of(row.int(1)),
            change,
        ))
    }))
}

/// Hash held at a place of a feed.
pub(crate) fn hash_at(
    sql: &mut dyn Sql,
    site: i64,
    feed: &FeedId,
    seq: u64,
) -> Result<Option<EntryHash>, SqlError> {
    let rows = sql.query(
        "SELECT hash FROM entry WHERE site = $1 AND feed = $2 AND seq = $3",
        &[site.into(), feed.as_bytes().into(), seq.into()],
    )?;
    Ok(rows.first().and_then(|r| EntryHash::from_slice(r.blob(0))))
}

/// Appends the entries of a judged commit to a branch with the state each has here, and moves its head.
pub(crate) fn append(
    sql: &mut dyn Sql,
    site: i64,
    branch: &FeedId,
    commit: &Commit,
    device: Option<&DeviceRecord>,
    states: &[(EntryState, ChangeHash)],
) -> Result<(), SqlError> {
    let Some(last) = commit.last() else {
        return Ok(());
    };
    for (i, (sealed, (state, change))) in commit.entries.iter().zip(states).enumerate() {
        let signature = if i + 1 == commit.entries.len() {
            commit.signature
        } else {
            None
        };
        insert_entry(sql, site, branch, sealed, (*state, change), signature)?;
    }
    let e = &last.envelope;
    let at = last.entry.as_ref().map_or(0, |entry| entry.at);
    if let Some(device) = device {
        sql.execute(
            "UPDATE feed SET public_key = $1, name = $2, certificate = $3 WHERE site = $4 AND feed = $5",
            &[
                Value::from(&device.public_key[..]),
                device.name.as_str().into(),
                Value::Blob(device.certificate.clone()),
                site.into(),
                e.feed.as_bytes().into(),
            ],
        )?;
    }
    sql.execute(
        "UPDATE feed SET seq = $1, hash = $2, lamport = $3, last_at = $4 WHERE site = $5 AND feed = $6",
        &[
            e.seq.into(),
            last.hash.as_bytes().into(),
            e.lamport.into(),
            at.into(),
            site.into(),
            branch.as_bytes().into(),
        ],
    )?;
    Ok(())
}

fn insert_entry(
    sql: &mut dyn Sql,
    site: i64,
    branch: &FeedId,
    sealed: &Sealed,
    (state, change): (EntryState, &ChangeHash),
    signature: Option<Signature>,
) -> Result<(), SqlError> {
    let e = &sealed.envelope;
    let nowhere = DocId([0; 16]);
    let (doc, doc_type, at, user, action) = match &sealed.entry {
        Some(entry) => (
            entry.doc,
            entry.doc_type.code(),
            entry.at,
            entry.user.0,
            entry.action.code(),
        ),
        None => (nowhere, u16::MAX, 0, [0; 16], u16::MAX),
    };
    sql.execute(
        "INSERT INTO entry (site, feed, seq, hash, lamport, remaining, doc, doc_type, at, author, action,
                            change_hash, state, signature, bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &[
            site.into(),
            branch.as_bytes().into(),
            e.seq.into(),
            sealed.hash.as_bytes().into(),
            e.lamport.into(),
            e.left.into(),
            doc.as_bytes().into(),
            doc_type.into(),
            at.into(),
            Value::from(&user[..]),
            action.into(),
            change.as_bytes().into(),
            state.code().into(),
            signature.map(|s| s.as_bytes().to_vec()).into(),
            Value::Blob(sealed.bytes.clone()),
        ],
    )?;
    Ok(())
}

/// Where a change came from.
pub(crate) fn origin(
    sql: &mut dyn Sql,
    site: i64,
    change: &ChangeHash,
) -> Result<Option<AuditLine>, SqlError> {
    let rows = sql.query(
        "SELECT feed, author, at FROM entry WHERE site = $1 AND change_hash = $2
         ORDER BY lamport, feed, seq LIMIT 1",
        &[site.into(), change.as_bytes().into()],
    )?;
    Ok(rows.first().and_then(|r| {
        Some(AuditLine {
            feed: FeedId::from_slice(r.blob(0))?,
            user: r.blob(1).try_into().ok()?,
            at: r.int(2),
        })
    }))
}

/// Reads whole commits of a feed from `from` on: at least one when there is one, then as many as `entries`.
pub(crate) fn commits_from(
    sql: &mut dyn Sql,
    site: i64,
    feed: &FeedId,
    from: u64,
    entries: u32,
) -> Result<Vec<Commit>, LedgerError> {
    let mut commits = Vec::new();
    let mut open: Vec<Sealed> = Vec::new();
    let mut next = from;
    loop {
        let rows = sql.query(
            "SELECT bytes, signature FROM entry WHERE site = $1 AND feed = $2 AND seq >= $3 ORDER BY seq LIMIT $4",
            &[site.into(), feed.as_bytes().into(), next.into(), entries.into()],
        )?;
        let count = rows.len() as u64;
        for row in rows {
            let sealed = Sealed::read(row.blob(0).to_vec())?;
            let left = sealed.envelope.left;
            open.push(sealed);
            if left == 0 {
                let signature = row.opt_blob(1).and_then(Signature::from_slice);
                commits.push(Commit {
                    entries: std::mem::take(&mut open),
                    signature,
                });
            }
        }
        next += count;
        if count < u64::from(entries) || !commits.is_empty() {
            return Ok(commits);
        }
    }
}

/// The document type as stored.
pub(crate) fn doc_type_of(code: i64) -> DocType {
    DocType::from_code(u16::try_from(code).unwrap_or(u16::MAX))
}
