// SPDX-License-Identifier: Apache-2.0
// Reads every executable byte of an object as instructions. No wall: code can jump into the middle of an instruction by a register.
// It keeps out what the wall cannot see (rdrand, rdpid, cpuid, sgdt) from code that is only careless, and finds compilers that emit it.

/// Checks the executable segments: each is one row of known, allowed instructions from its first byte to its last, and no direct
/// branch and no pointer that the loader fills in leads into the middle of one.
struct InstructionScan {
    let image: ElfImage
    /// Addresses of the file that relocations put into memory.
    let pointers: [UInt64]

    /// Bytes up to the next section, if nothing but a linker's zeros is in between: read as instructions they would swallow its first
    /// byte. A single zero may begin an instruction, so there the next section must look like a linkage table.
    private static func fill(_ bytes: ArraySlice<UInt8>, at: Int, address: UInt64) -> Int {
        let size = min(16 - Int(address % 16), bytes.endIndex - at)
        guard size < 16 || bytes.endIndex - at > 16, bytes[at..<(at + size)].allSatisfy({ $0 == 0 }) else { return 0 }
        return size > 1 || bytes[(at + 1)...].starts(with: [0xff, 0x35]) ? size : 0
    }

    func check() throws(ElfError) {
        let segments = image.loads.filter(\.isExecutable)
        var starts: [[Bool]] = []
        var branches: [(from: UInt64, to: UInt64)] = []
        for segment in segments {
            // Bytes behind the file's would be zeros; no executable segment has them, because none is writable.
            let range = Int(segment.offset)..<Int(segment.offset + segment.fileSize)
            let bytes = image.file.bytes[range]
            var isStart = [Bool](repeating: false, count: bytes.count)
            var at = range.lowerBound
            while at < range.upperBound {
                let address = segment.address + UInt64(at - range.lowerBound)
                let fill = Self.fill(bytes, at: at, address: address)
                if fill > 0 {
                    at += fill
                    continue
                }
                let instruction = InstructionDecoder.decode(bytes, at: at)
                if let refusal = instruction.refusal {
                    // Some linkers fill the end of the segment with zeros.
                    if bytes[at...].allSatisfy({ $0 == 0 }) { break }
                    throw .instruction(refusal, address: address, bytes: Array(bytes[at...].prefix(8)))
                }
                isStart[at - range.lowerBound] = true
                at += instruction.size
                if let distance = instruction.branch {
                    // Fits: the file is smaller than 2^31 and the distance a 32-bit one.
                    let to = Int64(address) + Int64(instruction.size + distance)
                    branches.append((address, UInt64(bitPattern: to)))
                }
            }
            starts.append(isStart)
        }
        func isStart(_ address: UInt64) -> Bool? {
            for (segment, isStart) in zip(segments, starts) where segment.holds(address, 1, ofFile: true) {
                return isStart[Int(address - segment.address)]
            }
            return nil
        }
        for (from, to) in branches where isStart(to) != true { throw .branchTarget(from: from, to: to) }
        for pointer in pointers where isStart(pointer) == false { throw .pointerIntoInstruction(address: pointer) }
    }
}
