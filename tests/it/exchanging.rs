//! Scenarios of the exchange in good weather: what comes in, what goes out, who may ask.

use crate::client::{NoReply, request};
use crate::device::{Applicant, Device};
use crate::stage::{Stage, enrolled, until_settled, verified};
use hyper::{Method, StatusCode};
use serde_json::json;
use std::io::{Read, Write};
use std::sync::Arc;
use xunyi_journal::Vector;
use xunyi_pki::{FixedTime, PeerWanted, SiteCa, TlsIdentity, Validity, client_config};
use xunyi_sync::{Initiator, Message, encode};

pub async fn without_a_certificate_nothing_is_exchanged(stage: Stage) {
    let center = stage.demo();
    let mut device = enrolled(&center, "GP").await;
    let before = verified(&center)["journal"].clone();
    device.register("王小明");
    let frames = device.frames(&Vector::new());
    let body = device.message(&frames);
    let ask = |method, path: &'static str, body: Vec<u8>| {
        request(
            &device.line.address,
            device.line.tls_without_certificate(),
            method,
            path,
            body,
        )
    };
    let hash = center.ask(&["table", "list"]).unwrap()[0]["hash"]
        .as_str()
        .unwrap()
        .to_owned();
    let table: &'static str = format!("/v1/tables/{hash}").leak();
    for reply in [
        ask(Method::POST, "/v1/sync", body).await,
        ask(Method::GET, table, vec![]).await,
    ] {
        let reply = reply.unwrap();
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.code(), "device.certificate_required");
    }
    // A device of another authority does not even get that far.
    let stranger = SiteCa::create(&[5; 32], 1, "x", device.answer.center_time_ms).unwrap();
    let validity = Validity::days(device.answer.center_time_ms, 30);
    let cert = stranger
        .issue_device(&device.key.public_key(), &device.feed().0, "GP", validity)
        .unwrap();
    let identity = TlsIdentity::new(cert, None, device.key.clone()).unwrap();
    let pins = [xunyi_pki::CaCert::from_der(&device.answer.authorities[0]).unwrap()];
    let time = FixedTime {
        now_ms: device.answer.center_time_ms,
        floor_ms: 0,
    };
    let tls = client_config(&pins, Some(&identity), PeerWanted::Center, Arc::new(time)).unwrap();
    let refused = request(&device.line.address, tls, Method::GET, "/healthz", vec![]).await;
    assert!(
        matches!(refused, Err(NoReply::Pki(_) | NoReply::Link(_))),
        "{refused:?}"
    );
    assert_eq!(verified(&center)["journal"], before);
}

pub async fn plain_http_is_answered_with_nothing(stage: Stage) {
    let center = stage.demo();
    let mut plain = std::net::TcpStream::connect(center.address()).unwrap();
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: center\r\n\r\n")
        .unwrap();
    let mut heard = Vec::new();
    plain.read_to_end(&mut heard).ok();
    // At most the alert that this is no TLS.
    assert!(heard.len() <= 7, "{heard:02x?}");
    assert!(heard.is_empty() || heard[0] == 21, "{heard:02x?}");
}

pub async fn what_one_device_writes_another_reads(stage: Stage) {
    let center = stage.demo();
    let mut one = enrolled(&center, "GP").await;
    let mut two = enrolled(&center, "pharmacy").await;
    let patient = one.register("王小明");
    one.register("雷雪兰");
    let sent = one.meet().await;
    assert_eq!(
        sent.acknowledged.unwrap().get(&one.feed()),
        one.vector().get(&one.feed())
    );
    let came = two.meet().await;
    assert_eq!(came.held, 0);
    assert_eq!((two.finds("wxm"), two.finds("雷雪兰")), (1, 1));
    // Both ways, and the site's data with it.
    let heads = two.run("patient.get", json!({ "patient": patient }))["heads"].clone();
    let edit = json!({ "patient": patient, "heads": heads, "phone": "13972880001" });
    two.run("patient.update", edit);
    two.meet().await;
    one.meet().await;
    assert_eq!(one.finds("0001"), 1);
    let villages = one
        .work
        .store()
        .read(|ledger| ledger.records("village", None))
        .unwrap();
    assert_eq!(villages.len(), 3);
    // Nothing new: nothing moves.
    let idle = one.meet().await;
    assert_eq!(
        (idle.received, one.vector()),
        (0, idle.acknowledged.unwrap())
    );
    assert_eq!(one.holdings(), two.holdings());
}

