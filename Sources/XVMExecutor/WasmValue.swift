// SPDX-License-Identifier: Apache-2.0
// Numbers as people write them on a command line, to and from the 64-bit slots of a call.

import XVMWasm

/// One value of a Wasm number type, with the text forms of the command line.
public enum WasmValue: Equatable, Sendable, CustomStringConvertible {
    case i32(Int32)
    case i64(Int64)
    case f32(bits: UInt32)
    case f64(bits: UInt64)

    /// What is wrong with a text.
    public struct ParseError: Error, Equatable, Sendable, CustomStringConvertible {
        /// One line: what, the value, what was wanted.
        public var description: String
    }

    /// Parses `7`, `-7`, `0x10`, `1.5`, `nan`, `inf`, or one of these behind `i32:`, `i64:`, `f32:`, `f64:`. An integer may be given signed or
    /// unsigned. Without a prefix the type is `expected`.
    init(parsing text: String, as expected: ValueType) throws(ParseError) {
        var type = expected
        var number = Substring(text)
        if let colon = text.firstIndex(of: ":") {
            let prefix = text[..<colon]
            switch prefix {
            case "i32": type = .i32
            case "i64": type = .i64
            case "f32": type = .f32
            case "f64": type = .f64
            default:
                throw ParseError(description: "argument '\(text)': unknown type '\(prefix)', known are i32, i64, f32, f64")
            }
            if type != expected {
                throw ParseError(description: "argument '\(text)' has type \(prefix), the function wants \(expected)")
            }
            number = text[text.index(after: colon)...]
        }
        switch type {
        case .i32: self = .i32(try Self.integer(number, in: text, Int32.self, UInt32.self))
        case .i64: self = .i64(try Self.integer(number, in: text, Int64.self, UInt64.self))
        case .f32:
            guard let value = Float(number) else { throw ParseError(description: "argument '\(text)' is not an f32 number") }
            self = .f32(bits: value.isNaN ? 0x7fc0_0000 : value.bitPattern)
        case .f64:
            guard let value = Double(number) else { throw ParseError(description: "argument '\(text)' is not an f64 number") }
            self = .f64(bits: value.isNaN ? 0x7ff8_0000_0000_0000 : value.bitPattern)
        case .v128, .funcref, .externref:
            throw ParseError(description: "argument '\(text)': values of type \(expected) cannot be given on the command line")
        }
    }

    private static func integer<Signed: FixedWidthInteger & SignedInteger, Unsigned: FixedWidthInteger & UnsignedInteger>(
        _ number: Substring, in text: String, _: Signed.Type, _: Unsigned.Type
    ) throws(ParseError) -> Signed {
        let isNegative = number.hasPrefix("-")
        let digits = isNegative ? number.dropFirst() : number
        let isHex = digits.hasPrefix("0x") || digits.hasPrefix("0X")
        let plain = isHex ? digits.dropFirst(2) : digits
        guard plain.first.map({ $0.isHexDigit }) == true, let magnitude = UInt64(plain, radix: isHex ? 16 : 10) else {
            throw ParseError(description: "argument '\(text)' is not an integer")
        }
        if isNegative {
            if magnitude == Signed.min.magnitude { return Signed.min }
            if let value = Signed(exactly: magnitude) { return -value }
        } else if let value = Unsigned(exactly: magnitude) {
            return Signed(truncatingIfNeeded: value)
        }
        throw ParseError(description: "argument '\(text)' does not fit \(Signed.bitWidth) bits")
    }

    /// The value in a result slot.
    init?(slot: UInt64, type: ValueType) {
        switch type {
        case .i32: self = .i32(Int32(truncatingIfNeeded: slot))
        case .i64: self = .i64(Int64(bitPattern: slot))
        case .f32: self = .f32(bits: UInt32(truncatingIfNeeded: slot))
        case .f64: self = .f64(bits: slot)
        case .v128, .funcref, .externref: return nil
        }
    }

    /// The slot that carries it: i32 and f32 zero-extended.
    var slot: UInt64 {
        switch self {
        case .i32(let value): return UInt64(UInt32(bitPattern: value))
        case .i64(let value): return UInt64(bitPattern: value)
        case .f32(let bits): return UInt64(bits)
        case .f64(let bits): return bits
        }
    }

    /// `i32:7`: integers as signed decimals, floats as the shortest decimal, NaN as nan:0x and its bits.
    public var description: String {
        switch self {
        case .i32(let value): return "i32:\(value)"
        case .i64(let value): return "i64:\(value)"
        case .f32(let bits):
            let value = Float(bitPattern: bits)
            return value.isNaN ? "f32:nan:0x" + String(bits, radix: 16) : "f32:\(value)"
        case .f64(let bits):
            let value = Double(bitPattern: bits)
            return value.isNaN ? "f64:nan:0x" + String(bits, radix: 16) : "f64:\(value)"
        }
    }
}
