use std::path::Path;

use crate::transcript;

#[test]
fn the_tutorial_says_what_the_program_says() {
    transcript::check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tutorial.md"));
}
