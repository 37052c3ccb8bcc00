//! The program without a window: see the library.

fn main() -> std::process::ExitCode {
    xunyi_cli::main()
}
