//! Every form of statement and expression.

use super::{body, function, show};

#[test]
fn operators_bind_as_in_c() {
    assert_eq!(
        body("x = a + b * c << 1 & d | e ^ f;"),
        "(x = ((((a Add (b Mul c)) Shl 1) BitAnd d) BitOr (e BitXor f)));"
    );
    assert_eq!(body("x = a || b && c == d;"), "(x = (a Or (b And (c Eq d))));");
    assert_eq!(body("x = !a != -b - ~c;"), "(x = ((Not a) Ne ((Neg b) Sub (BitNot c))));");
    assert_eq!(body("x = a - b - c / d % e >> 2;"), "(x = (((a Sub b) Sub ((c Div d) Rem e)) Shr 2));");
    assert_eq!(
        body("x = a < b; x = a <= b; x = a > b; x = a >= b;"),
        "(x = (a Lt b)); (x = (a Le b)); (x = (a Gt b)); (x = (a Ge b));"
    );
    assert_eq!(body("x = a ? b : c ? d : e;"), "(x = (a ? b : (c ? d : e)));");
}

#[test]
fn a_parenthesised_name_before_a_sign_is_no_cast() {
    assert_eq!(
        body("x = (a) - 1; x = (a) & b; x = (a) * b; x = a -1;"),
        "(x = (a Sub 1)); (x = (a BitAnd b)); (x = (a Mul b)); (x = (a Sub 1));"
    );
}

#[test]
fn places_and_calls_keep_their_shape() {
    assert_eq!(body("mm->pte[va].write = true;"), "(mm->pte[va].write = 1);");
    assert_eq!(body("pte_t *ptep = &mm->pte[va];"), "pte_t* ptep = (AddressOf mm->pte[va]);");
    assert_eq!(body("*ptep = pte; x = *v;"), "((Deref ptep) = pte); (x = (Deref v));");
    assert_eq!(body("foo(a, &b[0], bar());"), "foo(a, (AddressOf b[0]), bar());");
    assert_eq!(body("p = NULL; x = current->mm;"), "(p = NULL); (x = current->mm);");
}

#[test]
fn compound_assignments_know_their_operator() {
    let text = "x += 1; x -= 1; x *= 1; x /= 1; x %= 1; x &= 1; x |= 1; x ^= 1; x <<= 1; x >>= 1;";
    let shown = "(x Add= 1); (x Sub= 1); (x Mul= 1); (x Div= 1); (x Rem= 1); (x BitAnd= 1); (x BitOr= 1); (x BitXor= 1); (x Shl= 1); (x Shr= 1);";
    assert_eq!(body(text), shown);
    assert_eq!(body("a = b = c;"), "(a = (b = c));");
}

#[test]
fn increments_know_their_side() {
    assert_eq!(body("x++; ++x; x--; --x; y = x++;"), "(x++); (++x); (x--); (--x); (y = (x++));");
}

#[test]
fn numbers_have_their_c_values() {
    assert_eq!(
        body("x = 10; x = 0x1F; x = 010; x = 7UL; x = false; x = 0;"),
        "(x = 10); (x = 31); (x = 8); (x = 7); (x = 0); (x = 0);"
    );
}

#[test]
fn adjacent_strings_are_one() {
    assert_eq!(body("check(\"S1\" \" of\"\n\" two\", 1);"), "check(\"S1 of two\", 1);");
    assert_eq!(body(r#"check("a \"b\" // c", 1);"#), r#"check("a \"b\" // c", 1);"#);
}

#[test]
fn casts_that_c_needs_are_dropped() {
    assert_eq!(body("(void)flags; (void)foo(); x = (int)y; x = (bool)y;"), "; foo(); (x = y); (x = (Not (Not y)));");
}

#[test]
fn locals_are_declared_one_by_one() {
    assert_eq!(body("int i, j = 2;"), "decls[int i; int j = 2;]");
    assert_eq!(
        body("struct page *p, *q; enum e m; bool b; _Bool c;"),
        "decls[struct page* p; struct page* q;] enum e m; bool b; bool c;"
    );
    assert_eq!(
        body("unsigned a; long b; u32 c; size_t d; unsigned long e; long long f;"),
        "int a; int b; int c; int d; int e; int f;"
    );
    assert_eq!(body("const struct page *p = q; pte_t pte = *ptep;"), "struct page* p = q; pte_t pte = (Deref ptep);");
}

#[test]
fn an_else_belongs_to_the_nearest_if() {
    assert_eq!(body("if (a) if (b) x(); else y();"), "if a if b x(); else y();");
    assert_eq!(body("if (a) { x(); } else if (b) y(); else ;"), "if a {x();} else if b y(); else ;");
}

#[test]
fn an_atomic_block_takes_no_else() {
    assert_eq!(
        body("if (a)\n__atomic { x = 1; }\nelse\n__atomic\n{ y = 1; }"),
        "if a atomic{(x = 1);} else atomic{(y = 1);}"
    );
}

#[test]
fn atomic_blocks_are_told_from_names_comments_and_loops() {
    assert_eq!(
        body("__atomic { await(!p->locked); p->locked = 1; }"),
        "atomic{await((Not p->locked)); (p->locked = 1);}"
    );
    assert_eq!(body("smp_mb__after_atomic(); for (;;) { x = 1; }"), "smp_mb__after_atomic(); while 1 {(x = 1);}");
    assert_eq!(body("/* __atomic { */ check(\"__atomic {\", 1); // __atomic {"), "check(\"__atomic {\", 1);");
    assert_eq!(body("__atomic /* one step */ { x = 1; }"), "atomic{(x = 1);}");
}

#[test]
fn loops_keep_their_heads() {
    assert_eq!(body("while (x) ;"), "while x ;");
    assert_eq!(body("do { x--; } while (x);"), "do {(x--);} while x;");
    assert_eq!(body("for (int i = 0; i < 3; i++) foo(i);"), "for int i = 0; (i Lt 3); (i++) foo(i);");
    assert_eq!(body("for (i = 0; ; ) { break; continue; }"), "for (i = 0);; {break; continue;}");
    assert_eq!(body("for (; x; ) ;"), "while x ;");
    assert_eq!(body("for (int i = 0, j = 1; ; i++) ;"), "for decls[int i = 0; int j = 1;]; (i++) ;");
}

#[test]
fn labels_stand_before_their_statement() {
    assert_eq!(body("again: x = 1; goto again; out: ;"), "again: (x = 1); goto again; out: ;");
    assert_eq!(body("if (a) out: x();"), "if a {out: x();}");
}

#[test]
fn cases_share_and_fall_through() {
    let text = "switch (x) { case A: case 1: foo(); break; case B: bar(); default: { baz(); } }";
    assert_eq!(body(text), "switch x [A|1: foo(); break;][B: bar();][default: {baz();}]");
    assert_eq!(body("switch (x) { default: ; }"), "switch x [default: ;]");
}

#[test]
fn returns_may_have_a_value() {
    assert_eq!(body("{ return; } return a + 1;"), "{return;} return (a Add 1);");
}

#[test]
fn spans_point_into_the_original_text() {
    let text = "/* \u{e9} */ void f(void)\n{\n\t__atomic {\n\t\tx = foo(y);\n\t}\n}\n";
    let body = function(text).body.expect("a body");
    let at = text.find("__atomic").expect("there");
    assert_eq!(body[0].span.start as usize, at);
    assert_eq!(&text[body[0].span.start as usize..body[0].span.end as usize], "__atomic {\n\t\tx = foo(y);\n\t}");
    assert_eq!(show::stmts(&body), "atomic{(x = foo(y));}");
}
