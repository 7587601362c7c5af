//! What a page looked like at an event.

use serde::{Deserialize, Deserializer, Serialize};

/// What the page looked like. The words are read one after the other, not at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageState {
    /// PG_locked.
    #[serde(with = "bit")]
    pub locked: bool,
    /// PG_writeback.
    #[serde(with = "bit")]
    pub writeback: bool,
    /// PG_referenced.
    #[serde(with = "bit")]
    pub referenced: bool,
    /// PG_uptodate.
    #[serde(with = "bit")]
    pub uptodate: bool,
    /// PG_dirty.
    #[serde(with = "bit")]
    pub dirty: bool,
    /// PG_lru.
    #[serde(with = "bit")]
    pub lru: bool,
    /// PG_active.
    #[serde(with = "bit")]
    pub active: bool,
    /// PG_private.
    #[serde(with = "bit")]
    pub private: bool,
    /// References, those of pins included.
    pub refs: u32,
    /// References divided by GUP_PIN_COUNTING_BIAS, 1024.
    pub pins: u32,
    /// Number of ptes.
    pub mapcount: u32,
    /// Whose page it is.
    pub mapping: Mapping,
    /// Whether `private` points to buffers.
    #[serde(with = "bit")]
    pub buffers: bool,
    /// The pte of the program's mapping.
    pub pte: PteState,
    /// The first eight bytes of the page.
    #[serde(with = "hexadecimal")]
    pub data: u64,
}

/// Whose page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mapping {
    /// The file's.
    File,
    /// Nobody's.
    Null,
    /// Somebody else's.
    Other,
}

/// A pte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PteState {
    /// It maps a page.
    #[serde(with = "bit")]
    pub present: bool,
    /// ... for writing.
    #[serde(with = "bit", default, skip_serializing_if = "is_clear")]
    pub w: bool,
    /// ... and was used.
    #[serde(with = "bit", default, skip_serializing_if = "is_clear")]
    pub a: bool,
    /// ... for a store.
    #[serde(with = "bit", default, skip_serializing_if = "is_clear")]
    pub d: bool,
    /// The page is this one.
    #[serde(with = "bit", default, skip_serializing_if = "is_clear")]
    pub this: bool,
}

fn is_clear(bit: &bool) -> bool {
    !bit
}

/// 0 or 1.
mod bit {
    use super::{Deserialize, Deserializer};
    use serde::Serializer;
    use serde::de::Error;

    pub fn serialize<S: Serializer>(bit: &bool, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(u8::from(*bit))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
        match u8::deserialize(from)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(D::Error::custom(format!("a flag is 0 or 1, and this is {other}"))),
        }
    }
}

/// `0xb1`.
mod hexadecimal {
    use super::{Deserialize, Deserializer};
    use serde::Serializer;
    use serde::de::Error;

    pub fn serialize<S: Serializer>(value: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{value:#x}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = String::deserialize(from)?;
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        u64::from_str_radix(digits, 16).map_err(|_| D::Error::custom(format!("`{text}` is no number such as 0xb1")))
    }
}
