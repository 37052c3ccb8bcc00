//! Scenarios of faults: links that are cut, a center that is killed, frames that lie.

use crate::device::{Device, Line, now};
use crate::stage::{Stage, enrolled, enrolled_via, until_settled, verified};
use serde_json::json;
use xunyi_journal::{
    Action, ActorId, Author, Commit, DocId, DocType, Draft, Frame, Position, UserId, Vector,
};
use xunyi_record::{Document, RecordKey, Write};
use xunyi_tests::link::{Link, Weather};
use xunyi_tests::traces;

/// The same changes in the same order, chained on `tip` and signed by `author`.
pub fn signed_again(author: &Author, tip: Option<Position>, commit: &Commit) -> Commit {
    let first = commit.entries[0].entry.as_ref().unwrap();
    let drafts = commit.entries.iter().map(|sealed| {
        let entry = sealed.entry.as_ref().unwrap();
        Draft {
            doc: entry.doc,
            doc_type: entry.doc_type,
            action: entry.action,
            change: entry.change.clone(),
        }
    });
    author
        .commit(
            tip,
            first.envelope.lamport,
            first.at,
            first.user,
            drafts.collect(),
        )
        .unwrap()
}

/// A day's worth of registrations.
fn people(n: usize) -> Vec<String> {
    let given = [
        "小明", "建国", "秀英", "志强", "桂花", "文静", "海涛", "玉兰",
    ];
    let surnames = ["王", "雷", "蓝", "钟", "叶", "吴", "陈", "周", "梅", "潘"];
    (0..n)
        .map(|i| format!("{}{}", surnames[i % 10], given[i / 10 % 8]))
        .collect()
}

/// Registers people; answers a frame of its own for each.
fn registered(device: &mut Device, names: &[String]) -> Vec<Frame> {
    let mut frames = Vec::new();
    for name in names {
        let before = device.vector();
        device.register(name);
        frames.extend(device.frames(&before));
    }
    frames
}

pub async fn an_exchange_in_flight_is_answered_before_the_center_ends(stage: Stage) {
    let mut center = stage.demo();
    let link = Link::to(center.address()).unwrap();
    let mut device = enrolled_via(&center, "GP", link.address()).await;
    device.meet().await;
    let frames = registered(&mut device, &people(120));
    let body = device.message(&frames);
    let before = frames_stored(&device.line).await;
    link.set(Weather {
        rate: Some(64 << 10),
        ..Weather::default()
    });
    let line = device.line.clone();
    let sending = tokio::spawn(async move { line.post(body).await });
    let mut beside = device.line.clone();
    beside.address = format!("https://{}", center.address());
    while frames_stored(&beside).await <= before {
        assert!(!sending.is_finished());
    }
    // `stop` waits for the end, which waits for the answer.
    let ended = tokio::task::spawn_blocking(move || (center.stop().unwrap(), center));
    let reply = sending.await.unwrap().unwrap();
    let exchanged = device.take_in(&reply.body);
    assert!(exchanged.whole && exchanged.refused.is_empty());
    let (status, mut center) = ended.await.unwrap();
    assert_eq!(status.code(), Some(0));
    center.serve().unwrap();
    link.set(Weather::default());
    let after = device.exchange(&[]).await.acknowledged.unwrap();
    assert_eq!(
        after.get(&device.feed()),
        device.vector().get(&device.feed())
    );
}

