// SPDX-License-Identifier: Apache-2.0
#ifndef SHIM_STDLIB_H
#define SHIM_STDLIB_H
#include <stddef.h>
#endif
