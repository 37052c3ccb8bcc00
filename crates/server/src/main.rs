//! The center: not part of the tree yet.
fn main() {}
