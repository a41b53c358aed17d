// SPDX-License-Identifier: Apache-2.0
// Numbers from a seed, and decisions from an input.

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed everywhere.
package struct FuzzRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64
    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    /// 0 ..< bound; 0 for a bound of 0. Not quite even, and fast.
    package mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(truncatingIfNeeded: next() >> 1) % bound }
    package mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }
    package mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 32) }
    package mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }
}

/// An input read as decisions. When it is used up every decision is 0, so that a shorter input is a simpler one.
struct Decisions {
    private let bytes: [UInt8]
    private var place = 0
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place >= bytes.count }

    mutating func byte() -> UInt8 {
        guard place < bytes.count else { return 0 }
        place += 1
        return bytes[place - 1]
    }
    mutating func below(_ bound: Int) -> Int {
        if bound <= 1 { return 0 }
        return bound <= 256 ? Int(byte()) % bound : (Int(byte()) << 8 | Int(byte())) % bound
    }
    mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }
    mutating func number(_ size: Int) -> UInt64 { (0..<size).reduce(0) { word, _ in word << 8 | UInt64(byte()) } }
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, place + max(0, count))
        defer { place = end }
        return Array(bytes[place..<end])
    }
    mutating func rest() -> [UInt8] { take(bytes.count) }
}
