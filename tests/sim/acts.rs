//! What people do on a simulated day, by the commands of the table: whatever is there to be done on their device.

use crate::oracle::{Entry, Field, Seen};
use crate::plan::Act;
use crate::rng::Rng;
use crate::tablet::Outcome;
use crate::world::{Form, World, user};
use serde_json::{Value, json};
use xunyi_model::Role;

/// Fields of a person that the model follows: every value that is written in them is another.
const FIELDS: [&str; 3] = ["phone", "address", "household_head"];
/// Codes of faults that no person can have caused.
const NEVER: [&str; 6] = [
    "store.", "journal.", "record.", "ledger.", "output.", "sync.",
];

/// An act that surely writes, where there is anybody to write about.
pub fn any(world: &mut World<'_>, device: usize, rng: &mut Rng) -> Result<(), String> {
    const ACTS: [Act; 5] = [
        Act::Edit,
        Act::Visit,
        Act::Register,
        Act::Prescribe,
        Act::Dispense,
    ];
    let chosen = rng.pick(&ACTS).copied().unwrap_or(Act::Register);
    act(world, device, chosen, rng)
}

/// Somebody does something.
pub fn act(world: &mut World<'_>, device: usize, act: Act, rng: &mut Rng) -> Result<(), String> {
    if world.tablet(device)?.locked {
        return Ok(());
    }
    let mut hand = Hand { world, device, rng };
    match act {
        Act::Register => hand.register(),
        Act::OpenForm => hand.open_form(),
        Act::SaveForm => hand.save_form(),
        Act::Edit => {
            hand.open_form()?;
            hand.save_form()
        }
        Act::Allergy => hand.allergy(),
        Act::Retract => hand.retract(),
        Act::BloodGroup => hand.blood_group(),
        Act::Visit => hand.visit(),
        Act::Addendum => hand.addendum(),
        Act::Prescribe => hand.prescribe(),
        Act::Stop => hand.stop(),
        Act::Dispense => hand.dispense(),
        Act::Receive => hand.goods("stock.receive"),
        Act::Load => hand.goods("stock.load"),
        Act::OpenDay => hand.day("day.open", json!({})),
        Act::Arrive => {
            let village = hand.village();
            hand.day("day.arrive", json!({ "village": village }))
        }
        Act::CheckIn => hand.check_in(),
        Act::CallNext => hand.call_next(),
        Act::Finish => hand.finish(),
        Act::CloseDay => hand.day("day.close", json!({ "leave_unsigned": true })),
        Act::Resolve => hand.resolve(),
        Act::Draft => hand.draft(),
        Act::Look => hand.look(),
    }
}

/// Somebody at a device.
struct Hand<'h, 's> {
    world: &'h mut World<'s>,
    device: usize,
    rng: &'h mut Rng,
}

type Done = Result<(), String>;

impl Hand<'_, '_> {
    /// Gives a command; `None` where it was refused or the process died in it. What is refused has written nothing.
    fn give(&mut self, role: Role, command: &str, input: Value) -> Result<Option<Value>, String> {
        let world = &mut *self.world;
        let tablet = world.tablet(self.device)?;
        let before = tablet.last()?;
        let told = input.to_string();
        let outcome = tablet.ask(&user(role), command, input)?;
        let after = tablet.last()?;
        let full = tablet.is_full();
        world.acts += 1;
        match outcome {
            Outcome::Done(output) => {
                world.counters.one("act done");
                if let Some(entry) = after.filter(|_| after != before) {
                    world.oracle.acknowledge(self.device, entry);
                }
                return Ok(Some(output));
            }
            Outcome::Refused(error) => {
                world.counters.one("act refused");
                let code = error.code.as_str();
                let fault = NEVER.iter().any(|never| code.starts_with(never));
                if fault && !(full && code == "store.disk_full") {
                    return Err(format!("{command} {told}: {error:?}"));
                }
            }
            Outcome::Died => world.counters.one("process: killed in a command"),
        }
        if before == after {
            Ok(None)
        } else {
            Err(format!("{command} did not succeed and wrote: {told}"))
        }
    }

    /// The last entry of this device.
    fn last(&mut self) -> Result<Entry, String> {
        let last = self.world.tablet(self.device)?.last()?;
        last.ok_or_else(|| "a device without a feed".to_owned())
    }

    /// A command that was done recorded this.
    fn recorded(&mut self, table: &'static str, id: &Value) -> Done {
        let entry = self.last()?;
        let id = id.as_str().unwrap_or_default();
        self.world.oracle.record(table, id, entry);
        Ok(())
    }

    /// A command that was done wrote a field.
    fn wrote(&mut self, patient: &str, field: &'static str, value: &str, seen: Seen) -> Done {
        let entry = self.last()?;
        let device = self.world.tablet(self.device)?.feed;
        let field = (patient.to_owned(), field);
        self.world.oracle.wrote(field, value, seen, entry, device);
        Ok(())
    }

