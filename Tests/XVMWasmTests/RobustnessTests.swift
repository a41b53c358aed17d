// SPDX-License-Identifier: Apache-2.0
// Broken binaries of every kind end in a WasmError, never in a stop of the process.

import Testing
import XVMWasm

@Suite("Robustness")
struct RobustnessTests {
    /// Every section, both passive and active segments, all block kinds, a branch table, an indirect call with the table
    /// index in five bytes as compilers write it, bulk memory, custom sections in between.
    static let full: [UInt8] = sample(
        section(0, name("target_features") + [1]),
        section(1, vector([[0x60, 0, 0], [0x60, 2, 0x7f, 0x7e, 2, 0x7e, 0x7f], [0x60, 1, 0x7f, 1, 0x7f]])),
        section(2, vector([name("env") + name("f") + [0, 0], name("env") + name("g") + [3, 0x7f, 0]])),
        section(3, vector([[1], [2], [0]])),
        section(4, vector([[0x70, 1, 2, 10]])),
        section(5, vector([[1, 1, 2]])),
        section(6, vector([[0x7f, 1, 0x23, 0, 0x0b], [0x7c, 0, 0x44, 1, 2, 3, 4, 5, 6, 7, 8, 0x0b]])),
        section(7, vector([name("one") + [0, 1], name("memory") + [2, 0], name("") + [3, 1]])),
        section(8, [3]),
        section(
            9,
            vector([
                [0, 0x41, 0, 0x0b, 1, 1], [1, 0, 1, 2], [2, 0, 0x41, 1, 0x0b, 0, 1, 1], [3, 0, 1, 1],
                [4, 0x41, 0, 0x0b, 1, 0xd2, 1, 0x0b], [5, 0x70, 1, 0xd0, 0x70, 0x0b],
                [6, 0, 0x41, 0, 0x0b, 0x70, 1, 0xd2, 0, 0x0b], [7, 0x70, 1, 0xd2, 2, 0x0b],
            ])),
        section(12, [2]),
        section(
            10,
            vector([
                body(locals: [(2, 0x7f), (1, 0x7c)], [0x20, 1, 0x20, 0, 0x0b]),
                body([
                    0x02, 0x40, 0x03, 0x40, 0x20, 0, 0x0e, 2, 0, 1, 0, 0x0b, 0x0b,
                    0x20, 0, 0x04, 0x7f, 0x41, 1, 0x05, 0x20, 0, 0x41, 1, 0x11, 2, 0x80, 0x80, 0x80, 0x80, 0x00, 0x0b, 0x0b,
                ]),
                body([
                    0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 1, 0, 0xfc, 9, 1, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0,
                    0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 12, 1, 0, 0xfc, 13, 1,
                    0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 14, 0, 0, 0x43, 0, 0, 0, 0, 0xfc, 0, 0x1a, 0x41, 0, 0xc0, 0x1a,
                    0x41, 0, 0x29, 3, 0x80, 0x01, 0x1a, 0x0b,
                ]),
            ])),
        section(11, vector([[0, 0x41, 0, 0x0b, 3, 1, 2, 3], [1, 2, 4, 5]])),
        section(0, name("name") + [0xff, 0xff]))

    enum Sample: String, CaseIterable {
        case full, references
        var bytes: [UInt8] { self == .full ? RobustnessTests.full : RobustnessTests.references }
    }

    /// What WebAssembly 2.0 has beyond that: several tables, references, vectors with each kind of immediate.
    static let references: [UInt8] = sample(
        section(1, vector([[0x60, 0, 0], [0x60, 2, 0x6f, 0x7b, 2, 0x70, 0x7b]])),
        section(2, vector([name("e") + name("t") + [1, 0x6f, 0, 2], name("e") + name("g") + [3, 0x6f, 0]])),
        section(3, vector([[0], [1]])),
        section(4, vector([[0x70, 0, 4]])),
        section(5, vector([[0, 1]])),
        section(6, vector([[0x7b, 1, 0xfd, 12] + (1...16).map { UInt8($0) } + [0x0b], [0x70, 0, 0xd2, 1, 0x0b]])),
        section(
            9,
            vector([
                [6, 1, 0x41, 0, 0x0b, 0x70, 1, 0xd2, 0, 0x0b], [5, 0x6f, 2, 0x23, 0, 0x0b, 0xd0, 0x6f, 0x0b],
                [6, 0, 0x41, 0, 0x0b, 0x6f, 1, 0xd0, 0x6f, 0x0b],
            ])),
        section(
            10,
            vector([
                body(
                    locals: [(2, 0x7b), (1, 0x70)],
                    [
                        0x41, 0, 0xfd, 0, 4, 8, 0x22, 0, 0x20, 1, 0xfd, 13, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30,
                        31, 0x22, 1, 0x20, 0, 0x23, 1, 0xfd, 82, 0x21, 0, 0x41, 0, 0x25, 1, 0x20, 2, 0x41, 1, 0x1c, 1, 0x70,
                        0xd1, 0x1a, 0x41, 0, 0x20, 0, 0xfd, 91, 3, 0, 1, 0x0b,
                    ]),
                body([
                    0xd2, 0, 0x20, 1, 0xfd, 21, 15, 0x04, 0x40, 0x41, 0, 0x20, 0, 0x26, 0, 0xd0, 0x6f, 0x41, 1, 0xfc, 15, 0, 0x1a,
                    0x41, 0, 0xd2, 0, 0x41, 1, 0xfc, 17, 1, 0x0b, 0x41, 0, 0x20, 1, 0xfd, 84, 0, 5, 3,
                    0x20, 0, 0xd1, 0xfd, 0x8b, 0x01, 0x0b,
                ]),
            ])))

