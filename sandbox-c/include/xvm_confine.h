// SPDX-License-Identifier: Apache-2.0
// One function per layer of the wall. Run by: the zygote and the worker, single-threaded, before the run filter.
// Every function returns 0 or a positive errno value of the call that failed; none prints, none exits.
// The order in which they are called is worker/zygote.c and worker/start.c; the reasons stand there.
#ifndef XVM_CONFINE_H
#define XVM_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xvm_zygote.h"

struct sock_filter;

/// What every step came to, in the order of the attempts. A step that was not attempted does not appear.
struct xvm_report {
    uint32_t count;
    struct xvm_step_report steps[XVM_STEP_REPORTS_MAX];
};

/// Adds (step, error); a full report drops it. Returns `error`, so that a call and its report are one line.
int xvm_report_add(struct xvm_report *report, enum xvm_step step, int error);

/// The error of a step: 0 if it holds, -1 if it does not appear.
int xvm_report_error(const struct xvm_report *report, enum xvm_step step);

// ---- identity and namespaces (zygote) --------------------------------------------------------------------------------

/// Gives up real uid 0 for `id` (no supplementary groups, uid and gid `id`), and stays dumpable, so that the id maps can be written.
int xvm_confine_identity(uint32_t id);

/// unshare of user (if asked), mount, net, ipc, uts and cgroup namespace, in one call where that works, else one by one;
/// each is reported. Then, in a user namespace, the id maps (outer ids of the caller to XVM_ZYGOTE_INNER_ID) and a neutral host name.
void xvm_confine_namespaces(bool user, struct xvm_report *report);

/// True if a child of this process, with identity `id` (0: unchanged), gets a user namespace in which it may mount:
/// some systems allow the clone and refuse what follows. Forks and waits for one child.
bool xvm_confine_user_namespace_works(uint32_t id);

/// A read-only root that holds nothing but the existing procfs at /proc; the old root is detached. Needs an own mount namespace.
/// When pivot_root refuses (initramfs), the root is changed by chroot and the errno of pivot_root is returned.
int xvm_confine_empty_root(void);

// ---- capabilities (libcap) -------------------------------------------------------------------------------------------

/// Raises all capabilities that the process has into its ambient set, so that they survive an exec without uid 0.
int xvm_confine_capabilities_through_exec(void);

/// Keeps `keep` (-1: none) as the only permitted and effective capability; inheritable and ambient sets become empty.
int xvm_confine_capabilities(int keep);

/// Empties the bounding set. Needs CAP_SETPCAP, or the set is empty already.
int xvm_confine_bounding_set(void);

/// NOROOT, NO_SETUID_FIXUP, NO_CAP_AMBIENT_RAISE on, KEEP_CAPS off, all four locked. Needs CAP_SETPCAP.
int xvm_confine_securebits(void);

// ---- landlock --------------------------------------------------------------------------------------------------------

/// A ruleset without any rule at the best ABI that kernel and this code know (up to 7): all file system rights, TCP bind and
/// connect, abstract unix sockets, signals.
/// - abi: receives the kernel's ABI, 0 if there is none. ruleset: receives a descriptor, close-on-exec.
int xvm_confine_landlock_ruleset(uint32_t *abi, int *ruleset);

/// Puts the calling thread under the ruleset, for ever. Needs no_new_privs.
int xvm_confine_landlock(int ruleset);

// ---- limits, descriptors, process flags ------------------------------------------------------------------------------

/// The resource limits that every worker has. Address space is not limited: linear memory is a reservation.
int xvm_confine_fixed_limits(void);

/// Those that depend on the contract, and the number of descriptors: one, so after everything that needs more.
int xvm_confine_limits(const struct xvm_worker_begin *request);

/// Closes every descriptor but `keep`.
int xvm_confine_descriptors(int keep);

/// Closes every descriptor from `first` on.
int xvm_confine_close_from(int first);

/// Sets and verifies no_new_privs.
int xvm_confine_no_new_privs(void);

// ---- seccomp ---------------------------------------------------------------------------------------------------------

/// Loads a BPF program of `size` instructions. No listener.
int xvm_confine_filter(const struct sock_filter *program, uint32_t size);

/// The same with a listener whose descriptor number goes to *listener; notified calls wait killable where the kernel has it (5.19).
int xvm_confine_filter_with_listener(const struct sock_filter *program, uint32_t size, int *listener);

// ---- memory ----------------------------------------------------------------------------------------------------------

#define XVM_CONFINE_KERNEL_RANGES_MAX 4
/// Where the kernel mapped vdso and vvar. The zygote reads it once; its forks have the same addresses.
struct xvm_kernel_ranges {
    uint32_t count;
    struct { uintptr_t start, end; } ranges[XVM_CONFINE_KERNEL_RANGES_MAX];
};

/// Finds [vdso], [vvar] and [vvar_vclock] in /proc/self/maps.
int xvm_confine_find_kernel_ranges(struct xvm_kernel_ranges *found);

/// Unmaps them. No clock call of glibc may follow.
int xvm_confine_unmap_kernel_ranges(const struct xvm_kernel_ranges *found);

/// mseal of every segment of every loaded object that is not writable, and of each RELRO part. `except` (vdso) is left out.
/// - only: NULL, or an address: just the object that it lies in.
int xvm_confine_seal_objects(const struct xvm_kernel_ranges *except, const void *only);

/// mseal of one range, page aligned.
int xvm_confine_seal(uintptr_t start, size_t size);

/// PR_SET_MDWE: no mapping gains PROT_EXEC any more (Linux 6.3).
int xvm_confine_no_new_code(void);

/// PR_SET_TSC: rdtsc and rdtscp fault.
int xvm_confine_no_cycle_counter(void);

#endif
