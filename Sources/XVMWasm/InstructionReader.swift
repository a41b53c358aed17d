// SPDX-License-Identifier: Apache-2.0
// Reads the instructions of a function body one at a time (section 5.4).

import XVMCore

/// A cursor over the instructions of a body. It knows the binary form alone: indices are not looked up, types not checked.
/// Allocates nothing but the labels of `br_table` and the types of a typed `select`.
package struct InstructionReader: Sendable {
    var reader: ByteReader
    let features: WasmFeatures
    /// Longest `br_table` that is still read.
    let branchTargetsMax: Int
    /// `Opcode.byRow`, held here so that the loop reads no global.
    let opcodes = Opcode.byRow

    /// Reads a body of a validated module.
    package init(_ module: Module, body: Range<Int>) {
        self.init(ByteReader(module.bytes, range: body), features: .wasm2, branchTargetsMax: .max)
    }

    init(_ reader: ByteReader, features: WasmFeatures, branchTargetsMax: Int) {
        self.reader = reader
        self.features = features
        self.branchTargetsMax = branchTargetsMax
    }

    /// Byte offset of the next instruction.
    package var offset: Int { reader.offset }

    /// The next instruction; nil after the body's last byte.
    package mutating func next() throws(WasmError) -> Instruction? {
        var instruction = Instruction(opcode: .nop, offset: reader.offset)
        return try read(into: &instruction) ? instruction : nil
    }

    /// `next` without a copy: overwrites `instruction`, every field of it.
    /// - Returns: false, with `instruction` unchanged, after the body's last byte.
    package mutating func read(into instruction: inout Instruction) throws(WasmError) -> Bool {
        let start = reader.offset
        if start == reader.end { return false }
        let byte = try u8()
        guard let opcode = opcodes[Int(byte)] else {
            if byte == 0xfc {
                try readPrefixed(&instruction, at: start)
            } else if byte == 0xfd, features.contains(.simd) {
                try readVector(&instruction, at: start)
            } else {
                throw refusal(of: byte, at: start)
            }
            return true
        }
        instruction.reset(opcode, row: Int(byte), at: start)
        switch byte {
        case 0x45...0xc4:  // comparisons, arithmetic, conversions
            break
        case 0x20...0x24:  // local.get to global.set
            instruction.index = try u32()
        case 0x28...0x3e:  // loads and stores: alignment, offset
            instruction.index = try u32()
            instruction.bits = UInt64(try u32())
        case 0x41:  // i32.const
            instruction.bits = UInt64(UInt32(bitPattern: try s32()))
        case 0x0b:  // end
            break
        case 0x0c, 0x0d, 0x10:  // br, br_if, call
            instruction.index = try u32()
        case 0x02, 0x03, 0x04:  // block, loop, if
            instruction.blockType = try blockType()
        case 0x42:  // i64.const
            instruction.bits = UInt64(bitPattern: try s64())
        case 0x43:  // f32.const
            do { instruction.bits = UInt64(try reader.u32()) } catch { throw WasmError(error) }
        case 0x44:  // f64.const
            do { instruction.bits = try reader.u64() } catch { throw WasmError(error) }
        case 0x0e:  // br_table
            instruction.labels = try labels(at: start)
            instruction.index2 = try u32()
        case 0x11:  // call_indirect: type, table
            instruction.index = try u32()
            instruction.index2 = try u32()
        case 0x3f, 0x40:  // memory.size, memory.grow
            try zeroByte()
        case 0x25, 0x26, 0xd2:  // table.get, table.set, ref.func
            instruction.index = try u32()
        case 0xd0:  // ref.null
            instruction.index = UInt32(try referenceType().rawValue)
        case 0x1c:  // select with types
            instruction.labels = try selectTypes(at: start)
        default:  // numeric instructions and others without immediates
            break
        }
        return true
    }

    /// An instruction behind the prefix 0xfc, which stands at `start`.
    private mutating func readPrefixed(_ instruction: inout Instruction, at start: Int) throws(WasmError) {
        let number = try u32()
        let row = 0x100 + Int(number)
        guard number < 0x20, let opcode = opcodes[row] else {
            throw .malformed(.illegalOpcode, at: start, "0xfc \(number)")
        }
        instruction.reset(opcode, row: row, at: start)
        switch number {
        case 0...7:  // saturating conversions
            break
        case 8:  // memory.init
            instruction.index = try u32()
            try zeroByte()
        case 10:  // memory.copy
            try zeroByte()
            try zeroByte()
        case 11:  // memory.fill
            try zeroByte()
        case 12, 14:  // table.init: segment, table; table.copy: destination, source
            instruction.index = try u32()
            instruction.index2 = try u32()
        default:  // data.drop, elem.drop, table.grow, table.size, table.fill
            instruction.index = try u32()
        }
    }

    /// Section 5.4.1: 0x40, a value type, or a type index as a non-negative 33-bit integer.
    private mutating func blockType() throws(WasmError) -> BlockType {
        let start = reader.offset
        guard let byte = reader.peek() else { throw WasmError(.malformed(.unexpectedEnd), offset: start) }
        if byte == 0x40 {
            _ = try u8()
            return .empty
        }
        if byte & 0xc0 == 0x40 {
            // One byte with the sign bit: no index, so a value type.
            return .value(try valueType())
        }
        let index: Int64
        do { index = try reader.lebS33() } catch { throw WasmError(error) }
        guard let index = UInt32(exactly: index) else { throw .malformed(.blockType, at: start) }
        return .function(index)
    }

    private mutating func labels(at start: Int) throws(WasmError) -> [UInt32] {
        let count = Int(try u32())
        if count > branchTargetsMax { throw .limit("branch table length", count, branchTargetsMax, at: start) }
        if count > reader.remaining {
            throw .malformed(.unexpectedEnd, at: start, "\(count) labels announced, \(reader.remaining) bytes left")
        }
        var labels: [UInt32] = []
        labels.reserveCapacity(count)
        for _ in 0..<count { labels.append(try u32()) }
        return labels
    }

    /// Only one type is valid, so a longer list is refused before it is read.
    private mutating func selectTypes(at start: Int) throws(WasmError) -> [UInt32] {
        let count = Int(try u32())
        if count > reader.remaining {
            throw .malformed(.unexpectedEnd, at: start, "\(count) types announced, \(reader.remaining) bytes left")
        }
        if count != 1 { throw .invalid(.resultArity, at: start, "\(count) types, 1 expected") }
        return [UInt32(try valueType().rawValue)]
    }

    // MARK: Pieces that sections need too

    mutating func valueType() throws(WasmError) -> ValueType {
        let start = reader.offset
        let byte = try u8()
        guard let type = ValueType(rawValue: byte) else {
            if let feature = WasmFeatures.feature(ofType: byte) { throw .unsupported(feature, at: start) }
            throw .malformed(.valueType, at: start, "0x" + Hex.encode([byte]))
        }
        try features.require(type, at: start)
        return type
    }

    mutating func referenceType() throws(WasmError) -> ValueType {
        let start = reader.offset
        let byte = try u8()
        switch ValueType(rawValue: byte) {
        case .funcref: return .funcref
        case .externref:
            try features.require(.externref, at: start)
            return .externref
        case .i32, .i64, .f32, .f64, .v128, nil:
            if let feature = WasmFeatures.feature(ofType: byte) { throw .unsupported(feature, at: start) }
            throw .malformed(.referenceType, at: start, "0x" + Hex.encode([byte]))
        }
    }

    private mutating func zeroByte() throws(WasmError) {
        let start = reader.offset
        let byte = try u8()
        if byte != 0 { throw .malformed(.zeroByteExpected, at: start, "0x" + Hex.encode([byte])) }
    }

    @inline(__always)
    mutating func u8() throws(WasmError) -> UInt8 {
        do { return try reader.u8() } catch { throw WasmError(error) }
    }

    @inline(__always)
    mutating func u32() throws(WasmError) -> UInt32 {
        do { return try reader.lebU32() } catch { throw WasmError(error) }
    }

    @inline(__always)
    private mutating func s32() throws(WasmError) -> Int32 {
        do { return try reader.lebS32() } catch { throw WasmError(error) }
    }

    @inline(__always)
    private mutating func s64() throws(WasmError) -> Int64 {
        do { return try reader.lebS64() } catch { throw WasmError(error) }
    }

    /// Names what a first opcode byte belongs to that is none of ours, with the number behind it where it is a prefix.
    private mutating func refusal(of byte: UInt8, at start: Int) -> WasmError {
        guard let feature = WasmFeatures.feature(ofOpcode: byte) else {
            return .malformed(.illegalOpcode, at: start, "0x" + Hex.encode([byte]))
        }
        guard byte >= 0xfb, let number = try? reader.lebU32() else { return .unsupported(feature, at: start) }
        return .unsupported("\(feature): instruction 0x\(Hex.encode([byte])) \(number)", at: start)
    }
}
