//! Pinright's model: kernel C -> program -> system -> search -> verdict -> trace -> renderers.

pub mod lang;
pub mod system;
pub mod search;
pub mod compile;
pub mod corpus;
pub mod proposal;
pub mod scenario;
pub mod render;
pub mod report;
pub mod review;
pub mod trace;
pub mod verdict;
pub mod reference;
pub mod promela;
pub mod fused;
pub mod actors;
