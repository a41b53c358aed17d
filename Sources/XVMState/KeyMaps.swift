// SPDX-License-Identifier: Apache-2.0
// Ordered maps for the modules above. Code of `package` access is specialised in its own module only, and unspecialised an ordered map
// costs ten times as much, most of it for the metadata of its types; so what others use is concrete.

/// Keys and the versions that a snapshot had of them; nil: never written. A copy is one reference.
package struct VersionMap: Sendable {
    private var map = OrderedMap<Version?>()

    package init() {}
    /// Keys in the map.
    package var count: Int { map.count }
    package func contains(_ key: FullKey) -> Bool { map[key] != nil }
    package mutating func set(_ key: FullKey, _ version: Version?) { map.set(key, version) }
    /// Each key with its version, in order.
    package func forEach(_ body: (FullKey, Version?) throws -> Void) rethrows {
        var iterator = map.iterator()
        while let (key, version) = iterator.next() { try body(key, version) }
    }
}

/// Keys and what is to become of them. A copy is one reference.
package struct EffectMap: Sendable {
    private var map = OrderedMap<Write.Effect>()

    package init() {}
    /// Keys in the map.
    package var count: Int { map.count }
    package subscript(key: FullKey) -> Write.Effect? { map[key] }
    package mutating func set(_ key: FullKey, _ effect: Write.Effect) { map.set(key, effect) }
    /// Each key with its effect, in order.
    package func forEach(_ body: (FullKey, Write.Effect) throws -> Void) rethrows {
        var iterator = map.iterator()
        while let (key, effect) = iterator.next() { try body(key, effect) }
    }
    /// Steps from the first key that is not below `start`, up to but without `limit`.
    package func iterator(start: FullKey, limit: FullKey) -> Iterator { Iterator(map.iterator(start: start, limit: limit)) }

    package struct Iterator: IteratorProtocol {
        private var iterator: OrderedMap<Write.Effect>.Iterator
        fileprivate init(_ iterator: OrderedMap<Write.Effect>.Iterator) { self.iterator = iterator }
        package mutating func next() -> (key: FullKey, value: Write.Effect)? { iterator.next() }
    }
}
