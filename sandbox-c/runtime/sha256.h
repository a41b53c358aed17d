// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) for the import _xvm_hash. Run by: worker and in-process embedders. Portable C; reads no table of the processor's.
#ifndef XVM_RUNTIME_SHA256_H
#define XVM_RUNTIME_SHA256_H

#include <stdint.h>

void xvm_sha256(const uint8_t *bytes, uint32_t size, uint8_t digest[32]);

#endif
