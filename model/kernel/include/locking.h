/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/* Spinlocks, semaphores and sequence counters. Who waits, and what S14 is told of it, stands here. */
#include <types.h>

/* -- spinlocks: include/linux/spinlock.h -- */

static inline void spin_lock(spinlock_t *lock)
{
	preempt_disable();
	__atomic {
		await(!lock->locked);
		lock->locked = true;
		lock_acquire(lock);
	}
}

static inline bool spin_trylock(spinlock_t *lock)
{
	bool taken;

	preempt_disable();
	__atomic {
		taken = !lock->locked;
		if (taken) {
			lock->locked = true;
			lock_acquired(lock);
		}
	}
	if (!taken)
		preempt_enable();
	return taken;
}

/* kernel/locking/spinlock_debug.c debug_spin_unlock(): "already unlocked" */
static inline void spin_unlock(spinlock_t *lock)
{
	__atomic {
		check("S14", lock->locked);
		lock->locked = false;
		lock_release(lock);
	}
	preempt_enable();
}

static inline void spin_lock_bh(spinlock_t *lock)
{
	local_bh_disable();
	spin_lock(lock);
}

static inline void spin_unlock_bh(spinlock_t *lock)
{
	spin_unlock(lock);
	local_bh_enable();
}

static inline void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irq(spinlock_t *lock)
{
	spin_unlock(lock);
	local_irq_enable();
}

/* spin_lock_irqsave() and spin_unlock_irqrestore(); the nesting counter makes the flags superfluous: they may be left out */
static inline void spin_lock_irqsave(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irqrestore(spinlock_t *lock)
{
	spin_unlock(lock);
	local_irq_enable();
}

/* -- kernel/locking/rwsem.c: a reader waits behind a queued writer -- */

static inline void down_read(struct rw_semaphore *sem)
{
	might_sleep();
	__atomic {
		await(!sem->writer && sem->queued == 0);
		sem->readers++;
		lock_acquire(sem);
	}
}

/* kernel/locking/rwsem.c up_read(): DEBUG_RWSEMS_WARN_ON() */
static inline void up_read(struct rw_semaphore *sem)
{
	__atomic {
		check("S14", sem->readers > 0);
		sem->readers--;
		lock_release(sem);
	}
}

static inline void down_write(struct rw_semaphore *sem)
{
	might_sleep();
	__atomic { sem->queued++; }
	__atomic {
		await(!sem->writer && sem->readers == 0);
		sem->writer = true;
		sem->queued--;
		lock_acquire(sem);
	}
}

/* kernel/locking/rwsem.c up_write(): DEBUG_RWSEMS_WARN_ON() */
static inline void up_write(struct rw_semaphore *sem)
{
	__atomic {
		check("S14", sem->writer);
		sem->writer = false;
		lock_release(sem);
	}
}

/* the writer goes on as a reader; nobody else can write in between */
static inline void downgrade_write(struct rw_semaphore *sem)
{
	__atomic {
		check("S14", sem->writer);
		sem->writer = false;
		sem->readers++;
	}
}

static inline bool down_read_trylock(struct rw_semaphore *sem)
{
	bool taken;

	__atomic {
		taken = !sem->writer && sem->queued == 0;
		if (taken) {
			sem->readers++;
			lock_acquired(sem);
		}
	}
	return taken;
}

static inline bool down_write_trylock(struct rw_semaphore *sem)
{
	bool taken;

	__atomic {
		taken = !sem->writer && sem->queued == 0 && sem->readers == 0;
		if (taken) {
			sem->writer = true;
			lock_acquired(sem);
		}
	}
	return taken;
}

/*
 * A hold that another context may give back: lockdep is told nothing. S14's lock order does not see it; waiting for it
 * is found as a hang. mainline has no trylock of this kind.
 */

static inline void down_read_non_owner(struct rw_semaphore *sem)
{
	might_sleep();
	__atomic {
		await_fair(!sem->writer && sem->queued == 0);
		sem->readers++;
	}
}

static inline bool down_read_trylock_non_owner(struct rw_semaphore *sem)
{
	bool taken;

	__atomic {
		taken = !sem->writer && sem->queued == 0;
		if (taken)
			sem->readers++;
	}
	return taken;
}

static inline void up_read_non_owner(struct rw_semaphore *sem)
{
	__atomic {
		check("S14", sem->readers > 0);
		sem->readers--;
	}
}

static inline bool rwsem_is_locked(struct rw_semaphore *sem)
{
	bool locked;

	__atomic { locked = sem->writer || sem->readers > 0; }
	return locked;
}

/* -- include/linux/seqlock.h: writers exclude each other by other means -- */

static inline unsigned int read_seqcount_begin(seqcount_t *s)
{
	unsigned int seq;

	/* cpu_relax() until it is even */
	__atomic {
		await((s->sequence & 1) == 0);
		seq = s->sequence;
	}
	smp_rmb();
	return seq;
}

/* does not wait: in the middle of a write section, the retry fails */
static inline unsigned int raw_seqcount_begin(seqcount_t *s)
{
	unsigned int seq = READ_ONCE(s->sequence);

	smp_rmb();
	return seq & ~1;
}

static inline bool read_seqcount_retry(seqcount_t *s, unsigned int start)
{
	smp_rmb();
	return READ_ONCE(s->sequence) != start;
}

static inline void write_seqcount_begin(seqcount_t *s)
{
	s->sequence++;
	smp_wmb();
}

static inline void write_seqcount_end(seqcount_t *s)
{
	smp_wmb();
	s->sequence++;
}

/*
 * down_read() of mmap_sem and i_mmap_sem in faults. Where nobody ever takes one of them for write (SEM_WRITERS 0)
 * readers never wait, and are not counted.
 */

static inline void down_read_fault(struct rw_semaphore *sem)
{
	might_sleep();
	if (SEM_WRITERS)
		down_read(sem);
}

static inline void up_read_fault(struct rw_semaphore *sem)
{
	if (SEM_WRITERS)
		up_read(sem);
}
