// SPDX-License-Identifier: Apache-2.0
// What an invocation used, what it may use, and what that costs: XVM's four resources and its price.

internal import XVMState

/// Amounts of the four resources. In a limit `Int64.max` means none.
public struct Resources: Hashable, Sendable {
    /// Gas, that of sub-calls included.
    public var cpu: Int64
    /// Bytes of linear memory at the end, summed over the contract and its sub-calls that returned or reverted; what a fault left is no
    /// figure that nodes would agree on.
    public var memory: Int64
    /// Bytes of keys and values in the write set (a delete: of its key) and of events (contract, name, body). Buckets that begin with `$`
    /// are the chain's own bookkeeping and do not count.
    public var disk: Int64
    /// Native calls; 0 for contracts in WebAssembly.
    public var fee: Int64

    /// All parts.
    public init(cpu: Int64 = 0, memory: Int64 = 0, disk: Int64 = 0, fee: Int64 = 0) {
        self.cpu = cpu
        self.memory = memory
        self.disk = disk
        self.fee = fee
    }

    /// No limit but the largest gas limit that there is.
    public static let unlimited = Resources(cpu: (1 << 62) - 1, memory: .max, disk: .max, fee: .max)

    /// The first resource of which more was used than `limit` allows, in the order cpu, memory, disk, fee.
    func excess(over limit: Resources) -> (name: String, used: Int64, limit: Int64)? {
        if cpu > limit.cpu { return ("cpu", cpu, limit.cpu) }
        if memory > limit.memory { return ("memory", memory, limit.memory) }
        if disk > limit.disk { return ("disk", disk, limit.disk) }
        if fee > limit.fee { return ("fee", fee, limit.fee) }
        return nil
    }

    /// Sums of sizes of what lies in memory: none overflows.
    static func disk(_ writes: WriteSet, _ events: [Event]) -> Int64 {
        var sum = 0
        for write in writes.writes where write.bucket.first != UInt8(ascii: "$") {
            sum += write.key.count
            if case .put(let value) = write.effect { sum += value.count }
        }
        for event in events { sum += event.contract.count + event.name.count + event.body.count }
        return Int64(sum)
    }
}

/// How many units of a resource one unit of the price buys; 0: the resource is free. The defaults are XuperChain's.
public struct ResourcePrice: Hashable, Sendable {
    /// Gas for one unit.
    public var cpuRate: Int64 = 1000
    /// Bytes for one unit.
    public var memoryRate: Int64 = 1_000_000
    /// Bytes for one unit.
    public var diskRate: Int64 = 1
    /// Calls for one unit.
    public var feeRate: Int64 = 1

    /// The defaults.
    public init() {}

    /// Everything is free.
    public static var free: ResourcePrice {
        var price = ResourcePrice()
        (price.cpuRate, price.memoryRate, price.diskRate, price.feeRate) = (0, 0, 0, 0)
        return price
    }

    /// ceil(cpu / rate) + ceil(memory / rate) + ceil(disk / rate) + ceil(fee / rate), at most `Int64.max`. Negative amounts and rates are
    /// taken as 0.
    public func total(_ used: Resources) -> Int64 {
        var sum: Int64 = 0
        for (amount, rate) in [(used.cpu, cpuRate), (used.memory, memoryRate), (used.disk, diskRate), (used.fee, feeRate)]
        where amount > 0 && rate > 0 {
            let part = amount / rate + (amount % rate == 0 ? 0 : 1)
            let (next, overflow) = sum.addingReportingOverflow(part)
            if overflow { return .max }
            sum = next
        }
        return sum
    }
}
