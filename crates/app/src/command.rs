//! The command table: every command with its name, who may use it, and its input and output types.

use crate::api::{self, Done, Nothing};
use crate::{AppError, Ctx, conflict, day, dispense, due, patient, prescription, stock, visit};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::sync::OnceLock;
use xunyi_model::Role;

/// Whether a command reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reads one state of everything.
    Query,
    /// Writes one commit, or nothing.
    Act,
}

type Run = Box<dyn Fn(&mut Ctx<'_, '_>, Value) -> Result<Value, AppError> + Send + Sync>;

/// A command.
pub struct Command {
    /// `area.verb`.
    pub name: &'static str,
    /// Who may use it.
    pub roles: &'static [Role],
    /// Reads or writes.
    pub kind: Kind,
    /// Schema of the input.
    pub input: fn(&mut SchemaGenerator) -> Schema,
    /// Schema of the output.
    pub output: fn(&mut SchemaGenerator) -> Schema,
    run: Run,
}

impl Command {
    /// Runs the command for the person in `ctx`.
    ///
    /// # Errors
    /// `role.not_allowed`, `input.malformed`, or what the command says. The transaction must be rolled back.
    pub fn run(&self, ctx: &mut Ctx<'_, '_>, input: Value) -> Result<Value, AppError> {
        if !ctx.user.roles.iter().any(|role| self.roles.contains(role)) {
            return Err(AppError::with(
                "role.not_allowed",
                json!({ "command": self.name }),
            ));
        }
        (self.run)(ctx, input)
    }
}

/// A command that works on the device itself, around a transaction and not in one: signing in, joining a site,
/// exchanging. Its work is done where the device is; here stands what the window must know of it.
pub struct Outside {
    /// `area.verb`.
    pub name: &'static str,
    /// Who may use it; `None` where nobody need be signed in.
    pub roles: Option<&'static [Role]>,
    /// Schema of the input.
    pub input: fn(&mut SchemaGenerator) -> Schema,
    /// Schema of the output.
    pub output: fn(&mut SchemaGenerator) -> Schema,
}

impl Outside {
    /// True when somebody of these roles, or nobody (`None`), may use it.
    pub fn admits(&self, roles: Option<&[Role]>) -> bool {
        match (self.roles, roles) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(may), Some(has)) => has.iter().any(|role| may.contains(role)),
        }
    }
}

const CLINICAL: &[Role] = &[Role::Gp, Role::Nurse, Role::Expert];
const ALL: &[Role] = &[
    Role::Gp,
    Role::Nurse,
    Role::Pharmacist,
    Role::Expert,
    Role::Admin,
];
const EVERYBODY: &[Role] = &[
    Role::Gp,
    Role::Nurse,
    Role::Pharmacist,
    Role::Expert,
    Role::Admin,
    Role::Driver,
];
const CARE: &[Role] = &[Role::Gp, Role::Nurse, Role::Expert, Role::Admin];
const PRESCRIBERS: &[Role] = &[Role::Gp, Role::Expert];
const PHARMACISTS: &[Role] = &[Role::Pharmacist];
const COUNTER: &[Role] = &[Role::Gp, Role::Nurse, Role::Pharmacist];
const STORE: &[Role] = &[Role::Pharmacist, Role::Admin];
const DESK: &[Role] = &[Role::Gp, Role::Nurse, Role::Pharmacist, Role::Admin];

fn table() -> Vec<Command> {
    vec![
        query("patient.search", ALL, patient::search),
        query("patient.get", ALL, patient::get),
        act("patient.register", DESK, patient::register),
        act("patient.update", CLINICAL, patient::update),
        act("visit.start", CLINICAL, visit::start),
        act("visit.save_draft", CLINICAL, visit::save_draft),
        act("visit.sign", CLINICAL, visit::sign),
        act("visit.addendum", CLINICAL, visit::addendum),
        query("followup.hypertension", CLINICAL, visit::hypertension),
        query("diagnosis.search", CLINICAL, visit::diagnosis_search),
        query("due.list", CARE, due::list),
        query("formulary.search", ALL, prescription::search),
        query("prescription.check", CLINICAL, prescription::check),
        act("prescription.add", PRESCRIBERS, prescription::add),
        act("prescription.stop", PRESCRIBERS, prescription::stop),
        query("dispense.list", COUNTER, dispense::list),
        act("dispense.complete", PHARMACISTS, dispense::complete),
        act("stock.receive", STORE, stock::receive),
        act("stock.load", STORE, stock::load),
        query("stock.on_hand", ALL, stock::on_hand),
        query("day.get", ALL, day::get),
        act("day.open", DESK, day::open),
        act("day.arrive", DESK, day::arrive),
        act("day.check_in", DESK, day::check_in),
        act("day.call_next", DESK, day::call_next),
        act("day.finish", DESK, day::finish),
        act("day.close", DESK, day::close),
        query("conflict.list", ALL, conflict::list),
        act("conflict.resolve", CLINICAL, conflict::resolve),
    ]
}

