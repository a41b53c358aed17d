// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XVMCompiler
import XVMWasm

@Suite(.enabled(if: NativeCompiler.any != nil, "no C compiler on PATH")) struct GasTests {
    /// The charges that stand in the text of each defined function, in order.
    static func charges(_ name: String, gas: String, placement: GasPlacement = .perRun) throws -> [[Int64]] {
        let module = try Contract.module(name)
        var options = Translator.Options()
        options.placement = placement
        let code = try Translator.emit(module, schedule: try Contract.schedule(gas), options: options)
        var functions: [[Int64]] = []
        for line in GoldenTests.withoutPrelude(code.parts[0]).split(separator: "\n") {
            if line.contains("i64 g, u64 d"), line.hasSuffix("{") {
                functions.append([])
            } else if line.hasPrefix("g -= ") {
                functions[functions.count - 1].append(try #require(Int64(line.dropFirst(5).dropLast(1))))
            }
        }
        return Array(functions.prefix(module.functions.count))
    }

    /// The figures that XVM's own translator gives (docs/gas.md): the sum of each run, before its first instruction.
    @Test("the micro vectors of the xuper schedule come out run by run")
    func microVectors() throws {
        let expected: [[Int64]] = [[], [108], [3], [12, 6, 6], [3, 3], [6], [100_003]]
        let charges = try Self.charges("vectors", gas: "xuper")
        #expect(charges == expected)
    }

    /// unit, by hand: callee 0; dead 4; constant 2; call: 5 up to and with call, then const, set, block = 3, then 2, 1 (nop), 2.
    @Test("the unit schedule counts every instruction but end and else, and a call ends a run")
    func unitRuns() throws {
        let expected: [[Int64]] = [[], [4], [2], [5, 3, 2, 1, 2], [2, 2, 1], [1, 2], [3]]
        let charges = try Self.charges("vectors", gas: "unit")
        #expect(charges == expected)
    }

    /// fib(n) under unit: 5 for get, const, lt, if and the first arm's get when n < 2, else 4 + 4 + 4 + 1 for the pieces
    /// around two calls.
    @Test("gas of a recursion is the hand-computed sum", arguments: GasPlacement.allCases)
    func fib(placement: GasPlacement) throws {
        let contract = try Contract("control", placement: placement)
        func sum(_ n: Int) -> Int64 { n < 2 ? 5 : 13 + sum(n - 1) + sum(n - 2) }
        #expect(try contract.run(Contract.Call("fib", 10)) == .returned(gas: sum(10), [55]))
        // xuper: local.get 3, const 0, lt_s 1, if 0; then 3; else get, const, sub, call, get, const, sub, call, add in one run.
        func xuper(_ n: Int) -> Int64 { n < 2 ? 7 : 4 + 3 + 1 + 2 + 3 + 1 + 2 + 1 + xuper(n - 1) + xuper(n - 2) }
        let other = try Contract("control", gas: "xuper", placement: placement)
        #expect(try other.run(Contract.Call("fib", 10)) == .returned(gas: xuper(10), [55]))
    }

    /// Goal: the border. A call that returns with U returns with limit U and above, and is out of gas with less.
    @Test("limit U returns with U, limit U - 1 is out of gas", arguments: GasPlacement.allCases, ["unit", "xuper"])
    func border(placement: GasPlacement, gas: String) throws {
        for (name, export, slots) in [
            ("control", "fac", [9]), ("control", "fib", [7]), ("control", "choose", [2]), ("control", "choose", [9]),
            ("control", "swap", [1, 2]), ("control", "indirect", [1, 6]), ("vectors", "call", []), ("vectors", "grow", []),
            ("vectors", "if", [0]), ("vectors", "if", [1]), ("memory", "copy", [1, 2, 3]), ("floats", "lazy", [0, 0, 17]),
        ] as [(String, String, [UInt64])] {
            let contract = try Contract(name, gas: gas, placement: placement)
            var call = Contract.Call(export)
            call.slots = slots
            let free = try contract.run(call)
            let used = try #require(free.gas, "\(export)")
            call.gas = used
            #expect(try contract.run(call) == free)
            call.gas = used + 1
            #expect(try contract.run(call) == free)
            for less in [used - 1, used / 2, 0] where less < used {
                call.gas = less
                #expect(try contract.run(call) == Contract.outOfGas, "\(export) \(less)")
            }
        }
    }

    /// Goal: what the host sees at a call is the exact figure of the definition, under every placement.
    @Test("gas at each host call is the definition's, under both placements", arguments: ["unit", "xuper"])
    func hostCalls(gas: String) throws {
        let limit: Int64 = 1_000_000
        var call = Contract.Call("twice", 3)
        call.gas = limit
        let results = try GasPlacement.allCases.map { try Contract("host", gas: gas, placement: $0).run([call], initGas: limit) }
        #expect(results[0].endings == results[1].endings)
        #expect(results[0].hostCalls == results[1].hostCalls)
        let endings = results[0].endings
        let calls = results[0].hostCalls
        // start: const, const, call, drop.
        #expect(endings[0] == .returned(gas: gas == "unit" ? 4 : 0 + 0 + 2 + 3, []))
        let atStart = limit - (gas == "unit" ? 3 : 5)
        #expect(calls[0] == [HostCall(number: 11, remaining: atStart, slots: [7, 8])])
        // unit: get, const, call = 3. xuper: the whole run up to and with `if` is paid before the call: get 3, const 0, call 2,
        // set 3, get 3, const 0, gt_u 1, if 0 = 12.
        #expect(calls[1].map(\.slots) == [[3, 1], [3, 4]])
        #expect(calls[1].map(\.number) == [11, 11])
        #expect(calls[1][0].remaining == limit - (gas == "unit" ? 3 : 12))
        // Then: set, get, const, gt_u, if = 5; else arm get, const, add, set = 4; get, const, const, call = 4; add = 1.
        // xuper: else arm 3 + 0 + 1 + 3; last run get 3, const, const, call 2, add 1.
        #expect(calls[1][1].remaining == limit - (gas == "unit" ? 3 + 5 + 4 + 4 : 12 + 7 + 6))
        // 44 from the first call, 1, 44 from the second.
        #expect(endings[1] == .returned(gas: gas == "unit" ? 17 : 25, [44 + 1 + 44]))
    }

    @Test("no host call is made when gas does not cover it", arguments: GasPlacement.allCases)
    func hostCallOutOfGas(placement: GasPlacement) throws {
        let contract = try Contract("host", placement: placement)
        var call = Contract.Call("twice", 3)
        call.gas = 15
        let result = try contract.run([call])
        #expect(result.endings[1] == Contract.outOfGas)
        #expect(result.hostCalls[1].map(\.remaining) == [12])
    }

    @Test("the start function is charged to the invocation, and runs out like any other", arguments: GasPlacement.allCases)
    func start(placement: GasPlacement) throws {
        let contract = try Contract("host", placement: placement)
        #expect(try contract.run([], initGas: 4).endings == [.returned(gas: 4, [])])
        #expect(try contract.run([], initGas: 3).endings == [Contract.outOfGas])
        #expect(try contract.run([], initGas: 2).hostCalls == [[]])
    }

    @Test("an endless loop runs out of gas", arguments: GasPlacement.allCases)
    func endless(placement: GasPlacement) throws {
        #expect(try Contract("host", placement: placement).run(Contract.Call("spin", gas: 100_000_000)) == Contract.outOfGas)
    }

    @Test("a cost per byte is charged before the operation", arguments: GasPlacement.allCases)
    func perByte(placement: GasPlacement) throws {
        let text = #"{"name":"a","callEndsRun":true,"default":1,"costs":{},"perUnit":{"memory.fill":3,"memory.grow":1000}}"#
        let schedule = try GasSchedule(parsing: Array(text.utf8))
        var options = Translator.Options()
        options.placement = placement
        let contract = try Contract(try Contract.module("memory"), schedule: schedule, options: options)
        #expect(try contract.run(Contract.Call("fill", 0, 7, 100)) == .returned(gas: 4 + 300, []))
        #expect(try contract.run(Contract.Call("fill", 0, 7, 100, gas: 304)) == .returned(gas: 304, []))
        #expect(try contract.run(Contract.Call("fill", 0, 7, 100, gas: 303)) == Contract.outOfGas)
        #expect(try contract.run(Contract.Call("fill", 0, 7, 0xffff_ffff)) == Contract.outOfGas)
        #expect(try contract.run(Contract.Call("grow", 2)) == .returned(gas: 2 + 2000, [1]))
    }

    /// Goal: the placement itself, against figures by hand. fib: entry 4 + cheapest arm 1, else edge 4 - 1, then the pieces
    /// behind the two calls. fac: entry 3 (const, set, block) + 1 (loop); header 3 (get, eqz, br_if) + 6 (the way out, behind
    /// the block: const, get, store, get, set, get); on the way round 14 - 6.
    @Test("regions charge the cheapest way at their entry and the difference on the edge")
    func regionCharges() throws {
        let charges = try Self.charges("control", gas: "unit", placement: .regions)
        #expect(charges[0] == [5, 3, 4, 1])
        #expect(charges[1] == [4, 9, 8])
        // choose: five for blocks, get and br_table, and one more; the longer ways pay 1 each in their stubs.
        #expect(charges[3] == [6, 1, 1])
    }
}