pub async fn a_link_cut_on_the_way_up_is_taken_up_where_it_ended(stage: Stage) {
    let center = stage.demo();
    let link = Link::to(center.address()).unwrap();
    let mut device = enrolled_via(&center, "GP", link.address()).await;
    device.meet().await;
    // More than a few of TLS's records of 16 KiB, each of which arrives whole or not at all.
    let names = people(300);
    let mut frames = registered(&mut device, &names);
    let tip = device.vector().get(&device.feed());
    let whole = device.message(&frames).len() as u64;
    let mut reached = Vec::new();
    let (mut rounds, deadline) = (0, now() + 60_000);
    while reached.last() != Some(&tip) {
        rounds += 1;
        assert!(now() < deadline, "{reached:?}");
        // Each time the link dies after a part of what is left.
        link.set(Weather {
            cut_up: Some(4_000 + whole / 4),
            ..Weather::default()
        });
        let exchanged = device.exchange(&frames).await;
        if exchanged.whole {
            reached.push(exchanged.acknowledged.unwrap().get(&device.feed()));
            break;
        }
        link.set(Weather::default());
        // The center goes on with what came whole: asked until its answer stays.
        let mut at = None;
        loop {
            let probe = device.exchange(&[]).await.acknowledged.unwrap();
            let before = std::mem::replace(&mut at, probe.get(&device.feed()));
            if at == before {
                break;
            }
        }
        let next = at.map_or(0, |p| p.seq + 1);
        frames.retain(|f| f.commits[0].entries[0].envelope.seq >= next);
        reached.push(at);
    }
    assert!(rounds >= 3, "the link was never cut: {rounds}");
    assert!(reached.windows(2).all(|w| w[0] <= w[1]), "{reached:?}");
    link.set(Weather::default());
    let mut reader = enrolled(&center, "base").await;
    reader.meet().await;
    assert_eq!(reader.vector().get(&device.feed()), tip);
    let held = until_settled(&center);
    assert_eq!(
        (&held["clean"], &held["counts"]["person"]),
        (&json!(true), &json!(names.len()))
    );
}

pub async fn a_link_cut_on_the_way_down_is_taken_up_where_it_ended(stage: Stage) {
    let center = stage.demo();
    let mut writer = enrolled(&center, "GP").await;
    let names = people(80);
    for name in &names {
        writer.register(name);
        writer.run("patient.search", json!({ "query": name }));
    }
    writer.meet().await;
    let link = Link::to(center.address()).unwrap();
    let mut reader = enrolled_via(&center, "base", link.address()).await;
    let mut cuts = 0;
    let mut allowed = 1_500;
    loop {
        link.set(Weather {
            cut_down: Some(allowed),
            ..Weather::default()
        });
        let exchanged = reader.exchange(&[]).await;
        if exchanged.whole {
            break;
        }
        cuts += 1;
        allowed += 700;
        assert!(cuts < 200);
        // Whatever arrived is whole commits of whole documents.
        for finding in reader.work.store().read(xunyi_ledger::verify).unwrap() {
            assert!(finding.wrong.is_empty(), "{finding:?}");
        }
    }
    assert!(cuts >= 3, "the link was never cut: {cuts}");
    assert_eq!(
        reader.vector().get(&writer.feed()),
        writer.vector().get(&writer.feed())
    );
    link.set(Weather::default());
    reader.meet().await;
    writer.meet().await;
    assert_eq!(reader.holdings(), writer.holdings());
}

