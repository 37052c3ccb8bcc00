//! Scenarios of what policy holds: stored, counted, passed on, and not applied.

use crate::device::Device;
use crate::stage::{Stage, enrolled, until_settled};
use serde_json::{Value, json};
use xunyi_journal::{Action, ActorId, DocType, Draft, Frame, UserId, Vector};
use xunyi_record::site::{self, topic};
use xunyi_record::{Document, RecordKey, Write};

/// A write into a site document in this device's own name: as what it is, or in the guise of a chart.
fn site_change(device: &Device, doc_type: DocType, write: Write) -> Draft {
    let mut document = Document::new(doc_type).unwrap();
    let actor = ActorId::new(device.feed(), [1; 6]);
    let heads = document.heads();
    let written = document.write(&heads, actor, actor, &[write], false);
    Draft {
        doc: site::document_id(1, topic::SETTINGS),
        doc_type,
        action: Action::SiteWritten,
        change: written.unwrap().unwrap().change,
    }
}

pub async fn site_data_written_by_a_device_is_held(stage: Stage) {
    let center = stage.demo();
    let mut device = enrolled(&center, "GP").await;
    device.meet().await;
    let before = until_settled(&center);
    let mut tip = device.vector().get(&device.feed());
    let mut frames = Vec::new();
    let chart = Write::new(&RecordKey::one("person"), "name", "mine");
    for draft in [
        site_change(&device, DocType::Site, site::setting("site_name", "mine")),
        site_change(&device, DocType::Patient, chart),
    ] {
        let commit = device
            .author()
            .commit(tip, 100, 5, UserId::NOBODY, vec![draft])
            .unwrap();
        let last = commit.last().unwrap();
        tip = Some(xunyi_journal::Position {
            seq: last.envelope.seq,
            hash: last.hash,
        });
        frames.push(Frame {
            commits: vec![commit],
        });
    }
    let exchanged = device.exchange(&frames).await;
    // Stored and counted, hence acknowledged.
    assert_eq!(exchanged.codes(), [""; 0]);
    assert_eq!(exchanged.acknowledged.unwrap().get(&device.feed()), tip);
    let after = until_settled(&center);
    assert_eq!((&before["held"], &after["held"]), (&json!(0), &json!(2)));
    assert_eq!(
        (&after["rows"], &after["clean"]),
        (&before["rows"], &json!(true))
    );
    // Passed on, and held there too.
    let mut other = enrolled(&center, "pharmacy").await;
    assert_eq!(other.meet().await.held, 2);
    assert_eq!(setting(&mut other, "site_name"), "大源镇中心卫生院");
    assert_eq!(other.answer.site_name, "大源镇中心卫生院");
}

fn setting(device: &mut Device, name: &str) -> Value {
    let rows = device
        .work
        .store()
        .read(|ledger| ledger.records("setting", None))
        .unwrap();
    assert_eq!(rows.len(), 1);
    serde_json::from_str::<Value>(&rows[0].body).unwrap()[name].clone()
}

pub async fn a_revoked_device_uploads_into_holding_and_gets_no_data(stage: Stage) {
    let center = stage.demo();
    let mut lost = enrolled(&center, "lost").await;
    let mut colleague = enrolled(&center, "colleague").await;
    lost.register("王小明");
    lost.meet().await;
    colleague.meet().await;
    let good = lost.vector().get(&lost.feed()).unwrap();
    let revoked = center.ask(&["revoke", &lost.feed().to_hex()]).unwrap();
    assert_eq!(
        (&revoked["name"], &revoked["last_good"]),
        (&json!("lost"), &json!(good.seq))
    );

    // What it made since comes in and is held; what others made it does not get.
    let known = lost.vector();
    lost.register("雷雪兰");
    colleague.register("蓝小梅");
    colleague.meet().await;
    let own = lost.frames(&known);
    assert!(!own.is_empty());
    let exchanged = lost.exchange(&own).await;
    assert_eq!(exchanged.codes(), ["device.revoked"]);
    assert_eq!(exchanged.refused[0].feed, Some(lost.feed()));
    assert!(exchanged.whole && exchanged.received == 0);
    let told = exchanged.acknowledged.unwrap();
    assert_eq!(told.get(&lost.feed()), lost.vector().get(&lost.feed()));
    assert_eq!(lost.finds("蓝小梅"), 0);
    let hash = center.ask(&["table", "list"]).unwrap()[0]["hash"]
        .as_str()
        .unwrap()
        .to_owned();
    let table = lost.line.get(&format!("/v1/tables/{hash}")).await.unwrap();
    assert_eq!(
        (table.status.as_u16(), table.code().as_str()),
        (403, "device.revoked")
    );

    // The same everywhere, also where the revocation came first or last.
    let held = until_settled(&center);
    assert_eq!(
        (&held["held"], &held["counts"]["person"]),
        (&json!(1), &json!(2))
    );
    colleague.meet().await;
    assert_eq!(
        (colleague.finds("王小明"), colleague.finds("雷雪兰")),
        (1, 0)
    );
    assert_eq!(colleague.held(), 1);
    let mut late = enrolled(&center, "late").await;
    late.meet().await;
    colleague.meet().await;
    assert_eq!(late.holdings(), colleague.holdings());
    let held = until_settled(&center);
    let digest = late.holdings().rows;
    assert_eq!(held["rows"], digest);
    assert_eq!(
        center.refused(&["revoke", "nobody"]).unwrap(),
        (3, "record.unknown".to_owned())
    );
}

pub async fn a_stranger_s_feed_is_held(stage: Stage) {
    let center = stage.demo();
    let mut carrier = enrolled(&center, "carrier").await;
    carrier.meet().await;
    // A device that another center enrolled; a colleague brings its frames along.
    let elsewhere = Stage::sqlite();
    let other_center = elsewhere.demo();
    let mut stranger = enrolled(&other_center, "stranger").await;
    stranger.register("王小明");
    let frames = stranger.frames(&Vector::new());
    let exchanged = carrier.exchange(&frames).await;
    assert_eq!(exchanged.codes(), [""; 0]);
    let acknowledged = exchanged.acknowledged.unwrap();
    assert_eq!(
        acknowledged.get(&stranger.feed()),
        stranger.vector().get(&stranger.feed())
    );
    let held = until_settled(&center);
    assert_eq!((&held["held"], &held["clean"]), (&json!(1), &json!(true)));
    assert_eq!(held["counts"].get("person"), None);
}