/// The commands outside a transaction.
pub const fn outside() -> &'static [Outside] {
    const LIST: &[Outside] = &[
        out::<Nothing, api::session::SessionState>("session.state", None),
        out::<api::session::FirstSignIn, api::session::User>("session.first_sign_in", None),
        out::<api::session::SignIn, api::session::User>("session.sign_in", None),
        out::<Nothing, Done>("session.sign_out", Some(EVERYBODY)),
        out::<Nothing, Done>("session.lock", Some(EVERYBODY)),
        out::<api::device::Enrol, api::device::Enrolled>("device.enrol", None),
        out::<Nothing, api::sync::SyncReport>("sync.run", Some(EVERYBODY)),
        out::<Nothing, api::sync::SyncStatus>("sync.status", Some(EVERYBODY)),
    ];
    LIST
}

const fn out<I: JsonSchema, O: JsonSchema>(
    name: &'static str,
    roles: Option<&'static [Role]>,
) -> Outside {
    Outside {
        name,
        roles,
        input: |generator| generator.subschema_for::<I>(),
        output: |generator| generator.subschema_for::<O>(),
    }
}

/// Every command, in the order of the table.
pub fn commands() -> &'static [Command] {
    static TABLE: OnceLock<Vec<Command>> = OnceLock::new();
    TABLE.get_or_init(table)
}

/// Names of the commands that somebody with these roles may use.
pub(crate) fn names_for(roles: &[Role]) -> Vec<String> {
    let table = commands()
        .iter()
        .filter(|c| roles.iter().any(|role| c.roles.contains(role)))
        .map(|c| c.name);
    let around = outside()
        .iter()
        .filter(|c| c.roles.is_some() && c.admits(Some(roles)))
        .map(|c| c.name);
    table.chain(around).map(str::to_owned).collect()
}

/// A command by name.
pub fn command(name: &str) -> Option<&'static Command> {
    commands().iter().find(|c| c.name == name)
}

fn query<I, O>(
    name: &'static str,
    roles: &'static [Role],
    run: fn(&mut Ctx<'_, '_>, I) -> Result<O, AppError>,
) -> Command
where
    I: DeserializeOwned + Serialize + JsonSchema + 'static,
    O: Serialize + JsonSchema + 'static,
{
    entry(name, roles, Kind::Query, run)
}

fn act<I, O>(
    name: &'static str,
    roles: &'static [Role],
    run: fn(&mut Ctx<'_, '_>, I) -> Result<O, AppError>,
) -> Command
where
    I: DeserializeOwned + Serialize + JsonSchema + 'static,
    O: Serialize + JsonSchema + 'static,
{
    entry(name, roles, Kind::Act, run)
}

/// An input as its type: an object of named fields, nothing else.
///
/// # Errors
/// `input.malformed`.
pub(crate) fn parsed<I: DeserializeOwned>(input: &Value) -> Result<I, AppError> {
    let malformed = |at: String| AppError::with("input.malformed", json!({ "at": at }));
    // A list would be read as the fields in their order, and hide what was meant.
    if !input.is_object() {
        return Err(malformed("not an object".to_owned()));
    }
    xunyi_model::at_the_edge(|| I::deserialize(input)).map_err(|e| malformed(e.to_string()))
}

/// As [`parsed`], and every field that was given is part of what was read, however deep it stands.
///
/// # Errors
/// `input.malformed`.
fn parsed_whole<I: DeserializeOwned + Serialize>(input: &Value) -> Result<I, AppError> {
    let malformed = |at: String| AppError::with("input.malformed", json!({ "at": at }));
    let read: I = parsed(input)?;
    let kept = serde_json::to_value(&read).map_err(|e| malformed(e.to_string()))?;
    match lost(input, &kept, "") {
        None => Ok(read),
        Some(field) => Err(malformed(format!("unknown field `{field}`"))),
    }
}

/// The first field that was given and is no part of what was read. The record's own types keep quiet about fields
/// they do not know, since a newer version may have written them (Invariant R2); what a person's program hands in says
/// nothing unheard.
fn lost(given: &Value, kept: &Value, at: &str) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(name, value)| {
            let at = if at.is_empty() {
                name.clone()
            } else {
                format!("{at}.{name}")
            };
            match kept.get(name) {
                Some(kept) => lost(value, kept, &at),
                None => (!says_nothing(value)).then_some(at),
            }
        }),
        (Value::Array(given), Value::Array(kept)) if given.len() == kept.len() => given
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(i, (given, kept))| lost(given, kept, &format!("{at}[{i}]"))),
        _ => None,
    }
}

/// What records leave out when it is written: absent and this are the same.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(says_nothing),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

fn entry<I, O>(
    name: &'static str,
    roles: &'static [Role],
    kind: Kind,
    run: fn(&mut Ctx<'_, '_>, I) -> Result<O, AppError>,
) -> Command
where
    I: DeserializeOwned + Serialize + JsonSchema + 'static,
    O: Serialize + JsonSchema + 'static,
{
    Command {
        name,
        roles,
        kind,
        input: |generator| generator.subschema_for::<I>(),
        output: |generator| generator.subschema_for::<O>(),
        run: Box::new(move |ctx, input| {
            let output = run(ctx, parsed_whole(&input)?)?;
            serde_json::to_value(output).map_err(|_| AppError::new("output.malformed"))
        }),
    }
}
