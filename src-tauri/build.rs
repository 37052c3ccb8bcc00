//! Declares the one command that the page may call, and embeds the built page.

fn main() {
    let page = std::path::Path::new("../ui/dist/index.html");
    println!("cargo:rerun-if-changed={}", page.display());
    assert!(
        page.is_file(),
        "the page is not built: run `cargo xtask ui` first"
    );
    let manifest = tauri_build::AppManifest::new().commands(&["invoke_command"]);
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:error={error:#}");
    }
}
