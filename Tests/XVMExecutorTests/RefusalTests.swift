// SPDX-License-Identifier: Apache-2.0
// Bad input and bad luck: each gets its class and kind, and leaves state, cache and processes clean.

import Foundation
import TestSupport
import Testing
import XVMExecutor

@Suite struct RefusalTests {
    private func refusal(_ body: () throws -> Void) -> ExecutorError? {
        #expect(throws: ExecutorError.self, performing: body)
    }

    @Test("what is not a module is refused with its reason and offset")
    func modules() throws {
        let setup = try EndToEnd()
        let good = try packageFile("Tests/Modules/traps.wasm")
        #expect(refusal { _ = try setup.executor.load(Array("hello".utf8)) }?.kind == "malformedModule")
        #expect(refusal { _ = try setup.executor.load([]) }?.kind == "malformedModule")
        #expect(refusal { _ = try setup.executor.load(Array(good.dropLast(7))) }?.kind == "malformedModule")
        // (func (result i32)) without a value.
        let invalid: [UInt8] = [
            0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 10, 4, 1, 2, 0, 0x0b,
        ]
        let error = refusal { _ = try setup.executor.load(invalid, name: "bad.wasm") }
        #expect(error?.kind == "invalidModule")
        #expect(error?.errorClass == .usage)
        #expect(error?.detail.hasPrefix("bad.wasm: ") == true)
        // (import "env" "nope" (func))
        let unknown: [UInt8] = [
            0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 12, 1, 3, 0x65, 0x6e, 0x76, 4, 0x6e, 0x6f, 0x70, 0x65, 0, 0,
        ]
        #expect(refusal { _ = try setup.executor.load(unknown) }?.kind == "unknownImport")
    }

    @Test("an unknown method, a wrong signature and wrong arguments are refused before anything runs")
    func methods() throws {
        let setup = try EndToEnd()
        let contract = try setup.load("Tests/Modules/traps.wasm")
        #expect(refusal { try setup.run(contract, "nope", on: MemoryStore()) }?.kind == "unknownMethod")
        #expect(refusal { try setup.run(contract, "memory", on: MemoryStore()) }?.kind == "unknownMethod")
        #expect(refusal { try setup.run(contract, "divide", on: MemoryStore()) }?.kind == "wrongSignature")
        #expect(refusal { _ = try setup.call(contract, "divide", "1") }?.kind == "argumentCount")
        #expect(refusal { _ = try setup.call(contract, "divide", "1", "x") }?.kind == "argument")
        #expect(refusal { _ = try setup.call(contract, "divide", "1", "4294967296") }?.kind == "argument")
        #expect(refusal { _ = try setup.call(contract, "divide", "1", "i64:1") }?.kind == "argument")
        let large = ["a": String(repeating: "x", count: 1_200_000)]
        #expect(refusal { try setup.run(contract, "unreachable", large, on: MemoryStore()) }?.kind == "argumentSize")
    }

    @Test("a folder that is no state is refused and untouched; one in use names its owner")
    func states() throws {
        let setup = try EndToEnd()
        let folder = try TemporaryFolder()
        try Data("mine".utf8).write(to: URL(filePath: folder.path + "/file"))
        let error = refusal { _ = try setup.executor.openState(folder: folder.path) }
        #expect(error?.kind == "notStateFolder")
        #expect(error?.errorClass == .usage)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])

        let state = folder.path + "/state"
        let store = try setup.executor.openState(folder: state)
        let inUse = refusal { _ = try setup.executor.openState(folder: state) }
        #expect(inUse?.kind == "stateInUse")
        #expect(inUse?.errorClass == .state)
        withExtendedLifetime(store) {}
    }

    @Test("without a compiler there is an error that says what to do")
    func compiler() throws {
        let setup = try EndToEnd(compiler: "/nonexistent/cc")
        let error = refusal { _ = try setup.load("Tests/Modules/fib.wasm") }
        #expect(error?.errorClass == .compiler)
    }

