// SPDX-License-Identifier: Apache-2.0
// What the files of xvm-worker share. Run by: zygote and worker.
#ifndef XVM_WORKER_H
#define XVM_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "xvm_confine.h"
#include "xvm_zygote.h"

struct sock_filter;

/// Everything a worker needs from its zygote; lies in memory that the fork copied.
struct xvm_start {
    const struct xvm_zygote_configure *configuration;
    const struct sock_filter *load_filter, *run_filter;
    const struct xvm_kernel_ranges *kernel_ranges;
    int socket;              // of this worker alone; BEGIN comes from it
    int rehearsal;           // an empty object, or -1 (rehearsal.c)
    int landlock_ruleset;    // descriptor, or -1 with landlock_error
    int landlock_error;
    int pid_namespace_error; // 0: the worker is the first process of its own pid namespace
    bool stay_dumpable;      // the only way to the listener on this machine (see zygote.c)
};

/// The zygote from its first instruction; `inside` is NULL, or what the image before the exec of itself reports. Never returns.
_Noreturn void xvm_zygote_main(const char *inside);

/// Runs one tool in a sandbox (xvm_tool.h); descriptor 0 is the record. Never returns.
_Noreturn void xvm_tool_main(void);

/// The worker from the clone on. Never returns.
_Noreturn void xvm_worker_start(const struct xvm_start *start);

/// False if the supervisor's end of XVM_ZYGOTE_SOCKET is closed.
bool xvm_zygote_peer_alive(void);

/// A sealed memfd with an empty shared object for xvm_rehearsal_run, close-on-exec, or a negative errno. Run by the zygote.
int xvm_rehearsal_make(void);

/// Loads and unloads that object once, through the path that the module will have. Run by a blank. What it finds out is
/// forgotten: loader, allocator and procfs have touched their pages, that is all.
void xvm_rehearsal_run(int descriptor);

#endif
