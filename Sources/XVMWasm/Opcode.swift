// SPDX-License-Identifier: Apache-2.0
// Every opcode of WebAssembly 2.0 outside SIMD, by the specification's name (index of instructions, appendix A.7).
// Computed constants, so that a switch over them is a jump table also in the modules above this one.

extension Opcode {
    // MARK: Control and parametric

    @inlinable package static var unreachable: Opcode { Opcode(rawValue: 0x00) }
    @inlinable package static var nop: Opcode { Opcode(rawValue: 0x01) }
    @inlinable package static var block: Opcode { Opcode(rawValue: 0x02) }
    @inlinable package static var loop: Opcode { Opcode(rawValue: 0x03) }
    @inlinable package static var `if`: Opcode { Opcode(rawValue: 0x04) }
    @inlinable package static var `else`: Opcode { Opcode(rawValue: 0x05) }
    @inlinable package static var end: Opcode { Opcode(rawValue: 0x0b) }
    @inlinable package static var br: Opcode { Opcode(rawValue: 0x0c) }
    @inlinable package static var brIf: Opcode { Opcode(rawValue: 0x0d) }
    @inlinable package static var brTable: Opcode { Opcode(rawValue: 0x0e) }
    @inlinable package static var `return`: Opcode { Opcode(rawValue: 0x0f) }
    @inlinable package static var call: Opcode { Opcode(rawValue: 0x10) }
    @inlinable package static var callIndirect: Opcode { Opcode(rawValue: 0x11) }
    @inlinable package static var drop: Opcode { Opcode(rawValue: 0x1a) }
    @inlinable package static var select: Opcode { Opcode(rawValue: 0x1b) }
    @inlinable package static var selectTyped: Opcode { Opcode(rawValue: 0x1c) }

    // MARK: Variables and table entries

    @inlinable package static var localGet: Opcode { Opcode(rawValue: 0x20) }
    @inlinable package static var localSet: Opcode { Opcode(rawValue: 0x21) }
    @inlinable package static var localTee: Opcode { Opcode(rawValue: 0x22) }
    @inlinable package static var globalGet: Opcode { Opcode(rawValue: 0x23) }
    @inlinable package static var globalSet: Opcode { Opcode(rawValue: 0x24) }
    @inlinable package static var tableGet: Opcode { Opcode(rawValue: 0x25) }
    @inlinable package static var tableSet: Opcode { Opcode(rawValue: 0x26) }

    // MARK: Memory

    @inlinable package static var i32Load: Opcode { Opcode(rawValue: 0x28) }
    @inlinable package static var i64Load: Opcode { Opcode(rawValue: 0x29) }
    @inlinable package static var f32Load: Opcode { Opcode(rawValue: 0x2a) }
    @inlinable package static var f64Load: Opcode { Opcode(rawValue: 0x2b) }
    @inlinable package static var i32Load8S: Opcode { Opcode(rawValue: 0x2c) }
    @inlinable package static var i32Load8U: Opcode { Opcode(rawValue: 0x2d) }
    @inlinable package static var i32Load16S: Opcode { Opcode(rawValue: 0x2e) }
    @inlinable package static var i32Load16U: Opcode { Opcode(rawValue: 0x2f) }
    @inlinable package static var i64Load8S: Opcode { Opcode(rawValue: 0x30) }
    @inlinable package static var i64Load8U: Opcode { Opcode(rawValue: 0x31) }
    @inlinable package static var i64Load16S: Opcode { Opcode(rawValue: 0x32) }
    @inlinable package static var i64Load16U: Opcode { Opcode(rawValue: 0x33) }
    @inlinable package static var i64Load32S: Opcode { Opcode(rawValue: 0x34) }
    @inlinable package static var i64Load32U: Opcode { Opcode(rawValue: 0x35) }
    @inlinable package static var i32Store: Opcode { Opcode(rawValue: 0x36) }
    @inlinable package static var i64Store: Opcode { Opcode(rawValue: 0x37) }
    @inlinable package static var f32Store: Opcode { Opcode(rawValue: 0x38) }
    @inlinable package static var f64Store: Opcode { Opcode(rawValue: 0x39) }
    @inlinable package static var i32Store8: Opcode { Opcode(rawValue: 0x3a) }
    @inlinable package static var i32Store16: Opcode { Opcode(rawValue: 0x3b) }
    @inlinable package static var i64Store8: Opcode { Opcode(rawValue: 0x3c) }
    @inlinable package static var i64Store16: Opcode { Opcode(rawValue: 0x3d) }
    @inlinable package static var i64Store32: Opcode { Opcode(rawValue: 0x3e) }
    @inlinable package static var memorySize: Opcode { Opcode(rawValue: 0x3f) }
    @inlinable package static var memoryGrow: Opcode { Opcode(rawValue: 0x40) }

