// SPDX-License-Identifier: Apache-2.0
#ifndef SHIM_MATH_H
#define SHIM_MATH_H
#include <stddef.h>
#endif
