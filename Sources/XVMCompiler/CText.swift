// SPDX-License-Identifier: Apache-2.0
// A growing C text. Everything that is appended is a literal of this module or a number: no byte of a Module gets here.

import XVMWasm

/// Bytes of C in the making. The translator's hot loop: most of its time is appending, so the room is raw memory. Grows by doubling.
@safe
struct CText: ~Copyable {
    // SAFETY: `base` points to `capacity` bytes that this value alone owns, of which the first `count` are initialised; `reserve`
    // keeps count <= capacity, and every write goes through it.
    private var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 1024) {
        self.capacity = max(capacity, 64)
        unsafe base = .allocate(capacity: self.capacity)
    }

    deinit { unsafe base.deallocate() }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if more > capacity - count { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        capacity = max(2 * capacity, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        // SAFETY: both hold at least `count` bytes, and they are two allocations.
        unsafe moved.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = moved
    }

    /// The text so far.
    var bytes: [UInt8] {
        // SAFETY: the first `count` bytes are initialised, and the array is made before anything else touches them.
        unsafe [UInt8](UnsafeBufferPointer(start: base, count: count))
    }

    @inline(__always)
    mutating func add(_ literal: StaticString) {
        let size = literal.utf8CodeUnitCount
        reserve(size)
        // SAFETY: a literal of more than one character has a pointer to its bytes, which live as long as the program; there is room.
        unsafe (base + count).update(from: literal.utf8Start, count: size)
        count += size
    }

    @inline(__always)
    mutating func add(_ literal: [UInt8]) {
        reserve(literal.count)
        // SAFETY: there is room for the array's bytes; an array never overlaps the text.
        unsafe literal.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { unsafe (base + count).update(from: start, count: source.count) }
        }
        count += literal.count
    }

    @inline(__always)
    mutating func add(_ piece: CPiece) {
        if piece.count == 0 { return }
        reserve(24)
        // SAFETY: there is room for three words; bytes behind the piece are overwritten by what follows or never read.
        let end = unsafe UnsafeMutableRawPointer(base + count)
        unsafe end.storeBytes(of: piece.words.0.littleEndian, as: UInt64.self)
        unsafe end.storeBytes(of: piece.words.1.littleEndian, toByteOffset: 8, as: UInt64.self)
        unsafe end.storeBytes(of: piece.words.2.littleEndian, toByteOffset: 16, as: UInt64.self)
        count += piece.count
    }

    /// A piece of another text.
    mutating func add(_ text: borrowing CText, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= text.count)
        reserve(range.count)
        // SAFETY: the range lies in the other text, as just checked; there is room.
        unsafe (base + count).update(from: text.base + range.lowerBound, count: range.count)
        count += range.count
    }

    @inline(__always)
    mutating func add(byte: UInt8) {
        reserve(1)
        // SAFETY: there is room.
        unsafe base[count] = byte
        count += 1
    }

    /// Decimal digits.
    @inline(__always)
    mutating func add(decimal value: some FixedWidthInteger) { add(digits: UInt64(value)) }

    private mutating func add(digits value: UInt64) {
        if value < 10 { return add(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value)) }
        if value < 100 {
            let (tens, ones) = UInt32(truncatingIfNeeded: value).quotientAndRemainder(dividingBy: 10)
            add(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: tens))
            return add(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: ones))
        }
        if value < 1000 {
            let (hundreds, rest) = UInt32(truncatingIfNeeded: value).quotientAndRemainder(dividingBy: 100)
            let (tens, ones) = rest.quotientAndRemainder(dividingBy: 10)
            reserve(3)
            // SAFETY: there is room for three.
            unsafe base[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: hundreds)
            unsafe base[count + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: tens)
            unsafe base[count + 2] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: ones)
            count += 3
            return
        }
        var size = 4
        var rest = value / 10000
        while rest > 0 {
            size += 1
            rest /= 10
        }
        reserve(size)
        rest = value
        var position = count + size
        while position > count {
            position -= 1
            // SAFETY: position lies in [count, count + size), for which there is room.
            unsafe base[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += size
    }

    /// `0x`, then hexadecimal digits without leading zeros.
    mutating func add(hex value: UInt64) {
        add("0x")
        var shift = 60
        while shift > 0, value >> UInt64(shift) == 0 { shift -= 4 }
        while shift >= 0 {
            let digit = UInt8((value >> UInt64(shift)) & 15)
            add(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            shift -= 4
        }
    }

    /// The C variable of operand stack slot `height`, e.g. `a3`: letters that begin no type, because `i32` would be one.
    @inline(__always)
    mutating func add(slot height: Int, _ type: ValueType) {
        add(byte: type.slotLetter)
        add(decimal: height)
    }

    /// The C variable of a local, e.g. `l3`.
    @inline(__always)
    mutating func add(local index: Int) {
        add(byte: UInt8(ascii: "l"))
        add(decimal: index)
    }

    /// The C name of a function, e.g. `fn3` (`f32` is a type).
    mutating func add(function index: Int) {
        add("fn")
        add(decimal: index)
    }

    /// A vector constant.
    mutating func add(vector low: UInt64, _ high: UInt64) {
        add("(v128){")
        add(hex: low)
        add("ul, ")
        add(hex: high)
        add("ul}")
    }

    mutating func removeAll() { count = 0 }

    /// Takes back what was appended since the text had `size` bytes.
    mutating func truncate(to size: Int) {
        precondition(size >= 0 && size <= count)
        count = size
    }
}

/// A finished text that several may look at.
final class SharedText {
    private let text: CText

    init(_ text: consuming CText) { self.text = text }

    var count: Int { text.count }
    func append(to other: inout CText) { other.add(text, 0..<text.count) }
}

/// How a value type looks in C.
extension ValueType {
    /// Letter of operand stack slots and of the result struct with one value.
    var slotLetter: UInt8 {
        switch self {
        case .i32: UInt8(ascii: "a")
        case .i64: UInt8(ascii: "b")
        case .f32: UInt8(ascii: "x")
        case .f64: UInt8(ascii: "y")
        case .funcref: UInt8(ascii: "e")
        case .externref: UInt8(ascii: "h")
        case .v128: UInt8(ascii: "z")
        }
    }

    var cType: StaticString {
        switch self {
        // A funcref is the number of a function among those that can be referred to, an externref what the host gave; 0 is null.
        case .i32, .funcref: "u32"
        case .i64, .externref: "u64"
        case .f32: "f32"
        case .f64: "f64"
        case .v128: "v128"
        }
    }

    var isFloat: Bool {
        switch self {
        case .f32, .f64: true
        case .i32, .i64, .v128, .funcref, .externref: false
        }
    }

    /// 64-bit slots of a value on the way between host and contract.
    var slotCount: Int { self == .v128 ? 2 : 1 }
}