    // MARK: Constants

    @inlinable package static var i32Const: Opcode { Opcode(rawValue: 0x41) }
    @inlinable package static var i64Const: Opcode { Opcode(rawValue: 0x42) }
    @inlinable package static var f32Const: Opcode { Opcode(rawValue: 0x43) }
    @inlinable package static var f64Const: Opcode { Opcode(rawValue: 0x44) }

    // MARK: Comparisons

    @inlinable package static var i32Eqz: Opcode { Opcode(rawValue: 0x45) }
    @inlinable package static var i32Eq: Opcode { Opcode(rawValue: 0x46) }
    @inlinable package static var i32Ne: Opcode { Opcode(rawValue: 0x47) }
    @inlinable package static var i32LtS: Opcode { Opcode(rawValue: 0x48) }
    @inlinable package static var i32LtU: Opcode { Opcode(rawValue: 0x49) }
    @inlinable package static var i32GtS: Opcode { Opcode(rawValue: 0x4a) }
    @inlinable package static var i32GtU: Opcode { Opcode(rawValue: 0x4b) }
    @inlinable package static var i32LeS: Opcode { Opcode(rawValue: 0x4c) }
    @inlinable package static var i32LeU: Opcode { Opcode(rawValue: 0x4d) }
    @inlinable package static var i32GeS: Opcode { Opcode(rawValue: 0x4e) }
    @inlinable package static var i32GeU: Opcode { Opcode(rawValue: 0x4f) }
    @inlinable package static var i64Eqz: Opcode { Opcode(rawValue: 0x50) }
    @inlinable package static var i64Eq: Opcode { Opcode(rawValue: 0x51) }
    @inlinable package static var i64Ne: Opcode { Opcode(rawValue: 0x52) }
    @inlinable package static var i64LtS: Opcode { Opcode(rawValue: 0x53) }
    @inlinable package static var i64LtU: Opcode { Opcode(rawValue: 0x54) }
    @inlinable package static var i64GtS: Opcode { Opcode(rawValue: 0x55) }
    @inlinable package static var i64GtU: Opcode { Opcode(rawValue: 0x56) }
    @inlinable package static var i64LeS: Opcode { Opcode(rawValue: 0x57) }
    @inlinable package static var i64LeU: Opcode { Opcode(rawValue: 0x58) }
    @inlinable package static var i64GeS: Opcode { Opcode(rawValue: 0x59) }
    @inlinable package static var i64GeU: Opcode { Opcode(rawValue: 0x5a) }
    @inlinable package static var f32Eq: Opcode { Opcode(rawValue: 0x5b) }
    @inlinable package static var f32Ne: Opcode { Opcode(rawValue: 0x5c) }
    @inlinable package static var f32Lt: Opcode { Opcode(rawValue: 0x5d) }
    @inlinable package static var f32Gt: Opcode { Opcode(rawValue: 0x5e) }
    @inlinable package static var f32Le: Opcode { Opcode(rawValue: 0x5f) }
    @inlinable package static var f32Ge: Opcode { Opcode(rawValue: 0x60) }
    @inlinable package static var f64Eq: Opcode { Opcode(rawValue: 0x61) }
    @inlinable package static var f64Ne: Opcode { Opcode(rawValue: 0x62) }
    @inlinable package static var f64Lt: Opcode { Opcode(rawValue: 0x63) }
    @inlinable package static var f64Gt: Opcode { Opcode(rawValue: 0x64) }
    @inlinable package static var f64Le: Opcode { Opcode(rawValue: 0x65) }
    @inlinable package static var f64Ge: Opcode { Opcode(rawValue: 0x66) }

