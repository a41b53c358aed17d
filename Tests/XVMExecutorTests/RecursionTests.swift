// SPDX-License-Identifier: Apache-2.0
// Recursion bombs in real workers: the depth follows from the Wasm bytes, whatever frames a C compiler makes.

import TestSupport
import Testing
import XVMExecutor

/// A recursive function `down` of type (i64 turns, i64 value) → i64 that calls itself `turns` times and returns turns + value, and what
/// one turn costs in bytes of the depth budget (docs/gas.md).
struct Bomb: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    /// Frame costs of the functions of one turn.
    var turnCosts: [Int]

    private typealias W = WasmBinary
    private static let (mul, add, sub, xor, rotl): (UInt8, UInt8, UInt8, UInt8, UInt8) = (0x7e, 0x7c, 0x7d, 0x85, 0x89)

    /// `if turns == 0 return value`, then what `call` makes of (turns - 1, value), plus 1.
    private static func descent(_ call: [UInt8], before: [UInt8] = [], after: [UInt8] = []) -> [UInt8] {
        W.get(0) + [0x50, 0x04, 0x40] + W.get(1) + [0x0f, 0x0b] + before + W.get(0) + W.i64(1) + [sub] + W.get(1) + call
            + W.i64(1) + [add]
            + after
    }

    private static func module(
        _ name: String, locals: Int, operands: Int, _ code: [UInt8], _ more: (inout WasmBinary) -> Void = { _ in },
        turnCosts: [Int]? = nil
    ) -> Bomb {
        var wasm = WasmBinary()
        let runs = locals > 0 ? [(locals, W.i64)] : []
        wasm.addFunction([W.i64, W.i64], [W.i64], locals: runs, export: Array("down".utf8), code)
        more(&wasm)
        return Bomb(testDescription: name, bytes: wasm.bytes, turnCosts: turnCosts ?? [64 + 8 * (2 + locals + operands)])
    }

    /// Thousands of locals that are all alive across the call.
    static let locals: Bomb = {
        let count = 1200
        var (before, after): ([UInt8], [UInt8]) = ([], [])
        for n in 2..<(2 + count) {
            before += W.get(0) + W.i64(Int64(2 * n + 1)) + [mul] + W.set(n)
            after += W.get(n) + W.globalGet(0) + [xor] + W.globalSet(0)
        }
        return module("thousands of i64 locals", locals: count, operands: 3, descent(W.call(0), before: before, after: after)) {
            $0.addGlobal(W.i64, W.i64(0))
        }
    }()

    static let plain = module("itself", locals: 0, operands: 2, descent(W.call(0)))

    static let mutual = module(
        "two functions by turns", locals: 0, operands: 2, descent(W.call(1)),
        {
            $0.addFunction([W.i64, W.i64], [W.i64], locals: [(5, W.i64)], descent(W.call(0)))
        }, turnCosts: [64 + 8 * 4, 64 + 8 * 9])

    static let indirect: Bomb = {
        let type = 0  // the only one
        return module("through call_indirect", locals: 0, operands: 3, descent(W.i32(2) + W.callIndirect(type))) {
            $0.tableSize = 4
            $0.addElements(at: W.i32(2), [0])
        }
    }()

    /// Hundreds of values that a compiler computes once and keeps, because they are asked for twice: the native frame is some thirty times
    /// what the function's frame costs, unless the compiler is kept from it.
    static let values: Bomb = {
        let count = 500
        func value(_ n: Int) -> [UInt8] {
            W.get(1) + W.i64(Int64(2_654_435_761 + 2 * n)) + [mul] + W.i64(Int64(n % 60 + 1)) + [rotl]
        }
        var (before, after): ([UInt8], [UInt8]) = ([], [])
        for n in 0..<count {
            before += W.globalGet(0) + value(n) + [xor] + W.globalSet(0)
            after += W.globalGet(0) + value(count - 1 - n) + [add] + W.globalSet(0)
        }
        return module("values that are asked for twice", locals: 0, operands: 4, descent(W.call(0), before: before, after: after))
        {
            $0.addGlobal(W.i64, W.i64(0))
        }
    }()

    /// A chain of functions with one call each, all of whose frames become part of the caller's, which calls
    /// itself without them.
    static let chain: Bomb = {
        let (length, count) = (40, 12)
        return module(
            "frames of others inside of its own", locals: 0, operands: 2,
            descent(W.call(0)) + W.get(1) + [0x50, 0x04, W.i64] + W.get(1) + W.call(1) + [0x05] + W.i64(0) + [0x0b, add]
        ) {
            for n in 0..<length {
                var code: [UInt8] = []
                for local in 1...count {
                    code += W.get(0) + W.i64(Int64(1_000_003 + 2 * local + 1000 * n)) + [mul] + W.set(local)
                }
                code += n + 1 < length ? W.get(0) + W.get(3) + [xor] + W.call(n + 2) : W.get(0)
                code += W.globalSet(0) + W.get(0)
                for local in 1...count { code += W.get(local) + [xor] + W.i64(7) + [rotl] + W.globalGet(0) + [add] }
                code += W.get(1) + [xor]
                $0.addFunction([W.i64], [W.i64], locals: [(count, W.i64)], code)
            }
            $0.addGlobal(W.i64, W.i64(0))
        }
    }()

    static let all = [plain, locals, mutual, indirect, values, chain]

    /// Turns that fit: 0 calls `down` once. Under a schedule that counts 500 frames each costs 2048 at least (docs/gas.md).
    func turns(stackSize: Int, countsFrames: Bool) -> Int {
        var (rest, turn) = (countsFrames ? min(stackSize, 500 * 2048) : stackSize, 0)
        while true {
            let cost = max(turnCosts[turn % turnCosts.count], countsFrames ? 2048 : 0)
            if rest < cost { return turn - 1 }
            rest -= cost
            turn += 1
        }
    }
}

