// SPDX-License-Identifier: Apache-2.0
// An executor with a cache of its own, and what the tests of this target ask of it.

import Foundation
import TestSupport
import Testing
import XVMExecutor

/// An executor that is shut down with the value; tests hold it in a local.
final class EndToEnd: Sendable {
    let executor: Executor
    private let folder: TemporaryFolder

    init(compiler: String? = nil, floor: Floor = .minimal, _ change: (inout Configuration) -> Void = { _ in }) throws {
        folder = try TemporaryFolder()
        var configuration = Configuration()
        configuration.cachePath = folder.path + "/cache"
        configuration.compilerPath = compiler
        configuration.floor = floor
        // The tests of this target take what the machine has; the rule about foreign code has a test of its own.
        configuration.foreignCodeFloor = .minimal
        change(&configuration)
        executor = try Executor(configuration)
    }
    deinit { executor.shutDown() }

    func load(_ path: String, schedule: GasScheduleSource = .xuper) throws -> Contract {
        try executor.load(packageFile(path), schedule: schedule, name: path)
    }

    /// Runs a method and commits what it wrote.
    @discardableResult
    func run(
        _ contract: Contract, _ method: String, _ arguments: [String: String] = [:], on store: any StateStore,
        limits: InvocationLimits = InvocationLimits()
    ) throws -> Outcome {
        var execution = try executor.invoke(
            contract, MethodRequest(method, arguments: arguments), bucket: Array("test".utf8), limits: limits, on: store)
        try executor.commit(&execution, to: store)
        return execution.outcome
    }

    func call(
        _ contract: Contract, _ export: String, _ arguments: String..., limits: InvocationLimits = InvocationLimits()
    ) throws -> FunctionExecution {
        try executor.call(contract, export: Array(export.utf8), arguments: arguments, limits: limits)
    }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