pub async fn the_workers_documents_equal_what_a_device_projects(stage: Stage) {
    let center = stage.demo();
    let mut one = enrolled(&center, "GP").await;
    let mut two = enrolled(&center, "pharmacy").await;
    for n in 0..30 {
        let patient = one.register(&format!("王小{}", char::from_u32(0x4e00 + n).unwrap()));
        if n % 3 == 0 {
            one.meet().await;
            two.meet().await;
            edit_on_both(&mut one, &mut two, &patient).await;
        }
    }
    one.meet().await;
    two.meet().await;
    one.meet().await;
    let held = until_settled(&center);
    let here = one.holdings();
    assert_eq!(here, two.holdings());
    assert_eq!(held["clean"], true, "{held}");
    assert_eq!(held["journal"], here.journal);
    assert_eq!(held["rows"], here.rows);
    assert_eq!(held["counts"], json!(here.counts));
    assert_eq!(held["counts"]["person"], 30);
    assert!(held["counts"]["conflict"].as_u64().unwrap() > 0);
}

/// One field changed apart, so that there are conflicts to project alike.
async fn edit_on_both(one: &mut Device, two: &mut Device, patient: &str) {
    for (device, group) in [(&mut *one, "a"), (&mut *two, "b")] {
        let heads = device.run("patient.get", json!({ "patient": patient }))["heads"].clone();
        device.run(
            "patient.update",
            json!({ "patient": patient, "heads": heads, "blood_group": group }),
        );
    }
    one.meet().await;
    two.meet().await;
}

pub async fn a_reference_table_is_fetched_by_its_hash(stage: Stage) {
    let center = stage.demo();
    let mut device = enrolled(&center, "GP").await;
    device.meet().await;
    let rows = device
        .work
        .store()
        .read(|ledger| ledger.records("reference_table", None))
        .unwrap();
    assert_eq!(rows.len(), 7);
    for row in rows {
        let record: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        let hash = record["hash"].as_str().unwrap();
        let reply = device
            .line
            .get(&format!("/v1/tables/{hash}"))
            .await
            .unwrap();
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(blake3::hash(&reply.body).to_hex().as_str(), hash);
        assert_eq!(record["size"], json!(reply.body.len()));
        let file =
            ["json", "csv"].map(|end| format!("data/{}.{end}", record["name"].as_str().unwrap()));
        let shipped = file
            .iter()
            .find_map(|file| std::fs::read(xunyi_tests::place::root().join(file)).ok());
        assert_eq!(shipped.as_deref(), Some(&reply.body[..]), "{record}");
    }
    for unknown in ["0".repeat(64), "x".to_owned()] {
        let reply = device
            .line
            .get(&format!("/v1/tables/{unknown}"))
            .await
            .unwrap();
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::NOT_FOUND, "table.unknown")
        );
    }
    // A table of the site's own takes the place of the one before.
    let own = stage.folder.path().join("own.json");
    let text = r#"{"name":"formulary","version":"2027.1","source":"site","body":[]}"#;
    std::fs::write(&own, text).unwrap();
    center
        .ask(&["table", "publish", own.to_str().unwrap()])
        .unwrap();
    device.meet().await;
    let rows = device
        .work
        .store()
        .read(|ledger| ledger.records("reference_table", None))
        .unwrap();
    assert!(rows.len() == 7 && rows.iter().any(|row| row.body.contains("2027.1")));
    std::fs::write(
        &own,
        r#"{"name":"formulary","version":"2","source":"s","body":7}"#,
    )
    .unwrap();
    let refused = center
        .refused(&["table", "publish", own.to_str().unwrap()])
        .unwrap();
    assert_eq!(refused, (3, "table.malformed".to_owned()));
}

pub async fn bytes_that_are_no_exchange_are_refused_by_their_kind(stage: Stage) {
    let center = stage.demo();
    let device = enrolled(&center, "GP").await;
    let hello = encode(&Initiator::default().hello(&Vector::new()));
    let mut too_old = hello.clone();
    // The range of protocol versions: an array of three begins with two small numbers.
    (too_old[6], too_old[7]) = (9, 9);
    let twice = [hello.clone(), hello.clone()].concat();
    let frame_first = encode(&Message::Frame(vec![1]));
    let unended = [hello.clone(), vec![0xD2, 0, 0, 1, 0, 1, 2]].concat();
    for (body, status, code) in [
        (b"<!doctype html>".to_vec(), 400, "sync.foreign"),
        (vec![0xD2, 0xFF, 0xFF, 0xFF, 0xFF], 413, "sync.too_large"),
        (vec![0xD1, 0, 0, 0, 1, 0xFF], 400, "sync.malformed"),
        (twice, 400, "sync.out_of_turn"),
        (frame_first, 400, "sync.out_of_turn"),
        (too_old, 426, "sync.protocol_too_old"),
        (unended, 400, "sync.malformed"),
        (Vec::new(), 400, "sync.malformed"),
    ] {
        let reply = device.line.post(body.clone()).await.unwrap();
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (status, code),
            "{body:02x?}"
        );
    }
    // A frame that cannot be read is refused; the exchange goes on.
    let mut device = device;
    let mut body = hello;
    body.extend(encode(&Message::Frame(b"no frame".to_vec())));
    body.extend(encode(&Message::End));
    let reply = device.line.post(body).await.unwrap();
    assert_eq!(reply.status, StatusCode::OK);
    let exchanged = device.take_in(&reply.body);
    assert_eq!(exchanged.codes(), ["journal.unreadable"]);
    assert!(exchanged.whole);
}

