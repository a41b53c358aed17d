// SPDX-License-Identifier: Apache-2.0
// Finds a C compiler and a linker: configured, XVM_CC, beside swift, the newest clang on PATH, gcc.

import XVMSystem

/// Looks for a compiler. A compiler that somebody asked for is used or refused, never replaced by another.
struct CompilerFinder {
    /// Oldest versions that know `-march=x86-64-v2` and `-fstack-usage`.
    static let clangMajorMin = 13
    static let gccMajorMin = 11
    /// Names clang-N are tried from here downwards.
    private static let clangMajorMax = 40
    private static let probeWallNanoseconds: Int64 = 20_000_000_000

    private let configured: String?
    private let environment: [String: String]
    private let folders: [String]
    private let notes: ToolNotes

    init(configured: String?, environment: [String: String], cache: CodeCache?) {
        self.configured = configured
        self.environment = environment
        // An empty entry means the working directory to a shell; not to us.
        folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        notes = ToolNotes(cache: cache)
    }

    /// A compiler that was looked at and what `--version` said.
    private struct Probe {
        var path: String
        var kind: Compiler.Kind
        var major: Int
        var versionLine: String
        /// clang's InstalledDir.
        var installedFolder: String?
    }

    func find() throws(ToolchainError) -> Compiler {
        if let configured { return try asked(configured, source: "configured") }
        if let named = environment["XVM_CC"], !named.isEmpty { return try asked(named, source: "XVM_CC") }
        var looked: [String] = []
        for path in besideSwift() {
            if let probe = usable(path, &looked) { return try complete(probe, source: "beside swift") }
        }
        if let probe = newestClang(&looked) { return try complete(probe, source: "PATH") }
        for folder in folders {
            let path = folder + "/gcc"
            guard FileSystem.isExecutable(path) else {
                looked.append(path)
                continue
            }
            if let probe = usable(path, &looked) { return try complete(probe, source: "PATH") }
        }
        throw .noCompiler(looked: looked)
    }

    private func asked(_ name: String, source: String) throws(ToolchainError) -> Compiler {
        let path = name.utf8.contains(0x2f) ? name : folders.map { $0 + "/" + name }.first(where: FileSystem.isExecutable)
        guard let path, FileSystem.isExecutable(path) else {
            throw .compilerUnusable(path: name, reason: "there is no such program (\(source))")
        }
        return try complete(try probe(path), source: source)
    }

    /// The clang that comes with the Swift on PATH: same folder as the real swift, or as its link.
    private func besideSwift() -> [String] {
        var found: [String] = []
        for folder in folders where FileSystem.isExecutable(folder + "/swift") {
            if let real = try? FileSystem.resolve(folder + "/swift") { found.append(Self.folder(of: real) + "/clang") }
            found.append(folder + "/clang")
        }
        var unique: [String] = []
        for path in found where !unique.contains(path) { unique.append(path) }
        return unique
    }

    /// Of the highest `clang-N` and the plain `clang` the newer; the plain one where they are equal.
    private func newestClang(_ looked: inout [String]) -> Probe? {
        var best: Probe?
        for folder in folders where FileSystem.isExecutable(folder + "/clang") {
            best = usable(folder + "/clang", &looked)
            if best != nil { break }
        }
        if best == nil { looked += folders.map { $0 + "/clang" }.filter { !FileSystem.isExecutable($0) } }
        for major in stride(from: Self.clangMajorMax, through: Self.clangMajorMin, by: -1) {
            if let best, best.major >= major { break }
            for folder in folders where FileSystem.isExecutable(folder + "/clang-\(major)") {
                if let probe = usable(folder + "/clang-\(major)", &looked) { return probe }
            }
        }
        return best
    }

    /// The probe, or nil with a line in `looked`.
    private func usable(_ path: String, _ looked: inout [String]) -> Probe? {
        guard FileSystem.isExecutable(path) else {
            looked.append(path)
            return nil
        }
        do { return try probe(path) } catch {
            if case .compilerUnusable(_, let reason) = error {
                looked.append("\(path) (\(reason))")
            } else {
                looked.append("\(path) (\(error))")
            }
            return nil
        }
    }

    // MARK: Asking a compiler