    fn seen(&mut self, patient: &str, field: &'static str) -> Result<Seen, String> {
        let field: Field = (patient.to_owned(), field);
        let (oracle, tablets) = (&self.world.oracle, &mut self.world.tablets);
        let tablet = tablets
            .get_mut(self.device)
            .ok_or("a device that is not there")?;
        oracle.seen(&field, |entry| tablet.holds(entry))
    }

    fn word(&mut self, field: &str) -> String {
        self.world.written += 1;
        let n = self.world.written;
        match field {
            "phone" => format!("139{n:08}"),
            "address" => format!("{n} 组"),
            _ => format!("户主{n}"),
        }
    }

    fn village(&mut self) -> String {
        let village = self.rng.pick(&self.world.villages);
        village.cloned().unwrap_or_default()
    }

    /// Somebody that this device knows.
    fn somebody(&mut self) -> Result<Option<String>, String> {
        const QUERIES: [&str; 4] = ["郑", "雷", "l", "z"];
        let query = self.rng.pick(&QUERIES).copied().unwrap_or("z");
        let found = self.give(
            Role::Gp,
            "patient.search",
            json!({ "query": query, "limit": 30 }),
        )?;
        let hits = found.map(|f| f["hits"].clone());
        let hits = hits.as_ref().and_then(Value::as_array);
        let hit = hits.and_then(|hits| self.rng.pick(hits));
        Ok(hit.and_then(|hit| hit["patient"].as_str().map(str::to_owned)))
    }

    /// Somebody, and their chart.
    fn chart(&mut self) -> Result<Option<(String, Value)>, String> {
        let Some(patient) = self.somebody()? else {
            return Ok(None);
        };
        let chart = self.give(Role::Gp, "patient.get", json!({ "patient": patient }))?;
        Ok(chart.map(|chart| (patient, chart)))
    }

    fn register(&mut self) -> Done {
        const NAMES: [&str; 6] = ["郑桂叶", "雷水根", "郑小妹", "雷大有", "郑桂叶", "蓝秀英"];
        let name = self.rng.pick(&NAMES).copied().unwrap_or("郑桂叶");
        let phone = self.word("phone");
        let input = json!({
            "name": name, "sex": "female", "birth_date": "1959-03-12", "phone": phone,
            "village": self.village(), "not_a_duplicate": true,
        });
        let Some(output) = self.give(Role::Gp, "patient.register", input)? else {
            return Ok(());
        };
        let patient = output["patient"].as_str().unwrap_or_default().to_owned();
        self.recorded("person", &output["patient"])?;
        self.wrote(&patient, "phone", &phone, Seen::default())
    }

    fn open_form(&mut self) -> Done {
        let Some((patient, chart)) = self.chart()? else {
            return Ok(());
        };
        let mut fields = Vec::new();
        for field in FIELDS {
            if self.rng.percent(50) {
                let seen = self.seen(&patient, field)?;
                fields.push((field, seen));
            }
        }
        let held = self.world.tablet(self.device)?.vector()?.digest();
        self.world.forms.push(Form {
            device: self.device,
            patient,
            heads: chart["heads"].clone(),
            fields,
            held,
        });
        Ok(())
    }

    fn save_form(&mut self) -> Done {
        let of_device = |form: &Form| form.device == self.device;
        let Some(at) = self.world.forms.iter().rposition(of_device) else {
            return Ok(());
        };
        let form = self.world.forms.remove(at);
        let mut input = json!({ "patient": form.patient, "heads": form.heads });
        let mut written = Vec::new();
        for (field, seen) in form.fields {
            let value = self.word(field);
            input[field] = json!(value);
            written.push((field, value, seen));
        }
        if written.is_empty() {
            return Ok(());
        }
        let held = self.world.tablet(self.device)?.vector()?.digest();
        if self.give(Role::Gp, "patient.update", input)?.is_none() {
            return Ok(());
        }
        if held != form.held {
            self.world.counters.one("form saved after news came");
        }
        for (field, value, seen) in written {
            self.wrote(&form.patient, field, &value, seen)?;
        }
        Ok(())
    }

    fn update(&mut self, patient: &str, chart: &Value, mut fields: Value) -> Done {
        fields["patient"] = json!(patient);
        fields["heads"] = chart["heads"].clone();
        self.give(Role::Gp, "patient.update", fields).map(|_| ())
    }

    fn allergy(&mut self) -> Done {
        const KNOWN: [&str; 4] = ["青霉素", "磺胺", "花生", "阿司匹林"];
        let Some((patient, chart)) = self.chart()? else {
            return Ok(());
        };
        let fields = if self.rng.percent(30) {
            json!({ "no_known_allergies": true })
        } else {
            let substance = self.rng.pick(&KNOWN);
            json!({ "add_allergies": [{ "substance": substance, "status": "active" }] })
        };
        self.update(&patient, &chart, fields)
    }

