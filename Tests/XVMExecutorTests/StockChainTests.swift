// SPDX-License-Identifier: Apache-2.0
// Code of a stock wasm2c in real workers: the same wall, no gas, nothing for consensus.

import Foundation
import TestSupport
import Testing
import XVMExecutor

private let stockWasm2c: String? = {
    guard
        let path = try? runProgram("/bin/sh", ["-c", "command -v wasm2c"]).text.split(separator: "\n").first.map(String.init),
        let version = try? runProgram(path, ["--version"]).text, version.hasPrefix("1.0.32")
    else { return nil }
    return path
}()

@Suite(.enabled(if: stockWasm2c != nil, "needs wasm2c 1.0.32 on PATH (Debian's package wabt)"))
struct StockChainTests {
    private func load(_ setup: EndToEnd, _ path: String) throws -> Contract {
        try setup.executor.load(packageFile(path), translation: .wasm2c(path: "wasm2c"), name: path)
    }

    private func refusal(_ body: () throws -> Void) -> ExecutorError? {
        #expect(throws: ExecutorError.self, performing: body)
    }

    @Test("results are those of our translator, without gas and not for consensus", arguments: ["clang", "gcc"])
    func results(compiler: String) throws {
        guard let found = try? runProgram("/bin/sh", ["-c", "command -v \(compiler)"]).text.split(separator: "\n").first else {
            return
        }
        let setup = try EndToEnd(compiler: String(found))
        let stock = try load(setup, "Tests/Modules/traps.wasm")
        let own = try setup.load("Tests/Modules/traps.wasm")
        #expect(stock.scheduleName == "none")
        #expect(!stock.isOwn)
        for call in [
            ["divide", "84", "2"], ["pair", "-5", "1.5"], ["size"], ["grow", "2"], ["grow", "3"], ["load", "65532"],
            ["indirect", "0"],
        ] {
            let arguments = Array(call.dropFirst())
            let one = try setup.executor.call(stock, export: Array(call[0].utf8), arguments: arguments)
            let other = try setup.executor.call(own, export: Array(call[0].utf8), arguments: arguments)
            #expect(one.status == other.status, "\(call)")
            #expect(one.results == other.results, "\(call)")
            #expect(one.gasUsed == 0 || one.status != .returned)
            #expect(!one.isForConsensus && other.isForConsensus)
        }
        // The second time from the cache.
        let again = try load(setup, "Tests/Modules/traps.wasm")
        #expect(try setup.call(again, "divide", "84", "2").timing.compileNanoseconds == 0)
        let fib = try load(setup, "Tests/Modules/fib.wasm")
        #expect(try setup.call(fib, "fib", "20").results == [.i32(6765)])
    }

    /// wasm2c knows one kind of trap for every wrong indirect call, and one for memory and tables.
    @Test("traps end the call with their word, and the worker serves the next one")
    func traps() throws {
        let setup = try EndToEnd()
        let contract = try load(setup, "Tests/Modules/traps.wasm")
        for (export, arguments, trap) in [
            ("unreachable", [], Trap.unreachable), ("divide", ["1", "0"], .integerDivideByZero),
            ("divide", ["0x80000000", "-1"], .integerOverflow), ("truncate", ["nan"], .invalidConversionToInteger),
            ("truncate", ["1e10"], .integerOverflow), ("load", ["65533"], .outOfBoundsMemoryAccess),
            ("load", ["0xffffffff"], .outOfBoundsMemoryAccess), ("store", ["0xffffffff"], .outOfBoundsMemoryAccess),
            ("dead_load", ["65536"], .outOfBoundsMemoryAccess), ("indirect", ["1"], .indirectCallTypeMismatch),
            ("mismatch", [], .indirectCallTypeMismatch), ("recurse", ["1"], .callStackExhausted), ("abort", [], .hostAbort),
        ] as [(String, [String], Trap)] {
            let execution = try setup.executor.call(contract, export: Array(export.utf8), arguments: arguments)
            #expect(execution.status == .trapped(trap), "\(export) \(arguments)")
            #expect(try setup.call(contract, "divide", "7", "2").results == [.i32(3)])
        }
    }

    @Test("an endless loop is ended by the deadline, whatever the gas limit")
    func endless() throws {
        let setup = try EndToEnd()
        let contract = try load(setup, "Tests/Hostile/loop.wasm")
        let name = try #require(contract.methods.first)
        let error = refusal {
            _ = try setup.executor.call(
                contract, export: name, arguments: [], limits: InvocationLimits(gas: 0, deadlineNanoseconds: 100_000_000))
        }
        #expect(error?.kind == "deadline")
    }

    @Test("start runs, nothing of one invocation is left for the next, and a contract puts and gets")
    func contracts() throws {
        let setup = try EndToEnd()
        let start = try load(setup, "Tests/Modules/start.wasm")
        #expect(try setup.call(start, "read").results == [.i32(42)])
        #expect(try setup.call(start, "dirty").results == [.i32(7)])
        #expect(try setup.call(start, "clean").results == [.i32(0)])
        let counter = try load(setup, "Examples/contracts/counter-c/counter.wasm")
        let store = MemoryStore()
        #expect(text(try setup.run(counter, "increase", on: store).body) == "1")
        #expect(text(try setup.run(counter, "increase", on: store).body) == "2")
    }

