// SPDX-License-Identifier: Apache-2.0
// How an executor is set up, and what an invocation may use.

public import Logging
@_exported public import XVMSupervisor

/// How an executor is set up. The defaults suit a program that embeds the package as it was built.
public struct Configuration: Sendable {
    /// Folder of compiled code. nil: `$XVM_CACHE`, else `$XDG_CACHE_HOME/xvm`, else `~/.cache/xvm`. Created 0700; refused if others may write it.
    public var cachePath: String?
    /// C compiler. nil: `$XVM_CC`, else the clang beside `swift`, the newest clang on PATH, gcc.
    public var compilerPath: String?
    /// The C compiler's level of optimisation, 1 or 2. Outcomes and gas do not depend on it.
    public var optimizationLevel = 1
    /// Path of `xvm-worker`. nil: `$XVM_WORKER`, beside the executable, `../libexec/xvm`, the package's bundle.
    public var workerPath: String?
    /// Folder of the policies. nil: as `workerPath`, with `$XVM_POLICIES`.
    public var policyFolder: String?
    /// What must hold of the sandbox before anything runs.
    public var floor = Floor.container
    /// Lowest floor at which code runs that our translator did not make: objects that somebody hands in, and what a stock wasm2c wrote.
    /// Such code is checked like ours before it runs, but nobody knows it; without namespaces and landlock a fault of the filters would be the
    /// last one.
    public var foreignCodeFloor = Floor.container
    /// Pages of 64 KiB that a worker's linear memory may ever grow to; an invocation may ask for less, not for more.
    public var memoryPagesMax: UInt32 = 1024
    /// Greatest `stackSize` of an invocation, in bytes, at most 4 MiB. A worker's native stack is made for it: 14 x (this + 1 MiB) + 1 MiB of
    /// address space; memory is used only as deep as calls go.
    public var stackSizeMax: UInt32 = 1 << 20
    /// Threads on which async invocations run; one that computes holds its lane until it ends, and one contract never holds the last one.
    public var laneCount = 8
    /// How many workers, for how long, and who waits.
    public var pool = PoolPolicy()
    /// Called with one line for a person when something odd was dealt with, e.g. a changed cache file. From any thread.
    public var warning: @Sendable (String) -> Void = { _ in }
    /// Takes what an operator should see: deaths of workers, refusals, oddities of the cache. Says nothing by default, and the library
    /// bootstraps no logging system: give it a logger of your own.
    public var logger = Logger(label: "xvm", factory: { _ in SwiftLogNoOpLogHandler() })

    /// All defaults.
    public init() {}
}

/// What one invocation may use.
public struct InvocationLimits: Equatable, Sendable {
    /// Gas, 0 ..< 2^62. 0 is legal: whatever costs anything is out of gas.
    public var gas: Int64
    /// Wall time in nanoseconds, host calls included. Past it the worker is killed: an infrastructure error, never an outcome.
    public var deadlineNanoseconds: UInt64
    /// Pages of 64 KiB that linear memory may grow to.
    public var memoryPages: UInt32
    /// Sum of computed frame costs, in bytes (docs/determinism.md): the call depth, the same on every machine. At most
    /// `Configuration.stackSizeMax`.
    public var stackSize: UInt32

    /// The command line's defaults.
    public init(
        gas: Int64 = 4_294_967_295, deadlineNanoseconds: UInt64 = 10_000_000_000, memoryPages: UInt32 = 1024,
        stackSize: UInt32 = 1 << 20
    ) {
        self.gas = gas
        self.deadlineNanoseconds = deadlineNanoseconds
        self.memoryPages = memoryPages
        self.stackSize = stackSize
    }
}

/// A call of a contract's method.
public struct MethodRequest: Sendable {
    /// Name of an export of type () → ().
    public var method: [UInt8]
    /// In any order; a key given twice is refused.
    public var arguments: [(key: [UInt8], value: [UInt8])]
    /// The calling contract, empty at the top.
    public var caller: [UInt8]
    /// Who began the transaction.
    public var initiator: [UInt8]
    /// Decimal text, as XuperChain's transfer_amount.
    public var amount: [UInt8]

    /// All parts as texts.
    public init(
        _ method: String, arguments: [String: String] = [:], caller: String = "", initiator: String = "", amount: String = "0"
    ) {
        self.method = Array(method.utf8)
        self.arguments = arguments.map { (Array($0.key.utf8), Array($0.value.utf8)) }
        self.caller = Array(caller.utf8)
        self.initiator = Array(initiator.utf8)
        self.amount = Array(amount.utf8)
    }
}

/// The version of the product.
public enum XVMVersion {
    /// Semantic version.
    public static let text = "0.1.0"
}