pub async fn a_killed_center_holds_all_that_it_acknowledged(stage: Stage) {
    let mut center = stage.demo();
    let mut device = enrolled(&center, "GP").await;
    device.meet().await;
    let mut acknowledged: Vector = device.vector();
    for round in 0..5_u64 {
        for name in people(30) {
            device.register(&name);
        }
        let frames = device.frames(&acknowledged);
        let single: Vec<Frame> = frames
            .into_iter()
            .flat_map(|f| f.commits)
            .filter(|c| c.feed() == Some(device.feed()))
            .scan(acknowledged.get(&device.feed()), |tip, commit| {
                let signed = signed_again(&device.author(), *tip, &commit);
                *tip = signed.last().map(|l| Position {
                    seq: l.envelope.seq,
                    hash: l.hash,
                });
                Some(Frame {
                    commits: vec![signed],
                })
            })
            .collect();
        let body = device.message(&single);
        // Killed while it stores: when its counter says that some frames are in and more are coming.
        let line = device.line.clone();
        let sending = tokio::spawn(async move { line.post(body).await });
        while frames_stored(&device.line).await < round + 2 && !sending.is_finished() {
            tokio::task::yield_now().await;
        }
        center.kill().unwrap();
        center.serve().unwrap();
        // What a complete answer acknowledged earlier is there, and what is there is a prefix.
        let probe = device.exchange(&[]).await;
        let now = probe.acknowledged.unwrap();
        assert!(now.get(&device.feed()) >= acknowledged.get(&device.feed()));
        let done = device.sync(&now).await;
        assert!(done.whole && done.refused.is_empty(), "{done:?}");
        acknowledged = done.acknowledged.unwrap();
        assert_eq!(
            acknowledged.get(&device.feed()),
            device.vector().get(&device.feed())
        );
        // Killed right after the answer: it was on disk.
        center.kill().unwrap();
        center.serve().unwrap();
        let after = device.exchange(&[]).await.acknowledged.unwrap();
        assert_eq!(after.get(&device.feed()), acknowledged.get(&device.feed()));
    }
    let held = until_settled(&center);
    assert_eq!(
        (&held["clean"], &held["counts"]["person"]),
        (&json!(true), &json!(150))
    );
}

/// What the center's own counter says, since its start.
async fn frames_stored(line: &Line) -> u64 {
    let Ok(page) = line.get("/metrics").await else {
        return 0;
    };
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    let line = page.lines().find(|l| l.starts_with("xunyi_frames_total "));
    line.map_or(0, |l| l.rsplit_once(' ').unwrap().1.parse().unwrap())
}

pub async fn a_false_frame_is_refused_with_its_code_and_the_others_are_taken(stage: Stage) {
    let center = stage.demo();
    let mut liar = enrolled(&center, "liar").await;
    let mut honest = enrolled(&center, "honest").await;
    liar.meet().await;
    honest.meet().await;
    let known = liar.vector();
    let tip = known.get(&liar.feed());
    for name in ["王一", "王二", "王三"] {
        liar.register(name);
    }
    let commits: Vec<Commit> = liar
        .frames(&known)
        .into_iter()
        .flat_map(|f| f.commits)
        .filter(|c| c.feed() == Some(liar.feed()))
        .scan(tip, |tip, commit| {
            let signed = signed_again(&liar.author(), *tip, &commit);
            *tip = signed.last().map(|l| Position {
                seq: l.envelope.seq,
                hash: l.hash,
            });
            Some(signed)
        })
        .collect();
    let frame = |commit: Commit| Frame {
        commits: vec![commit],
    };

    let gap = frame(commits[1].clone());
    let mut unsigned = commits[0].clone();
    unsigned.signature = None;
    let mut false_signature = commits[0].clone();
    let signature = false_signature.signature.as_mut().unwrap();
    signature.0[3] ^= 1;
    let elsewhere = Position {
        hash: xunyi_journal::EntryHash([9; 32]),
        ..tip.unwrap()
    };
    let broken = signed_again(&liar.author(), Some(elsewhere), &commits[0]);
    honest.register("雷一");
    let before = honest.exchange(&[]).await.acknowledged.unwrap();
    let good: Vec<Frame> = honest.frames(&before);
    let theirs = good[0]
        .commits
        .iter()
        .find(|c| c.feed() == Some(honest.feed()))
        .unwrap();
    let wrong_actor = signed_again(&liar.author(), tip, theirs);
    // Another entry at a place that is taken already.
    let mut before_last = known.clone();
    let last = liar.frames(&Vector::new());
    let zero = last[0]
        .commits
        .iter()
        .find(|c| c.feed() == Some(liar.feed()))
        .unwrap();
    before_last.set(
        liar.feed(),
        Position {
            seq: 0,
            hash: zero.entries[0].hash,
        },
    );
    let fork = {
        let mut other = zero.clone();
        let entry = other.entries[0].entry.clone().unwrap();
        let entry = xunyi_journal::Entry {
            at: entry.at + 1,
            ..entry
        };
        other.entries = vec![xunyi_journal::Sealed::seal(entry)];
        other
    };
    for (bad, code) in [
        (gap, "journal.gap"),
        (frame(unsigned), "journal.false_signature"),
        (frame(false_signature), "journal.false_signature"),
        // What stands before an entry is not sent: the chain is made on arrival, and no false one is signed.
        (frame(broken), "journal.false_signature"),
        (frame(wrong_actor), "journal.wrong_actor"),
        (frame(fork), "journal.fork"),
    ] {
        // What is false is refused whole, the honest frame that a colleague relays after it is taken.
        let bad = std::slice::from_ref(&bad);
        let exchanged = liar.exchange(&[bad, good.as_slice()].concat()).await;
        assert_eq!(exchanged.codes(), [code]);
        assert_eq!(exchanged.refused[0].feed, Some(liar.feed()), "{code}");
        let held = exchanged.acknowledged.unwrap();
        assert_eq!(held.get(&liar.feed()), tip, "{code}");
        assert_eq!(
            held.get(&honest.feed()),
            honest.vector().get(&honest.feed()),
            "{code}"
        );
    }
    // The true ones are taken as if nothing had been.
    let frames: Vec<Frame> = commits.into_iter().map(frame).collect();
    let exchanged = liar.exchange(&frames).await;
    assert!(exchanged.refused.is_empty());
    assert_eq!(
        exchanged.acknowledged.unwrap().get(&liar.feed()),
        liar.vector().get(&liar.feed())
    );
    assert_eq!(until_settled(&center)["counts"]["person"], 4);
}

