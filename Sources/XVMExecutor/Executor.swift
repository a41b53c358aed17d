// SPDX-License-Identifier: Apache-2.0
// The public library: loads contracts and runs them in sandboxed workers. It joins Bridge, State and Supervisor and hands over paths.

import CXVMSandbox
import Foundation
import Logging
import Synchronization
@_exported public import XVMBridge
import XVMCompiler
import XVMCore
import XVMElf
import XVMPolicy
@_exported public import XVMState
import XVMSystem
import XVMToolchain
import XVMWasm
@_exported public import XVMWire
import XVMWorkerImage

/// Runs untrusted contracts. One per process is enough; it is safe to use from any thread.
///
/// ```swift
/// import XVMExecutor
///
/// func serve(_ wasm: [UInt8], folder: String, floor: Floor) async throws {
///     var configuration = Configuration()
///     configuration.floor = floor
///     configuration.cachePath = folder + "/cache"
///     configuration.pool.workerCountMax = 32
///     let executor = try Executor(configuration)
///     let contract = try executor.load(wasm, schedule: .xuper, name: "counter.wasm")
///     let store = try executor.openState(folder: folder + "/state")
///     do {
///         var execution = try await executor.invoke(
///             contract, MethodRequest("increase"), bucket: Array("counter".utf8), on: store)
///         switch execution.outcome.status {
///         case .returned: try executor.commit(&execution, to: store)
///         case .reverted, .trapped, .outOfGas: break  // The contract's own doing: gas is charged, nothing is changed.
///         }
///     } catch {
///         guard error.isRetryable else { throw error }
///         print("again later: \(error.detail)")  // A conflict, a full queue, a worker that was killed from outside.
///     }
///     _ = executor.metrics()  // Text for Prometheus, to be served as you like.
///     await executor.shutDown()
/// }
/// ```
///
/// A contract's crash, signal or endless loop ends its worker process and nothing else: it surfaces as a thrown `ExecutorError`.
/// What a contract decided itself (returned, reverted, trapped, out of gas) is an `Outcome`, a value.
public final class Executor: Sendable {
    private struct State: ~Copyable {
        var supervisor: Supervisor?
        var pool: WorkerPool?
        var isShutDown = false
    }

    /// How it was set up.
    public let configuration: Configuration
    /// Opened when something has to be compiled: to look at a module needs no cache folder.
    private let toolchainSlot = Mutex<Toolchain?>(nil)
    private let image: WorkerImage
    private let state = NativeMutex(State())
    let meters = Meters()
    /// Contracts that were called by contracts.
    let loaded = NativeMutex<[LoadedKey: Contract]>([:])

    /// Finds the worker and the policies; processes start with the first invocation.
    public init(_ configuration: Configuration = Configuration()) throws(ExecutorError) {
        try Self.check(configuration)
        self.configuration = configuration
        do {
            if let workerPath = configuration.workerPath, let policyFolder = configuration.policyFolder {
                image = WorkerImage(workerPath: workerPath, policyFolder: policyFolder)
            } else {
                var found = try WorkerImage.find()
                found.workerPath = configuration.workerPath ?? found.workerPath
                found.policyFolder = configuration.policyFolder ?? found.policyFolder
                image = found
            }
        } catch {
            throw ExecutorError(mapping: error)
        }
    }

    private static func check(_ configuration: Configuration) throws(ExecutorError) {
        guard (1...2).contains(configuration.optimizationLevel) else {
            throw .usage("optimizationLevel", "optimization level \(configuration.optimizationLevel) is neither 1 nor 2")
        }
        // The kernel leaves 128 MiB of address space below a stack; NativeStack makes 71 of these.
        guard configuration.stackSizeMax <= 4 << 20 else {
            throw .usage("stackLimit", "stack size limit \(configuration.stackSizeMax) exceeds limit \(4 << 20)")
        }
    }

