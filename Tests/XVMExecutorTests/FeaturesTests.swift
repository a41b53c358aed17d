// SPDX-License-Identifier: Apache-2.0
// A contract of XuperChain's own test data, unchanged, with XVM's gas to the unit. The file is not part of this project: its place comes from
// the environment.

import Foundation
import Testing
import XVMCore
import XVMExecutor

private let featuresPath = ProcessInfo.processInfo.environment["XVM_FEATURES_WASM"]

@Suite struct FeaturesTests {
    private struct Row {
        let method: String
        var arguments: [String: String] = [:]
        let gas: Int64
        var code: Int32 = 200
        var message = ""
        var body = ""
        var logs: [String] = []
    }

    private static let rows = [
        Row(method: "initialize", gas: 24502, body: "init"),
        Row(method: "logging", gas: 27606, body: "ok", logs: ["log from contract"]),
        Row(method: "put", arguments: ["k1": "v1"], gas: 37922, body: "ok"),
        Row(method: "get", arguments: ["key": "k1"], gas: 41212, body: "v1"),
        Row(method: "get", arguments: ["key": "none"], gas: 40551, code: 500, message: "failed"),
        Row(method: "caller", gas: 23816, body: "xchain"),
        Row(method: "put", arguments: ["t_k1": "v1", "t_k2": "v2", "t_k3": "v3"], gas: 67451, body: "ok"),
        Row(method: "iterator", arguments: ["start": "t_", "limit": "t_~"], gas: 94747, body: "t_k1:v1, t_k2:v2, t_k3:v3, "),
    ]

    @Test(
        "features.wasm of XuperChain runs unchanged: gas, result and log of each call are those of XVM",
        .enabled(if: featuresPath != nil, "XVM_FEATURES_WASM names no file"))
    func features() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: try #require(featuresPath))))
        try #require(Hex.encode(SHA256.hash(bytes)).hasPrefix("f95d7cb1fd98f9d7"), "another file")
        let setup = try EndToEnd()
        let store = MemoryStore()
        let contract = try setup.executor.load(bytes, schedule: .xuper, name: "features.wasm")
        for row in Self.rows {
            var execution = try setup.executor.invoke(
                contract, MethodRequest(row.method, arguments: row.arguments, initiator: "xchain"), bucket: utf8("features"),
                on: store)
            let outcome = execution.outcome
            #expect(outcome.gasUsed == row.gas, "\(row.method)")
            #expect(outcome.code == row.code && text(outcome.message) == row.message && text(outcome.body) == row.body)
            #expect(outcome.logs.map(text) == row.logs)
            #expect(outcome.memoryPages == 16)
            // The resources of a verifier's run are exactly these.
            var limits = InvocationLimits(gas: outcome.gasUsed)
            limits.memoryPages = 16
            let again = try setup.executor.invoke(
                contract, MethodRequest(row.method, arguments: row.arguments, initiator: "xchain"), bucket: utf8("features"),
                limits: limits, on: store)
            #expect(again.outcome.digest == outcome.digest)
            try setup.executor.commit(&execution, to: store)
        }
    }
}
