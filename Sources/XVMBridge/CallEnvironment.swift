// SPDX-License-Identifier: Apache-2.0
// What stands around an invocation: its chain, whoever runs other contracts for it, and the rules of sub-calls.

package import XVMState
package import XVMWire

/// Another contract, ready to run on the calling lane.
package struct Callee {
    package var engine: any Engine
    /// Index of the method among the module's function exports.
    package var exportIndex: UInt32
    package var guest: Invocation.Guest
    package var frameLimit: UInt32
    package var schedule: [UInt8]

    package init(engine: any Engine, exportIndex: UInt32, guest: Invocation.Guest, frameLimit: UInt32, schedule: [UInt8]) {
        self.engine = engine
        self.exportIndex = exportIndex
        self.guest = guest
        self.frameLimit = frameLimit
        self.schedule = schedule
    }
}

/// Finds and runs the code of contracts that are called by contracts. The public library implements it over its pool of workers.
package protocol CalleeProvider: AnyObject, Sendable {
    /// Runs `body` with a worker of the contract on the calling thread, a lane's. Must not wait for a worker that another lane's sub-call
    /// may hold: two lanes could wait for each other.
    /// - Parameter body: gives the pages of linear memory at the end.
    /// - Returns: false where the contract has no such method; `body` was not run.
    /// - Throws: infrastructure errors, and what `body` throws.
    func withCallee(_ contract: DeployedContract, method: [UInt8], _ body: (Callee) throws -> UInt32) throws -> Bool
}

/// Signatures and addresses as a chain has them: pure functions, the same on every node. What they throw is an infrastructure error.
package protocol ChainKeys: Sendable {
    /// Whether `signature` is one of `hash` by the key.
    func isRight(signature: [UInt8], of hash: [UInt8], by key: [UInt8]) throws(BridgeError) -> Bool
    /// nil: it is no key.
    func address(of key: [UInt8]) throws(BridgeError) -> [UInt8]?
}

/// What stands around an invocation.
package struct CallEnvironment: Sendable {
    /// nil: there is no other contract, account or block.
    package var chain: (any Chain)?
    /// nil: no contract can be called.
    package var callees: (any CalleeProvider)?
    /// Who signed beside the initiator.
    package var authRequire: [[UInt8]] = []
    /// Memory, disk and fee of the whole tree; its cpu is the call's gas limit.
    package var limits = Resources.unlimited
    /// Contracts in a chain of calls, the first one included.
    package var depthMax = BridgeLimits.callDepthMax
    /// Whether a contract may be called that stands in the chain of callers already. It runs in another worker over the same overlay.
    package var allowsReentrancy = false
    /// Done on the view before the contract runs (the amount that goes with the call moves here); a refusal reverts the invocation.
    package var prologue: (@Sendable (any StateView) throws -> TransferResult)?
    /// Answers questions to other chains; nil: refused as unsupported. Its answers must be the same on every node.
    package var crossQuery: (@Sendable (_ uri: [UInt8], _ arguments: ArgumentList) throws -> Output?)?

    /// nil: no signature is right, and no key has an address.
    package var keys: (any ChainKeys)?

    package init() {}
}

/// Arguments of a sub-call: pairs in bytewise order of their keys, each key once.
package struct ArgumentList: Sendable {
    package let pairs: [(key: [UInt8], value: [UInt8])]

    /// Sorts; nil where a key stands twice.
    package init?(_ pairs: [(key: [UInt8], value: [UInt8])]) {
        let sorted = pairs.sorted { compare($0.key, $1.key) < 0 }
        for (a, b) in zip(sorted, sorted.dropFirst()) where a.key == b.key { return nil }
        self.pairs = sorted
    }

    /// From a contract's list: items {u32 keySize, u32 valueSize, key, value}. nil: it is none, or a key stands twice.
    package init?(packed bytes: [UInt8]) {
        var pairs: [(key: [UInt8], value: [UInt8])] = []
        var at = 0
        func size(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
        while at < bytes.count {
            guard bytes.count - at >= 8 else { return nil }
            let (keySize, valueSize) = (size(at), size(at + 4))
            at += 8
            // Each is below 2^32: no overflow.
            guard keySize + valueSize <= bytes.count - at else { return nil }
            pairs.append((Array(bytes[at..<at + keySize]), Array(bytes[at + keySize..<at + keySize + valueSize])))
            at += keySize + valueSize
        }
        self.init(pairs)
    }
}
