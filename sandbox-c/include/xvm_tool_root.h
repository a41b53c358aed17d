// SPDX-License-Identifier: Apache-2.0
// What a tool may see of the file system. Run by: the tool launcher, single-threaded, before the filter.
#ifndef XVM_TOOL_ROOT_H
#define XVM_TOOL_ROOT_H

#include <stdint.h>

#define XVM_TOOL_READABLE_MAX 64u  // folders and files
#define XVM_TOOL_PATH_MAX 4096u    // bytes of a path, NUL included

/// Absolute paths, NUL-terminated; they stay the caller's.
struct xvm_tool_root {
    const char *writable;         // the one folder; no file in it can be executed
    const char *const *readable;  // folders and files, in an order in which none hides an earlier one
    uint32_t readable_count;
    const char *const *links;     // pairs: path, target
    uint32_t link_count;
};

/// A read-only root with just these folders under their own names, and /dev/null. Needs a mount namespace of its own and the rights
/// over it. What is not there, or not for us, is left out. Returns 0 or errno; then everything is visible as before.
int xvm_confine_tool_root(const struct xvm_tool_root *root);

/// The same by landlock: reading and execution below `readable`, making and writing plain files below `writable`, nothing else; no
/// network, no signals outwards. Needs no_new_privs. `abi` receives the kernel's ABI.
int xvm_confine_tool_landlock(const struct xvm_tool_root *root, uint32_t *abi);

#endif
