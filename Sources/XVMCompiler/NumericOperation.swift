// SPDX-License-Identifier: Apache-2.0
// The instructions that take operands from the stack and give one value, as rows: operand type, result type, C around them.

import XVMWasm

/// What is known of a float value's bits (reference, section 7). Integers are `plain`.
enum FloatState: UInt8 {
    /// Canonicalising it changes nothing: it is no NaN, or the canonical one, or an integer.
    case plain
    /// Moved, not computed: its bits must stay, whatever they are.
    case moved
    /// Computed: if it is a NaN, its bits differ between processors and compilers and must not be seen.
    case computed
}

/// At most 24 bytes of C by value, so that a row of a table is copied without counting references.
struct CPiece: Sendable {
    private(set) var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    let count: Int

    /// - Precondition: `text` has at most 24 bytes.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(bytes.count <= 24, "piece of C")
        func word(_ first: Int) -> UInt64 {
            bytes.dropFirst(first).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(8), word(16))
        count = bytes.count
    }
}

struct NumericOperation: Sendable {
    enum Float: UInt8 {
        case none
        /// The result may be a NaN with any bits.
        case computes
        /// Looks at the operands' bits, so computed ones are made canonical first.
        case seesBits
    }

    var operandCount: Int
    var operand: ValueType
    var result: ValueType
    /// C before, between and behind the operands.
    var prefix: CPiece
    var infix: CPiece
    var suffix: CPiece
    var float: Float
    /// Of the result, where `float` is not `computes`.
    var resultState: FloatState

    /// Whether some operands make it trap: those rows have the instance among their operands.
    var mayTrap: Bool

    /// The row of `opcode`, nil where it is no such instruction.
    @inline(__always)
    static func of(_ opcode: Opcode) -> NumericOperation? {
        switch opcode.rawValue {
        case 0x45...0xc4: plain[Int(opcode.rawValue) - 0x45]
        case 0xfc00...0xfc07: saturating[Int(opcode.rawValue) - 0xfc00]
        default: nil
        }
    }

    private init(
        _ operandCount: Int, _ operand: ValueType, _ result: ValueType, _ prefix: String, _ infix: String, _ suffix: String,
        _ float: Float = .none, _ resultState: FloatState = .plain
    ) {
        self.operandCount = operandCount
        self.operand = operand
        self.result = result
        self.prefix = CPiece(prefix)
        self.infix = CPiece(infix)
        self.suffix = CPiece(suffix)
        self.float = float
        self.resultState = resultState
        mayTrap = prefix.hasSuffix("(I, ")
    }

    private static func unary(
        _ operand: ValueType, _ result: ValueType, _ prefix: String, _ suffix: String = "", _ float: Float = .none,
        _ state: FloatState = .plain
    ) -> NumericOperation { NumericOperation(1, operand, result, prefix, "", suffix, float, state) }

    private static func binary(
        _ operand: ValueType, _ result: ValueType, _ prefix: String, _ infix: String, _ suffix: String = "",
        _ float: Float = .none, _ state: FloatState = .plain
    ) -> NumericOperation { NumericOperation(2, operand, result, prefix, infix, suffix, float, state) }

    /// 0x45 … 0xc4, by opcode.
    private static let plain: [NumericOperation] =
        integerComparisons(.i32) + integerComparisons(.i64) + floatComparisons(.f32) + floatComparisons(.f64)
        + integerArithmetic(.i32) + integerArithmetic(.i64) + floatArithmetic(.f32) + floatArithmetic(.f64) + conversions

    private static func integerComparisons(_ type: ValueType) -> [NumericOperation] {
        let signed = type == .i32 ? "(i32)" : "(i64)"
        var rows = [unary(type, .i32, "", " == 0")]
        rows.append(binary(type, .i32, "", " == "))
        rows.append(binary(type, .i32, "", " != "))
        for comparison in ["<", ">", "<=", ">="] {
            rows.append(binary(type, .i32, signed, " \(comparison) \(signed)"))
            rows.append(binary(type, .i32, "", " \(comparison) "))
        }
        return rows
    }

