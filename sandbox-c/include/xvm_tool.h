// SPDX-License-Identifier: Apache-2.0
// Host ↔ tool launcher (`xvm-worker tool`): one record in a memfd, descriptor 0 of the launcher. The host writes the request and reads
// the result; the launcher maps it shared, and the tool never sees it. Run by: host, launcher. x86-64, no padding.
#ifndef XVM_TOOL_H
#define XVM_TOOL_H

#include <stdint.h>

#define XVM_TOOL_MAGIC 0x544d5658u  // "XVMT"
#define XVM_TOOL_VERSION 1u
#define XVM_TOOL_STRINGS_MAX 4096u          // all texts of a request together
#define XVM_TOOL_RECORD_SIZE_MAX (4u << 20) // bytes of a record

/// Everything that stands between a tool and the machine, in the order in which it is tried. Numbers are indices of `layers`.
enum xvm_tool_layer {
    XVM_TOOL_REQUEST = 0,        // the record is what a host writes
    XVM_TOOL_IDENTITY = 1,       // root gave its id up; not tried by anyone else
    XVM_TOOL_USER_NAMESPACE = 2, // not tried by root, who needs none for the others
    XVM_TOOL_MOUNT_NAMESPACE = 3,
    XVM_TOOL_NET_NAMESPACE = 4,
    XVM_TOOL_IPC_NAMESPACE = 5,
    XVM_TOOL_UTS_NAMESPACE = 6,
    XVM_TOOL_PID_NAMESPACE = 7,
    XVM_TOOL_ROOT = 8,           // only the named folders, read-only, and one that can be written
    XVM_TOOL_PARENT_DEATH = 9,
    XVM_TOOL_NO_NEW_PRIVS = 10,
    XVM_TOOL_CAPABILITIES = 11,
    XVM_TOOL_LANDLOCK = 12,
    XVM_TOOL_PROCESS_LIMIT = 13,
    XVM_TOOL_RLIMITS = 14,       // those that spawning has not set
    XVM_TOOL_FILTER = 15,
    XVM_TOOL_EXECUTE = 16,       // plumbing, like REQUEST: forks and the exec of the tool
    XVM_TOOL_LAYER_COUNT = 17,
};

#define XVM_TOOL_NOT_TRIED (-1)
#define XVM_TOOL_REQUIRE_NO_PATHS 0x80000000u  // in `required`: ROOT or LANDLOCK must hold

/// The head of a record. Behind it: `filter_size` instructions of 8 bytes, then the texts, each ended by NUL, in this order: the
/// folder that may be written, the program, `readable_count` paths, `link_count` pairs (path, target), `argument_count` texts of
/// argv ([0] included), `environment_count` of the environment. Paths are absolute.
struct xvm_tool_record {
    uint32_t magic, version;
    uint32_t size;               // bytes of the whole record
    uint32_t required;           // bit n: without layer n nothing runs
    uint32_t process_limit;      // processes and threads at a time
    uint32_t filter_size;        // instructions
    uint32_t readable_count, link_count, argument_count, environment_count;
    // Written by the launcher.
    uint32_t landlock_abi;
    uint32_t ended;              // 1: wait_status is there
    int32_t wait_status;         // of the tool, as waitpid gives it
    uint32_t failed;             // 1: the tool did not begin, because of failed_layer
    uint32_t failed_layer;       // enum xvm_tool_layer
    int32_t failed_error;        // errno
    int32_t layers[XVM_TOOL_LAYER_COUNT];  // 0: holds; errno: does not; XVM_TOOL_NOT_TRIED
    uint32_t reserved;
};
_Static_assert(sizeof(struct xvm_tool_record) == 136, "no padding, and the filter behind it is aligned to 8");

#endif
