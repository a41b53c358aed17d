// SPDX-License-Identifier: Apache-2.0
// SHA-256 of a file of hundreds of megabytes: a compiler is hashed before its first use. Run by: the host. Any thread.
// The one in XVMCore is right for everything else. In a debug build it does 9 MB a second, half a minute for a clang and its
// linker; this one, unoptimised too, 270 MB a second with the SHA instructions and 57 without.
#ifndef XVM_HASH_H
#define XVM_HASH_H

#include <stdint.h>

/// Reads `file` from its current position to its end and writes the 32 bytes of its digest (FIPS 180-4).
/// - portable: not 0: without the processor's SHA instructions even where they exist (for tests).
/// Returns 0. Errors: what read(2) says.
int xvm_hash_file(int file, int portable, uint8_t digest[32]) __attribute__((warn_unused_result));

#endif