    /// wasm2c writes each export's name into a comment. It never sees one.
    @Test("a name that closes wasm2c's comment and opens code is a name like any other")
    func names() throws {
        let setup = try EndToEnd()
        for name in [
            "*/ int main(void) { return 0; } /*", "*/ __attribute__((constructor)) void f(void) { __builtin_trap(); } /*",
        ] {
            var wasm = WasmBinary()
            wasm.addFunction([WasmBinary.i32], [WasmBinary.i32], export: Array(name.utf8), WasmBinary.get(0))
            wasm.addName(ofFunction: 0, Array(name.utf8))
            let contract = try setup.executor.load(wasm.bytes, translation: .wasm2c(path: "wasm2c"), name: "names")
            #expect(try setup.executor.call(contract, export: Array(name.utf8), arguments: ["5"]).results == [.i32(5)])
        }
    }

    @Test("what is no wasm2c 1.0.32, and a module that the chain cannot have, is refused with its reason")
    func refusals() throws {
        let setup = try EndToEnd()
        let fib = try packageFile("Tests/Modules/fib.wasm")
        let error = refusal { _ = try setup.executor.load(fib, translation: .wasm2c(path: "/nonexistent/wasm2c"), name: "fib") }
        #expect(error?.kind == "compilerUnusable")
        #expect(
            refusal { _ = try setup.executor.load(fib, translation: .wasm2c(path: "/bin/echo"), name: "fib") }?.kind
                == "compilerUnusable")
        let object = try setup.executor.build(fib, schedule: .xuper, name: "fib")
        #expect(
            refusal { _ = try setup.executor.load(object, translation: .wasm2c(path: "wasm2c"), name: "fib") }?.kind
                == "invalidModule")
    }

    @Test("foreign code needs the floor that the configuration names: a clear refusal, and nothing is run")
    func floors() throws {
        let fib = try packageFile("Tests/Modules/fib.wasm")
        let setup = try EndToEnd { $0.foreignCodeFloor = .container }
        #expect(try setup.call(setup.executor.load(fib, name: "fib"), "fib", "10").results == [.i32(55)])
        let object = try setup.executor.build(fib, schedule: .xuper, name: "fib")
        for body in [
            { _ = try setup.executor.load(object, name: "fib.so") },
            { _ = try setup.executor.load(fib, translation: .wasm2c(path: "wasm2c"), name: "fib") },
        ] {
            let error = refusal(body)
            #expect(error?.kind == "producerRefused")
            #expect(error?.errorClass == .usage)
            #expect(error?.detail.contains("container") == true && error?.detail.contains("minimal") == true)
        }
    }

    /// A program that says it is wasm2c and writes what it likes.
    private func fake(_ folder: TemporaryFolder, _ body: String) throws -> String {
        let path = folder.path + "/wasm2c"
        let script = "#!/bin/sh\ncase \"$1\" in --version) echo 1.0.32; exit 0;; esac\n" + body + "\n"
        try Data(script.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        return path
    }

    @Test("a hostile wasm2c reaches nothing outside its folder, and its text keeps the rules for objects or is refused")
    func hostileTranslator() throws {
        let setup = try EndToEnd()
        let folder = try TemporaryFolder()
        let fib = try packageFile("Tests/Modules/fib.wasm")
        let real = try #require(stockWasm2c)
        // It does its work, and tries to leave something behind and to take something along.
        let outside = folder.path + "/outside"
        let curious = try fake(folder, "echo x > \(outside); cat /etc/passwd > m.txt; \(real) \"$@\"")
        let contract = try setup.executor.load(fib, translation: .wasm2c(path: curious), name: "fib")
        #expect(try setup.call(contract, "fib", "10").results == [.i32(55)])
        #expect(!FileManager.default.fileExists(atPath: outside))
        for (line, kind) in [
            ("__attribute__((constructor)) static void early(void) { __builtin_trap(); }", "objectRefused"),
            ("__attribute__((visibility(\"default\"))) int more = 1;", "objectRefused"),
            ("extern int puts(const char *); int chatty(void) { return puts(\"x\"); }", "objectRefused"),
            ("void asks(void) { __asm__ volatile(\"syscall\"); }", "objectRefused"),
            ("void draws(void) { unsigned long x; __asm__ volatile(\"rdrand %0\" : \"=r\"(x)); }", "objectRefused"),
            ("__thread int mine; int *thread(void) { return &mine; }", "objectRefused"),
            ("#include \"/etc/passwd\"", "compilerFailed"), ("#error no", "compilerFailed"),
        ] {
            let program = try fake(folder, "\(real) \"$@\" && cat >> m.c <<'END'\n\(line)\nEND")
            let error = refusal { _ = try setup.executor.load(fib, translation: .wasm2c(path: program), name: "fib") }
            #expect(error?.kind == kind, "\(line): \(String(describing: error))")
            #expect(error?.detail.contains("root:") == false)
        }
    }
}
