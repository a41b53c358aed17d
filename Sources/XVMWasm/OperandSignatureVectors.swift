// SPDX-License-Identifier: Apache-2.0
// The same table for the instructions on vectors (section 3.3.3 and 3.3.7), by their numbers behind the prefix 0xfd.

extension OperandSignature {
    /// Fills in the rows of vector instructions. Two stay open: `i8x16.shuffle`, whose immediate has a rule of its own, and
    /// `v128.bitselect`, which takes three operands.
    static func addVectors(to table: inout [OperandSignature]) {
        let i32 = ValueType.i32.rawValue
        let vector = ValueType.v128.rawValue
        /// What a lane is outside of a vector, and how many there are, for each shape.
        let shapes: [(scalar: UInt8, lanes: UInt8)] = [
            (i32, 16), (i32, 8), (i32, 4), (ValueType.i64.rawValue, 2), (ValueType.f32.rawValue, 4),
            (ValueType.f64.rawValue, 2),
        ]

        func set(_ number: Int, _ signature: OperandSignature) { table[0x120 + number] = signature }
        func set(_ number: Int, _ first: UInt8, _ second: UInt8, _ result: UInt8) {
            set(number, OperandSignature(first: first, second: second, result: result, isKnown: true))
        }
        func load(_ number: Int, _ alignment: UInt8) {
            set(number, OperandSignature(first: i32, result: vector, alignmentMax: alignment, isKnown: true))
        }

        // Memory: whole, eight bytes extended, one lane repeated, whole store, one lane and zeros.
        load(0, 4)
        for number in 1...6 { load(number, 3) }
        for exponent in 0...3 { load(7 + exponent, UInt8(exponent)) }
        set(11, OperandSignature(first: vector, second: i32, alignmentMax: 4, isKnown: true))
        load(92, 2)
        load(93, 3)
        // One lane of a vector from and to memory.
        for exponent in 0...3 {
            let (alignment, lanes) = (UInt8(exponent), UInt8(16 >> exponent))
            set(
                84 + exponent, OperandSignature(first: vector, second: i32, result: vector, alignmentMax: alignment, lanes: lanes)
            )
            set(88 + exponent, OperandSignature(first: vector, second: i32, alignmentMax: alignment, lanes: lanes))
        }

        set(12, 0, 0, vector)  // v128.const
        for (index, shape) in shapes.enumerated() { set(15 + index, shape.scalar, 0, vector) }  // splat
        // extract_lane, for the first two shapes signed and unsigned, then replace_lane.
        var number = 21
        for (index, shape) in shapes.enumerated() {
            for _ in 0..<(index < 2 ? 2 : 1) {
                set(number, OperandSignature(first: vector, result: shape.scalar, lanes: shape.lanes))
                number += 1
            }
            set(number, OperandSignature(first: shape.scalar, second: vector, result: vector, lanes: shape.lanes))
            number += 1
        }

        // all_true, any_true, bitmask
        for number in [83, 99, 100, 131, 132, 163, 164, 195, 196] { set(number, vector, 0, i32) }
        // Shifts, by a count that is no vector.
        for first in [107, 139, 171, 203] {
            for number in first...first + 2 { set(number, i32, vector, vector) }
        }
        let unaries = [
            77...77, 94...98, 103...106, 116...117, 122...122, 124...129, 135...138, 148...148, 160...161, 167...170,
            192...193, 199...202, 224...227, 236...239, 248...255,
        ]
        for number in unaries.joined() where Opcode.byRow[0x120 + number] != nil { set(number, vector, 0, vector) }
        // What is left has two operands: swizzle, comparisons, arithmetic.
        let isOpen: Set<Opcode> = [.i8x16Shuffle, .v128Bitselect]
        for number in 13...0xff {
            guard let opcode = Opcode.byRow[0x120 + number], !isOpen.contains(opcode) else { continue }
            let row = table[0x120 + number]
            if !row.isKnown && row.lanes == 0 { set(number, vector, vector, vector) }
        }
    }
}
