// SPDX-License-Identifier: Apache-2.0
// The instructions on vectors: numbers, immediates, types, and what is refused of them.

import Testing
import XVMWasm

@Suite("Vectors")
struct VectorTests {
    private static let types: [String: UInt8] = ["i32": 0x7f, "i64": 0x7e, "f32": 0x7d, "f64": 0x7c, "v128": 0x7b]
    private static let opcodes = Opcode.allCases.filter { $0.rawValue >= 0xfd00 }

    /// What an instruction takes (the bottom of the stack first) and leaves, and its immediates, read off its name.
    private struct Form {
        var operands: [UInt8]
        var results: [UInt8]
        var immediates: [UInt8] = []
        /// Natural alignment's exponent, of memory accesses.
        var alignment: Int?
        /// Lanes among which the last immediate chooses.
        var lanes: Int?

        init(_ opcode: Opcode) throws {
            let parts = opcode.mnemonic.split(separator: ".").map(String.init)
            let (shape, verb) = (parts[0], parts[1])
            let words = verb.split(separator: "_").map(String.init)
            let vector = VectorTests.types["v128"] ?? 0
            if words[0].hasPrefix("load") || words[0].hasPrefix("store") {
                let isStore = words[0].hasPrefix("store")
                // "", "8x8", "8"
                let digits = words[0].drop { $0.isLetter }
                let factors = digits.split(separator: "x").compactMap { Int($0) }
                let bits = factors.isEmpty ? 128 : factors.reduce(1, *)
                alignment = (bits / 8).trailingZeroBitCount
                let hasLane = words.last == "lane"
                operands = hasLane || isStore ? [0x7f, vector] : [0x7f]
                results = isStore ? [] : [vector]
                immediates = [0, 0]
                if hasLane {
                    lanes = 128 / bits
                    immediates.append(0)
                }
                return
            }
            if verb == "const" || verb == "shuffle" {
                operands = verb == "const" ? [] : [vector, vector]
                results = [vector]
                immediates = Array(repeating: 0, count: 16)
                return
            }
            var scalar: UInt8 = 0
            if shape != "v128" {
                // i8x16: lanes narrower than 32 bits are i32 outside of a vector.
                let sides = shape.dropFirst().split(separator: "x").compactMap { Int($0) }
                scalar = try #require(VectorTests.types["\(shape.prefix(1))\(max(sides[0], 32))"])
                if words.contains("lane") {
                    lanes = sides[1]
                    immediates = [0]
                }
            }
            switch words[0] {
            case "splat": (operands, results) = ([scalar], [vector])
            case "extract": (operands, results) = ([vector], [scalar])
            case "replace": (operands, results) = ([vector, scalar], [vector])
            case "shl", "shr": (operands, results) = ([vector, 0x7f], [vector])
            case "any", "all", "bitmask": (operands, results) = ([vector], [0x7f])
            case "bitselect": (operands, results) = ([vector, vector, vector], [vector])
            case "not", "abs", "neg", "popcnt", "sqrt", "ceil", "floor", "trunc", "nearest", "extadd", "extend", "convert",
                "demote", "promote":
                (operands, results) = ([vector], [vector])
            default: (operands, results) = ([vector, vector], [vector])
            }
        }
    }

    private static func bytes(_ opcode: Opcode) -> [UInt8] { [0xfd] + leb(Int(opcode.rawValue & 0xff)) }

    /// A function that gives `opcode` its parameters and returns what it leaves.
    private static func module(_ opcode: Opcode, _ immediates: [UInt8], _ operands: [UInt8], _ results: [UInt8]) -> [UInt8] {
        oneFunction(
            type: [0x60] + vector(operands.map { [$0] }) + vector(results.map { [$0] }),
            operands.indices.flatMap { [0x20, UInt8($0)] } + bytes(opcode) + immediates + [0x0b])
    }

    private func refusal(_ bytes: [UInt8], _ features: WasmFeatures = .wasm2) -> WasmError? {
        do {
            _ = try Module(validating: bytes, features: features)
            return nil
        } catch { return error }
    }

