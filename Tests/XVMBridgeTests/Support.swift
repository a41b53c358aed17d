// SPDX-License-Identifier: Apache-2.0
// An engine that plays a contract in Swift against the handler, and short ways to make calls.

import XVMState
import XVMWire

@testable import XVMBridge

/// Plays a script instead of running Code: the tests' side of the `Engine` protocol.
final class ScriptedEngine: Engine {
    typealias Script = @Sendable (Invocation, any SyscallHandler) throws -> Ending
    private let script: Script

    init(_ script: @escaping Script) { self.script = script }

    func run(_ invocation: Invocation, handler: any SyscallHandler, deadlineNanoseconds: UInt64) throws -> Ending {
        try script(invocation, handler)
    }
}

extension Ending {
    static func returned(_ status: Int32?, _ message: String = "", _ body: String = "", gas: Int64 = 10) -> Ending {
        Ending(
            kind: .returned, gasUsed: gas, memoryPages: 1,
            output: status.map { Output(status: $0, message: bytes(message), body: bytes(body)) }, abortText: [], slots: [])
    }

    static func stopped(_ kind: Kind, gas: Int64 = 1000, abortText: String = "") -> Ending {
        Ending(kind: kind, gasUsed: gas, memoryPages: 1, output: nil, abortText: bytes(abortText), slots: [])
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func call(_ contract: String = "c", method: String = "m", gasLimit: Int64 = 1000) -> ContractCall {
    ContractCall(
        contract: bytes(contract), exportIndex: 3,
        entry: .method(
            MethodCall(method: bytes(method), caller: [], initiator: bytes("me"), amount: bytes("0"), arguments: [])),
        gasLimit: gasLimit, frameLimit: 500, stackLimit: 1 << 20, memoryPagesMax: 16, schedule: bytes("schedule"))
}

extension StateStore {
    /// Runs a script as one context on the newest state.
    func invoke(_ call: ContractCall = call(), _ script: @escaping ScriptedEngine.Script) throws -> Outcome {
        let snapshot = try snapshot()
        defer { snapshot.close() }
        return try Bridge.invoke(engine: ScriptedEngine(script), call: call, over: snapshot, deadlineNanoseconds: 1)
    }

    /// Commits what an Outcome wants to change.
    @discardableResult
    func commit(_ number: Int, _ outcome: Outcome) throws -> CommitResult {
        let id = TransactionID(
            [UInt8](repeating: 0, count: 28) + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) })!
        return try commit(Commit(id: id, reads: outcome.reads, writes: outcome.writes))
    }

    /// Runs puts and commits them.
    func put(_ number: Int, _ pairs: [String: String]) throws {
        let outcome = try invoke { _, handler in
            for (key, value) in pairs { _ = try handler.handle(.putObject(key: bytes(key), value: bytes(value))) }
            return .returned(200)
        }
        try commit(number, outcome)
    }
}

extension SyscallResult {
    /// Keys and values of a page as text.
    var pairs: [String]? {
        guard case .items(let items) = self else { return nil }
        return items.map { String(decoding: $0.key, as: UTF8.self) + "=" + String(decoding: $0.value, as: UTF8.self) }
    }
}

extension Outcome {
    /// The keys that were read, in order.
    var readKeys: [String] { reads.reads.map { String(decoding: $0.key, as: UTF8.self) } }
}

extension ContextHandler {
    /// A context alone in its tree.
    convenience init(contract: [UInt8], overlay: Overlay) throws {
        var alone = XVMBridgeTests.call()
        alone.contract = contract
        try self.init(
            alone, in: ContextTree(CallEnvironment(), overlay: overlay, deadlineNanoseconds: 10_000_000_000))
    }

    func reads() throws -> ReadSet { try tree.overlay.reads() }
    func writes() throws -> WriteSet { try tree.overlay.writes() }
    var events: [Event] { tree.events }
    var logs: [[UInt8]] { tree.logs }
    var failure: (any Error)? { tree.failure }
}
