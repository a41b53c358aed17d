// SPDX-License-Identifier: Apache-2.0
// The contract interface `xvm` for contracts in Embedded Swift: compile this file together with the contract's own.
// docs/contract-abi.md is the full text.

@_extern(wasm, module: "xvm", name: "get") @_extern(c)
func xvm_get(_ key: UnsafeRawPointer, _ keySize: UInt32, _ buffer: UnsafeMutableRawPointer, _ size: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "put") @_extern(c)
func xvm_put(_ key: UnsafeRawPointer, _ keySize: UInt32, _ value: UnsafeRawPointer, _ size: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "delete") @_extern(c)
func xvm_delete(_ key: UnsafeRawPointer, _ keySize: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "argument") @_extern(c)
func xvm_argument(_ name: UnsafeRawPointer, _ nameSize: UInt32, _ buffer: UnsafeMutableRawPointer, _ size: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "caller") @_extern(c)
func xvm_caller(_ buffer: UnsafeMutableRawPointer, _ size: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "initiator") @_extern(c)
func xvm_initiator(_ buffer: UnsafeMutableRawPointer, _ size: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "output") @_extern(c)
func xvm_output(
    _ status: Int32, _ message: UnsafeRawPointer, _ messageSize: UInt32, _ body: UnsafeRawPointer, _ bodySize: UInt32
) -> Int32
@_extern(wasm, module: "xvm", name: "log") @_extern(c)
func xvm_log(_ text: UnsafeRawPointer, _ size: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "event") @_extern(c)
func xvm_event(_ name: UnsafeRawPointer, _ nameSize: UInt32, _ body: UnsafeRawPointer, _ bodySize: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "contract_call") @_extern(c)
func xvm_contract_call(
    _ contract: UnsafeRawPointer, _ contractSize: UInt32, _ method: UnsafeRawPointer, _ methodSize: UInt32,
    _ arguments: UnsafeRawPointer, _ argumentsSize: UInt32, _ gasLimit: Int64
) -> Int32
@_extern(wasm, module: "xvm", name: "answer_status") @_extern(c)
func xvm_answer_status() -> Int32
@_extern(wasm, module: "xvm", name: "answer_message") @_extern(c)
func xvm_answer_message(_ buffer: UnsafeMutableRawPointer, _ size: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "answer_body") @_extern(c)
func xvm_answer_body(_ buffer: UnsafeMutableRawPointer, _ size: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "transfer") @_extern(c)
func xvm_transfer(_ to: UnsafeRawPointer, _ toSize: UInt32, _ amount: UnsafeRawPointer, _ amountSize: UInt32) -> Int32
@_extern(wasm, module: "xvm", name: "abort") @_extern(c)
func xvm_abort(_ text: UnsafeRawPointer, _ size: UInt32)

func bytes(_ text: StaticString) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
}

enum Contract {
    /// The value of a key, or nil.
    static func get(_ key: [UInt8]) -> [UInt8]? {
        fetch { buffer, size in key.withUnsafeBytes { xvm_get($0.baseAddress ?? empty, UInt32($0.count), buffer, size) } }
    }

    /// False when the key or the value is over its limit.
    @discardableResult
    static func put(_ key: [UInt8], _ value: [UInt8]) -> Bool {
        key.withUnsafeBytes { k in
            value.withUnsafeBytes { v in
                xvm_put(k.baseAddress ?? empty, UInt32(k.count), v.baseAddress ?? empty, UInt32(v.count)) == 0
            }
        }
    }

    /// False when the key is over its limit.
    @discardableResult
    static func delete(_ key: [UInt8]) -> Bool {
        key.withUnsafeBytes { xvm_delete($0.baseAddress ?? empty, UInt32($0.count)) == 0 }
    }

    /// The value of an argument, or nil.
    static func argument(_ name: StaticString) -> [UInt8]? {
        fetch { buffer, size in xvm_argument(name.utf8Start, UInt32(name.utf8CodeUnitCount), buffer, size) }
    }

