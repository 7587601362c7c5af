//! Syntax trees as short texts, fully parenthesised, so that a test can say what it expects in one line.

use pinright_model::lang::ast::{Expr, ExprKind, Stmt, StmtKind, TypeName};

pub fn stmts(list: &[Stmt]) -> String {
    list.iter().map(stmt).collect::<Vec<_>>().join(" ")
}

pub fn stmt(stmt: &Stmt) -> String {
    match &stmt.kind {
        StmtKind::Empty => ";".into(),
        StmtKind::Expr(value) => format!("{};", expr(value)),
        StmtKind::Local { ty: of, name, init } => {
            let init = init.as_ref().map(|init| format!(" = {}", expr(init)));
            format!("{} {}{};", ty(of), name.text, init.unwrap_or_default())
        }
        StmtKind::Block(list) => format!("{{{}}}", stmts(list)),
        StmtKind::Decls(list) => format!("decls[{}]", stmts(list)),
        StmtKind::Atomic(list) => format!("atomic{{{}}}", stmts(list)),
        StmtKind::Break => "break;".into(),
        StmtKind::Continue => "continue;".into(),
        StmtKind::Return(value) => format!("return{};", some(value.as_ref())),
        StmtKind::Goto(name) => format!("goto {};", name.text),
        StmtKind::Label(name) => format!("{}:", name.text),
        _ => nested(stmt),
    }
}

fn nested(whole: &Stmt) -> String {
    match &whole.kind {
        StmtKind::If { cond, then, other } => {
            let other = other.as_ref().map(|other| format!(" else {}", stmt(other)));
            format!("if {} {}{}", expr(cond), stmt(then), other.unwrap_or_default())
        }
        StmtKind::While { cond, body } => format!("while {} {}", expr(cond), stmt(body)),
        StmtKind::DoWhile { body, cond } => format!("do {} while {};", stmt(body), expr(cond)),
        StmtKind::For { init, cond, step, body } => {
            let init = init.as_ref().map_or(";".into(), |init| stmt(init));
            let (cond, step) = (some(cond.as_ref()), some(step.as_ref()));
            format!("for {init}{cond};{step} {}", stmt(body))
        }
        StmtKind::Switch { value, cases } => {
            let cases = cases.iter().map(|(labels, body)| {
                let label = |label: &Option<Expr>| label.as_ref().map_or("default".into(), expr);
                let labels: Vec<String> = labels.iter().map(label).collect();
                format!("[{}: {}]", labels.join("|"), stmts(body))
            });
            format!("switch {} {}", expr(value), cases.collect::<String>())
        }
        _ => unreachable!("shown by stmt"),
    }
}

fn some(value: Option<&Expr>) -> String {
    value.map(|value| format!(" {}", expr(value))).unwrap_or_default()
}

pub fn expr(whole: &Expr) -> String {
    match &whole.kind {
        ExprKind::Int(value) => value.to_string(),
        ExprKind::Null => "NULL".into(),
        ExprKind::Str(text) => format!("{text:?}"),
        ExprKind::Ident(name) => name.clone(),
        ExprKind::Member { base, name, arrow } => {
            format!("{}{}{}", expr(base), if *arrow { "->" } else { "." }, name.text)
        }
        ExprKind::Index { base, index } => format!("{}[{}]", expr(base), expr(index)),
        ExprKind::Call { name, args } => {
            let args: Vec<String> = args.iter().map(expr).collect();
            format!("{}({})", name.text, args.join(", "))
        }
        ExprKind::Unary { op, expr: inner } => format!("({op:?} {})", expr(inner)),
        ExprKind::Binary { op, left, right } => format!("({} {op:?} {})", expr(left), expr(right)),
        ExprKind::Conditional { cond, then, other } => {
            format!("({} ? {} : {})", expr(cond), expr(then), expr(other))
        }
        ExprKind::Assign { op, left, right } => {
            let op = op.map_or(String::new(), |op| format!("{op:?}"));
            format!("({} {op}= {})", expr(left), expr(right))
        }
        ExprKind::IncDec { expr: inner, increment, postfix } => {
            let sign = if *increment { "++" } else { "--" };
            match postfix {
                true => format!("({}{sign})", expr(inner)),
                false => format!("({sign}{})", expr(inner)),
            }
        }
    }
}

pub fn ty(of: &TypeName) -> String {
    match of {
        TypeName::Void => "void".into(),
        TypeName::Bool => "bool".into(),
        TypeName::Int => "int".into(),
        TypeName::Unsigned => "unsigned".into(),
        TypeName::Enum(name) => format!("enum {name}"),
        TypeName::Struct(name) => format!("struct {name}"),
        TypeName::Typedef(name) => name.clone(),
        TypeName::Pointer(inner) => format!("{}*", ty(inner)),
    }
}
