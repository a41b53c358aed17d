// SPDX-License-Identifier: Apache-2.0
// A contract whose methods do nothing, or nothing but GetObject.
#include "../../Examples/contracts/include/xvm_contract.h"

enum { GETS = 10000 };

XVM_METHOD(empty) {}

XVM_METHOD(gets) {
    char value[64];
    for (int i = 0; i < GETS; i++) xvm_get("key", 3, value, sizeof value);
}
