// SPDX-License-Identifier: Apache-2.0
// References as values, several tables, and what may stand in element segments.

import Testing
import XVMWasm

@Suite("References")
struct ReferenceTests {
    private func refusal(_ bytes: [UInt8], _ features: WasmFeatures = .wasm2) -> WasmError? {
        do {
            _ = try Module(validating: bytes, features: features)
            return nil
        } catch { return error }
    }

    /// Types 0: () -> (), 1: externref funcref -> externref. Imports: function 0, table 0 of externref, memory 0, globals 0
    /// (externref), 1 (funcref), 2 (i32), 3 (mutable funcref). Then functions 1 and 2, tables 1 (funcref) and 2 (externref).
    private func module(
        elements: [[UInt8]] = [], globals: [[UInt8]] = [], exports: [[UInt8]] = [], locals: [(Int, UInt8)] = [],
        _ code: [UInt8] = [0x0b]
    ) -> [UInt8] {
        sample(
            section(1, vector([[0x60, 0, 0], [0x60, 2, 0x6f, 0x70, 1, 0x6f]])),
            section(
                2,
                vector([
                    [0, 0, 0, 0], [0, 0, 1, 0x6f, 0, 2], [0, 0, 2, 0, 1], [0, 0, 3, 0x6f, 0], [0, 0, 3, 0x70, 0],
                    [0, 0, 3, 0x7f, 0], [0, 0, 3, 0x70, 1],
                ])),
            section(3, vector([[0], [1]])), section(4, vector([[0x70, 0, 4], [0x6f, 1, 5, 6]])),
            section(6, vector(globals)), section(7, vector(exports)), section(9, vector(elements)),
            section(10, vector([body(locals: locals, code), body([0x20, 0, 0x0b])])))
    }

    @Test("imported and defined tables, memories and globals share their index spaces")
    func indexSpaces() throws {
        let parsed = try Module(
            validating: module(
                globals: [[0x6f, 1, 0x23, 0, 0x0b], [0x70, 0, 0xd2, 2, 0x0b]],
                exports: [name("t") + [1, 2], name("m") + [2, 0], name("g") + [3, 5]],
                // table.get 2 to table.set 0: both hold externref.
                [0x41, 0, 0x41, 1, 0x25, 2, 0x26, 0, 0x23, 3, 0x24, 3, 0x0b]), features: .wasm2)
        #expect(parsed.tables.map(\.element) == [.externref, .funcref, .externref])
        #expect(parsed.tables[2].limits == SizeLimits(minimum: 5, maximum: 6))
        #expect((parsed.importedTableCount, parsed.importedMemoryCount, parsed.importedGlobalCount) == (1, 1, 4))
        #expect(parsed.imports[1].type == .table(TableType(element: .externref, limits: SizeLimits(minimum: 2, maximum: nil))))
        #expect(parsed.globals.map(\.initial) == [.globalGet(0), .refFunc(2)])
        #expect(parsed.globalTypes[4] == GlobalType(value: .externref, isMutable: true))
        #expect(parsed.exports.map(\.index) == [2, 0, 5])
    }

