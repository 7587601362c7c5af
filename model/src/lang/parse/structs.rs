//! Structures, their members and attributes; enumerations.

use tree_sitter::Node;

use super::super::ast::{EnumDef, Expr, Member, MemberAttrs, Name, StructDef};
use super::prepare::{Mark, MarkKind};
use super::types::Position;
use super::{Lowering, named};

impl Lowering<'_> {
    /// `struct NAME { ... }`, named `name`.
    pub(super) fn structure(&mut self, name: Name, body: Node) -> StructDef {
        let mut members = Vec::new();
        let mut from = self.offset(body.start_byte());
        for node in named(body) {
            let to = self.offset(node.end_byte());
            let marks = self.take_marks(from, to, |kind| *kind != MarkKind::Weak);
            from = to;
            if node.kind() == "field_declaration" {
                self.field(node, &marks, &mut members);
            } else {
                self.unknown::<()>(node);
            }
        }
        StructDef { name, members }
    }

    /// A byte of the wrapped text as one of the text itself.
    pub(super) fn offset(&self, at: usize) -> usize {
        at.saturating_sub(self.prefix)
    }

    /// Takes the attributes between two bytes.
    pub(super) fn take_marks(&mut self, from: usize, to: usize, wanted: impl Fn(&MarkKind) -> bool) -> Vec<Mark> {
        let mine = |mark: &Mark| (from..to).contains(&mark.start) && wanted(&mark.kind);
        let (taken, left) = std::mem::take(&mut self.marks).into_iter().partition(mine);
        self.marks = left;
        taken
    }

    /// The members that one declaration declares.
    fn field(&mut self, node: Node, marks: &[Mark], members: &mut Vec<Member>) -> Option<()> {
        self.specifiers(node, &[])?;
        let mut cursor = node.walk();
        let declarators: Vec<Node> = node.children_by_field_name("declarator", &mut cursor).collect();
        let bits = marks.iter().any(|mark| matches!(mark.kind, MarkKind::Bits(_)));
        if bits && declarators.len() > 1 {
            return self.refuse(node, "`__bits` in a declaration of several members", "declare one member per line");
        }
        let mut attrs = attributes(marks);
        attrs.constant = self.is_const(node);
        let specifier = node.child_by_field_name("type")?;
        if declarators.is_empty() {
            return self.embedded(node, specifier, attrs, members);
        }
        let base = self.base_type(specifier, Position::Member)?;
        for declarator in declarators {
            let shape = self.declarator(declarator)?;
            if shape.params.is_some() {
                let help =
                    "call the function by its name; what differs between proposals is a hook that a part defines";
                return self.refuse(declarator, "kernel C has no function pointers", help);
            }
            let ty = self.valued(declarator, shape.of(&base))?;
            let dims = self.exprs(&shape.dims)?;
            let bitfield = self.bitfield(declarator)?;
            let attrs = MemberAttrs { constant: attrs.constant || shape.constant, ..attrs.clone() };
            members.push(Member { ty, name: shape.name, dims, bitfield, attrs, span: self.span(node) });
        }
        Some(())
    }

    /// A member without a name: an embedded extension, `struct page_ext;`.
    fn embedded(&mut self, node: Node, specifier: Node, attrs: MemberAttrs, members: &mut Vec<Member>) -> Option<()> {
        let ty = self.base_type(specifier, Position::Member)?;
        if specifier.kind() != "struct_specifier" {
            return self.refuse(node, "a member without a name", "name it, or embed an extension: `struct page_ext;`");
        }
        let (dims, span) = (Vec::new(), self.span(node));
        members.push(Member { ty, name: None, dims, bitfield: None, attrs, span });
        Some(())
    }

    /// The width that follows a member's declarator; outer `None` is a fault.
    fn bitfield(&mut self, declarator: Node) -> Option<Option<Expr>> {
        let mut next = declarator.next_named_sibling();
        while let Some(comment) = next.filter(|node| node.kind() == "comment") {
            next = comment.next_named_sibling();
        }
        match next.filter(|node| node.kind() == "bitfield_clause") {
            Some(clause) => self.expr(*named(clause).first()?).map(Some),
            None => Some(None),
        }
    }

    /// `enum NAME { ... }`, named `name`.
    pub(super) fn enumeration(&mut self, name: Name, body: Node) -> EnumDef {
        let mut items = Vec::new();
        for node in named(body) {
            if node.kind() != "enumerator" {
                self.unknown::<()>(node);
                continue;
            }
            let Some(id) = node.child_by_field_name("name") else {
                continue;
            };
            let value = match node.child_by_field_name("value") {
                Some(value) => self.expr(value),
                None => None,
            };
            items.push((self.name(id), value));
        }
        EnumDef { name, items }
    }
}

fn attributes(marks: &[Mark]) -> MemberAttrs {
    let mut attrs = MemberAttrs::default();
    for mark in marks {
        match &mark.kind {
            MarkKind::Ghost => attrs.ghost = true,
            MarkKind::Wraps => attrs.wraps = true,
            MarkKind::Saturates => attrs.saturates = true,
            MarkKind::Refcount => attrs.refcount = true,
            MarkKind::Stale => attrs.stale = true,
            MarkKind::Bits(bits) => attrs.bits = bits.clone(),
            MarkKind::Weak => {}
        }
    }
    attrs
}
