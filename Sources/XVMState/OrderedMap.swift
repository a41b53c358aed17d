// SPDX-License-Identifier: Apache-2.0
// An ordered map whose copies share what they have in common: snapshots of the in-memory store and savepoints of an overlay cost nothing.

/// A persistent AVL tree by full key. A copy is one reference; an insertion makes the nodes of one path anew. There is no removal,
/// because a deleted key keeps a mark. The height is at most 1.45 log2(count), so recursion is bounded by about 60 whatever the keys are.
package struct OrderedMap<Value: Sendable>: Sendable {
    fileprivate final class Node: Sendable {
        let key: FullKey
        let value: Value
        let left: Node?
        let right: Node?
        let height: Int32

        init(_ key: FullKey, _ value: Value, _ left: Node?, _ right: Node?) {
            self.key = key
            self.value = value
            self.left = left
            self.right = right
            height = 1 + max(left?.height ?? 0, right?.height ?? 0)
        }
    }
    private var root: Node?
    /// Keys in the map.
    package private(set) var count = 0

    /// Nodes on the longest way down.
    var height: Int { Int(root?.height ?? 0) }

    package init() {}

    package subscript(key: FullKey) -> Value? {
        get {
            var node = root
            while let at = node {
                let order = compare(key.bytes, at.key.bytes)
                if order == 0 { return at.value }
                node = order < 0 ? at.left : at.right
            }
            return nil
        }
    }

    /// Sets the value of a key.
    /// - Returns: the value before.
    @discardableResult
    package mutating func set(_ key: FullKey, _ value: Value) -> Value? {
        var old: Value?
        root = Self.inserting(key, value, into: root, &old)
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

    private static func inserting(_ key: FullKey, _ value: Value, into node: Node?, _ old: inout Value?) -> Node {
        guard let node else { return Node(key, value, nil, nil) }
        let order = compare(key.bytes, node.key.bytes)
        if order == 0 {
            old = node.value
            return Node(key, value, node.left, node.right)
        }
        if order < 0 { return balanced(node, inserting(key, value, into: node.left, &old), node.right) }
        return balanced(node, node.left, inserting(key, value, into: node.right, &old))
    }

    /// `node` with these sides, which differ by at most 2 in height.
    private static func balanced(_ node: Node, _ left: Node?, _ right: Node?) -> Node {
        let difference = (left?.height ?? 0) - (right?.height ?? 0)
        if difference > 1, let left {
            if (left.left?.height ?? 0) >= (left.right?.height ?? 0) {
                return Node(left.key, left.value, left.left, Node(node.key, node.value, left.right, right))
            }
            if let middle = left.right {
                return Node(
                    middle.key, middle.value, Node(left.key, left.value, left.left, middle.left),
                    Node(node.key, node.value, middle.right, right))
            }
        }
        if difference < -1, let right {
            if (right.right?.height ?? 0) >= (right.left?.height ?? 0) {
                return Node(right.key, right.value, Node(node.key, node.value, left, right.left), right.right)
            }
            if let middle = right.left {
                return Node(
                    middle.key, middle.value, Node(node.key, node.value, left, middle.left),
                    Node(right.key, right.value, middle.right, right.right))
            }
        }
        return Node(node.key, node.value, left, right)
    }
}
