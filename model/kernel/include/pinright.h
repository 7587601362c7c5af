/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel C compiler knows by itself, spelled so that gcc, clangd and editors accept it too.
 * The compiler of this project never reads this file: docs/kernel-c.md is the definition.
 */
#ifndef _PINRIGHT_H
#define _PINRIGHT_H

typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

/* the init functions may write const members */
#define const
#define __weak __attribute__((weak))
#define __ghost
#define __wraps
#define __saturates
#define __refcount
#define __stale
#define __bits(n)

#define __atomic if (1)
#define await(c) ((void)(c))
#define await_fair(c) ((void)(c))
#define wait_event(c) ((void)(c))
#define check(claim, c) ((void)(claim), (void)(c))
#define witness(claim, c) ((void)(claim), (void)(c))
#define BUG() __builtin_trap()
#define BUG_ON(c) do { if (c) __builtin_trap(); } while (0)
#define WARN_ON(c) (c)
#define WARN_ON_ONCE(c) (c)
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, v) ((x) = (v))
#define likely(x) (x)
#define unlikely(x) (x)

#define might_sleep() ((void)0)
#define preempt_disable() ((void)0)
#define preempt_enable() ((void)0)
#define local_bh_disable() ((void)0)
#define local_bh_enable() ((void)0)
#define local_irq_disable() ((void)0)
#define local_irq_enable() ((void)0)
#define local_irq_save(flags) ((flags) = 0)
#define local_irq_restore(flags) ((void)(flags))
#define smp_mb() ((void)0)
#define smp_rmb() ((void)0)
#define smp_wmb() ((void)0)
#define smp_mb__before_atomic() ((void)0)
#define smp_mb__after_atomic() ((void)0)
#define barrier() ((void)0)
#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
/* with or without the flags: locking.h defines what these expand to */
#define spin_lock_irqsave(lock, ...) __spin_lock_irqsave(lock)
#define spin_unlock_irqrestore(lock, ...) __spin_unlock_irqrestore(lock)
#define lock_acquire(c) ((void)(c))
#define lock_acquired(c) ((void)(c))
#define lock_release(c) ((void)(c))

int __nondet(int n);
int __idx(void *object);
void __park(void);
bool __in_interrupt(void);
#define nondet(n) __nondet(n)
#define nondet_fair() __nondet(2)
#define unfair() ((void)0)
#define idx(p) __idx(p)
#define park() __park()
#define in_interrupt() __in_interrupt()
#define pool_get(pool) (__nondet(2) ? &(pool)[0] : NULL)
#define pool_put(p) ((void)(p))

struct mm_struct;
struct task_struct {
	struct mm_struct *mm;
};
extern struct task_struct *current;

struct work_struct;
#define DECLARE_WORK(w, fn) struct work_struct w; void (*__work_##w)(struct work_struct *) = fn

/* PageName(), SetPageName(), ClearPageName(), TestSetPageName(), TestClearPageName(): one step each */
#define PAGEFLAG(Name, field) \
static inline __attribute__((unused)) bool Page##Name(struct page *page) { return page->field; } \
static inline __attribute__((unused)) void SetPage##Name(struct page *page) { page->field = true; } \
static inline __attribute__((unused)) void ClearPage##Name(struct page *page) { page->field = false; } \
static inline __attribute__((unused)) bool TestSetPage##Name(struct page *page) \
{ bool old; __atomic { old = page->field; page->field = true; } return old; } \
static inline __attribute__((unused)) bool TestClearPage##Name(struct page *page) \
{ bool old; __atomic { old = page->field; page->field = false; } return old; }

#define NEEDS_NOTHING 0
#define NEEDS_PIN 1
#define NEEDS_STABLE 2
#define NEEDS_COW 4
#define NEEDS_TRUNCATE 8
#define NEEDS_FSYNC 16
#define CLAIM(id, sentence, consequence, source, needs) \
struct __claim_##id { int unused; }; enum { __claim_needs_##id = (needs) + 0 * sizeof(sentence consequence source) }
#define CLAIM_HOOK(id, hook) struct __claim_hook_##id##_##hook { int unused; }
#define CLAIM_PREMISE(id, sentence) enum { __claim_premise_##id = 0 * sizeof(sentence) }

#endif
