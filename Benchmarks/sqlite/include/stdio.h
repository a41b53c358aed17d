// SPDX-License-Identifier: Apache-2.0
#ifndef SHIM_STDIO_H
#define SHIM_STDIO_H
#include <stddef.h>
#endif
