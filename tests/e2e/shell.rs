//! The window before anyone signs in: it opens, draws Chinese, and lets nothing foreign in.

use serde_json::json;
use xunyi_tests::window::Window;

#[tokio::test]
async fn the_window_opens_with_the_embedded_page() {
    let home = tempfile::tempdir().unwrap();
    let window = Window::open(home.path()).await.unwrap();
    let place = window.script("return location.href", vec![]).await.unwrap();
    assert!(place.as_str().unwrap().starts_with("tauri://localhost"));
    let size = window
        .script("return [innerWidth, innerHeight]", vec![])
        .await
        .unwrap();
    assert_eq!(size, json!([1280, 800]));
    // The page asks the program what to show; then there is something to picture.
    window.see("enrol-code").await.unwrap();
    let picture = home.path().join("window.png");
    window.picture(&picture).unwrap();
    // An empty screen makes a PNG of some hundred bytes.
    assert!(std::fs::metadata(&picture).unwrap().len() > 3000);
    window.close().await.unwrap();
}

#[tokio::test]
async fn the_page_has_no_way_out_but_the_command_table() {
    let home = tempfile::tempdir().unwrap();
    let window = Window::open(home.path()).await.unwrap();
    let body = "
        const done = arguments[0];
        const refused = (act) => act().then(() => false, () => true);
        const ipc = window.__TAURI_INTERNALS__.invoke;
        (async () => done({
            global: typeof window.__TAURI__,
            fetch: await refused(() => fetch('https://127.0.0.1:9/')),
            file: await refused(() => fetch('file:///etc/hostname')),
            eval: await refused(async () => (0, eval)('1')),
            window: await refused(() => ipc('plugin:window|set_title', { value: 'x' })),
            path: await refused(() => ipc('plugin:path|resolve_directory', { directory: 1 })),
        }))();";
    let seen = window.script_later(body, vec![]).await.unwrap();
    assert_eq!(
        seen,
        json!({
            "global": "undefined", "fetch": true, "file": true, "eval": true,
            "window": true, "path": true
        })
    );
    window.close().await.unwrap();
}

#[tokio::test]
async fn chinese_is_typed_and_a_bad_page_does_not_pass_the_audit() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path()).await.unwrap();
    let body = "
        document.body.textContent = '';
        const field = document.createElement('input');
        field.dataset.testid = 'field';
        const button = document.createElement('button');
        button.textContent = '小';
        button.style.cssText = 'width: 20px; font-size: 11px';
        button.onclick = () => button.textContent = '按';
        const far = document.createElement('p');
        far.textContent = '看不见';
        far.style.cssText = 'position: absolute; left: 1270px; width: 200px';
        document.body.append(field, button, far);";
    window.script(body, vec![]).await.unwrap();
    window.type_into("field", "高血压 𠮷 nǎi🙂").await.unwrap();
    assert_eq!(window.value("field").await.unwrap(), "高血压 𠮷 nǎi🙂");
    window.tap_named("小").await.unwrap();
    window.tap_named("按").await.unwrap();
    assert_eq!(window.taps(), 2);
    let found = window.audit().await.unwrap().join("\n");
    for wrong in [
        "target 20x",
        "text 11px",
        "clipped by the screen, sideways",
        "axe label",
    ] {
        assert!(found.contains(wrong), "{wrong} was not found in:\n{found}");
    }
    window.close().await.unwrap();
}
