//! What belongs to this device alone: named values, drafts, past exchanges, bodies of reference tables.
//! Written in the same transactions as the rest.

use xunyi_journal::schema::Value;
use xunyi_ledger::{Sql, SqlError, SqlRow};

/// A visit's form as typed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Which encounter.
    pub encounter: [u8; 16],
    /// Whose.
    pub patient: [u8; 16],
    /// Who types.
    pub author: [u8; 16],
    /// When the visit was opened, ms.
    pub opened_at: i64,
    /// Heads the form was opened at, as the window holds them (JSON).
    pub heads: String,
    /// The form (JSON).
    pub body: String,
    /// When it was saved, ms.
    pub saved_at: i64,
}

/// A past exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRow {
    /// When it ended, ms.
    pub at: i64,
    /// Commits sent.
    pub sent: i64,
    /// Commits received.
    pub received: i64,
    /// How it failed.
    pub problem: Option<String>,
}

/// Exchanges kept.
const EXCHANGES: i64 = 50;

/// Reads a named value.
///
/// # Errors
/// [`SqlError`].
pub fn get(sql: &mut dyn Sql, name: &str) -> Result<Option<Vec<u8>>, SqlError> {
    let rows = sql.query("SELECT value FROM local WHERE name = $1", &[name.into()])?;
    Ok(rows.first().map(|r| r.blob(0).to_vec()))
}

/// Writes a named value.
///
/// # Errors
/// [`SqlError`].
pub fn put(sql: &mut dyn Sql, name: &str, value: &[u8]) -> Result<(), SqlError> {
    sql.execute(
        "INSERT INTO local (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[name.into(), value.into()],
    )?;
    Ok(())
}

/// Keeps a draft in place of the one before.
///
/// # Errors
/// [`SqlError`].
pub fn put_draft(sql: &mut dyn Sql, draft: &Draft) -> Result<(), SqlError> {
    sql.execute(
        "INSERT INTO draft (encounter, patient, author, opened_at, heads, body, saved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (encounter) DO UPDATE SET heads = excluded.heads, body = excluded.body,
             saved_at = excluded.saved_at, author = excluded.author",
        &[
            Value::from(&draft.encounter[..]),
            Value::from(&draft.patient[..]),
            Value::from(&draft.author[..]),
            draft.opened_at.into(),
            draft.heads.as_str().into(),
            draft.body.as_str().into(),
            draft.saved_at.into(),
        ],
    )?;
    Ok(())
}

/// Where and when a draft was begun, without what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Which encounter.
    pub encounter: [u8; 16],
    /// Whose.
    pub patient: [u8; 16],
    /// Who types.
    pub author: [u8; 16],
    /// When the visit was opened, ms.
    pub opened_at: i64,
    /// When it was saved, ms.
    pub saved_at: i64,
}

/// All drafts on this device in which something was typed, oldest first.
///
/// # Errors
/// [`SqlError`].
pub fn begun(sql: &mut dyn Sql) -> Result<Vec<Begun>, SqlError> {
    let rows = sql.query(
        "SELECT encounter, patient, author, opened_at, saved_at FROM draft
         WHERE body <> 'null' ORDER BY opened_at, encounter",
        &[],
    )?;
    let begun = rows.iter().filter_map(|row| {
        Some(Begun {
            encounter: row.blob(0).try_into().ok()?,
            patient: row.blob(1).try_into().ok()?,
            author: row.blob(2).try_into().ok()?,
            opened_at: row.int(3),
            saved_at: row.int(4),
        })
    });
    Ok(begun.collect())
}

const DRAFT: &str =
    "SELECT encounter, patient, author, opened_at, heads, body, saved_at FROM draft";

/// The drafts of a person's visits on this device, newest first.
///
/// # Errors
/// [`SqlError`].
pub fn drafts_of(sql: &mut dyn Sql, patient: &[u8; 16]) -> Result<Vec<Draft>, SqlError> {
    let newest = format!("{DRAFT} WHERE patient = $1 ORDER BY saved_at DESC");
    let rows = sql.query(&newest, &[Value::from(&patient[..])])?;
    Ok(rows.iter().filter_map(draft_in).collect())
}

/// The draft of an encounter on this device.
///
/// # Errors
/// [`SqlError`].
pub fn draft(sql: &mut dyn Sql, encounter: &[u8; 16]) -> Result<Option<Draft>, SqlError> {
    let of_encounter = format!("{DRAFT} WHERE encounter = $1");
    let rows = sql.query(&of_encounter, &[Value::from(&encounter[..])])?;
    Ok(rows.first().and_then(draft_in))
}

fn draft_in(row: &SqlRow) -> Option<Draft> {
    Some(Draft {
        encounter: row.blob(0).try_into().ok()?,
        patient: row.blob(1).try_into().ok()?,
        author: row.blob(2).try_into().ok()?,
        opened_at: row.int(3),
        heads: row.text(4).to_owned(),
        body: row.text(5).to_owned(),
        saved_at: row.int(6),
    })
}

/// Forgets the draft of an encounter, once it is signed.
///
/// # Errors
/// [`SqlError`].
pub fn drop_draft(sql: &mut dyn Sql, encounter: &[u8; 16]) -> Result<(), SqlError> {
    sql.execute(
        "DELETE FROM draft WHERE encounter = $1",
        &[Value::from(&encounter[..])],
    )?;
    Ok(())
}

/// Remembers an exchange; only the newest fifty stay.
///
/// # Errors
/// [`SqlError`].
pub fn put_exchange(sql: &mut dyn Sql, exchange: &ExchangeRow) -> Result<(), SqlError> {
    sql.execute(
        "INSERT INTO exchange (at, sent, received, problem) VALUES ($1, $2, $3, $4)",
        &[
            exchange.at.into(),
            exchange.sent.into(),
            exchange.received.into(),
            exchange.problem.clone().into(),
        ],
    )?;
    sql.execute(
        "DELETE FROM exchange WHERE id <= (SELECT MAX(id) FROM exchange) - $1",
        &[EXCHANGES.into()],
    )?;
    Ok(())
}

/// Past exchanges, newest first.
///
/// # Errors
/// [`SqlError`].
pub fn exchanges(sql: &mut dyn Sql) -> Result<Vec<ExchangeRow>, SqlError> {
    let rows = sql.query(
        "SELECT at, sent, received, problem FROM exchange ORDER BY id DESC",
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|r| ExchangeRow {
            at: r.int(0),
            sent: r.int(1),
            received: r.int(2),
            problem: r.opt_text(3).map(str::to_owned),
        })
        .collect())
}

/// Keeps the body of a reference table.
///
/// # Errors
/// [`SqlError`].
pub fn put_reference(sql: &mut dyn Sql, hash: &[u8], bytes: &[u8]) -> Result<(), SqlError> {
    sql.execute(
        "INSERT INTO reference_body (hash, bytes) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
        &[hash.into(), bytes.into()],
    )?;
    Ok(())
}

/// The body of a reference table.
///
/// # Errors
/// [`SqlError`].
pub fn reference(sql: &mut dyn Sql, hash: &[u8]) -> Result<Option<Vec<u8>>, SqlError> {
    let rows = sql.query(
        "SELECT bytes FROM reference_body WHERE hash = $1",
        &[hash.into()],
    )?;
    Ok(rows.first().map(|r| r.blob(0).to_vec()))
}
