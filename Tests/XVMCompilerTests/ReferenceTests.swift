// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XVMCompiler
import XVMWasm

@Suite(.enabled(if: NativeCompiler.any != nil, "no C compiler on PATH")) struct ReferenceTests {
    static let outOfTable = Ending.trapped(6)
    static let minusOne: UInt64 = 0xffff_ffff

    private func values(_ contract: Contract, _ calls: [Contract.Call]) throws -> [[UInt64]?] {
        try contract.run(calls).endings.dropFirst().map(\.slots)
    }

    @Test("functions move through tables, globals and blocks and stay callable", arguments: NativeCompiler.all)
    func functions(compiler: NativeCompiler) throws {
        for partSizeMax in [nil, 400] {
            let contract = try Contract("references", compiler: compiler, partSizeMax: partSizeMax)
            let calls = [
                Contract.Call("call", 0, 21), Contract.Call("call", 1, 21), Contract.Call("set_square", 0),
                Contract.Call("call", 0, 21), Contract.Call("move", 0, 2), Contract.Call("call_fixed", 2, 7),
                Contract.Call("put_kept", 0), Contract.Call("call", 0, 21), Contract.Call("keep", 1),
                Contract.Call("put_kept", 0),
                Contract.Call("call", 0, 21), Contract.Call("clear", 0, 1), Contract.Call("keep", 0),
                Contract.Call("init", 0, 0, 3), Contract.Call("call_fixed", 0, 5), Contract.Call("call_fixed", 2, 5),
                Contract.Call("copy", 2, 1, 1), Contract.Call("call_fixed", 2, 5),
            ]
            let expected: [[UInt64]?] = [
                [42], [22], [], [441], [], [49], [], [42], [0], [], [22], [], [1], [], [6], [10], [], [6],
            ]
            #expect(try values(contract, calls) == expected)
        }
    }

    @Test("a table grows up to its maximum, with the given entry, and no farther", arguments: NativeCompiler.all)
    func growth(compiler: NativeCompiler) throws {
        let contract = try Contract("references", compiler: compiler)
        let calls = [
            Contract.Call("grow", 4), Contract.Call("grow", 2), Contract.Call("size"), Contract.Call("call", 3, 9),
            Contract.Call("grow", 1), Contract.Call("grow", 1), Contract.Call("grow", 0), Contract.Call("grow", Self.minusOne),
            // No maximum declared: room for half of XVM_TABLE_GROWTH_MAX, because two tables can grow.
            Contract.Call("grow_things", 8, 131_071), Contract.Call("thing", 131_071), Contract.Call("grow_things", 8, 1),
            Contract.Call("size_things"),
        ]
        let expected: [[UInt64]?] = [
            [Self.minusOne], [2], [4], [81], [4], [Self.minusOne], [5], [Self.minusOne], [1], [8], [Self.minusOne], [131_072],
        ]
        #expect(try values(contract, calls) == expected)
    }

    @Test("what the host gives comes back as it was, null included", arguments: NativeCompiler.all)
    func things(compiler: NativeCompiler) throws {
        let contract = try Contract("references", compiler: compiler)
        let far: UInt64 = 0xfedc_ba98_7654_3210
        let calls = [
            Contract.Call("thing", 0), Contract.Call("set_thing", 0, far), Contract.Call("thing", 0),
            Contract.Call("swap_thing", 5), Contract.Call("swap_thing", 0), Contract.Call("swap_thing", 9),
            Contract.Call("pick", 3, far, 1), Contract.Call("pick", 3, far, 0), Contract.Call("grow_things", 0, 3),
            Contract.Call("fill_things", 1, far, 2), Contract.Call("thing", 2), Contract.Call("thing", 3),
            Contract.Call("pass", 2, 1), Contract.Call("pass", 2, 0),
            // No number of a function: null.
            Contract.Call("pass", 77, 1), Contract.Call("pass", 0x1_0000_0001, 1),
        ]
        let expected: [[UInt64]?] = [
            [0], [], [far], [0], [5], [0], [3], [far], [1], [], [far], [0], [2], [0], [0], [0],
        ]
        #expect(try values(contract, calls) == expected)
    }

    @Test("an entry outside of a table traps before anything is written", arguments: NativeCompiler.all)
    func bounds(compiler: NativeCompiler) throws {
        let contract = try Contract("references", compiler: compiler)
        let calls: [Contract.Call] = [
            Contract.Call("set_square", 2), Contract.Call("keep", 2), Contract.Call("thing", 1), Contract.Call("set_thing", 1, 1),
            Contract.Call("fill_things", 1, 7, 1), Contract.Call("fill_things", 0, 7, 2),
            Contract.Call("clear", 1, Self.minusOne),
            Contract.Call("fill_things", 2, 7, 0),
        ]
        let endings = try contract.run(calls + [Contract.Call("thing", 0), Contract.Call("fill_things", 1, 7, 0)]).endings
        #expect(endings[1...8].allSatisfy { $0 == Self.outOfTable })
        #expect(endings[9].slots == [0])
        #expect(endings[10].slots == [])
        #expect(try contract.run(Contract.Call("call", 5, 1)) == .trapped(7))
    }

    @Test("a cost per entry is charged for growth and filling", arguments: GasPlacement.allCases)
    func perEntry(placement: GasPlacement) throws {
        let text = #"{"name":"a","callEndsRun":true,"default":1,"costs":{},"perUnit":{"table.fill":3,"table.grow":1000}}"#
        var options = Translator.Options()
        options.placement = placement
        let module = try Contract.module("references")
        let contract = try Contract(module, schedule: try GasSchedule(parsing: Array(text.utf8)), options: options)
        #expect(try contract.run(Contract.Call("clear", 0, 2)) == .returned(gas: 4 + 6, []))
        #expect(try contract.run(Contract.Call("clear", 0, 2, gas: 9)) == Contract.outOfGas)
        #expect(try contract.run(Contract.Call("grow", 3)) == .returned(gas: 3 + 3000, [2]))
        #expect(try contract.run(Contract.Call("grow", 3, gas: 3002)) == Contract.outOfGas)
    }
}
