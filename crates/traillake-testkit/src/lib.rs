//! What TrailLake is tested with: trails, bent input, storage that fails, and the rules of the workspace.
//!
//! For tests and benches only; nothing here is published, and the engine does not depend on it.
//!
//! | module | gives |
//! | --- | --- |
//! | [`faults`] | an object store that stops working at a chosen step, and counts what is asked of it |
//! | [`mutation`] | files changed at random, the same way every time |
//! | [`oddity`] | bent records, unusual containers, foreign and damaged files, with what is to be found in each |
//! | [`trail`] | realistic trails of any size whose content is known, as delivered files or as single records |

pub mod faults;
pub mod mutation;
pub mod oddity;
pub mod trail;
