//! The syntax tree of kernel C, as the parser leaves it: names unresolved, types unchecked.
//!
//! Owns the shape of the language and nothing else. The parser builds it, `resolve` merges and checks
//! it, lowering and the reference interpreter read it.

/// A place in the source: file and byte range. Files are numbered in a [`SourceMap`](super::source::SourceMap).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Index of the file in its source map.
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// An identifier and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The identifier.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A type as written, without array bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeName {
    /// `void`
    Void,
    /// `bool`
    Bool,
    /// `int` (and `unsigned`, `long`, ... of locals: all are small integers here).
    Int,
    /// `unsigned`, which as a structure member needs a width.
    Unsigned,
    /// `enum NAME`
    Enum(String),
    /// `struct NAME`, or a typedef of a structure (`pte_t`, `atomic_t`): the structure's own name.
    Struct(String),
    /// A typedef name; the resolver replaces it.
    Typedef(String),
    /// A pointer.
    Pointer(Box<TypeName>),
}

/// Attributes of a structure member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberAttrs {
    /// `const`: only `init` writes it.
    pub constant: bool,
    /// `__ghost`: specification only.
    pub ghost: bool,
    /// `__wraps`: overflow wraps, as part of the protocol.
    pub wraps: bool,
    /// `__saturates`: overflow saturates, as part of the protocol.
    pub saturates: bool,
    /// `__refcount`: below zero violates S13.
    pub refcount: bool,
    /// `__stale`: real code may read an old value.
    pub stale: bool,
    /// `__bits(n)`.
    pub bits: Option<Expr>,
}

/// A member of a structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its type.
    pub ty: TypeName,
    /// Its name; `None` for an embedded extension (`struct page_ext;`), whose members count as the outer structure's.
    pub name: Option<Name>,
    /// Array bounds, outermost first.
    pub dims: Vec<Expr>,
    /// The width after the colon.
    pub bitfield: Option<Expr>,
    /// Attributes.
    pub attrs: MemberAttrs,
    /// Where it stands.
    pub span: Span,
}

/// A structure definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructDef {
    /// The tag (or, for `typedef struct { } NAME;`, the typedef name).
    pub name: Name,
    /// Members in order.
    pub members: Vec<Member>,
}

/// An enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumDef {
    /// The tag; empty for an anonymous one.
    pub name: Name,
    /// Enumerators with their explicit values.
    pub items: Vec<(Name, Option<Expr>)>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its type.
    pub ty: TypeName,
    /// Its name; empty in a prototype that leaves it out.
    pub name: Name,
}

/// A function definition or prototype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// Its result.
    pub ret: TypeName,
    /// Its parameters.
    pub params: Vec<Param>,
    /// `None` for a prototype.
    pub body: Option<Vec<Stmt>>,
    /// `__weak`: another definition replaces it.
    pub weak: bool,
    /// From the first token to the closing brace.
    pub span: Span,
    /// The comment that stands directly above, without its comment marks; empty if none.
    pub doc: String,
}

/// A global pool: `struct page pages[NR_PAGES];`, `struct work_struct w;`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global {
    /// Element type.
    pub ty: TypeName,
    /// The pool's name.
    pub name: Name,
    /// Number of objects; `None` for a single object.
    pub len: Option<Expr>,
    /// `extern` declarations only announce; the resolver wants one definition.
    pub is_extern: bool,
}