    func toolchain() throws(ToolchainError) -> Toolchain {
        if let toolchain = toolchainSlot.withLock({ $0 }) { return toolchain }
        let (warning, logger) = (configuration.warning, configuration.logger)
        let toolchain = try Toolchain(
            Toolchain.Configuration(
                cachePath: configuration.cachePath, compilerPath: configuration.compilerPath,
                level: configuration.optimizationLevel == 2 ? .o2 : .o1,
                confinement: .sandbox(
                    ToolSandbox(
                        .init(
                            workerPath: image.workerPath, policyPath: image.policyFolder + "/compile.json",
                            floor: ToolFloor(rawValue: configuration.floor.rawValue) ?? .strict))),
                environment: ProcessInfo.processInfo.environment,
                onWarning: {
                    logger.warning("\($0.description)")
                    warning($0.description)
                }))
        return toolchainSlot.withLock { slot in
            if let first = slot { return first }
            slot = toolchain
            return toolchain
        }
    }

    /// Folder of compiled code; made if it was not there.
    public func cachePath() throws(ExecutorError) -> String {
        do { return try toolchain().cachePath } catch { throw ExecutorError(mapping: error) }
    }

    /// The C compiler in use, in one line.
    public func compilerDescription() throws(ExecutorError) -> String {
        do { return try toolchain().describeCompiler().summary } catch { throw ExecutorError(mapping: error) }
    }

    // MARK: - Contracts

    /// Validates, translates and compiles a module, or takes it from the cache. `bytes` is WebAssembly or what `xvm build` wrote.
    /// Blocks: seconds for a large module that is not in the cache.
    /// - Parameter name: for messages only.
    /// - Parameter translation: who translates a module; an object is translated already.
    public func load(
        _ bytes: [UInt8], schedule source: GasScheduleSource = .xuper, translation: Translation = .own, name: String = "module"
    ) throws(ExecutorError) -> Contract {
        do {
            let schedule = try gasSchedule(source)
            if ObjectFile.isObject(bytes) {
                guard translation == .own else {
                    throw ExecutorError.usage("invalidModule", "\(name): is an object already, wasm2c takes WebAssembly")
                }
                try admit(.user, name)
                let file = try ObjectFile(reading: bytes)
                let module = try Module(validating: file.wasm)
                let code = try Code(verifyingObject: file.elf, path: name, abiVersion: XVM_ABI_VERSION)
                let moduleHash = SHA256.hash(file.wasm)
                guard code.moduleHash == moduleHash else {
                    throw ExecutorError.usage(
                        "invalidObject",
                        "\(name): its machine code is of module \(Hex.encode(code.moduleHash)), the module behind it is \(Hex.encode(moduleHash))"
                    )
                }
                // Its gas was fixed when it was built; another schedule's name beside it would be a lie.
                if code.isMetered && code.scheduleHash != schedule.hash {
                    throw ExecutorError.usage(
                        "scheduleMismatch",
                        "\(name): built with the gas schedule of hash \(Hex.encode(code.scheduleHash)), asked for is \(schedule.name), hash \(Hex.encode(schedule.hash))"
                    )
                }
                return Contract(name: name, module: module, moduleHash: moduleHash, code: code, schedule: schedule, isOwn: false)
            }
            let module = try Module(validating: bytes)
            let moduleHash = SHA256.hash(bytes)
            if case .wasm2c(let path) = translation {
                try admit(.wasm2c, name)
                let code = try stockCode(module, moduleHash, path: path)
                return Contract(name: name, module: module, moduleHash: moduleHash, code: code, schedule: schedule, isOwn: false)
            }
            let code = try toolchain().code(
                moduleHash: moduleHash, scheduleHash: schedule.hash, translatorVersion: Translator.version,
                abiVersion: XVM_ABI_VERSION
            ) {
                let text = try Translator.emit(module, schedule: schedule)
                let limits = text.frameLimits
                return CompileSource(parts: text.parts) { limits.sizeMax(ofFunction: $0) }
            }
            meters.countCode(isFromCache: code.isFromCache, compileNanoseconds: code.compileNanoseconds)
            return Contract(name: name, module: module, moduleHash: moduleHash, code: code, schedule: schedule, isOwn: true)
        } catch {
            throw ExecutorError(mapping: error, subject: name)
        }
    }

