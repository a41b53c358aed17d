// SPDX-License-Identifier: Apache-2.0
// A worker's memory and process facts as the host can read them.

import Foundation

/// All readable private memory of a process.
struct WorkerMemory {
    private var regions: [Data] = []
    var bytesRead: Int { regions.reduce(0) { $0 + $1.count } }

    init(pid: Int32) throws {
        let memory = try FileHandle(forReadingFrom: URL(filePath: "/proc/\(pid)/mem"))
        defer { try? memory.close() }
        for mapping in try Mapped.all(pid: pid) where mapping.permissions.hasPrefix("r") && mapping.size < 64 << 20 {
            try memory.seek(toOffset: mapping.start)
            if let bytes = try? memory.read(upToCount: Int(mapping.size)) { regions.append(bytes) }
        }
    }

    func count(of pattern: [UInt8]) -> Int {
        regions.count { $0.range(of: Data(pattern)) != nil }
    }
}

/// One line of /proc/<pid>/maps.
struct Mapped: Equatable {
    var start: UInt64
    var end: UInt64
    var permissions: String
    var name: String
    var size: UInt64 { end - start }

    static func all(pid: Int32) throws -> [Mapped] {
        try String(contentsOf: URL(filePath: "/proc/\(pid)/maps"), encoding: .utf8).split(separator: "\n").map { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            let ends = fields[0].split(separator: "-").map { UInt64($0, radix: 16)! }
            return Mapped(
                start: ends[0], end: ends[1], permissions: String(fields[1]),
                name: fields.count > 5 ? fields[5].trimmingCharacters(in: .whitespaces) : "")
        }
    }
}
