//! Statements.

use tree_sitter::Node;

use super::super::ast::{Expr, ExprKind, Stmt, StmtKind, UnaryOp};
use super::types::Position;
use super::{Lowering, named};

/// The groups of a switch: labels, and the statements up to the next ones.
type Cases = Vec<(Vec<Option<Expr>>, Vec<Stmt>)>;

impl Lowering<'_> {
    /// The statements of a compound statement.
    pub(super) fn block(&mut self, node: Node) -> Vec<Stmt> {
        let mut out = Vec::new();
        for child in named(node) {
            self.statement(child, &mut out);
        }
        out
    }

    /// A statement that stands alone, as a branch or a body.
    fn single(&mut self, node: Node) -> Option<Box<Stmt>> {
        let mut out = Vec::new();
        self.statement(node, &mut out)?;
        let span = self.span(node);
        Some(Box::new(match <[Stmt; 1]>::try_from(out) {
            Ok([only]) => only,
            Err(several) => Stmt { kind: StmtKind::Block(several), span },
        }))
    }

    /// Appends what a statement means: a labelled one is two.
    fn statement(&mut self, node: Node, out: &mut Vec<Stmt>) -> Option<()> {
        if node.has_error() {
            return None;
        }
        if node.kind() == "labeled_statement" {
            return self.deeper(node, |this| this.labelled(node, out));
        }
        let kind = self.deeper(node, |this| this.kind(node))?;
        out.push(Stmt { kind, span: self.span(node) });
        Some(())
    }

    fn labelled(&mut self, node: Node, out: &mut Vec<Stmt>) -> Option<()> {
        let label = node.child_by_field_name("label")?;
        let name = self.name(label);
        let span = self.span(label);
        out.push(Stmt { kind: StmtKind::Label(name), span });
        let last = named(node).pop().filter(|last| *last != label)?;
        self.statement(last, out)
    }

    fn kind(&mut self, node: Node) -> Option<StmtKind> {
        Some(match node.kind() {
            "expression_statement" => return self.expression_statement(node),
            "declaration" => return self.local(node),
            "compound_statement" => StmtKind::Block(self.block(node)),
            "if_statement" => return self.branch(node),
            "while_statement" => StmtKind::While { cond: self.condition(node)?, body: self.body(node)? },
            "do_statement" => StmtKind::DoWhile { body: self.body(node)?, cond: self.condition(node)? },
            "for_statement" => return self.for_loop(node),
            "switch_statement" => return self.switch(node),
            "break_statement" => StmtKind::Break,
            "continue_statement" => StmtKind::Continue,
            "return_statement" => match named(node).first() {
                Some(value) => StmtKind::Return(Some(self.expr(*value)?)),
                None => StmtKind::Return(None),
            },
            "goto_statement" => StmtKind::Goto(self.name(node.child_by_field_name("label")?)),
            _ => return self.strange(node),
        })
    }

    fn strange<T>(&mut self, node: Node) -> Option<T> {
        match node.kind() {
            "function_definition" => {
                let at = node.child_by_field_name("declarator").unwrap_or(node);
                self.refuse(at, "a function inside a function", "move it to file scope, as `static inline`")
            }
            "case_statement" => {
                self.refuse(node, "a case label outside a switch", "cases stand directly in the switch's block")
            }
            "type_definition" | "struct_specifier" | "enum_specifier" => {
                self.refuse(node, "a type defined inside a function", "define it at file scope")
            }
            // Refused at its keyword.
            "union_specifier" => None,
            _ => self.unknown(node),
        }
    }

    fn condition(&mut self, node: Node) -> Option<Expr> {
        self.expr(node.child_by_field_name("condition")?)
    }

    fn body(&mut self, node: Node) -> Option<Box<Stmt>> {
        self.single(node.child_by_field_name("body")?)
    }

    fn branch(&mut self, node: Node) -> Option<StmtKind> {
        let cond = self.condition(node);
        let then = self.single(node.child_by_field_name("consequence")?);
        let other = match node.child_by_field_name("alternative") {
            Some(clause) => Some(self.single(named(clause).pop()?)?),
            None => None,
        };
        Some(StmtKind::If { cond: cond?, then: then?, other })
    }

    fn expression_statement(&mut self, node: Node) -> Option<StmtKind> {
        let Some(inner) = named(node).pop() else {
            return Some(StmtKind::Empty);
        };
        let value = self.expr(inner)?;
        if inner.kind() == "cast_expression" && matches!(value.kind, ExprKind::Ident(_)) {
            // `(void)x;` silences gcc about an unused variable.
            return Some(StmtKind::Empty);
        }
        if let ExprKind::Unary { op, .. } = &value.kind
            && *op != UnaryOp::Deref
        {
            return self.refuse(node, "a statement without an effect", "delete it, or the `-` of a patch before it");
        }
        if matches!(value.kind, ExprKind::Binary { op, .. } if super::expr::compares(op)) {
            return self.refuse(node, "a comparison as a statement", "write `=` to assign, or test it with `if`");
        }
        Some(StmtKind::Expr(value))
    }

    fn local(&mut self, node: Node) -> Option<StmtKind> {
        self.specifiers(node, &[])?;
        let base = self.base_type(node.child_by_field_name("type")?, Position::Elsewhere)?;
        let mut cursor = node.walk();
        let declarators: Vec<Node> = node.children_by_field_name("declarator", &mut cursor).collect();
        let mut locals = Vec::new();
        for declarator in declarators {
            let has_value = declarator.kind() == "init_declarator";
            let inner = if has_value { declarator.child_by_field_name("declarator")? } else { declarator };
            let shape = self.declarator(inner)?;
            if shape.params.is_some() {
                return self.refuse(
                    inner,
                    "a prototype inside a function",
                    "move it to file scope (or is a `;` missing above?)",
                );
            }
            if !shape.dims.is_empty() {
                let help = "make it a member of an object: `struct page *pages[N];` in a structure that has a pool";
                return self.refuse(inner, "kernel C has no local arrays", help);
            }
            let ty = self.valued(inner, shape.of(&base))?;
            let init = match declarator.child_by_field_name("value") {
                Some(value) => Some(self.expr(value)?),
                None => None,
            };
            let kind = StmtKind::Local { ty, name: shape.name?, init };
            locals.push(Stmt { kind, span: self.span(declarator) });
        }
        Some(match <[Stmt; 1]>::try_from(locals) {
            Ok([only]) => only.kind,
            Err(several) => StmtKind::Decls(several),
        })
    }

    /// A loop with a head, or the `__atomic` block that was made to look like one.
    fn for_loop(&mut self, node: Node) -> Option<StmtKind> {
        let body = node.child_by_field_name("body")?;
        let at = self.offset(node.start_byte());
        if self.atomics.binary_search(&at).is_ok() {
            // Without a block it has been reported.
            return (body.kind() == "compound_statement").then(|| StmtKind::Atomic(self.block(body)));
        }
        let init = match node.child_by_field_name("initializer") {
            Some(init) => Some(Box::new(self.for_init(init)?)),
            None => None,
        };
        let cond = self.optional(node.child_by_field_name("condition"))?;
        let step = self.optional(node.child_by_field_name("update"))?;
        let body = self.single(body)?;
        if init.is_some() || step.is_some() {
            return Some(StmtKind::For { init, cond, step, body });
        }
        let span = self.span(node);
        let forever = Expr { kind: ExprKind::Int(1), span };
        Some(StmtKind::While { cond: cond.unwrap_or(forever), body })
    }

    fn for_init(&mut self, node: Node) -> Option<Stmt> {
        let kind = if node.kind() == "declaration" { self.local(node)? } else { StmtKind::Expr(self.expr(node)?) };
        Some(Stmt { kind, span: self.span(node) })
    }

    /// An expression that may be left out; outer `None` is a fault.
    fn optional(&mut self, node: Option<Node>) -> Option<Option<Expr>> {
        match node {
            Some(node) => self.expr(node).map(Some),
            None => Some(None),
        }
    }

    fn switch(&mut self, node: Node) -> Option<StmtKind> {
        let value = self.condition(node)?;
        let mut cases: Cases = Vec::new();
        for child in named(node.child_by_field_name("body")?) {
            if child.kind() == "case_statement" {
                self.case(child, &mut cases)?;
            } else if let Some((_, stmts)) = cases.last_mut() {
                let mut more = Vec::new();
                std::mem::swap(stmts, &mut more);
                let done = self.statement(child, &mut more);
                if let Some((_, stmts)) = cases.last_mut() {
                    *stmts = more;
                }
                done?;
            } else {
                return self.refuse(child, "a statement before the first case", "move it before the switch");
            }
        }
        Some(StmtKind::Switch { value, cases })
    }

    /// One label and what follows it; labels without statements between them share theirs.
    fn case(&mut self, node: Node, cases: &mut Cases) -> Option<()> {
        let value_node = node.child_by_field_name("value");
        let label = self.optional(value_node)?;
        let mut stmts = Vec::new();
        for child in named(node).into_iter().filter(|child| Some(*child) != value_node) {
            self.statement(child, &mut stmts)?;
        }
        match cases.last_mut() {
            Some((labels, earlier)) if earlier.is_empty() => {
                labels.push(label);
                *earlier = stmts;
            }
            _ => cases.push((vec![label], stmts)),
        }
        Some(())
    }
}