    /// The Code of a module that a stock wasm2c translates.
    private func stockCode(_ module: Module, _ moduleHash: [UInt8], path: String) throws -> Code {
        let toolchain = try toolchain()
        let translator = try toolchain.stockTranslator(path)
        let code = try toolchain.code(
            moduleHash: moduleHash, scheduleHash: [UInt8](repeating: 0, count: SHA256.size),
            translatorVersion: "wasm2c \(Hex.encode(translator.hash)) \(StockChain.version)", abiVersion: XVM_ABI_VERSION,
            producer: .wasm2c
        ) {
            let chain = try StockChain(module)
            let stock = StockSource(
                path: translator.path, version: StockChain.wasm2cVersion, moduleName: StockChain.moduleName, wasm: chain.wasm,
                headers: chain.headers)
            // Calls are counted and not their frames: a native stack that ends is a death of the worker here, and no outcome.
            return CompileSource(parts: [chain.adapter], stock: stock) { _ in .max }
        }
        meters.countCode(isFromCache: code.isFromCache, compileNanoseconds: code.compileNanoseconds)
        return code
    }

    /// Which producer's code runs at which floor.
    private func admit(_ producer: ElfProducer, _ name: String) throws(ExecutorError) {
        guard producer != .translator else { return }
        let ranks: [Floor] = [.minimal, .container, .strict]
        let (floor, needed) = (configuration.floor, configuration.foreignCodeFloor)
        guard (ranks.firstIndex(of: floor) ?? 0) >= (ranks.firstIndex(of: needed) ?? 0) else {
            throw .usage(
                "producerRefused",
                "\(name): \(producer == .user ? "an object that was handed in" : "code of a stock wasm2c") runs at floor \(needed.rawValue) or above, the floor is \(floor.rawValue)"
            )
        }
    }

    /// Reads and checks a gas schedule.
    func gasSchedule(_ source: GasScheduleSource) throws -> GasSchedule {
        try GasSchedule(parsing: source.bytes(policyFolder: image.policyFolder))
    }

    // MARK: - Running

    /// Runs a method on the newest state of `store`, without committing. Blocks the calling thread until the contract ended.
    public func invoke(
        _ contract: Contract, _ request: MethodRequest, bucket: [UInt8], limits: InvocationLimits = InvocationLimits(),
        on store: any StateStore, within surroundings: Surroundings = Surroundings()
    ) throws(ExecutorError) -> Execution {
        do {
            let call = try prepare(contract, request, bucket: bucket, limits: limits)
            var grant = PoolGrant()
            let environment = try environment(surroundings, contract, ticket: nil)
            let ended = try onWorker(contract, &grant) { worker in
                try Self.run(call, worker, limits, store, environment, meters)
            }
            return execution(contract, call, ended, grant)
        } catch {
            throw ExecutorError(mapping: error, subject: contract.name)
        }
    }

    /// The same on a snapshot that the caller has and keeps.
    func invoke(
        _ contract: Contract, _ request: MethodRequest, bucket: [UInt8], limits: InvocationLimits,
        over snapshot: any StateSnapshot, within surroundings: Surroundings
    ) throws -> Execution {
        let call = try prepare(contract, request, bucket: bucket, limits: limits)
        var grant = PoolGrant()
        let environment = try environment(surroundings, contract, ticket: nil)
        let ended = try onWorker(contract, &grant) { worker in
            let outcome = try Bridge.invoke(
                engine: worker, call: call, over: snapshot, deadlineNanoseconds: limits.deadlineNanoseconds,
                environment: environment)
            return Ended(outcome: outcome, height: snapshot.height)
        }
        return execution(contract, call, ended, grant)
    }

