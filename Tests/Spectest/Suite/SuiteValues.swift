// SPDX-License-Identifier: Apache-2.0
// Values of the scripts to slots and back.

extension SuiteValue {
    private var isReference: Bool { type.hasSuffix("ref") }
    private var laneBits: Int { Int(laneType.dropFirst()) ?? 64 }

    /// As parameters. The reference that a script calls n is n + 1 in a slot, null is 0.
    var slots: [UInt64] {
        guard type == "v128" else {
            let bits = text.flatMap { UInt64($0) } ?? 0
            return [isReference && text != "null" ? bits + 1 : bits]
        }
        var slots: [UInt64] = [0, 0]
        for (index, lane) in lanes.enumerated() {
            slots[index * laneBits / 64] |= (UInt64(lane) ?? 0) << UInt64(index * laneBits % 64)
        }
        return slots
    }

    /// Takes this value's slots from the front of `slots`.
    /// - Returns: nil if they match, else what was expected.
    func mismatch(_ slots: inout ArraySlice<UInt64>) -> String? {
        guard type == "v128" else {
            guard let slot = slots.popFirst() else { return "a \(type) is missing" }
            if isReference {
                let fits = text == nil ? slot != 0 : slot == self.slots[0]
                return fits ? nil : "\(type) \(text ?? "not null") expected"
            }
            return Self.matches(slot, text ?? "", isNarrow: type == "f32") ? nil : "\(type) \(text ?? "") expected"
        }
        guard let low = slots.popFirst(), let high = slots.popFirst() else { return "a v128 is missing" }
        for (index, lane) in lanes.enumerated() {
            let half = index * laneBits < 64 ? low : high
            let mask = laneBits == 64 ? UInt64.max : 1 << UInt64(laneBits) - 1
            let bits = half >> UInt64(index * laneBits % 64) & mask
            if !Self.matches(bits, lane, isNarrow: laneBits == 32) { return "\(laneType) \(lane) expected in lane \(index)" }
        }
        return nil
    }

    private static func matches(_ bits: UInt64, _ text: String, isNarrow: Bool) -> Bool {
        if text.hasPrefix("nan:") {
            // Ours are canonical also where the script takes any arithmetic one; the sign is free.
            return isNarrow ? bits & 0x7fff_ffff == 0x7fc0_0000 : bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000
        }
        return UInt64(text) == bits
    }
}
