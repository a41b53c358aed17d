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
