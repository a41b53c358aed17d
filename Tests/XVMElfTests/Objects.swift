// SPDX-License-Identifier: Apache-2.0
// Objects for the tests: made by the compilers and linkers of this machine, then doctored byte by byte.

import Foundation

/// A C compiler and a linker that are there.
struct Tools: Sendable, CustomStringConvertible {
    var compiler: String
    var linker: String
    var description: String { "\(compiler) + \(linker)" }

    /// Every pair of a known compiler and a known linker on PATH.
    static let all: [Tools] = ["clang", "gcc"].filter(onPath).flatMap { compiler in
        ["ld.lld", "ld.bfd"].filter(onPath).map { Tools(compiler: compiler, linker: $0) }
    }
    static var first: Tools? { all.first }

    private static func onPath(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: $0 + "/" + name)
        }
    }

    struct Failure: Error { var command: [String], output: String }

    /// Compiles and links `source`; the folder is gone afterwards.
    func object(
        _ source: String = Tools.source, compile: [String] = [],
        link: [String] = ["-z", "relro", "-z", "now", "-z", "noexecstack"], libraries: [String] = []
    ) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "xvm-elf-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try source.write(to: folder.appending(path: "m.c"), atomically: true, encoding: .utf8)
        try run(
            [compiler, "-std=gnu11", "-O1", "-w", "-fPIC", "-fvisibility=hidden", "-fno-asynchronous-unwind-tables"] + compile
                + ["-fcf-protection=none", "-c", "m.c", "-o", "m.o"], folder)
        try run([linker, "-shared"] + link + ["-o", "m.so", "m.o"] + libraries, folder)
        return [UInt8](try Data(contentsOf: folder.appending(path: "m.so")))
    }

    private func run(_ command: [String], _ folder: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(command: command, output: String(decoding: output, as: UTF8.self))
        }
    }

    /// A small object of the translator's shape: an exported descriptor with pointers, calls to libc, private data.
    static let source = """
        typedef unsigned int u32; typedef unsigned long u64; typedef unsigned char u8;
        void *memcpy(void *, const void *, u64); void *memset(void *, int, u64);
        static volatile u64 counter;
        static u64 f0(u8 *a, const u8 *b, u64 n) { counter += n; memcpy(a, b, n); return n * 3; }
        static void *f1(u8 *a, u64 n) { memset(a, 0, n); return memcpy; }
        static const u8 kinds[4] = {0x7f, 0x7e, 0x7d, 0x7c};
        struct descriptor { u32 magic, version, header, flags; u8 module[32], schedule[32]; u32 counts[10]; const void *pointers[6]; };
        __attribute__((visibility("default"))) const struct descriptor xvm_module = {
            0x414d5658, 1, 65536, 1, {1, 2, 3}, {4, 5, 6}, {7}, {kinds, f0, f1, 0, 0, f0}};
        """
}

/// The bytes of an object, with the places that a test wants to spoil.
struct Doctored {
    var bytes: [UInt8]

    func read(_ offset: Int, _ size: Int) -> UInt64 {
        (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }
    mutating func write(_ value: UInt64, _ offset: Int, _ size: Int) {
        for index in 0..<size { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    }

    /// Offset of the program header number `index`.
    func header(_ index: Int) -> Int { Int(read(32, 8)) + 56 * index }
    var headerCount: Int { Int(read(56, 2)) }
    /// The index of the first program header of a type that fits.
    func segment(_ type: UInt64, where fits: (Int) -> Bool = { _ in true }) -> Int {
        (0..<headerCount).first { read(header($0), 4) == type && fits(header($0)) }!
    }
    /// Index of the load segment with these flags (7 = RWX bits: execute 1, write 2, read 4).
    func load(flags: UInt64) -> Int { segment(1) { read($0 + 4, 4) == flags } }

    /// The file offset behind an address.
    func offset(_ address: UInt64) -> Int {
        let index = segment(1) { read($0 + 16, 8) <= address && address < read($0 + 16, 8) + read($0 + 32, 8) }
        return Int(read(header(index) + 8, 8) + address - read(header(index) + 16, 8))
    }
    var dynamicStart: Int { Int(read(header(segment(2)) + 8, 8)) }
    /// Offset of the dynamic entry with this tag.
    func dynamic(_ tag: UInt64) -> Int {
        var at = dynamicStart
        while read(at, 8) != tag { at += 16 }
        return at
    }
    func table(_ tag: UInt64) -> Int { offset(read(dynamic(tag) + 8, 8)) }
    /// Offset of the dynamic symbol number `index`.
    func symbol(_ index: Int) -> Int { table(6) + 24 * index }
    func symbolNamed(_ name: String) -> Int {
        let strings = table(5)
        return (1..<64).lazy.map(symbol).first { at in
            Array(bytes[(strings + Int(read(at, 4)))...].prefix(name.utf8.count + 1)) == Array(name.utf8) + [0]
        }!
    }
    /// Offset of entry `index` of DT_RELA (or DT_JMPREL with tag 23).
    func relocation(_ index: Int, tag: UInt64 = 7) -> Int { table(tag) + 24 * index }
}
