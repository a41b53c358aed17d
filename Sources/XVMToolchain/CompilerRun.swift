// SPDX-License-Identifier: Apache-2.0
// One compilation: parts to objects, objects to one object, in a private folder, under limits.

import Glibc
import XVMSystem

/// What one compilation may use up.
package struct CompileLimits: Equatable, Sendable {
    /// CPU time of each compiler process. Measured: about 4 s for a megabyte of C.
    package var cpuSeconds: UInt64
    /// Address space of each process. Measured: 0.7 GB resident for 7 MB of C.
    package var addressSpaceSize: UInt64
    /// Bytes of each file that a tool writes.
    package var fileSize: UInt64
    /// Bytes of all files of one compilation, source included.
    package var folderSize: UInt64
    /// Wall time of each process.
    package var wallSeconds: Int64
    package var partCountMax: Int
    /// Bytes of C in all parts together.
    package var sourceSizeMax: Int
    /// Compiler processes at a time.
    package var parallelCount: Int

    package init(
        cpuSeconds: UInt64 = 240, addressSpaceSize: UInt64 = 4 << 30, fileSize: UInt64 = 128 << 20,
        folderSize: UInt64 = 1 << 30, wallSeconds: Int64 = 600,
        partCountMax: Int = 512, sourceSizeMax: Int = 256 << 20, parallelCount: Int = CompileLimits.processorCount
    ) {
        self.cpuSeconds = cpuSeconds
        self.addressSpaceSize = addressSpaceSize
        self.fileSize = fileSize
        self.folderSize = folderSize
        self.wallSeconds = wallSeconds
        self.partCountMax = partCountMax
        self.sourceSizeMax = sourceSizeMax
        self.parallelCount = max(1, parallelCount)
    }

    package static var processorCount: Int { FileSystem.processorCount }
}

/// The C text of a Module, and what the native frames of its functions may take.
package struct CompileSource: Sendable {
    /// Compiled apart and linked into one object.
    package var parts: [[UInt8]]
    /// Bytes that the frame of a C function may have, by its name in the text.
    package var frameSizeMax: @Sendable (String) -> Int
    /// Where a stock wasm2c writes one part more.
    package var stock: StockSource?

    package init(parts: [[UInt8]], stock: StockSource? = nil, frameSizeMax: @escaping @Sendable (String) -> Int) {
        self.parts = parts
        self.stock = stock
        self.frameSizeMax = frameSizeMax
    }
}

/// Runs a compiler and its linker.
struct CompilerRun {
    /// Files in the private folder: parts, objects, and what a tool makes for itself.
    static let folderFileCountMax = 8192

    let compiler: Compiler
    var level = CompileFlags.Level.o1
    let confinement: Confinement
    let limits: CompileLimits
    /// PATH for the tools, which look for their own helpers there.
    let searchPath: [String]
    /// Where the private folder is made.
    let temporaryParent: String

    /// - Returns: the bytes of the linked object, unverified.
    func object(of source: CompileSource) throws(ToolchainError) -> [UInt8] {
        let parts = source.parts
        guard parts.count <= limits.partCountMax else { throw .partCount(parts.count, limit: limits.partCountMax) }
        let size = parts.reduce(0) { $0 + $1.count }
        guard size <= limits.sourceSizeMax else { throw .sourceSize(size, limit: limits.sourceSizeMax) }
        let folder: Folder
        do { folder = try Folder(temporaryBelow: temporaryParent, prefix: "xvm-build-") } catch { throw .system(error) }
        let result: Result<[UInt8], ToolchainError>
        do { result = .success(try object(of: source, in: folder)) } catch { result = .failure(error) }
        folder.removeTree()
        return try result.get()
    }

