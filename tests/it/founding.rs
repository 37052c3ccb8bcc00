//! Scenarios of making a center, its commands, its end, and its pages for whoever watches it.

use crate::client::{NoReply, request};
use crate::device::now;
use crate::stage::{Stage, enrolled, verified};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::fs;
use xunyi_tests::center::Center;
use xunyi_tests::place;
use xunyi_tests::process::run_to_end;

pub async fn a_center_is_made_serves_and_ends_cleanly_at_sigterm(stage: Stage) {
    let mut center = stage.bare();
    let made = center
        .ask(&["init", "--name", "青山镇卫生院", "--site", "7"])
        .unwrap();
    assert_eq!(
        (&made["site"], &made["site_name"]),
        (&json!(7), &json!("青山镇卫生院"))
    );
    center.serve().unwrap();
    let device = enrolled(&center, "GP").await;
    assert_eq!(device.answer.site, 7);
    let ok = device.line.get("/healthz").await.unwrap();
    assert_eq!(
        (ok.status, &ok.body[..]),
        (StatusCode::OK, b"ok".as_slice())
    );
    let none = device.line.get("/v1/nothing").await.unwrap();
    assert_eq!(
        (none.status, none.code().as_str()),
        (StatusCode::NOT_FOUND, "http.not_found")
    );
    assert_eq!(center.stop().unwrap().code(), Some(0));
    assert!(matches!(
        device.line.get("/healthz").await,
        Err(NoReply::Link(_))
    ));
    // What was made is there after a restart, and whole.
    center.serve().unwrap();
    assert_eq!(
        device.line.get("/healthz").await.unwrap().status,
        StatusCode::OK
    );
    assert_eq!(center.stop().unwrap().code(), Some(0));
    let found = verified(&center);
    assert_eq!(
        (&found["clean"], &found["waiting"]),
        (&json!(true), &json!(0))
    );
}

pub async fn a_center_is_made_once_and_opened_by_its_own_key_and_database_only(stage: Stage) {
    let center = stage.bare();
    let refused = |arguments: &[&str]| center.refused(arguments).unwrap();
    let list = ["staff", "list"];
    assert_eq!(refused(&list), (4, "center.not_found".to_owned()));
    for name in ["", "  ", "a\nb", &"长".repeat(65)] {
        assert_eq!(
            refused(&["init", "--name", name]),
            (3, "name.unusable".to_owned())
        );
    }
    let inside = center.data().join("key").to_string_lossy().into_owned();
    let made_inside = refused(&["init", "--name", "x", "--key", &inside]);
    assert_eq!(made_inside, (4, "key.inside_data".to_owned()));
    center.ask(&["init", "--name", "青山镇卫生院"]).unwrap();
    assert_eq!(
        refused(&["init", "--name", "again"]),
        (4, "center.exists".to_owned())
    );
    assert_eq!(
        refused(&["init", "--name", "y", "--site", "2"]),
        (4, "center.exists".to_owned())
    );

    let key = stage.folder.path().join("center.key");
    let good = fs::read(&key).unwrap();
    let mut other = good.clone();
    other[0] = if other[0] == b'0' { b'1' } else { b'0' };
    fs::write(&key, &other).unwrap();
    // SQLite's file is encrypted whole, in PostgreSQL the private keys are sealed.
    let wrong = match stage.database {
        None => "store.wrong_key",
        Some(_) => "key.wrong",
    };
    assert_eq!(refused(&list), (4, wrong.to_owned()));
    fs::remove_file(&key).unwrap();
    assert_eq!(refused(&list), (4, "key.missing".to_owned()));
    fs::write(&key, &good).unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(refused(&list), (4, "key.readable_by_others".to_owned()));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

    let mut command = center.command(&list).unwrap();
    if stage.database.is_some() {
        // The same folder without its database: no second one is made beside it.
        command = xunyi_tests::process::Process::own("xunyi-center", &list).unwrap();
        command.arg("--json").arg("--data").arg(center.data());
    } else {
        command.args(["--database", "postgres://xunyi@127.0.0.1:1/none"]);
    }
    let ended = run_to_end(command).unwrap();
    assert!(ended.err.contains("center.other_database"), "{}", ended.err);
    assert_eq!(center.ask(&list).unwrap(), json!([]));
}

