//! What the models tell people: actions and steps, as stateright's Explorer shows them.

use pinright_model::actors::KernelModel;
use pinright_model::compile::{Compiled, compile};
use pinright_model::corpus::Corpus;
use pinright_model::fused::FusedModel;
use pinright_model::proposal::Composition;
use stateright::Model;

fn pin_with_counts() -> Compiled {
    let corpus = Corpus::load().expect("what is built in parses");
    let composition = Composition::of_parts(&corpus, "T3").expect("a part");
    let population = corpus.scenario("pin").expect("a scenario").populations().remove(0);
    compile(&corpus, &composition, &population).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

#[test]
fn a_step_of_the_fused_model_names_its_function_and_line_and_what_changes() {
    let Compiled { program, sources, .. } = pin_with_counts();
    let model = FusedModel::new(program, sources).expect("init runs through");
    let initial = model.init_states().remove(0);
    let (step, _) = model.next_steps(&initial).into_iter().next().expect("a step");
    let action = model.format_action(&step);
    assert!(action.contains("(), model/kernel/"), "{action}");
    let changes = model.format_step(&initial, step).expect("a step that is enabled");
    assert!(changes.contains(" -> ") || changes.contains("next "), "{changes}");
}

#[test]
fn a_delivery_names_the_object_that_performs_it() {
    let Compiled { program, sources, .. } = pin_with_counts();
    let model = KernelModel::new(program, sources).expect("an actor model");
    let initial = model.init_states().remove(0);
    let (delivery, _) = model.next_steps(&initial).into_iter().next().expect("a delivery");
    let action = model.format_action(&delivery);
    let object = &model.objects()[usize::from(delivery.dst)].name;
    assert!(action.ends_with(&format!(", at {object}")), "{action}");
}
