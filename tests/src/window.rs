//! The real window on a screen of its own, driven through WebDriver as a person would: seeing,
//! tapping, typing. Taps are counted, for ui.md's limits.

use crate::display::Display;
use crate::process::{Process, now};
use crate::{Error, Outcome, place};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, Locator};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long something may take to appear. Long, because two cores may be busy; nothing waits for
/// it that is there already.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(40);

/// A running window. Dropping it kills the program as a flat battery would.
#[derive(Debug)]
pub struct Window {
    client: Client,
    driver: Process,
    display: Display,
    home: PathBuf,
    taps: u32,
}

impl Window {
    /// Opens the program on the data folder `home/data`; everything else that it or the web view
    /// writes goes below `home` too.
    ///
    /// # Errors
    /// If it is not built, or the window does not come up.
    pub async fn open(home: &Path) -> Outcome<Self> {
        Self::open_program(&place::program("xunyi")?, home).await
    }

    /// As [`Window::open`], for another program with a Tauri window.
    ///
    /// # Errors
    /// If the window does not come up.
    pub async fn open_program(program: &Path, home: &Path) -> Outcome<Self> {
        for folder in ["data", "home", "run", "tmp"] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(home.join(folder))?;
        }
        let display = Display::start(home)?;
        let port = place::free_port()?;
        let mut driver = Process::start(driver(home, &display, port), &home.join("driver.log"))?;
        driver.until("WebDriver", |_| {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        })?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(program, home)?)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .map_err(|error| format!("no window: {error}\n{}", driver.output()))?;
        Ok(Window {
            client,
            driver,
            display,
            home: home.to_path_buf(),
            taps: 0,
        })
    }

    /// The folder that it was opened in.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Taps so far, digits of pads not counted apart.
    pub fn taps(&self) -> u32 {
        self.taps
    }

    /// Goes on counting taps from this number.
    pub fn count_from(&mut self, taps: u32) {
        self.taps = taps;
    }

    /// Waits for what is marked `data-testid` and returns its text.
    ///
    /// # Errors
    /// If it does not appear.
    pub async fn see(&self, id: &str) -> Outcome<String> {
        self.on(&by_id(id), async |element| element.text().await)
            .await
    }

    /// Waits until what is marked `data-testid` holds the text.
    ///
    /// # Errors
    /// With the text it had last, if that did not come.
    pub async fn see_text(&self, id: &str, wanted: &str) -> Outcome {
        let mut last = String::new();
        let began = now();
        while began.elapsed() < PATIENCE {
            // The element may be replaced between finding and reading it; then it is found anew.
            if let Ok(element) = self.client.find(Locator::Css(&by_id(id))).await
                && let Ok(text) = element.text().await
            {
                if text.contains(wanted) {
                    return Ok(());
                }
                last = text;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Err(format!("{id} does not say \"{wanted}\" but \"{last}\"").into())
    }

    /// Waits until nothing marked `data-testid` is on the page.
    ///
    /// # Errors
    /// If it stays.
    pub async fn gone(&self, id: &str) -> Outcome {
        let began = now();
        while began.elapsed() < PATIENCE {
            if self
                .client
                .find_all(Locator::Css(&by_id(id)))
                .await?
                .is_empty()
            {
                return Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Err(format!("{id} is still there").into())
    }

    /// True if something marked `data-testid` is on the page now.
    ///
    /// # Errors
    /// If the window is gone.
    pub async fn has(&self, id: &str) -> Outcome<bool> {
        Ok(!self
            .client
            .find_all(Locator::Css(&by_id(id)))
            .await?
            .is_empty())
    }

    /// Taps what is marked `data-testid`.
    ///
    /// # Errors
    /// If it is not there, or something lies over it.
    pub async fn tap(&mut self, id: &str) -> Outcome {
        self.tap_css(&by_id(id)).await
    }

    /// Taps the first that fits a CSS selector.
    ///
    /// # Errors
    /// As [`Window::tap`].
    pub async fn tap_css(&mut self, css: &str) -> Outcome {
        self.taps += 1;
        let began = now();
        loop {
            let outcome = match self.find(css).await {
                Ok(element) => element.click().await.map_err(Error::from),
                Err(error) => return Err(error),
            };
            match outcome {
                Ok(()) => return Ok(()),
                // Still moving into place, or redrawn under the finger: tap where it is now.
                Err(error) if began.elapsed() > PATIENCE => {
                    let seen = self.last_look();
                    return Err(format!("{css} can't be tapped: {error}{seen}").into());
                }
                // Or half out of sight, where the driver leaves it: a person scrolls it up.
                Err(_) => {
                    let up =
                        "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center' })";
                    self.script(up, vec![json!(css)]).await?;
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    }

    /// Taps the button, tab or link with that name, as a screen reader would say it.
    ///
    /// # Errors
    /// As [`Window::tap`].
    pub async fn tap_named(&mut self, name: &str) -> Outcome {
        let script = "
            const named = (element) =>
                (element.getAttribute('aria-label') ?? element.innerText ?? '').trim();
            const all = document.querySelectorAll(
                'button, a, [role=button], [role=tab], [role=option], [role=radio], label');
            const marked = [...all].filter((element) =>
                named(element) === arguments[0] && element.getClientRects().length > 0);
            document.querySelectorAll('[data-finger]').forEach((old) =>
                old.removeAttribute('data-finger'));
            marked[0]?.setAttribute('data-finger', '');
            return marked.length;";
        let began = now();
        while began.elapsed() < PATIENCE {
            let count = self.client.execute(script, vec![json!(name)]).await?;
            if count.as_u64().is_some_and(|count| count > 0) {
                return self.tap_css("[data-finger]").await;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Err(format!("nothing to tap is named \"{name}\"").into())
    }

    /// Types into the field marked `data-testid` after what it holds.
    ///
    /// # Errors
    /// If it is not there or takes no text.
    pub async fn type_into(&mut self, id: &str, text: &str) -> Outcome {
        let css = by_id(id);
        // The driver's keys stop at U+FFFF; rarer characters come as an input method sends them.
        let commit = "
            const field = document.querySelector(arguments[0]);
            if (document.activeElement !== field) field.focus();
            document.execCommand('insertText', false, arguments[1]);";
        let is_key = |c: &char| u32::from(*c) <= 0xffff;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let same = |c: char| is_key(&c) == is_key(&first);
            let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
            let (piece, after) = rest.split_at(end);
            if is_key(&first) {
                self.on(&css, async |field| field.send_keys(piece).await)
                    .await?;
            } else {
                self.find(&css).await?;
                self.script(commit, vec![json!(css), json!(piece)]).await?;
            }
            rest = after;
        }
        Ok(())
    }

    /// Empties the field marked `data-testid`.
    ///
    /// # Errors
    /// If it is not there or holds no text.
    pub async fn clear(&mut self, id: &str) -> Outcome {
        self.on(&by_id(id), async |field| field.clear().await).await
    }

    /// What the field marked `data-testid` holds.
    ///
    /// # Errors
    /// If it is not there.
    pub async fn value(&self, id: &str) -> Outcome<String> {
        let read = async |field: Element| field.prop("value").await;
        Ok(self.on(&by_id(id), read).await?.unwrap_or_default())
    }

    /// Runs a function body in the page, with `arguments` as JavaScript has them.
    ///
    /// # Errors
    /// If it throws.
    pub async fn script(&self, body: &str, arguments: Vec<Value>) -> Outcome<Value> {
        Ok(self.client.execute(body, arguments).await?)
    }

    /// As [`Window::script`]; the last argument is a function to call with the answer.
    ///
    /// # Errors
    /// If it throws or never answers.
    pub async fn script_later(&self, body: &str, arguments: Vec<Value>) -> Outcome<Value> {
        Ok(self.client.execute_async(body, arguments).await?)
    }

    /// Saves the whole screen as `NAME.png` in the folder that `XUNYI_SCREENSHOTS` names, else beside the
    /// built programs: `cargo xtask screenshots` names `docs/screenshots`.
    ///
    /// # Errors
    /// If it can't be taken or written.
    pub fn screenshot(&self, name: &str) -> Outcome {
        let folder = match std::env::var_os("XUNYI_SCREENSHOTS") {
            Some(folder) => PathBuf::from(folder),
            None => place::program("xunyi")?.with_file_name("screenshots"),
        };
        fs::create_dir_all(&folder)?;
        self.display.picture(&folder.join(format!("{name}.png")))
    }

    /// Saves the whole screen to a file.
    ///
    /// # Errors
    /// If it can't be taken or written.
    pub fn picture(&self, file: &Path) -> Outcome {
        self.display.picture(file)
    }

    /// Process id of the program itself (not of its web view or its driver).
    ///
    /// # Errors
    /// If it is not running.
    pub fn program_id(&self, name: &str) -> Outcome<u32> {
        crate::process::descendants(self.driver.id())
            .into_iter()
            .find(|id| {
                fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|own| own.trim() == name)
            })
            .ok_or_else(|| format!("{name} is not running").into())
    }

    /// Process ids of the driver's whole family: the program and its web view's processes.
    pub fn family(&self) -> Vec<u32> {
        crate::process::descendants(self.driver.id())
    }

    /// Closes the window as a person does and waits for the program's end.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn close(mut self) -> Outcome {
        self.client.close().await?;
        self.driver.kill()
    }

    /// Kills the program in the middle of whatever it does.
    ///
    /// # Errors
    /// If it can't be ended.
    pub fn kill(mut self) -> Outcome {
        self.driver.kill()
    }

    /// Does something with the first that fits a selector. What the page redraws between finding and doing is
    /// found anew: the driver refuses a stale element before it does anything to it.
    async fn on<T>(
        &self,
        css: &str,
        act: impl AsyncFn(Element) -> Result<T, CmdError>,
    ) -> Outcome<T> {
        let began = now();
        loop {
            match act(self.find(css).await?).await {
                Err(error) if error.is_stale_element_reference() && began.elapsed() < PATIENCE => {}
                done => return Ok(done?),
            }
        }
    }

    async fn find(&self, css: &str) -> Outcome<Element> {
        let wait = self.client.wait().at_most(PATIENCE).every(LOOK_AGAIN);
        wait.for_element(Locator::Css(css)).await.map_err(|error| {
            format!("{css} is not on the page: {error}{}", self.last_look()).into()
        })
    }

    /// Keeps a picture of the screen for whoever reads why a flow failed.
    fn last_look(&self) -> String {
        let name = format!("stuck-{}.png", std::process::id());
        match place::program("xunyi").map(|program| program.with_file_name(name)) {
            Ok(file) if self.display.picture(&file).is_ok() => {
                format!(" (the screen: {})", file.display())
            }
            _ => String::new(),
        }
    }
}

fn by_id(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}

/// The driver in a session of its own: no portal, keyring or accessibility bus of this machine.
fn driver(home: &Path, display: &Display, port: u16) -> Command {
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "WebKitWebDriver"])
        .arg(format!("--port={port}"))
        .env("DISPLAY", display.number())
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .env("TAURI_AUTOMATION", "true")
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("HOME", home.join("home"))
        .env("XDG_CONFIG_HOME", home.join("home/config"))
        .env("XDG_CACHE_HOME", home.join("home/cache"))
        .env("XDG_DATA_HOME", home.join("home/share"))
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("TMPDIR", home.join("tmp"))
        .env("LANG", "C.UTF-8")
        .env("NO_AT_BRIDGE", "1")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    command
}

fn capabilities(program: &Path, home: &Path) -> Outcome<Capabilities> {
    let data = home.join("data");
    let wanted = json!({
        "webkitgtk:browserOptions": { "binary": program, "args": ["--data", data] },
        "timeouts": { "script": 60_000, "implicit": 0 }
    });
    match wanted {
        Value::Object(map) => Ok(map),
        _ => Err("capabilities are an object".into()),
    }
}
