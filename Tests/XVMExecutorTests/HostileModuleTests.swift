// SPDX-License-Identifier: Apache-2.0
// The modules that broke XVM, in real workers: each ends as the specification says, and the next call is served.

import Foundation
import TestSupport
import Testing
import XVMExecutor

@Suite struct HostileModuleTests {
    private typealias W = WasmBinary

    private func refusal(_ body: () throws -> Void) -> ExecutorError? {
        #expect(throws: ExecutorError.self, performing: body)
    }

    /// A module with names everywhere: an export, an import, a name of a function.
    private static func named(_ names: (export: [UInt8], function: [UInt8])) -> [UInt8] {
        var wasm = WasmBinary()
        wasm.addFunction([W.i32], [W.i32], export: names.export, W.get(0) + W.i32(1) + [0x6a])
        wasm.addExport(names.export + [0x32], function: 0)
        wasm.addName(ofFunction: 0, names.function)
        return wasm.bytes
    }

    /// What closed a comment in XVM's C text and opened code of the attacker's.
    static let names: [[UInt8]] =
        [
            "*/ int main(void) { return system(\"id\"); } /*", "\n#include \"/etc/passwd\"\n", "??/\n*/??=define i32 struct",
            "\\\n*/ #error x",
            "\"); __asm__(\".globl main\"); (\"", "a\u{0}b", "%s%n", "fn0", "xvm_module", "__attribute__((constructor))",
            "\u{202e}",
        ].map { Array($0.utf8) } + [[0xc3, 0x28] + Array("*/".utf8)].filter { String(validating: $0, as: UTF8.self) != nil }

    @Test("names that close comments and open code change no byte of the C text, and such an export is called like any other")
    func names() throws {
        let setup = try EndToEnd()
        func text(_ wasm: [UInt8]) throws -> String {
            // The descriptor holds the hash of the binary; nothing else may differ.
            String(decoding: try setup.executor.emitC(wasm, schedule: .xuper, name: "names"), as: UTF8.self)
                .replacing(/\n\{[0-9, ]{64,}\},/, with: "\n{},", maxReplacements: 1)
        }
        let plain = try text(Self.named((Array("plain".utf8), Array("plain".utf8))))
        #expect(plain.contains("fn0"))
        for name in Self.names {
            #expect(try text(Self.named((name, name))) == plain, "\(name)")
        }
        // A thousand more, of random bytes that are text.
        var state: UInt64 = 20_261_121
        for _ in 0..<1000 {
            let scalars = (0..<12).compactMap { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Unicode.Scalar(UInt32(state >> 33) % 300)
            }
            let name = Array(String(String.UnicodeScalarView(scalars)).utf8)
            #expect(try text(Self.named((name, name))) == plain, "\(name)")
        }
        for name in Self.names.prefix(4) {
            let contract = try setup.executor.load(Self.named((name, name)), name: "names")
            #expect(try setup.executor.call(contract, export: name, arguments: ["41"]).results == [.i32(42)])
            #expect(try setup.executor.call(contract, export: name + [0x32], arguments: ["-1"]).results == [.i32(0)])
        }
    }

    @Test("an import's name goes into the refusal as printable characters only")
    func importNames() throws {
        let setup = try EndToEnd()
        var wasm = WasmBinary()
        wasm.addImport("env", "*/\n\u{1b}[2J#include", [], [])
        let error = refusal { _ = try setup.executor.load(wasm.bytes, name: "imports") }
        #expect(error?.kind == "unknownImport")
        #expect(error?.detail.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } == true, "\(String(describing: error))")
    }

    /// Each with a function `answer` that gives 42, so that a segment which did no harm would show.
    private static func segments(_ change: (inout WasmBinary) -> Void) -> [UInt8] {
        var wasm = WasmBinary()
        wasm.addFunction([], [W.i32], export: Array("answer".utf8), W.i32(42))
        wasm.pages = 1
        wasm.tableSize = 10
        change(&wasm)
        return wasm.bytes
    }

    @Test("element and data segments out of range, or wrapping 2^32, trap; the worker serves the next call")
    func segments() throws {
        let setup = try EndToEnd()
        let block = [UInt8](repeating: 0x41, count: 32)
        let cases: [(String, Trap?, (inout WasmBinary) -> Void)] = [
            ("elements far behind the table", .outOfBoundsTableAccess, { $0.addElements(at: W.i32(50_000_000), [0]) }),
            ("elements that wrap", .outOfBoundsTableAccess, { $0.addElements(at: W.i32(-1), [0, 0]) }),
            ("one element too many", .outOfBoundsTableAccess, { $0.addElements(at: W.i32(9), [0, 0]) }),
            ("the last element", nil, { $0.addElements(at: W.i32(9), [0]) }),
            ("no elements at the end", nil, { $0.addElements(at: W.i32(10), []) }),
            ("no elements behind the end", .outOfBoundsTableAccess, { $0.addElements(at: W.i32(11), []) }),
            ("data that wraps to the beginning", .outOfBoundsMemoryAccess, { $0.addData(at: W.i32(-16), block) }),
            ("data far behind memory", .outOfBoundsMemoryAccess, { $0.addData(at: W.i32(0x7fff_0000), block) }),
            ("one byte too many", .outOfBoundsMemoryAccess, { $0.addData(at: W.i32(65536 - 31), block) }),
            ("the last bytes", nil, { $0.addData(at: W.i32(65536 - 32), block) }),
            ("no bytes at the end", nil, { $0.addData(at: W.i32(65536), []) }),
            ("no bytes behind the end", .outOfBoundsMemoryAccess, { $0.addData(at: W.i32(65537), []) }),
            (
                "a good segment before a bad one", .outOfBoundsMemoryAccess,
                {
                    $0.addData(at: W.i32(0), block)
                    $0.addData(at: W.i32(-16), block)
                }
            ),
        ]
        let good = try setup.load("Tests/Modules/traps.wasm")
        for (name, trap, change) in cases {
            let contract = try setup.executor.load(Self.segments(change), name: name)
            for _ in 0..<2 {
                let execution = try setup.call(contract, "answer")
                if let trap {
                    #expect(execution.status == .trapped(trap), "\(name)")
                } else {
                    #expect(execution.results == [.i32(42)], "\(name)")
                }
            }
            #expect(try setup.call(good, "divide", "84", "2").results == [.i32(42)])
        }
    }

