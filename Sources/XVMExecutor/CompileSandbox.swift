// SPDX-License-Identifier: Apache-2.0
// The wall around the C compiler, for operators.

import Glibc
import XVMSupervisor
import XVMToolchain

/// Every layer of the sandbox that compiler and linker run in, as a trial run reported it.
public struct CompileSandboxReport: Equatable, Sendable {
    /// In the order of the start.
    public let layers: [SandboxLayer]
    /// The landlock ABI in force, 0 without landlock.
    public let landlockABI: UInt32
    private let report: ToolReport

    init(_ report: ToolReport) {
        self.report = report
        landlockABI = report.landlockABI
        layers = ToolLayer.allCases.compactMap { layer in
            // Not tried: root needs no user namespace.
            guard !layer.isPlumbing, let error = report.layers[layer] else { return nil }
            return SandboxLayer(
                name: layer.name, holds: error == 0, errno: error, purpose: layer.purpose, remedy: layer.remedy)
        }
    }

    /// The layers that `floor` needs and that do not hold.
    public func missing(for floor: Floor) -> [SandboxLayer] {
        let names = report.missing(for: ToolFloor(rawValue: floor.rawValue) ?? .strict).map(\.name)
        return layers.filter { names.contains($0.name) }
    }
}

extension Executor {
    /// Tries the compiler's sandbox layer by layer, on the compiler's `--version`.
    public func compileSandboxReport() throws(ExecutorError) -> CompileSandboxReport {
        do {
            guard let report = try toolchain().sandboxReport() else { preconditionFailure("an executor confines its compiler") }
            return CompileSandboxReport(report)
        } catch {
            throw ExecutorError(mapping: error)
        }
    }
}
