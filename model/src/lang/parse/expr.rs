//! Expressions.

use tree_sitter::Node;

use super::super::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use super::{Lowering, named};

const INITIALISER_HELP: &str = "assign the members one by one; members of objects are zero at the start";

/// Macros whose last argument is a local for the flags.
const FLAGS_MACROS: [&str; 2] = ["spin_lock_irqsave", "spin_unlock_irqrestore"];

fn is_name(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Ident(_))
}

impl Lowering<'_> {
    /// An expression.
    pub(super) fn expr(&mut self, node: Node) -> Option<Expr> {
        match node.kind() {
            "parenthesized_expression" => {
                let inner = self.parenthesised(node)?;
                return self.deeper(node, |this| this.expr(inner));
            }
            "cast_expression" => return self.deeper(node, |this| this.cast(node)),
            _ => {}
        }
        let kind = self.deeper(node, |this| this.expr_kind(node))?;
        Some(Expr { kind, span: self.span(node) })
    }

    /// Several expressions.
    pub(super) fn exprs(&mut self, nodes: &[Node]) -> Option<Vec<Expr>> {
        let exprs: Vec<_> = nodes.iter().map(|node| self.expr(*node)).collect();
        exprs.into_iter().collect()
    }

    fn boxed(&mut self, node: Node, field: &str) -> Option<Box<Expr>> {
        let child = node.child_by_field_name(field)?;
        Some(Box::new(self.expr(child)?))
    }

    fn expr_kind(&mut self, node: Node) -> Option<ExprKind> {
        Some(match node.kind() {
            "identifier" => ExprKind::Ident(self.text(node).to_owned()),
            "number_literal" => return self.number(node),
            "true" | "false" | "null" => return self.word(node),
            "string_literal" | "concatenated_string" => ExprKind::Str(self.string(node)?),
            "field_expression" => ExprKind::Member {
                base: self.boxed(node, "argument")?,
                name: self.name(node.child_by_field_name("field")?),
                arrow: operator(node) == "->",
            },
            "subscript_expression" => {
                ExprKind::Index { base: self.boxed(node, "argument")?, index: self.boxed(node, "index")? }
            }
            "call_expression" => return self.call(node),
            "unary_expression" | "pointer_expression" => return self.unary(node),
            "binary_expression" => {
                let (left, right) = (self.boxed(node, "left"), self.boxed(node, "right"));
                ExprKind::Binary { op: binary(operator(node))?, left: left?, right: right? }
            }
            "conditional_expression" => return self.conditional(node),
            "assignment_expression" => {
                let (left, right) = (self.boxed(node, "left"), self.boxed(node, "right"));
                let op = binary(operator(node).trim_end_matches('='));
                ExprKind::Assign { op, left: left?, right: right? }
            }
            "update_expression" => return self.update(node),
            _ => return self.strange_expr(node),
        })
    }

    fn strange_expr<T>(&mut self, node: Node) -> Option<T> {
        match node.kind() {
            "comma_expression" => self.refuse(node, "kernel C has no comma operator", "write two statements"),
            "char_literal" => self.refuse(node, "kernel C has no characters", "write the number, or an enumerator"),
            "initializer_list" => self.refuse(node, "kernel C has no initialiser lists", INITIALISER_HELP),
            "compound_literal_expression" => self.refuse(node, "kernel C has no compound literals", INITIALISER_HELP),
            "compound_statement" => {
                self.refuse(node, "a block as an expression", "write a `static inline` function and call it")
            }
            // Refused at their keywords.
            "sizeof_expression" | "alignof_expression" | "generic_expression" | "gnu_asm_expression" => None,
            "offsetof_expression" | "extension_expression" => None,
            _ => self.unknown(node),
        }
    }

    /// What parentheses hold.
    fn parenthesised<'t>(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        match named(node).pop() {
            Some(inner) => Some(inner),
            None => self.unknown(node),
        }
    }

    /// A cast that changes nothing, or that makes a truth value: `(bool)x` is `!!x`.
    fn cast(&mut self, node: Node) -> Option<Expr> {
        let (ty, value) = (node.child_by_field_name("type")?, node.child_by_field_name("value")?);
        match self.text(ty).trim() {
            "void" | "int" => self.expr(value),
            "bool" | "_Bool" => {
                let (value, span) = (self.expr(value)?, self.span(node));
                let not = |expr| Expr { kind: ExprKind::Unary { op: UnaryOp::Not, expr: Box::new(expr) }, span };
                Some(not(not(value)))
            }
            text if text.contains('*') => self.refuse(
                ty,
                format!("kernel C has no casts between pointers: ({text})"),
                "declare the variable or member with the type it is used with",
            ),
            text => self.refuse(
                ty,
                format!("kernel C has no cast to `{text}`"),
                "drop the cast; the only ones are (void), (int) and (bool)",
            ),
        }
    }

    fn number(&mut self, node: Node) -> Option<ExprKind> {
        let text = self.text(node);
        let value = integer(text);
        if value.is_some() {
            return value.map(ExprKind::Int);
        }
        let decimal = text.contains('.') || !text.starts_with("0x") && text.contains(['e', 'E']);
        if decimal {
            return self.refuse(node, "kernel C has no floating point", "write an integer");
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.refuse(node, format!("`{text}` is too large"), "a local holds -128..127: scale it down");
        }
        self.refuse(node, format!("`{text}` is no integer"), "write a decimal, 0x or 0 number")
    }

    fn word(&mut self, node: Node) -> Option<ExprKind> {
        match self.text(node) {
            "true" => Some(ExprKind::Int(1)),
            "false" => Some(ExprKind::Int(0)),
            "NULL" => Some(ExprKind::Null),
            other => {
                let message = format!("kernel C has no `{other}`");
                self.refuse(node, message, "write `true`, `false` or `NULL`")
            }
        }
    }

    /// The value of one or several adjacent literals.
    fn string(&mut self, node: Node) -> Option<String> {
        if node.kind() == "string_literal" {
            let text = self.text(node);
            let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
                return self.refuse(node, "kernel C has no wide strings", "write \"...\" without a prefix");
            };
            return Some(unescape(inner));
        }
        let parts = named(node);
        if let Some(name) = parts.iter().find(|part| part.kind() != "string_literal") {
            return self.refuse(*name, "a name between strings", "write the text itself");
        }
        let parts: Vec<_> = parts.into_iter().map(|part| self.string(part)).collect();
        parts.into_iter().collect()
    }

    fn call(&mut self, node: Node) -> Option<ExprKind> {
        let function = node.child_by_field_name("function")?;
        if function.kind() != "identifier" {
            let help = "call the function by its name; what differs between proposals is a hook that a part defines";
            return self.refuse(function, "kernel C has no function pointers", help);
        }
        let name = self.name(function);
        if self.macros.contains(&name.text) {
            let message = format!("{} defines functions", name.text);
            return self.refuse(function, message, "use it at file scope, between functions");
        }
        let mut args = self.exprs(&named(node.child_by_field_name("arguments")?))?;
        // The kernel's macros take a local to keep the flags in. Nesting is counted here, so there is nothing to keep.
        if FLAGS_MACROS.contains(&name.text.as_str()) && matches!(args.as_slice(), [_, flags] if is_name(flags)) {
            args.pop();
        }
        Some(ExprKind::Call { name, args })
    }

    fn unary(&mut self, node: Node) -> Option<ExprKind> {
        let op = match operator(node) {
            "!" => UnaryOp::Not,
            "-" => UnaryOp::Neg,
            "~" => UnaryOp::BitNot,
            "&" => UnaryOp::AddressOf,
            "*" => UnaryOp::Deref,
            _ => {
                return self.refuse(node, "kernel C has no unary `+`", "drop it (is it the mark of a patch?)");
            }
        };
        Some(ExprKind::Unary { op, expr: self.boxed(node, "argument")? })
    }

    fn conditional(&mut self, node: Node) -> Option<ExprKind> {
        if node.child_by_field_name("consequence").is_none() {
            return self.refuse(node, "kernel C has no `?:` without a middle", "write `a ? a : b`, or an if");
        }
        let cond = self.boxed(node, "condition");
        let then = self.boxed(node, "consequence");
        let other = self.boxed(node, "alternative");
        Some(ExprKind::Conditional { cond: cond?, then: then?, other: other? })
    }

    fn update(&mut self, node: Node) -> Option<ExprKind> {
        let argument = node.child_by_field_name("argument")?;
        let postfix = argument.start_byte() == node.start_byte();
        let increment = operator(node) == "++";
        Some(ExprKind::IncDec { expr: Box::new(self.expr(argument)?), increment, postfix })
    }
}

