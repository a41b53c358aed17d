// SPDX-License-Identifier: Apache-2.0
// What is refused, why, and at which byte.

import Testing
import XVMWasm

@Suite("Refusals")
struct RefusalTests {
    /// Expects `bytes` to be refused with `kind` at `offset`.
    private func expect(
        _ bytes: [UInt8], _ kind: WasmError.Kind, at offset: Int, limits: WasmLimits = .default,
        _ location: SourceLocation = #_sourceLocation
    ) {
        do {
            _ = try Module(validating: bytes, limits: limits, features: .wasm1Plus)
            Issue.record("accepted", sourceLocation: location)
        } catch {
            #expect(error.kind == kind, "\(error)", sourceLocation: location)
            #expect(error.offset == offset, "\(error)", sourceLocation: location)
            #expect(!error.description.contains("\n"), sourceLocation: location)
            #expect(error.description.contains("at byte 0x" + String(offset, radix: 16)), sourceLocation: location)
        }
    }

    @Test("what is not Wasm at all is told from a wrong version")
    func header() {
        expect([], .malformed(.unexpectedEnd), at: 0)
        expect([0, 0x61, 0x73], .malformed(.unexpectedEnd), at: 0)
        expect([0x7f, 0x45, 0x4c, 0x46, 1, 0, 0, 0], .malformed(.magic), at: 0)
        expect([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0], .malformed(.version), at: 4)
        expect([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], .unsupported(feature: "component model"), at: 4)
    }

    @Test("a truncated section is refused with its offset")
    func truncatedSection() {
        expect(sample([1, 5, 0x60]), .malformed(.unexpectedEnd), at: 10)
        expect(sample(section(1, [1, 0x60, 0])), .malformed(.unexpectedEnd), at: 10)
        expect(sample(section(1, [1, 0x60, 0, 0, 9])), .malformed(.sectionSize), at: 14)
    }

    @Test("sections stand once and in order, the data count before the code")
    func order() {
        expect(sample(section(3, [0]), section(1, [0])), .malformed(.sectionOrder), at: 11)
        expect(sample(section(1, [0]), section(1, [0])), .malformed(.sectionOrder), at: 11)
        expect(sample(section(10, [0]), section(12, [0])), .malformed(.sectionOrder), at: 11)
        expect(sample(section(14, [])), .malformed(.sectionID), at: 8)
    }

    @Test("a custom section needs a well-formed name and nothing else")
    func custom() throws {
        let module = try Module(validating: sample(section(0, name("target_features") + [0xff]), section(0, [0])))
        #expect(module.functions.isEmpty)
        expect(sample(section(0, [])), .malformed(.unexpectedEnd), at: 10)
        expect(sample(section(0, [1, 0x80])), .malformed(.utf8), at: 11)
        expect(sample(section(0, [2, 0x61])), .malformed(.unexpectedEnd), at: 11)
    }

    @Test("a type error names the offset of its instruction")
    func typeMismatch() throws {
        // i32.const 0, f32.const 0, i32.add: the addition is the third instruction.
        let bytes = oneFunction([0x41, 0, 0x43, 0, 0, 0, 0, 0x6a, 0x1a, 0x0b])
        expect(bytes, .invalid(.typeMismatch), at: bytes.count - 3)
        do {
            _ = try Module(validating: bytes)
        } catch {
            #expect(error.detail == "i32 expected, f32 found, function 0")
        }
        let left = oneFunction([0x41, 0, 0x0b])
        expect(left, .invalid(.typeMismatch), at: left.count - 1)
        let missing = oneFunction([0x1a, 0x0b])
        expect(missing, .invalid(.typeMismatch), at: missing.count - 2)
    }

    @Test(
        "an index that names nothing is refused as what it should have named",
        arguments: [
            ([0x20, 7, 0x1a, 0x0b], .unknownLocal), ([0x23, 7, 0x1a, 0x0b], .unknownGlobal), ([0x10, 7, 0x0b], .unknownFunction),
            ([0x0c, 7, 0x0b], .unknownLabel), ([0x41, 0, 0x11, 7, 0, 0x0b], .unknownType),
            ([0x41, 0, 0x11, 0, 7, 0x0b], .unknownTable), ([0xfc, 13, 7, 0x0b], .unknownElementSegment),
            ([0x02, 7, 0x0b, 0x0b], .unknownType),
        ] as [([UInt8], WasmError.Invalid)])
    func unknownIndex(code: [UInt8], reason: WasmError.Invalid) {
        let bytes = oneFunction(code)
        let offset = bytes.count - code.count + (code[0] == 0x41 ? 2 : 0)
        expect(bytes, .invalid(reason), at: offset)
    }

