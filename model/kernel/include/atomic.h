/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/* -- atomic counters: include/linux/atomic.h. One step each -- */
#include <types.h>

static inline int atomic_read(atomic_t *v)
{
	return v->counter;
}

static inline void atomic_set(atomic_t *v, int i)
{
	v->counter = i;
}

static inline void atomic_add(int i, atomic_t *v)
{
	__atomic { v->counter += i; }
}

static inline void atomic_sub(int i, atomic_t *v)
{
	__atomic { v->counter -= i; }
}

static inline void atomic_inc(atomic_t *v)
{
	__atomic { v->counter++; }
}

static inline void atomic_dec(atomic_t *v)
{
	__atomic { v->counter--; }
}

static inline int atomic_add_return(int i, atomic_t *v)
{
	int new;

	__atomic {
		v->counter += i;
		new = v->counter;
	}
	return new;
}

static inline int atomic_sub_return(int i, atomic_t *v)
{
	int new;

	__atomic {
		v->counter -= i;
		new = v->counter;
	}
	return new;
}

static inline bool atomic_sub_and_test(int i, atomic_t *v)
{
	bool zero;

	__atomic {
		v->counter -= i;
		zero = v->counter == 0;
	}
	return zero;
}

static inline bool atomic_dec_and_test(atomic_t *v)
{
	bool zero;

	__atomic {
		v->counter--;
		zero = v->counter == 0;
	}
	return zero;
}

static inline bool atomic_add_unless(atomic_t *v, int a, int u)
{
	bool added;

	__atomic {
		added = v->counter != u;
		if (added)
			v->counter += a;
	}
	return added;
}

static inline bool atomic_inc_not_zero(atomic_t *v)
{
	return atomic_add_unless(v, 1, 0);
}

static inline int atomic_cmpxchg(atomic_t *v, int old, int new)
{
	int was;

	__atomic {
		was = v->counter;
		if (was == old)
			v->counter = new;
	}
	return was;
}
