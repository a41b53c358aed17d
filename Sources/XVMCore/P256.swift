// SPDX-License-Identifier: Apache-2.0
// Verification of ECDSA signatures on the curve P-256 (FIPS 186-5, SEC 1). Public data only: nothing here is constant-time.

/// An unsigned number of 256 bits, the lowest word first.
package struct UInt256: Equatable, Sendable {
    package var words: InlineArray<4, UInt64>

    package init(words: InlineArray<4, UInt64> = [0, 0, 0, 0]) { self.words = words }

    /// From the highest word to the lowest, as such numbers are written.
    init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) { words = [d, c, b, a] }

    /// Big-endian; nil where it has more than 256 bits.
    package init?(bigEndian bytes: some Collection<UInt8>) {
        words = [0, 0, 0, 0]
        for (place, byte) in bytes.reversed().enumerated() where byte != 0 {
            guard place < 32 else { return nil }
            words[place / 8] |= UInt64(byte) << UInt64(8 * (place % 8))
        }
    }

    /// Decimal digits; nil: none, or more than 256 bits.
    package init?(decimal text: some Collection<UInt8>) {
        words = [0, 0, 0, 0]
        guard !text.isEmpty else { return nil }
        for digit in text {
            guard (0x30...0x39).contains(digit) else { return nil }
            var carry = UInt64(digit - 0x30)
            for place in 0..<4 {
                let (high, low) = words[place].multipliedFullWidth(by: 10)
                let (sum, overflow) = low.addingReportingOverflow(carry)
                words[place] = sum
                carry = high + (overflow ? 1 : 0)
            }
            guard carry == 0 else { return nil }
        }
    }

    /// 32 bytes.
    package var bigEndian: [UInt8] { (0..<32).map { UInt8(truncatingIfNeeded: words[3 - $0 / 8] >> UInt64(56 - 8 * ($0 % 8))) } }

    package var isZero: Bool { words[0] | words[1] | words[2] | words[3] == 0 }

    package static func == (a: UInt256, b: UInt256) -> Bool {
        a.words[0] == b.words[0] && a.words[1] == b.words[1] && a.words[2] == b.words[2] && a.words[3] == b.words[3]
    }

    package static func < (a: UInt256, b: UInt256) -> Bool {
        for place in [3, 2, 1, 0] where a.words[place] != b.words[place] { return a.words[place] < b.words[place] }
        return false
    }

    func bit(_ place: Int) -> Bool { words[place / 64] >> UInt64(place % 64) & 1 == 1 }

    /// The sum modulo 2^256 and the carry.
    func adding(_ other: UInt256) -> (UInt256, Bool) {
        var sum = self
        var carry = false
        for place in 0..<4 {
            let (first, overflow) = words[place].addingReportingOverflow(other.words[place])
            let (second, more) = first.addingReportingOverflow(carry ? 1 : 0)
            sum.words[place] = second
            carry = overflow || more
        }
        return (sum, carry)
    }

    /// The difference modulo 2^256.
    func subtracting(_ other: UInt256) -> UInt256 {
        var difference = self
        var borrow = false
        for place in 0..<4 {
            let (first, overflow) = words[place].subtractingReportingOverflow(other.words[place])
            let (second, more) = first.subtractingReportingOverflow(borrow ? 1 : 0)
            difference.words[place] = second
            borrow = overflow || more
        }
        return difference
    }
}

/// Arithmetic modulo an odd number of 256 bits with its highest bit set, on numbers in Montgomery form (x 2^256).
private struct Modulus: Sendable {
    let value: UInt256
    /// -value^-1 modulo 2^64.
    private let inverse: UInt64
    /// 2^512 modulo value.
    private let square: UInt256
    let one: UInt256

    init(_ value: UInt256) {
        self.value = value
        // Newton: each step doubles the right bits; an odd number is its own inverse modulo 8.
        var inverse = value.words[0]
        for _ in 0..<5 { inverse = inverse &* (2 &- value.words[0] &* inverse) }
        self.inverse = 0 &- inverse
        // 2^256 - value is 2^256 modulo value, because value is above 2^255.
        var power = UInt256().subtracting(value)
        one = power
        for _ in 0..<256 { power = Self.add(power, power, value) }
        square = power
    }

