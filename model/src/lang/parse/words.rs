//! Words of C that kernel C has not, and what to write instead.
//!
//! Owns the tables only; they are looked up on tokens, so that a word is refused at its own place even
//! where the text around it cannot be parsed.

use super::super::habits;

/// How the preparation rewrites a refused word, so that the rest still parses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The tree has a node for it.
    Keep,
    /// It is blanked out.
    Blank,
    /// It is blanked out with the parenthesis that follows.
    BlankCall,
    /// `int` takes its place.
    Int,
    /// `int` takes the place of it and the parenthesis that follows.
    IntCall,
}

/// A refused word.
pub(super) struct Refused {
    pub(super) message: String,
    pub(super) help: &'static str,
    pub(super) then: Then,
}

/// What is wrong with a word, if anything. `called`: an opening parenthesis follows.
pub(super) fn refused(word: &str, called: bool) -> Option<Refused> {
    let new = |message: &str, help, then| {
        let message = message.to_owned();
        Some(Refused { message, help, then })
    };
    match word {
        "union" => new("kernel C has no unions", UNION, Then::Keep),
        "float" | "double" => new("kernel C has no floating point", "write `int` or an enum", Then::Int),
        "char" | "wchar_t" => new("kernel C has no characters", CHAR, Then::Int),
        "sizeof" => new("kernel C has no sizeof: objects have no bytes", SIZEOF, Then::Keep),
        "asm" | "__asm__" | "__asm" => new("kernel C has no inline assembly", ASM, Then::Keep),
        "typeof" | "__typeof__" => new("kernel C has no typeof", "write the type's name", Then::IntCall),
        "__auto_type" => new("kernel C has no inferred types", "write the type's name", Then::Int),
        "_Generic" => new("kernel C has no _Generic", "write one function per type", Then::Keep),
        "__attribute__" | "__attribute" => new("kernel C has no __attribute__", ATTRIBUTE, Then::BlankCall),
        "offsetof" | "container_of" if called => {
            new(&format!("kernel C has no {word}: objects have no bytes"), CONTAINER, Then::Keep)
        }
        "va_list" | "va_start" | "va_arg" | "va_end" => new("kernel C has no variable arguments", VARARGS, Then::Keep),
        _ if called && habits::walks(word) => {
            new(&format!("kernel C has no walk over a list: {word}()"), habits::WALK, Then::Keep)
        }
        _ => refused_call(word, called).or_else(|| refused_qualifier(word)).or_else(|| foreign(word, called)),
    }
}

fn refused_call(word: &str, called: bool) -> Option<Refused> {
    const ALLOCATORS: [&str; 10] = [
        "kmalloc",
        "kzalloc",
        "kcalloc",
        "kfree",
        "vmalloc",
        "vfree",
        "kvmalloc",
        "kmem_cache_alloc",
        "kmem_cache_free",
        "malloc",
    ];
    (called && ALLOCATORS.contains(&word)).then(|| Refused {
        message: format!("kernel C has no dynamic allocation: {word}()"),
        help: "declare a pool, `struct page_aux aux[NR_PAGES];`, take an entry with pool_get(aux) and give it back with pool_put(p)",
        then: Then::Keep,
    })
}

/// A word of another language before a parenthesis.
fn foreign(word: &str, called: bool) -> Option<Refused> {
    let help = habits::of_word(word).filter(|_| called)?;
    Some(Refused { message: format!("C has no `{word}`"), help, then: Then::Keep })
}

fn refused_qualifier(word: &str) -> Option<Refused> {
    let help = match word {
        "volatile" | "_Atomic" => "drop it: every access to a member is a step of its own, and steps are not reordered",
        "register" | "auto" | "restrict" | "__restrict" | "__restrict__" | "_Noreturn" | "noreturn"
        | "thread_local" | "__thread" | "__extension__" | "constexpr" => "drop it: it means nothing here",
        "__init" | "__exit" | "__always_inline" | "noinline" | "__must_check" | "__maybe_unused" | "asmlinkage"
        | "__sched" | "__user" | "__iomem" | "__rcu" | "__force" | "__cold" | "__read_mostly" | "fastcall" => {
            "drop the annotation: it means nothing here"
        }
        _ => return None,
    };
    let message = format!("kernel C has no `{word}`");
    Some(Refused { message, help, then: Then::Blank })
}

const UNION: &str = "write a structure with one member per meaning; an enum member can say which one counts";
const CHAR: &str = "write `bool`, `int` or an enum; strings stand only in check(), witness() and the lock annotations";
const SIZEOF: &str = "write the constant that is meant, as `#define NAME value`";
const ASM: &str = "write what the instruction does as an `__atomic { }` block";
const ATTRIBUTE: &str = "drop it; members have `__bits(n)`, `__ghost`, `__wraps`, `__saturates`, `__refcount` and `__stale`, functions have `__weak`";
const CONTAINER: &str = "keep a pointer to the outer object in a member, or index its pool: `&aux[idx(page)]`";
/// The remedy for variable arguments.
pub(super) const VARARGS: &str = "name every parameter; a function takes a fixed number of them";
