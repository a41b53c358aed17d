// SPDX-License-Identifier: Apache-2.0
// Finding exported functions: names are bytes, and the ordinal counts function exports alone.

import Testing
import XVMWasm

@Suite("Module queries")
struct ModuleQueriesTests {
    /// Exports, in this order: "m" (memory), "é" composed (function 1), "é" decomposed (function 0).
    static let bytes: [UInt8] = sample(
        section(1, vector([[0x60, 0, 0], [0x60, 1, 0x7f, 1, 0x7e]])),
        section(3, vector([[0], [1]])),
        section(5, vector([[0, 1]])),
        section(
            7,
            vector([
                name("m") + [2, 0], [2, 0xc3, 0xa9, 0, 1], [3, 0x65, 0xcc, 0x81, 0, 0],
            ])),
        section(10, vector([body([0x0b]), body([0x20, 0, 0xac, 0x0b])])))

    @Test("an exported function is found with its ordinal, index and type")
    func found() throws {
        let module = try Module(validating: Self.bytes)
        let composed = try #require(module.exportedFunction(named: [0xc3, 0xa9]))
        #expect(composed.exportOrdinal == 0)
        #expect(composed.functionIndex == 1)
        #expect(composed.type == FunctionType(parameters: [.i32], results: [.i64]))
        #expect(module.type(ofFunction: 0) == FunctionType(parameters: [], results: []))
    }

    @Test("names are compared as bytes, not as characters")
    func bytesNotCharacters() throws {
        let module = try Module(validating: Self.bytes)
        let decomposed = try #require(module.exportedFunction(named: [0x65, 0xcc, 0x81]))
        #expect(decomposed.exportOrdinal == 1)
        #expect(decomposed.functionIndex == 0)
    }

    @Test("an export that is no function, and an unknown name, are not found")
    func notFound() throws {
        let module = try Module(validating: Self.bytes)
        #expect(module.exportedFunction(named: Array("m".utf8)) == nil)
        #expect(module.exportedFunction(named: Array("x".utf8)) == nil)
        #expect(module.exportedFunction(named: []) == nil)
    }
}
