// SPDX-License-Identifier: Apache-2.0
// Where a function's gas is charged and compared. docs/gas.md, "Placement", is the text of it.

/// How charges are placed. Both give the same gas at every host call and at every return.
package enum GasPlacement: String, Sendable, CaseIterable {
    /// Charge and compare at the beginning of each run: the plain definition.
    case perRun
    /// Charge at region entries the cheapest remaining path, on edges the difference; compare at few places.
    case regions
}

/// A function's control flow as far as gas needs it. Built in one walk, in emission order: an edge leads from the node that is
/// open at that moment to a target that has a node already (a loop header) or gets one later.
struct GasGraph {
    enum Kind: UInt8 {
        case functionEntry, loopHeader, afterCall, plain
        var isRegionEntry: Bool { self != .plain }
    }

    private var costs: [Int64] = []
    private var kinds: [Kind] = []
    private var edgeSources: [Int32] = []
    private var edgeTargets: [Int32] = []
    /// Node of each target; -1: none yet, or the exit (target 0).
    private var targetNodes: [Int32] = [-1]

    /// Room for so many nodes and edges.
    mutating func reserve(_ count: Int) {
        costs.reserveCapacity(count)
        kinds.reserveCapacity(count)
        edgeSources.reserveCapacity(count)
        edgeTargets.reserveCapacity(count)
        targetNodes.reserveCapacity(count)
    }

    /// The target of every return.
    static let exit = 0

    /// Cost since the last compare above which a node gets one more (reference 4.3): bounds what a call may overrun.
    static let uncheckedCostMax: Int64 = 1 << 31
    /// What a callee may have left unchecked, as far as a caller counts it.
    static let calleeAllowance: Int64 = 1 << 20

    mutating func newTarget() -> Int {
        targetNodes.append(-1)
        return targetNodes.count - 1
    }

    mutating func openNode(_ kind: Kind, at target: Int) -> Int {
        let node = costs.count
        costs.append(0)
        kinds.append(kind)
        targetNodes[target] = Int32(node)
        return node
    }

    /// An edge from `node`, the one opened last, to `target`.
    mutating func addEdge(from node: Int, to target: Int) -> Int {
        edgeSources.append(Int32(node))
        edgeTargets.append(Int32(target))
        return edgeSources.count - 1
    }

    @inline(__always)
    mutating func addCost(_ cost: Int64, to node: Int) { costs[node] += cost }

    struct Placed {
        var nodeCharges: [Int64]
        var nodeChecks: [Bool]
        var edgeCharges: [Int64]
    }

    /// Charges and compares under `placement`. Linear in nodes and edges.
    func place(_ placement: GasPlacement, containsCall: Bool) -> Placed {
        switch placement {
        case .perRun:
            Placed(
                nodeCharges: costs, nodeChecks: costs.map { $0 > 0 },
                edgeCharges: [Int64](repeating: 0, count: edgeSources.count))
        case .regions: placeByRegions(containsCall: containsCall)
        }
    }

    private func placeByRegions(containsCall: Bool) -> Placed {
        // Backwards: cheapest continuation of each node up to the next region entry or exit. Edges stand in the order of their
        // sources and lead forward but to loop headers, which are region entries; so a target is complete when it is read.
        let none = Int64.max
        var cheapest = [Int64](repeating: none, count: costs.count)
        func weight(_ target: Int) -> Int64 {
            let node = Int(targetNodes[target])
            if node < 0 || kinds[node].isRegionEntry { return 0 }
            return costs[node] + (cheapest[node] == none ? 0 : cheapest[node])
        }
        for edge in edgeSources.indices.reversed() {
            let source = Int(edgeSources[edge])
            cheapest[source] = min(cheapest[source], weight(Int(edgeTargets[edge])))
        }
        for node in cheapest.indices where cheapest[node] == none { cheapest[node] = 0 }
        var placed = Placed(
            nodeCharges: [Int64](repeating: 0, count: costs.count), nodeChecks: [Bool](repeating: false, count: costs.count),
            edgeCharges: [Int64](repeating: 0, count: edgeSources.count))
        for node in costs.indices where kinds[node].isRegionEntry { placed.nodeCharges[node] = costs[node] + cheapest[node] }
        for edge in edgeSources.indices {
            placed.edgeCharges[edge] = weight(Int(edgeTargets[edge])) - cheapest[Int(edgeSources[edge])]
        }
        // Forwards: the most that may have been charged since the last compare.
        var unchecked = [Int64](repeating: 0, count: costs.count)
        var edge = 0
        for node in costs.indices {
            switch kinds[node] {
            case .functionEntry: placed.nodeChecks[node] = containsCall
            case .loopHeader: placed.nodeChecks[node] = true
            case .afterCall: unchecked[node] += Self.calleeAllowance
            case .plain: break
            }
            unchecked[node] += placed.nodeCharges[node]
            if unchecked[node] > Self.uncheckedCostMax { placed.nodeChecks[node] = true }
            if placed.nodeChecks[node] { unchecked[node] = 0 }
            while edge < edgeSources.count, Int(edgeSources[edge]) == node {
                let target = Int(targetNodes[Int(edgeTargets[edge])])
                if target > node { unchecked[target] = max(unchecked[target], unchecked[node] + placed.edgeCharges[edge]) }
                edge += 1
            }
        }
        return placed
    }
}
