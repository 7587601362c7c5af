//! Syntax errors, limits, and faults in expansions and scenarios.

use pinright_model::lang::parse::{Macros, parse_statements};
use pinright_model::lang::source::SourceMap;

use super::refusals::{refused, refused_statement};
use super::{faults, parse, parse_with, rendered};

#[test]
fn a_forgotten_semicolon_is_said_where_it_belongs() {
    refused("void f(void)\n{\n\tint x = 1\n\tx = 2;\n}", 3, 11, "missing `;`", "behind `1`");
    refused("void f(void)\n{\n\tfoo(x)\n\tbar(y);\n}", 3, 8, "missing `;`", "behind `)`");
    refused("int f(void)\n{\n\treturn 0\n}", 3, 10, "missing `;`", "behind `0`");
    refused("struct a { int x; }\nstruct b { int y; };", 1, 20, "missing `;`", "behind `}`");
    refused("struct c {\n\tint a\n\tint b;\n};", 2, 7, "missing `;`", "behind `a`");
    refused("void proto(void)\nint z;", 1, 17, "missing `;`", "behind `)`");
    refused("enum e { A B };", 1, 11, "missing `,`", "behind `A`");
    refused_statement("out:", 5, "label without a statement", "name: ;");
}

#[test]
fn other_syntax_errors_name_what_is_wrong() {
    refused("void f(void)\n{\n\tif (x {\n\t}\n}", 3, 5, "`(` is never closed", "`)`");
    refused("void f(void)\n{\n\tif (x) {\n\t\ty();\n}\n\nvoid g(void)\n{\n}\n", 3, 9, "`{` is never closed", "`}`");
    refused("void f(void)\n{\n}\n}\n", 4, 1, "closes nothing", "delete");
    refused_statement("x = ;", 4, "missing value", "behind `=`");
    refused_statement("foo(a, );", 7, "missing value", "behind `,`");
    refused_statement("else x;", 1, "unexpected `else`", "braces");
    refused("void f(void)\n{\n> \tx = 3;\n}", 3, 1, "unexpected `>`", "mail");
    refused_statement("check(\u{201c}S1\u{201d}, 1);", 7, "stray character", "mail programs");
    refused("/* never closed", 1, 1, "comment is never closed", "`*/`");
    refused_statement("check(\"S1, 1);", 7, "never closed", "same line");
}

#[test]
fn several_faults_are_reported_in_order() {
    let all = faults("float x;\nvoid f(void)\n{\n\tint a[2];\n\tx = 1.5;\n}\nvoid g(void)\n{\n\treturn 0\n}\n");
    let places: Vec<_> = all.iter().map(|(line, column, ..)| (*line, *column)).collect();
    assert_eq!(places, [(1, 1), (4, 6), (5, 6), (9, 10)]);
}

#[test]
fn no_more_than_twenty_faults_are_reported() {
    assert_eq!(faults(&"float x;\n".repeat(100)).len(), 20);
}

#[test]
fn nesting_has_a_limit() {
    for (open, close) in [("(", ")"), ("!", ""), ("x = ", ""), ("-", "")] {
        let text = format!("void f(void) {{ x = {}1{}; }}", open.repeat(5000), close.repeat(5000));
        assert!(faults(&text)[0].2.contains("deeper than 200"), "{open}");
    }
    let text = format!("void f(void) {{ {}; }}", "if (x) ".repeat(5000));
    assert!(faults(&text)[0].2.contains("deeper than 200"));
    let text = format!("void f(void) {{ x = {}1; }}", "a + ".repeat(5000));
    assert!(faults(&text)[0].2.contains("deeper than 200"));
    assert!(parse(&format!("int {}p;", "*".repeat(5000))).is_err());
}

#[test]
fn a_macro_without_end_is_refused() {
    let mut macros = Macros::new();
    let found = parse_with("#define A(x) B(x)\n#define B(x) A(x)\nA(1)\n", &mut macros, true).expect_err("no end");
    assert!(found[0].message.contains("without end"));
    assert_eq!(found[0].span.start, 36);
}

#[test]
fn an_expansion_is_blamed_on_its_use() {
    refused("int x;\nPAGEFLAG(Foo, a b)\n", 2, 1, "unexpected `b`", "");
    refused("PAGEFLAG(Foo)\n", 1, 1, "takes 2 arguments, not 1", "PAGEFLAG(Name, field)");
}

#[test]
fn statements_of_a_scenario_have_their_own_places() {
    let mut sources = SourceMap::new();
    sources.add("other.c", "");
    for (text, column, says) in [
        ("fsync(&files[0]); x = 1.5;", 23, "floating"),
        ("} void g(void) {", 1, "closes nothing"),
        ("foo()", 6, "missing `;`"),
        ("#define A 1", 1, "inside code"),
    ] {
        let file = sources.add("run", text);
        let found = parse_statements(&sources, file, &Macros::new()).expect_err(text);
        assert!(found[0].message.contains(says), "{:?}", found[0]);
        assert_eq!(found[0].span.file, file);
        assert_eq!(sources.line_col(found[0].span), (1, column), "{text}");
    }
}

#[test]
fn a_rendered_fault_shows_place_line_label_and_remedy() {
    let text = "void f(void)\n{\n\tint x = 1\n\tx = 2;\n}\n";
    let mut found = parse(text).expect_err("a fault");
    let call = found[0].span;
    let fault = found.remove(0).calls(vec![("f".into(), call)]);
    let shown = rendered(text, &[fault]);
    for part in
        ["missing `;`", "test.c:3:11", "int x = 1", "here", "write `;` behind `1`", "in f(), called at test.c:3:11"]
    {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}
