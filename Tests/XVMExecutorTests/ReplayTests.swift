// SPDX-License-Identifier: Apache-2.0
// Verification as other nodes do it: every method of every example contract once more, in a worker, on a store that holds nothing but what the
// first run read, with exactly the resources that it used.

import Foundation
import TestSupport
import Testing
import XVMExecutor

@testable import XVMState

/// A store that is one read set, and takes no commits.
private final class ReadSetStore: StateStore {
    private let view: ReadSetSnapshot
    init(_ view: ReadSetSnapshot) { self.view = view }
    func snapshot() throws(StateError) -> any StateSnapshot { view }
    func commit(_ batch: [Commit], allOrNothing: Bool) throws(StateError) -> [CommitResult] { throw .snapshotClosed }
}

@Suite struct ReplayTests {
    private static let programs: [(contract: String, calls: [(String, [String: String])])] = [
        ("counter-c/counter", [("get", [:]), ("initialize", [:]), ("increase", [:]), ("increase", ["key": "k"]), ("get", [:])]),
        (
            "counter-swift/counter",
            [("get", [:]), ("initialize", [:]), ("increase", [:]), ("increase", ["key": "k"]), ("get", [:])]
        ),
        (
            "notes-c/notes",
            [
                ("put", ["title": "a", "text": "x"]), ("put", ["title": "b", "text": ""]), ("put", ["title": "a"]),
                ("list", [:]), ("delete", ["title": "a"]), ("list", [:]), ("get", ["title": "a"]), ("get", ["title": "b"]),
            ]
        ),
        (
            "tables-swift/tables",
            [
                ("execute", ["sql": "create table item(id integer, name text)"]),
                ("execute", ["sql": "insert into item values (1, 'nail'), (2, 'saw'), (3, null)"]),
                ("execute", ["sql": "delete from item where id = 2"]), ("execute", ["sql": "create nonsense"]),
                ("query", ["sql": "select count(*) as n, max(name) as m from item where id > 0"]),
            ]
        ),
        // What it records of a ledger's transactions is replayed with the ledger's blocks (NodeTests).
        (
            "notary-c/notary",
            [("initialize", [:]), ("record", ["id": String(repeating: "0", count: 64)]), ("height", ["id": "x"])]
        ),
        (
            "token-c/token",
            [
                ("initialize", ["supply": "100"]), ("transfer", ["to": "shop", "amount": "45"]),
                ("transfer", ["to": "me", "amount": "5"]),
                ("transfer", ["to": "x", "amount": "99"]), ("balance", ["name": "me"]), ("balance", [:]),
            ]
        ),
        (
            "shop-c/shop",
            [
                ("initialize", [:]), ("buy", ["token": "token", "item": "pen"]), ("buy", ["token": "token", "item": "ink"]),
                ("buy", ["token": "nobody", "item": "ink"]), ("deep", ["self": "shop"]), ("pay", ["to": "x", "amount": "3"]),
                ("pay", ["to": "x", "amount": "300"]),
                ("call", ["contract": "token", "method": "spin", "gas": "50000"]),
                ("call", ["contract": "shop2", "method": "buy", "x.token": "token", "item": "x"]),
                ("call", ["contract": "token", "method": "balance"]),
            ]
        ),
    ]

    @Test("every method of every example contract gives the same on its read set alone, with exactly what it used")
    func replay() throws {
        let setup = try EndToEnd()
        let store = MemoryStore()
        let chain = TestChain()
        var surroundings = Surroundings()
        surroundings.chain = chain
        surroundings.modules = chain
        let folder = "Examples/contracts/"
        let examples = try FileManager.default.contentsOfDirectory(atPath: packageRoot + "/" + folder).filter {
            FileManager.default.fileExists(atPath: "\(packageRoot)/\(folder)\($0)/\($0.prefix { $0 != "-" }).wasm")
        }
        #expect(examples.count >= 7 && Set(examples) == Set(Self.programs.map { String($0.contract.prefix { $0 != "/" }) }))
        try chain.deploy(
            ["token": folder + "token-c/token.wasm", "shop": folder + "shop-c/shop.wasm", "shop2": folder + "shop-c/shop.wasm"],
            balances: ["shop": 10], on: store)
        var (statuses, others) = (Set<Outcome.Status>(), 0)
        for program in Self.programs {
            let contract = try setup.load(folder + program.contract + ".wasm")
            let bucket = utf8(["token-c/token": "token", "shop-c/shop": "shop"][program.contract] ?? program.contract)
            for (method, arguments) in program.calls {
                let what = "\(program.contract) \(method) \(arguments)"
                let request = MethodRequest(method, arguments: arguments, initiator: "me")
                let snapshot = try store.snapshot()
                defer { snapshot.close() }
                var first = try setup.executor.invoke(
                    contract, request, bucket: bucket, limits: InvocationLimits(gas: 50_000_000), on: store, within: surroundings)
                let outcome = first.outcome
                statuses.insert(outcome.status)
                others += outcome.reads.reads.filter { $0.bucket != bucket }.count

                let view = try #require(try ReadSetSnapshot.make(outcome.reads, from: snapshot).snapshot)
                var limited = surroundings
                limited.resources = outcome.resources
                let second = try setup.executor.invoke(
                    contract, request, bucket: bucket, limits: InvocationLimits(gas: outcome.gasUsed), on: ReadSetStore(view),
                    within: limited)
                #expect(second.outcome.digest == outcome.digest, "\(what)")
                #expect(second.outcome.writes == outcome.writes && second.outcome.events == outcome.events, "\(what)")
                if outcome.status == .returned || outcome.status == .reverted {
                    #expect(second.outcome.reads == outcome.reads && second.outcome.resources == outcome.resources, "\(what)")
                }
                try setup.executor.commit(&first, to: store)
            }
        }
        // Successes, reverts and traps, and calls of others were among them.
        #expect(statuses.contains(.returned) && statuses.contains(.reverted) && statuses.contains(.trapped(.hostAbort)))
        #expect(others > 10)
    }

    @Test("contexts: each sees the state of its making, runs once, and all end with the block")
    func contexts() throws {
        let setup = try EndToEnd()
        let store = MemoryStore()
        let contract = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let contexts = InvocationContexts(setup.executor, on: store)
        let early = try contexts.new(contract, MethodRequest("get"), bucket: utf8("test"))
        let first = try contexts.new(contract, MethodRequest("increase"), bucket: utf8("test"))
        var execution = try contexts.invoke(first)
        try setup.executor.commit(&execution, to: store)
        #expect(text(execution.outcome.body) == "1")
        #expect(throws: ExecutorError.self) { try contexts.invoke(first) }
        #expect(try contexts.invoke(early).outcome.code == 404, "made before the commit")
        let late = try contexts.new(contract, MethodRequest("get"), bucket: utf8("test"))
        #expect(text(try contexts.invoke(late).outcome.body) == "1")
        contexts.release(late)
        #expect(contexts.count == 2)
        _ = try contexts.new(contract, MethodRequest("get"), bucket: utf8("test"))
        #expect(contexts.releaseAll() == 3 && contexts.count == 0)
        #expect(throws: ExecutorError.self) { try contexts.invoke(early) }
    }
}
