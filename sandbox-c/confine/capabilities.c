// SPDX-License-Identifier: Apache-2.0
// Capabilities through libcap (linked statically: the worker needs libc alone). Run by the zygote and the worker.
#include <errno.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "xvm_confine.h"

int xvm_confine_capabilities_through_exec(void) {
    cap_t sets = cap_get_proc();
    if (sets == NULL) return errno;
    int error = 0;
    int count = cap_max_bits();
    for (cap_value_t capability = 0; capability < count && error == 0; capability++) {
        cap_flag_value_t permitted = CAP_CLEAR;
        if (cap_get_flag(sets, capability, CAP_PERMITTED, &permitted) != 0) error = errno;
        if (permitted == CAP_SET && cap_set_flag(sets, CAP_INHERITABLE, 1, &capability, CAP_SET) != 0) error = errno;
    }
    if (error == 0 && cap_set_proc(sets) != 0) error = errno;
    for (cap_value_t capability = 0; capability < count && error == 0; capability++) {
        cap_flag_value_t permitted = CAP_CLEAR;
        if (cap_get_flag(sets, capability, CAP_PERMITTED, &permitted) != 0) error = errno;
        if (permitted == CAP_SET && cap_set_ambient(capability, CAP_SET) != 0) error = errno;
    }
    cap_free(sets);
    return error;
}

int xvm_confine_capabilities(int keep) {
    cap_t sets = cap_init();
    if (sets == NULL) return errno;
    int error = 0;
    if (keep >= 0) {
        cap_value_t capability = keep;
        if (cap_set_flag(sets, CAP_PERMITTED, 1, &capability, CAP_SET) != 0) error = errno;
        if (cap_set_flag(sets, CAP_EFFECTIVE, 1, &capability, CAP_SET) != 0) error = errno;
    }
    if (error == 0 && cap_reset_ambient() != 0) error = errno;
    if (error == 0 && cap_set_proc(sets) != 0) error = errno;
    cap_free(sets);
    return error;
}

int xvm_confine_bounding_set(void) {
    int count = cap_max_bits();
    for (cap_value_t capability = 0; capability < count; capability++) {
        if (cap_get_bound(capability) == 1 && cap_drop_bound(capability) != 0) return errno;
    }
    return 0;
}

int xvm_confine_securebits(void) {
    // KEEP_CAPS is locked off: nothing here changes its ids any more, and nobody shall keep anything by doing so.
    const unsigned wanted = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED
                            | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED | SECBIT_KEEP_CAPS_LOCKED;
    if (cap_get_secbits() == wanted) return 0;
    return cap_set_secbits(wanted) == 0 ? 0 : errno;
}
