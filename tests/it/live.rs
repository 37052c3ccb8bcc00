//! Devices that stay in touch: what one saves the other has without anybody asking, and a link that comes back is
//! noticed by itself.

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use tempfile::TempDir;
use xunyi_app::{Device as App, News, Settings, SystemClock, SystemIds};
use xunyi_journal::Vector;
use xunyi_store::unlock::{SecretPlace, UnlockPolicy};
use xunyi_tests::link::{Link, Weather};
use xunyi_tests::place;
use xunyi_tests::process::now;
use xunyi_tests::site::{Filled, Member, Site};
use xunyi_vault::KdfCost;

use crate::client::request;
use crate::device::{Device, Line};
use crate::stage::{Stage, enrolled};

/// The longest that a center lets a device wait, seconds: what is answered earlier is no heartbeat.
const LONGEST: u8 = 240;

/// Waits at the center for something else than `told`; answers the status.
async fn waits(line: Line, told: Vector, heartbeat: u8) -> u16 {
    let body = [&told.digest()[..], &[heartbeat]].concat();
    let reply = request(
        &line.address,
        line.tls(),
        hyper::Method::POST,
        "/v1/wait",
        body,
    )
    .await;
    let reply = reply.unwrap();
    assert!(reply.body.is_empty());
    reply.status.as_u16()
}

pub async fn a_waiting_device_hears_of_what_another_sent_and_else_its_heartbeat(stage: Stage) {
    let center = stage.demo();
    let mut writer = enrolled(&center, "writer").await;
    let mut reader = enrolled(&center, "reader").await;
    writer.meet().await;
    let told = reader.meet().await.acknowledged.unwrap();
    assert_eq!(waits(reader.line.clone(), told.clone(), 1).await, 204);
    let waiting: Vec<_> = (0..50)
        .map(|_| tokio::spawn(waits(reader.line.clone(), told.clone(), LONGEST)))
        .collect();
    writer.register("王小明");
    writer.meet().await;
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap(), 200);
    }
    let told = reader.meet().await.acknowledged.unwrap();
    assert_eq!(reader.finds("王小明"), 1);
    assert_eq!(waits(reader.line.clone(), told, 1).await, 204);
}

pub async fn what_one_server_took_in_is_news_at_the_other(stage: Stage) {
    let center = stage.demo();
    if stage.database.is_none() {
        // A folder has one server.
        return;
    }
    let (_second, address) = center.second_server().unwrap();
    let mut here = enrolled(&center, "here").await;
    let mut there = Device::enrol(&center.code("there", address).unwrap()).await;
    here.meet().await;
    let told = there.meet().await.acknowledged.unwrap();
    let waiting = tokio::spawn(waits(there.line.clone(), told, LONGEST));
    here.register("雷小芳");
    here.meet().await;
    assert_eq!(waiting.await.unwrap(), 200);
    there.meet().await;
    assert_eq!(there.finds("雷小芳"), 1);
}

pub async fn a_center_that_ends_lets_those_who_wait_go(stage: Stage) {
    let mut center = stage.demo();
    let mut device = enrolled(&center, "GP").await;
    let told = device.meet().await.acknowledged.unwrap();
    let waiting = tokio::spawn(waits(device.line.clone(), told, LONGEST));
    // Who has been answered meanwhile shows that the one before is being served.
    device.meet().await;
    let (status, _center) = tokio::task::spawn_blocking(move || (center.stop().unwrap(), center))
        .await
        .unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(waiting.await.unwrap(), 204);
}

pub async fn a_wait_that_is_none_or_a_stranger_s_is_refused(stage: Stage) {
    let center = stage.demo();
    let device = enrolled(&center, "GP").await;
    let ask = |tls, body| {
        request(
            &device.line.address,
            tls,
            hyper::Method::POST,
            "/v1/wait",
            body,
        )
    };
    let short = ask(device.line.tls(), vec![1; 32]).await.unwrap();
    assert_eq!(short.code(), "sync.malformed");
    let stranger = ask(device.line.tls_without_certificate(), vec![1; 33]).await;
    assert_eq!(stranger.unwrap().code(), "device.certificate_required");
}

/// A tablet's program without its window, exchanging in the background.
struct Tablet {
    app: App,
    news: Receiver<News>,
}

impl Drop for Tablet {
    fn drop(&mut self) {
        self.app.stop();
    }
}

impl Tablet {
    fn new(folder: &TempDir, site: &Site, member: &Member, name: &str, at: SocketAddr) -> Self {
        let settings = Settings {
            unlock: UnlockPolicy {
                pin_cost: KdfCost::CHEAP,
                lock_after: 5,
            },
            secret: SecretPlace::File,
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        };
        let app = App::open(&folder.path().join(name), settings).unwrap();
        let (tell, news) = channel();
        app.listen(move |what| {
            tell.send(what).ok();
        });
        let code = site.code_for(name, true, &at.to_string()).unwrap();
        app.invoke("device.enrol", json!({ "code": code })).unwrap();
        let first = json!({
            "staff": member.id, "password": member.password, "new_pin": member.pin,
        });
        app.invoke("session.first_sign_in", first).unwrap();
        app.exchange_in_background().unwrap();
        Self { app, news }
    }