pub async fn a_document_that_cannot_be_kept_holds_up_nobody(stage: Stage) {
    let mut center = stage.demo();
    let mut device = enrolled(&center, "GP").await;
    let poison = match stage.database {
        None => {
            "CREATE TRIGGER poison BEFORE INSERT ON person WHEN NEW.name = '毒' BEGIN SELECT RAISE(ABORT, 'no'); END"
        }
        Some(_) => "ALTER TABLE person ADD CONSTRAINT poison CHECK (name <> '毒')",
    };
    stage.execute(poison);
    device.register("王一");
    device.register("毒");
    device.meet().await;
    device.register("王二");
    device.meet().await;
    let page = until(&device.line, "xunyi_documents_stuck 1").await;
    assert!(page.contains("xunyi_documents_waiting 1\n"), "{page}");
    let held = verified(&center);
    assert_eq!(
        (&held["counts"]["person"], &held["waiting"]),
        (&json!(2), &json!(1))
    );
    // Mended, it is taken in like any other.
    let mended = match stage.database {
        None => "DROP TRIGGER poison",
        Some(_) => "ALTER TABLE person DROP CONSTRAINT poison",
    };
    stage.execute(mended);
    center.stop().unwrap();
    center.serve().unwrap();
    let held = until_settled(&center);
    assert_eq!(
        (&held["clean"], &held["counts"]["person"]),
        (&json!(true), &json!(3))
    );
}

/// Waits until the page of figures has a line.
async fn until(line: &Line, wanted: &str) -> String {
    let deadline = now() + 60_000;
    loop {
        let page = line.get("/metrics").await.unwrap();
        let page = String::from_utf8(page.body.to_vec()).unwrap();
        if page.lines().any(|l| l == wanted) {
            return page;
        }
        assert!(now() < deadline, "{wanted} does not come:\n{page}");
    }
}

