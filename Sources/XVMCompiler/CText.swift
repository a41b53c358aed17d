// SPDX-License-Identifier: Apache-2.0
// A growing C text. Everything that is appended is a literal of this module or a number: no byte of a Module gets here.

import XVMWasm

/// Bytes of C in the making.
struct CText: Sendable {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }

    @inline(__always)
    mutating func add(_ literal: String) { bytes.append(contentsOf: literal.utf8) }

    @inline(__always)
    mutating func add(_ literal: [UInt8]) { bytes.append(contentsOf: literal) }

    @inline(__always)
    mutating func add(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }

    @inline(__always)
    mutating func add(byte: UInt8) { bytes.append(byte) }

    mutating func add(_ text: CText) { bytes.append(contentsOf: text.bytes) }

    /// Decimal digits.
    mutating func add(decimal value: some BinaryInteger) {
        var rest = UInt64(value)
        if rest < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest))
            return
        }
        let start = bytes.count
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    /// `0x`, then hexadecimal digits without leading zeros.
    mutating func add(hex value: UInt64) {
        add("0x")
        var shift = 60
        while shift > 0, value >> UInt64(shift) == 0 { shift -= 4 }
        while shift >= 0 {
            let digit = UInt8((value >> UInt64(shift)) & 15)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            shift -= 4
        }
    }

    /// The C variable of operand stack slot `height`, e.g. `a3`: letters that begin no type, because `i32` would be one.
    @inline(__always)
    mutating func add(slot height: Int, _ type: ValueType) {
        bytes.append(type.slotLetter)
        add(decimal: height)
    }

    /// The C variable of a local, e.g. `l3`.
    @inline(__always)
    mutating func add(local index: Int) {
        bytes.append(UInt8(ascii: "l"))
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

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
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

    var cType: String {
        switch self {
        // A funcref is the number of a function among those that can be referred to, an externref what the host gave; 0 is null.
        case .i32, .funcref: "u32"
        case .i64, .externref: "u64"
        case .f32: "f32"
        case .f64: "f64"
        case .v128: "v128"
        }
    }

    var isFloat: Bool { self == .f32 || self == .f64 }

    /// 64-bit slots of a value on the way between host and contract.
    var slotCount: Int { self == .v128 ? 2 : 1 }
}
