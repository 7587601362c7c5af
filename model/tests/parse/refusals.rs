//! What lies outside the language: at its place, with what to write instead.

use super::faults;

/// Asserts that a text is refused first at `line:column`, with these words in the sentence and the remedy.
pub fn refused(text: &str, line: usize, column: usize, says: &str, help: &str) {
    let all = faults(text);
    let (at_line, at_column, message, remedy) = &all[0];
    assert!(message.contains(says), "{text}\n{message:?}");
    assert!(remedy.contains(help), "{text}\n{remedy:?}");
    assert_eq!((*at_line, *at_column), (line, column), "{text}\n{message}");
}

/// The same for a statement, in line 3 behind a tab.
pub fn refused_statement(text: &str, column: usize, says: &str, help: &str) {
    refused(&format!("void f(void)\n{{\n\t{text}\n}}\n"), 3, column + 1, says, help);
}

#[test]
fn types_outside_the_language_are_refused() {
    refused("union u { int a; };", 1, 1, "no unions", "structure");
    refused("int f(void)\n{\n\tdouble d;\n}", 3, 2, "floating point", "`int`");
    refused("struct s {\n\tconst char *name;\n};", 2, 8, "no characters", "enum");
    refused("struct s { struct { int a; } b; };", 1, 12, "without a name", "file scope");
    refused("struct s { int (*op)(int); };", 1, 16, "function pointers", "hook");
    refused("int f(int (*cb)(int));", 1, 11, "function pointers", "by its name");
    refused("typedef int (*cb)(int);", 1, 13, "function pointers", "by its name");
    refused("int f(int x[3]);", 1, 11, "array as a parameter", "pointer");
    refused("struct page pages[2][3];", 1, 13, "more than one dimension", "one number");
    refused("struct page pages[];", 1, 13, "without a bound", "NR_PAGES");
    refused("struct s { unsigned foo x; };", 1, 21, "", "");
}

#[test]
fn file_scope_outside_the_language_is_refused() {
    refused("void f(struct page *p, ...);", 1, 24, "variable arguments", "name every parameter");
    refused("int x = 3;", 1, 5, "initial value", "init(void)");
    refused("x = 3;", 1, 1, "outside every function", "init(void)");
    refused("put(struct page *p) { x(); }", 1, 1, "no macro known", "result type");
    refused("__weak int x;", 1, 8, "belongs to a function", "drop it");
    refused("void f(int) { }", 1, 8, "a type and a name", "name both");
    refused("struct a { int x; } y;", 1, 8, "defined inside", "alone");
    refused("DECLARE_WORK(w);", 1, 1, "DECLARE_WORK takes", "void fn(struct work_struct *work)");
    refused("CLAIM();", 1, 1, "begins with its name", "CLAIM(S5");
    refused("void f(void) __attribute__((unused));", 1, 14, "__attribute__", "__weak");
}

#[test]
fn the_preprocessor_has_constants_only() {
    refused("#define MAX(a, b) a\n", 1, 1, "function-like macro", "static inline");
    refused("\n#ifdef CONFIG_X\n#endif\n", 2, 1, "conditional compilation", "#ifndef NAME");
    refused("#if 0\n#else\n#endif\n", 1, 1, "conditional compilation", "`if` on a constant");
    refused("#ifndef N\nint x;\n#endif\n", 1, 1, "conditional compilation", "#ifndef NAME");
    refused("#ifndef N\n#define N 2\nint x;\n#endif\n", 1, 1, "conditional compilation", "scenario");
    refused("#define N\n", 1, 1, "no value", "#define NAME value");
    refused("#define N 1 +\n", 1, 14, "missing", "");
    refused("#undef N\n", 1, 1, "no #undef", "delete");
    refused("#endif\n", 1, 1, "ends nothing", "delete");
    refused("#ifndef X_H\n#define X_H\n", 1, 1, "never ended", "#endif");
    refused("#include foo\n", 1, 1, "names no file", "<kernel.h>");
    refused("void f(void)\n{\n#define N 1\n}\n", 3, 1, "inside code", "file scope");
}

#[test]
fn statements_outside_the_language_are_refused() {
    refused_statement("struct page *pages[4];", 13, "local arrays", "member");
    refused_statement("int (*fp)(int);", 5, "function pointers", "by its name");
    refused_statement("static int x;", 1, "`static`", "member of an object");
    refused_statement("goto *p;", 1, "computed goto", "switch");
    refused_statement("int g(void) { return 1; }", 5, "function inside a function", "file scope");
    refused_statement("struct s { int a; } x;", 8, "defined inside", "file scope");
    refused_statement("{ ... }", 3, "the email leaves this out", "write the statements");
    refused_statement("{ \u{2026} }", 3, "the email leaves this out", "write the statements");
    refused_statement("foo(...);", 5, "the email leaves this out", "write the expression");
    refused_statement("switch (x) { case 1 ... 3: ; }", 21, "case ranges", "one `case` label per value");
    refused_statement("switch (x) { foo(); case 1: ; }", 14, "before the first case", "before the switch");
    refused_statement("case 1: x = 1;", 1, "case label outside", "switch");
    refused_statement("asm volatile(\"mfence\");", 1, "inline assembly", "__atomic");
    refused_statement("__atomic x = 1;", 1, "needs a block", "__atomic { ... }");
    refused_statement("PAGEFLAG(A, a);", 1, "defines functions", "file scope");
    refused_statement("__ghost x = 1;", 1, "structure member", "before the member's type");
    refused_statement("void g(void);", 6, "prototype inside", "file scope");
    refused_statement("+\tfoo();", 1, "unary `+`", "patch");
    refused_statement("-\tfoo();", 1, "without an effect", "patch");
    refused_statement("x == 3;", 1, "comparison as a statement", "`=`");
    refused_statement("volatile int x;", 1, "volatile", "step");
}

#[test]
fn expressions_outside_the_language_are_refused() {
    refused_statement("p = (struct page *)q;", 6, "casts between pointers", "declare");
    refused_statement("x = (u64)y;", 6, "no cast to `u64`", "drop the cast");
    refused_statement("x = sizeof(struct page);", 5, "sizeof", "constant");
    refused_statement("x = 1.5;", 5, "floating point", "integer");
    refused_statement("x = 'a';", 5, "no characters", "number");
    refused_statement("a = 1, b = 2;", 1, "comma operator", "two statements");
    refused_statement("for (a = 1, b = 2; ; ) break;", 6, "comma operator", "two statements");
    refused_statement("struct s v = { .x = 1 };", 14, "initialiser", "one by one");
    refused_statement("v = (struct s){ 1 };", 5, "compound literals", "one by one");
    refused_statement("x = ({ y; });", 6, "block as an expression", "static inline");
    refused_statement("p->ops->fn(1);", 1, "function pointers", "by its name");
    refused_statement("(*fp)(1);", 1, "function pointers", "by its name");
    refused_statement("x = a ?: b;", 5, "without a middle", "a ? a : b");
    refused_statement("p = kmalloc(4, GFP_KERNEL);", 5, "dynamic allocation", "pool_get");
    refused_statement("p = container_of(w, struct aux, work);", 5, "container_of", "index its pool");
    refused_statement("x = nullptr;", 5, "nullptr", "NULL");
    refused_statement("x = 99999999999999999999;", 5, "too large", "scale it down");
    refused_statement("x = 0b12;", 5, "no integer", "decimal");
}
