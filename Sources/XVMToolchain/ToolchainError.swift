// SPDX-License-Identifier: Apache-2.0
// Why there is no Code: always an infrastructure error, never an Outcome.

package import XVMElf
package import XVMPolicy
package import XVMSystem

/// Everything that can keep the Toolchain from giving Code. `output` is the beginning of what the tool wrote to standard error,
/// made printable, for the operator's log.
package enum ToolchainError: Error, Equatable, Sendable {
    /// No C compiler anywhere; every place that was looked at, with what was wrong there.
    case noCompiler(looked: [String])
    /// The one that was asked for cannot be used.
    case compilerUnusable(path: String, reason: String)
    /// No linker (ld.lld or GNU ld).
    case noLinker(looked: [String])

    /// The tool ended with a status that says failure.
    case compilerFailed(step: String, status: Int32, output: String)
    case compilerSignalled(step: String, signal: Int32, output: String)
    /// It said success but left no object.
    case compilerLeftNothing(step: String)
    case wallLimit(step: String, seconds: Int64)
    case cpuLimit(step: String, seconds: UInt64)
    case memoryLimit(step: String, size: UInt64, output: String)
    case fileSizeLimit(step: String, size: UInt64)
    case folderSizeLimit(step: String, size: UInt64)
    case processLimit(step: String, output: String)
    /// It tried a system call that no tool makes.
    case compilerViolation(step: String, output: String)

    /// The policy of the compile stage is not accepted.
    case sandboxPolicy(PolicyError)
    /// A layer of the tool's sandbox that the floor asks for does not hold.
    case sandbox(layer: ToolLayer, errno: Int32, floor: ToolFloor)

    /// The translator gave more than we hand to a compiler.
    case partCount(Int, limit: Int)
    case sourceSize(Int, limit: Int)

    /// The report about frame sizes is not in the form that gcc and clang give it.
    case stackReport(step: String)
    /// A native frame that stays larger than its function's calls pay for, however it is compiled: our fault.
    case frameSize(function: String, size: Int, limit: Int)

    /// The object breaks a rule; `path` is that of a file that a user gave, nil for one that we made.
    case objectRefused(ElfError, path: String?)
    /// The object's descriptor does not say what it must.
    case descriptorMismatch(field: String, value: String, expected: String)

    case noCacheFolder
    case cacheNotAFolder(path: String)
    case cacheOwner(path: String, owner: UInt32, expected: UInt32)
    case cacheWritableByOthers(path: String, mode: UInt32)
    /// A system call failed.
    case system(SystemError)
}

extension ToolchainError {
    package enum Blame: String, Sendable { case contract, host, unknown }

    /// Whether every node would see the same. Nothing that depends on a compiler's luck is.
    package var isDeterministic: Bool {
        switch self {
        case .partCount, .sourceSize: true
        default: false
        }
    }

    /// Whether the same call may succeed later, with nothing changed but the load of the machine.
    package var canRetryHelp: Bool {
        switch self {
        case .wallLimit, .compilerSignalled, .system: true
        default: false
        }
    }

    package var blame: Blame {
        switch self {
        case .partCount, .sourceSize: .contract
        case .wallLimit, .cpuLimit, .memoryLimit, .fileSizeLimit, .folderSizeLimit, .processLimit, .compilerViolation: .unknown
        default: .host
        }
    }

    /// One word for the `kind` of an error in JSON.
    package var kind: String {
        switch self {
        case .noCompiler: "noCompiler"
        case .compilerUnusable: "compilerUnusable"
        case .noLinker: "noLinker"
        case .compilerFailed, .compilerSignalled, .compilerLeftNothing, .stackReport: "compilerFailed"
        case .frameSize: "frameSize"
        case .wallLimit, .cpuLimit: "timeLimit"
        case .memoryLimit: "memoryLimit"
        case .fileSizeLimit, .folderSizeLimit: "fileSizeLimit"
        case .processLimit: "processLimit"
        case .compilerViolation: "compilerViolation"
        case .sandboxPolicy: "policy"
        case .sandbox: "belowFloor"
        case .partCount, .sourceSize: "sourceTooLarge"
        case .objectRefused: "objectRefused"
        case .descriptorMismatch: "descriptorMismatch"
        case .noCacheFolder, .cacheNotAFolder, .cacheOwner, .cacheWritableByOthers: "cacheRefused"
        case .system: "system"
        }
    }
}