fn operator<'t>(node: Node<'t>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |op| op.kind())
}

fn binary(op: &str) -> Option<BinaryOp> {
    Some(match op {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "%" => BinaryOp::Rem,
        "<<" => BinaryOp::Shl,
        ">>" => BinaryOp::Shr,
        "&" => BinaryOp::BitAnd,
        "|" => BinaryOp::BitOr,
        "^" => BinaryOp::BitXor,
        "&&" => BinaryOp::And,
        "||" => BinaryOp::Or,
        "==" => BinaryOp::Eq,
        "!=" => BinaryOp::Ne,
        "<" => BinaryOp::Lt,
        "<=" => BinaryOp::Le,
        ">" => BinaryOp::Gt,
        ">=" => BinaryOp::Ge,
        _ => return None,
    })
}

/// Whether an operator compares.
pub(super) fn compares(op: BinaryOp) -> bool {
    use BinaryOp::{Eq, Ge, Gt, Le, Lt, Ne};
    matches!(op, Eq | Ne | Lt | Le | Gt | Ge)
}

/// The value of an integer literal.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let digits = lower.trim_end_matches(['u', 'l']);
    let value = if let Some(hex) = digits.strip_prefix("0x") {
        i64::from_str_radix(hex, 16)
    } else if let Some(bits) = digits.strip_prefix("0b") {
        i64::from_str_radix(bits, 2)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8)
    } else {
        digits.parse()
    };
    value.ok().map(|value: i64| if negative { -value } else { value })
}

/// A literal's text without its escapes.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    out
}