    @Test("a cache entry that was changed by hand is compiled again with a warning")
    func cache() throws {
        let cache = try TemporaryFolder()
        let warnings = Warnings()
        func load() throws -> Contract {
            let setup = try EndToEnd {
                $0.cachePath = cache.path
                $0.warning = { warnings.add($0) }
            }
            let contract = try setup.load("Tests/Modules/fib.wasm")
            #expect(try setup.call(contract, "fib", "10").results == [.i32(55)])
            return contract
        }
        _ = try load()
        #expect(warnings.count == 0)
        let files = try FileManager.default.subpathsOfDirectory(atPath: cache.path).map { cache.path + "/" + $0 }
            .filter { try FileManager.default.attributesOfItem(atPath: $0)[.type] as? FileAttributeType == .typeRegular }
        let largest = try #require(
            files.max { a, b in
                ((try? Data(contentsOf: URL(filePath: a)).count) ?? 0) < ((try? Data(contentsOf: URL(filePath: b)).count) ?? 0)
            })
        var bytes = try Data(contentsOf: URL(filePath: largest))
        bytes[bytes.count / 2] ^= 0xff
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: largest)
        try bytes.write(to: URL(filePath: largest))
        _ = try load()
        #expect(warnings.count == 1)
    }

    @Test("machine code that issues a system call is an infrastructure error that names it; state and executor are unharmed")
    func violation() throws {
        let setup = try EndToEnd()
        let store = MemoryStore()
        let counter = try setup.load("Examples/contracts/counter-c/counter.wasm")
        try setup.run(counter, "increase", on: store)
        let attack = try setup.executor.load(hostileObject("openat"), name: "openat")
        #expect(!attack.isOwn)
        let before = try store.snapshot().digest()
        let error = refusal { try setup.run(attack, "attack", on: store) }
        #expect(error?.kind == "violation")
        #expect(error?.syscall == "openat")
        #expect(error?.blame == .contract)
        #expect(try store.snapshot().digest() == before)
        #expect(text(try setup.run(counter, "increase", on: store).body) == "2")
    }

    @Test("an object whose footer or ELF was changed is refused before any process exists")
    func objects() throws {
        let setup = try EndToEnd()
        let good = try setup.executor.build(packageFile("Tests/Modules/fib.wasm"), schedule: .xuper, name: "fib")
        let contract = try setup.executor.load(good, name: "fib.so")
        #expect(try setup.call(contract, "fib", "10").results == [.i32(55)])
        #expect(refusal { _ = try setup.executor.load(Array(good.dropLast())) }?.kind == "invalidObject")
        var doctored = good
        doctored[16] = 2  // ET_EXEC
        #expect(refusal { _ = try setup.executor.load(doctored) }?.kind == "invalidObject")
        #expect(refusal { _ = try setup.executor.load(good, schedule: .unit) }?.kind == "scheduleMismatch")
        // The object of another module: its descriptor names another hash.
        let other = try setup.executor.build(packageFile("Tests/Modules/start.wasm"), schedule: .xuper, name: "start")
        func elfSize(_ bytes: [UInt8]) -> Int { bytes.dropLast(16).suffix(8).reversed().reduce(0) { $0 << 8 | Int($1) } }
        let swapped =
            Array(good.prefix(elfSize(good))) + Array(other.dropFirst(elfSize(other)).dropLast(24))
            + Array(good.suffix(24).prefix(8))
            + Array(other.suffix(16))
        #expect(refusal { _ = try setup.executor.load(swapped) }?.errorClass == .usage)
    }
}

/// Counts warnings from any thread.
private final class Warnings: @unchecked Sendable {
    // SAFETY: `lock` guards `texts`.
    private let lock = NSLock()
    private var texts: [String] = []
    func add(_ text: String) { lock.withLock { texts.append(text) } }
    var count: Int { lock.withLock { texts.count } }
}