pub async fn text_that_no_database_takes_is_kept_all_the_same(stage: Stage) {
    let center = stage.demo();
    let mut device = enrolled(&center, "GP").await;
    let mut document = Document::new(DocType::Patient).unwrap();
    let actor = ActorId::new(device.feed(), [1; 6]);
    let person = RecordKey::one("person");
    let writes = [
        Write::new(&person, "name", "王\0小"),
        Write::new(&person, "village", "很长".repeat(4_000)),
        Write::new(&person, "id_number", "\u{10FFFF}'; DROP TABLE entry; --"),
    ];
    let heads = document.heads();
    let written = document
        .write(&heads, actor, actor, &writes, false)
        .unwrap()
        .unwrap();
    let draft = Draft {
        doc: DocId([7; 16]),
        doc_type: DocType::Patient,
        action: Action::PatientRegistered,
        change: written.change,
    };
    let tip = device.vector().get(&device.feed());
    let commit = device
        .author()
        .commit(tip, 100, 5, UserId::NOBODY, vec![draft])
        .unwrap();
    let mut frames = device.frames(&Vector::new());
    frames.push(Frame {
        commits: vec![commit],
    });
    assert!(device.exchange(&frames).await.refused.is_empty());
    let mut reader = enrolled(&center, "base").await;
    reader.meet().await;
    let held = until_settled(&center);
    assert_eq!(
        (&held["clean"], &held["counts"]["person"]),
        (&json!(true), &json!(1))
    );
    let digest = reader.holdings().rows;
    assert_eq!(held["rows"], digest);
}

pub async fn logs_hold_no_names_no_tokens_and_no_passwords(stage: Stage) {
    let mut center = stage.demo();
    center.stop().unwrap();
    // As talkative as it can be.
    center.serve_talking("trace").unwrap();
    let code = center.code("药房平板", center.address()).unwrap();
    let applicant = crate::device::Applicant::new(&code);
    let reply = applicant.ask().await.unwrap();
    let mut device =
        crate::device::Device::with(&applicant, serde_json::from_slice(&reply.body).unwrap());
    device.register("王小明");
    device.meet().await;
    // A request that is refused is logged too.
    device.line.post(b"nonsense".to_vec()).await.unwrap();
    assert!(!applicant.ask().await.unwrap().body.is_empty());
    until_settled(&center);
    center.stop().unwrap();
    let logs = stage.folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    for item in std::fs::read_dir(stage.folder.path()).unwrap().flatten() {
        if item.path().extension().is_some_and(|end| end == "log") {
            std::fs::copy(item.path(), logs.join(item.file_name())).unwrap();
        }
    }
    let token: String = applicant
        .code
        .token()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let listed = format!("{:?}", applicant.code.token());
    let secrets = [
        "王小明",
        "wangxiaoming",
        "1959-03-12",
        "demo-bamboo-ridge-chenli-41",
        &token,
        &listed,
        &code,
    ];
    assert_eq!(traces::find(&[logs.as_path()], &secrets).unwrap(), []);
    // The search sees what is there.
    assert!(
        !traces::find(&[logs.as_path()], &["药房平板"])
            .unwrap()
            .is_empty()
    );
    if stage.database.is_none() {
        let data =
            traces::find(&[center.data().as_path()], &["王小明", "药房平板", "陈立"]).unwrap();
        assert_eq!(data, []);
    }
}

pub async fn a_database_that_crashes(mut stage: Stage) {
    let center = stage.demo();
    let mut device = enrolled(&center, "GP").await;
    device.register("王一");
    let acknowledged = device.meet().await.acknowledged.unwrap();
    stage.cluster.as_mut().unwrap().crash().unwrap();
    let health = device.line.get("/healthz").await.unwrap();
    assert_eq!(
        (health.status.as_u16(), health.code().as_str()),
        (503, "store.unreachable")
    );
    device.register("王二");
    let frames = device.frames(&acknowledged);
    let body = device.message(&frames);
    let refused = device.line.post(body).await.unwrap();
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (503, "store.unreachable")
    );
    stage.cluster.as_mut().unwrap().serve().unwrap();
    let again = device.exchange(&[]).await;
    assert!(again.acknowledged.unwrap().get(&device.feed()) >= acknowledged.get(&device.feed()));
    device.meet().await;
    let held = until_settled(&center);
    assert_eq!(
        (&held["clean"], &held["counts"]["person"]),
        (&json!(true), &json!(2))
    );
}
