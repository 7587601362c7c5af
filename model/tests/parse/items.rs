//! Items: types, pools, functions, macros, preprocessor lines.

use pinright_model::lang::ast::{Item, Member, TypeName};
use pinright_model::lang::parse::Macros;

use super::{function, items, parse_with, show};

/// The members of the first structure of a text.
fn members(text: &str) -> Vec<Member> {
    let found = items(text).into_iter().find_map(|item| match item {
        Item::Struct(definition) => Some(definition.members),
        _ => None,
    });
    found.expect("a structure")
}

/// An item in a few words.
fn shown(item: &Item) -> String {
    match item {
        Item::Include(name) => format!("include {}", name.text),
        Item::Define { name, value, default } => {
            format!("define {} {} {default}", name.text, show::expr(value))
        }
        Item::Struct(definition) => format!("struct {} {}", definition.name.text, definition.members.len()),
        Item::Enum(definition) => {
            let items = definition.items.iter().map(|(name, value)| {
                let value = value.as_ref().map(|value| format!("={}", show::expr(value)));
                format!(" {}{}", name.text, value.unwrap_or_default())
            });
            format!("enum {}{}", definition.name.text, items.collect::<String>())
        }
        Item::Typedef { name, ty } => format!("typedef {} {}", show::ty(ty), name.text),
        Item::Global(global) => {
            let len = global.len.as_ref().map(|len| format!("[{}]", show::expr(len)));
            let storage = if global.is_extern { "extern " } else { "" };
            format!("{storage}{} {}{}", show::ty(&global.ty), global.name.text, len.unwrap_or_default())
        }
        Item::Function(function) => {
            let params: Vec<String> =
                function.params.iter().map(|param| format!("{} {}", show::ty(&param.ty), param.name.text)).collect();
            let weak = if function.weak { "weak " } else { "" };
            let end = if function.body.is_some() { " {}" } else { "" };
            format!("{weak}{} {}({}){end}", show::ty(&function.ret), function.name.text, params.join(", "))
        }
        Item::Work { name, function } => format!("work {} {}", name.text, function.text),
        Item::Claim { keyword, args } => {
            let args: Vec<String> = args.iter().map(show::expr).collect();
            format!("{}({})", keyword.text, args.join(", "))
        }
    }
}

fn all(text: &str) -> Vec<String> {
    items(text).iter().map(shown).collect()
}

#[test]
fn items_keep_the_order_of_the_text() {
    let text = "#include <types.h>\nstruct page_ext { bool a; };\n#include \"kernel.h\"\nPAGEFLAG(A, a)\n#define N 2\nstruct page pages[N];\n";
    let expected = [
        "include types.h",
        "struct page_ext 1",
        "include kernel.h",
        "bool PageA(struct page* page) {}",
        "void SetPageA(struct page* page) {}",
        "void ClearPageA(struct page* page) {}",
        "bool TestSetPageA(struct page* page) {}",
        "bool TestClearPageA(struct page* page) {}",
        "define N 2 false",
        "struct page pages[N]",
    ];
    assert_eq!(all(text), expected);
}

#[test]
fn functions_and_prototypes_are_told_apart() {
    let text = "static inline bool f(struct page *page, pte_t *ptep, int);\n__weak int g(void) { return 1; }\n__weak\nvoid h();\nextern void k(const struct page *p);";
    let expected =
        ["bool f(struct page* page, pte_t* ptep, int )", "weak int g() {}", "weak void h()", "void k(struct page* p)"];
    assert_eq!(all(text), expected);
}

#[test]
fn a_weak_function_begins_at_its_attribute() {
    let f = function("int x;\n__weak int g(void) { return 1; }");
    assert_eq!((f.span.start, f.span.end), (7, 39));
}

#[test]
fn the_comment_directly_above_documents_a_function() {
    assert_eq!(function("/*\n * Writes it.\n * Twice.\n */\n__weak void f(void) { }").doc, "Writes it.\nTwice.");
    assert_eq!(function("// one\n// two\nvoid f(void) { }").doc, "one\ntwo");
    assert_eq!(function("/** far */\n\nvoid f(void) { }").doc, "");
    assert_eq!(function("int x; /* of x */\nvoid f(void) { }").doc, "");
    assert_eq!(function("void f(void) { }").doc, "");
}

#[test]
fn pools_have_a_length_or_stand_alone() {
    let text = "struct page pages[NR_PAGES + 1], *p; extern struct bio bios[2]; static struct work_struct w;";
    let expected =
        ["struct page pages[(NR_PAGES Add 1)]", "struct page* p", "extern struct bio bios[2]", "struct work_struct w"];
    assert_eq!(all(text), expected);
}