    fn retract(&mut self) -> Done {
        let Some((patient, chart)) = self.chart()? else {
            return Ok(());
        };
        let id = &chart["banner"]["listed"][0]["id"];
        if id.is_null() {
            return Ok(());
        }
        let status = if self.rng.percent(50) {
            "refuted"
        } else {
            "entered_in_error"
        };
        let back = json!({ "id": id, "status": status, "reason": "皮试阴性" });
        self.update(&patient, &chart, json!({ "retract_allergies": [back] }))
    }

    fn blood_group(&mut self) -> Done {
        const GROUPS: [&str; 4] = ["a", "b", "ab", "o"];
        let Some((patient, chart)) = self.chart()? else {
            return Ok(());
        };
        let group = self.rng.pick(&GROUPS);
        self.update(&patient, &chart, json!({ "blood_group": group }))
    }

    fn visit(&mut self) -> Done {
        let Some(patient) = self.somebody()? else {
            return Ok(());
        };
        let start = json!({ "patient": patient });
        let Some(started) = self.give(Role::Gp, "visit.start", start)? else {
            return Ok(());
        };
        let (sys, dia) = (110 + self.rng.below(80), 60 + self.rng.below(40));
        let mut content = json!({
            "reason": "复诊", "note": "自述头晕三天，夜间为重",
            "vitals": { "bp": [{ "sys": sys, "dia": dia }], "pulse": 60 + self.rng.below(40) },
        });
        if self.rng.percent(40) {
            content["hypertension"] = json!({
                "symptoms": ["headache_dizziness"], "adherence": "intermittent",
            });
        }
        let input = json!({
            "patient": patient, "encounter": started["encounter"],
            "opened_at": started["opened_at"], "heads": started["heads"], "content": content,
        });
        if let Some(signed) = self.give(Role::Gp, "visit.sign", input)? {
            self.recorded("signature", &signed["signature"])?;
        }
        Ok(())
    }

    fn addendum(&mut self) -> Done {
        let Some((patient, chart)) = self.chart()? else {
            return Ok(());
        };
        let encounter = &chart["visits"][0]["encounter"];
        if encounter.is_null() {
            return Ok(());
        }
        let input = json!({
            "patient": patient, "encounter": encounter, "heads": chart["heads"], "text": "家属补充：昨夜漏服",
        });
        self.give(Role::Gp, "visit.addendum", input).map(|_| ())
    }

    fn prescribe(&mut self) -> Done {
        let Some(patient) = self.somebody()? else {
            return Ok(());
        };
        let start = json!({ "patient": patient });
        let Some(started) = self.give(Role::Gp, "visit.start", start)? else {
            return Ok(());
        };
        let product = self.rng.pick(&self.world.shared.products).cloned();
        let input = json!({
            "patient": patient, "encounter": started["encounter"], "heads": started["heads"],
            "order": { "product": product, "timing": { "morning": 4 }, "days": 7 },
            "override_reason": "已告知",
        });
        if let Some(added) = self.give(Role::Gp, "prescription.add", input)? {
            self.recorded("prescription", &added["prescription"])?;
        }
        Ok(())
    }

    fn stop(&mut self) -> Done {
        let Some((patient, chart)) = self.chart()? else {
            return Ok(());
        };
        let prescription = &chart["medicines"][0]["prescription"];
        if prescription.is_null() {
            return Ok(());
        }
        let input = json!({
            "patient": patient, "prescription": prescription, "heads": chart["heads"], "reason": "踝部水肿",
        });
        self.give(Role::Gp, "prescription.stop", input).map(|_| ())
    }

    fn dispense(&mut self) -> Done {
        let Some(list) = self.give(Role::Pharmacist, "dispense.list", json!({}))? else {
            return Ok(());
        };
        let lines = list["lines"].as_array().cloned().unwrap_or_default();
        let Some(line) = self.rng.pick(&lines) else {
            return Ok(());
        };
        let item = &line["items"][0];
        let all = item["picks"].as_array().cloned().unwrap_or_default();
        let picks: Vec<Value> = all
            .iter()
            .filter(|pick| pick["qty"].as_u64() > Some(0))
            .map(|pick| json!({ "lot": pick["lot"], "qty": pick["qty"], "reason": "近效期已告知" }))
            .collect();
        if picks.is_empty() {
            return Ok(());
        }
        let input = json!({
            "patient": line["banner"]["hit"]["patient"], "heads": line["heads"],
            "items": [{ "prescription": item["prescription"], "picks": picks, "seen": item["unseen"],
                        "override_reason": "已电话告知医生" }],
            "identity": { "receiver": { "kind": "person" }, "confirmed_by": "birth_date" },
        });
        if let Some(done) = self.give(Role::Pharmacist, "dispense.complete", input)? {
            self.records("dispensing", &done["dispenses"])?;
        }
        Ok(())
    }

