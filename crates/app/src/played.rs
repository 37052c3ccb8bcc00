//! Tests that a township's history and the benchmark's event stream play through the ordinary commands: nothing
//! that they record is refused, and all of it can be read back.

use crate::stock_sums;
use crate::testing::Tablet;
use crate::{AppError, SignedIn};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use xunyi_model::StaffId;
use xunyi_township::workload::{Event, Replay, read, site_needed};
use xunyi_township::{SiteData, Size, Step, Township, formulary};

/// A tablet of this site, and its staff by id.
fn at(site: &SiteData) -> (Tablet, BTreeMap<StaffId, SignedIn>) {
    let mut tablet = Tablet::of_vehicle(1, site.vehicles[0].clone());
    tablet.hear_of(&site.villages, &site.vehicles);
    let signed_in = |member: &xunyi_township::DemoStaff| {
        let who = SignedIn {
            staff: member.staff.id,
            name: member.staff.name.clone(),
            roles: member.staff.roles.clone(),
        };
        (member.staff.id, who)
    };
    let staff = site.staff.iter().map(signed_in).collect();
    (tablet, staff)
}

/// Gives a command as the step says: who, when, at which heads.
fn play(
    tablet: &mut Tablet,
    staff: &BTreeMap<StaffId, SignedIn>,
    mut step: Step,
) -> Result<Value, AppError> {
    tablet.clock.0.store(step.at_ms, Ordering::Relaxed);
    if step.needs_heads() {
        let heads = tablet.at.store().read(|ledger| {
            let doc = crate::ctx::chart(step.patient.unwrap());
            Ok::<_, AppError>(ledger.heads(&doc)?.unwrap_or_default())
        })?;
        step.fill_heads(crate::ctx::heads_out(&heads));
    }
    tablet
        .at
        .import(&staff[&step.staff], step.command, step.input)
}

#[test]
fn a_hamlets_years_play_through_the_ordinary_commands() {
    let today = "2026-11-23".parse().unwrap();
    let plan = Township::generate(7, &Size::small(), today).unwrap();
    let (mut tablet, staff) = at(plan.site());
    let mut played: BTreeMap<&str, u32> = BTreeMap::new();
    let now = crate::day_start(today) + 9 * 3_600_000;
    for step in plan.steps().chain(plan.today_steps(now)) {
        let (command, told) = (step.command, format!("{step:?}"));
        let answer = play(&mut tablet, &staff, step).unwrap_or_else(|e| panic!("{e:?} {told}"));
        if command == "dispense.complete" {
            assert_eq!(answer["below_zero"], json!([]), "{told}");
        }
        *played.entry(command).or_default() += 1;
    }
    for command in [
        "patient.register",
        "visit.sign",
        "prescription.add",
        "dispense.complete",
        "stock.load",
        "day.check_in",
    ] {
        assert!(played.get(command).is_some_and(|n| *n > 0), "{played:?}");
    }
    let sums = tablet.at.store().read(stock_sums).unwrap();
    assert_eq!(sums.wrong, Vec::<String>::new());
    assert!(sums.looked_at > 0);
    // This morning: two who were seen wait at the counter, and the village's due stand on the list.
    tablet.clock.0.store(now, Ordering::Relaxed);
    let lines = tablet.run("dispense.list", json!({}))["lines"].clone();
    assert_eq!(lines.as_array().unwrap().len(), 2);
    let due = tablet.run("due.list", json!({}))["items"].clone();
    assert!(!due.as_array().unwrap().is_empty());
    let seen = lines[0]["banner"]["hit"]["patient"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        !tablet.chart(&seen)["medicines"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn the_workloads_events_play_with_their_own_ids() {
    let fixture = |text: &'static str| {
        let events: Result<Vec<Event>, _> = read(text.as_bytes()).collect();
        events.unwrap()
    };
    let roster = fixture(include_str!(
        "../../../tests/fixtures/workload/roster.jsonl"
    ));
    let day = fixture(include_str!("../../../tests/fixtures/workload/day.jsonl"));
    let site = site_needed(roster.iter().chain(&day));
    let (mut tablet, staff) = at(&site);
    let mut replay = Replay::new(&site, formulary().unwrap().body, BTreeMap::new());
    let first = crate::testing::MORNING - 400 * 86_400_000;
    let mut steps = replay.receipts(&day, first).unwrap();
    for event in roster.into_iter().chain(day) {
        replay.push(event).unwrap();
        steps.extend(std::iter::from_fn(|| replay.ready()));
    }
    replay.finish().unwrap();
    steps.extend(std::iter::from_fn(|| replay.ready()));
    let mut handed_out = 0;
    for step in steps {
        let told = format!("{step:?}");
        let items = step.input["items"].as_array().map_or(0, Vec::len);
        play(&mut tablet, &staff, step).unwrap_or_else(|e| panic!("{e:?} {told}"));
        handed_out += items;
    }
    assert!(handed_out > 0);
    let dispensed = tablet
        .at
        .store()
        .read(|ledger| ledger.records("dispensing", None));
    assert_eq!(dispensed.unwrap().len(), handed_out);
    assert_eq!(
        tablet.at.store().read(stock_sums).unwrap().wrong,
        Vec::<String>::new()
    );
}
