//! Tests that every command is open to whom it should be, and to nobody else: the whole table, written out.

use crate::command::{command, commands, outside};
use crate::testing::{Tablet, person};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use xunyi_model::Role;

/// Command, and who may use it. The order of the columns: gp, nurse, pharmacist, expert, admin, driver.
const TABLE: &[(&str, &str)] = &[
    //                        g n p e a d
    ("patient.search", "      x x x x x -"),
    ("patient.get", "         x x x x x -"),
    ("patient.register", "    x x x - x -"),
    ("patient.update", "      x x - x - -"),
    ("visit.start", "         x x - x - -"),
    ("visit.save_draft", "    x x - x - -"),
    ("visit.sign", "          x x - x - -"),
    ("visit.addendum", "      x x - x - -"),
    ("followup.hypertension", "x x - x - -"),
    ("diagnosis.search", "    x x - x - -"),
    ("due.list", "            x x - x x -"),
    ("formulary.search", "    x x x x x -"),
    ("prescription.check", "  x x - x - -"),
    ("prescription.add", "    x - - x - -"),
    ("prescription.stop", "   x - - x - -"),
    ("dispense.list", "       x x x - - -"),
    ("dispense.complete", "   - - x - - -"),
    ("stock.receive", "       - - x - x -"),
    ("stock.load", "          - - x - x -"),
    ("stock.on_hand", "       x x x x x -"),
    ("day.get", "             x x x x x -"),
    ("day.open", "            x x x - x -"),
    ("day.arrive", "          x x x - x -"),
    ("day.check_in", "        x x x - x -"),
    ("day.call_next", "       x x x - x -"),
    ("day.finish", "          x x x - x -"),
    ("day.close", "           x x x - x -"),
    ("conflict.list", "       x x x x x -"),
    ("conflict.resolve", "    x x - x - -"),
];

/// The commands around a transaction: who may use them, and `o` where nobody need be signed in.
const AROUND: &[(&str, &str)] = &[
    ("session.state", "         o o o o o o"),
    ("session.first_sign_in", " o o o o o o"),
    ("session.sign_in", "       o o o o o o"),
    ("session.sign_out", "      x x x x x x"),
    ("session.lock", "          x x x x x x"),
    ("device.enrol", "          o o o o o o"),
    ("sync.run", "              x x x x x x"),
    ("sync.status", "           x x x x x x"),
];

fn columns(row: &str) -> Vec<(Role, &str)> {
    Role::known()
        .iter()
        .cloned()
        .zip(row.split_whitespace())
        .collect()
}

#[test]
fn every_command_is_open_to_whom_the_table_says_and_to_nobody_else() {
    let listed: BTreeSet<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = commands().iter().map(|c| c.name).collect();
    assert_eq!(listed, there);
    let mut tablet = Tablet::on_vehicle(1);
    let before = tablet.at.vector().unwrap();
    for (name, row) in TABLE {
        let columns = columns(row);
        assert_eq!(columns.len(), 6, "{name}");
        for (role, mark) in columns {
            // An input that no command takes: who may use it is asked first.
            let answer = tablet.at.invoke(&person(role.clone()), name, json!(null));
            let expected = if mark == "x" {
                "input.malformed"
            } else {
                "role.not_allowed"
            };
            assert_eq!(answer.unwrap_err().code, expected, "{name} as {role}");
        }
    }
    assert_eq!(tablet.at.vector().unwrap(), before);
}

#[test]
fn the_commands_around_a_transaction_are_open_to_whom_the_table_says() {
    let listed: BTreeSet<&str> = AROUND.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = outside().iter().map(|c| c.name).collect();
    assert_eq!(listed, there);
    for (name, row) in AROUND {
        let around = outside().iter().find(|c| c.name == *name).unwrap();
        for (role, mark) in columns(row) {
            assert!(
                around.admits(Some(std::slice::from_ref(&role))),
                "{name} as {role}"
            );
            assert_eq!(around.admits(None), mark == "o", "{name}");
        }
        assert!(command(name).is_none(), "{name} is in one list only");
    }
}

#[test]
fn a_role_of_a_newer_version_and_no_role_at_all_may_do_nothing() {
    let mut tablet = Tablet::new(1);
    for roles in [vec![], vec![Role::from("acupuncturist")]] {
        let mut somebody = person(Role::Gp);
        somebody.roles = roles;
        for command in commands() {
            let answer = tablet.at.invoke(&somebody, command.name, json!({}));
            assert_eq!(
                answer.unwrap_err().code,
                "role.not_allowed",
                "{}",
                command.name
            );
        }
    }
}

#[test]
fn somebody_with_two_roles_may_do_what_either_may() {
    let mut tablet = Tablet::new(1);
    let mut both = person(Role::Nurse);
    both.roles.push(Role::Pharmacist);
    for name in ["patient.update", "dispense.complete"] {
        let answer = tablet.at.invoke(&both, name, json!(null));
        assert_eq!(answer.unwrap_err().code, "input.malformed", "{name}");
    }
}

#[test]
fn malformed_input_of_any_shape_has_one_code_and_writes_nothing() {
    let mut tablet = Tablet::on_vehicle(1);
    let before = tablet.at.vector().unwrap();
    let shapes: [Value; 6] = [
        json!(null),
        json!([]),
        json!("x"),
        json!(7),
        json!({ "unheard_of": 1 }),
        json!({ "patient": 7, "query": 7, "entry": 7, "doc": 7, "lines": 7, "odometer_km": "x", "date": "x", "village": 7, "center_store": 7 }),
    ];
    for command in commands() {
        let user = person(command.roles[0].clone());
        for shape in &shapes {
            let answer = tablet.at.invoke(&user, command.name, shape.clone());
            assert_eq!(
                answer.unwrap_err().code,
                "input.malformed",
                "{} {shape}",
                command.name
            );
        }
    }
    for unknown in [
        "",
        "patient",
        "patient.fly",
        "PATIENT.GET",
        "session.state",
        "病人.查",
    ] {
        let answer = tablet.at.invoke(&person(Role::Gp), unknown, json!({}));
        assert_eq!(answer.unwrap_err().code, "command.unknown", "{unknown}");
    }
    assert_eq!(tablet.at.vector().unwrap(), before);
}
