// SPDX-License-Identifier: Apache-2.0
// Traps, gas, depth, memory and deadlines in real workers.

import Foundation
import Synchronization
import TestSupport
import Testing
import XVMExecutor

/// A store whose first read lasts until `pause` is certainly over.
private final class SlowStore: StateStore, StateSnapshot {
    private let store = MemoryStore()
    private let pause: Duration
    let readCount = Atomic(0)
    init(pause: Duration) { self.pause = pause }
    func snapshot() -> any StateSnapshot { self }
    func commit(_ batch: [Commit], allOrNothing: Bool) throws(StateError) -> [CommitResult] {
        try store.commit(batch, allOrNothing: allOrNothing)
    }
    var height: UInt64 { 0 }
    func record(bucket: [UInt8], key: [UInt8]) -> Record? {
        if readCount.add(1, ordering: .relaxed).newValue == 1 {
            let end = ContinuousClock.now.advanced(by: pause)
            while ContinuousClock.now < end { usleep(1000) }
        }
        return nil
    }
    func version(bucket: [UInt8], key: [UInt8]) -> Version? { nil }
    func iterate(bucket: [UInt8], start: [UInt8], limit: [UInt8]) throws(StateError) -> any StateIterator {
        try store.snapshot().iterate(bucket: bucket, start: start, limit: limit)
    }
    func digest() -> [UInt8] { [] }
    func close() {}
}

@Suite struct LimitTests {
    private static let cases: [(String, [String], Trap)] = [
        ("unreachable", [], .unreachable),
        ("divide", ["1", "0"], .integerDivideByZero),
        ("divide", ["0x80000000", "-1"], .integerOverflow),
        ("truncate", ["nan"], .invalidConversionToInteger),
        ("truncate", ["1e10"], .integerOverflow),
        ("load", ["65533"], .outOfBoundsMemoryAccess),
        ("load", ["0xffffffff"], .outOfBoundsMemoryAccess),
        ("store", ["0xffffffff"], .outOfBoundsMemoryAccess),
        ("dead_load", ["65536"], .outOfBoundsMemoryAccess),
        ("indirect", ["1"], .uninitializedElement),
        ("indirect", ["3"], .undefinedElement),
        ("mismatch", [], .indirectCallTypeMismatch),
        ("recurse", ["1"], .callStackExhausted),
        ("abort", [], .hostAbort),
    ]

