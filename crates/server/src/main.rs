//! `xunyi-center`: the center of a site. Everything it does is in the library.

fn main() -> std::process::ExitCode {
    xunyi_server::main()
}