    private static func add(_ a: UInt256, _ b: UInt256, _ modulus: UInt256) -> UInt256 {
        let (sum, carry) = a.adding(b)
        return carry || !(sum < modulus) ? sum.subtracting(modulus) : sum
    }

    func add(_ a: UInt256, _ b: UInt256) -> UInt256 { Self.add(a, b, value) }
    func subtract(_ a: UInt256, _ b: UInt256) -> UInt256 { a < b ? a.subtracting(b).adding(value).0 : a.subtracting(b) }

    /// a b / 2^256.
    func multiply(_ a: UInt256, _ b: UInt256) -> UInt256 {
        var t: InlineArray<6, UInt64> = [0, 0, 0, 0, 0, 0]
        for i in 0..<4 {
            var carry: UInt64 = 0
            for j in 0..<4 { carry = Self.step(&t[j], a.words[j], b.words[i], carry) }
            let (sum, overflow) = t[4].addingReportingOverflow(carry)
            t[4] = sum
            t[5] = overflow ? 1 : 0
            let factor = t[0] &* inverse
            var first = t[0]
            carry = Self.step(&first, value.words[0], factor, 0)
            for j in 1..<4 {
                var word = t[j]
                carry = Self.step(&word, value.words[j], factor, carry)
                t[j - 1] = word
            }
            let (top, more) = t[4].addingReportingOverflow(carry)
            t[3] = top
            t[4] = t[5] + (more ? 1 : 0)
        }
        let result = UInt256(words: [t[0], t[1], t[2], t[3]])
        return t[4] != 0 || !(result < value) ? result.subtracting(value) : result
    }

    /// word += a b + carry; the high half is the next carry. The sum is below 2^128.
    private static func step(_ word: inout UInt64, _ a: UInt64, _ b: UInt64, _ carry: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        let (first, overflow) = low.addingReportingOverflow(word)
        let (second, more) = first.addingReportingOverflow(carry)
        word = second
        return high + (overflow ? 1 : 0) + (more ? 1 : 0)
    }

    func enter(_ a: UInt256) -> UInt256 { multiply(a, square) }
    func leave(_ a: UInt256) -> UInt256 { multiply(a, UInt256(0, 0, 0, 1)) }
    /// 1 / a for a prime modulus; both in Montgomery form.
    func invert(_ a: UInt256) -> UInt256 {
        let exponent = value.subtracting(UInt256(0, 0, 0, 2))
        var result = one
        for place in (0..<256).reversed() {
            result = multiply(result, result)
            if exponent.bit(place) { result = multiply(result, a) }
        }
        return result
    }
}