    /// The same on a lane: suspends, never blocks a thread of the cooperative pool. Cancelling the task ends the call: one that waits is
    /// refused, one that runs loses its worker; either way it throws kind `cancelled`. What the store does for it at that moment is
    /// not interrupted; the call ends when the store has answered.
    public func invoke(
        _ contract: Contract, _ request: MethodRequest, bucket: [UInt8], limits: InvocationLimits = InvocationLimits(),
        on store: any StateStore, within surroundings: Surroundings = Surroundings()
    ) async throws(ExecutorError) -> Execution {
        do {
            let call = try prepare(contract, request, bucket: bucket, limits: limits)
            let pool = try pool()
            let ticket = pool.makeTicket()
            let module = poolModule(contract)
            let environment = try environment(surroundings, contract, ticket: ticket)
            let (ended, grant): (Ended, PoolGrant)
            do {
                (ended, grant) = try await withTaskCancellationHandler {
                    try await pool.runOnLane(module, ticket: ticket) { [meters] worker in
                        let ended = try Self.run(call, worker, limits, store, environment, meters)
                        return (ended, memoryPages: ended.outcome.memoryPages)
                    }
                } onCancel: {
                    pool.cancel(ticket)
                }
            } catch {
                throw failed(error, contract, PoolGrant())
            }
            meters.count(ended.outcome, grant)
            return execution(contract, call, ended, grant)
        } catch {
            throw ExecutorError(mapping: error, subject: contract.name)
        }
    }

    /// What a call gave, and the height of the state that it saw.
    struct Ended: Sendable {
        let outcome: Outcome
        let height: UInt64
    }

    /// Runs `body` with a worker of the contract on the calling thread, and counts how that ended.
    func onWorker(
        _ contract: Contract, _ grant: inout PoolGrant, _ body: (Worker) throws -> Ended
    ) throws -> Ended {
        var ended: Ended?
        do {
            try pool().run(poolModule(contract), &grant) { worker in
                let end = try body(worker)
                let memoryPages = end.outcome.memoryPages
                ended = end  // its last use: moved, not copied
                return memoryPages
            }
        } catch {
            throw failed(error, contract, grant)
        }
        guard let ended = ended.take() else { preconditionFailure("a call on a worker ended without a result") }
        meters.count(ended.outcome, grant)
        return ended
    }

    func prepare(
        _ contract: Contract, _ request: MethodRequest, bucket: [UInt8], limits: InvocationLimits
    ) throws -> ContractCall {
        let method = try MethodCall(
            method: request.method, caller: request.caller, initiator: request.initiator, amount: request.amount,
            sorting: request.arguments)
        return try contractCall(
            contract, try contract.method(request.method), .method(method), bucket: bucket, limits: limits)
    }

    func execution(_ contract: Contract, _ call: ContractCall, _ ended: consuming Ended, _ grant: PoolGrant) -> Execution {
        guard case .method(let method) = call.entry else { preconditionFailure("an execution without a method") }
        return Execution(
            outcome: ended.outcome,
            transaction: Transaction(
                height: ended.height, contract: call.contract, moduleHash: contract.moduleHash, call: method),
            scheduleName: contract.scheduleName, isForConsensus: contract.isOwn, timing: timing(contract, grant))
    }

    /// What a failed invocation throws; counted and logged.
    private func failed(_ error: any Error, _ contract: Contract, _ grant: PoolGrant) -> any Error {
        let error = NestedFailure.innermost(error)
        meters.count(failure: error, grant)
        log(error, contract)
        return error
    }

    /// What an operator should see of a failed invocation. Outcomes are never logged: they are the caller's.
    private func log(_ error: any Error, _ contract: Contract) {
        // Made where a handler wants the line: whoever called waits for this.
        var metadata: Logger.Metadata { ["contract": "\(Message.quoted(Array(contract.name.utf8)))"] }
        switch error {
        case let death as Death where death.cause == .cancelled:
            configuration.logger.debug("invocation cancelled: \(death.place)", metadata: metadata)
        case let death as Death:
            configuration.logger.warning("worker died (\(death.kind)): \(death.place)", metadata: metadata)
        case PoolRefusal.quarantined(let violations):
            configuration.logger.error("contract refused after \(violations) violations", metadata: metadata)
        case let refusal as PoolRefusal:
            configuration.logger.notice("call refused: \(refusal.description)", metadata: metadata)
        default: configuration.logger.warning("invocation failed: \(error)", metadata: metadata)
        }
    }

    private func timing(_ contract: Contract, _ grant: PoolGrant) -> Timing {
        var timing = contract.timing
        timing.spawnNanoseconds = grant.spawnNanoseconds
        timing.executeNanoseconds = grant.executeNanoseconds
        return timing
    }