    @Test("the sample is valid and all of it arrives")
    func accepted() throws {
        let module = try Module(validating: Self.full)
        #expect(module.types.count == 3)
        #expect(module.imports.map(\.name) == [Array("f".utf8), Array("g".utf8)])
        #expect(module.functionTypes == [0, 1, 2, 0])
        #expect(module.functions.map(\.localCount) == [3, 0, 0])
        #expect(module.functions.map(\.operandStackMax) == [2, 2, 3])
        #expect(module.tables == [TableType(element: .funcref, limits: SizeLimits(minimum: 2, maximum: 10))])
        #expect(module.globals[0].initial == .globalGet(0))
        #expect(module.globals[1].initial == .constant(.f64, bits: 0x0807_0605_0403_0201))
        #expect(module.start == 3)
        #expect(module.elements.count == 8)
        #expect(module.elements[0].mode == .active(index: 0, offset: .constant(.i32, bits: 0)))
        #expect(module.elements[3].mode == .declarative)
        #expect(module.elements[5].items == [.refNull(.funcref)])
        #expect(module.elements[7].items == [.refFunc(2)])
        #expect(module.data[1].mode == .passive)
        #expect(Array(module.bytes[module.data[1].bytes]) == [4, 5])
        #expect(module.exports.map(\.kind) == [.function, .memory, .global])
    }

    @Test("every shorter prefix is refused, but where only whole sections are missing at the end")
    func prefixes() {
        var accepted: [Int] = []
        for length in 0..<Self.full.count {
            do {
                _ = try Module(validating: Array(Self.full[..<length]))
                accepted.append(length)
            } catch {
                #expect(error.offset <= length)
            }
        }
        // Valid beginnings: header, up to each section before functions are declared without code, and all but the last.
        let custom = section(0, name("name") + [0xff, 0xff]).count
        #expect(accepted.contains(8))
        #expect(accepted.last == Self.full.count - custom)
        #expect(accepted.count == 5)
    }

    @Test("any byte changed to any of several values ends in a module or an error inside the binary", arguments: Sample.allCases)
    func changedBytes(sample: Sample) throws {
        let whole = sample.bytes
        _ = try Module(validating: whole, features: .wasm2)
        for position in whole.indices {
            for value in [0x00, 0x01, 0x0b, 0x40, 0x6f, 0x70, 0x7b, 0x7f, 0x80, 0xfc, 0xfd, 0xff] as [UInt8] {
                var bytes = whole
                bytes[position] = value
                do {
                    let module = try Module(validating: bytes, features: .wasm2)
                    #expect(module.functions.count == module.functionTypes.count - module.importedFunctionCount)
                } catch {
                    #expect(error.offset >= 0 && error.offset <= bytes.count)
                }
            }
        }
    }

    @Test("random changes by seed end in a module or an error inside the binary", arguments: Sample.allCases)
    func randomChanges(sample: Sample) throws {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var valid = 0
        for round in 0..<5_000 {
            var bytes = sample.bytes
            for _ in 0...random(4) {
                switch random(3) {
                case 0: bytes[random(bytes.count)] = UInt8(random(256))
                case 1: bytes.remove(at: random(bytes.count))
                default: bytes.insert(UInt8(random(256)), at: random(bytes.count))
                }
            }
            let module: Module
            do {
                module = try Module(validating: bytes, features: .wasm2)
            } catch {
                #expect(error.offset >= 0 && error.offset <= bytes.count, "round \(round)")
                continue
            }
            valid += 1
            for function in module.functions {
                var reader = InstructionReader(module, body: function.body)
                var last: Instruction?
                while let next = try reader.next() { last = next }
                #expect(last?.opcode == .end, "round \(round)")
            }
        }
        #expect(valid > 50)
    }
}
