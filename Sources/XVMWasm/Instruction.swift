// SPDX-License-Identifier: Apache-2.0
// One decoded instruction. The reader (InstructionReader.swift) yields these from a function body; validator and translator
// read the same ones, so that what was checked is what is emitted.

/// A decoded instruction with its immediates. Which fields mean something depends on the opcode:
/// - `index`: label, function, type, local, global, table, data or element index; memory argument's alignment exponent;
///   for `call_indirect` the type index; for `memory.init`/`table.init` the segment; for `table.copy` the destination;
///   for `ref.null` the raw byte of the reference type
/// - `index2`: table index of `call_indirect` and `table.init`; source of `table.copy`; default label of `br_table`; lane of
///   the vector instructions that have one
/// - `bits`: the constant's bits (f32 and i32 zero-extended); memory argument's offset; the first eight bytes of
///   `v128.const` and of the lanes of `i8x16.shuffle`, the first byte lowest
/// - `bitsHigh`: the other eight bytes of these two
/// - `blockType`: block, loop, if
/// - `labels`: targets of `br_table`, default not included; value types of `select t`, as raw bytes
package struct Instruction: Sendable {
    package private(set) var opcode: Opcode
    /// `opcode.row`, which the reader knows anyway.
    private(set) var row: UInt16
    /// Byte offset in the binary.
    package var offset: Int
    package var index: UInt32 = 0
    package var index2: UInt32 = 0
    package var bits: UInt64 = 0
    package var bitsHigh: UInt64 = 0
    package var blockType: BlockType = .empty
    package var labels: [UInt32] = []

    package init(opcode: Opcode, offset: Int) {
        self.opcode = opcode
        self.row = UInt16(opcode.row)
        self.offset = offset
    }

    /// Makes it an instruction without immediates.
    @inline(__always)
    mutating func reset(_ opcode: Opcode, row: Int, at offset: Int) {
        self.opcode = opcode
        self.row = UInt16(truncatingIfNeeded: row)
        self.offset = offset
        index = 0
        index2 = 0
        bits = 0
        bitsHigh = 0
        blockType = .empty
        if !labels.isEmpty { labels = [] }
    }
}