extension ToolchainError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noCompiler(let looked):
            "no C compiler found; looked at \(looked.isEmpty ? "nothing, PATH is empty" : looked.joined(separator: ", ")); "
                + "install clang (13 or newer) or gcc (11 or newer), for example with `apt-get install gcc`, "
                + "or name one with --cc or XVM_CC"
        case .compilerUnusable(let path, let reason): "C compiler \(path) cannot be used: \(reason)"
        case .noLinker(let looked):
            "no linker found; looked at \(looked.isEmpty ? "nothing, PATH is empty" : looked.joined(separator: ", ")); "
                + "install binutils or lld, for example with `apt-get install binutils`"
        case .compilerFailed(let step, let status, let output): "\(step) failed with status \(status): \(Self.orNothing(output))"
        case .compilerSignalled(let step, let signal, let output):
            "\(step) was ended by signal \(signal): \(Self.orNothing(output))"
        case .compilerLeftNothing(let step): "\(step) reported success but wrote no object"
        case .stackReport(let step): "\(step) left a report about frame sizes in an unknown form"
        case .frameSize(let function, let size, let limit):
            "frame size \(size) of \(function) exceeds limit \(limit) in every build"
        case .wallLimit(let step, let seconds): "\(step) exceeds the time limit of \(seconds) s and was killed"
        case .cpuLimit(let step, let seconds): "\(step) exceeds the CPU limit of \(seconds) s"
        case .memoryLimit(let step, let size, let output):
            "\(step) exceeds the memory limit of \(size) bytes: \(Self.orNothing(output))"
        case .fileSizeLimit(let step, let size): "\(step) writes a file that exceeds the limit of \(size) bytes"
        case .folderSizeLimit(let step, let size): "\(step) fills its folder beyond the limit of \(size) bytes and was killed"
        case .processLimit(let step, let output): "\(step) starts more processes than it may: \(Self.orNothing(output))"
        case .compilerViolation(let step, let output):
            "\(step) tried a system call that no tool makes and was killed before it ran: \(Self.orNothing(output))"
        case .sandboxPolicy(let error): error.description
        case .sandbox(let layer, let errno, let floor):
            "floor '\(floor.rawValue)' does not hold for the compiler: \(layer.name) is missing (errno \(errno)); remedy: \(layer.remedy)"
        case .partCount(let count, let limit): "\(count) source parts exceed limit \(limit)"
        case .sourceSize(let size, let limit): "source size \(size) exceeds limit \(limit)"
        case .objectRefused(let error, let path): path.map { "\($0): \(error)" } ?? "compiled \(error)"
        case .descriptorMismatch(let field, let value, let expected):
            "the object's descriptor has \(field) \(value), expected \(expected)"
        case .noCacheFolder: "no cache folder: none of --cache, XVM_CACHE, XDG_CACHE_HOME and HOME is set"
        case .cacheNotAFolder(let path): "cache folder \(path) is not a folder"
        case .cacheOwner(let path, let owner, let expected):
            "cache folder \(path) belongs to user \(owner), expected \(expected) or 0; choose another with --cache or XVM_CACHE"
        case .cacheWritableByOthers(let path, let mode):
            "cache folder \(path) has mode \(String(mode, radix: 8)), others may write it; `chmod go-w` it or choose another"
        case .system(let error): error.description
        }
    }

    private static func orNothing(_ output: String) -> String { output.isEmpty ? "it said nothing" : output }
}
