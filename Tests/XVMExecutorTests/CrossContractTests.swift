// SPDX-License-Identifier: Apache-2.0
// Contracts that call contracts, in real workers: what stays of a callee, what it costs, how deep it goes, and who may not.

import TestSupport
import Testing
import XVMExecutor

@Suite struct CrossContractTests {
    static let token = "Examples/contracts/token-c/token.wasm"
    private static let shop = "Examples/contracts/shop-c/shop.wasm"

    /// A store with a token and three shops; "me" has 100 of the token, "shop" 50 of it and 70 of the chain's money.
    private struct Market {
        let setup: EndToEnd
        let store = MemoryStore()
        let chain: TestChain
        var surroundings = Surroundings()

        init(guarded: Set<String> = []) throws {
            setup = try EndToEnd()
            chain = TestChain(guarded: guarded)
            surroundings.chain = chain
            surroundings.modules = chain
            try chain.deploy(
                ["token": token, "shop": shop, "shop2": shop, "shop3": shop], balances: ["shop": 70], on: store)
            try commit("token", "initialize", ["supply": "100"])
            try commit("token", "transfer", ["to": "shop", "amount": "50"])
        }

        func run(
            _ name: String, _ method: String, _ arguments: [String: String] = [:], gas: Int64 = 10_000_000,
            _ change: (inout Surroundings, inout InvocationLimits) -> Void = { _, _ in }
        ) throws -> Execution {
            let contract = try setup.load(name == "token" ? token : shop)
            var limits = InvocationLimits(gas: gas)
            var surroundings = self.surroundings
            change(&surroundings, &limits)
            return try setup.executor.invoke(
                contract, MethodRequest(method, arguments: arguments, initiator: "me"), bucket: utf8(name), limits: limits,
                on: store, within: surroundings)
        }

        @discardableResult
        func commit(_ name: String, _ method: String, _ arguments: [String: String] = [:]) throws -> Outcome {
            var execution = try run(name, method, arguments)
            try setup.executor.commit(&execution, to: store)
            return execution.outcome
        }

        func value(_ bucket: String, _ key: String) throws -> String? {
            let snapshot = try store.snapshot()
            defer { snapshot.close() }
            return try snapshot.record(bucket: utf8(bucket), key: utf8(key)).map { text($0.value) }
        }
    }

    private func writes(_ outcome: Outcome) -> [String] {
        outcome.writes.writes.map { write in
            if case .put(let value) = write.effect { return "\(text(write.bucket))/\(text(write.key))=\(text(value))" }
            return "\(text(write.bucket))/\(text(write.key)) deleted"
        }
    }

    @Test(
        "a callee that returns: its writes, reads and events are the caller's, its gas is added exactly, the caller is its caller"
    )
    func returned() throws {
        let market = try Market()
        let outcome = try market.run("shop", "buy", ["token": "token", "item": "pen"]).outcome
        #expect(outcome.status == .returned)
        #expect(text(outcome.body) == "pen")
        #expect(writes(outcome) == ["shop/pen=sold", "token/shop=20", "token/supplier=30"])
        #expect(outcome.events.map { text($0.contract) + "." + text($0.name) } == ["token.transfer"])
        #expect(
            outcome.reads.reads.map { text($0.bucket) + "/" + text($0.key) } == [
                "contract/token.desc", "shop/pen", "token/shop", "token/supplier",
            ])
        #expect(outcome.resources.memory == 65536 * 2, "one page each")
        #expect(outcome.resources.disk == 3 + 4 + 4 + 2 + 8 + 2 + 5 + 8 + 8)
        #expect(outcome.resources.cpu == outcome.gasUsed)