    private func object(of source: CompileSource, in folder: borrowing Folder) throws(ToolchainError) -> [UInt8] {
        // The names are the same for every compilation, because a compiler writes them into its objects.
        let parts = source.parts
        for (index, part) in parts.enumerated() {
            do { try folder.write("p\(index).c", part) } catch { throw .system(error) }
        }
        if let stock = source.stock { try translate(stock, folder) }
        var pending = Array(parts.indices)
        var larger: StackUsage.Frame?
        for smaller in [[]] + CompileFlags.smallerFrames(kind: compiler.kind) where !pending.isEmpty {
            try compile(pending, source, smaller, folder)
            var still: [Int] = []
            for index in pending {
                guard let frame = try largerFrame(ofPart: index, source, folder) else { continue }
                larger = frame
                still.append(index)
            }
            pending = still
        }
        if !pending.isEmpty, let larger { throw .frameSize(function: larger.function, size: larger.size, limit: larger.limit) }
        var objects = parts.indices.map { "p\($0).o" }
        if let stock = source.stock {
            let name = stock.moduleName
            try run(
                [request(compiler.path, flags(source) + ["-c", name + ".c", "-o", name + ".o"], folder.path)],
                steps: ["compiling what wasm2c wrote"])
            objects.append(name + ".o")
        }
        try run(
            [request(compiler.linkerPath, CompileFlags.link + ["-o", "module.so"] + objects, folder.path)], steps: ["linking"])
        do {
            guard let object = try folder.read("module.so", sizeMax: Int(limits.fileSize)) else {
                throw ToolchainError.compilerLeftNothing(step: "linking")
            }
            return object
        } catch let error as ToolchainError { throw error } catch let error as SystemError { throw .system(error) } catch {
            preconditionFailure("only the two error types above are thrown: \(error)")
        }
    }

    /// The headers that wasm2c's text includes lie beside it.
    private func flags(_ source: CompileSource) -> [String] {
        CompileFlags.compile(kind: compiler.kind, major: compiler.major, level: level) + (source.stock == nil ? [] : ["-I."])
    }

    /// Lets the stock wasm2c write its text. What it writes is as hostile as the Module; nothing but the C compiler reads it.
    private func translate(_ stock: StockSource, _ folder: borrowing Folder) throws(ToolchainError) {
        do {
            for header in stock.headers { try folder.write(header.name, header.text) }
            try folder.write(stock.moduleName + ".wasm", stock.wasm)
        } catch { throw .system(error) }
        let version = try run([request(stock.path, ["--version"], folder.path)], steps: ["asking wasm2c"], programs: [stock.path])
        let found = Self.lines(version[0].output).first ?? ""
        guard found == stock.version || found.hasPrefix(stock.version + " ") else {
            throw .compilerUnusable(
                path: stock.path, reason: "its version is \(Self.printable(Array(found.utf8))), wasm2c \(stock.version) is needed"
            )
        }
        let name = stock.moduleName
        try run(
            [request(stock.path, [name + ".wasm", "-o", name + ".c", "--module-name=" + name], folder.path)],
            steps: ["translating with wasm2c"], programs: [stock.path])
    }

    private func compile(
        _ indices: [Int], _ source: CompileSource, _ more: [String], _ folder: borrowing Folder
    ) throws(ToolchainError) {
        let (flags, count) = (flags(source) + more, source.parts.count)
        var requests: [ChildRequest] = []
        for index in indices {
            requests.append(request(compiler.path, flags + ["-c", "p\(index).c", "-o", "p\(index).o"], folder.path))
        }
        // The largest first would end sooner; the translator makes parts of one size.
        try run(requests, steps: indices.map { "compiling part \($0 + 1) of \(count)" })
    }

    /// The first function of a compiled part whose frame is larger than it may be, if there is one.
    private func largerFrame(
        ofPart index: Int, _ source: CompileSource, _ folder: borrowing Folder
    ) throws(ToolchainError) -> StackUsage.Frame? {
        let report: [UInt8]?
        do { report = try folder.read("p\(index).su", sizeMax: Int(clamping: limits.fileSize)) } catch { throw .system(error) }
        let step = "compiling part \(index + 1) of \(source.parts.count)"
        guard let report else { throw .compilerLeftNothing(step: step) }
        guard let usage = StackUsage(report) else { throw .stackReport(step: step) }
        return usage.firstLarger(than: source.frameSizeMax)
    }

    private func request(_ program: String, _ arguments: [String], _ folder: String) -> ChildRequest {
        ChildRequest(
            program: program, arguments: arguments,
            environment: Self.environment(searchPath: searchPath, temporary: folder), directory: folder,
            limits: .init(
                cpuSeconds: limits.cpuSeconds, addressSpaceSize: limits.addressSpaceSize, fileSize: limits.fileSize,
                descriptorCount: 256, folderSize: limits.folderSize, folderFileCount: Self.folderFileCountMax,
                wallNanoseconds: limits.wallSeconds * 1_000_000_000),
            captureSizeMax: 16 << 10)
    }