    private func probe(_ path: String) throws(ToolchainError) -> Probe {
        let lines = try ask(path, ["--version"])
        guard let first = lines.first else { throw .compilerUnusable(path: path, reason: "`--version` says nothing") }
        if let range = first.firstRange(of: "clang version "), let major = Self.leadingNumber(first[range.upperBound...]) {
            guard major >= Self.clangMajorMin else {
                throw .compilerUnusable(path: path, reason: "clang \(major) is older than \(Self.clangMajorMin)")
            }
            let folder = lines.first { $0.hasPrefix("InstalledDir: ") }.map { String($0.dropFirst("InstalledDir: ".count)) }
            return Probe(path: path, kind: .clang, major: major, versionLine: first, installedFolder: folder)
        }
        guard lines.contains(where: { $0.contains("Free Software Foundation") }) else {
            throw .compilerUnusable(path: path, reason: "neither clang nor gcc: \(first)")
        }
        let version = try ask(path, ["-dumpfullversion", "-dumpversion"]).first ?? ""
        guard let major = Self.leadingNumber(version[...]), major >= Self.gccMajorMin else {
            throw .compilerUnusable(path: path, reason: "gcc \(version) is older than \(Self.gccMajorMin)")
        }
        let machine = try ask(path, ["-dumpmachine"]).first ?? ""
        guard machine.hasPrefix("x86_64") else { throw .compilerUnusable(path: path, reason: "it compiles for \(machine)") }
        return Probe(path: path, kind: .gcc, major: major, versionLine: first)
    }

    private func complete(_ probe: Probe, source: String) throws(ToolchainError) -> Compiler {
        var tools: [Compiler.Tool] = []
        func add(_ role: String, _ path: String) throws(ToolchainError) {
            let real: String
            do { real = try FileSystem.resolve(path) } catch { throw .system(error) }
            if tools.contains(where: { $0.path == real }) { return }
            tools.append(Compiler.Tool(role: role, path: real, hash: try notes.hash(real)))
        }
        try add("driver", probe.path)
        switch probe.kind {
        case .clang:
            // What was found may be a wrapper (ccache, a version switcher); the installed one is what compiles.
            if let folder = probe.installedFolder, FileSystem.isExecutable(folder + "/clang") {
                try add("compiler", folder + "/clang")
            }
        case .gcc:
            // The driver only starts these two.
            for (role, name) in [("compiler", "cc1"), ("assembler", "as")] {
                let answer = try ask(probe.path, ["-print-prog-name=" + name]).first ?? ""
                let path = answer.hasPrefix("/") ? answer : folders.map { $0 + "/" + name }.first(where: FileSystem.isExecutable)
                guard let path, FileSystem.isExecutable(path) else {
                    throw .compilerUnusable(path: probe.path, reason: "its \(role) \(name) is missing")
                }
                try add(role, path)
            }
        }
        let (linker, linkerVersion) = try findLinker(probe)
        try add("linker", linker)
        return Compiler(
            path: probe.path, kind: probe.kind, major: probe.major, versionLine: probe.versionLine, source: source,
            linkerPath: linker, linkerVersionLine: linkerVersion, tools: tools)
    }

    /// The ld.lld of the same clang, else ld.lld, else GNU ld on PATH. Gold does not know the flags that we need.
    private func findLinker(_ probe: Probe) throws(ToolchainError) -> (path: String, versionLine: String) {
        var candidates: [String] = []
        if probe.kind == .clang {
            if let folder = probe.installedFolder { candidates.append(folder + "/ld.lld") }
            if let real = try? FileSystem.resolve(probe.path) { candidates.append(Self.folder(of: real) + "/ld.lld") }
        }
        for name in ["ld.lld", "ld.bfd", "ld"] { candidates += folders.map { $0 + "/" + name } }
        var looked: [String] = []
        for path in candidates where !looked.contains(path) {
            if FileSystem.isExecutable(path), let line = try? ask(path, ["--version"]).first,
                line.contains("LLD") || line.contains("GNU ld")
            {
                return (path, line)
            }
            looked.append(path)
        }
        throw .noLinker(looked: looked)
    }

    /// The lines that `path` writes to standard output when it is run with `arguments`.
    private func ask(_ path: String, _ arguments: [String]) throws(ToolchainError) -> [String] {
        CompilerRun.lines(try notes.answer(path, arguments) { () throws(ToolchainError) in try run(path, arguments) })
    }

    private func run(_ path: String, _ arguments: [String]) throws(ToolchainError) -> [UInt8] {
        let request = ChildRequest(
            program: path, arguments: arguments, environment: CompilerRun.environment(searchPath: folders, temporary: nil),
            limits: .init(cpuSeconds: 20, wallNanoseconds: Self.probeWallNanoseconds), captureSizeMax: 16 << 10)
        let result: ChildResult
        do { result = try ChildProcess.run(request) } catch {
            throw .compilerUnusable(path: path, reason: error.description)
        }
        guard result.isSuccess else {
            throw .compilerUnusable(
                path: path, reason: "`\(arguments[0])` ended with \(result.ending): \(CompilerRun.printable(result.errorOutput))")
        }
        return result.output
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func leadingNumber(_ text: Substring) -> Int? { Int(text.prefix { $0.isASCII && $0.isNumber }) }
}
