// SPDX-License-Identifier: Apache-2.0
// C text to verified, cached Code: the one face of this module.

import Synchronization
import XVMCore
package import XVMElf
package import XVMSystem

/// Something that went wrong and was mended; for the operator.
package enum ToolchainWarning: Equatable, Sendable, CustomStringConvertible {
    /// A cache entry was not what had been stored; it is compiled again.
    case cacheEntryDamaged(path: String, reason: String)
    /// The object is good but could not be kept.
    case cacheNotWritten(path: String, reason: SystemError)

    package var description: String {
        switch self {
        case .cacheEntryDamaged(let path, let reason): "cache entry \(path) is damaged and compiled again: \(reason)"
        case .cacheNotWritten(let path, let reason): "cache entry \(path) could not be written: \(reason)"
        }
    }
}

/// Whether tools run behind a wall.
package enum Confinement: Sendable {
    case sandbox(ToolSandbox)
    /// Limits only. For tests of what is not about the wall; the product never uses it.
    case none
}

/// Finds the compiler, compiles, verifies, keeps. All calls block: never on Swift's cooperative pool. Any thread.
package final class Toolchain: Sendable {
    package struct Configuration: Sendable {
        /// `--cache`; nil: by the environment.
        package var cachePath: String?
        /// `--cc`; nil: by the environment.
        package var compilerPath: String?
        package var limits: CompileLimits
        /// Of optimisation; results and gas do not depend on it.
        package var level = CompileFlags.Level.o1
        package var confinement: Confinement
        /// XVM_CC, PATH, XVM_CACHE, XDG_CACHE_HOME, HOME and TMPDIR are looked at.
        package var environment: [String: String]
        /// Called on the thread that asked for Code.
        package var onWarning: @Sendable (ToolchainWarning) -> Void

        package init(
            cachePath: String? = nil, compilerPath: String? = nil, limits: CompileLimits = CompileLimits(),
            level: CompileFlags.Level = .o1, confinement: Confinement, environment: [String: String],
            onWarning: @escaping @Sendable (ToolchainWarning) -> Void = { _ in }
        ) {
            self.cachePath = cachePath
            self.compilerPath = compilerPath
            self.limits = limits
            self.level = level
            self.confinement = confinement
            self.environment = environment
            self.onWarning = onWarning
        }
    }

    /// Where objects are kept.
    package var cachePath: String { cache.path }
    /// Bytes of the cache folder, looked up now, and entries of it that were damaged and taken away since the begin.
    package var cacheUse: (size: UInt64, discardedCount: UInt64) { (cache.size, cache.discardedCount) }

    private let configuration: Configuration
    private let cache: CodeCache
    private let found = Mutex<Compiler?>(nil)
    /// One lock per key that somebody works on, with the number of those who hold or want it.
    private let inWork = Mutex<[CodeKey: Work]>([:])

    private final class Work: Sendable {
        let turn = Mutex(())
        let users = Atomic<Int>(0)
    }

    /// Opens (or makes) the cache folder. No compiler is looked for before one is needed.
    package init(_ configuration: Configuration) throws(ToolchainError) {
        self.configuration = configuration
        let path = try CodeCache.path(configured: configuration.cachePath, environment: configuration.environment)
        cache = try CodeCache(path: path, objectSizeMax: Int(clamping: configuration.limits.fileSize))
    }

    /// The compiler in use; looked for once.
    package func describeCompiler() throws(ToolchainError) -> Compiler {
        if let compiler = found.withLock({ $0 }) { return compiler }
        let finder = CompilerFinder(
            configured: configuration.compilerPath, environment: configuration.environment, cache: cache)
        let compiler = try finder.find()
        found.withLock { $0 = compiler }
        return compiler
    }

    /// A stock wasm2c by its path or its name on PATH: the path to run, and the hash of what lies there.
    package func stockTranslator(_ name: String) throws(ToolchainError) -> (path: String, hash: [UInt8]) {
        let folders = (configuration.environment["PATH"] ?? "").split(separator: ":").map(String.init).filter {
            $0.hasPrefix("/")
        }
        let found = name.utf8.contains(0x2f) ? name : folders.map { $0 + "/" + name }.first(where: FileSystem.isExecutable)
        guard let found, FileSystem.isExecutable(found) else {
            throw .compilerUnusable(path: name, reason: "there is no such program; Debian's is in the package wabt")
        }
        let real: String
        do { real = try FileSystem.resolve(found) } catch { throw .system(error) }
        return (real, try ToolNotes(cache: cache).hash(real))
    }

    /// The Code of a Module: from the cache, or compiled now.
    /// - moduleHash, scheduleHash: SHA-256, 32 bytes each; the object's descriptor must state the same.
    /// - producer: which rules the object must keep.
    /// - source: gives the C text; called only when there is no good entry.
    /// - Throws: `ToolchainError`, or what `source` throws.
    package func code(
        moduleHash: [UInt8], scheduleHash: [UInt8], translatorVersion: String, abiVersion: UInt32,
        producer: ElfProducer = .translator, source: () throws -> CompileSource
    ) throws -> Code {
        precondition(moduleHash.count == SHA256.size && scheduleHash.count == SHA256.size, "hashes have 32 bytes")
        let compiler = try describeCompiler()
        let key = CodeKey(
            moduleHash: moduleHash, scheduleHash: scheduleHash, translatorVersion: translatorVersion, abiVersion: abiVersion,
            compilerIdentity: compiler.identity,
            flags: CompileFlags.compile(kind: compiler.kind, major: compiler.major, level: configuration.level)
                + CompileFlags.link)
        func check(_ code: Code) throws(ToolchainError) -> Code {
            try Self.expect("module hash", Hex.encode(code.moduleHash), Hex.encode(moduleHash))
            try Self.expect("schedule hash", Hex.encode(code.scheduleHash), Hex.encode(scheduleHash))
            try Self.expect("ABI version", "\(code.abiVersion)", "\(abiVersion)")
            return code
        }
        return try alone(on: key) {
            switch cache.load(key, producer) {
            case .hit(let elf):
                return try check(
                    Code(elf, key: key.bytes, compiler: compiler.summary, origin: .cache, compileNanoseconds: 0))
            case .damaged(let reason):
                configuration.onWarning(.cacheEntryDamaged(path: entryPath(key), reason: reason))
                cache.discard(key)
            case .miss: break
            }
            let clock = ContinuousClock()
            let start = clock.now
            let elf = try compile(try source(), compiler, producer)
            let code = try check(
                Code(
                    elf, key: key.bytes, compiler: compiler.summary, origin: .compiled,
                    compileNanoseconds: Self.nanoseconds(clock.now - start)))
            do { try cache.store(key, elf.bytes) } catch let error as SystemError {
                configuration.onWarning(.cacheNotWritten(path: entryPath(key), reason: error))
            }
            return code
        }
    }

    private var temporaryParent: String {
        configuration.environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    }

    /// Which layers of the compile stage's sandbox hold on this machine, tried on the compiler's `--version`. nil: not confined.
    package func sandboxReport() throws(ToolchainError) -> ToolReport? {
        guard case .sandbox(let sandbox) = configuration.confinement else { return nil }
        let compiler = try describeCompiler()
        let folder: Folder
        do { folder = try Folder(temporaryBelow: temporaryParent, prefix: "xvm-probe-") } catch { throw .system(error) }
        let request = ChildRequest(
            program: compiler.path, arguments: ["--version"],
            environment: CompilerRun.environment(searchPath: [], temporary: nil),
            directory: folder.path, limits: .init(cpuSeconds: 20, wallNanoseconds: 20_000_000_000))
        let report: Result<ToolReport, ToolchainError>
        do { report = .success(try sandbox.report(request)) } catch { report = .failure(error) }
        folder.removeTree()
        return try report.get()
    }

    private func compile(_ source: CompileSource, _ compiler: Compiler, _ producer: ElfProducer) throws(ToolchainError)
        -> VerifiedElf
    {
        let environment = configuration.environment
        let run = CompilerRun(
            compiler: compiler, level: configuration.level, confinement: configuration.confinement, limits: configuration.limits,
            searchPath: (environment["PATH"] ?? "").split(separator: ":").map(String.init),
            temporaryParent: temporaryParent)
        let object = try run.object(of: source)
        do { return try ElfVerifier.verify(object, producer: producer) } catch { throw .objectRefused(error, path: nil) }
    }

    /// Runs `body` while nobody else in this process works on the same key. Other processes may: then the first entry stays.
    private func alone<Result>(on key: CodeKey, _ body: () throws -> Result) throws -> Result {
        let work = inWork.withLock { all in
            let work = all[key] ?? Work()
            all[key] = work
            work.users.add(1, ordering: .relaxed)
            return work
        }
        defer {
            inWork.withLock { all in
                if work.users.subtract(1, ordering: .relaxed).newValue == 0 { all[key] = nil }
            }
        }
        return try work.turn.withLock { _ in try body() }
    }

    private func entryPath(_ key: CodeKey) -> String { cache.path + "/" + CodeCache.entryName(key) }

    private static func expect(_ field: String, _ value: String, _ expected: String) throws(ToolchainError) {
        if value != expected { throw .descriptorMismatch(field: field, value: value, expected: expected) }
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    }
}
