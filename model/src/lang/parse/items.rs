//! Top-level items: functions, pools, types.

use tree_sitter::Node;

use super::super::ast::{Function, Global, Item, Name, Stmt, TypeName};
use super::prepare::MarkKind;
use super::types::{Declarator, Position};
use super::{Lowering, named};

const STORAGE: [&str; 4] = ["static", "inline", "__inline", "extern"];

/// Items with the byte each begins at.
type Items = Vec<(usize, Item)>;

impl Lowering<'_> {
    /// Every item of a file.
    pub(super) fn items(&mut self, root: Node) -> Items {
        let mut items = Vec::new();
        let mut from = 0;
        for node in named(root) {
            let weak = self.take_marks(from, self.offset(node.end_byte()), |kind| *kind == MarkKind::Weak);
            from = self.offset(node.end_byte());
            // Syntax errors have been reported; what surrounds them is not to be trusted.
            if node.has_error() || node.is_error() {
                continue;
            }
            let takes_weak = matches!(node.kind(), "function_definition" | "declaration");
            let start = weak.first().map(|mark| mark.start);
            if !takes_weak {
                self.marks.extend(weak);
            }
            self.item(node, start.filter(|_| takes_weak), &mut items);
        }
        items
    }

    fn item(&mut self, node: Node, weak: Option<usize>, items: &mut Items) -> Option<()> {
        let at = self.offset(node.start_byte());
        match node.kind() {
            "function_definition" => {
                let function = self.function(node, weak)?;
                items.push((at, Item::Function(function)));
            }
            "declaration" => return self.declaration(node, weak, items),
            "type_definition" => return self.typedef(node, items),
            "struct_specifier" | "enum_specifier" => {
                let definition = self.definition(node, None)?;
                items.extend(definition.map(|item| (at, item)));
            }
            // Refused at its keyword.
            "union_specifier" => {}
            "expression_statement" if named(node).is_empty() => {}
            kind if kind.ends_with("_statement") => {
                let help =
                    "statements stand in functions; what runs before everything else goes into `void init(void)`";
                return self.refuse(node, "a statement outside every function", help);
            }
            _ => return self.unknown(node),
        }
        Some(())
    }

    /// `struct X { ... }` or `enum X { ... }`; `None` inside for a declaration without a body.
    fn definition(&mut self, node: Node, typedef: Option<&Name>) -> Option<Option<Item>> {
        let Some(body) = node.child_by_field_name("body") else {
            return Some(None);
        };
        let tag = node.child_by_field_name("name").map(|name| self.name(name));
        let name = tag.or_else(|| typedef.cloned());
        if node.kind() == "enum_specifier" {
            let empty = Name { text: String::new(), span: self.span(node) };
            return Some(Some(Item::Enum(self.enumeration(name.unwrap_or(empty), body))));
        }
        let Some(name) = name else {
            return self.refuse(node, "a structure without a name", "write `struct name { ... };`");
        };
        Some(Some(Item::Struct(self.structure(name, body))))
    }

    fn typedef(&mut self, node: Node, items: &mut Items) -> Option<()> {
        let specifier = node.child_by_field_name("type")?;
        let inner = node.child_by_field_name("declarator")?;
        let shape = self.declarator(inner)?;
        if shape.params.is_some() || !shape.dims.is_empty() {
            return self.refuse(inner, "a typedef of a function or an array", "write the type where it is used");
        }
        let Some(name) = shape.name.clone() else {
            return self.refuse(inner, "a typedef of a built-in name", "delete it: the type is known");
        };
        let at = self.offset(node.start_byte());
        let with_body = specifier.child_by_field_name("body").is_some();
        let base = if with_body && matches!(specifier.kind(), "struct_specifier" | "enum_specifier") {
            let item = self.definition(specifier, Some(&name))??;
            let base = match &item {
                Item::Enum(definition) => TypeName::Enum(definition.name.text.clone()),
                Item::Struct(definition) => TypeName::Struct(definition.name.text.clone()),
                _ => return None,
            };
            items.push((at, item));
            base
        } else {
            self.base_type(specifier, Position::Elsewhere)?
        };
        items.push((at, Item::Typedef { name, ty: shape.of(&base) }));
        Some(())
    }

    /// Pools and prototypes.
    fn declaration(&mut self, node: Node, weak: Option<usize>, items: &mut Items) -> Option<()> {
        self.specifiers(node, &STORAGE)?;
        let base = self.base_type(node.child_by_field_name("type")?, Position::Elsewhere)?;
        let mut cursor = node.walk();
        let declarators: Vec<Node> = node.children_by_field_name("declarator", &mut cursor).collect();
        for declarator in declarators {
            if declarator.kind() == "init_declarator" {
                let help = "everything is zero, NULL or false at the start; set the rest in `void init(void)`";
                return self.refuse(declarator, "a global with an initial value", help);
            }
            let shape = self.declarator(declarator)?;
            let item = if let Some(params) = shape.params {
                Item::Function(self.signature(node, &shape, params, &base, weak, None)?)
            } else if weak.is_some() {
                return self.refuse(node, "`__weak` belongs to a function", "drop it; a part replaces functions only");
            } else {
                Item::Global(self.global(node, declarator, &shape, &base)?)
            };
            items.push((self.offset(node.start_byte()), item));
        }
        Some(())
    }

    fn global(&mut self, node: Node, declarator: Node, shape: &Declarator, base: &TypeName) -> Option<Global> {
        if shape.dims.len() > 1 {
            return self.refuse(
                declarator,
                "a pool of more than one dimension",
                "index it with one number, or nest the array in a structure",
            );
        }
        let len = match shape.dims.first() {
            Some(len) => Some(self.expr(*len)?),
            None => None,
        };
        let ty = self.valued(declarator, shape.of(base))?;
        let name = shape.name.clone()?;
        Some(Global { ty, name, len, is_extern: self.is_extern(node) })
    }

    fn is_extern(&self, node: Node) -> bool {
        named(node).iter().any(|child| child.kind() == "storage_class_specifier" && self.text(*child) == "extern")
    }

    fn function(&mut self, node: Node, weak: Option<usize>) -> Option<Function> {
        self.specifiers(node, &STORAGE)?;
        let base = self.base_type(node.child_by_field_name("type")?, Position::Elsewhere)?;
        let shape = self.declarator(node.child_by_field_name("declarator")?)?;
        let Some(params) = shape.params else {
            return self.refuse(
                node,
                "a block behind something that is no function",
                "write `type name(parameters) { ... }`",
            );
        };
        if let Some(old) = named(node).into_iter().find(|child| child.kind() == "declaration") {
            return self.refuse(old, "parameters declared behind the list", "declare them between the parentheses");
        }
        let body = self.block(node.child_by_field_name("body")?);
        let mut function = self.signature(node, &shape, params, &base, weak, Some(body))?;
        if let Some(unnamed) = function.params.iter_mut().find(|param| param.name.text.is_empty()) {
            let span = unnamed.name.span;
            let fault = super::Diagnostic::error(span, "a parameter needs a type and a name")
                .help("name both: `struct page *page`, `int va`");
            self.faults.push(fault);
            return None;
        }
        function.doc = self.doc(weak.unwrap_or(self.offset(node.start_byte())));
        Some(function)
    }

    fn signature(
        &mut self,
        node: Node,
        shape: &Declarator,
        params: Node,
        base: &TypeName,
        weak: Option<usize>,
        body: Option<Vec<Stmt>>,
    ) -> Option<Function> {
        let mut span = self.span(node);
        let start = weak.map(|at| self.place.span(at, at).start);
        span.start = start.map_or(span.start, |start| start.min(span.start));
        let params = self.params(params)?;
        let (name, ret) = (shape.name.clone()?, shape.of(base));
        Some(Function { name, ret, params, body, weak: weak.is_some(), span, doc: String::new() })
    }

    /// The comment that ends on the line before byte `at`, without its marks.
    fn doc(&self, at: usize) -> String {
        let above = self.text.get(self.prefix..self.prefix + at).unwrap_or("");
        let trimmed = above.trim_end();
        if above[trimmed.len()..].matches('\n').count() > 1 {
            return String::new();
        }
        if let Some(block) = trimmed.strip_suffix("*/") {
            let start = block.rfind("/*").unwrap_or(block.len());
            let line = block[..start].rfind('\n').map_or(0, |at| at + 1);
            if !block[line..start].trim().is_empty() {
                // It belongs to the code before it.
                return String::new();
            }
            return strip(block[start..].trim_start_matches('/').lines(), "*");
        }
        let mut lines: Vec<&str> =
            trimmed.lines().rev().take_while(|line| line.trim_start().starts_with("//")).collect();
        lines.reverse();
        strip(lines.into_iter(), "/")
    }
}

/// Joins a comment's lines without the mark that each begins with.
fn strip<'a>(lines: impl Iterator<Item = &'a str>, mark: &str) -> String {
    let lines: Vec<&str> = lines.map(|line| line.trim().trim_start_matches(mark).trim()).collect();
    lines.join("\n").trim().to_owned()
}
