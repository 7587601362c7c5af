//! Pinright's model: kernel C -> program -> system -> search -> verdict -> trace -> renderers.

pub mod lang;
pub mod system;
pub mod search;
pub mod reference;
