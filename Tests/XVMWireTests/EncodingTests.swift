// SPDX-License-Identifier: Apache-2.0
import Testing
import XVMWire

@Suite struct InvocationEncodingTests {
    private func call(_ arguments: [(key: [UInt8], value: [UInt8])] = [], method: [UInt8] = [109]) -> Invocation {
        Invocation(
            exportIndex: 3,
            entry: .method(MethodCall(method: method, caller: [], initiator: [1, 2], amount: [48], arguments: arguments)),
            gasLimit: 1 << 40, frameLimit: 5, stackLimit: 6, memoryPagesMax: 7)
    }
    private func refusal(_ invocation: Invocation) -> WireError.Kind? {
        do throws(WireError) {
            _ = try invocation.encode()
            return nil
        } catch { return error.kind }
    }

    @Test("a method's invocation has the documented layout")
    func method() throws {
        let head: [UInt8] =
            [0, 0, 0, 0] + little(UInt32(3)) + little(Int64(1 << 40)) + little(UInt32(5)) + little(UInt32(6)) + little(UInt32(7))
            + zeros(4)
        let body: [UInt8] =
            field([109]) + field([]) + field([1, 2]) + field([48]) + little(UInt32(2)) + field([1]) + field([]) + field([1, 0])
            + field([9])
        #expect(try call([([1], []), ([1, 0], [9])]).encode() == head + body)
    }

    @Test("a function's invocation has the documented layout")
    func function() throws {
        let invocation = Invocation(
            exportIndex: .max, entry: .function(slots: [1, .max]), gasLimit: 0, frameLimit: 0, stackLimit: .max,
            memoryPagesMax: 65536)
        let head: [UInt8] =
            [1, 0, 0, 0] + little(UInt32.max) + zeros(8) + zeros(4) + little(UInt32.max) + little(UInt32(65536)) + zeros(4)
        #expect(try invocation.encode() == head + little(UInt32(2)) + little(UInt64(1)) + little(UInt64.max))
    }

    @Test("arguments that are not strictly ascending are refused")
    func order() {
        #expect(refusal(call([([2], []), ([1], [])])) == .unsorted(index: 1))
        #expect(refusal(call([([1], []), ([2], []), ([2], [])])) == .unsorted(index: 2))
        #expect(refusal(call([([1, 0], []), ([1], [])])) == .unsorted(index: 1))
        #expect(refusal(call([([], []), ([0], []), ([0, 0], []), ([0xff], [])])) == nil)
    }

    @Test("an invocation that exactly fills a message passes, one byte more is refused")
    func size() throws {
        let fixed = try call(method: []).encode().count
        let most = WireFormat.messageSizeMax - fixed
        #expect(try call(method: zeros(most)).encode().count == WireFormat.messageSizeMax)
        #expect(refusal(call(method: zeros(most + 1))) == .exceeds(value: 1114113, limit: 1114112))
    }

    @Test(
        "gas limits lie in 0 ..< 2^62",
        arguments: [(Int64(0), true), ((1 << 62) - 1, true), (1 << 62, false), (-1, false), (.max, false)])
    func gas(limit: Int64, isValid: Bool) {
        var invocation = call()
        invocation.gasLimit = limit
        #expect((refusal(invocation) == nil) == isValid)
    }
}

@Suite struct ResultEncodingTests {
    private func refusal(_ result: SyscallResult, answering syscall: Syscall) -> WireError.Kind? {
        do throws(WireError) {
            _ = try result.encode(answering: syscall)
            return nil
        } catch { return error.kind }
    }
    private let iterator = Syscall.newIterator(start: [], limit: [], itemCountMax: 2, sizeMax: 30)
    private func item(_ key: Int, _ value: Int) -> SyscallResult.Item { .init(key: zeros(key), value: zeros(value)) }

    @Test("every result has the documented layout")
    func layout() throws {
        #expect(try SyscallResult.value([7, 8]).encode() == little(UInt32(0)) + field([7, 8]))
        #expect(try SyscallResult.notFound.encode() == little(UInt32(1)) + field([]))
        #expect(try SyscallResult.deleted.encode() == little(UInt32(2)) + field([]))
        #expect(
            try SyscallResult.items([.init(key: [1], value: [2]), .init(key: [3], value: [])]).encode()
                == little(UInt32(0)) + little(UInt32(2)) + field([1]) + field([2]) + field([3]) + field([]))
        #expect(try SyscallResult.items([]).encode() == little(UInt32(0)) + little(UInt32(0)))
        #expect(try SyscallResult.itemTooLarge(size: 99).encode() == little(UInt32(3)) + little(UInt32(0)) + little(UInt32(99)))
        #expect(try SyscallResult.flushed.encode() == little(UInt32(0)))
    }

    @Test("an object has the layout of its result", arguments: [0, 1, 15, 16, 4096, 65512])
    func object(size: Int) throws {
        for object in [FoundObject.value([UInt8](repeating: 9, count: size)), .notFound, .deleted] {
            var bytes = [UInt8](repeating: 0xff, count: object.encodedSize)
            unsafe bytes.withUnsafeMutableBytes { unsafe object.encode(into: $0) }
            #expect(try bytes == SyscallResult(object).encode())
        }
    }

    @Test("the largest value and the largest list of items fit a message")
    func largest() throws {
        #expect(try SyscallResult.value(zeros(1048576)).encode().count == 1048584)
        let items = [item(400, 1048576), item(0, WireFormat.iteratorSizeMax - 8 - 400 - 1048576 - 8)]
        let most = Syscall.newIterator(start: [], limit: [], itemCountMax: 2, sizeMax: UInt32(WireFormat.iteratorSizeMax))
        #expect(try SyscallResult.items(items).encode(answering: most)?.count == WireFormat.messageSizeMax)
        #expect(refusal(.value(zeros(1048577)), answering: .getObject(key: [])) == .exceeds(value: 1048577, limit: 1048576))
    }

    @Test("a list beyond what the worker asked for is refused")
    func iteratorLimits() {
        #expect(refusal(.items([item(1, 6), item(1, 6)]), answering: iterator) == nil)
        #expect(refusal(.items([item(1, 6), item(1, 7)]), answering: iterator) == .exceeds(value: 31, limit: 30))
        #expect(refusal(.items([item(0, 0), item(0, 0), item(0, 0)]), answering: iterator) == .exceeds(value: 3, limit: 2))
    }

    @Test("each syscall takes its own answers only, and posted ones none")
    func matching() throws {
        let syscalls: [Syscall] = [
            .getObject(key: []), iterator, .flush, .putObject(key: [], value: []), .deleteObject(key: []), .postLog(text: []),
            .emitEvent(name: [], body: []),
        ]
        let results: [SyscallResult] = [.value([]), .notFound, .deleted, .items([]), .itemTooLarge(size: 1), .flushed, .none]
        let allowed: [[Int]] = [[0, 1, 2], [3, 4], [5], [6], [6], [6], [6]]
        for (syscall, answers) in zip(syscalls, allowed) {
            for (index, result) in results.enumerated() {
                #expect(refusal(result, answering: syscall) == (answers.contains(index) ? nil : .mismatched))
            }
            #expect(syscall.isSynchronous == !answers.contains(6))
        }
        #expect(try SyscallResult.none.encode(answering: .postLog(text: [])) == nil)
        #expect(throws: WireError.self) { try SyscallResult.none.encode() }
    }
}