    fn run(&self, command: &str, input: Value) -> Value {
        self.app
            .invoke(command, input)
            .unwrap_or_else(|e| panic!("{command}: {e:?}"))
    }

    fn register(&self, name: &str) {
        self.run(
            "patient.register",
            json!({
                "name": name, "sex": "female", "birth_date": "1951-02-03", "not_a_duplicate": true,
            }),
        );
    }

    fn finds(&self, name: &str) -> bool {
        let found = self.run("patient.search", json!({ "query": name }));
        found.to_string().contains(name)
    }

    fn status(&self) -> Value {
        self.run("sync.status", json!({}))
    }

    /// Waits until it is so, looking whenever the device tells that something happened.
    fn until(&self, what: &str, mut so: impl FnMut(&Self) -> bool) {
        let deadline = now() + Duration::from_secs(90);
        while !so(self) {
            let left = deadline.saturating_duration_since(now());
            match self.news.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => panic!("not {what}: {}", self.status()),
                Err(RecvTimeoutError::Disconnected) => panic!("the device is gone"),
            }
        }
    }

    fn until_at_center(&self) {
        self.until("at the center", |tablet| {
            tablet.status()["light"] == "at_center"
        });
    }
}

#[test]
fn what_one_tablet_saves_the_other_has_without_anybody_asking() {
    let folder = tempfile::tempdir().unwrap();
    let port = place::free_port().unwrap();
    let mut site = Site::filled(folder.path(), Filled::hamlet(), port).unwrap();
    site.center.serve().unwrap();
    let gp = site.member("gp").unwrap();
    let a = Tablet::new(&folder, &site, &gp, "全科 1", site.center.address());
    let b = Tablet::new(&folder, &site, &gp, "全科 2", site.center.address());
    a.until_at_center();
    b.until_at_center();
    for name in ["蓝秋菊", "钟守田", "叶长根"] {
        a.register(name);
        b.until("told of the registration", |b| b.finds(name));
    }
}

#[test]
fn a_link_that_comes_back_is_noticed_and_everything_goes_up() {
    let folder = tempfile::tempdir().unwrap();
    let port = place::free_port().unwrap();
    let mut site = Site::filled(folder.path(), Filled::hamlet(), port).unwrap();
    let link = Link::to(site.center.address()).unwrap();
    site.center.stands_behind(link.address());
    site.center.serve().unwrap();
    let gp = site.member("gp").unwrap();
    let a = Tablet::new(&folder, &site, &gp, "全科 1", link.address());
    a.until_at_center();
    // The program at the other end is gone, then comes back: nobody asks for an exchange.
    site.center.stop().unwrap();
    a.until("without its center", |a| !a.status()["problem"].is_null());
    a.register("吴桂芳");
    assert_eq!(a.status()["light"], "saved_here");
    site.center.serve().unwrap();
    a.until_at_center();
    assert!(a.status()["problem"].is_null());
    // A link that takes connections and closes them is no center either, and passes.
    let before = link.connections();
    link.set(Weather {
        down: true,
        ..Weather::default()
    });
    a.register("梅建国");
    a.until("cut off", |a| !a.status()["problem"].is_null());
    assert!(link.connections() > before);
    link.set(Weather::default());
    a.until_at_center();
}

#[test]
fn a_link_that_goes_half_open_is_left_for_a_new_connection() {
    let folder = tempfile::tempdir().unwrap();
    let port = place::free_port().unwrap();
    let mut site = Site::filled(folder.path(), Filled::hamlet(), port).unwrap();
    let link = Link::to(site.center.address()).unwrap();
    site.center.stands_behind(link.address());
    site.center.serve().unwrap();
    let gp = site.member("gp").unwrap();
    let a = Tablet::new(&folder, &site, &gp, "全科 1", link.address());
    let b = Tablet::new(&folder, &site, &gp, "全科 2", site.center.address());
    a.until_at_center();
    b.until_at_center();
    // It sends when it is told to: no connection of its own stands.
    b.app.stop();
    // A round is one more chance for the wait to stand before its connection goes half open.
    for name in ["周文静", "陈海涛", "潘玉兰", "王志强", "雷桂花"] {
        b.run("sync.run", json!({}));
        link.half_open();
        b.register(name);
        b.run("sync.run", json!({}));
        a.until("told of the registration", |a| a.finds(name));
        if link.swallowed() > 0 {
            return;
        }
    }
    panic!("no connection stood when it went half open");
}