pub async fn staff_are_added_given_a_password_and_retired(stage: Stage) {
    let center = stage.bare();
    center.ask(&["init", "--name", "青山镇卫生院"]).unwrap();
    let staff = |arguments: &[&str], password: &str| {
        let mut command = center.command(arguments).unwrap();
        command.env("XUNYI_PASSWORD", password);
        run_to_end(command).unwrap()
    };
    let add = [
        "staff",
        "add",
        "--name",
        "陈立",
        "--role",
        "gp",
        "--role",
        "admin",
        "--cheap-keys",
    ];
    for (password, why) in [
        ("Tm7#kQ9!", "too_short"),
        ("1234567890", "guessable"),
        ("青山镇卫生院陈立陈立", "guessable"),
    ] {
        let ended = staff(&add, password);
        assert_eq!(ended.status.code(), Some(3));
        let said: Value = serde_json::from_str(ended.err.trim()).unwrap();
        assert_eq!(
            (&said["code"], &said["params"]["why"]),
            (&json!("unlock.password_too_weak"), &json!(why))
        );
        assert!(!ended.err.contains(password));
    }
    let none = center.refused(&add).unwrap();
    assert_eq!(none, (3, "password.none".to_owned()));
    assert_eq!(center.ask(&["staff", "list"]).unwrap(), json!([]));

    let ended = staff(&add, "river-lantern-42");
    let added: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(added["roles"], json!(["gp", "admin"]));
    let id = added["id"].as_str().unwrap();
    let chief = [
        "staff",
        "add",
        "--name",
        "x",
        "--role",
        "chief",
        "--cheap-keys",
    ];
    let refused = staff(&chief, "river-lantern-42");
    assert!(
        refused.err.contains("staff.role_unknown"),
        "{}",
        refused.err
    );

    let mut center = center;
    center.serve().unwrap();
    let roaming = |device: &crate::device::Device| {
        let key = device.answer.staff[0]["roaming"].clone();
        serde_json::from_value::<xunyi_vault::RoamingKey>(key).unwrap()
    };
    let before = enrolled(&center, "one").await;
    roaming(&before).open("river-lantern-42").unwrap();
    let mut command = center
        .command(&["staff", "password", "陈立", "--cheap-keys"])
        .unwrap();
    command.env("XUNYI_PASSWORD", "three goats cross the ford");
    assert!(run_to_end(command).unwrap().status.success());
    let after = enrolled(&center, "two").await;
    roaming(&after).open("three goats cross the ford").unwrap();
    roaming(&after).open("river-lantern-42").unwrap_err();

    center.ask(&["staff", "retire", id]).unwrap();
    let gone = enrolled(&center, "three").await;
    assert!(gone.answer.staff.is_empty());
    assert_eq!(center.ask(&["staff", "list"]).unwrap()[0]["left"], true);
    assert_eq!(
        center.refused(&["staff", "retire", id]).unwrap().1,
        "staff.left"
    );
    assert_eq!(
        center.refused(&["staff", "retire", "nobody"]).unwrap().1,
        "record.unknown"
    );
}

