// SPDX-License-Identifier: Apache-2.0
// A small chain for the tests of contracts that call contracts: names and balances lie in the state, as a ledger's do.

import Foundation
import Synchronization
import TestSupport
import XVMCore
import XVMExecutor

/// Contracts by name in bucket `contract`, balances in bucket `$balance`, accounts in bucket `XCAccount`.
final class TestChain: Chain, ModuleSource {
    private let modules = Mutex<[[UInt8]: [UInt8]]>([:])
    /// Methods that nobody but "owner" may call.
    let guarded: Set<String>

    init(guarded: Set<String> = []) { self.guarded = guarded }

    /// Makes a contract known and gives it and others their balances, as one commit.
    func deploy(_ contracts: [String: String], balances: [String: Int] = [:], on store: any StateStore) throws {
        var writes: [Write] = []
        for (name, path) in contracts {
            let bytes = [UInt8](try packageFile(path))
            let hash = SHA256.hash(bytes)
            modules.withLock { $0[hash] = bytes }
            writes.append(Write(bucket: utf8("contract"), key: utf8(name + ".desc"), effect: .put(hash)))
        }
        for (name, amount) in balances {
            writes.append(Write(bucket: utf8("$balance"), key: utf8(name), effect: .put(utf8("\(amount)"))))
        }
        let reads = writes.map { Read(bucket: $0.bucket, key: $0.key, version: nil) }
        let id = TransactionID(SHA256.hash(utf8("deploy \(contracts.keys.sorted())")))!
        _ = try store.commit(Commit(id: id, reads: ReadSet(reads), writes: WriteSet(writes)))
    }

    func module(hash: [UInt8]) throws -> [UInt8] { modules.withLock { $0[hash] ?? [] } }

    func contract(named name: [UInt8], in view: any StateView) throws -> DeployedContract? {
        try view.get(bucket: utf8("contract"), key: name + utf8(".desc")).map { DeployedContract(name: name, moduleHash: $0) }
    }

    func mayCall(
        contract: [UInt8], method: [UInt8], initiator: [UInt8], authRequire: [[UInt8]], in view: any StateView
    ) throws -> Bool {
        !guarded.contains(String(decoding: method, as: UTF8.self)) || authRequire.contains(utf8("owner"))
    }

    func transfer(from: [UInt8], to: [UInt8], amount: [UInt8], in view: any StateView) throws -> TransferResult {
        func balance(_ name: [UInt8]) throws -> Int {
            try view.get(bucket: utf8("$balance"), key: name).flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        }
        guard let amount = Int(String(decoding: amount, as: UTF8.self)), try balance(from) >= amount else {
            return .refused("balance of \(String(decoding: from, as: UTF8.self)) too low")
        }
        try view.put(bucket: utf8("$balance"), key: from, value: utf8("\(try balance(from) - amount)"))
        try view.put(bucket: utf8("$balance"), key: to, value: utf8("\(try balance(to) + amount)"))
        return .done
    }

    func addresses(ofAccount name: [UInt8], in view: any StateView) throws -> [[UInt8]]? {
        name == utf8("XC1@xvm") ? [utf8("a1"), utf8("a2")] : nil
    }

    func transaction(_ id: [UInt8], in view: any StateView) throws -> ChainTransaction? { nil }
    func block(_ id: [UInt8], in view: any StateView) throws -> ChainBlock? { nil }
}

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }
