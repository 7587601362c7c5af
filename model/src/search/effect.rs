//! What a step makes of its component and of memory, in few bytes: a search looks at it again and again.

/// Contexts that a step can be by: masks of contexts are words.
pub(super) const MOST_CONTEXTS: u32 = 1 << CONTEXT_BITS;
/// Choices that a step can have.
pub(super) const MOST_CHOICES: u32 = u32::MAX >> CONTEXT_BITS;

const CONTEXT_BITS: u32 = 6;
const BUSY: u32 = 1 << 31;

/// Where a step leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lead {
    /// Memory afterwards.
    pub memory: u32,
    /// The component afterwards, and in the top bit whether some context of it is in the middle of something.
    component: u32,
}

/// Who steps, and with which choice.
#[derive(Clone, Copy, Debug)]
pub(in crate::search) struct By(u32);

/// A step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effect {
    pub lead: Lead,
    pub by: By,
}

impl Lead {
    /// To these values; a component has fewer than 2 to the power of 31.
    pub fn to(memory: u32, component: u32, busy: bool) -> Self {
        Lead { memory, component: component | if busy { BUSY } else { 0 } }
    }

    /// No state: a crash, or a path that is not followed.
    pub fn nowhere() -> Self {
        Lead { memory: u32::MAX, component: u32::MAX }
    }

    /// The component afterwards.
    pub fn component(self) -> u32 {
        self.component & !BUSY
    }

    /// Whether some context of the component is in the middle of something afterwards.
    pub fn busy(self) -> bool {
        self.component & BUSY != 0
    }
}

impl By {
    /// A step of a context; `None` if there are too many contexts or choices.
    pub fn of(context: usize, choice: u32) -> Option<Self> {
        let fits = (context as u64) < u64::from(MOST_CONTEXTS) && choice <= MOST_CHOICES;
        fits.then_some(By(choice << CONTEXT_BITS | context as u32))
    }

    /// Who steps.
    pub fn context(self) -> u16 {
        (self.0 % MOST_CONTEXTS) as u16
    }

    /// The choice that the step makes.
    pub fn choice(self) -> u32 {
        self.0 >> CONTEXT_BITS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_keeps_its_context_and_choice() {
        for (context, choice) in [(0, 0), (63, MOST_CHOICES), (5, 77)] {
            let by = By::of(context, choice).expect("it fits");
            assert_eq!((usize::from(by.context()), by.choice()), (context, choice));
        }
        assert!(By::of(64, 0).is_none() && By::of(0, MOST_CHOICES + 1).is_none());
    }
}