/// A public key on P-256.
package struct P256PublicKey: Equatable, Sendable {
    package let x: UInt256
    package let y: UInt256

    private static let field = Modulus(
        UInt256(0xffff_ffff_0000_0001, 0, 0x0000_0000_ffff_ffff, 0xffff_ffff_ffff_ffff))
    private static let order = Modulus(
        UInt256(0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xbce6_faad_a717_9e84, 0xf3b9_cac2_fc63_2551))
    private static let b = UInt256(0x5ac6_35d8_aa3a_93e7, 0xb3eb_bd55_7698_86bc, 0x651d_06b0_cc53_b0f6, 0x3bce_3c3e_27d2_604b)
    private static let base = Point(
        x: field.enter(UInt256(0x6b17_d1f2_e12c_4247, 0xf8bc_e6e5_63a4_40f2, 0x7703_7d81_2deb_33a0, 0xf4a1_3945_d898_c296)),
        y: field.enter(UInt256(0x4fe3_42e2_fe1a_7f9b, 0x8ee7_eb4a_7c0f_9e16, 0x2bce_3357_6b31_5ece, 0xcbb6_4068_37bf_51f5)),
        z: field.one)

    /// Jacobian coordinates in Montgomery form; z = 0 is the point at infinity.
    private struct Point {
        var x, y, z: UInt256
    }

    /// nil: no point of the curve.
    package init?(x: UInt256, y: UInt256) {
        let field = Self.field
        guard x < field.value, y < field.value else { return nil }
        let (a, c) = (field.enter(x), field.enter(y))
        // y^2 = x^3 - 3 x + b
        let cube = field.multiply(field.multiply(a, a), a)
        let right = field.add(field.subtract(cube, field.add(a, field.add(a, a))), field.enter(Self.b))
        guard field.multiply(c, c) == right else { return nil }
        self.x = x
        self.y = y
    }

    /// 04, x, y: 65 bytes.
    package var uncompressed: [UInt8] { [4] + x.bigEndian + y.bigEndian }

    /// Whether (r, s) is a signature of `digest`, of which the first 32 bytes count.
    package func isSignature(r: UInt256, s: UInt256, of digest: [UInt8]) -> Bool {
        let order = Self.order
        guard !r.isZero, !s.isZero, r < order.value, s < order.value else { return false }
        guard var e = UInt256(bigEndian: digest.prefix(32)) else { return false }
        if !(e < order.value) { e = e.subtracting(order.value) }
        let w = order.invert(order.enter(s))
        // In and out of Montgomery form in one step: (a 1) (w 2^256) / 2^256.
        let (u1, u2) = (order.multiply(e, w), order.multiply(r, w))
        let own = Point(x: Self.field.enter(x), y: Self.field.enter(y), z: Self.field.one)
        let both = Self.add(Self.base, own)
        var sum = Point(x: Self.field.one, y: Self.field.one, z: UInt256())
        for place in (0..<256).reversed() {
            sum = Self.double(sum)
            switch (u1.bit(place), u2.bit(place)) {
            case (true, true): sum = Self.add(sum, both)
            case (true, false): sum = Self.add(sum, Self.base)
            case (false, true): sum = Self.add(sum, own)
            case (false, false): break
            }
        }
        if sum.z.isZero { return false }
        let z = Self.field.invert(sum.z)
        let found = Self.field.leave(Self.field.multiply(sum.x, Self.field.multiply(z, z)))
        return (found < order.value ? found : found.subtracting(order.value)) == r
    }

    private static func double(_ p: Point) -> Point {
        if p.z.isZero { return p }
        let f = field
        let delta = f.multiply(p.z, p.z)
        let gamma = f.multiply(p.y, p.y)
        let beta = f.multiply(p.x, gamma)
        let product = f.multiply(f.subtract(p.x, delta), f.add(p.x, delta))
        let alpha = f.add(product, f.add(product, product))
        let beta2 = f.add(beta, beta)
        let beta4 = f.add(beta2, beta2)
        let x = f.subtract(f.multiply(alpha, alpha), f.add(beta4, beta4))
        let yz = f.add(p.y, p.z)
        let z = f.subtract(f.subtract(f.multiply(yz, yz), gamma), delta)
        let gamma2 = f.add(gamma, gamma)
        let gamma4 = f.multiply(gamma2, gamma2)
        let y = f.subtract(f.multiply(alpha, f.subtract(beta4, x)), f.add(gamma4, gamma4))
        return Point(x: x, y: y, z: z)
    }

    private static func add(_ p: Point, _ q: Point) -> Point {
        if p.z.isZero { return q }
        if q.z.isZero { return p }
        let f = field
        let (zp, zq) = (f.multiply(p.z, p.z), f.multiply(q.z, q.z))
        let (u1, u2) = (f.multiply(p.x, zq), f.multiply(q.x, zp))
        let (s1, s2) = (f.multiply(p.y, f.multiply(q.z, zq)), f.multiply(q.y, f.multiply(p.z, zp)))
        let (h, r) = (f.subtract(u2, u1), f.subtract(s2, s1))
        if h.isZero { return r.isZero ? double(p) : Point(x: f.one, y: f.one, z: UInt256()) }
        let h2 = f.multiply(h, h)
        let h3 = f.multiply(h, h2)
        let v = f.multiply(u1, h2)
        let x = f.subtract(f.subtract(f.multiply(r, r), h3), f.add(v, v))
        let y = f.subtract(f.multiply(r, f.subtract(v, x)), f.multiply(s1, h3))
        return Point(x: x, y: y, z: f.multiply(f.multiply(p.z, q.z), h))
    }
}