pub async fn the_demo_fills_a_center_once(stage: Stage) {
    let center = stage.bare();
    let demo = ["demo", "--seed", "1", "--small", "--cheap-keys"];
    let first = center.ask(&demo).unwrap();
    let held = verified(&center);
    let again = center.ask(&demo).unwrap();
    assert_eq!(first, again);
    assert_eq!(verified(&center), held);
    let count = |what: &str| first[what].as_array().unwrap().len();
    assert_eq!(
        (count("staff"), count("villages"), count("vehicles")),
        (5, 3, 3)
    );
    let gp = &first["staff"][0];
    assert_eq!(
        (&gp["name"], &gp["roles"]),
        (&json!("陈立"), &json!(["gp"]))
    );
    assert_eq!(
        (&gp["password"], &gp["pin"]),
        (&json!("demo-bamboo-ridge-chenli-41"), &json!("258036"))
    );
    let tables = center.ask(&["table", "list"]).unwrap();
    let formulary = tables
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["name"] == "formulary")
        .unwrap();
    assert_eq!(formulary["sign_off"], json!({ "state": "unsigned" }));
    assert_eq!(tables.as_array().unwrap().len(), 7);
    assert_eq!(
        center
            .ask(&["village", "list"])
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        center
            .ask(&["vehicle", "list"])
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

pub async fn the_pages_for_watchers_hold_numbers_and_no_names(stage: Stage) {
    let center = stage.demo();
    let mut device = enrolled(&center, "平板甲").await;
    device.register("王小明");
    device.meet().await;
    let page = request(
        &device.line.address,
        device.line.tls_without_certificate(),
        Method::GET,
        "/metrics",
        Vec::new(),
    );
    let page = page.await.unwrap();
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    let value = |name: &str| {
        let line = page.lines().find(|l| l.starts_with(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name}:\n{page}"))
            .rsplit_once(' ')
            .unwrap()
            .1
            .parse::<i64>()
            .unwrap()
    };
    assert_eq!(value("xunyi_devices"), 1);
    assert_eq!(value("xunyi_feeds"), 2);
    assert_eq!(value("xunyi_enrolments_total"), 1);
    assert_eq!(value("xunyi_commits_total"), 2);
    assert!(value("xunyi_entries") > 2);
    assert_eq!(value("xunyi_held_commits"), 0);
    for name in ["王小明", "wangxiaoming", "平板甲", "陈立"] {
        assert!(!page.contains(name), "{page}");
    }
}

pub async fn a_database_that_is_not_fit(stage: Stage) {
    let (cluster, address) = (
        stage.cluster.as_ref().unwrap(),
        stage.database.as_ref().unwrap(),
    );
    let init = ["init", "--name", "青山镇卫生院"];
    let at = |address: &str| Center::new(stage.folder.path(), Some(address.to_owned())).unwrap();
    for (far, code) in [
        (
            "postgres://xunyi@10.9.8.7/center",
            "store.postgres_needs_tls",
        ),
        ("mysql://localhost/center", "store.database_address"),
    ] {
        assert_eq!(at(far).refused(&init).unwrap(), (4, code.to_owned()));
    }
    let dead = place::free_port().unwrap();
    let dead = format!("postgres://xunyi@127.0.0.1:{dead}/center");
    assert_eq!(
        at(&dead).refused(&init).unwrap(),
        (5, "store.unreachable".to_owned())
    );
    // A server that answers before it has written, whatever a connection asks for.
    let forgetting = "ALTER SYSTEM SET full_page_writes = off";
    cluster.execute(address, forgetting).unwrap();
    cluster.execute(address, "SELECT pg_reload_conf()").unwrap();
    let deadline = now() + 60_000;
    while cluster
        .execute(address, "SHOW full_page_writes")
        .unwrap()
        .trim()
        != "off"
    {
        assert!(now() < deadline);
    }
    let refused = at(address).refused(&init).unwrap();
    assert_eq!(refused, (4, "store.postgres_setting".to_owned()));
    cluster
        .execute(address, "ALTER SYSTEM RESET full_page_writes")
        .unwrap();
    cluster.execute(address, "SELECT pg_reload_conf()").unwrap();
    while cluster
        .execute(address, "SHOW full_page_writes")
        .unwrap()
        .trim()
        != "on"
    {
        assert!(now() < deadline);
    }
    at(address).ask(&init).unwrap();
    // A database of a newer version is refused, and nothing in it changes.
    cluster
        .execute(address, "INSERT INTO center_migration VALUES (99, 'x')")
        .unwrap();
    let newer = at(address).refused(&["staff", "list"]).unwrap();
    assert_eq!(newer, (4, "store.database_newer".to_owned()));
}
