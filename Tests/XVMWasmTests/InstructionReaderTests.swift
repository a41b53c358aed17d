// SPDX-License-Identifier: Apache-2.0
// InstructionReader: immediates land in the fields that Instruction promises.

import Testing
import XVMWasm

@Suite("InstructionReader")
struct InstructionReaderTests {
    /// The instructions of the only function, whose body is `code`.
    private func read(_ code: [UInt8], type: [UInt8] = [0x60, 0, 0]) throws -> [Instruction] {
        let module = try Module(validating: oneFunction(type: type, locals: [(2, 0x7f)], code))
        var reader = InstructionReader(module, body: module.functions[0].body)
        #expect(reader.offset == module.functions[0].body.lowerBound)
        var instructions: [Instruction] = []
        while let next = try reader.next() { instructions.append(next) }
        #expect(try reader.next() == nil)
        #expect(reader.offset == module.bytes.count)
        return instructions
    }

    @Test("constants carry their bits")
    func constants() throws {
        let code: [UInt8] =
            [0x41, 0x7f, 0x1a, 0x42, 0x7f, 0x1a, 0x43, 1, 2, 3, 4, 0x1a, 0x44, 1, 2, 3, 4, 5, 6, 7, 0x88, 0x1a, 0x0b]
        let read = try read(code)
        #expect(read[0].opcode == .i32Const && read[0].bits == 0xffff_ffff)
        #expect(read[2].opcode == .i64Const && read[2].bits == UInt64.max)
        #expect(read[4].opcode == .f32Const && read[4].bits == 0x0403_0201)
        #expect(read[6].opcode == .f64Const && read[6].bits == 0x8807_0605_0403_0201)
        #expect(read.last?.opcode == .end)
    }

    @Test("memory arguments, blocks, branch tables and indirect calls")
    func immediates() throws {
        let code: [UInt8] = [
            0x41, 0, 0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x1a,  // i32.load align=4 offset=2^32-1
            0x02, 0x7f, 0x41, 5, 0x0b, 0x1a,  // block (result i32)
            0x03, 0x00, 0x0b,  // loop (type 0)
            0x02, 0x40, 0x41, 0, 0x0e, 2, 1, 0, 1, 0x0b,  // br_table 1 0, default 1
            0x41, 0, 0x11, 0, 0x80, 0x80, 0x80, 0x80, 0x00,  // call_indirect, table 0 in five bytes
            0x0b,
        ]
        let read = try read(code)
        #expect(read[1].opcode == .i32Load && read[1].index == 2 && read[1].bits == 0xffff_ffff)
        #expect(read[3].blockType == .value(.i32))
        #expect(read[7].opcode == .loop && read[7].blockType == .function(0))
        #expect(read[9].blockType == .empty)
        #expect(read[11].opcode == .brTable && read[11].labels == [1, 0] && read[11].index2 == 1)
        #expect(read[14].opcode == .callIndirect && read[14].index == 0 && read[14].index2 == 0)
    }

