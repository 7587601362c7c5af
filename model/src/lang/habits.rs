//! What kernel developers write from habit and kernel C has not, and what to write instead.
//!
//! Owns the tables of names; the parser and the compiler look into them before they say "unknown".

/// What to write instead of a function or macro of the kernel.
pub fn of_function(name: &str) -> Option<String> {
    if let Some(flag) = flag(name) {
        return Some(format!(
            "add the flag: `struct page_ext {{ bool {}; }};` before `#include <kernel.h>`, and `PAGEFLAG({flag}, {})` behind it",
            snake(flag),
            snake(flag)
        ));
    }
    let exact = FUNCTIONS.iter().find(|(names, _)| names.contains(&name));
    let family = || FAMILIES.iter().find(|(prefixes, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)));
    exact.or_else(family).map(|(_, help)| (*help).to_owned())
}

/// What to write instead of a name that is no function.
pub fn of_name(name: &str) -> Option<&'static str> {
    lookup(NAMES, name)
}

/// What to write instead of a type, without its `struct`.
pub fn of_type(name: &str) -> Option<&'static str> {
    lookup(TYPES, name)
}

/// What to write instead of a member of a structure.
pub fn of_member(name: &str) -> Option<&'static str> {
    lookup(MEMBERS, name)
}

/// What to write instead of a member of `current`.
pub fn of_current(name: &str) -> &'static str {
    match name {
        "active_mm" => "write `current->mm`: the mm that a kernel thread borrows is not modelled",
        "pid" | "tgid" | "comm" | "cred" => {
            "contexts have no identity: compare what they hold, such as `current->mm`, or a slot"
        }
        "flags" | "state" | "__state" | "journal_info" => {
            "put it into a member of an object, or pass it as a parameter; `in_interrupt()` tells a softirq"
        }
        _ => "did you mean `current->mm`? It is the only member; put other state into an object",
    }
}

/// Whether a name is that of a loop over a list, which C takes for a statement only because it is a macro.
pub fn walks(name: &str) -> bool {
    name.contains("for_each") || name.ends_with("_foreach")
}

/// What to write instead of a loop over a list.
pub const WALK: &str = "write a counted loop over the pool, `int i; for (i = 0; i < NR_MMS; i++)`, and in it `&vmas[i]`, `&mms[i]` or `&pages[i]`; add an `if` for what is not on the list";

/// Words of other languages that a mail may use as if they were C's.
pub fn of_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "elseif" | "elsif" | "elif" => "write `else if (condition)`",
        "foreach" => WALK,
        "unless" => "write `if (!(condition))`",
        "repeat" => "write `do { ... } while (condition);`",
        _ => return None,
    })
}