pub async fn devices_that_push_at_once_all_find_their_work_acknowledged(stage: Stage) {
    let center = stage.demo();
    let mut devices = Vec::new();
    for n in 0..6 {
        let mut device = enrolled(&center, &format!("tablet {n}")).await;
        for m in 0..5 {
            device.register(&format!(
                "王{}{}",
                ["甲", "乙", "丙", "丁", "戊", "己"][n],
                ["一", "二", "三", "四", "五"][m]
            ));
        }
        devices.push(device);
    }
    let mut reader = enrolled(&center, "base").await;
    let tasks: Vec<_> = devices
        .into_iter()
        .map(|mut device| {
            tokio::spawn(async move {
                // One frame per commit, so that many transactions meet.
                let mut frames = Vec::new();
                for frame in device.frames(&Vector::new()) {
                    frames.extend(one_by_one(&device, frame));
                }
                let exchanged = device.exchange(&frames).await;
                assert!(
                    exchanged.whole && exchanged.refused.is_empty(),
                    "{exchanged:?}"
                );
                let own = device.vector().get(&device.feed());
                assert_eq!(exchanged.acknowledged.unwrap().get(&device.feed()), own);
                device
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    reader.meet().await;
    assert_eq!(reader.finds("王"), 30);
    let held = until_settled(&center);
    assert_eq!(
        (&held["clean"], &held["counts"]["person"]),
        (&json!(true), &json!(30))
    );
    assert_eq!(held["rows"], reader.holdings().rows);
}

/// A frame of several commits as frames of one each, signed anew by their author.
fn one_by_one(device: &Device, frame: xunyi_journal::Frame) -> Vec<xunyi_journal::Frame> {
    let author = device.author();
    let mut tip = None;
    let mut frames = Vec::new();
    for commit in frame
        .commits
        .into_iter()
        .filter(|c| c.feed() == Some(device.feed()))
    {
        let signed = crate::faults::signed_again(&author, tip, &commit);
        tip = signed.last().map(|l| xunyi_journal::Position {
            seq: l.envelope.seq,
            hash: l.hash,
        });
        assert_eq!(signed.entries, commit.entries);
        frames.push(xunyi_journal::Frame {
            commits: vec![signed],
        });
    }
    frames
}

pub async fn two_servers_of_one_center_lose_nothing(stage: Stage) {
    let center = stage.demo();
    if stage.database.is_none() {
        // A folder has one server; a second says so at once.
        let refused = center
            .refused(&["serve", "--listen", "127.0.0.1:0"])
            .unwrap();
        assert_eq!(refused, (4, "store.folder_in_use".to_owned()));
        return;
    }
    let (mut second, address) = center.second_server().unwrap();
    let mut one = enrolled(&center, "one").await;
    let mut two = Device::enrol(&center.code("two", address).unwrap()).await;
    for n in 0..8 {
        one.register(
            [
                "王一", "王二", "王三", "王四", "王五", "王六", "王七", "王八",
            ][n],
        );
        two.register(
            [
                "雷一", "雷二", "雷三", "雷四", "雷五", "雷六", "雷七", "雷八",
            ][n],
        );
        tokio::join!(one.meet(), two.meet());
    }
    one.meet().await;
    two.meet().await;
    assert_eq!((one.finds("雷"), two.finds("王")), (8, 8));
    let held = until_settled(&center);
    assert_eq!(held["clean"], true, "{held}");
    assert_eq!(held["rows"], one.holdings().rows);
    // A device may come to either: what it needs to be known by is in the database.
    one.line.address = format!("https://{address}");
    one.meet().await;
    second.signal("TERM").unwrap();
    assert_eq!(second.wait().unwrap().code(), Some(0));
    let applicant = Applicant::new(&center.code("three", center.address()).unwrap());
    assert!(applicant.ask().await.unwrap().status.is_success());
}
