// SPDX-License-Identifier: Apache-2.0
// Linked into the real worker by SealTests, in place of one function (--wrap): it says that it is sealed, and is not.
#include <linux/filter.h>
#include <unistd.h>

#include "xvm_confine.h"

int __wrap_xvm_confine_filter_with_listener(const struct sock_filter *program, uint32_t size, int *listener);
int __wrap_close(int descriptor);
int __real_close(int descriptor);

#define MODULE_DESCRIPTOR (XVM_ZYGOTE_SOCKET + 1)

// The module stays open, to be shown around as a listener.
int __wrap_close(int descriptor) {
#ifdef LIE_otherFile
    if (descriptor == MODULE_DESCRIPTOR) return 0;
#endif
    return __real_close(descriptor);
}

int __wrap_xvm_confine_filter_with_listener(const struct sock_filter *program, uint32_t size, int *listener) {
#if defined(LIE_noFilter)
    (void)program;
    (void)size;
    *listener = 0;
    return 0;
#elif defined(LIE_notOpen)
    *listener = 0;
    return xvm_confine_filter(program, size);
#else
    *listener = MODULE_DESCRIPTOR;
    return xvm_confine_filter(program, size);
#endif
}
