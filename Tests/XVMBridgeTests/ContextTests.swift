// SPDX-License-Identifier: Apache-2.0
// New, Invoke, Release.

import Testing
import XVMState
import XVMWire

@testable import XVMBridge

@Suite("contexts")
struct ContextTests {
    let store = MemoryStore()
    let idle = ScriptedEngine { _, _ in .returned(200, "fine") }

    @Test("ids count up from 1 and are never used again")
    func ids() throws {
        let contexts = Contexts(store: store)
        let first = try contexts.new(call())
        #expect(first.number == 1)
        contexts.release(first)
        let second = try contexts.new(call())
        #expect(second.number == 2 && first < second)
        #expect(throws: BridgeError.unknownContext(first)) {
            try contexts.invoke(first, engine: idle, deadlineNanoseconds: 1)
        }
        #expect(throws: BridgeError.unknownContext(first)) { try contexts.height(first) }
        #expect(contexts.count == 1)
    }

    @Test("a context is invoked once, sees the state of its making, and a release twice does nothing")
    func once() throws {
        let contexts = Contexts(store: store)
        let id = try contexts.new(call())
        try store.put(1, ["k": "later"])
        let engine = ScriptedEngine { _, handler in
            let answer = try handler.handle(.getObject(key: bytes("k")))
            #expect(answer == .notFound)
            return .returned(200)
        }
        #expect(try contexts.height(id) == 0)
        #expect(try contexts.invoke(id, engine: engine, deadlineNanoseconds: 1).status == .returned)
        #expect(throws: BridgeError.contextUsed(id)) { try contexts.invoke(id, engine: engine, deadlineNanoseconds: 1) }
        contexts.release(id)
        contexts.release(id)
        #expect(contexts.count == 0)
    }

    @Test("no context is left on any path")
    func paths() throws {
        let contexts = Contexts(store: store)
        let death = Death(cause: .zygoteGone, place: "")
        for _ in 0..<1000 {
            let (outcome, height) = try contexts.run(call(), engine: idle, deadlineNanoseconds: 1)
            #expect(outcome.message == bytes("fine") && height == 0)
            #expect(throws: death) {
                try contexts.run(call(), engine: ScriptedEngine { _, _ in throw death }, deadlineNanoseconds: 1)
            }
            #expect(throws: StateError.bucketName([])) { try contexts.run(call(""), engine: idle, deadlineNanoseconds: 1) }
        }
        #expect(contexts.count == 0)
    }

    @Test("a context released while it runs ends at its next syscall")
    func released() throws {
        let contexts = Contexts(store: store)
        let id = try contexts.new(call())
        let engine = ScriptedEngine { _, handler in
            contexts.release(id)
            _ = try handler.handle(.getObject(key: []))
            return .returned(200)
        }
        #expect(throws: StateError.snapshotClosed) { try contexts.invoke(id, engine: engine, deadlineNanoseconds: 1) }
        #expect(contexts.count == 0)
    }

    @Test("all contexts are released at once when a block is final; those made afterwards live")
    func block() throws {
        let contexts = Contexts(store: store)
        let ids = try (0..<100).map { _ in try contexts.new(call()) }
        contexts.release(ids[7])
        let engine = ScriptedEngine { _, handler in
            #expect(contexts.releaseAll().count == 99)
            _ = try handler.handle(.getObject(key: []))
            return .returned(200)
        }
        #expect(throws: StateError.snapshotClosed) { try contexts.invoke(ids[0], engine: engine, deadlineNanoseconds: 1) }
        #expect(contexts.count == 0 && contexts.releaseAll().isEmpty)
        let next = try contexts.new(call())
        #expect(next > ids[99])
        #expect(try contexts.invoke(next, engine: idle, deadlineNanoseconds: 1).status == .returned)
    }

    @Test("more contexts than allowed are refused, and one released makes room")
    func exhausted() throws {
        let contexts = Contexts(store: store, countMax: 2)
        let first = try contexts.new(call())
        _ = try contexts.new(call())
        #expect(throws: BridgeError.contextsExhausted(limit: 2)) { try contexts.new(call()) }
        contexts.release(first)
        #expect(try contexts.new(call()).number == 3)
    }

    @Test("contexts run on several threads at once, each with its own sets")
    func threads() async throws {
        let contexts = Contexts(store: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<8 {
                group.addTask {
                    for turn in 0..<50 {
                        let engine = ScriptedEngine { _, handler in
                            _ = try handler.handle(.putObject(key: bytes("\(lane) \(turn)"), value: []))
                            return .returned(200)
                        }
                        let outcome = try contexts.run(call(), engine: engine, deadlineNanoseconds: 1).outcome
                        #expect(outcome.readKeys == ["\(lane) \(turn)"])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(contexts.count == 0)
        #expect(try contexts.new(call()).number == 401)
    }
}