    /// The calling contract, empty at the top.
    static func caller() -> [UInt8] { fetch { xvm_caller($0, $1) } ?? [] }
    /// Who began the transaction.
    static func initiator() -> [UInt8] { fetch { xvm_initiator($0, $1) } ?? [] }

    /// The answer of this invocation; a status below 400 is success.
    static func output(_ status: Int32, _ message: StaticString, _ body: [UInt8]) {
        body.withUnsafeBytes {
            _ = xvm_output(
                status, message.utf8Start, UInt32(message.utf8CodeUnitCount), $0.baseAddress ?? empty, UInt32($0.count))
        }
    }

    static func log(_ text: StaticString) { _ = xvm_log(text.utf8Start, UInt32(text.utf8CodeUnitCount)) }

    static func emit(_ name: StaticString, _ body: [UInt8]) {
        body.withUnsafeBytes {
            _ = xvm_event(name.utf8Start, UInt32(name.utf8CodeUnitCount), $0.baseAddress ?? empty, UInt32($0.count))
        }
    }

    /// What a call of another contract came to. `result`: 0 it returned, 1 it reverted, below 0 it did not run (docs/contract-abi.md).
    struct Answer {
        var result: Int32
        var status: Int32
        var message: [UInt8]
        var body: [UInt8]
    }

    /// Calls a method of another contract with arguments in any order. Without a gas limit a callee that traps or runs out ends this
    /// invocation, too; with one, that limit is used up and `result` is -12.
    static func call(
        _ contract: [UInt8], _ method: StaticString, _ arguments: [(key: [UInt8], value: [UInt8])], gasLimit: Int64 = -1
    ) -> Answer {
        var packed: [UInt8] = []
        func add(_ size: Int) { for shift in 0..<4 { packed.append(UInt8(truncatingIfNeeded: size >> (8 * shift))) } }
        for (key, value) in arguments {
            add(key.count)
            add(value.count)
            packed += key
            packed += value
        }
        let result = contract.withUnsafeBytes { c in
            packed.withUnsafeBytes { p in
                xvm_contract_call(
                    c.baseAddress ?? empty, UInt32(c.count), method.utf8Start, UInt32(method.utf8CodeUnitCount),
                    p.baseAddress ?? empty, UInt32(p.count), gasLimit)
            }
        }
        return Answer(
            result: result, status: xvm_answer_status(), message: fetch { xvm_answer_message($0, $1) } ?? [],
            body: fetch { xvm_answer_body($0, $1) } ?? [])
    }

    /// Moves an amount, a decimal text, from this contract's account. nil: moved, else the reason why not.
    static func transfer(to: [UInt8], amount: [UInt8]) -> [UInt8]? {
        let result = to.withUnsafeBytes { t in
            amount.withUnsafeBytes { a in
                xvm_transfer(t.baseAddress ?? empty, UInt32(t.count), a.baseAddress ?? empty, UInt32(a.count))
            }
        }
        return result == 0 ? nil : fetch { xvm_answer_body($0, $1) } ?? []
    }

    /// Ends the call with the trap hostAbort.
    static func abort(_ text: StaticString) -> Never {
        xvm_abort(text.utf8Start, UInt32(text.utf8CodeUnitCount))
        fatalError()
    }

    /// Any readable address, for empty ranges.
    private static var empty: UnsafeRawPointer { UnsafeRawPointer(StaticString("").utf8Start) }

    /// Calls with 64 bytes, and once more with as many as the answer says.
    private static func fetch(_ call: (UnsafeMutableRawPointer, UInt32) -> Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64)
        let size = buffer.withUnsafeMutableBytes { call($0.baseAddress!, 64) }
        if size < 0 { return nil }
        if size > 64 {
            buffer = [UInt8](repeating: 0, count: Int(size))
            _ = buffer.withUnsafeMutableBytes { call($0.baseAddress!, UInt32(size)) }
        }
        buffer.removeLast(buffer.count - Int(size))
        return buffer
    }
}
