// SPDX-License-Identifier: Apache-2.0
#ifndef SHIM_ASSERT_H
#define SHIM_ASSERT_H
#define assert(condition) ((void)0)
#endif