    private static func floatComparisons(_ type: ValueType) -> [NumericOperation] {
        ["==", "!=", "<", ">", "<=", ">="].map { binary(type, .i32, "", " \($0) ") }
    }

    private static func integerArithmetic(_ type: ValueType) -> [NumericOperation] {
        let name = type == .i32 ? "i32" : "i64"
        let mask = type == .i32 ? " & 31)" : " & 63)"
        let (signed, unsigned) = type == .i32 ? ("(i32)", "(u32)") : ("(i64)", "(u64)")
        func call(_ operation: String) -> NumericOperation { binary(type, type, "\(name)_\(operation)(", ", ", ")") }
        func trapping(_ operation: String) -> NumericOperation { binary(type, type, "\(name)_\(operation)(I, ", ", ", ")") }
        return [
            unary(type, type, "\(name)_clz(", ")"), unary(type, type, "\(name)_ctz(", ")"),
            unary(type, type, "\(name)_popcnt(", ")"),
            binary(type, type, "", " + "), binary(type, type, "", " - "), binary(type, type, "", " * "),
            trapping("div_s"), trapping("div_u"), trapping("rem_s"), trapping("rem_u"),
            binary(type, type, "", " & "), binary(type, type, "", " | "), binary(type, type, "", " ^ "),
            binary(type, type, "", " << (", mask), binary(type, type, unsigned + "(" + signed, " >> (", mask + ")"),
            binary(type, type, "", " >> (", mask), call("rotl"), call("rotr"),
        ]
    }

    private static func floatArithmetic(_ type: ValueType) -> [NumericOperation] {
        let name = type == .f32 ? "f32" : "f64"
        return [
            unary(type, type, "\(name)_abs(", ")", .seesBits, .moved), unary(type, type, "\(name)_neg(", ")", .seesBits, .moved),
            unary(type, type, "\(name)_ceil(", ")", .computes), unary(type, type, "\(name)_floor(", ")", .computes),
            unary(type, type, "\(name)_trunc(", ")", .computes), unary(type, type, "\(name)_nearest(", ")", .computes),
            unary(type, type, "\(name)_sqrt(", ")", .computes),
            binary(type, type, "", " + ", "", .computes), binary(type, type, "", " - ", "", .computes),
            binary(type, type, "", " * ", "", .computes), binary(type, type, "", " / ", "", .computes),
            // These give the canonical NaN themselves.
            binary(type, type, "\(name)_min(", ", ", ")"), binary(type, type, "\(name)_max(", ", ", ")"),
            binary(type, type, "\(name)_copysign(", ", ", ")", .seesBits, .moved),
        ]
    }

    private static let conversions: [NumericOperation] = [
        unary(.i64, .i32, "(u32)"),
        unary(.f32, .i32, "i32_trunc_f32_s(I, ", ")"), unary(.f32, .i32, "i32_trunc_f32_u(I, ", ")"),
        unary(.f64, .i32, "i32_trunc_f64_s(I, ", ")"), unary(.f64, .i32, "i32_trunc_f64_u(I, ", ")"),
        unary(.i32, .i64, "(u64)(i32)"), unary(.i32, .i64, "(u64)"),
        unary(.f32, .i64, "i64_trunc_f32_s(I, ", ")"), unary(.f32, .i64, "i64_trunc_f32_u(I, ", ")"),
        unary(.f64, .i64, "i64_trunc_f64_s(I, ", ")"), unary(.f64, .i64, "i64_trunc_f64_u(I, ", ")"),
        unary(.i32, .f32, "(f32)(i32)"), unary(.i32, .f32, "(f32)"),
        unary(.i64, .f32, "(f32)(i64)"), unary(.i64, .f32, "(f32)"),
        unary(.f64, .f32, "(f32)", "", .computes),
        unary(.i32, .f64, "(f64)(i32)"), unary(.i32, .f64, "(f64)"),
        unary(.i64, .f64, "(f64)(i64)"), unary(.i64, .f64, "(f64)"),
        unary(.f32, .f64, "(f64)", "", .computes),
        unary(.f32, .i32, "f32_bits(", ")", .seesBits), unary(.f64, .i64, "f64_bits(", ")", .seesBits),
        unary(.i32, .f32, "f32_of(", ")", .none, .moved), unary(.i64, .f64, "f64_of(", ")", .none, .moved),
        unary(.i32, .i32, "(u32)(i8)"), unary(.i32, .i32, "(u32)(i16)"),
        unary(.i64, .i64, "(u64)(i8)"), unary(.i64, .i64, "(u64)(i16)"), unary(.i64, .i64, "(u64)(i32)"),
    ]