    // MARK: Arithmetic

    @inlinable package static var i32Clz: Opcode { Opcode(rawValue: 0x67) }
    @inlinable package static var i32Ctz: Opcode { Opcode(rawValue: 0x68) }
    @inlinable package static var i32Popcnt: Opcode { Opcode(rawValue: 0x69) }
    @inlinable package static var i32Add: Opcode { Opcode(rawValue: 0x6a) }
    @inlinable package static var i32Sub: Opcode { Opcode(rawValue: 0x6b) }
    @inlinable package static var i32Mul: Opcode { Opcode(rawValue: 0x6c) }
    @inlinable package static var i32DivS: Opcode { Opcode(rawValue: 0x6d) }
    @inlinable package static var i32DivU: Opcode { Opcode(rawValue: 0x6e) }
    @inlinable package static var i32RemS: Opcode { Opcode(rawValue: 0x6f) }
    @inlinable package static var i32RemU: Opcode { Opcode(rawValue: 0x70) }
    @inlinable package static var i32And: Opcode { Opcode(rawValue: 0x71) }
    @inlinable package static var i32Or: Opcode { Opcode(rawValue: 0x72) }
    @inlinable package static var i32Xor: Opcode { Opcode(rawValue: 0x73) }
    @inlinable package static var i32Shl: Opcode { Opcode(rawValue: 0x74) }
    @inlinable package static var i32ShrS: Opcode { Opcode(rawValue: 0x75) }
    @inlinable package static var i32ShrU: Opcode { Opcode(rawValue: 0x76) }
    @inlinable package static var i32Rotl: Opcode { Opcode(rawValue: 0x77) }
    @inlinable package static var i32Rotr: Opcode { Opcode(rawValue: 0x78) }
    @inlinable package static var i64Clz: Opcode { Opcode(rawValue: 0x79) }
    @inlinable package static var i64Ctz: Opcode { Opcode(rawValue: 0x7a) }
    @inlinable package static var i64Popcnt: Opcode { Opcode(rawValue: 0x7b) }
    @inlinable package static var i64Add: Opcode { Opcode(rawValue: 0x7c) }
    @inlinable package static var i64Sub: Opcode { Opcode(rawValue: 0x7d) }
    @inlinable package static var i64Mul: Opcode { Opcode(rawValue: 0x7e) }
    @inlinable package static var i64DivS: Opcode { Opcode(rawValue: 0x7f) }
    @inlinable package static var i64DivU: Opcode { Opcode(rawValue: 0x80) }
    @inlinable package static var i64RemS: Opcode { Opcode(rawValue: 0x81) }
    @inlinable package static var i64RemU: Opcode { Opcode(rawValue: 0x82) }
    @inlinable package static var i64And: Opcode { Opcode(rawValue: 0x83) }
    @inlinable package static var i64Or: Opcode { Opcode(rawValue: 0x84) }
    @inlinable package static var i64Xor: Opcode { Opcode(rawValue: 0x85) }
    @inlinable package static var i64Shl: Opcode { Opcode(rawValue: 0x86) }
    @inlinable package static var i64ShrS: Opcode { Opcode(rawValue: 0x87) }
    @inlinable package static var i64ShrU: Opcode { Opcode(rawValue: 0x88) }
    @inlinable package static var i64Rotl: Opcode { Opcode(rawValue: 0x89) }
    @inlinable package static var i64Rotr: Opcode { Opcode(rawValue: 0x8a) }
    @inlinable package static var f32Abs: Opcode { Opcode(rawValue: 0x8b) }
    @inlinable package static var f32Neg: Opcode { Opcode(rawValue: 0x8c) }
    @inlinable package static var f32Ceil: Opcode { Opcode(rawValue: 0x8d) }
    @inlinable package static var f32Floor: Opcode { Opcode(rawValue: 0x8e) }
    @inlinable package static var f32Trunc: Opcode { Opcode(rawValue: 0x8f) }
    @inlinable package static var f32Nearest: Opcode { Opcode(rawValue: 0x90) }
    @inlinable package static var f32Sqrt: Opcode { Opcode(rawValue: 0x91) }
    @inlinable package static var f32Add: Opcode { Opcode(rawValue: 0x92) }
    @inlinable package static var f32Sub: Opcode { Opcode(rawValue: 0x93) }
    @inlinable package static var f32Mul: Opcode { Opcode(rawValue: 0x94) }
    @inlinable package static var f32Div: Opcode { Opcode(rawValue: 0x95) }
    @inlinable package static var f32Min: Opcode { Opcode(rawValue: 0x96) }
    @inlinable package static var f32Max: Opcode { Opcode(rawValue: 0x97) }
    @inlinable package static var f32Copysign: Opcode { Opcode(rawValue: 0x98) }
    @inlinable package static var f64Abs: Opcode { Opcode(rawValue: 0x99) }
    @inlinable package static var f64Neg: Opcode { Opcode(rawValue: 0x9a) }
    @inlinable package static var f64Ceil: Opcode { Opcode(rawValue: 0x9b) }
    @inlinable package static var f64Floor: Opcode { Opcode(rawValue: 0x9c) }
    @inlinable package static var f64Trunc: Opcode { Opcode(rawValue: 0x9d) }
    @inlinable package static var f64Nearest: Opcode { Opcode(rawValue: 0x9e) }
    @inlinable package static var f64Sqrt: Opcode { Opcode(rawValue: 0x9f) }
    @inlinable package static var f64Add: Opcode { Opcode(rawValue: 0xa0) }
    @inlinable package static var f64Sub: Opcode { Opcode(rawValue: 0xa1) }
    @inlinable package static var f64Mul: Opcode { Opcode(rawValue: 0xa2) }
    @inlinable package static var f64Div: Opcode { Opcode(rawValue: 0xa3) }
    @inlinable package static var f64Min: Opcode { Opcode(rawValue: 0xa4) }
    @inlinable package static var f64Max: Opcode { Opcode(rawValue: 0xa5) }
    @inlinable package static var f64Copysign: Opcode { Opcode(rawValue: 0xa6) }

