//! Statements that jump.

use std::collections::BTreeSet;

use pinright_model::reference::Outcome;

use super::Program;
use super::source::task;

#[test]
fn loops_switches_and_gotos_do_what_c_does() {
    let source = "
static int loops(void)
{
	int sum = 0;
	int i;

	for (i = 0; i < 10; i++) {
		if (i == 2)
			continue;
		if (i == 5)
			break;
		sum += i;
	}
	do {
		sum -= 3;
	} while (sum > 3);
	while (sum < 4)
		sum++;
	return sum;
}

static int switches(int n)
{
	int result = 0;

	switch (n) {
	case 0:
		result = 1;
		break;
	case 1:
		result = 2;
	case 2:
	case 3:
		result += 3;
		break;
	default:
		result = 7;
	}
	return result;
}

static int gotos(void)
{
	int tries = 0;

again:
	tries++;
	for (;;) {
		int inner = tries * 2;

		if (inner < 4)
			goto again;
		if (inner < 6) {
			int more = 1;

			tries += more;
			goto again;
		}
		goto out;
	}
	tries = 0;
out:
	return tries;
}

static void all(void)
{
	x[0].n = loops();
	x[1].n = switches(1);
	x[0].n = switches(3) + switches(0) - 1;
	x[1].n = switches(9);
	x[0].n = gotos();
}";
    let program = Program::new(source, &[task("all();")]);
    let interpreter = program.interpreter();
    let values = program.path().into_iter().map(|next| match next.outcome {
        Outcome::State(state) => {
            (interpreter.cell(&state, "x", 0, "n").unwrap_or(-9), interpreter.cell(&state, "x", 1, "n").unwrap_or(-9))
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(values.collect::<Vec<_>>(), [(4, 0), (4, 5), (3, 5), (3, 7), (4, 7)]);
}

#[test]
fn goto_leaves_an_atomic_block() {
    let source = "
static void f(void)
{
	__atomic {
		x[0].a = 1;
		if (x[0].a)
			goto out;
		x[0].b = 1;
	}
	x[0].c = 1;
out:
	x[0].d = 1;
}";
    let program = Program::new(source, &[task("f();")]);
    assert_eq!(program.path().len(), 2);
    assert_eq!(program.finals("b"), BTreeSet::from([0]));
}

#[test]
fn a_return_in_an_atomic_block_ends_its_step() {
    let source = "
static bool test_and_set(struct object *p)
{
	__atomic {
		if (p->a)
			return true;
		p->a = true;
	}
	return false;
}";
    let program = Program::new(source, &[task("x[0].b = test_and_set(&x[0]); x[0].c = test_and_set(&x[0]);")]);
    assert_eq!(program.path().len(), 4);
    assert_eq!((program.finals("b"), program.finals("c")), (BTreeSet::from([0]), BTreeSet::from([1])));
}