    @Test("a start function runs before the call and is charged; one that traps or loops ends the call")
    func start() throws {
        let setup = try EndToEnd()
        func module(_ start: [UInt8]) -> [UInt8] {
            var wasm = WasmBinary()
            wasm.addGlobal(W.i32, W.i32(0))
            wasm.addFunction([], [], start)
            wasm.addFunction([], [W.i32], export: Array("read".utf8), W.globalGet(0))
            wasm.start = 0
            return wasm.bytes
        }
        let works = try setup.executor.load(module(W.i32(7) + W.globalSet(0)), name: "start")
        // i32.const 0, global.set 3; global.get 3.
        #expect(try setup.call(works, "read").results == [.i32(7)])
        #expect(try setup.call(works, "read").gasUsed == 6)
        #expect(try setup.call(works, "read", limits: InvocationLimits(gas: 6)).results == [.i32(7)])
        #expect(try setup.call(works, "read", limits: InvocationLimits(gas: 5)).status == .outOfGas)
        #expect(try setup.call(works, "read", limits: InvocationLimits(gas: 2)).status == .outOfGas)
        let traps = try setup.executor.load(module([0x00]), name: "start traps")
        #expect(try setup.call(traps, "read").status == .trapped(.unreachable))
        let loops = try setup.executor.load(
            module([0x03, 0x40] + W.globalGet(0) + W.i32(3) + [0x6c] + W.globalSet(0) + [0x0c, 0, 0x0b]), name: "start loops")
        #expect(try setup.call(loops, "read", limits: InvocationLimits(gas: 100_000)).status == .outOfGas)
    }

    @Test("host parameters of type i64 and f64 are refused with the import's name and type when the module is loaded")
    func hostParameters() throws {
        let setup = try EndToEnd()
        for (parameters, text) in [
            ([W.i32, W.i32, W.i32, W.i64], "i64"), ([W.i64, W.i32, W.i32, W.i32], "i64"), ([W.f64, W.i32, W.i32, W.i32], "f64"),
            ([W.f32, W.i32, W.i32, W.i32], "f32"), ([W.i32, W.i32, W.i32], "i32"), ([], "()"),
        ] {
            var wasm = WasmBinary()
            wasm.addImport("xvm", "get", parameters, [W.i32])
            let error = refusal { _ = try setup.executor.load(wasm.bytes, name: "import") }
            #expect(error?.kind == "unknownImport")
            #expect(error?.errorClass == .usage)
            #expect(error?.isDeterministic == true)
            #expect(error?.detail.contains("get") == true && error?.detail.contains(text) == true, "\(String(describing: error))")
        }
        var right = WasmBinary()
        right.addImport("xvm", "get", [W.i32, W.i32, W.i32, W.i32], [W.i32])
        _ = try setup.executor.load(right.bytes, name: "import")
    }

    /// A turn of the loop costs 2 (`br`) and does a thousand `if`s, blocks and nops that cost nothing under `xuper`, around
    /// work that the C compiler cannot leave out. XVM's node has no bound for it but its patience.
    @Test("a loop of instructions that cost nothing is ended by the deadline, as an infrastructure error and never an outcome")
    func freeLoops() throws {
        let setup = try EndToEnd()
        var wasm = WasmBinary()
        wasm.pages = 1
        wasm.addGlobal(W.i32, W.i32(1))
        var turn: [UInt8] = []
        for _ in 0..<1000 { turn += W.i32(1) + [0x04, 0x40, 0x01, 0x02, 0x40, 0x0b, 0x0b] }
        // global = global x 3 + 1: not free, but the compiler must do it on each turn.
        let work = W.globalGet(0) + W.i32(3) + [0x6c] + W.i32(1) + [0x6a] + W.globalSet(0)
        wasm.addFunction(export: Array("cheap".utf8), [0x03, 0x40] + turn + work + [0x0c, 0, 0x0b])
        let limits = InvocationLimits(gas: 1 << 61, deadlineNanoseconds: 100_000_000)
        let cheap = try setup.executor.load(wasm.bytes, schedule: .xuper, name: "cheap")
        #expect(refusal { _ = try setup.call(cheap, "cheap", limits: limits) }?.kind == "deadline")
        // With every cost 0 no gas limit ends it: not even 0.
        let folder = try TemporaryFolder()
        let free = folder.path + "/free.json"
        try Data(#"{"name":"free","callEndsRun":false,"default":0,"costs":{}}"#.utf8).write(to: URL(filePath: free))
        let loop = try setup.executor.load(wasm.bytes, schedule: GasScheduleSource(free), name: "free")
        let error = refusal {
            _ = try setup.call(loop, "cheap", limits: InvocationLimits(gas: 0, deadlineNanoseconds: 100_000_000))
        }
        #expect(error?.kind == "deadline")
        #expect(error?.errorClass == .worker)
        // Under `unit` each of them costs 1.
        let unit = try setup.executor.load(wasm.bytes, schedule: .unit, name: "unit")
        #expect(try setup.call(unit, "cheap", limits: InvocationLimits(gas: 1_000_000)).status == .outOfGas)
    }
}
