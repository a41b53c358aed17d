// SPDX-License-Identifier: Apache-2.0
// Everything that a contract did in one invocation, as a value.

public import XVMState
public import XVMWire

/// What a contract told the outside.
public struct Event: Hashable, Sendable {
    /// The contract that emitted it.
    public let contract: [UInt8]
    /// At most 256 bytes, any bytes.
    public let name: [UInt8]
    /// At most 1048576 bytes, any bytes.
    public let body: [UInt8]

    /// All parts.
    public init(contract: [UInt8], name: [UInt8], body: [UInt8]) {
        self.contract = contract
        self.name = name
        self.body = body
    }
}

/// The answer to an invocation: the same on every node that runs the same module on the same state with the same schedule. Only a
/// returned one has effects (`writes`, `events`); committing them is a separate step.
public struct Outcome: Equatable, Sendable {
    /// How it ended.
    public enum Status: Hashable, Sendable {
        /// With an output whose code is below 400.
        case returned
        /// With a code of 400 and up, or without any output: nothing is committed, the exact gas is charged.
        case reverted
        /// By a fault. The whole gas limit is charged. Which fault it was is diagnosis.
        case trapped(Trap)
        /// By the end of its gas. Charged and digested as a trap is.
        case outOfGas
    }
    /// How it ended.
    public let status: Status
    /// The contract's own; 500 where it gave none, 200 for a returned function call.
    public let code: Int32
    /// The contract's own, or the text of a host abort; any bytes.
    public let message: [UInt8]
    /// The contract's own; any bytes.
    public let body: [UInt8]
    /// Results of a function call, 64 bits each.
    public let slots: [UInt64]
    /// Exact where it returned or reverted, else the limit.
    public let gasUsed: Int64
    /// What it was allowed.
    public let gasLimit: Int64
    /// Hash of the gas schedule that the code was made with; empty for code without gas.
    public let schedule: [UInt8]
    /// 64 KiB pages of linear memory at the end.
    public let memoryPages: UInt32
    /// What it saw, also where it failed, because its course depended on it.
    public let reads: ReadSet
    /// What it wants to change; empty unless returned.
    public let writes: WriteSet
    /// What it told the outside; empty unless returned.
    public let events: [Event]
    /// Amounts that moved on its behalf, as the ledger did them; they are in `writes`. Empty unless returned.
    public let transfers: [Transfer]
    /// Its log lines, kept in every case; no part of consensus.
    public let logs: [[UInt8]]
    /// What it used, sub-calls included: what its price is made of, and the limits of a verification.
    public let resources: Resources
    /// Ranges that it looked through: for running transactions in parallel; no part of consensus.
    public let scans: [ScannedRange]
}