    /// Calls an exported function with numbers. It has no state: what it asks of the host is answered on an empty store and dropped.
    public func call(
        _ contract: Contract, export name: [UInt8], arguments: [String], limits: InvocationLimits = InvocationLimits()
    ) throws(ExecutorError) -> FunctionExecution {
        do {
            let (index, type) = try contract.function(name)
            guard arguments.count == type.parameters.count else {
                throw ExecutorError.usage(
                    "argumentCount",
                    "function '\(Message.quoted(name))' takes \(type.parameters.count) arguments, not \(arguments.count)")
            }
            let values = try zip(arguments, type.parameters).map { try WasmValue(parsing: $0, as: $1) }
            let call = try contractCall(
                contract, index, .function(slots: values.map(\.slot)), bucket: Array("call".utf8), limits: limits)
            let store = MemoryStore(limits: SnapshotLimits(ageMax: .seconds(100_000)))
            var grant = PoolGrant()
            let outcome = try onWorker(contract, &grant) { worker in
                try Self.run(call, worker, limits, store, CallEnvironment(), meters)
            }.outcome
            var results: [WasmValue] = []
            if outcome.status == .returned {
                guard outcome.slots.count == type.results.count else {
                    throw BridgeError.breach(
                        "outcome with \(outcome.slots.count) results, the function has \(type.results.count)")
                }
                results = zip(outcome.slots, type.results).compactMap { WasmValue(slot: $0, type: $1) }
            }
            return FunctionExecution(
                status: outcome.status, message: outcome.message, results: results, gasUsed: outcome.gasUsed,
                isForConsensus: contract.isOwn, scheduleName: contract.scheduleName, timing: timing(contract, grant))
        } catch {
            throw ExecutorError(mapping: error, subject: contract.name)
        }
    }

    private func contractCall(
        _ contract: Contract, _ exportIndex: UInt32, _ entry: Invocation.Entry, bucket: [UInt8], limits: InvocationLimits
    ) throws -> ContractCall {
        ContractCall(
            contract: bucket, exportIndex: exportIndex, entry: entry, gasLimit: limits.gas, frameLimit: contract.frameLimit,
            stackLimit: try stackSize(limits), memoryPagesMax: try memoryPages(limits),
            schedule: contract.isOwn ? contract.scheduleHash : [], guest: contract.guest)
    }

    /// What methods and functions share: one call on a worker over a snapshot of the newest state, taken when the worker is there.
    private static func run(
        _ call: ContractCall, _ worker: Worker, _ limits: InvocationLimits, _ store: any StateStore,
        _ environment: CallEnvironment, _ meters: Meters
    ) throws -> Ended {
        let snapshot = try store.snapshot()
        let opened = meters.openSnapshot()
        defer {
            snapshot.close()
            meters.closeSnapshot(opened)
        }
        let outcome = try Bridge.invoke(
            engine: worker, call: call, over: snapshot, deadlineNanoseconds: limits.deadlineNanoseconds,
            environment: environment)
        return Ended(outcome: outcome, height: snapshot.height)
    }

    private func memoryPages(_ limits: InvocationLimits) throws -> UInt32 {
        guard limits.memoryPages <= configuration.memoryPagesMax else {
            throw ExecutorError.usage(
                "memoryLimit",
                "memory of \(limits.memoryPages) pages exceeds the executor's limit of \(configuration.memoryPagesMax)")
        }
        return limits.memoryPages
    }

    private func stackSize(_ limits: InvocationLimits) throws -> UInt32 {
        guard limits.stackSize <= configuration.stackSizeMax else {
            throw ExecutorError.usage(
                "stackLimit", "stack size \(limits.stackSize) exceeds the executor's limit of \(configuration.stackSizeMax)")
        }
        return limits.stackSize
    }

    // MARK: - Workers

    /// What the pool needs of a contract.
    func poolModule(_ contract: Contract) -> PoolModule {
        let stackSize = UInt64(NativeStack.size(stackLimit: Int(configuration.stackSizeMax)))
        return PoolModule(
            key: PoolKey(
                object: contract.code.hash,
                limits: WorkerLimits(memoryPagesMax: configuration.memoryPagesMax, stackSize: stackSize)),
            elf: contract.code.elf, hash: contract.moduleHash)
    }

