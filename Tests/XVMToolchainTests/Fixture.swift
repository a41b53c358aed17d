// SPDX-License-Identifier: Apache-2.0
// A private folder with a cache, a folder for temporary files and room for fake compilers; and a small Module in C.

import Foundation
import Synchronization
import TestSupport
import XVMCore
import XVMElf
import XVMWorkerImage
@testable import XVMToolchain

/// Removed with everything in it at the end of a test.
final class Fixture: Sendable {
    let root: String
    var cache: String { root + "/cache" }
    var temporary: String { root + "/tmp" }
    private let warned = Mutex<[ToolchainWarning]>([])
    var warnings: [ToolchainWarning] { warned.withLock { $0 } }

    init() throws {
        root = FileManager.default.temporaryDirectory.path + "/xvm-toolchain-" + UUID().uuidString
        for folder in [root, root + "/tmp", root + "/bin"] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        }
    }
    deinit { remove() }
    func remove() { try? FileManager.default.removeItem(atPath: root) }

    static let hostPath = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

    private static let sandboxes = Mutex<[String: ToolSandbox]>([:])

    /// The policy is compiled and proven once for all tests of one kind.
    static func sandbox(_ floor: ToolFloor, processLimit: UInt32 = 64) throws -> ToolSandbox {
        let image = try WorkerImage.find()
        return sandboxes.withLock { all in
            let name = "\(floor) \(processLimit)"
            let sandbox =
                all[name]
                ?? ToolSandbox(
                    .init(
                        workerPath: image.workerPath, policyPath: image.policyFolder + "/compile.json", floor: floor,
                        processLimit: processLimit))
            all[name] = sandbox
            return sandbox
        }
    }

    static func onPath(_ name: String) -> String? {
        hostPath.split(separator: ":").map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
    /// The real compilers of this machine.
    static let compilers = ["clang", "gcc"].filter { onPath($0) != nil && (onPath("ld.lld") ?? onPath("ld")) != nil }

    func toolchain(
        _ compiler: String? = nil, limits: CompileLimits = CompileLimits(), environment: [String: String] = [:],
        cache: String? = nil, floor: ToolFloor? = .minimal
    ) throws -> Toolchain {
        let base = ["PATH": Self.hostPath, "TMPDIR": temporary]
        return try Toolchain(
            .init(
                cachePath: cache ?? self.cache, compilerPath: compiler, limits: limits,
                confinement: floor.map { .sandbox(try Self.sandbox($0)) } ?? .none, environment: base.merging(environment) { $1 },
                onWarning: { [self] warning in warned.withLock { $0.append(warning) } }))
    }

    /// What is left of compilations.
    func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: temporary)
            + FileManager.default.contentsOfDirectory(atPath: cache).filter { $0.hasPrefix("tmp-") }
    }
    /// The one object in the cache.
    func entry() throws -> String {
        let all = try FileManager.default.contentsOfDirectory(atPath: cache).filter { $0.hasPrefix("code-") }
        guard all.count == 1 else { throw CocoaError(.fileReadUnknown) }
        return cache + "/" + all[0]
    }

    /// A program in the fixture's bin folder.
    @discardableResult
    func script(_ name: String, _ body: String) throws -> String {
        let path = root + "/bin/" + name
        try writeProgram(path, "#!/bin/sh\n" + body + "\n")
        return path
    }

    /// A program that says it is a clang, and does `body` when it is to compile.
    func fakeCompiler(_ name: String = "fake-cc", version: String = "21.0.0", _ body: String) throws -> String {
        try script(name, "if test \"$1\" = --version; then echo 'fake clang version \(version)'; exit 0; fi\n" + body)
    }

    static let moduleHash = (0..<32).map { UInt8($0) }
    static let scheduleHash = (0..<32).map { UInt8(255 - $0) }

    /// Two parts of C in the shape of the translator's: a descriptor, functions that call across parts, hidden symbols.
    static func parts(
        moduleHash: [UInt8] = moduleHash, scheduleHash: [UInt8] = scheduleHash, magic: UInt32 = 0x414d_5658, abiVersion: Int = 1,
        more: String = ""
    ) -> [[UInt8]] {
        func list(_ bytes: [UInt8]) -> String { bytes.map { "\($0)" }.joined(separator: ",") }
        let first = """
            typedef unsigned int u32; typedef unsigned long u64; typedef unsigned char u8;
            u64 f1(u8 *, u64);
            void *memcpy(void *, const void *, u64);
            static u64 f0(u8 *a, const u8 *b, u64 n) { memcpy(a, b, n); return f1(a, n) * 3; }
            struct descriptor { u32 magic, version, header, flags; u8 module[32], schedule[32]; u32 counts[10]; const void *pointers[6]; };
            __attribute__((visibility("default"))) const struct descriptor xvm_module = {
                \(magic)u, \(abiVersion), 65536, 1, {\(list(moduleHash))}, {\(list(scheduleHash))}, {0}, {f0, f1}};
            \(more)
            """
        let second = """
            typedef unsigned long u64; typedef unsigned char u8;
            u64 f1(u8 *a, u64 n) { u64 s = 0; for (u64 i = 0; i < n; i++) s += a[i]; return s; }
            """
        return [Array(first.utf8), Array(second.utf8)]
    }
}

extension Toolchain {
    func code(
        _ parts: () throws -> [[UInt8]] = { Fixture.parts() }, translatorVersion: String = "test 1",
        frameSizeMax: @escaping @Sendable (String) -> Int = { _ in 1 << 20 }
    ) throws -> Code {
        try code(
            moduleHash: Fixture.moduleHash, scheduleHash: Fixture.scheduleHash, translatorVersion: translatorVersion,
            abiVersion: 1
        ) {
            CompileSource(parts: try parts(), frameSizeMax: frameSizeMax)
        }
    }
}

/// Values from several threads.
final class Collected<Value: Sendable>: Sendable {
    private let all = Mutex<[Value]>([])
    var values: [Value] { all.withLock { $0 } }
    func append(_ value: Value) { all.withLock { $0.append(value) } }
}