    @Test("there are 236 of them, in the order of the specification's numbers")
    func count() {
        #expect(Self.opcodes.count == 236)
        let numbers: [(Opcode, UInt16)] = [
            (.v128Load, 0), (.v128Store, 11), (.v128Const, 12), (.i8x16Shuffle, 13), (.i8x16Swizzle, 14),
            (.f64x2ReplaceLane, 34), (.i8x16Eq, 35), (.f64x2Ge, 76), (.v128AnyTrue, 83), (.v128Store64Lane, 91),
            (.f64x2PromoteLowF32x4, 95), (.i8x16AvgrU, 123), (.i16x8Q15mulrSatS, 130), (.i16x8ExtmulHighI8x16U, 159),
            (.i32x4DotI16x8S, 186), (.i64x2ExtmulHighI32x4U, 223), (.f64x2Pmax, 247), (.f64x2ConvertLowI32x4U, 255),
        ]
        for (opcode, number) in numbers { #expect(opcode.rawValue == 0xfd00 | number, "\(opcode.mnemonic)") }
    }

    @Test("each is typed as its name says", arguments: opcodes)
    func signature(opcode: Opcode) throws {
        let form = try Form(opcode)
        let good = Self.module(opcode, form.immediates, form.operands, form.results)
        #expect(refusal(good) == nil)
        for wrong in [UInt8(0x7f), 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f] {
            for position in form.operands.indices where form.operands[position] != wrong {
                var operands = form.operands
                operands[position] = wrong
                let error = refusal(Self.module(opcode, form.immediates, operands, form.results))
                #expect(error?.kind == .invalid(.typeMismatch), "operand \(position) \(wrong)")
            }
            if let result = form.results.first, result != wrong {
                let error = refusal(Self.module(opcode, form.immediates, form.operands, [wrong]))
                #expect(error?.kind == .invalid(.typeMismatch), "result \(wrong)")
            }
        }
        // One operand less, and one result more.
        if !form.operands.isEmpty {
            let error = refusal(Self.module(opcode, form.immediates, Array(form.operands.dropFirst()), form.results))
            #expect(error?.kind == .invalid(.typeMismatch))
        }
        let error = refusal(Self.module(opcode, form.immediates, form.operands, form.results + [0x7b]))
        #expect(error?.kind == .invalid(.typeMismatch))
    }

    @Test("each is refused by its number when vectors are off", arguments: opcodes)
    func off(opcode: Opcode) {
        let code = Self.bytes(opcode) + [0x0b]
        let bytes = oneFunction(code)
        for features in [WasmFeatures.wasm1Plus, .referenceTypes] {
            let error = refusal(bytes, features)
            #expect(error?.kind == .unsupported(feature: "SIMD: instruction 0xfd \(opcode.rawValue & 0xff)"))
            #expect(error?.offset == bytes.count - code.count)
        }
    }

    @Test("an alignment may be natural and not larger, a lane may be the last and not beyond", arguments: opcodes)
    func immediateRules(opcode: Opcode) throws {
        let form = try Form(opcode)
        if let natural = form.alignment {
            for exponent in 0...6 {
                var immediates = form.immediates
                immediates[0] = UInt8(exponent)
                let error = refusal(Self.module(opcode, immediates, form.operands, form.results))
                #expect(error?.kind == (exponent <= natural ? nil : .invalid(.alignment)), "2^\(exponent)")
            }
        }
        if let lanes = form.lanes {
            for lane in [0, lanes - 1, lanes, 0x7f, 0x80, 0xff] {
                var immediates = form.immediates
                immediates[immediates.count - 1] = UInt8(lane)
                let error = refusal(Self.module(opcode, immediates, form.operands, form.results))
                #expect(error?.kind == (lane < lanes ? nil : .invalid(.laneIndex)), "lane \(lane)")
            }
        }
    }

    @Test("an access needs a memory", arguments: opcodes)
    func memory(opcode: Opcode) throws {
        let form = try Form(opcode)
        guard form.alignment != nil else { return }
        let code = form.operands.indices.flatMap { [0x20, UInt8($0)] } + Self.bytes(opcode) + form.immediates + [0x0b]
        let type = [0x60] + vector(form.operands.map { [$0] }) + vector(form.results.map { [$0] })
        let bytes = sample(section(1, vector([type])), section(3, vector([[0]])), section(10, vector([body(code)])))
        #expect(refusal(bytes)?.kind == .invalid(.unknownMemory))
    }

    @Test("each lane of a shuffle is below 32")
    func shuffle() {
        for position in 0..<16 {
            for lane in [UInt8(31), 32, 64, 128, 255] {
                var lanes = Array(repeating: UInt8(31), count: 16)
                lanes[position] = lane
                let error = refusal(Self.module(.i8x16Shuffle, lanes, [0x7b, 0x7b], [0x7b]))
                #expect(error?.kind == (lane < 32 ? nil : .invalid(.laneIndex)))
            }
        }
    }

    @Test("numbers without an instruction are no module, relaxed ones are named")
    func unknownNumbers() {
        let known = Set(Self.opcodes.map { Int($0.rawValue & 0xff) })
        for number in 0..<0x180 where !known.contains(number) {
            let code = [0xfd] + leb(number) + [0x0b]
            let bytes = oneFunction(code)
            let error = refusal(bytes)
            #expect(error?.offset == bytes.count - code.count)
            if (0x100...0x113).contains(number) {
                #expect(error?.kind == .unsupported(feature: "relaxed SIMD: instruction 0xfd \(number)"))
            } else {
                #expect(error?.kind == .malformed(.illegalOpcode), "\(number)")
            }
        }
    }

    @Test("constants, masks, lanes and memory arguments arrive where Instruction promises, also from longer numbers")
    func immediates() throws {
        let constant = (1...16).map { UInt8($0) }
        let mask = (16...31).map { UInt8($0) }
        let code: [UInt8] =
            [0xfd, 0x8c, 0x00] + constant  // v128.const, its number in two bytes
            + [0xfd, 12] + constant + [0xfd, 13] + mask + [0x1a]
            + [0x41, 0, 0xfd, 0, 4, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x1a]  // v128.load align=16 offset=2^32-1
            + [0x41, 0, 0xfd, 12] + constant + [0xfd, 85, 1, 0x90, 0x01, 7, 0xfd, 24, 6, 0x1a]
            + [0x01, 0x0b]
        let module = try Module(validating: oneFunction(code), features: .wasm2)
        var reader = InstructionReader(module, body: module.functions[0].body)
        var read: [Instruction] = []
        // One instruction overwritten again and again, so that what stays behind of another would show.
        var instruction = Instruction(opcode: .nop, offset: 0)
        while try reader.read(into: &instruction) { read.append(instruction) }
        #expect(read[0].opcode == .v128Const)
        #expect(read[0].bits == 0x0807_0605_0403_0201 && read[0].bitsHigh == 0x100f_0e0d_0c0b_0a09)
        #expect(read[2].opcode == .i8x16Shuffle)
        #expect(read[2].bits == 0x1716_1514_1312_1110 && read[2].bitsHigh == 0x1f1e_1d1c_1b1a_1918)
        #expect(read[3].opcode == .drop && read[3].bits == 0 && read[3].bitsHigh == 0)
        #expect(read[5].opcode == .v128Load && read[5].index == 4 && read[5].bits == 0xffff_ffff)
        #expect(read[9].opcode == .v128Load16Lane && read[9].index == 1 && read[9].bits == 0x90 && read[9].index2 == 7)
        #expect(read[10].opcode == .i16x8ExtractLaneS && read[10].index2 == 6)
        #expect(read[12].opcode == .nop && read[12].index2 == 0)
        #expect(module.functions[0].operandStackMax == 2)
    }

    @Test("a constant or a mask that the body cuts off is no module")
    func truncated() {
        for length in 0..<16 {
            for number in [UInt8(12), 13] {
                let bytes = oneFunction([0xfd, number] + Array(repeating: 0x0b, count: length))
                #expect(refusal(bytes)?.kind == .malformed(.unexpectedEnd))
            }
        }
    }

    @Test("vectors in globals, signatures, locals, blocks and selects")
    func elsewhere() throws {
        let constant = (0..<16).map { UInt8(0xf0 + $0) }
        let bytes = sample(
            section(1, vector([[0x60, 1, 0x7b, 1, 0x7b]])), section(2, vector([name("m") + name("g") + [3, 0x7b, 0]])),
            section(3, vector([[0]])),
            section(6, vector([[0x7b, 1, 0xfd, 12] + constant + [0x0b], [0x7b, 0, 0x23, 0, 0x0b]])),
            section(
                10,
                vector([
                    body(
                        locals: [(1, 0x7b)],
                        [
                            0x20, 0, 0x02, 0x00, 0x22, 1, 0x0b, 0x20, 1, 0x41, 0, 0x1b, 0x23, 1, 0x41, 0, 0x1c, 1, 0x7b, 0x0b,
                        ])
                ])))
        let module = try Module(validating: bytes, features: .wasm2)
        #expect(
            module.globals.map(\.initial) == [
                .vector(low: 0xf7f6_f5f4_f3f2_f1f0, high: 0xfffe_fdfc_fbfa_f9f8), .globalGet(0),
            ])
        #expect(refusal(bytes, .referenceTypes)?.kind == .unsupported(feature: "SIMD: v128"))
        // Of the wrong type, and more than one constant.
        let wrong = sample(section(6, vector([[0x7f, 0, 0xfd, 12] + constant + [0x0b]])))
        #expect(refusal(wrong)?.kind == .invalid(.typeMismatch))
        let two = sample(section(6, vector([[0x7b, 0, 0xfd, 12] + constant + [0xfd, 12] + constant + [0x0b]])))
        #expect(refusal(two)?.kind == .invalid(.typeMismatch))
        let computed = sample(section(6, vector([[0x7b, 0, 0xfd, 12] + constant + [0xfd, 77, 0x0b]])))
        #expect(refusal(computed)?.kind == .invalid(.constantExpression))
    }
}