    func pool() throws -> WorkerPool {
        try state.withLock { state in
            guard !state.isShutDown else { throw PoolRefusal.shutDown }
            if let pool = state.pool { return pool }
            let pool = try WorkerPool(policy: configuration.pool, laneCount: configuration.laneCount) { [unowned self] in
                try supervisor()
            }
            state.pool = pool
            return pool
        }
    }

    private func supervisor() throws -> Supervisor {
        try state.withLock { state in
            if let supervisor = state.supervisor { return supervisor }
            let filters = try Self.filters(folder: image.policyFolder)
            let supervisor = try Supervisor(
                SupervisorConfiguration(workerPath: image.workerPath, filters: filters, floor: configuration.floor))
            state.supervisor = supervisor
            return supervisor
        }
    }

    /// Reads, compiles and proves both policies.
    private static func filters(folder: String) throws -> FilterPair {
        try FilterPair(
            load: Policy(readingFile: folder + "/load.json"), run: Policy(readingFile: folder + "/run.json"),
            addresses: .ofWorkers)
    }

    // MARK: - State

    /// Opens the state in a folder, or creates one where there is none. Locked against other processes until the store goes.
    /// - Parameter limits: how long an invocation may hold its snapshot; at least as long as its deadline.
    public func openState(
        folder: String, limits: SnapshotLimits = SnapshotLimits(ageMax: .seconds(60))
    ) throws(ExecutorError) -> any StateStore {
        do { return try LMDBStore(path: folder, limits: limits) } catch { throw ExecutorError(mapping: error, subject: folder) }
    }

    /// Commits what an execution wrote. Anything but `returned` has nothing to commit and changes nothing.
    /// - Throws: kind `conflict` when something that was read has changed meanwhile; execute again.
    public func commit(_ execution: inout Execution, to store: any StateStore) throws(ExecutorError) {
        guard execution.outcome.status == .returned, !execution.outcome.writes.writes.isEmpty else { return }
        do {
            let start = xvm_system_monotonic_nanoseconds()
            let commit = try Commit(id: execution.transactionID, reads: execution.outcome.reads, writes: execution.outcome.writes)
            switch try store.commit(commit) {
            case .committed:
                meters.countCommit(nanoseconds: xvm_system_monotonic_nanoseconds() - start)
                execution.timing.commitNanoseconds = xvm_system_monotonic_nanoseconds() - start
            case .conflict(let bucket, let key, let expected, let actual):
                meters.countConflict()
                throw ExecutorError(
                    .state, kind: "conflict",
                    detail:
                        "key '\(Message.quoted(bucket))/\(Message.quoted(key))' has version \(Message.version(actual)), the execution read \(Message.version(expected))",
                    isRetryable: true, blame: .unknown)
            case .dropped:
                preconditionFailure("a single commit cannot be dropped for another")
            }
        } catch {
            throw ExecutorError(mapping: error)
        }
    }

    // MARK: - Reports and end

    /// Which layers of the sandbox hold here, measured on a worker that runs nothing; also where the floor does not hold.
    public func sandboxReport() throws(ExecutorError) -> SandboxReport {
        do {
            let contract = try load(Self.probe, name: "probe")
            var grant = PoolGrant()
            var report = SandboxReport?.none
            try pool().run(poolModule(contract), &grant) { worker in
                report = worker.report
                return 0
            }
            guard let report else { preconditionFailure("a call on a worker ended without a result") }
            return report
        } catch let error as BelowFloor {
            return error.report
        } catch {
            throw ExecutorError(mapping: error)
        }
    }

    /// The smallest module: no function at all.
    private static let probe: [UInt8] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

    /// Starts a worker of a contract if none is idle, and keeps its idle workers from being ended to make room or for their idle time.
    /// Blocks while the worker starts.
    public func pin(_ contract: Contract) throws(ExecutorError) {
        do {
            let pool = try pool()
            pool.pin(poolModule(contract).key, true)
            var grant = PoolGrant()
            try pool.run(poolModule(contract), &grant) { _ in 0 }
        } catch {
            throw ExecutorError(mapping: error, subject: contract.name)
        }
    }

