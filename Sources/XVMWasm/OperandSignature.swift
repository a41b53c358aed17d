// SPDX-License-Identifier: Apache-2.0
// What the instructions of fixed type take from and leave on the operand stack, as a table (section 3.3).

/// The type of an instruction whose operands and result depend on nothing but its opcode, packed so that validation of most
/// instructions is one look-up. Types are bytes of `ValueType`, 0 for none.
struct OperandSignature: Sendable {
    /// Taken first, the top of the stack.
    var first: UInt8 = 0
    /// Taken second.
    var second: UInt8 = 0
    /// Left behind.
    var result: UInt8 = 0
    /// Largest alignment exponent of a memory access; 0xff: needs no memory.
    var alignmentMax: UInt8 = 0xff
    /// Lanes among which an immediate chooses; 0: it has none.
    var lanes: UInt8 = 0
    /// False where more has to be looked at than this table holds; what the other fields say is true.
    var isKnown = false

    /// By `Opcode.row`.
    static let table: [OperandSignature] = {
        let i32 = ValueType.i32.rawValue
        let i64 = ValueType.i64.rawValue
        let f32 = ValueType.f32.rawValue
        let f64 = ValueType.f64.rawValue
        var table = Array(repeating: OperandSignature(), count: Opcode.rowCount)

        func set(_ opcodes: ClosedRange<Int>, _ first: UInt8, _ second: UInt8, _ result: UInt8) {
            for row in opcodes { table[row] = OperandSignature(first: first, second: second, result: result, isKnown: true) }
        }
        func unary(_ opcodes: ClosedRange<Int>, _ type: UInt8, _ result: UInt8) { set(opcodes, type, 0, result) }
        func binary(_ opcodes: ClosedRange<Int>, _ type: UInt8, _ result: UInt8) { set(opcodes, type, type, result) }
        func load(_ opcode: Int, _ type: UInt8, _ alignment: UInt8) {
            table[opcode] = OperandSignature(first: i32, result: type, alignmentMax: alignment, isKnown: true)
        }
        func store(_ opcode: Int, _ type: UInt8, _ alignment: UInt8) {
            table[opcode] = OperandSignature(first: type, second: i32, alignmentMax: alignment, isKnown: true)
        }

        // Loads: full width, then i32 8s 8u 16s 16u, i64 8s 8u 16s 16u 32s 32u.
        for (index, (type, alignment)) in [(i32, 2), (i64, 3), (f32, 2), (f64, 3)].enumerated() {
            load(0x28 + index, type, UInt8(alignment))
        }
        for (index, alignment) in [0, 0, 1, 1].enumerated() { load(0x2c + index, i32, UInt8(alignment)) }
        for (index, alignment) in [0, 0, 1, 1, 2, 2].enumerated() { load(0x30 + index, i64, UInt8(alignment)) }
        // Stores: full width, then i32 8 16, i64 8 16 32.
        for (index, (type, alignment)) in [(i32, 2), (i64, 3), (f32, 2), (f64, 3)].enumerated() {
            store(0x36 + index, type, UInt8(alignment))
        }
        for (index, alignment) in [0, 1].enumerated() { store(0x3a + index, i32, UInt8(alignment)) }
        for (index, alignment) in [0, 1, 2].enumerated() { store(0x3c + index, i64, UInt8(alignment)) }
        // memory.size, memory.grow
        table[0x3f] = OperandSignature(result: i32, alignmentMax: 0, isKnown: true)
        table[0x40] = OperandSignature(first: i32, result: i32, alignmentMax: 0, isKnown: true)

        for (opcode, type) in zip(0x41...0x44, [i32, i64, f32, f64]) { set(opcode...opcode, 0, 0, type) }

        unary(0x45...0x45, i32, i32)  // eqz
        binary(0x46...0x4f, i32, i32)
        unary(0x50...0x50, i64, i32)
        binary(0x51...0x5a, i64, i32)
        binary(0x5b...0x60, f32, i32)
        binary(0x61...0x66, f64, i32)
        unary(0x67...0x69, i32, i32)  // clz, ctz, popcnt
        binary(0x6a...0x78, i32, i32)
        unary(0x79...0x7b, i64, i64)
        binary(0x7c...0x8a, i64, i64)
        unary(0x8b...0x91, f32, f32)  // abs to sqrt
        binary(0x92...0x98, f32, f32)
        unary(0x99...0x9f, f64, f64)
        binary(0xa0...0xa6, f64, f64)

        // Conversions 0xa7 to 0xbf: operand and result of each.
        let conversions: [(UInt8, UInt8)] = [
            (i64, i32), (f32, i32), (f32, i32), (f64, i32), (f64, i32), (i32, i64), (i32, i64), (f32, i64), (f32, i64),
            (f64, i64), (f64, i64), (i32, f32), (i32, f32), (i64, f32), (i64, f32), (f64, f32), (i32, f64), (i32, f64),
            (i64, f64), (i64, f64), (f32, f64), (f32, i32), (f64, i64), (i32, f32), (i64, f64),
        ]
        for (index, (operand, result)) in conversions.enumerated() { set(0xa7 + index...0xa7 + index, operand, 0, result) }
        unary(0xc0...0xc1, i32, i32)  // sign extension
        unary(0xc2...0xc4, i64, i64)

        // Saturating conversions, 0xfc 0 to 7.
        for (index, (operand, result)) in [(f32, i32), (f64, i32), (f32, i64), (f64, i64)].enumerated() {
            unary(0x100 + 2 * index...0x101 + 2 * index, operand, result)
        }
        addVectors(to: &table)
        return table
    }()
}
