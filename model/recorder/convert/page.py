"""The state of the page, from the words that every probe fetched."""

from typing import Any

# enum pageflags, include/linux/page-flags.h of each kernel.
_FLAGS = {
    "6.1": {"locked": 0, "writeback": 15, "referenced": 1, "uptodate": 2, "dirty": 3, "lru": 4, "active": 5, "private": 13},
    "6.12": {"locked": 0, "writeback": 1, "referenced": 2, "uptodate": 3, "dirty": 4, "lru": 5, "active": 8, "private": 14},
}
# include/linux/mm.h GUP_PIN_COUNTING_BIAS
_BIAS = 1024
# arch/x86/include/asm/pgtable_types.h
_PTE_BITS = {"w": 1, "a": 5, "d": 6}
_PTE_FRAME = 0x000F_FFFF_FFFF_F000
_PAGE_SHIFT = 12

State = dict[str, Any]


def state(kernel: str, fields: dict[str, str], mapping: int, frame: int) -> State:
    """The state of a page of the file `mapping` in the page frame `frame`."""
    word = {name: int(fields[name], 0) for name in ("flags", "mapping", "private", "mapcount", "refcount", "pte", "data")}
    flags: State = {name: word["flags"] >> bit & 1 for name, bit in _FLAGS[kernel].items()}
    return flags | {
        "refs": word["refcount"],
        "pins": word["refcount"] // _BIAS,
        "mapcount": word["mapcount"] + 1,
        "mapping": {mapping: "file", 0: "null"}.get(word["mapping"], "other"),
        "buffers": int(bool(flags["private"] and word["private"])),
        "pte": _pte(word["pte"], frame),
        "data": hex(word["data"]),
    }


def _pte(entry: int, frame: int) -> State:
    if not entry & 1:
        return {"present": 0}
    bits = {name: entry >> bit & 1 for name, bit in _PTE_BITS.items()}
    return {"present": 1} | bits | {"this": int((entry & _PTE_FRAME) >> _PAGE_SHIFT == frame)}