    /// 0xfc00 … 0xfc07, by number.
    private static let saturating: [NumericOperation] = [
        unary(.f32, .i32, "i32_trunc_sat_f32_s(", ")"), unary(.f32, .i32, "i32_trunc_sat_f32_u(", ")"),
        unary(.f64, .i32, "i32_trunc_sat_f64_s(", ")"), unary(.f64, .i32, "i32_trunc_sat_f64_u(", ")"),
        unary(.f32, .i64, "i64_trunc_sat_f32_s(", ")"), unary(.f32, .i64, "i64_trunc_sat_f32_u(", ")"),
        unary(.f64, .i64, "i64_trunc_sat_f64_s(", ")"), unary(.f64, .i64, "i64_trunc_sat_f64_u(", ")"),
    ]
}

/// Loads and stores as rows.
struct MemoryOperation: Sendable {
    var type: ValueType
    /// C before the address: a cast and the type that is read or written.
    var access: StaticString
    /// Bytes that are read or written.
    var size: UInt64

    @inline(__always)
    static func load(_ opcode: Opcode) -> MemoryOperation? {
        (0x28...0x35).contains(opcode.rawValue) ? loads[Int(opcode.rawValue) - 0x28] : nil
    }

    @inline(__always)
    static func store(_ opcode: Opcode) -> MemoryOperation? {
        (0x36...0x3e).contains(opcode.rawValue) ? stores[Int(opcode.rawValue) - 0x36] : nil
    }

    /// 0x28 … 0x35, by opcode.
    private static let loads: [MemoryOperation] = [
        row(.i32, "*(mu32 *)", 4), row(.i64, "*(mu64 *)", 8), row(.f32, "*(mf32 *)", 4), row(.f64, "*(mf64 *)", 8),
        row(.i32, "(u32)*(mi8 *)", 1), row(.i32, "*(mu8 *)", 1), row(.i32, "(u32)*(mi16 *)", 2), row(.i32, "*(mu16 *)", 2),
        row(.i64, "(u64)*(mi8 *)", 1), row(.i64, "*(mu8 *)", 1), row(.i64, "(u64)*(mi16 *)", 2), row(.i64, "*(mu16 *)", 2),
        row(.i64, "(u64)*(mi32 *)", 4), row(.i64, "*(mu32 *)", 4),
    ]
    /// 0x36 … 0x3e, by opcode.
    private static let stores: [MemoryOperation] = [
        row(.i32, "*(mu32 *)", 4), row(.i64, "*(mu64 *)", 8), row(.f32, "*(mf32 *)", 4), row(.f64, "*(mf64 *)", 8),
        row(.i32, "*(mu8 *)", 1), row(.i32, "*(mu16 *)", 2), row(.i64, "*(mu8 *)", 1), row(.i64, "*(mu16 *)", 2),
        row(.i64, "*(mu32 *)", 4),
    ]

    private static func row(_ type: ValueType, _ access: StaticString, _ size: UInt64) -> MemoryOperation {
        MemoryOperation(type: type, access: access, size: size)
    }
}