#[test]
fn typedefs_name_structures() {
    let text = "typedef struct { bool write; } pte_t; typedef struct tag { int c; } b_t; typedef struct page p_t; typedef int gfp_t; typedef enum { A } e_t; typedef unsigned u_t;";
    let expected = [
        "struct pte_t 1",
        "typedef struct pte_t pte_t",
        "struct tag 1",
        "typedef struct tag b_t",
        "typedef struct page p_t",
        "typedef int gfp_t",
        "enum e_t A",
        "typedef enum e_t e_t",
        "typedef int u_t",
    ];
    assert_eq!(all(text), expected);
}

#[test]
fn enumerators_may_have_values() {
    assert_eq!(all("enum e { A, B = 2, }; enum { C }; struct later;"), ["enum e A B=2", "enum  C"]);
}

#[test]
fn members_have_types_widths_and_bounds() {
    let m = members(
        "struct s { bool a; unsigned x : 3, y : N; struct page *p[2][3]; pte_t pte; struct page_ext; enum e m; u32 z : 4; };",
    );
    let types: Vec<String> = m.iter().map(|m| show::ty(&m.ty)).collect();
    assert_eq!(
        types,
        ["bool", "unsigned", "unsigned", "struct page*", "pte_t", "struct page_ext", "enum e", "unsigned"]
    );
    assert_eq!(m[1].bitfield.as_ref().map(show::expr).as_deref(), Some("3"));
    assert_eq!(m[2].bitfield.as_ref().map(show::expr).as_deref(), Some("N"));
    let dims: Vec<String> = m[3].dims.iter().map(show::expr).collect();
    assert_eq!(dims, ["2", "3"]);
    assert!(m[5].name.is_none() && m[5].ty == TypeName::Struct("page_ext".into()));
}

#[test]
fn attributes_belong_to_the_member_they_stand_at() {
    let m = members(
        "struct s {\n const bool a;\n __ghost bool b; /* __wraps */\n atomic_t c __bits(N + 1) __refcount;\n\
         unsigned d : 2 __wraps;\n __saturates unsigned e : 2;\n __stale bool f; bool g; struct page *const h;\n};",
    );
    let flags: Vec<_> = m
        .iter()
        .map(|m| {
            let a = &m.attrs;
            [a.constant, a.ghost, a.refcount, a.wraps, a.saturates, a.stale].map(u8::from)
        })
        .collect();
    let expected = [
        [1, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 1],
        [0; 6],
        [1, 0, 0, 0, 0, 0],
    ];
    assert_eq!(flags, expected);
    assert_eq!(m[2].attrs.bits.as_ref().map(show::expr).as_deref(), Some("(N Add 1)"));
}

#[test]
fn the_width_of_bits_has_its_own_span() {
    let text = "struct s { atomic_t c __bits( NR ); };";
    let bits = members(text)[0].attrs.bits.clone().expect("a width");
    assert_eq!(&text[bits.span.start as usize..bits.span.end as usize], "NR");
}

#[test]
fn constants_may_be_left_to_the_scenario() {
    let text = "#ifndef X_H\n#define X_H\n#pragma once\n#ifndef N\n#define N 2 /* two */\n#endif\n#define M (N << 1) // m\n#define \\\n K 3\nint x;\n#endif\n";
    assert_eq!(all(text), ["define N 2 true", "define M (N Shl 1) false", "define K 3 false", "int x"]);
}

#[test]
fn work_and_claims_need_no_parser() {
    let text = "static DECLARE_WORK(w, fn);\nCLAIM(S5, \"no \"\n  \"update\", \"lost, alas\", \"mail\", NEEDS_PIN | NEEDS_FSYNC);\nCLAIM_HOOK(S6, page_dma_pinned);\nMODULE_LICENSE(\"GPL\");\nEXPORT_SYMBOL_GPL(f);\n";
    let expected = [
        "work w fn",
        "CLAIM(S5, \"no update\", \"lost, alas\", \"mail\", (NEEDS_PIN BitOr NEEDS_FSYNC))",
        "CLAIM_HOOK(S6, page_dma_pinned)",
    ];
    assert_eq!(all(text), expected);
}

#[test]
fn a_trusted_header_defines_macros_that_later_files_use() {
    let mut macros = Macros::new();
    let header = "#define TWO(Name, f) \\\n\tONE(Get##Name, f) /* c */ \\\n\tONE(Put##Name, f)\n#define ONE(Name, f) void Name##_x(void) { check(#f, f >= 1); }\n";
    assert!(parse_with(header, &mut macros, true).is_ok());
    let names: Vec<&str> = macros.names().collect();
    assert_eq!(names, ["ONE", "PAGEFLAG", "TWO"]);
    let text = "\nTWO(Page, count);\n";
    let file = parse_with(text, &mut macros, false).expect("it parses");
    let [Item::Function(get), Item::Function(put)] = file.items.as_slice() else {
        panic!("{:?}", file.items);
    };
    assert_eq!((get.name.text.as_str(), put.name.text.as_str()), ("GetPage_x", "PutPage_x"));
    assert_eq!(show::stmts(get.body.as_ref().expect("a body")), "check(\"count\", (count Ge 1));");
    assert_eq!((get.span.start, get.span.end), (1, 17));
}
