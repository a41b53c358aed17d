// SPDX-License-Identifier: Apache-2.0
// The example in the documentation of Executor: compiled and run as it stands there.

import Foundation
import TestSupport
import Testing

// Begin of the example.
import XVMExecutor

func serve(_ wasm: [UInt8], folder: String, floor: Floor) async throws {
    var configuration = Configuration()
    configuration.floor = floor
    configuration.cachePath = folder + "/cache"
    configuration.pool.workerCountMax = 32
    let executor = try Executor(configuration)
    let contract = try executor.load(wasm, schedule: .xuper, name: "counter.wasm")
    let store = try executor.openState(folder: folder + "/state")
    do {
        var execution = try await executor.invoke(
            contract, MethodRequest("increase"), bucket: Array("counter".utf8), on: store)
        switch execution.outcome.status {
        case .returned: try executor.commit(&execution, to: store)
        case .reverted, .trapped, .outOfGas: break  // The contract's own doing: gas is charged, nothing is changed.
        }
    } catch {
        guard error.isRetryable else { throw error }
        print("again later: \(error.detail)")  // A conflict, a full queue, a worker that was killed from outside.
    }
    _ = executor.metrics()  // Text for Prometheus, to be served as you like.
    await executor.shutDown()
}
// End of the example.

@Suite struct ExampleTests {
    private static func lines(_ path: String, from first: String, to last: String) throws -> [String] {
        let lines = try String(decoding: packageFile(path), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
        let begin = try #require(lines.firstIndex(of: first)), end = try #require(lines[begin...].firstIndex(of: last))
        return Array(lines[(begin + 1)..<end])
    }

    @Test("the example in the documentation is this file's, word for word")
    func same() throws {
        let own = try Self.lines(
            "Tests/XVMExecutorTests/ExampleTests.swift", from: "// Begin of the example.", to: "// End of the example.")
        let documented = try Self.lines("Sources/XVMExecutor/Executor.swift", from: "/// ```swift", to: "/// ```")
        #expect(documented.map { String($0.dropFirst("/// ".count)) } == own)
    }

    @Test("the example runs twice, counts to two, and leaves a state that another executor opens")
    func runs() async throws {
        let folder = try TemporaryFolder()
        let wasm = try packageFile("Examples/contracts/counter-c/counter.wasm")
        for _ in 0..<2 { try await serve(wasm, folder: folder.path, floor: .minimal) }
        let setup = try EndToEnd()
        let store = try setup.executor.openState(folder: folder.path + "/state")
        let snapshot = try store.snapshot()
        defer { snapshot.close() }
        #expect(try snapshot.record(bucket: utf8("counter"), key: utf8("counter")).map { text($0.value) } == "2")
    }
}
