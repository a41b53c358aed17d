// SPDX-License-Identifier: Apache-2.0
// Runs tools that are fed hostile input (compiler, linker, a user's wasm2c) behind a wall of their own: `xvm-worker tool`.

import CXVMSandbox
import Synchronization
import XVMPolicy
package import XVMSystem

/// Runs tools in a sandbox. All calls block: never on Swift's cooperative pool. Any thread.
package final class ToolSandbox: Sendable {
    package struct Configuration: Sendable {
        /// Path of `xvm-worker`.
        package var workerPath: String
        /// Path of `compile.json`.
        package var policyPath: String
        package var floor: ToolFloor
        /// Processes and threads of one tool at a time.
        package var processLimit: UInt32

        package init(workerPath: String, policyPath: String, floor: ToolFloor, processLimit: UInt32 = 64) {
            self.workerPath = workerPath
            self.policyPath = policyPath
            self.floor = floor
            self.processLimit = processLimit
        }
    }

    package let configuration: Configuration
    private let filter = Mutex<[UInt8]?>(nil)

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// Runs one tool.
    /// - request: `directory` is required: the one folder that the tool may write to; it sees it under the same path. What is in there
    ///   already it may read, change and remove. As root the folder is given to the id that tools run with.
    /// - more: folders and files that it may read besides its own program (which may be a script) and the system's programs and
    ///   libraries, for example a user's header files.
    /// - Returns: how the tool ended, as if it had been run directly.
    /// - Throws: when the sandbox, or the tool in it, could not be started; what `ChildProcess.run` throws. No process is left.
    package func run(_ request: ChildRequest, readable more: [String] = []) throws(ToolchainError) -> ChildResult {
        try run([request], view: ToolView(programs: [request.program], more: more), atOnce: 1)[0]
    }

    /// Runs several, each in a sandbox of its own, as `ChildProcess.run` does.
    package func run(_ requests: [ChildRequest], view: ToolView, atOnce: Int) throws(ToolchainError) -> [ChildResult] {
        try attempt(requests, view: view, atOnce: atOnce, required: configuration.floor.requiredBits).map(\.result)
    }

    /// Tries every layer on a tool that does nothing much, whatever the floor.
    package func report(_ request: ChildRequest) throws(ToolchainError) -> ToolReport {
        try attempt([request], view: ToolView(programs: [request.program]), atOnce: 1, required: 0)[0].report
    }

    private func attempt(
        _ requests: [ChildRequest], view: ToolView, atOnce: Int, required: UInt32
    ) throws(ToolchainError) -> [(result: ChildResult, report: ToolReport)] {
        let filter = try provenFilter()
        var confined: [ChildRequest] = []
        for request in requests {
            try giveFolder(request)
            confined.append(launch(request, view, filter, required))
        }
        let results: [ChildResult]
        do { results = try ChildProcess.run(confined, atOnce: atOnce) } catch { throw .system(error) }
        var outcomes: [(ChildResult, ToolReport)] = []
        for (result, request) in zip(results, requests) { outcomes.append(try outcome(result, request)) }
        return outcomes
    }

    /// Compiled and proven once.
    private func provenFilter() throws(ToolchainError) -> [UInt8] {
        if let filter = filter.withLock({ $0 }) { return filter }
        let policy: Policy
        do { policy = try Policy(readingFile: configuration.policyPath) } catch { throw .sandboxPolicy(error) }
        guard policy.stage == .compile else {
            let problem = PolicyError.Problem.wrongStage(found: policy.stage, expected: .compile)
            throw .sandboxPolicy(PolicyError(file: policy.file, problem: problem))
        }
        let bytes: [UInt8]
        do { bytes = try PolicyCompiler.compile(policy, addresses: .none).bytes } catch { throw .sandboxPolicy(error) }
        filter.withLock { $0 = bytes }
        return bytes
    }

    private func giveFolder(_ request: ChildRequest) throws(ToolchainError) {
        guard let path = request.directory, path.hasPrefix("/") else {
            throw .system(SystemError(call: "chdir", errno: 22, detail: "a tool needs a folder with an absolute path"))
        }
        if FileSystem.userID != 0 { return }
        do { try Folder(opening: path).give(to: XVM_ZYGOTE_ID) } catch { throw .system(error) }
    }

    // MARK: The record

    private func launch(_ request: ChildRequest, _ view: ToolView, _ filter: [UInt8], _ required: UInt32) -> ChildRequest {
        // argv[0] stays what the tool is called by.
        let groups = [
            [request.directory ?? "/", request.program], view.readable, view.links.flatMap { [$0.path, $0.target] },
            [request.program] + request.arguments, request.environment,
        ]
        let texts: [UInt8] = groups.joined().reduce(into: []) { $0 += Array($1.utf8) + [0] }
        var head = xvm_tool_record()
        head.magic = XVM_TOOL_MAGIC
        head.version = XVM_TOOL_VERSION
        head.size = UInt32(clamping: MemoryLayout<xvm_tool_record>.size + filter.count + texts.count)
        head.required = required
        head.process_limit = configuration.processLimit
        head.filter_size = UInt32(clamping: filter.count / 8)
        head.readable_count = UInt32(clamping: view.readable.count)
        head.link_count = UInt32(clamping: view.links.count)
        head.argument_count = UInt32(clamping: request.arguments.count + 1)
        head.environment_count = UInt32(clamping: request.environment.count)
        var launch = request
        launch.program = configuration.workerPath
        launch.arguments = ["tool"]
        launch.environment = []
        // SAFETY: the bytes of a C struct without padding (asserted in xvm_tool.h), copied while it lives.
        launch.record = unsafe withUnsafeBytes(of: &head) { unsafe Array($0) } + filter + texts
        return launch
    }

    private func outcome(_ result: ChildResult, _ request: ChildRequest) throws(ToolchainError) -> (ChildResult, ToolReport) {
        var head = xvm_tool_record()
        // A batch that was cancelled before this one began has no record.
        guard result.record.count >= MemoryLayout<xvm_tool_record>.size else {
            return (result, ToolReport(layers: [:], landlockABI: 0))
        }
        // SAFETY: the struct is plain numbers; exactly its size is copied into it, and as many bytes are there.
        unsafe withUnsafeMutableBytes(of: &head) { bytes in unsafe bytes.copyBytes(from: result.record.prefix(bytes.count)) }
        var report = ToolReport(layers: [:], landlockABI: head.landlock_abi)
        // SAFETY: a tuple of equal numbers lies in memory like an array of them.
        let errors = unsafe withUnsafeBytes(of: &head.layers) { unsafe Array($0.bindMemory(to: Int32.self)) }
        for layer in ToolLayer.allCases where errors[layer.rawValue] != XVM_TOOL_NOT_TRIED {
            report.layers[layer] = errors[layer.rawValue]
        }
        if head.failed != 0 {
            let layer = ToolLayer(rawValue: Int(head.failed_layer)) ?? .request
            if layer == .execute {
                throw .system(SystemError(call: "execve", errno: head.failed_error, detail: "\(request.program) in its sandbox"))
            }
            throw .sandbox(layer: layer, errno: head.failed_error, floor: configuration.floor)
        }
        // Statuses of the launcher itself; a tool that ended has left its own in the record.
        if head.ended == 0, case .exited(let status) = result.ending {
            throw .system(SystemError(call: "xvm-worker tool", errno: 71, detail: "status \(status)"))
        }
        var plain = result
        plain.record = []
        return (plain, report)
    }
}
