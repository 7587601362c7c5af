//! Pinright's model: kernel C -> program -> system -> search -> verdict -> trace -> renderers.

pub mod actors;
pub mod calibration;
pub mod compile;
pub mod corpus;
pub mod coverage;
pub mod estimate;
pub mod execution;
pub mod fused;
pub mod growth;
pub mod lang;
pub mod notation;
pub mod patch;
pub mod promela;
pub mod proposal;
pub mod question;
pub mod reference;
pub mod render;
pub mod report;
pub mod review;
pub mod scale;
pub mod scenario;
pub mod search;
pub mod system;
pub mod trace;
pub mod verdict;
