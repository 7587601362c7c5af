//! What a pte can be, as far as pinning cares.

/// None.
pub const NONE: i32 = 0;
/// Present and read-only.
pub const READ_ONLY: i32 = 1;
/// Present and writable.
pub const WRITABLE: i32 = 2;