@Suite struct RecursionTests {
    private static let builds: [(compiler: String, level: Int)] = ["clang", "gcc"].flatMap { name -> [(String, Int)] in
        let found = try? runProgram("/bin/sh", ["-c", "command -v \(name)"]).text.split(separator: "\n").first.map(String.init)
        guard let path = found ?? nil else { return [] }
        return [(path, 1), (path, 2)]
    }

    /// The budget ends every one of them at the depth that the Wasm bytes give; the native stack ends none.
    @Test("a recursion bomb is callStackExhausted at the same depth for gcc and clang, -O1 and -O2", arguments: builds)
    func depth(compiler: String, level: Int) throws {
        let setup = try EndToEnd(compiler: compiler) { $0.optimizationLevel = level }
        for bomb in Bomb.all {
            for (schedule, countsFrames) in [(GasScheduleSource.xuper, true), (.unit, false)] {
                // values and locals take a compiler a while: one schedule is enough for the frames.
                if countsFrames, bomb.turnCosts[0] > 1000 || bomb.testDescription.contains("asked") { continue }
                let contract = try setup.executor.load(bomb.bytes, schedule: schedule, name: bomb.testDescription)
                for stackSize in [1 << 20, 100_000] {
                    let limits = InvocationLimits(gas: 1 << 61, stackSize: UInt32(stackSize))
                    let turns = bomb.turns(stackSize: stackSize, countsFrames: countsFrames)
                    #expect(
                        try setup.call(contract, "down", "\(turns)", "7", limits: limits).status == .returned, "\(bomb) \(turns)")
                    #expect(
                        try setup.call(contract, "down", "\(turns + 1)", "7", limits: limits).status
                            == .trapped(.callStackExhausted),
                        "\(bomb) \(turns + 1)")
                    #expect(
                        try setup.call(contract, "down", "-1", "7", limits: limits).status == .trapped(.callStackExhausted),
                        "\(bomb)")
                }
            }
        }
    }

    @Test("a stack limit beyond the executor's is refused, and so is an executor's beyond 4 MiB")
    func limits() throws {
        let setup = try EndToEnd()
        let contract = try setup.executor.load(Bomb.plain.bytes, name: "plain")
        let error = #expect(throws: ExecutorError.self) {
            try setup.call(contract, "down", "1", "7", limits: InvocationLimits(stackSize: 1 << 20 + 1))
        }
        #expect(error?.kind == "stackLimit")
        #expect(throws: ExecutorError.self) { try EndToEnd { $0.stackSizeMax = 4 << 20 + 1 } }
        #expect(throws: ExecutorError.self) { try EndToEnd { $0.optimizationLevel = 3 } }

        let deep = try EndToEnd { $0.stackSizeMax = 4 << 20 }
        let limits = InvocationLimits(gas: 1 << 61, stackSize: 4 << 20)
        let bomb = Bomb.plain
        let loaded = try deep.executor.load(bomb.bytes, schedule: .unit, name: "plain")
        let turns = bomb.turns(stackSize: 4 << 20, countsFrames: false)
        #expect(try deep.call(loaded, "down", "\(turns)", "7", limits: limits).results == [.i64(Int64(turns) + 7)])
        #expect(try deep.call(loaded, "down", "\(turns + 1)", "7", limits: limits).status == .trapped(.callStackExhausted))
    }
}