    @Test("bulk memory instructions on data need the data count section")
    func dataCount() {
        let bytes = oneFunction([0xfc, 9, 0, 0x0b])
        expect(bytes, .malformed(.dataCountRequired), at: bytes.count - 4)
    }

    @Test("a body ends with its last block, no earlier and no later")
    func bodyEnd() {
        let early = oneFunction([0x02, 0x40, 0x0b])
        expect(early, .malformed(.unexpectedEnd), at: early.count)
        let late = oneFunction([0x0b, 0x01])
        expect(late, .malformed(.endExpected), at: late.count - 1)
        let empty = oneFunction([])
        expect(empty, .malformed(.unexpectedEnd), at: empty.count)
    }

    @Test(
        "what is outside of the accepted features is refused by its name",
        arguments: [
            ([0xd0, 0x70, 0x1a, 0x0b], 0, "reference types: ref.null"),
            ([0xd2, 0, 0x1a, 0x0b], 0, "reference types: ref.func"),
            ([0xfc, 16, 0, 0x1a, 0x0b], 0, "reference types: table.size"),
            ([0xd0, 0x70, 0x41, 0, 0xfc, 15, 0, 0x0b], 0, "reference types: ref.null"),
            ([0x41, 0, 0x25, 0, 0x0b], 2, "reference types: table.get"),
            ([0x02, 0x6f, 0x0b, 0x0b], 1, "reference types: externref"),
            ([0x02, 0x7b, 0x0b, 0x0b], 1, "SIMD: v128"),
            ([0xfd, 0x8c, 0x01, 0x0b], 0, "SIMD: instruction 0xfd 140"), ([0xfd, 0x80], 0, "SIMD"),
            ([0xfe, 0x03, 0, 0x0b], 0, "threads: instruction 0xfe 3"),
            ([0x12, 0, 0x0b], 0, "tail calls: return_call"),
            ([0x06, 0x40, 0x0b, 0x0b], 0, "exception handling"),
            ([0xfb, 0, 0, 0x0b], 0, "garbage collection: instruction 0xfb 0"),
        ] as [([UInt8], Int, String)])
    func unsupportedInstructions(code: [UInt8], position: Int, feature: String) {
        let bytes = oneFunction(code)
        expect(bytes, .unsupported(feature: feature), at: bytes.count - code.count + position)
    }

    @Test("later kinds of tables, memories and types are refused by their names")
    func unsupportedDeclarations() {
        let types = section(1, vector([[0x60, 0, 0]]))
        expect(
            sample(types, section(4, vector([[0x70, 0, 0], [0x70, 0, 0]]))),
            .unsupported(feature: "reference types: several tables"), at: 20)
        expect(
            sample(types, section(4, vector([[0x6f, 0, 0]]))), .unsupported(feature: "reference types: externref"), at: 17)
        expect(sample(section(5, vector([[0, 1], [0, 1]]))), .unsupported(feature: "multiple memories"), at: 13)
        expect(sample(section(5, vector([[3, 1, 1]]))), .unsupported(feature: "threads: shared memory"), at: 11)
        expect(sample(section(5, vector([[4, 1, 0]]))), .unsupported(feature: "memory64"), at: 11)
        expect(sample(section(13, [0])), .unsupported(feature: "exception handling: tag section"), at: 8)
        expect(sample(section(1, vector([[0x5f, 0, 0]]))), .unsupported(feature: "garbage collection: type 0x5f"), at: 11)
        expect(
            sample(section(6, vector([[0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b]]))),
            .unsupported(feature: "extended constant expressions: i32.add"), at: 17)
    }

    @Test("exports of one name are told apart by bytes and refused when equal")
    func duplicateExports() throws {
        let prefix = [section(5, vector([[0, 1]]))].flatMap { $0 }
        let same = sample(prefix, section(7, vector([name("a") + [2, 0], name("a") + [2, 0]])))
        expect(same, .invalid(.duplicateExport), at: 20)
        // One character to a reader, two names to a machine.
        let different = sample(prefix, section(7, vector([[2, 0xc3, 0xa9, 2, 0], [3, 0x65, 0xcc, 0x81, 2, 0]])))
        #expect(try Module(validating: different).exports.count == 2)
    }

    @Test("no byte of a module's name appears in a message")
    func namesStayOut() {
        let marker = "*/evil"
        let bytes = sample(
            section(1, vector([[0x60, 0, 0]])),
            section(2, vector([name(marker) + name(marker) + [0, 3], name(marker) + name(marker) + [0, 0]])))
        do {
            _ = try Module(validating: bytes)
            Issue.record("accepted")
        } catch {
            #expect(error.kind == .invalid(.unknownType))
            #expect(!error.description.contains("evil"))
        }
    }
}
