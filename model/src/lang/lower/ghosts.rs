//! What protocol code may know of the specification: nothing. Ghosts are read without a step, so a protocol that looked
//! at one would decide at no cost and with perfect knowledge, and its races would be gone.

use super::super::ast::{Name, Span};
use super::super::diag::Diagnostic;
use super::super::resolve::Field;
use super::emit::{Location, Lowerer};

impl Lowerer<'_> {
    /// Whether the code being lowered stands in a function of the proposal, and is no check, witness or claim.
    fn protocol(&self) -> bool {
        let provided = || self.frames.last().is_some_and(|frame| self.unit.provided.contains(&frame.function));
        !self.around.judging && self.specifying == 0 && provided()
    }

    /// Refuses a ghost of the base: a protocol neither reads nor writes it.
    pub(super) fn refuse_foreign_ghost(&self, field: &Field, name: &Name) -> Result<(), Diagnostic> {
        if !field.ghost || !self.protocol() || self.unit.own_structs.contains(&field.owner) {
            return Ok(());
        }
        Err(self
            .error(name.span, format!("`{}` is a ghost: protocol code does not see the specification", name.text))
            .help("keep what the protocol knows in a member of its own; check() and claims may read ghosts"))
    }

    /// Refuses that a protocol reads a ghost of its own, unless for what it writes to a ghost.
    pub(super) fn refuse_ghost_read(&self, location: &Location, span: Span) -> Result<(), Diagnostic> {
        if !location.ghost || self.writing_ghost || !self.protocol() {
            return Ok(());
        }
        Err(self
            .error(span, "protocol code reads a ghost")
            .help("drop the `__ghost` if the protocol needs it: each access is a step then"))
    }

    /// Refuses the functions of mm/spec.c.
    pub(super) fn refuse_spec_call(&self, name: &Name) -> Result<(), Diagnostic> {
        if !name.text.starts_with("spec_") || !self.protocol() {
            return Ok(());
        }
        Err(self
            .error(name.span, format!("`{}` belongs to the specification", name.text))
            .help("only check(), witness() and claims may call it; the protocol has to count for itself"))
    }
}