    @Test("all eight forms of element segments, with the items that they may hold")
    func elements() throws {
        let table1: [UInt8] = [1, 0x41, 0, 0x0b]
        let forms: [[UInt8]] = [
            [1, 0, 1, 1], [2] + table1 + [0, 1, 1], [3, 0, 1, 2],
            [5, 0x6f, 3, 0xd0, 0x6f, 0x0b, 0x23, 0, 0x0b, 0xd0, 0x6f, 0x0b],
            [5, 0x70, 3, 0xd2, 0, 0x0b, 0x23, 1, 0x0b, 0xd0, 0x70, 0x0b],
            [6] + table1 + [0x70, 1, 0xd2, 1, 0x0b], [6, 2, 0x23, 2, 0x0b, 0x6f, 1, 0x23, 0, 0x0b],
            [7, 0x6f, 1, 0xd0, 0x6f, 0x0b], [7, 0x70, 1, 0xd2, 2, 0x0b],
        ]
        let parsed = try Module(validating: module(elements: forms), features: .wasm2)
        let offset = ConstantExpression.constant(.i32, bits: 0)
        #expect(
            parsed.elements.map(\.mode) == [
                .passive, .active(index: 1, offset: offset), .declarative, .passive, .passive,
                .active(index: 1, offset: offset), .active(index: 2, offset: .globalGet(2)), .declarative, .declarative,
            ])
        #expect(parsed.elements[3].type == .externref)
        #expect(parsed.elements[3].items == [.refNull(.externref), .globalGet(0), .refNull(.externref)])
        #expect(parsed.elements[4].items == [.refFunc(0), .globalGet(1), .refNull(.funcref)])
        // Forms 0 and 4 have no table index: table 0, which must hold functions. Here it holds externref.
        for form: [UInt8] in [[0, 0x41, 0, 0x0b, 1, 1], [4, 0x41, 0, 0x0b, 1, 0xd2, 1, 0x0b]] {
            #expect(refusal(module(elements: [form]))?.kind == .invalid(.typeMismatch))
            let plain = sample(
                section(1, vector([[0x60, 0, 0]])), section(3, vector([[0], [0]])), section(4, vector([[0x70, 0, 1]])),
                section(9, vector([form])), section(10, vector([body([0x0b]), body([0x0b])])))
            #expect(refusal(plain) == nil)
        }
    }

    @Test(
        "an element segment that does not fit is refused",
        arguments: [
            ([6, 2, 0x41, 0, 0x0b, 0x70, 0], .typeMismatch), ([2, 0, 0x41, 0, 0x0b, 0, 0], .typeMismatch),
            ([6, 3, 0x41, 0, 0x0b, 0x70, 0], .unknownTable), ([5, 0x6f, 1, 0xd2, 0, 0x0b], .typeMismatch),
            ([5, 0x70, 1, 0xd0, 0x6f, 0x0b], .typeMismatch), ([5, 0x70, 1, 0x23, 0, 0x0b], .typeMismatch),
            ([5, 0x70, 1, 0x23, 3, 0x0b], .constantExpression), ([5, 0x70, 1, 0x23, 4, 0x0b], .unknownGlobal),
            ([5, 0x70, 1, 0xd2, 3, 0x0b], .unknownFunction), ([1, 0, 1, 3], .unknownFunction),
            ([6, 1, 0x42, 0, 0x0b, 0x70, 0], .typeMismatch), ([5, 0x70, 1, 0x41, 0, 0x0b], .typeMismatch),
            ([5, 0x70, 1, 0x41, 0, 0x25, 1, 0x0b], .constantExpression),
        ] as [([UInt8], WasmError.Invalid)])
    func wrongElements(form: [UInt8], reason: WasmError.Invalid) {
        #expect(refusal(module(elements: [form]))?.kind == .invalid(reason))
    }

    @Test("ref.func names functions that occur outside of bodies, wherever that is, and no others")
    func declared() {
        let code: [UInt8] = [0xd2, 2, 0x1a, 0x0b]
        let undeclared = refusal(module(code))
        #expect(undeclared?.kind == .invalid(.undeclaredFunctionReference))
        #expect(undeclared?.detail == "function 2, function 1")
        #expect(refusal(module(exports: [name("f") + [0, 2]], code)) == nil)
        #expect(refusal(module(globals: [[0x70, 0, 0xd2, 2, 0x0b]], code)) == nil)
        let elements: [[UInt8]] = [
            [1, 0, 1, 2], [3, 0, 1, 2], [2, 1, 0x41, 0, 0x0b, 0, 1, 2], [5, 0x70, 1, 0xd2, 2, 0x0b], [7, 0x70, 1, 0xd2, 2, 0x0b],
        ]
        for segment in elements { #expect(refusal(module(elements: [segment], code)) == nil) }
        // Being called, or the start function, or exported under another kind is no declaration.
        #expect(refusal(module([0x10, 0, 0xd2, 0, 0x1a, 0x0b]))?.kind == .invalid(.undeclaredFunctionReference))
        #expect(refusal(module(exports: [name("t") + [1, 2]], code))?.kind == .invalid(.undeclaredFunctionReference))
        let start = sample(
            section(1, vector([[0x60, 0, 0]])), section(3, vector([[0]])), section(8, [0]),
            section(10, vector([body([0xd2, 0, 0x1a, 0x0b])])))
        #expect(refusal(start)?.kind == .invalid(.undeclaredFunctionReference))
        #expect(refusal(module([0xd2, 3, 0x1a, 0x0b]))?.kind == .invalid(.unknownFunction))
    }

    /// Local 0 is an externref, local 1 a funcref, local 2 an i32, local 3 an i64.
    @Test(
        "table instructions take the type and the index of their table",
        arguments: [
            // table.get, table.set
            ([0x20, 2, 0x25, 0, 0x21, 0], nil), ([0x20, 2, 0x25, 0, 0x21, 1], .typeMismatch),
            ([0x20, 2, 0x25, 1, 0x21, 1], nil), ([0x20, 3, 0x25, 1, 0x21, 1], .typeMismatch),
            ([0x20, 2, 0x25, 3, 0x1a], .unknownTable),
            ([0x20, 2, 0x20, 0, 0x26, 2], nil), ([0x20, 2, 0x20, 1, 0x26, 2], .typeMismatch),
            ([0x20, 2, 0x20, 1, 0x26, 1], nil), ([0x20, 3, 0x20, 1, 0x26, 1], .typeMismatch),
            ([0x20, 2, 0x20, 0, 0x26, 3], .unknownTable),
            // table.size, table.grow, table.fill
            ([0xfc, 16, 2, 0x21, 2], nil), ([0xfc, 16, 2, 0x21, 3], .typeMismatch), ([0xfc, 16, 3, 0x1a], .unknownTable),
            ([0x20, 0, 0x20, 2, 0xfc, 15, 0, 0x21, 2], nil), ([0x20, 1, 0x20, 2, 0xfc, 15, 0, 0x21, 2], .typeMismatch),
            ([0x20, 0, 0x20, 3, 0xfc, 15, 0, 0x21, 2], .typeMismatch), ([0x20, 1, 0x20, 2, 0xfc, 15, 3, 0x1a], .unknownTable),
            ([0x20, 2, 0x20, 1, 0x20, 2, 0xfc, 17, 1], nil), ([0x20, 2, 0x20, 0, 0x20, 2, 0xfc, 17, 1], .typeMismatch),
            ([0x20, 2, 0x20, 1, 0x20, 3, 0xfc, 17, 1], .typeMismatch), ([0x20, 2, 0x20, 1, 0x20, 2, 0xfc, 17, 3], .unknownTable),
            // table.copy: destination, source; table.init: segment, table. Segment 0 holds functions, 1 externref.
            ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 14, 0, 2], nil), ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 14, 0, 1], .typeMismatch),
            ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 14, 1, 0], .typeMismatch),
            ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 14, 3, 0], .unknownTable),
            ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 14, 0, 3], .unknownTable),
            ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 12, 0, 1], nil), ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 12, 0, 2], .typeMismatch),
            ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 12, 1, 2], nil), ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 12, 1, 1], .typeMismatch),
            ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 12, 2, 1], .unknownElementSegment),
            ([0x20, 2, 0x20, 2, 0x20, 2, 0xfc, 12, 1, 3], .unknownTable), ([0xfc, 13, 2], .unknownElementSegment),
            // call_indirect: type, table
            ([0x20, 2, 0x11, 0, 1], nil), ([0x20, 2, 0x11, 0, 0], .typeMismatch), ([0x20, 2, 0x11, 0, 3], .unknownTable),
            ([0x20, 0, 0x20, 1, 0x20, 2, 0x11, 1, 1, 0x21, 0], nil),
            // ref.null, ref.is_null
            ([0xd0, 0x6f, 0x21, 0], nil), ([0xd0, 0x70, 0x21, 0], .typeMismatch), ([0x20, 1, 0xd1, 0x21, 2], nil),
            ([0x20, 0, 0xd1, 0x21, 2], nil), ([0x20, 2, 0xd1, 0x21, 2], .typeMismatch), ([0xd1, 0x1a], .typeMismatch),
            ([0x00, 0xd1, 0x21, 2], nil),
            // select with and without types
            ([0x20, 0, 0x20, 0, 0x20, 2, 0x1c, 1, 0x6f, 0x21, 0], nil),
            ([0x20, 0, 0x20, 1, 0x20, 2, 0x1c, 1, 0x6f, 0x21, 0], .typeMismatch),
            ([0x20, 0, 0x20, 0, 0x20, 2, 0x1b, 0x21, 0], .typeMismatch), ([0x20, 0, 0x20, 0, 0x20, 2, 0x1c, 0], .resultArity),
            ([0x20, 0, 0x20, 0, 0x20, 2, 0x1c, 2, 0x6f, 0x6f], .resultArity),
            // blocks, branches, calls
            ([0x02, 0x6f, 0xd0, 0x6f, 0x0c, 0, 0x0b, 0x21, 0], nil), ([0x02, 0x70, 0x20, 0, 0x0b, 0x1a], .typeMismatch),
            ([0x20, 0, 0x20, 1, 0x10, 2, 0x21, 0], nil), ([0x20, 1, 0x20, 1, 0x10, 2, 0x21, 0], .typeMismatch),
            // globals
            ([0x20, 1, 0x24, 3], nil), ([0x20, 0, 0x24, 3], .typeMismatch), ([0x20, 0, 0x24, 0], .immutableGlobal),
        ] as [([UInt8], WasmError.Invalid?)])
    func instructions(code: [UInt8], reason: WasmError.Invalid?) {
        let bytes = module(
            elements: [[1, 0, 0], [5, 0x6f, 0]], locals: [(1, 0x6f), (1, 0x70), (1, 0x7f), (1, 0x7e)], code + [0x0b])
        #expect(refusal(bytes)?.kind == reason.map { .invalid($0) })
    }

    @Test("a reference has no other types than those two")
    func wrongTypes() {
        for byte in [UInt8(0x7f), 0x7b, 0x40, 0x00] {
            #expect(refusal(module([0xd0, byte, 0x1a, 0x0b]))?.kind == .malformed(.referenceType))
            #expect(refusal(sample(section(4, vector([[byte, 0, 0]]))))?.kind == .malformed(.referenceType))
        }
    }
}