fn lookup(table: &[(&[&str], &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(names, _)| names.contains(&name)).map(|(_, help)| *help)
}

/// `Foo` of `PageFoo`, `SetPageFoo`, `TestClearPageFoo`, ...
fn flag(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("Test").unwrap_or(name);
    let rest = rest.strip_prefix("Set").or(rest.strip_prefix("Clear")).unwrap_or(rest);
    rest.strip_prefix("Page").filter(|flag| flag.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// `DmaPinned` as `dma_pinned`.
fn snake(flag: &str) -> String {
    let mut out = String::new();
    for c in flag.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
const PRINT: &str = "delete it: a run that breaks a claim is drawn step by step anyway. What must be true is written `check(\"S5\", condition)`";
const ASSERT: &str = "write `BUG_ON(condition)`, which violates S0, or `check(\"S5\", condition)` for a claim; `WARN_ON(condition)` is evaluated for its value only";
const SLEEP: &str = "wait for what it waits for: `wait_event(condition)` sleeps, `await(condition)` spins; where it only may sleep, write `might_sleep()`";
const WAKE: &str =
    "delete it: whoever stands at `await(condition)` or `wait_event(condition)` goes on when the condition is true";
const YIELD: &str =
    "delete it: other contexts may run between any two steps. Where it may sleep, write `might_sleep()`";
const TIME: &str =
    "time is not modelled: wait for a condition with `await(condition)`, or choose with `nondet(2)` whether it is over";
const MUTEX: &str = "use `struct rw_semaphore` with down_write() and up_write(), which sleeps, or `spinlock_t` with spin_lock() and spin_unlock()";
const RWLOCK: &str =
    "use `spinlock_t` with spin_lock() and spin_unlock(), or `struct rw_semaphore` with down_read() and up_read()";
const REFCOUNT: &str = "use `atomic_t`: atomic_inc(), atomic_dec_and_test(), atomic_inc_not_zero(). Below zero is a violation without further ado";
const BITS: &str = "a flag is a member of its own: `page->dirty`, PageDirty(page). Yours: `bool name;` in `struct page_ext`, and PAGEFLAG(Name, name)";
const ORDER: &str = "write the plain access: memory is sequentially consistent here. Barriers and RCU are the business of `explore real`";
const PERCPU: &str = "write an array as a member, `atomic_t pins[2] __bits(3);`, and pass the index: nobody knows the number of the CPU it runs on";
const LISTS: &str = "there are no lists: put a `bool on_list;` into the object, and walk its pool with a counted loop";
const XARRAY: &str = "the page cache is an array: `mapping->i_pages[index]`, locked by `mapping->i_pages_lock`";
const FOLIO: &str = "write the function for `struct page`: get_page(), put_page(), lock_page(), page_count(), ...";
const PIN: &str = "pinning is get_user_pages() and get_user_pages_fast(): a proposal fills the hooks track_pin(), untrack_pin() and page_dma_pinned() that they call";
const RMAP: &str = "fill the hooks that rmap calls: mkclean_one_policy() and unmap_one_policy() for each pte, mkclean_policy() behind the walk";
const NOTIFIER: &str = "fill the hooks invalidate_start() and invalidate_end(), which mkclean, unmap and zap call";
const DEFER: &str = "write `DECLARE_WORK(w, fn);` at file scope, with `void fn(struct work_struct *work)`, and call `schedule_work(&w)`";
const LOCKDEP: &str = "delete it: S14 checks the order of locks, and the races show who holds what";
const ERRPTR: &str = "return NULL for failure, or an `int` error and the pointer through a member";
const MINMAX: &str = "write `a < b ? a : b`";
const MEMORY: &str = "declare a pool, `struct page_aux aux[NR_PAGES];`, take an entry with pool_get(aux) and give it back with pool_put(p)";

const FUNCTIONS: &[(&[&str], &str)] = &[
    (&["printk", "printf", "trace_printk", "dump_page", "dump_stack", "panic"], PRINT),
    (
        &[
            "WARN",
            "WARN_ONCE",
            "VM_BUG_ON_PAGE",
            "VM_BUG_ON",
            "VM_WARN_ON",
            "VM_WARN_ON_ONCE",
            "VM_BUG_ON_MM",
            "VM_BUG_ON_VMA",
            "ASSERT",
            "assert",
        ],
        ASSERT,
    ),
    (&["BUILD_BUG_ON"], "delete it: constants are checked where they are used"),
    (
        &[
            "schedule",
            "io_schedule",
            "schedule_timeout",
            "sleep_on",
            "down",
            "down_interruptible",
            "wait_on_bit",
            "wait_on_page_bit",
            "wait_for_completion",
            "prepare_to_wait",
            "finish_wait",
            "wait_on_page_locked",
            "sleep",
            "wait",
        ],
        SLEEP,
    ),
    (&["wake_up", "complete", "complete_all", "up", "unlock_page_wake"], WAKE),
    (&["cond_resched", "cpu_relax", "yield", "need_resched"], YIELD),
    (
        &["msleep", "ssleep", "udelay", "ndelay", "mdelay", "usleep_range", "time_after", "time_before", "ktime_get"],
        TIME,
    ),
    (
        &["synchronize_rcu", "synchronize_srcu", "call_rcu", "kfree_rcu"],
        "grace periods are not modelled: where the protocol needs one, wait for what the readers hold: `await(condition)`",
    ),
    (
        &[
            "smp_load_acquire",
            "smp_store_release",
            "rcu_dereference",
            "rcu_assign_pointer",
            "rcu_access_pointer",
            "smp_store_mb",
            "ACCESS_ONCE",
        ],
        ORDER,
    ),
    (&["test_bit", "set_bit", "clear_bit", "test_and_set_bit", "test_and_clear_bit", "__set_bit", "__clear_bit"], BITS),
    (&["vma_interval_tree_foreach", "rmap_walk", "page_vma_mapped_walk"], RMAP),
    (&["queue_work", "INIT_WORK", "call_usermodehelper", "kthread_run", "tasklet_schedule", "task_work_add"], DEFER),
    (&["IS_ERR", "ERR_PTR", "PTR_ERR", "IS_ERR_OR_NULL", "ERR_CAST"], ERRPTR),
    (&["min", "max", "min_t", "max_t", "clamp"], MINMAX),
    (
        &[
            "alloc_pages",
            "__get_free_page",
            "__free_page",
            "free_page",
            "kmem_cache_zalloc",
            "kmalloc_array",
            "kvfree",
            "krealloc",
        ],
        MEMORY,
    ),
    (
        &["virt_to_page", "pfn_to_page", "page_to_pfn", "page_address", "phys_to_virt", "kmap", "kunmap"],
        "objects have no addresses: `&pages[i]` is page i, and `idx(page)` its number",
    ),
    (
        &["copy_from_user", "copy_to_user", "get_user", "put_user", "memcpy", "memset", "strcmp", "memcmp"],
        "pages have no bytes here: store(), a device's DMA and the claims S5 and S10 stand for what is written",
    ),
    (
        &["put_user_pages", "put_user_pages_dirty", "put_user_pages_dirty_lock"],
        "release each page with put_user_page(page)",
    ),
    (
        &["set_page_count", "init_page_count"],
        "take and drop references with get_page() and put_page(), or page_ref_freeze() and page_ref_unfreeze()",
    ),
    (&["page_cache_get"], "write `get_page(page)`"),
    (&["page_cache_release"], "write `put_page(page)`"),
    (&["mmap_read_lock"], "write `down_read(&mm->mmap_sem)`"),
    (&["mmap_read_unlock"], "write `up_read(&mm->mmap_sem)`"),
    (&["mmap_write_lock"], "write `down_write(&mm->mmap_sem)`"),
    (&["mmap_write_unlock"], "write `up_write(&mm->mmap_sem)`"),
    (
        &["pte_lockptr", "pte_offset_map_lock", "pte_unmap_unlock"],
        "the pte lock is `mm->page_table_lock`: spin_lock(&mm->page_table_lock); the pte is `mm->pte[va]`",
    ),
    (
        &["irqs_disabled", "in_atomic", "in_task", "in_softirq", "in_irq", "preemptible"],
        "write `in_interrupt()`, which is true in a softirq; everything else is known where the code stands",
    ),
    (&["smp_processor_id", "get_cpu", "put_cpu", "raw_smp_processor_id"], PERCPU),
];

const FAMILIES: &[(&[&str], &str)] = &[
    (&["pr_", "dev_", "trace_", "net_"], PRINT),
    (&["mutex_", "rt_mutex_"], MUTEX),
    (&["read_lock", "read_unlock", "write_lock", "write_unlock", "raw_spin_"], RWLOCK),
    (&["refcount_", "kref_", "atomic64_", "atomic_long_", "percpu_ref_"], REFCOUNT),
    (&["xa_", "xas_", "radix_tree_"], XARRAY),
    (&["list_", "hlist_", "llist_", "rb_", "plist_"], LISTS),
    (&["this_cpu_", "per_cpu", "get_cpu_", "put_cpu_", "__this_cpu_", "raw_cpu_", "percpu_counter_"], PERCPU),
    (&["folio_"], FOLIO),
    (&["pin_user_page", "unpin_user_page", "try_grab_", "gup_"], PIN),
    (&["mmu_notifier_", "mmu_interval_"], NOTIFIER),
    (&["lockdep_", "might_lock"], LOCKDEP),
    (&["wake_up", "wakeup_"], WAKE),
    (&["wait_event_", "wait_on_", "wait_for_"], SLEEP),
    (&["srcu_", "rcu_"], ORDER),
];

const NAMES: &[(&[&str], &str)] = &[
    (&["True", "TRUE"], "write `true`"),
    (&["False", "FALSE"], "write `false`"),
    (&["nil", "null", "None", "nullptr"], "write `NULL`"),
    (&["fallthrough"], "delete it: a case falls into the next one unless it ends with `break;`"),
    (&["jiffies", "HZ"], TIME),
    (&["current"], "only its mm is known: write `current->mm`"),
    (
        &["GUP_PIN_COUNTING_BIAS"],
        "define it small, `#define GUP_PIN_COUNTING_BIAS 8`, and give the counter enough bits: `__bits(6)`",
    ),
    (&["GFP_KERNEL", "GFP_NOFS", "GFP_ATOMIC"], MEMORY),
    (
        &["FOLL_PIN", "FOLL_GET", "FOLL_FORCE", "FOLL_TOUCH"],
        "the flags are FOLL_WRITE and FOLL_LONGTERM: track_pin() is called for every pin",
    ),
    (&["PAGE_SIZE", "PAGE_SHIFT"], "pages have no bytes here: index i of the file is `i`"),
];

const TYPES: &[(&[&str], &str)] = &[
    (&["folio"], "write `struct page`"),
    (&["task_struct"], "contexts are no objects: only `current->mm` is known of one"),
    (
        &["inode", "file", "super_block", "xarray", "radix_tree_root"],
        "the file with its page cache is `struct address_space`: `&files[0]`, `page->mapping`",
    ),
    (&["list_head", "hlist_head", "hlist_node", "llist_head", "rb_root", "rb_node"], LISTS),
    (&["mutex", "completion", "semaphore"], MUTEX),
    (&["rwlock_t", "raw_spinlock_t"], RWLOCK),
    (&["refcount_t", "atomic64_t", "atomic_long_t", "kref", "percpu_ref"], REFCOUNT),
    (&["wait_queue_head_t", "wait_queue_head", "wait_queue_entry"], SLEEP),
    (&["vm_fault", "vm_fault_t"], "a fault is handle_mm_fault(vma, va, write); it returns `int`"),
    (&["pgoff_t", "pfn_t", "gfp_t", "dma_addr_t", "phys_addr_t"], "write `int`: objects are numbered from 0"),
    (&["mmu_notifier", "mmu_notifier_range", "mmu_interval_notifier"], NOTIFIER),
    (&["rmap_walk_control", "page_vma_mapped_walk"], RMAP),
    (&["vma"], "write `struct vm_area_struct`"),
    (&["mm"], "write `struct mm_struct`"),
    (&["mapping"], "write `struct address_space`"),
];

const MEMBERS: &[(&[&str], &str)] = &[
    (&["flags"], BITS),
    (
        &["_count", "count", "ref", "refcount"],
        "the reference count is `_refcount`: page_count(page), get_page(page), put_page(page)",
    ),
    (&["mapcount"], "it is `_mapcount`: page_mapcount(page)"),
    (&["lru", "list", "pcp_list"], LISTS),
    (&["compound_head", "compound_order"], "pages are single: there are no compound pages"),
    (&["i_mmap", "i_mmap_rwsem"], RMAP),
    (
        &["host", "a_ops", "i_op", "vm_ops"],
        "what a filesystem does is in functions of the base: set_page_dirty(), page_mkwrite(), writepage(), ...",
    ),
    (&["tree_lock", "xa_lock"], "it is `i_pages_lock`"),
    (&["page_tree"], XARRAY),
    (&["mmap_lock"], "it is `mmap_sem`"),
    (
        &["vm_file", "vm_start", "vm_end", "vm_pgoff", "vm_flags"],
        "a vma maps the whole file, shared and writable: `vma->vm_mapping` and `vma->vm_mm`",
    ),
    (&["pgd", "ptl"], "the ptes are `mm->pte[va]`, under `mm->page_table_lock`"),
];