/// A top-level item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `#include <NAME>`: the file name without brackets or quotes.
    Include(Name),
    /// `#define NAME value`; `default` inside `#ifndef NAME`, where a scenario's value goes first.
    Define {
        /// The constant's name.
        name: Name,
        /// Its value: a constant expression.
        value: Expr,
        /// Whether a scenario may give another value.
        default: bool,
    },
    /// A structure.
    Struct(StructDef),
    /// An enumeration.
    Enum(EnumDef),
    /// `typedef struct X Y;` or `typedef struct { } Y;` (then a `Struct` item named `Y` stands before it), `typedef int Y;`
    Typedef {
        /// The new name.
        name: Name,
        /// What it stands for.
        ty: TypeName,
    },
    /// A global pool.
    Global(Global),
    /// A function or prototype.
    Function(Function),
    /// `DECLARE_WORK(w, fn);`
    Work {
        /// The work item.
        name: Name,
        /// What its kworker calls.
        function: Name,
    },
    /// `CLAIM(id, sentence, consequence, source, needs);`, `CLAIM_HOOK(id, hook);`, `CLAIM_PREMISE(id, sentence);`
    Claim {
        /// `CLAIM`, `CLAIM_HOOK` or `CLAIM_PREMISE`.
        keyword: Name,
        /// The arguments: string literals, and expressions of identifiers joined by `|`.
        args: Vec<Expr>,
    },
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StmtKind {
    /// `;`
    Empty,
    /// An expression evaluated for its effect.
    Expr(Expr),
    /// One declared local.
    Local {
        /// Its type.
        ty: TypeName,
        /// Its name.
        name: Name,
        /// Its initial value.
        init: Option<Expr>,
    },
    /// `{ ... }`: a scope.
    Block(Vec<Stmt>),
    /// Several declarators of one declaration: like a block, but no scope of its own.
    Decls(Vec<Stmt>),
    /// `__atomic { ... }`: a scope and one step.
    Atomic(Vec<Stmt>),
    /// `if`
    If {
        /// Condition.
        cond: Expr,
        /// Taken branch.
        then: Box<Stmt>,
        /// Other branch.
        other: Option<Box<Stmt>>,
    },
    /// `while` (and `for` without init and step).
    While {
        /// Condition.
        cond: Expr,
        /// Body.
        body: Box<Stmt>,
    },
    /// `do ... while (cond);`
    DoWhile {
        /// Body.
        body: Box<Stmt>,
        /// Condition.
        cond: Expr,
    },
    /// `for`: the init's locals are scoped to it.
    For {
        /// First.
        init: Option<Box<Stmt>>,
        /// Condition; `None` is true.
        cond: Option<Expr>,
        /// After each round.
        step: Option<Expr>,
        /// Body.
        body: Box<Stmt>,
    },
    /// `switch`, cases in order, with fall through.
    Switch {
        /// The value.
        value: Expr,
        /// Label values (`None` is `default`) and the statements up to the next label.
        cases: Vec<(Vec<Option<Expr>>, Vec<Stmt>)>,
    },
    /// `break;`
    Break,
    /// `continue;`
    Continue,
    /// `return e;`
    Return(Option<Expr>),
    /// `goto name;`
    Goto(Name),
    /// `name:` (the labelled statement follows as the next one).
    Label(Name),
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// An integer, `true` or `false`.
    Int(i64),
    /// `NULL`
    Null,
    /// A string literal, without quotes; adjacent literals joined.
    Str(String),
    /// A local, parameter, constant, enumerator or pool; `current` too.
    Ident(String),
    /// `base->name` (`arrow`) or `base.name`.
    Member {
        /// Left side.
        base: Box<Expr>,
        /// Member.
        name: Name,
        /// Whether it was written `->`.
        arrow: bool,
    },
    /// `base[index]`
    Index {
        /// The array: a pool or a member.
        base: Box<Expr>,
        /// The index.
        index: Box<Expr>,
    },
    /// A call; intrinsics are calls too.
    Call {
        /// Function name.
        name: Name,
        /// Arguments.
        args: Vec<Expr>,
    },
    /// Unary operator.
    Unary {
        /// Operator.
        op: UnaryOp,
        /// Operand.
        expr: Box<Expr>,
    },
    /// Binary operator, `&&` and `||` included.
    Binary {
        /// Operator.
        op: BinaryOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `cond ? then : other`
    Conditional {
        /// Condition.
        cond: Box<Expr>,
        /// Value if true.
        then: Box<Expr>,
        /// Value if false.
        other: Box<Expr>,
    },
    /// `left = right`, `left op= right`
    Assign {
        /// Operator of a compound assignment.
        op: Option<BinaryOp>,
        /// What is written.
        left: Box<Expr>,
        /// The value.
        right: Box<Expr>,
    },
    /// `++x`, `x++`, `--x`, `x--`
    IncDec {
        /// What is changed.
        expr: Box<Expr>,
        /// Whether it goes up.
        increment: bool,
        /// Whether the value is the one before the change.
        postfix: bool,
    },
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Neg,
    /// `~`
    BitNot,
    /// `&`
    AddressOf,
    /// `*`
    Deref,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the C operators by their usual names")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Shl,
    Shr,
    BitAnd,
    BitOr,
    BitXor,
    And,
    Or,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// One parsed file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// Items in order.
    pub items: Vec<Item>,
}
