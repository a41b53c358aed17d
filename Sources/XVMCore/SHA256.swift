// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4), at once or piece by piece.

/// A running SHA-256. Names cached objects and digests Outcomes; it is not constant-time and keeps no secret.
package struct SHA256: Sendable {
    /// Size of a digest in bytes.
    package static let size = 32
    private static let blockSize = 64

    private var state: InlineArray<8, UInt32> = [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ]
    /// Bytes that do not fill a block yet; always fewer than `blockSize`.
    private var pending: [UInt8] = []
    /// Bytes taken so far.
    private var length: UInt64 = 0

    package init() {}

    /// The 32 bytes of `bytes`' digest.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finalize()
    }

    package mutating func update(_ bytes: [UInt8]) { update(bytes[...]) }

    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        length += UInt64(bytes.count)
        var rest = bytes
        if !pending.isEmpty {
            let taken = min(Self.blockSize - pending.count, rest.count)
            pending.append(contentsOf: rest.prefix(taken))
            rest = rest.dropFirst(taken)
            if pending.count < Self.blockSize { return }
            let block = pending
            pending = []
            Self.compress(&state, block.span, at: 0)
        }
        let whole = rest.count / Self.blockSize * Self.blockSize
        let span = rest.span
        for block in stride(from: 0, to: whole, by: Self.blockSize) { Self.compress(&state, span, at: block) }
        pending.append(contentsOf: rest.dropFirst(whole))
    }

    /// The digest, 32 bytes, of everything taken.
    package consuming func finalize() -> [UInt8] {
        let bits = length &* 8
        var state = self.state
        var tail = pending
        tail.append(0x80)
        while tail.count % Self.blockSize != Self.blockSize - 8 { tail.append(0) }
        for shift in stride(from: UInt64(56), through: 0, by: -8) { tail.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        for block in stride(from: 0, to: tail.count, by: Self.blockSize) { Self.compress(&state, tail.span, at: block) }
        var digest: [UInt8] = []
        digest.reserveCapacity(Self.size)
        for index in 0..<8 {
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                digest.append(UInt8(truncatingIfNeeded: state[index] >> shift))
            }
        }
        return digest
    }

    /// Section 6.2.2. The message schedule is kept as a window of 16 words.
    private static func compress(_ state: inout InlineArray<8, UInt32>, _ bytes: Span<UInt8>, at start: Int) {
        var window = InlineArray<16, UInt32>(repeating: 0)
        for index in 0..<16 {
            let at = start + index * 4
            window[index] =
                UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for round in 0..<64 {
            if round >= 16 {
                let w15 = window[(round + 1) & 15]
                let w2 = window[(round + 14) & 15]
                let s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ w15 >> 3
                let s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ w2 >> 10
                window[round & 15] = window[round & 15] &+ s0 &+ window[(round + 9) & 15] &+ s1
            }
            let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let choice = (e & f) ^ (~e & g)
            let t1 = h &+ s1 &+ choice &+ constants[round] &+ window[round & 15]
            let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let t2 = s0 &+ majority
            (h, g, f, e) = (g, f, e, d &+ t1)
            (d, c, b, a) = (c, b, a, t1 &+ t2)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
        state[5] &+= f
        state[6] &+= g
        state[7] &+= h
    }

    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value &>> count | value &<< (32 - count) }

    /// Section 4.2.2: the first 32 bits of the fractions of the cube roots of the first 64 primes.
    private static let constants: InlineArray<64, UInt32> = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ]
}