    fn records(&mut self, table: &'static str, ids: &Value) -> Done {
        let mut ids = ids.as_array().into_iter().flatten();
        ids.try_for_each(|id| self.recorded(table, id))
    }

    fn goods(&mut self, command: &str) -> Done {
        let product = self.rng.pick(&self.world.shared.products).cloned();
        let line = json!({
            "product": product, "lot_number": format!("L{}", self.rng.below(4)),
            "expiry": "2027-05", "qty": 7 + self.rng.below(60),
        });
        let mut input = json!({ "lines": [line] });
        if command == "stock.receive" {
            input["onto_vehicle"] = json!(self.device + 1 < crate::plan::DEVICES);
        }
        if let Some(moved) = self.give(Role::Pharmacist, command, input)? {
            self.records("movement", &moved["movements"])?;
        }
        Ok(())
    }

    fn day(&mut self, command: &str, input: Value) -> Done {
        self.give(Role::Gp, command, input).map(|_| ())
    }

    fn line(&mut self) -> Result<Vec<Value>, String> {
        let day = self.give(Role::Gp, "day.get", json!({}))?;
        let line = day.as_ref().and_then(|day| day["line"].as_array());
        Ok(line.cloned().unwrap_or_default())
    }

    fn check_in(&mut self) -> Done {
        let Some(patient) = self.somebody()? else {
            return Ok(());
        };
        let urgent = self.rng.percent(10);
        self.day(
            "day.check_in",
            json!({ "patient": patient, "station": "gp", "urgent": urgent }),
        )
    }

    fn call_next(&mut self) -> Done {
        let double = self.line()?.iter().any(|e| e["double_called"] == true);
        if double {
            self.world.counters.one("double call");
        }
        self.day("day.call_next", json!({}))
    }

    fn finish(&mut self) -> Done {
        let line = self.line()?;
        let Some(entry) = self.rng.pick(&line) else {
            return Ok(());
        };
        let outcome = if self.rng.percent(70) { "done" } else { "left" };
        self.day(
            "day.finish",
            json!({ "entry": entry["entry"], "outcome": outcome }),
        )
    }

    fn resolve(&mut self) -> Done {
        let Some(list) = self.give(Role::Gp, "conflict.list", json!({}))? else {
            return Ok(());
        };
        let conflicts = list["conflicts"].as_array().cloned().unwrap_or_default();
        let Some(conflict) = self.rng.pick(&conflicts) else {
            return Ok(());
        };
        let values = conflict["values"].as_array().cloned().unwrap_or_default();
        let Some(value) = self.rng.pick(&values).map(|v| v["value"].clone()) else {
            return Ok(());
        };
        let patient = conflict["patient"]["patient"].as_str().unwrap_or_default();
        let named = conflict["field"].as_str().unwrap_or_default();
        let field = FIELDS.into_iter().find(|field| *field == named);
        let seen = match field {
            Some(field) => Some((field, self.seen(patient, field)?)),
            None => None,
        };
        let input = json!({
            "doc": conflict["doc"], "section": conflict["section"], "record": conflict["record"],
            "field": conflict["field"], "heads": conflict["heads"], "value": value,
        });
        if self.give(Role::Gp, "conflict.resolve", input)?.is_none() {
            return Ok(());
        }
        self.world.counters.one("conflict settled");
        match (seen, value.as_str()) {
            (Some((field, seen)), Some(value)) => self.wrote(patient, field, value, seen),
            _ => Ok(()),
        }
    }

    fn draft(&mut self) -> Done {
        let Some(patient) = self.somebody()? else {
            return Ok(());
        };
        let start = json!({ "patient": patient });
        let Some(started) = self.give(Role::Gp, "visit.start", start)? else {
            return Ok(());
        };
        let input = json!({
            "patient": patient, "encounter": started["encounter"], "opened_at": started["opened_at"],
            "heads": started["heads"], "draft": { "reason": "头晕" },
        });
        self.give(Role::Gp, "visit.save_draft", input).map(|_| ())
    }

    fn look(&mut self) -> Done {
        let village = self.village();
        self.give(Role::Gp, "due.list", json!({ "village": village }))?;
        let stock = self.give(Role::Pharmacist, "stock.on_hand", json!({}))?;
        let rows = stock.as_ref().and_then(|s| s["rows"].as_array());
        let below = |row: &Value| row["qty"].as_i64() < Some(0);
        if rows.is_some_and(|rows| rows.iter().any(below)) {
            self.world.counters.one("dispensed below zero");
        }
        Ok(())
    }
}
