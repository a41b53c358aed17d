// SPDX-License-Identifier: Apache-2.0
// SHA-256 of a file, with the processor's SHA instructions where it has them. Run by the host.
#include "xvm_hash.h"

#include <cpuid.h>
#include <errno.h>
#include <immintrin.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define XVM_HASH_BLOCK 64u

// FIPS 180-4, section 4.2.2.
static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t value, int count) { return value >> count | value << (32 - count); }

static void compress_portable(uint32_t state[8], const unsigned char *block) {
    uint32_t w[64];
    for (int t = 0; t < 16; t++) {
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 |
               (uint32_t)block[4 * t + 3];
    }
    for (int t = 16; t < 64; t++) {
        uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    uint32_t v[8];  // a b c d e f g h
    memcpy(v, state, sizeof v);
    for (int t = 0; t < 64; t++) {
        uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
        uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[t] + w[t];
        uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
        uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int index = 0; index < 8; index++) state[index] += v[index];
}

// The instructions keep the state as two registers, (a b e f) and (c d g h), and do two rounds each (Intel SDM, SHA256RNDS2).
__attribute__((target("sha,sse4.1,ssse3"))) static void compress_instructions(
    uint32_t state[8], const unsigned char *block) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const void *)state), 0xb1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const void *)(state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(low, high, 8);
    __m128i cdgh = _mm_blend_epi16(high, low, 0xf0);
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[16];
    for (int t = 0; t < 16; t++) {
        if (t < 4) {
            w[t] = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(block + 16 * t)), swap);
        } else {
            __m128i sum = _mm_sha256msg1_epu32(w[t - 4], w[t - 3]);
            sum = _mm_add_epi32(sum, _mm_alignr_epi8(w[t - 1], w[t - 2], 4));
            w[t] = _mm_sha256msg2_epu32(sum, w[t - 1]);
        }
        __m128i words = _mm_add_epi32(w[t], _mm_load_si128((const void *)(constants + 4 * t)));
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0e));
    }
    abef = _mm_shuffle_epi32(_mm_add_epi32(abef, abef_before), 0x1b);
    cdgh = _mm_shuffle_epi32(_mm_add_epi32(cdgh, cdgh_before), 0xb1);
    _mm_storeu_si128((void *)state, _mm_blend_epi16(abef, cdgh, 0xf0));
    _mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(cdgh, abef, 8));
}

static int has_instructions(void) {
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & (1u << 29)) != 0;
}

int xvm_hash_file(int file, int portable, uint8_t digest[32]) {
    void (*compress)(uint32_t[8], const unsigned char *) =
        portable == 0 && has_instructions() ? compress_instructions : compress_portable;
    uint32_t state[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    unsigned char buffer[65536 + 2 * XVM_HASH_BLOCK];
    uint64_t total = 0;
    size_t kept = 0;  // bytes at the start of the buffer that do not fill a block yet
    for (;;) {
        ssize_t size = read(file, buffer + kept, 65536);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return -errno;
        if (size == 0) break;
        total += (uint64_t)size;
        size_t there = kept + (size_t)size, at = 0;
        for (; there - at >= XVM_HASH_BLOCK; at += XVM_HASH_BLOCK) compress(state, buffer + at);
        kept = there - at;
        memmove(buffer, buffer + at, kept);
    }
    // Padding: one bit, zeros, the length in bits as 64 bits, most significant byte first.
    size_t end = kept + 1 + 8 <= XVM_HASH_BLOCK ? XVM_HASH_BLOCK : 2 * XVM_HASH_BLOCK;
    memset(buffer + kept, 0, end - kept);
    buffer[kept] = 0x80;
    for (size_t index = 0; index < 8; index++) buffer[end - 1 - index] = (unsigned char)(total * 8 >> (8 * index));
    for (size_t at = 0; at < end; at += XVM_HASH_BLOCK) compress(state, buffer + at);
    for (size_t index = 0; index < 32; index++) digest[index] = (uint8_t)(state[index / 4] >> (24 - 8 * (index % 4)));
    return 0;
}