    @Test("every numeric instruction is typed as its name says")
    func numericSignatures() throws {
        // Operand and result types are read off the specification's names.
        let types = ["i32": UInt8(0x7f), "i64": 0x7e, "f32": 0x7d, "f64": 0x7c]
        let tests = ["eqz", "eq", "ne", "lt", "gt", "le", "ge"]
        let unaries = ["eqz", "clz", "ctz", "popcnt", "abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"]
        let opcodes = Opcode.allCases.filter { (0x45...0xc4).contains($0.rawValue) || (0xfc00...0xfc07).contains($0.rawValue) }
        #expect(opcodes.count == 136)
        for opcode in opcodes {
            let parts = opcode.mnemonic.split(separator: ".")
            let prefix = try #require(types[String(parts[0])])
            let words = parts[1].split(separator: "_").map(String.init)
            let operand: UInt8
            var count = 1
            var result = prefix
            if let source = words.first(where: { types[$0] != nil }) {
                operand = try #require(types[source])
            } else {
                operand = prefix
                if !unaries.contains(words[0]) && !words[0].hasPrefix("extend") { count = 2 }
                if tests.contains(words[0]) { result = 0x7f }
            }
            let bytes =
                opcode.rawValue < 0x100 ? [UInt8(opcode.rawValue)] : [0xfc, UInt8(opcode.rawValue & 0xff)]
            let parameters = Array(repeating: operand, count: count)
            for wrong in [UInt8(0x7f), 0x7e, 0x7d, 0x7c] {
                let code = (0..<count).flatMap { [0x20, UInt8($0)] } + bytes + [0x0b]
                let good = oneFunction(type: [0x60, UInt8(count)] + parameters + [1, result], code)
                #expect(throws: Never.self, "\(opcode.mnemonic)") { try Module(validating: good) }
                if wrong != result {
                    let bad = oneFunction(type: [0x60, UInt8(count)] + parameters + [1, wrong], code)
                    #expect(throws: WasmError.self, "\(opcode.mnemonic)") { try Module(validating: bad) }
                }
                if wrong != operand {
                    for position in 0..<count {
                        var changed = parameters
                        changed[position] = wrong
                        let bad = oneFunction(type: [0x60, UInt8(count)] + changed + [1, result], code)
                        #expect(throws: WasmError.self, "\(opcode.mnemonic)") { try Module(validating: bad) }
                    }
                }
            }
        }
    }

    @Test("an alignment may be natural and not larger")
    func alignment() throws {
        let widths = ["8": 0, "16": 1, "32": 2, "64": 3]
        for raw in UInt16(0x28)...0x3e {
            let opcode = try #require(Opcode(rawValue: raw))
            let parts = opcode.mnemonic.split(separator: ".")
            let digits = parts[1].split(separator: "_")[0].filter(\.isNumber)
            let natural = try #require(widths[digits.isEmpty ? String(parts[0].dropFirst()) : digits])
            let isStore = parts[1].hasPrefix("store")
            let type: UInt8 = ["i32": 0x7f, "i64": 0x7e, "f32": 0x7d, "f64": 0x7c][String(parts[0])] ?? 0
            for exponent in 0...5 {
                let bytes =
                    isStore
                    ? oneFunction(
                        type: [0x60, 2, 0x7f, type, 0], [0x20, 0, 0x20, 1, UInt8(raw), UInt8(exponent), 0, 0x0b])
                    : oneFunction(type: [0x60, 1, 0x7f, 1, type], [0x20, 0, UInt8(raw), UInt8(exponent), 0, 0x0b])
                if exponent <= natural {
                    #expect(throws: Never.self, "\(opcode.mnemonic)") { try Module(validating: bytes) }
                } else {
                    do {
                        _ = try Module(validating: bytes)
                        Issue.record("\(opcode.mnemonic) with 2^\(exponent) accepted")
                    } catch {
                        #expect(error.kind == .invalid(.alignment))
                    }
                }
            }
        }
    }

    @Test("mnemonics are the specification's names")
    func mnemonics() {
        #expect(Opcode.unreachable.mnemonic == "unreachable")
        #expect(Opcode.brTable.mnemonic == "br_table")
        #expect(Opcode.i32Add.mnemonic == "i32.add")
        #expect(Opcode.f64Copysign.mnemonic == "f64.copysign")
        #expect(Opcode.i64Extend32S.mnemonic == "i64.extend32_s")
        #expect(Opcode.refFunc.mnemonic == "ref.func")
        #expect(Opcode.i32TruncSatF32S.mnemonic == "i32.trunc_sat_f32_s")
        #expect(Opcode.memoryCopy.mnemonic == "memory.copy")
        #expect(Opcode.tableFill.mnemonic == "table.fill")
        // Each has a name, and but for the two forms of select its own.
        let names = Opcode.allCases.map(\.mnemonic)
        #expect(!names.contains(""))
        #expect(Set(names).count == names.count - 1)
    }
}
