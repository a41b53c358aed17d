// SPDX-License-Identifier: Apache-2.0
// Each syscall against a context: the answer, and what becomes a read or a write.

import Testing
import XVMState
import XVMWire

@testable import XVMBridge

@Suite("the syscalls of a context")
struct HandlerTests {
    let store = MemoryStore()

    private func handler(_ contract: String = "c", sizeMax: Int = BridgeLimits.contextSizeMax) throws -> ContextHandler {
        try ContextHandler(contract: bytes(contract), overlay: Overlay(over: store.snapshot(), sizeMax: sizeMax))
    }

    private func page(
        _ handler: ContextHandler, _ start: String = "", _ limit: String = "", count: UInt32 = 100, size: UInt32 = 1000
    ) throws -> SyscallResult {
        try handler.handle(.newIterator(start: bytes(start), limit: bytes(limit), itemCountMax: count, sizeMax: size))
    }

    private func get(_ handler: ContextHandler, _ key: [UInt8]) throws -> FoundObject { try handler.getObject(key.span) }

    private func keys(_ handler: ContextHandler) throws -> [String] {
        try handler.reads().reads.map { String(decoding: $0.key, as: UTF8.self) }
    }

    @Test("a get makes one read, also of an absent and of a deleted key")
    func get() throws {
        try store.put(1, ["a": "1", "gone": "x"])
        let outcome = try store.invoke { _, handler in
            _ = try handler.handle(.deleteObject(key: bytes("gone")))
            return .returned(200)
        }
        try store.commit(2, outcome)
        let handler = try handler()
        for _ in 0..<2 {
            #expect(try handler.handle(.getObject(key: bytes("a"))) == .value(bytes("1")))
            #expect(try handler.handle(.getObject(key: bytes("none"))) == .notFound)
            #expect(try handler.handle(.getObject(key: bytes("gone"))) == .deleted)
        }
        let snapshot = try store.snapshot()
        #expect(
            try handler.reads().reads
                == ["a", "gone", "none"].map {
                    Read(
                        bucket: bytes("c"), key: bytes($0),
                        version: try snapshot.version(bucket: bytes("c"), key: bytes($0)))
                })
        #expect(try handler.reads().reads.map { $0.version == nil } == [false, false, true])
        #expect(try handler.writes().writes.isEmpty)
    }

    // The memory of the last key is used again, so what was kept of it must not change with the next.
    @Test("the way of a get without a copy answers and reads as the other one, whatever key was before")
    func getWithoutCopy() throws {
        let names = [
            "a", "b", "gone", "a", "", "none", "longer key", "b", String(repeating: "x", count: 400), "c", "a", "nona", "none",
        ]
        try store.put(1, ["a": "1", "b": "", "gone": "x", "longer key": "2", "": "empty"])
        try store.commit(
            2,
            try store.invoke { _, handler in
                _ = try handler.handle(.deleteObject(key: bytes("gone")))
                return .returned(200)
            })
        for hasOwnWrites in [false, true] {
            let (direct, other) = (try handler(), try handler())
            for (index, name) in names.enumerated() {
                if hasOwnWrites, index % 3 == 1 {
                    let put = Syscall.putObject(key: bytes(name), value: bytes("new \(index)"))
                    #expect(try direct.handle(put) == other.handle(put))
                }
                let found = try get(direct, bytes(name))
                #expect(try SyscallResult(found) == other.handle(.getObject(key: bytes(name))))
            }
            #expect(try direct.reads() == other.reads())
            #expect(try direct.writes() == other.writes())
            #expect(try direct.reads().reads.count == Set(names).count)
        }
        // Another context of the same tree has another bucket.
        let tree = try handler()
        let inner = try ContextHandler(call("d"), in: tree.tree)
        for _ in 0..<2 {
            #expect(try get(tree, bytes("a")) == .value(bytes("1")))
            #expect(try get(inner, bytes("a")) == .notFound)
        }
        #expect(try tree.reads().reads.map { [$0.bucket, $0.key] } == [[bytes("c"), bytes("a")], [bytes("d"), bytes("a")]])
    }

    @Test("own writes answer first; a put and a delete read the old version")
    func writes() throws {
        try store.put(1, ["a": "1", "b": "2"])
        let handler = try handler()
        #expect(try handler.handle(.putObject(key: bytes("a"), value: bytes("new"))) == .none)
        #expect(try handler.handle(.getObject(key: bytes("a"))) == .value(bytes("new")))
        #expect(try handler.handle(.deleteObject(key: bytes("b"))) == .none)
        #expect(try handler.handle(.getObject(key: bytes("b"))) == .deleted)
        #expect(try handler.handle(.putObject(key: bytes("empty"), value: [])) == .none)
        #expect(try handler.handle(.getObject(key: bytes("empty"))) == .value([]))
        #expect(try handler.handle(.deleteObject(key: bytes("never"))) == .none)
        #expect(try keys(handler) == ["a", "b", "empty", "never"])
        #expect(try handler.reads().reads.map(\.version?.offset) == [0, 1, nil, nil])
        #expect(
            try handler.writes().writes.map(\.effect) == [.put(bytes("new")), .delete, .put([]), .delete])
        // Written again after its delete: a value like any other.
        #expect(try handler.handle(.putObject(key: bytes("b"), value: bytes("again"))) == .none)
        #expect(try handler.handle(.getObject(key: bytes("b"))) == .value(bytes("again")))
        #expect(try handler.writes().writes.map(\.effect)[1] == .put(bytes("again")))
        #expect(try handler.reads().reads[1].version?.offset == 1)
    }

    @Test("an iterator merges own writes, skips own deletes and reads exactly what it returns")
    func iterator() throws {
        try store.put(1, ["a": "1", "b": "2", "c": "3", "e": "5", "g": "7"])
        let handler = try handler()
        _ = try handler.handle(.putObject(key: bytes("b"), value: bytes("B")))
        _ = try handler.handle(.putObject(key: bytes("d"), value: bytes("D")))
        _ = try handler.handle(.deleteObject(key: bytes("c")))
        _ = try handler.handle(.deleteObject(key: bytes("z")))
        #expect(try page(handler, "b", "f").pairs == ["b=B", "d=D", "e=5"])
        #expect(try keys(handler) == ["b", "c", "d", "e", "z"])
        #expect(try page(handler, "", "", count: 2).pairs == ["a=1", "b=B"])
        #expect(try keys(handler) == ["a", "b", "c", "d", "e", "z"])
        #expect(try page(handler, "f").pairs == ["g=7"])
        #expect(try page(handler, "d", "d").pairs == [])
        #expect(try page(handler, "", "", count: 0).pairs == [])
        #expect(try page(handler, "h").pairs == [])
    }

    @Test("a page ends at its count or its size, and one item too large says what it needs")
    func pages() throws {
        try store.put(1, ["a": "1111", "b": "2222", "c": "3333"])
        let handler = try handler()
        // 8 + 1 + 4 = 13 bytes an item.
        #expect(try page(handler, size: 12) == .itemTooLarge(size: 13))
        #expect(try keys(handler) == ["a"], "its size was told")
        #expect(try page(handler, size: 13).pairs == ["a=1111"])
        #expect(try page(handler, size: 25).pairs == ["a=1111"])
        #expect(try keys(handler) == ["a"])
        #expect(try page(handler, size: 26).pairs == ["a=1111", "b=2222"])
        #expect(try page(handler, "b", count: 1).pairs == ["b=2222"])
        // The successor of a key is the key and a 00 byte, also of a key of 400 bytes.
        #expect(try page(handler, "b\u{0}").pairs == ["c=3333"])
        let longest = [UInt8](repeating: 0xff, count: 401)
        #expect(try handler.handle(.newIterator(start: longest, limit: [], itemCountMax: 1, sizeMax: 100)).pairs == [])
    }

    @Test("a contract sees its own bucket alone")
    func buckets() throws {
        try store.put(1, ["k": "1"])
        for other in ["cc", "b"] {
            let handler = try handler(other)
            #expect(try handler.handle(.getObject(key: bytes("k"))) == .notFound)
            #expect(try page(handler).pairs == [])
        }
        #expect(throws: StateError.bucketName(bytes("a\u{0}b"))) { try self.handler("a\u{0}b") }
        #expect(throws: StateError.bucketName([])) { try self.handler("") }
    }

    @Test("events and logs are kept in order up to their counts; one more is a breach")
    func eventsAndLogs() throws {
        let handler = try handler()
        for number in 0..<BridgeLimits.eventCountMax {
            #expect(try handler.handle(.emitEvent(name: bytes("e\(number)"), body: bytes("b"))) == .none)
        }
        #expect(handler.events[7] == Event(contract: bytes("c"), name: bytes("e7"), body: bytes("b")))
        #expect(throws: BridgeError.breach("emitEvent: event count 1025 exceeds limit 1024")) {
            try handler.handle(.emitEvent(name: [], body: []))
        }
        let logger = try self.handler()
        for number in 0..<BridgeLimits.logCountMax { #expect(try logger.handle(.postLog(text: bytes("\(number)"))) == .none) }
        #expect(logger.logs.count == 1024 && logger.logs[1000] == bytes("1000"))
        #expect(throws: BridgeError.breach("postLog: log count 1025 exceeds limit 1024")) {
            try logger.handle(.postLog(text: []))
        }
    }

    @Test("what a worker should have refused is a breach")
    func breaches() throws {
        let long = [UInt8](repeating: 1, count: 402)
        let large = [UInt8](repeating: 1, count: 1048577)
        let cases: [(Syscall, String)] = [
            (.getObject(key: Array(long[1...])), "getObject: key size 401 exceeds limit 400"),
            (.putObject(key: long, value: []), "putObject: key size 402 exceeds limit 400"),
            (.putObject(key: [], value: large), "putObject: value size 1048577 exceeds limit 1048576"),
            (.deleteObject(key: long), "deleteObject: key size 402 exceeds limit 400"),
            (.newIterator(start: long, limit: [], itemCountMax: 1, sizeMax: 1), "newIterator: start size 402 exceeds limit 401"),
            (.newIterator(start: [], limit: long, itemCountMax: 1, sizeMax: 1), "newIterator: limit size 402 exceeds limit 401"),
            (
                .newIterator(start: [], limit: [], itemCountMax: 1, sizeMax: 1114105),
                "newIterator: items size 1114105 exceeds limit 1114104"
            ),
            (
                .newIterator(start: bytes("b"), limit: bytes("a"), itemCountMax: 1, sizeMax: 1),
                "newIterator: limit \"a\" lies before start \"b\""
            ),
            (.postLog(text: [UInt8](repeating: 1, count: 4097)), "postLog: text size 4097 exceeds limit 4096"),
            (.emitEvent(name: [UInt8](repeating: 1, count: 257), body: []), "emitEvent: name size 257 exceeds limit 256"),
            (.emitEvent(name: [], body: large), "emitEvent: body size 1048577 exceeds limit 1048576"),
        ]
        for (syscall, text) in cases {
            #expect(throws: BridgeError.breach(text)) { try handler().handle(syscall) }
        }
        #expect(try handler().handle(.flush) == .flushed)
    }

    @Test("after its first error a context answers nothing more")
    func failure() throws {
        let handler = try handler()
        let breach = BridgeError.breach("getObject: key size 401 exceeds limit 400")
        #expect(throws: breach) { try handler.handle(.getObject(key: [UInt8](repeating: 1, count: 401))) }
        #expect(throws: breach) { try handler.handle(.flush) }
        #expect(throws: breach) { try get(handler, []) }
        let direct = try self.handler()
        #expect(throws: breach) { try get(direct, [UInt8](repeating: 1, count: 401)) }
        #expect(throws: breach) { try get(direct, []) }
        #expect(handler.failure as? BridgeError == breach)
    }

    @Test("a context's memory is bounded, and a replaced value is counted once")
    func memory() throws {
        let handler = try handler(sizeMax: 10000)
        let value = [UInt8](repeating: 1, count: 4000)
        for _ in 0..<50 { _ = try handler.handle(.putObject(key: bytes("k"), value: value)) }
        _ = try handler.handle(.putObject(key: bytes("l"), value: value))
        #expect(throws: BridgeError.contextTooLarge(size: 3 * (4000 + 2 * 163), limit: 10000)) {
            try handler.handle(.putObject(key: bytes("m"), value: value))
        }
        for syscall in [Syscall.getObject(key: []), .postLog(text: []), .emitEvent(name: [], body: [])] {
            let small = try self.handler(sizeMax: 150)
            #expect(throws: BridgeError.self) { try small.handle(syscall) }
        }
    }
}