    @Test("each trap of the specification ends the call with its word and the whole gas limit", arguments: cases.indices)
    func traps(index: Int) throws {
        let (export, arguments, trap) = Self.cases[index]
        let setup = try EndToEnd()
        let contract = try setup.load("Tests/Modules/traps.wasm")
        let limits = InvocationLimits(gas: 1_000_000_000)
        let execution = try setup.executor.call(contract, export: Array(export.utf8), arguments: arguments, limits: limits)
        #expect(execution.status == .trapped(trap))
        #expect(execution.gasUsed == 1_000_000_000)
        if trap == .hostAbort { #expect(text(execution.message) == "no further") }
        // The worker serves the next call as if nothing had been.
        #expect(try setup.call(contract, "divide", "7", "2").results == [.i32(3)])
    }

    /// clang comes with Swift and gcc with scripts/setup: a test that leaves one out shows nothing.
    private static func path(of compiler: String) throws -> String {
        let found = try runProgram("/bin/sh", ["-c", "command -v \(compiler)"]).text.split(separator: "\n").first
        return String(try #require(found, "\(compiler) is not on PATH"))
    }

    @Test(
        "stores and loads that compilers make library calls of still trap out of bounds", arguments: ["xuper", "unit"],
        ["clang", "gcc"])
    func storesThatBecomeCalls(schedule: String, compiler: String) throws {
        let setup = try EndToEnd(compiler: Self.path(of: compiler))
        let contract = try setup.load("Tests/Modules/stores.wasm", schedule: GasScheduleSource(schedule))
        for call in [["zeros"], ["bytes", "65600"], ["copy", "400"], ["row", "65400"]] {
            let execution = try setup.executor.call(contract, export: Array(call[0].utf8), arguments: Array(call.dropFirst()))
            #expect(execution.status == .trapped(.outOfBoundsMemoryAccess), "\(call)")
        }
    }

    @Test("a call that uses U gas returns with limit U and runs out with U - 1", arguments: ["xuper", "unit"])
    func gasBorder(schedule: String) throws {
        let setup = try EndToEnd()
        let contract = try setup.load("Tests/Modules/fib.wasm", schedule: GasScheduleSource(schedule))
        let used = try setup.call(contract, "fib", "15").gasUsed
        #expect(used > 0)
        let exact = try setup.call(contract, "fib", "15", limits: InvocationLimits(gas: used))
        #expect(exact.status == .returned)
        #expect(exact.gasUsed == used)
        #expect(exact.results == [.i32(610)])
        let short = try setup.call(contract, "fib", "15", limits: InvocationLimits(gas: used - 1))
        #expect(short.status == .outOfGas)
        #expect(short.gasUsed == used - 1)
        #expect(try setup.call(contract, "fib", "15", limits: InvocationLimits(gas: 0)).status == .outOfGas)
    }

    /// Found by scripts/differential, seed 20261122, modules 486 and 732: the object was refused, or else NaN bits had been another's.
    @Test("a function with more doubles than registers needs no x87, whatever the compiler", arguments: ["clang", "gcc"])
    func registers(compiler: String) throws {
        let setup = try EndToEnd(compiler: Self.path(of: compiler))
        _ = try setup.load("Tests/Modules/doubles.wasm", schedule: .xuper)
    }

    @Test("gas and result are the same with gcc and clang, and on every run", arguments: ["xuper", "unit"])
    func compilers(schedule: String) throws {
        let found = ["gcc", "clang"].compactMap { name in
            try? runProgram("/bin/sh", ["-c", "command -v \(name)"]).text.split(separator: "\n").first.map(String.init)
        }.compactMap { $0 }
        try #require(!found.isEmpty, "no C compiler on PATH")
        var seen: Set<Int64> = []
        for compiler in found {
            let setup = try EndToEnd(compiler: compiler)
            let contract = try setup.load("Tests/Modules/fib.wasm", schedule: GasScheduleSource(schedule))
            for _ in 0..<3 {
                let execution = try setup.call(contract, "fib", "20")
                #expect(execution.results == [.i32(6765)])
                seen.insert(execution.gasUsed)
            }
        }
        #expect(seen.count == 1)
    }

    @Test("an endless loop ends by gas where it costs, by the deadline where gas is plenty; the executor goes on")
    func endless() throws {
        let setup = try EndToEnd()
        let contract = try setup.load("Tests/Modules/traps.wasm")
        #expect(try setup.call(contract, "spin", limits: InvocationLimits(gas: 1_000_000)).status == .outOfGas)
        let error = #expect(throws: ExecutorError.self) {
            try setup.call(contract, "spin", limits: InvocationLimits(gas: 1 << 61, deadlineNanoseconds: 100_000_000))
        }
        #expect(error?.errorClass == .worker)
        #expect(error?.kind == "deadline")
        #expect(try setup.call(contract, "size").results == [.i32(1)])
    }

    // Whether it is reached in the read, as it should be, or on a very slow machine before it: it is the deadline either way, and nothing is
    // asked of the store after it.
    @Test("the deadline covers the time that the host's store takes; the next call is served")
    func slowHost() throws {
        let setup = try EndToEnd()
        let notes = try setup.load("Examples/contracts/notes-c/notes.wasm")
        let store = SlowStore(pause: .milliseconds(220))
        let error = #expect(throws: ExecutorError.self) {
            try setup.run(
                notes, "delete", ["title": "a"], on: store,
                limits: InvocationLimits(gas: 1 << 40, deadlineNanoseconds: 200_000_000))
        }
        #expect(error?.kind == "deadline")
        #expect(store.readCount.load(ordering: .relaxed) <= 1)
        #expect(try setup.run(notes, "put", ["title": "a", "text": "x"], on: MemoryStore()).status == .returned)
    }

    @Test("memory grows to the smaller of the module's and the invocation's maximum")
    func memory() throws {
        let setup = try EndToEnd()
        let contract = try setup.load("Tests/Modules/traps.wasm")
        #expect(try setup.call(contract, "grow", "2").results == [.i32(1)])
        #expect(try setup.call(contract, "grow", "3").results == [.i32(-1)])
        #expect(try setup.call(contract, "grow", "1", limits: InvocationLimits(memoryPages: 1)).results == [.i32(-1)])
        #expect(try setup.call(contract, "grow", "-1").results == [.i32(-1)])
        #expect(try setup.call(contract, "size").results == [.i32(1)], "a new invocation begins with the module's minimum")
        let error = #expect(throws: ExecutorError.self) {
            try setup.call(contract, "size", limits: InvocationLimits(memoryPages: 2000))
        }
        #expect(error?.kind == "memoryLimit")
    }

    @Test("the start function runs, is charged, and nothing of one invocation is left for the next")
    func start() throws {
        let setup = try EndToEnd()
        let contract = try setup.load("Tests/Modules/start.wasm", schedule: .unit)
        #expect(try setup.call(contract, "read").results == [.i32(42)])
        #expect(try setup.call(contract, "dirty").results == [.i32(7)])
        #expect(try setup.call(contract, "clean").results == [.i32(0)])
        // start: 3 instructions; read: 2. With one unit less the last instruction is not paid for.
        let used = try setup.call(contract, "read").gasUsed
        #expect(used == 5)
        #expect(try setup.call(contract, "read", limits: InvocationLimits(gas: 2)).status == .outOfGas)
    }

    @Test("several results, floats and canonical NaNs come back as they should")
    func values() throws {
        let setup = try EndToEnd()
        let contract = try setup.load("Tests/Modules/traps.wasm")
        #expect(try setup.call(contract, "pair", "-5", "1.5").results.map(\.description) == ["f32:1.5", "i64:-5"])
        #expect(try setup.call(contract, "nan").results.map(\.description) == ["f64:nan:0x7ff8000000000000"])
    }
}
