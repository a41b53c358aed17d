// SPDX-License-Identifier: Apache-2.0
// Payloads as a worker writes them, built by hand from xvm_wire.h and independent of XVMWire's writer.

func little<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Number(8 * $0)) }
}
func field(_ bytes: [UInt8]) -> [UInt8] { little(UInt32(bytes.count)) + bytes }
func field(_ text: String) -> [UInt8] { field(Array(text.utf8)) }
func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

/// An OUTCOME; every part may be replaced by a lie.
func outcome(
    ending: UInt8 = 0, trap: UInt8 = 0, hasOutput: UInt8 = 0, zero: UInt8 = 0, memoryPages: UInt32 = 2, gasUsed: Int64 = 5,
    status: Int32 = 0, message: [UInt8] = [], body: [UInt8] = [], slots: [UInt64] = [], slotCount: UInt32? = nil
) -> [UInt8] {
    [ending, trap, hasOutput, zero] + little(memoryPages) + little(gasUsed) + little(status) + field(message) + field(body)
        + little(slotCount ?? UInt32(slots.count)) + slots.flatMap { little($0) }
}

func sealed(
    version: UInt32 = 4, listener: UInt32 = 0, nestable: UInt32 = 1, steps: [(UInt16, Int16)] = [(36, 0), (37, 22)],
    count: UInt32? = nil
) -> [UInt8] {
    little(version) + little(listener) + little(nestable) + little(count ?? UInt32(steps.count))
        + steps.flatMap { little($0.0) + little($0.1) }
}
