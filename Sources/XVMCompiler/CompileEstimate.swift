// SPDX-License-Identifier: Apache-2.0
// What a C compiler will need for an emitted text. Measured with clang 21 at our flags on contracts and SQLite; nothing is decided by
// it: whether a module is taken depends on the limits alone.

package struct CompileEstimate: Equatable, Sendable {
    package var partCount: Int
    /// Bytes of C.
    package var size: Int
    /// CPU time of all compiler processes together.
    package var cpuMilliseconds: Int
    /// CPU time of the longest of them: no machine is done sooner.
    package var longestMilliseconds: Int
    /// Resident memory of the largest of them, bytes.
    package var processMemory: Int

    static let startMilliseconds = 60
    static let millisecondsPerMegabyte = 4700
    static let processMemoryBase = 52 << 20
    static let memoryPerByte = 88

    package init(partSizes: [Int]) {
        func milliseconds(_ size: Int) -> Int { Self.startMilliseconds + size * Self.millisecondsPerMegabyte / 1_000_000 }
        partCount = partSizes.count
        size = partSizes.reduce(0, +)
        cpuMilliseconds = partSizes.reduce(0) { $0 + milliseconds($1) }
        longestMilliseconds = milliseconds(partSizes.max() ?? 0)
        processMemory = Self.processMemoryBase + (partSizes.max() ?? 0) * Self.memoryPerByte
    }

    /// Wall time with so many processors.
    package func wallMilliseconds(processors: Int) -> Int { max(longestMilliseconds, cpuMilliseconds / max(1, processors)) }
}
