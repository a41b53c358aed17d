// SPDX-License-Identifier: Apache-2.0
// An ordered map whose copies share what they have in common: snapshots of the in-memory store and savepoints of an overlay cost nothing.

/// An AVL tree by full key. A copy is one reference; an insertion makes those nodes of its path anew that a copy shares, and changes the
/// others in place. There is no removal, because a deleted key keeps a mark. The height is at most 1.45 log2(count), so recursion is bounded by about 60 whatever the keys are.
package struct OrderedMap<Value: Sendable>: Sendable {
    // SAFETY: a node is changed only where it is known to be referenced once, on a path of such nodes from a root that is being changed;
    // so no other copy, and no other thread, can see it meanwhile.
    final class Node: @unchecked Sendable {
        let key: FullKey
        var value: Value
        var left: Node?
        var right: Node?
        var height: Int32 = 1

        init(_ key: FullKey, _ value: Value) {
            self.key = key
            self.value = value
        }
        init(copying node: Node) {
            key = node.key
            value = node.value
            left = node.left
            right = node.right
            height = node.height
        }
        /// Left height less right height.
        var tilt: Int32 { (left?.height ?? 0) - (right?.height ?? 0) }
        func measure() { height = 1 + max(left?.height ?? 0, right?.height ?? 0) }
    }
    private var root: Node?
    /// Keys in the map.
    package private(set) var count = 0

    /// Nodes on the longest way down.
    var height: Int { Int(root?.height ?? 0) }

    package init() {}

    package subscript(key: FullKey) -> Value? {
        get {
            guard let root else { return nil }
            // SAFETY: the map is borrowed for the call and holds its root, which holds every node below; nothing is changed meanwhile. To
            // hold each node once more on the way down would cost as much as the comparisons.
            var node = unsafe Unmanaged.passUnretained(root)
            while true {
                let order = unsafe node._withUnsafeGuaranteedRef { compare(key.bytes, $0.key.bytes) }
                if order == 0 { return unsafe node._withUnsafeGuaranteedRef { $0.value } }
                let below = unsafe node._withUnsafeGuaranteedRef { at in
                    unsafe (order < 0 ? at.left : at.right).map { unsafe Unmanaged.passUnretained($0) }
                }
                guard let next = unsafe below else { return nil }
                unsafe node = next
            }
        }
    }

    /// Sets the value of a key.
    /// - Returns: the value before.
    @discardableResult
    package mutating func set(_ key: FullKey, _ value: Value) -> Value? {
        var old: Value?
        Self.insert(key, value, &root, &old)
        if old == nil { count += 1 }
        return old
    }

    /// Steps from the first key that is not below `start`, up to but without `limit`; nil: from or to the end.
    package func iterator(start: FullKey? = nil, limit: FullKey? = nil) -> Iterator { Iterator(root, start: start, limit: limit) }

    package struct Iterator: IteratorProtocol {
        // Nodes whose left side is done, the next one last.
        private var path: [Node] = []
        private let limit: FullKey?

        fileprivate init(_ root: Node?, start: FullKey?, limit: FullKey?) {
            self.limit = limit
            var node = root
            while let at = node {
                if let start, at.key < start {
                    node = at.right
                } else {
                    path.append(at)
                    node = at.left
                }
            }
        }

        package mutating func next() -> (key: FullKey, value: Value)? {
            guard let at = path.popLast() else { return nil }
            if let limit, !(at.key < limit) {
                path = []
                return nil
            }
            var node = at.right
            while let below = node {
                path.append(below)
                node = below.left
            }
            return (at.key, at.value)
        }
    }

    /// Puts the key into the tree at `node`, which is no field of an object: a child is taken out of its node while it is worked on, so that
    /// no access to a node is open while the next begins. The checks of exclusive access would go through all that are open, at each level.
    private static func insert(_ key: FullKey, _ value: Value, _ node: inout Node?, _ old: inout Value?) {
        guard let at = own(&node) else {
            node = Node(key, value)
            return
        }
        let order = compare(key.bytes, at.key.bytes)
        if order == 0 {
            old = at.value
            at.value = value
            return
        }
        if order < 0 {
            var left = at.left.take()
            insert(key, value, &left, &old)
            at.left = consume left
        } else {
            var right = at.right.take()
            insert(key, value, &right, &old)
            at.right = consume right
        }
        balance(&node, at)
    }

    /// The node, made anew where another copy of the map shares it.
    private static func own(_ node: inout Node?) -> Node? {
        if isKnownUniquelyReferenced(&node) { return node }
        guard let shared = node else { return nil }
        let mine = Node(copying: shared)
        node = mine
        return mine
    }

    /// Sides of `at`, which is `node`, differ by at most 2 in height; afterwards by at most 1.
    private static func balance(_ node: inout Node?, _ at: Node) {
        let tilt = at.tilt
        if tilt > 1 {
            var left = at.left.take()
            if let child = own(&left), child.tilt < 0 { rotateLeft(&left, child) }
            at.left = consume left
            rotateRight(&node, at)
        } else if tilt < -1 {
            var right = at.right.take()
            if let child = own(&right), child.tilt > 0 { rotateRight(&right, child) }
            at.right = consume right
            rotateLeft(&node, at)
        } else {
            at.measure()
        }
    }

    /// The right child of `at`, which is `node`, takes its place.
    private static func rotateLeft(_ node: inout Node?, _ at: Node) {
        var side = at.right.take()
        guard let top = own(&side) else { return }
        at.right = top.left.take()
        at.measure()
        top.left = at
        top.measure()
        node = top
    }

    /// The left child of `at`, which is `node`, takes its place.
    private static func rotateRight(_ node: inout Node?, _ at: Node) {
        var side = at.left.take()
        guard let top = own(&side) else { return }
        at.left = top.right.take()
        at.measure()
        top.right = at
        top.measure()
        node = top
    }
}
