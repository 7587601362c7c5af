//! Softirqs: bound to a CPU, where they run to completion, and unbound.

use pinright_model::lang::lower::MmSpec;

use super::small::{check, task};
use super::source::{self, Runs};

fn softirq(name: &'static str, run: &'static str) -> Runs {
    source::softirq(run).named(name).forever()
}

const CPU: &str = r#"
struct mm_struct { unsigned n : 3; };
struct mm_struct mms[2];
struct page { spinlock_t lock; unsigned n : 3; bool pending; };
struct page pages[1];
static void spin_lock(spinlock_t *lock)
{
	preempt_disable();
	__atomic { await(!lock->locked); lock->locked = true; lock_acquire(lock); }
}
static void spin_unlock(spinlock_t *lock)
{
	__atomic { lock->locked = false; lock_release(lock); }
	preempt_enable();
}
static void work(bool masked)
{
	if (masked)
		local_irq_disable();
	spin_lock(&pages[0].lock);
	pages[0].n = 1;
	pages[0].n = 0;
	spin_unlock(&pages[0].lock);
	if (masked)
		local_irq_enable();
	pages[0].pending = true;
}
static void interrupt(void)
{
	struct mm_struct *mm;

	__atomic { await(pages[0].pending); pages[0].pending = false; }
	mm = current->mm;
	if (mm) {
		if (mm->n < 7)
			mm->n++;
		check("S1", current->mm == mm);
	}
	spin_lock(&pages[0].lock);
	check("S2", pages[0].n == 0);
	spin_unlock(&pages[0].lock);
}
"#;

#[test]
fn a_softirq_on_its_cpu() {
    for masked in [0, 1] {
        let run = if masked == 1 { "work(true);" } else { "work(false);" };
        let task = task("a", run).on(0).mm(MmSpec::Index(1)).forever();
        let softirqs = ["soft", "other"].map(|name| softirq(name, "interrupt();").on(0));
        let [soft, other] = softirqs;
        check("softirq", CPU, &[task, soft, other]);
    }
}

#[test]
fn an_unbound_softirq_sees_any_mm() {
    let soft = softirq("soft", "interrupt();");
    check("unbound", CPU, &[task("a", "work(true);").forever(), soft]);
}