        // What the callee costs by itself, called by the same caller with the same arguments.
        var alone = MethodRequest("transfer", arguments: ["to": "supplier", "amount": "30"], caller: "shop", initiator: "me")
        alone.amount = utf8("0")
        let callee = try market.setup.executor.invoke(
            try market.setup.load(Self.token), alone, bucket: utf8("token"), on: market.store)
        let refused = try market.run("shop", "buy", ["token": "nobody", "item": "pen"]).outcome
        #expect(callee.outcome.gasUsed > 0 && outcome.gasUsed > callee.outcome.gasUsed)
        #expect(text(refused.body).isEmpty && refused.status == .returned)
    }

    @Test("a callee that reverts leaves its reads and its exact gas, and nothing else")
    func reverted() throws {
        let market = try Market()
        try market.commit("shop", "buy", ["token": "token", "item": "pen"])
        let outcome = try market.run("shop", "buy", ["token": "token", "item": "ink"]).outcome
        #expect(outcome.status == .returned)
        #expect(text(outcome.body) == "balance too low")
        #expect(writes(outcome) == ["shop/refused=ink"])
        #expect(outcome.events.isEmpty)
        #expect(
            outcome.reads.reads.map { text($0.bucket) + "/" + text($0.key) } == [
                "contract/token.desc", "shop/refused", "token/shop", "token/supplier",
            ])
    }

    @Test("what a callee asks of the host is counted with what its caller asks, and a chain's contract is loaded once")
    func counted() throws {
        let market = try Market()
        let executor = market.setup.executor
        func workers() -> Double {
            Metrics.sum(executor, "xvm_worker_spawns_total") + Metrics.sum(executor, "xvm_worker_reuses_total")
        }
        func loads(_ what: String) -> Double? {
            executor.metrics().split(separator: "\n").first { $0.hasPrefix("xvm_code_cache_\(what){tier=\"memory\"} ") }
                .flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
        }
        let (frames, syscalls, runs) = (
            Metrics.sum(executor, "xvm_ring_wakeups_total"), Metrics.sum(executor, "xvm_syscalls_total"), workers()
        )
        #expect(loads("bytes") == 0)
        for item in ["pen", "ink"] {
            #expect(try market.run("shop", "buy", ["token": "token", "item": item]).outcome.status == .returned)
        }
        let runCount = workers() - runs
        #expect(runCount >= 4, "two shops, each with its token")
        // Every run sends its syscalls and one outcome; a syscall that was left out would be missing here.
        #expect(
            Metrics.sum(executor, "xvm_ring_wakeups_total") - frames == Metrics.sum(executor, "xvm_syscalls_total") - syscalls
                + runCount)
        #expect(loads("misses_total") == 1 && loads("hits_total") == runCount - 3)
        #expect(try #require(loads("bytes")) > 0)
        // An embedder gets the same one by its hash.
        let hash = try market.setup.load(Self.token).moduleHash
        let hits = try #require(loads("hits_total"))
        #expect(try executor.load(hash: hash, from: market.chain).moduleHash == hash)
        #expect(loads("hits_total") == hits + 1)
    }

    @Test("a contract that is loaded by hash is what has that hash, or it is refused")
    func loadedByHash() throws {
        final class Liar: ModuleSource {
            func module(hash: [UInt8]) throws -> [UInt8] { [UInt8](try packageFile(CrossContractTests.token)) }
        }
        let setup = try EndToEnd()
        let hash = try setup.load(Self.token).moduleHash
        #expect(try setup.executor.load(hash: hash, from: Liar()).moduleHash == hash)
        var other = hash
        other[0] ^= 1
        let error = #expect(throws: ExecutorError.self) { try setup.executor.load(hash: other, from: Liar()) }
        #expect(error?.kind == "corrupted")
    }

    @Test("a callee that traps or runs out ends the invocation, whole gas limit used, nothing left")
    func ended() throws {
        let market = try Market()
        let trapped = try market.run("shop", "call", ["contract": "token", "method": "transfer"]).outcome
        #expect(trapped.status == .trapped(.hostAbort))
        #expect(text(trapped.message) == "argument missing or too long")
        #expect(trapped.gasUsed == 10_000_000 && trapped.writes.writes.isEmpty && trapped.events.isEmpty)
        let spun = try market.run("shop", "call", ["contract": "token", "method": "spin"], gas: 300_000).outcome
        #expect(spun.status == .outOfGas)
        #expect(spun.gasUsed == 300_000 && spun.writes.writes.isEmpty)
    }

    @Test("a named gas limit is used up by a callee that fails, to the unit, and the caller goes on")
    func namedLimit() throws {
        let market = try Market()
        func run(_ method: String, gas: String) throws -> Outcome {
            try market.run("shop", "call", ["contract": "token", "method": method, "gas": gas]).outcome
        }
        let small = try run("spin", gas: "100000")
        let large = try run("spin", gas: "300000")
        let trapped = try run("transfer", gas: "100000")
        #expect(text(small.body) == "-12/0/" && small.status == .returned)
        #expect(large.gasUsed - small.gasUsed == 200_000)
        // Three letters more in the method's name cost the caller some gas, the same for both.
        #expect(trapped.status == .returned && text(trapped.body) == "-12/0/")
        #expect(writes(small) == ["shop/called=token", "shop/result=-12/0/"])
        // With exactly the gas that was used it is the same; with one unit less it is out of gas.
        for gas in [small.gasUsed, small.gasUsed - 1] {
            let again = try market.run("shop", "call", ["contract": "token", "method": "spin", "gas": "100000"], gas: gas).outcome
            #expect(again.status == (gas == small.gasUsed ? .returned : .outOfGas))
            if gas == small.gasUsed { #expect(again.digest == small.digest) }
        }
        // A limit that cannot be paid is the end where the callee needs it, and no more than a bound where it does not.
        let poor = try market.run("shop", "call", ["contract": "token", "method": "spin", "gas": "999999999"], gas: 300_000)
        #expect(poor.outcome.status == .outOfGas && poor.outcome.gasUsed == 300_000)
        let enough = try market.run(
            "shop", "call", ["contract": "token", "method": "balance", "name": "me", "gas": "999999999"], gas: 300_000)
        #expect(text(enough.outcome.body) == "0/200/ok")
    }

    @Test("re-entrancy is refused in every cycle, unless the policy allows it; the depth is bounded either way")
    func cycles() throws {
        let market = try Market()
        func report(_ arguments: [String: String]) throws -> String {
            text(try market.run("shop", "call", arguments).outcome.body)
        }
        #expect(try report(["contract": "shop", "method": "initialize"]) == "-9/0/")
        // shop → shop2 → shop
        let cycle = try market.run(
            "shop", "call",
            ["contract": "shop2", "method": "call", "x.contract": "shop", "x.method": "initialize"]
        ).outcome
        #expect(writes(cycle).contains("shop2/result=-9/0/"))
        #expect(text(try market.run("shop", "deep", ["self": "shop"]).outcome.body) == "1")

        let deep = try market.run("shop", "deep", ["self": "shop"]) { surroundings, _ in surroundings.allowsReentrancy = true }
        #expect(deep.outcome.status == .returned && text(deep.outcome.body) == "10")
        let shallow = try market.run("shop", "deep", ["self": "shop"]) { surroundings, _ in
            surroundings.allowsReentrancy = true
            surroundings.callDepthMax = 3
        }
        #expect(text(shallow.outcome.body) == "3")
        // Workers of all depths came back.
        #expect(text(try market.run("shop", "deep", ["self": "shop"]).outcome.body) == "1")
    }

    @Test("what cannot be called says why: unknown contract or method, initialize, permission, bad arguments")
    func refusals() throws {
        let market = try Market(guarded: ["balance"])
        func report(_ arguments: [String: String], _ owner: Bool = false) throws -> String {
            text(
                try market.run("shop", "call", arguments) { surroundings, _ in
                    if owner { surroundings.authRequire = [utf8("owner")] }
                }.outcome.body)
        }
        #expect(try report(["contract": "nobody", "method": "m"]) == "-7/0/")
        #expect(try report(["contract": "token", "method": "none"]) == "-8/0/")
        #expect(try report(["contract": "token", "method": "initialize"]) == "-8/0/")
        #expect(try report(["contract": "token", "method": "balance", "name": "me"]) == "-11/0/")
        #expect(try report(["contract": "token", "method": "balance", "name": "me"], true) == "0/200/ok")
        #expect(try report(["contract": "token", "method": "transfer", "x.to": "a", "to": "b", "x.amount": "1"]) == "-14/0/")
        let alone = try market.setup.executor.invoke(
            try market.setup.load(Self.shop), MethodRequest("call", arguments: ["contract": "token", "method": "balance"]),
            bucket: utf8("shop"), on: market.store)
        #expect(text(alone.outcome.body) == "-15/0/")
    }

    @Test("a transfer moves the contract's own money, shows it, and is taken back with the contract")
    func transfers() throws {
        let market = try Market()
        let paid = try market.run("shop", "pay", ["to": "someone", "amount": "30"]).outcome
        #expect(paid.transfers == [Transfer(from: utf8("shop"), to: utf8("someone"), amount: utf8("30"))])
        #expect(writes(paid) == ["$balance/shop=40", "$balance/someone=30"])
        #expect(paid.resources.disk == 0, "the chain's own bookkeeping")
        for (amount, reason) in [
            ("71", "balance of shop too low"), ("x", "parse amount error"), ("-1", "amount should not be negative"),
            ("0", "should  be large than zero"),
        ] {
            let refused = try market.run("shop", "pay", ["to": "someone", "amount": amount]).outcome
            #expect(refused.status == .reverted && text(refused.body) == reason && refused.transfers.isEmpty)
        }
        #expect(text(try market.run("shop", "pay", ["to": "", "amount": "1"]).outcome.body) == "empty to address")
        // Within a call whose caller reverts it does not stay either: shop2 has nothing to give.
        let outer = try market.run(
            "shop", "call", ["contract": "shop2", "method": "pay", "to": "someone", "amount": "5"]
        ).outcome
        #expect(text(outer.body) == "1/402/refused" && outer.transfers.isEmpty)
    }

    @Test("the amount that goes with a call is moved before it and taken back with it")
    func prologue() throws {
        let market = try Market()
        func run(_ method: String, _ arguments: [String: String], amount: String) throws -> Outcome {
            try market.run("shop2", method, arguments) { surroundings, _ in
                let chain = market.chain
                surroundings.prologue = { view in
                    try chain.transfer(from: utf8("shop"), to: utf8("shop2"), amount: utf8(amount), in: view)
                }
            }.outcome
        }
        let paid = try run("pay", ["to": "someone", "amount": "5"], amount: "5")
        #expect(paid.status == .returned && writes(paid) == ["$balance/shop=65", "$balance/shop2=0", "$balance/someone=5"])
        let back = try run("pay", ["to": "someone", "amount": "6"], amount: "5")
        #expect(back.status == .reverted && back.writes.writes.isEmpty)
        let refused = try run("pay", ["to": "someone", "amount": "1"], amount: "500")
        #expect(refused.status == .reverted && text(refused.message) == "balance of shop too low" && refused.gasUsed == 0)
    }

    @Test("resources are limits: exactly what was used is enough, one byte less is not")
    func resourceLimits() throws {
        let market = try Market()
        let arguments = ["token": "token", "item": "pen"]
        let free = try market.run("shop", "buy", arguments).outcome
        var price = ResourcePrice()
        price.cpuRate = 1000
        #expect(price.total(Resources(cpu: 37922, memory: 1_048_576, disk: 4)) == 44)
        func run(_ resources: Resources) throws -> Outcome {
            try market.run("shop", "buy", arguments, gas: resources.cpu) { surroundings, _ in surroundings.resources = resources }
                .outcome
        }
        let exact = try run(free.resources)
        #expect(exact.digest == free.digest && exact.resources == free.resources && exact.writes == free.writes)
        for path: WritableKeyPath<Resources, Int64> in [\.cpu, \.memory, \.disk] {
            var less = free.resources
            less[keyPath: path] -= 1
            let outcome = try run(less)
            #expect(outcome.status == .outOfGas && outcome.gasUsed == less.cpu && outcome.writes.writes.isEmpty)
        }
    }

    @Test("a callee that reaches the deadline ends the invocation as an infrastructure error; the next call is served")
    func death() throws {
        let market = try Market()
        let slow = Result {
            try market.run("shop", "call", ["contract": "token", "method": "spin"], gas: 4_000_000_000_000) { _, limits in
                limits.deadlineNanoseconds = 300_000_000
            }
        }
        #expect(throws: ExecutorError.self) { try slow.get() }
        #expect(try market.run("shop", "buy", ["token": "token", "item": "pen"]).outcome.status == .returned)
    }
}
