//! Several roads to the same states: the packed search, the fused stateright model and the actor model, held
//! together for every reading of every built-in proposal in the small populations, and on tiny programs.
//!
//! All of them count sticky states. Two differences are expected, and the tests say how large they must be:
//!
//! * The packed search follows no path behind a crash, so the models have one more state for each way to crash.
//! * A message remembers who sent it, and a context can come to the same place from two objects, so the actor model
//!   may have a state several times. It then differs in senders and in nothing else.

mod proposals;
mod roads;
mod survey;
mod tiny;
mod words;
