// SPDX-License-Identifier: Apache-2.0
// The counter contract in Embedded Swift: the same methods, the same output as counter-c.

@_expose(wasm, "initialize") @_cdecl("initialize")
func initialize() {
    write(counterKey(), 0)
}

@_expose(wasm, "increase") @_cdecl("increase")
func increase() {
    let key = counterKey()
    let value = read(key) ?? 0
    Contract.emit("increase", key)
    write(key, value + 1)
}

@_expose(wasm, "get") @_cdecl("get")
func get() {
    let key = counterKey()
    guard let value = read(key) else {
        Contract.output(404, "no such counter", key)
        return
    }
    Contract.output(200, "ok", decimal(value))
}

/// The argument `key`, or "counter".
func counterKey() -> [UInt8] {
    guard let key = Contract.argument("key") else { return bytes("counter") }
    if key.isEmpty || key.count > 400 { Contract.abort("key must have 1 to 400 bytes") }
    return key
}

func read(_ key: [UInt8]) -> UInt64? {
    guard let text = Contract.get(key) else { return nil }
    var value: UInt64 = 0
    for digit in text { value = value &* 10 &+ UInt64(digit &- 48) }
    return value
}

func write(_ key: [UInt8], _ value: UInt64) {
    let text = decimal(value)
    Contract.put(key, text)
    Contract.output(200, "ok", text)
}

func decimal(_ value: UInt64) -> [UInt8] {
    var digits: [UInt8] = []
    var rest = value
    repeat {
        digits.append(UInt8(truncatingIfNeeded: rest % 10) + 48)
        rest /= 10
    } while rest != 0
    digits.reverse()
    return digits
}
