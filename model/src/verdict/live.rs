//! What the search for fair lassos says about a claim.

use super::{Judgement, Needs, Violation, cut_name};
use crate::search::liveness::{Fairness, Liveness, Missing, Round, Wanted};
use crate::trace;

impl Judgement<'_> {
    /// Whether some state asked for what a pair of claim functions is about.
    pub(super) fn asked(&self, claim: u16) -> bool {
        let asked = self.live.answers.iter().zip(&self.live.asked).filter(|(_, asked)| **asked);
        asked.into_iter().any(|((wanted, _), _)| wanted.claim() == claim && matches!(wanted, Wanted::LeadsTo { .. }))
    }

    /// The fairness that a claim needs: the most that one of its questions does, the shortest run without it.
    pub(super) fn needs(&self, claim: u16) -> Option<Needs> {
        let answers = self.live.answers.iter().filter(|(wanted, _)| wanted.claim() == claim);
        let needs = answers.filter_map(|(wanted, answer)| match answer {
            Liveness::Holds { needs, without } => Some((*needs, without.as_ref().map(|round| (wanted, round)))),
            Liveness::Violated(_) => None,
        });
        let length = |round: &Round| std::cmp::Reverse(round.path.steps.len());
        let (fairness, without) =
            needs.max_by_key(|(needs, without)| (*needs, without.map(|(_, round)| length(round))))?;
        let weaker = match fairness {
            Fairness::StrongAwaits => Fairness::Weak,
            Fairness::Weak | Fairness::None => Fairness::None,
        };
        let without = without.map(|(wanted, round)| self.lasso(wanted, round, weaker));
        Some(Needs { fairness, without })
    }

    /// The shortest fair run that never comes to what a claim says it leads to.
    pub(super) fn never(&self, claim: u16) -> Option<Violation> {
        let rounds = self.live.answers.iter().filter_map(|(wanted, answer)| match answer {
            Liveness::Violated(round) if wanted.claim() == claim => Some((wanted, round)),
            _ => None,
        });
        let (wanted, round) = rounds.min_by_key(|(_, round)| round.path.steps.len())?;
        Some(self.lasso(wanted, round, Fairness::StrongAwaits))
    }

    fn lasso(&self, wanted: &Wanted, round: &Round, fairness: Fairness) -> Violation {
        let kind = trace::lasso_kind(self.system, wanted, round, fairness);
        self.make(wanted.claim(), &round.path, kind)
    }

    pub(super) fn why_no_lassos(&self, missing: &Missing) -> String {
        let why = match missing {
            Missing::Memory(bytes) => format!("memory limit {:.1} GiB", *bytes as f64 / f64::from(1 << 30)),
            Missing::Time => "time limit".into(),
            Missing::Interrupted => "interrupted".into(),
            Missing::Cut(cut) => cut_name(self.system.program(), cut),
            Missing::TooMany => "more than 64 contexts or questions".into(),
        };
        format!("{why} while looking for runs that go round for ever")
    }
}
