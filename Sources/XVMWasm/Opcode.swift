// SPDX-License-Identifier: Apache-2.0
// Every opcode of WebAssembly 2.0 outside SIMD, by the specification's name (index of instructions, appendix A.7).

/// An opcode: the byte itself, or 0xfc00 | n for the prefixed ones (section 5.4); SIMD will be 0xfd00 | n. An enumeration, so
/// that a switch over it is one jump also in the modules above, where nothing of this module is inlined.
package enum Opcode: UInt16, CaseIterable, Sendable {
    // MARK: Control and parametric

    case unreachable = 0x00
    case nop = 0x01
    case block = 0x02
    case loop = 0x03
    case `if` = 0x04
    case `else` = 0x05
    case end = 0x0b
    case br = 0x0c
    case brIf = 0x0d
    case brTable = 0x0e
    case `return` = 0x0f
    case call = 0x10
    case callIndirect = 0x11
    case drop = 0x1a
    case select = 0x1b
    case selectTyped = 0x1c

    // MARK: Variables and table entries

    case localGet = 0x20
    case localSet = 0x21
    case localTee = 0x22
    case globalGet = 0x23
    case globalSet = 0x24
    case tableGet = 0x25
    case tableSet = 0x26

    // MARK: Memory

    case i32Load = 0x28
    case i64Load = 0x29
    case f32Load = 0x2a
    case f64Load = 0x2b
    case i32Load8S = 0x2c
    case i32Load8U = 0x2d
    case i32Load16S = 0x2e
    case i32Load16U = 0x2f
    case i64Load8S = 0x30
    case i64Load8U = 0x31
    case i64Load16S = 0x32
    case i64Load16U = 0x33
    case i64Load32S = 0x34
    case i64Load32U = 0x35
    case i32Store = 0x36
    case i64Store = 0x37
    case f32Store = 0x38
    case f64Store = 0x39
    case i32Store8 = 0x3a
    case i32Store16 = 0x3b
    case i64Store8 = 0x3c
    case i64Store16 = 0x3d
    case i64Store32 = 0x3e
    case memorySize = 0x3f
    case memoryGrow = 0x40

    // MARK: Constants

    case i32Const = 0x41
    case i64Const = 0x42
    case f32Const = 0x43
    case f64Const = 0x44

    // MARK: Comparisons

    case i32Eqz = 0x45
    case i32Eq = 0x46
    case i32Ne = 0x47
    case i32LtS = 0x48
    case i32LtU = 0x49
    case i32GtS = 0x4a
    case i32GtU = 0x4b
    case i32LeS = 0x4c
    case i32LeU = 0x4d
    case i32GeS = 0x4e
    case i32GeU = 0x4f
    case i64Eqz = 0x50
    case i64Eq = 0x51
    case i64Ne = 0x52
    case i64LtS = 0x53
    case i64LtU = 0x54
    case i64GtS = 0x55
    case i64GtU = 0x56
    case i64LeS = 0x57
    case i64LeU = 0x58
    case i64GeS = 0x59
    case i64GeU = 0x5a
    case f32Eq = 0x5b
    case f32Ne = 0x5c
    case f32Lt = 0x5d
    case f32Gt = 0x5e
    case f32Le = 0x5f
    case f32Ge = 0x60
    case f64Eq = 0x61
    case f64Ne = 0x62
    case f64Lt = 0x63
    case f64Gt = 0x64
    case f64Le = 0x65
    case f64Ge = 0x66

    // MARK: Arithmetic

    case i32Clz = 0x67
    case i32Ctz = 0x68
    case i32Popcnt = 0x69
    case i32Add = 0x6a
    case i32Sub = 0x6b
    case i32Mul = 0x6c
    case i32DivS = 0x6d
    case i32DivU = 0x6e
    case i32RemS = 0x6f
    case i32RemU = 0x70
    case i32And = 0x71
    case i32Or = 0x72
    case i32Xor = 0x73
    case i32Shl = 0x74
    case i32ShrS = 0x75
    case i32ShrU = 0x76
    case i32Rotl = 0x77
    case i32Rotr = 0x78
    case i64Clz = 0x79
    case i64Ctz = 0x7a
    case i64Popcnt = 0x7b
    case i64Add = 0x7c
    case i64Sub = 0x7d
    case i64Mul = 0x7e
    case i64DivS = 0x7f
    case i64DivU = 0x80
    case i64RemS = 0x81
    case i64RemU = 0x82
    case i64And = 0x83
    case i64Or = 0x84
    case i64Xor = 0x85
    case i64Shl = 0x86
    case i64ShrS = 0x87
    case i64ShrU = 0x88
    case i64Rotl = 0x89
    case i64Rotr = 0x8a
    case f32Abs = 0x8b
    case f32Neg = 0x8c
    case f32Ceil = 0x8d
    case f32Floor = 0x8e
    case f32Trunc = 0x8f
    case f32Nearest = 0x90
    case f32Sqrt = 0x91
    case f32Add = 0x92
    case f32Sub = 0x93
    case f32Mul = 0x94
    case f32Div = 0x95
    case f32Min = 0x96
    case f32Max = 0x97
    case f32Copysign = 0x98
    case f64Abs = 0x99
    case f64Neg = 0x9a
    case f64Ceil = 0x9b
    case f64Floor = 0x9c
    case f64Trunc = 0x9d
    case f64Nearest = 0x9e
    case f64Sqrt = 0x9f
    case f64Add = 0xa0
    case f64Sub = 0xa1
    case f64Mul = 0xa2
    case f64Div = 0xa3
    case f64Min = 0xa4
    case f64Max = 0xa5
    case f64Copysign = 0xa6

    // MARK: Conversions

    case i32WrapI64 = 0xa7
    case i32TruncF32S = 0xa8
    case i32TruncF32U = 0xa9
    case i32TruncF64S = 0xaa
    case i32TruncF64U = 0xab
    case i64ExtendI32S = 0xac
    case i64ExtendI32U = 0xad
    case i64TruncF32S = 0xae
    case i64TruncF32U = 0xaf
    case i64TruncF64S = 0xb0
    case i64TruncF64U = 0xb1
    case f32ConvertI32S = 0xb2
    case f32ConvertI32U = 0xb3
    case f32ConvertI64S = 0xb4
    case f32ConvertI64U = 0xb5
    case f32DemoteF64 = 0xb6
    case f64ConvertI32S = 0xb7
    case f64ConvertI32U = 0xb8
    case f64ConvertI64S = 0xb9
    case f64ConvertI64U = 0xba
    case f64PromoteF32 = 0xbb
    case i32ReinterpretF32 = 0xbc
    case i64ReinterpretF64 = 0xbd
    case f32ReinterpretI32 = 0xbe
    case f64ReinterpretI64 = 0xbf
    case i32Extend8S = 0xc0
    case i32Extend16S = 0xc1
    case i64Extend8S = 0xc2
    case i64Extend16S = 0xc3
    case i64Extend32S = 0xc4

    // MARK: References

    case refNull = 0xd0
    case refIsNull = 0xd1
    case refFunc = 0xd2

    // MARK: Saturating conversions

    case i32TruncSatF32S = 0xfc00
    case i32TruncSatF32U = 0xfc01
    case i32TruncSatF64S = 0xfc02
    case i32TruncSatF64U = 0xfc03
    case i64TruncSatF32S = 0xfc04
    case i64TruncSatF32U = 0xfc05
    case i64TruncSatF64S = 0xfc06
    case i64TruncSatF64U = 0xfc07

    // MARK: Bulk memory and tables

    case memoryInit = 0xfc08
    case dataDrop = 0xfc09
    case memoryCopy = 0xfc0a
    case memoryFill = 0xfc0b
    case tableInit = 0xfc0c
    case elemDrop = 0xfc0d
    case tableCopy = 0xfc0e
    case tableGrow = 0xfc0f
    case tableSize = 0xfc10
    case tableFill = 0xfc11

    /// Rows of a table over all opcodes.
    static let rowCount = 0x120

    /// Row in such a table: plain opcodes first, those behind 0xfc after them.
    @inline(__always)
    var row: Int { rawValue < 0x100 ? Int(rawValue) : 0x100 + Int(rawValue & 0x1f) }

    /// The opcode of each row; nil where there is none.
    static let byRow: [Opcode?] = {
        var table = [Opcode?](repeating: nil, count: rowCount)
        for opcode in allCases { table[opcode.row] = opcode }
        return table
    }()
}