    // MARK: Conversions

    @inlinable package static var i32WrapI64: Opcode { Opcode(rawValue: 0xa7) }
    @inlinable package static var i32TruncF32S: Opcode { Opcode(rawValue: 0xa8) }
    @inlinable package static var i32TruncF32U: Opcode { Opcode(rawValue: 0xa9) }
    @inlinable package static var i32TruncF64S: Opcode { Opcode(rawValue: 0xaa) }
    @inlinable package static var i32TruncF64U: Opcode { Opcode(rawValue: 0xab) }
    @inlinable package static var i64ExtendI32S: Opcode { Opcode(rawValue: 0xac) }
    @inlinable package static var i64ExtendI32U: Opcode { Opcode(rawValue: 0xad) }
    @inlinable package static var i64TruncF32S: Opcode { Opcode(rawValue: 0xae) }
    @inlinable package static var i64TruncF32U: Opcode { Opcode(rawValue: 0xaf) }
    @inlinable package static var i64TruncF64S: Opcode { Opcode(rawValue: 0xb0) }
    @inlinable package static var i64TruncF64U: Opcode { Opcode(rawValue: 0xb1) }
    @inlinable package static var f32ConvertI32S: Opcode { Opcode(rawValue: 0xb2) }
    @inlinable package static var f32ConvertI32U: Opcode { Opcode(rawValue: 0xb3) }
    @inlinable package static var f32ConvertI64S: Opcode { Opcode(rawValue: 0xb4) }
    @inlinable package static var f32ConvertI64U: Opcode { Opcode(rawValue: 0xb5) }
    @inlinable package static var f32DemoteF64: Opcode { Opcode(rawValue: 0xb6) }
    @inlinable package static var f64ConvertI32S: Opcode { Opcode(rawValue: 0xb7) }
    @inlinable package static var f64ConvertI32U: Opcode { Opcode(rawValue: 0xb8) }
    @inlinable package static var f64ConvertI64S: Opcode { Opcode(rawValue: 0xb9) }
    @inlinable package static var f64ConvertI64U: Opcode { Opcode(rawValue: 0xba) }
    @inlinable package static var f64PromoteF32: Opcode { Opcode(rawValue: 0xbb) }
    @inlinable package static var i32ReinterpretF32: Opcode { Opcode(rawValue: 0xbc) }
    @inlinable package static var i64ReinterpretF64: Opcode { Opcode(rawValue: 0xbd) }
    @inlinable package static var f32ReinterpretI32: Opcode { Opcode(rawValue: 0xbe) }
    @inlinable package static var f64ReinterpretI64: Opcode { Opcode(rawValue: 0xbf) }
    @inlinable package static var i32Extend8S: Opcode { Opcode(rawValue: 0xc0) }
    @inlinable package static var i32Extend16S: Opcode { Opcode(rawValue: 0xc1) }
    @inlinable package static var i64Extend8S: Opcode { Opcode(rawValue: 0xc2) }
    @inlinable package static var i64Extend16S: Opcode { Opcode(rawValue: 0xc3) }
    @inlinable package static var i64Extend32S: Opcode { Opcode(rawValue: 0xc4) }

