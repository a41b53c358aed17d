// SPDX-License-Identifier: Apache-2.0
// Every opcode of WebAssembly 2.0, by the specification's name (index of instructions, appendix A.7).

/// An opcode: the byte itself, or 0xfc00 | n and 0xfd00 | n for the prefixed ones (section 5.4), the latter on vectors. An
/// enumeration, so that a switch over it is one jump also in the modules above, where nothing of this module is inlined.
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

    // MARK: Vectors: memory, constants, lanes

    case v128Load = 0xfd00
    case v128Load8x8S = 0xfd01
    case v128Load8x8U = 0xfd02
    case v128Load16x4S = 0xfd03
    case v128Load16x4U = 0xfd04
    case v128Load32x2S = 0xfd05
    case v128Load32x2U = 0xfd06
    case v128Load8Splat = 0xfd07
    case v128Load16Splat = 0xfd08
    case v128Load32Splat = 0xfd09
    case v128Load64Splat = 0xfd0a
    case v128Store = 0xfd0b
    case v128Const = 0xfd0c
    case i8x16Shuffle = 0xfd0d
    case i8x16Swizzle = 0xfd0e
    case i8x16Splat = 0xfd0f
    case i16x8Splat = 0xfd10
    case i32x4Splat = 0xfd11
    case i64x2Splat = 0xfd12
    case f32x4Splat = 0xfd13
    case f64x2Splat = 0xfd14
    case i8x16ExtractLaneS = 0xfd15
    case i8x16ExtractLaneU = 0xfd16
    case i8x16ReplaceLane = 0xfd17
    case i16x8ExtractLaneS = 0xfd18
    case i16x8ExtractLaneU = 0xfd19
    case i16x8ReplaceLane = 0xfd1a
    case i32x4ExtractLane = 0xfd1b
    case i32x4ReplaceLane = 0xfd1c
    case i64x2ExtractLane = 0xfd1d
    case i64x2ReplaceLane = 0xfd1e
    case f32x4ExtractLane = 0xfd1f
    case f32x4ReplaceLane = 0xfd20
    case f64x2ExtractLane = 0xfd21
    case f64x2ReplaceLane = 0xfd22

    // MARK: Vectors: comparisons

    case i8x16Eq = 0xfd23
    case i8x16Ne = 0xfd24
    case i8x16LtS = 0xfd25
    case i8x16LtU = 0xfd26
    case i8x16GtS = 0xfd27
    case i8x16GtU = 0xfd28
    case i8x16LeS = 0xfd29
    case i8x16LeU = 0xfd2a
    case i8x16GeS = 0xfd2b
    case i8x16GeU = 0xfd2c
    case i16x8Eq = 0xfd2d
    case i16x8Ne = 0xfd2e
    case i16x8LtS = 0xfd2f
    case i16x8LtU = 0xfd30
    case i16x8GtS = 0xfd31
    case i16x8GtU = 0xfd32
    case i16x8LeS = 0xfd33
    case i16x8LeU = 0xfd34
    case i16x8GeS = 0xfd35
    case i16x8GeU = 0xfd36
    case i32x4Eq = 0xfd37
    case i32x4Ne = 0xfd38
    case i32x4LtS = 0xfd39
    case i32x4LtU = 0xfd3a
    case i32x4GtS = 0xfd3b
    case i32x4GtU = 0xfd3c
    case i32x4LeS = 0xfd3d
    case i32x4LeU = 0xfd3e
    case i32x4GeS = 0xfd3f
    case i32x4GeU = 0xfd40
    case f32x4Eq = 0xfd41
    case f32x4Ne = 0xfd42
    case f32x4Lt = 0xfd43
    case f32x4Gt = 0xfd44
    case f32x4Le = 0xfd45
    case f32x4Ge = 0xfd46
    case f64x2Eq = 0xfd47
    case f64x2Ne = 0xfd48
    case f64x2Lt = 0xfd49
    case f64x2Gt = 0xfd4a
    case f64x2Le = 0xfd4b
    case f64x2Ge = 0xfd4c

    // MARK: Vectors: bits, memory lanes

    case v128Not = 0xfd4d
    case v128And = 0xfd4e
    case v128Andnot = 0xfd4f
    case v128Or = 0xfd50
    case v128Xor = 0xfd51
    case v128Bitselect = 0xfd52
    case v128AnyTrue = 0xfd53
    case v128Load8Lane = 0xfd54
    case v128Load16Lane = 0xfd55
    case v128Load32Lane = 0xfd56
    case v128Load64Lane = 0xfd57
    case v128Store8Lane = 0xfd58
    case v128Store16Lane = 0xfd59
    case v128Store32Lane = 0xfd5a
    case v128Store64Lane = 0xfd5b
    case v128Load32Zero = 0xfd5c
    case v128Load64Zero = 0xfd5d
    case f32x4DemoteF64x2Zero = 0xfd5e
    case f64x2PromoteLowF32x4 = 0xfd5f

    // MARK: Vectors: bytes, and roundings that stand between them

    case i8x16Abs = 0xfd60
    case i8x16Neg = 0xfd61
    case i8x16Popcnt = 0xfd62
    case i8x16AllTrue = 0xfd63
    case i8x16Bitmask = 0xfd64
    case i8x16NarrowI16x8S = 0xfd65
    case i8x16NarrowI16x8U = 0xfd66
    case f32x4Ceil = 0xfd67
    case f32x4Floor = 0xfd68
    case f32x4Trunc = 0xfd69
    case f32x4Nearest = 0xfd6a
    case i8x16Shl = 0xfd6b
    case i8x16ShrS = 0xfd6c
    case i8x16ShrU = 0xfd6d
    case i8x16Add = 0xfd6e
    case i8x16AddSatS = 0xfd6f
    case i8x16AddSatU = 0xfd70
    case i8x16Sub = 0xfd71
    case i8x16SubSatS = 0xfd72
    case i8x16SubSatU = 0xfd73
    case f64x2Ceil = 0xfd74
    case f64x2Floor = 0xfd75
    case i8x16MinS = 0xfd76
    case i8x16MinU = 0xfd77
    case i8x16MaxS = 0xfd78
    case i8x16MaxU = 0xfd79
    case f64x2Trunc = 0xfd7a
    case i8x16AvgrU = 0xfd7b

    // MARK: Vectors: 16 bits

    case i16x8ExtaddPairwiseI8x16S = 0xfd7c
    case i16x8ExtaddPairwiseI8x16U = 0xfd7d
    case i32x4ExtaddPairwiseI16x8S = 0xfd7e
    case i32x4ExtaddPairwiseI16x8U = 0xfd7f
    case i16x8Abs = 0xfd80
    case i16x8Neg = 0xfd81
    case i16x8Q15mulrSatS = 0xfd82
    case i16x8AllTrue = 0xfd83
    case i16x8Bitmask = 0xfd84
    case i16x8NarrowI32x4S = 0xfd85
    case i16x8NarrowI32x4U = 0xfd86
    case i16x8ExtendLowI8x16S = 0xfd87
    case i16x8ExtendHighI8x16S = 0xfd88
    case i16x8ExtendLowI8x16U = 0xfd89
    case i16x8ExtendHighI8x16U = 0xfd8a
    case i16x8Shl = 0xfd8b
    case i16x8ShrS = 0xfd8c
    case i16x8ShrU = 0xfd8d
    case i16x8Add = 0xfd8e
    case i16x8AddSatS = 0xfd8f
    case i16x8AddSatU = 0xfd90
    case i16x8Sub = 0xfd91
    case i16x8SubSatS = 0xfd92
    case i16x8SubSatU = 0xfd93
    case f64x2Nearest = 0xfd94
    case i16x8Mul = 0xfd95
    case i16x8MinS = 0xfd96
    case i16x8MinU = 0xfd97
    case i16x8MaxS = 0xfd98
    case i16x8MaxU = 0xfd99
    case i16x8AvgrU = 0xfd9b
    case i16x8ExtmulLowI8x16S = 0xfd9c
    case i16x8ExtmulHighI8x16S = 0xfd9d
    case i16x8ExtmulLowI8x16U = 0xfd9e
    case i16x8ExtmulHighI8x16U = 0xfd9f

    // MARK: Vectors: 32 bits

    case i32x4Abs = 0xfda0
    case i32x4Neg = 0xfda1
    case i32x4AllTrue = 0xfda3
    case i32x4Bitmask = 0xfda4
    case i32x4ExtendLowI16x8S = 0xfda7
    case i32x4ExtendHighI16x8S = 0xfda8
    case i32x4ExtendLowI16x8U = 0xfda9
    case i32x4ExtendHighI16x8U = 0xfdaa
    case i32x4Shl = 0xfdab
    case i32x4ShrS = 0xfdac
    case i32x4ShrU = 0xfdad
    case i32x4Add = 0xfdae
    case i32x4Sub = 0xfdb1
    case i32x4Mul = 0xfdb5
    case i32x4MinS = 0xfdb6
    case i32x4MinU = 0xfdb7
    case i32x4MaxS = 0xfdb8
    case i32x4MaxU = 0xfdb9
    case i32x4DotI16x8S = 0xfdba
    case i32x4ExtmulLowI16x8S = 0xfdbc
    case i32x4ExtmulHighI16x8S = 0xfdbd
    case i32x4ExtmulLowI16x8U = 0xfdbe
    case i32x4ExtmulHighI16x8U = 0xfdbf

    // MARK: Vectors: 64 bits

    case i64x2Abs = 0xfdc0
    case i64x2Neg = 0xfdc1
    case i64x2AllTrue = 0xfdc3
    case i64x2Bitmask = 0xfdc4
    case i64x2ExtendLowI32x4S = 0xfdc7
    case i64x2ExtendHighI32x4S = 0xfdc8
    case i64x2ExtendLowI32x4U = 0xfdc9
    case i64x2ExtendHighI32x4U = 0xfdca
    case i64x2Shl = 0xfdcb
    case i64x2ShrS = 0xfdcc
    case i64x2ShrU = 0xfdcd
    case i64x2Add = 0xfdce
    case i64x2Sub = 0xfdd1
    case i64x2Mul = 0xfdd5
    case i64x2Eq = 0xfdd6
    case i64x2Ne = 0xfdd7
    case i64x2LtS = 0xfdd8
    case i64x2GtS = 0xfdd9
    case i64x2LeS = 0xfdda
    case i64x2GeS = 0xfddb
    case i64x2ExtmulLowI32x4S = 0xfddc
    case i64x2ExtmulHighI32x4S = 0xfddd
    case i64x2ExtmulLowI32x4U = 0xfdde
    case i64x2ExtmulHighI32x4U = 0xfddf

    // MARK: Vectors: floats and conversions

    case f32x4Abs = 0xfde0
    case f32x4Neg = 0xfde1
    case f32x4Sqrt = 0xfde3
    case f32x4Add = 0xfde4
    case f32x4Sub = 0xfde5
    case f32x4Mul = 0xfde6
    case f32x4Div = 0xfde7
    case f32x4Min = 0xfde8
    case f32x4Max = 0xfde9
    case f32x4Pmin = 0xfdea
    case f32x4Pmax = 0xfdeb
    case f64x2Abs = 0xfdec
    case f64x2Neg = 0xfded
    case f64x2Sqrt = 0xfdef
    case f64x2Add = 0xfdf0
    case f64x2Sub = 0xfdf1
    case f64x2Mul = 0xfdf2
    case f64x2Div = 0xfdf3
    case f64x2Min = 0xfdf4
    case f64x2Max = 0xfdf5
    case f64x2Pmin = 0xfdf6
    case f64x2Pmax = 0xfdf7
    case i32x4TruncSatF32x4S = 0xfdf8
    case i32x4TruncSatF32x4U = 0xfdf9
    case f32x4ConvertI32x4S = 0xfdfa
    case f32x4ConvertI32x4U = 0xfdfb
    case i32x4TruncSatF64x2SZero = 0xfdfc
    case i32x4TruncSatF64x2UZero = 0xfdfd
    case f64x2ConvertLowI32x4S = 0xfdfe
    case f64x2ConvertLowI32x4U = 0xfdff

    /// Rows of a table over all opcodes, most of which are taken.
    package static let rowCount = 0x220

    /// The first row of those behind 0xfd.
    static let firstVectorRow = 0x120

    /// Row in such a table: plain opcodes first, those behind 0xfc after them, then those behind 0xfd.
    @inline(__always)
    package var row: Int {
        if rawValue < 0x100 { return Int(rawValue) }
        return rawValue < 0xfd00 ? 0x100 + Int(rawValue & 0x1f) : 0x120 + Int(rawValue & 0xff)
    }

    /// The opcode of each row; nil where there is none.
    static let byRow: [Opcode?] = {
        var table = [Opcode?](repeating: nil, count: rowCount)
        for opcode in allCases { table[opcode.row] = opcode }
        return table
    }()
}