    /// Starts workers of a contract ahead of need, until it has so many that are idle or busy. They end as all idle workers do; together
    /// with `PoolPolicy.warmCount`, or pinned, they stay. Blocks while they start.
    /// - Parameter workerCount: at most `PoolPolicy.workersPerContractMax` and `PoolPolicy.workerCountMax`.
    public func warm(_ contract: Contract, workerCount: Int) throws(ExecutorError) {
        let limit = min(configuration.pool.workersPerContractMax, configuration.pool.workerCountMax)
        guard workerCount <= limit else {
            throw ExecutorError.usage("warmCount", "\(workerCount) warm workers exceed the pool's limit of \(limit)")
        }
        do { try Self.hold(workerCount, try pool(), poolModule(contract)) } catch {
            throw ExecutorError(mapping: error, subject: contract.name)
        }
    }

    /// Holds `count` workers at the same time, so that each but the first is another one. The depth is bounded by the pool's limits.
    private static func hold(_ count: Int, _ pool: WorkerPool, _ module: PoolModule) throws {
        guard count > 0 else { return }
        var grant = PoolGrant()
        try pool.run(module, &grant) { _ in
            try hold(count - 1, pool, module)
            return 0
        }
    }

    /// Undoes `pin`.
    public func unpin(_ contract: Contract) { existingPool?.pin(poolModule(contract).key, false) }

    /// Forgets deaths and violations of a contract, so that one that was refused for them (kind `quarantined`) runs again.
    public func release(_ contract: Contract) { existingPool?.release(poolModule(contract).key) }

    private var existingPool: WorkerPool? { state.withLock { $0.pool } }

    /// Counters and states in the text format of Prometheus (version 0.0.4).
    public func metrics() -> String {
        // Without a toolchain nothing of the cache was used, and it may not even be there.
        let use = toolchainSlot.withLock { $0 }?.cacheUse ?? (size: 0, discardedCount: 0)
        let loadedSize = loaded.withLock { $0.values.reduce(0) { $0 + UInt64($1.code.elf.bytes.count) } }
        return meters.render(
            pool: existingPool?.report ?? WorkerPool.Report(),
            Meters.Surroundings(
                floor: configuration.floor, landlockABI: xvm_system_landlock_abi(), cacheSize: use.size,
                cacheDiscardedCount: use.discardedCount, loadedSize: loadedSize))
    }

    /// The end: refuses new calls and those that wait for a worker, gives running ones until the timeout, then ends their workers (kind
    /// `cancelled`). Afterwards no process or thread of the executor is left; a second call does nothing. Blocks: from async code use
    /// the async twin.
    /// - Returns: how many calls were ended by force.
    @discardableResult
    public func shutDown(timeoutNanoseconds: UInt64 = 10_000_000_000) -> Int {
        let (isFirst, pool): (Bool, WorkerPool?) = state.withLock { state in
            defer {
                state.isShutDown = true
                state.pool = nil
            }
            return (!state.isShutDown, state.pool)
        }
        guard isFirst else { return 0 }
        let forcedCount = pool?.shutDown(timeoutNanoseconds: timeoutNanoseconds) ?? 0
        if forcedCount > 0 { configuration.logger.notice("shut down with \(forcedCount) calls ended by force") }
        let supervisor: Supervisor? = state.withLock { state in
            defer { state.supervisor = nil }
            return state.supervisor
        }
        supervisor?.shutDown()
        return forcedCount
    }

    /// The same on a thread of its own: suspends, never blocks a thread of the cooperative pool.
    @discardableResult
    public func shutDown(timeoutNanoseconds: UInt64 = 10_000_000_000) async -> Int {
        await withCheckedContinuation { continuation in
            let work: @Sendable () -> Void = { [self] in
                continuation.resume(returning: shutDown(timeoutNanoseconds: timeoutNanoseconds))
            }
            do {
                _ = try NativeThread(name: "xvm-shutdown", body: work)
            } catch {
                // No thread left on this machine: late and on the wrong thread is better than never.
                work()
            }
        }
    }
}