    // MARK: References

    @inlinable package static var refNull: Opcode { Opcode(rawValue: 0xd0) }
    @inlinable package static var refIsNull: Opcode { Opcode(rawValue: 0xd1) }
    @inlinable package static var refFunc: Opcode { Opcode(rawValue: 0xd2) }

    // MARK: Saturating conversions

    @inlinable package static var i32TruncSatF32S: Opcode { Opcode(rawValue: 0xfc00) }
    @inlinable package static var i32TruncSatF32U: Opcode { Opcode(rawValue: 0xfc01) }
    @inlinable package static var i32TruncSatF64S: Opcode { Opcode(rawValue: 0xfc02) }
    @inlinable package static var i32TruncSatF64U: Opcode { Opcode(rawValue: 0xfc03) }
    @inlinable package static var i64TruncSatF32S: Opcode { Opcode(rawValue: 0xfc04) }
    @inlinable package static var i64TruncSatF32U: Opcode { Opcode(rawValue: 0xfc05) }
    @inlinable package static var i64TruncSatF64S: Opcode { Opcode(rawValue: 0xfc06) }
    @inlinable package static var i64TruncSatF64U: Opcode { Opcode(rawValue: 0xfc07) }

    // MARK: Bulk memory and tables

    @inlinable package static var memoryInit: Opcode { Opcode(rawValue: 0xfc08) }
    @inlinable package static var dataDrop: Opcode { Opcode(rawValue: 0xfc09) }
    @inlinable package static var memoryCopy: Opcode { Opcode(rawValue: 0xfc0a) }
    @inlinable package static var memoryFill: Opcode { Opcode(rawValue: 0xfc0b) }
    @inlinable package static var tableInit: Opcode { Opcode(rawValue: 0xfc0c) }
    @inlinable package static var elemDrop: Opcode { Opcode(rawValue: 0xfc0d) }
    @inlinable package static var tableCopy: Opcode { Opcode(rawValue: 0xfc0e) }
    @inlinable package static var tableGrow: Opcode { Opcode(rawValue: 0xfc0f) }
    @inlinable package static var tableSize: Opcode { Opcode(rawValue: 0xfc10) }
    @inlinable package static var tableFill: Opcode { Opcode(rawValue: 0xfc11) }
}