    /// - programs: what is run beside the compiler and its helpers.
    @discardableResult
    private func run(
        _ requests: [ChildRequest], steps: [String], programs others: [String] = []
    ) throws(ToolchainError) -> [ChildResult] {
        let results: [ChildResult]
        switch confinement {
        case .sandbox(let sandbox):
            // A driver looks for the assembler and the linker on PATH, by links that may lie anywhere.
            let helpers = searchPath.flatMap { folder in ["as", "ld", "ld.lld"].map { folder + "/" + $0 } }
            let programs =
                [compiler.path, compiler.linkerPath] + compiler.tools.map(\.path) + helpers.filter(FileSystem.isExecutable)
                + others
            results = try sandbox.run(requests, view: ToolView(programs: programs), atOnce: limits.parallelCount)
        case .none:
            do { results = try ChildProcess.run(requests, atOnce: limits.parallelCount) } catch { throw .system(error) }
        }
        // The first failure is the cause; the others were cancelled because of it.
        for (result, step) in zip(results, steps) where !result.isSuccess && result.ending != .cancelled {
            throw failure(result, step)
        }
        return results
    }

    /// Which limit it was, if it was one. A driver (gcc's always) reports only status 1 when the compiler that it started runs
    /// into a limit: so CPU time is taken from the kernel's account or from what the tool says, and the rest from what the tool says.
    private func failure(_ result: ChildResult, _ step: String) -> ToolchainError {
        let output = Self.printable(result.errorOutput)
        let text = String(decoding: result.errorOutput, as: UTF8.self).lowercased()
        if result.ending == .folderLimit { return .folderSizeLimit(step: step, size: limits.folderSize) }
        if result.ending == .deadline { return .wallLimit(step: step, seconds: limits.wallSeconds) }
        // The signal comes when the whole second is full; the account may lack a tick.
        let isCPUFull = result.cpuNanoseconds >= Int64(clamping: limits.cpuSeconds) * 1_000_000_000 - 100_000_000
        // Its words as well: the limit counts ticks, the account time, and they drift apart where a hypervisor takes time away.
        if result.ending == .signalled(SIGXCPU) || isCPUFull || text.contains("cpu time limit exceeded") {
            return .cpuLimit(step: step, seconds: limits.cpuSeconds)
        }
        if result.ending == .signalled(SIGXFSZ) || text.contains("file size limit exceeded")
            || text.contains("file too large")
        {
            return .fileSizeLimit(step: step, size: limits.fileSize)
        }
        if result.ending == .signalled(SIGSYS) || text.contains("bad system call") {
            return .compilerViolation(step: step, output: output)
        }
        if text.contains("resource temporarily unavailable") || text.contains("cannot fork") {
            return .processLimit(step: step, output: output)
        }
        let memoryTexts = ["out of memory", "memory exhausted", "cannot allocate memory", "bad_alloc", "failed to map segment"]
        if memoryTexts.contains(where: text.contains) {
            return .memoryLimit(step: step, size: limits.addressSpaceSize, output: output)
        }
        switch result.ending {
        case .signalled(let number): return .compilerSignalled(step: step, signal: number, output: output)
        case .exited(let status): return .compilerFailed(step: step, status: status, output: output)
        case .unknown, .cancelled, .deadline, .folderLimit: return .compilerFailed(step: step, status: -1, output: output)
        }
    }

    // MARK: What tools get and say

    /// Nothing of the host's environment reaches a tool but where programs are.
    static func environment(searchPath: [String], temporary: String?) -> [String] {
        ["LC_ALL=C", "PATH=" + searchPath.joined(separator: ":")] + (temporary.map { ["TMPDIR=" + $0] } ?? [])
    }

    static func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// At most five lines of 200 characters, joined by " | ", without control characters: for one line in a log.
    static func printable(_ bytes: [UInt8]) -> String {
        lines(bytes).prefix(5).map { line in
            String(String.UnicodeScalarView(line.unicodeScalars.prefix(200).map { $0.value < 32 || $0.value == 127 ? "?" : $0 }))
        }.joined(separator: " | ")
    }
}
