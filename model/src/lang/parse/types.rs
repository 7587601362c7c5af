//! Types and declarators.

use tree_sitter::Node;

use super::super::ast::{Name, Param, TypeName};
use super::{Lowering, named};

const FUNCTION_POINTER: &str = "kernel C has no function pointers";
const FUNCTION_POINTER_HELP: &str = "call the function by its name; what differs between proposals is a hook or a `__weak` function that a part defines";

/// Where a type stands: an unsigned member needs a width, an unsigned local is a small integer like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    Member,
    Elsewhere,
}

/// A declarator taken apart.
pub(super) struct Declarator<'t> {
    /// `None` in a prototype that leaves the name out.
    pub(super) name: Option<Name>,
    pub(super) pointers: usize,
    /// Array bounds, outermost first.
    pub(super) dims: Vec<Node<'t>>,
    /// The parameter list of a function.
    pub(super) params: Option<Node<'t>>,
    /// A qualifier behind the star.
    pub(super) constant: bool,
}

impl Declarator<'_> {
    /// The declared type, array bounds aside.
    pub(super) fn of(&self, base: &TypeName) -> TypeName {
        (0..self.pointers).fold(base.clone(), |ty, _| TypeName::Pointer(Box::new(ty)))
    }
}

impl Lowering<'_> {
    /// A type specifier.
    pub(super) fn base_type(&mut self, node: Node, position: Position) -> Option<TypeName> {
        match node.kind() {
            "primitive_type" => self.primitive(node, position),
            "sized_type_specifier" => self.sized(node, position),
            "type_identifier" => Some(named_type(self.text(node), position)),
            "struct_specifier" | "enum_specifier" => self.tagged(node),
            // Refused at its keyword, or as a syntax error.
            "union_specifier" | "macro_type_specifier" => None,
            _ => self.unknown(node),
        }
    }

    fn primitive(&mut self, node: Node, position: Position) -> Option<TypeName> {
        match self.text(node) {
            "void" => Some(TypeName::Void),
            "bool" => Some(TypeName::Bool),
            "int" | "ssize_t" | "ptrdiff_t" | "int8_t" | "int16_t" | "int32_t" | "int64_t" => Some(TypeName::Int),
            "size_t" | "uint8_t" | "uint16_t" | "uint32_t" | "uint64_t" => Some(unsigned(position)),
            other => {
                let message = format!("kernel C has no type `{other}`");
                self.refuse(node, message, "write `bool`, `int`, an enum, or a pointer to an object")
            }
        }
    }

    fn sized(&mut self, node: Node, position: Position) -> Option<TypeName> {
        if let Some(inner) = node.child_by_field_name("type").filter(|inner| self.text(*inner) != "int") {
            let message = format!("`{}` is no integer type", self.text(node));
            return self.refuse(inner, message, "write `unsigned` or `int`");
        }
        let is_unsigned = self.text(node).split_whitespace().any(|word| word == "unsigned");
        Some(if is_unsigned { unsigned(position) } else { TypeName::Int })
    }

    fn tagged(&mut self, node: Node) -> Option<TypeName> {
        let keyword = if node.kind() == "enum_specifier" { "enum" } else { "struct" };
        let Some(name) = node.child_by_field_name("name") else {
            let help = format!("name it and define it at file scope: `{keyword} name {{ ... }};`");
            return self.refuse(node, format!("a nested {keyword} without a name"), &help);
        };
        if node.child_by_field_name("body").is_some() {
            let message = format!("{keyword} {} is defined inside a declaration", self.text(name));
            let help = format!("define it alone, at file scope: `{keyword} {} {{ ... }};`", self.text(name));
            return self.refuse(name, message, &help);
        }
        let tag = self.text(name).to_owned();
        Some(if keyword == "enum" { TypeName::Enum(tag) } else { TypeName::Struct(tag) })
    }

    /// Takes a declarator apart.
    pub(super) fn declarator<'t>(&mut self, node: Node<'t>) -> Option<Declarator<'t>> {
        let mut out = Declarator { name: None, pointers: 0, dims: Vec::new(), params: None, constant: false };
        let mut at = Some(node);
        let mut levels = 0;
        while let Some(node) = at {
            levels += 1;
            if levels > super::MAX_DEPTH {
                return self.refuse(node, "nested deeper than 200", "declare something simpler");
            }
            at = self.declarator_level(node, &mut out)?;
        }
        // The walk met the bound next to the name last.
        out.dims.reverse();
        Some(out)
    }

    /// One level of a declarator; the next one inwards, if any.
    fn declarator_level<'t>(&mut self, node: Node<'t>, out: &mut Declarator<'t>) -> Option<Option<Node<'t>>> {
        let inner = node.child_by_field_name("declarator");
        match node.kind() {
            "identifier" | "field_identifier" | "type_identifier" => {
                out.name = Some(self.name(node));
                return Some(None);
            }
            "pointer_declarator" | "abstract_pointer_declarator" => {
                if out.params.is_some() {
                    return self.refuse(node, FUNCTION_POINTER, FUNCTION_POINTER_HELP);
                }
                out.pointers += 1;
                out.constant |= named(node).iter().any(|child| self.text(*child) == "const");
            }
            "array_declarator" | "abstract_array_declarator" => {
                let Some(size) = node.child_by_field_name("size").filter(|size| size.kind() != "*") else {
                    return self.refuse(node, "an array without a bound", "write the number of elements: `[NR_PAGES]`");
                };
                out.dims.push(size);
            }
            "function_declarator" | "abstract_function_declarator" => {
                let params = node.child_by_field_name("parameters")?;
                if let Some(stray) = named(node).into_iter().find(|child| Some(*child) != inner && *child != params) {
                    return self.refuse(stray, format!("unexpected `{}`", self.text(stray)), "delete it");
                }
                out.params = Some(params);
            }
            _ => return self.strange_declarator(node, out),
        }
        Some(inner)
    }

    fn strange_declarator<T>(&mut self, node: Node, out: &Declarator) -> Option<T> {
        if !node.kind().ends_with("parenthesized_declarator") {
            return self.unknown(node);
        }
        if out.params.is_some() {
            return self.refuse(node, FUNCTION_POINTER, FUNCTION_POINTER_HELP);
        }
        self.refuse(
            node,
            "parentheses in a declaration",
            "write the declaration without them, or a call with `;` before it",
        )
    }

    /// The parameters of a function; `(void)` and `()` are none.
    pub(super) fn params(&mut self, list: Node) -> Option<Vec<Param>> {
        let nodes = named(list);
        if let [only] = nodes.as_slice()
            && self.text(*only).trim() == "void"
        {
            return Some(Vec::new());
        }
        let params: Vec<_> = nodes.into_iter().map(|node| self.param(node)).collect();
        params.into_iter().collect()
    }

    fn param(&mut self, node: Node) -> Option<Param> {
        if node.kind() != "parameter_declaration" {
            return self.unknown(node);
        }
        self.specifiers(node, &[])?;
        let base = self.base_type(node.child_by_field_name("type")?, Position::Elsewhere)?;
        let empty = Name { text: String::new(), span: self.span(node) };
        let Some(inner) = node.child_by_field_name("declarator") else {
            return self.valued(node, base).map(|ty| Param { ty, name: empty });
        };
        let declarator = self.declarator(inner)?;
        if declarator.params.is_some() {
            return self.refuse(inner, FUNCTION_POINTER, FUNCTION_POINTER_HELP);
        }
        if !declarator.dims.is_empty() {
            let help = "pass a pointer to the object, or the object that holds the array";
            return self.refuse(inner, "an array as a parameter", help);
        }
        let ty = self.valued(node, declarator.of(&base))?;
        Some(Param { ty, name: declarator.name.unwrap_or(empty) })
    }

    /// A type that a variable may have.
    pub(super) fn valued(&mut self, node: Node, ty: TypeName) -> Option<TypeName> {
        if ty == TypeName::Void {
            return self.refuse(node, "a variable of type void", "give it a type");
        }
        Some(ty)
    }

    /// Checks what stands beside the type in a declaration; `storage` may, `const` may always.
    pub(super) fn specifiers(&mut self, node: Node, storage: &[&str]) -> Option<()> {
        for child in named(node) {
            let text = self.text(child);
            match child.kind() {
                "storage_class_specifier" if !storage.contains(&text) => {
                    return self.refuse(child, format!("`{text}` has no meaning here"), storage_help(text));
                }
                "type_qualifier" if text != "const" => return self.unknown(child),
                "attribute_specifier"
                | "attribute_declaration"
                | "ms_declspec_modifier"
                | "ms_call_modifier"
                | "gnu_asm_expression" => return self.unknown(child),
                _ => {}
            }
        }
        Some(())
    }

    /// Whether a declaration says `const`.
    pub(super) fn is_const(&self, node: Node) -> bool {
        named(node).iter().any(|child| child.kind() == "type_qualifier" && self.text(*child) == "const")
    }
}

fn storage_help(word: &str) -> &'static str {
    match word {
        "static" => {
            "a value that outlives a call is a member of an object: declare a structure and a pool at file scope"
        }
        _ => "drop it",
    }
}

fn unsigned(position: Position) -> TypeName {
    match position {
        Position::Member => TypeName::Unsigned,
        Position::Elsewhere => TypeName::Int,
    }
}

/// A type by a single name: the kernel's integers are ours, anything else is a typedef.
fn named_type(name: &str, position: Position) -> TypeName {
    match name {
        "_Bool" => TypeName::Bool,
        "u8" | "u16" | "u32" | "u64" | "__u8" | "__u16" | "__u32" | "__u64" | "uint" | "ulong" => unsigned(position),
        "s8" | "s16" | "s32" | "s64" | "__s8" | "__s16" | "__s32" | "__s64" | "loff_t" => TypeName::Int,
        _ => TypeName::Typedef(name.to_owned()),
    }
}
