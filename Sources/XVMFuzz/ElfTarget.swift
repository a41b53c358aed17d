// SPDX-License-Identifier: Apache-2.0
// ELF verification: what is accepted keeps the rules as a second, naive reader sees them.

package import XVMElf

package struct ElfSubject: Sendable {
    package var verify: @Sendable ([UInt8]) throws(ElfError) -> VerifiedElf = { (bytes) throws(ElfError) in
        try ElfVerifier.verify(bytes, producer: .translator)
    }
    package init() {}
}

extension FuzzTarget {
    package static func elf(_ subject: ElfSubject = ElfSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "elf",
            purpose: "ELF verification: refused, or without loader, needed libraries, code that runs by itself, writable code",
            smokeCount: 4000, sizeMax: 20_000, seeds: [SampleObject.bytes], generate: doctored,
            words: [
                [1, 0, 0, 0, 0, 0, 0, 0], [0x19, 0, 0, 0], [0x1a, 0, 0, 0], [0x16, 0, 0, 0], [3, 0, 0, 0], [7, 0, 0, 0],
                [0x25, 0, 0, 0],
            ]
        ) {
            { bytes in
                let elf: VerifiedElf
                do { elf = try subject.verify(bytes) } catch { return }
                try require(elf.bytes == bytes, "other bytes than were given")
                try require(Set(elf.imports).isSubset(of: ElfRules.imports), "imports \(elf.imports)")
                try NaiveElf(bytes).check()
                try require((try? subject.verify(bytes)) == elf, "verified twice, it differs")
            }
        }
    }

    /// The sample with fields of headers and dynamic section changed: where the rules are.
    private static func doctored(_ random: inout FuzzRandom) -> [UInt8] {
        var bytes = SampleObject.bytes
        func put(_ number: UInt64, _ size: Int, at offset: Int) {
            guard offset >= 0, offset + size <= bytes.count else { return }
            for index in 0..<size { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index)) }
        }
        let image = NaiveElf(bytes)
        for _ in 0..<(1 + random.below(3)) {
            switch random.below(4) {
            case 0: bytes[random.below(64)] = random.byte()
            case 1:
                guard let header = image.headers.isEmpty ? nil : image.headers[random.below(image.headers.count)] else { break }
                let field = random.below(7)
                let number = random.chance(1, of: 2) ? UInt64(random.below(16)) : random.next() >> UInt64(random.below(64))
                put(number, field < 2 ? 4 : 8, at: header.offset + [0, 4, 8, 16, 32, 40, 48][field])
            case 2:
                guard let entry = image.dynamic.isEmpty ? nil : image.dynamic[random.below(image.dynamic.count)] else { break }
                let tags: [UInt64] = [
                    1, 12, 13, 15, 22, 24, 25, 26, 29, 32, 33, 0x6fff_fef5, 0x6fff_fffb, 0x7fff_fffd, 36, 14, 0,
                ]
                put(tags[random.below(tags.count)], 8, at: entry.offset)
            default:
                guard let entry = image.dynamic.isEmpty ? nil : image.dynamic[random.below(image.dynamic.count)] else { break }
                put(random.next() >> UInt64(random.below(64)), 8, at: entry.offset + 8)
            }
        }
        return bytes
    }
}

/// Program headers and dynamic entries, read without any trust and without any opinion.
struct NaiveElf {
    struct Header {
        var offset: Int
        var type: UInt32
        var flags: UInt32
        var fileOffset: UInt64
        var address: UInt64
        var fileSize: UInt64
        var memorySize: UInt64
    }
    struct Entry {
        var offset: Int
        var tag: UInt64
        var value: UInt64
    }
    private let bytes: [UInt8]
    private(set) var headers: [Header] = []
    private(set) var dynamic: [Entry] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard bytes.count >= 64 else { return }
        let start = number(8, at: 32)
        for index in 0..<number(2, at: 56) {
            let (place, overflow) = start.addingReportingOverflow(56 * index)
            guard !overflow, place <= UInt64(bytes.count), UInt64(bytes.count) - place >= 56 else { break }
            let offset = Int(place)
            headers.append(
                Header(
                    offset: offset, type: UInt32(number(4, at: offset)), flags: UInt32(number(4, at: offset + 4)),
                    fileOffset: number(8, at: offset + 8), address: number(8, at: offset + 16),
                    fileSize: number(8, at: offset + 32),
                    memorySize: number(8, at: offset + 40)))
        }
        guard let table = headers.first(where: { $0.type == 2 }), table.fileOffset < UInt64(bytes.count) else { return }
        var place = Int(table.fileOffset)
        while place + 16 <= bytes.count, dynamic.count < 256 {
            let tag = number(8, at: place)
            dynamic.append(Entry(offset: place, tag: tag, value: number(8, at: place + 8)))
            if tag == 0 { break }
            place += 16
        }
    }

    private func number(_ size: Int, at offset: Int) -> UInt64 {
        (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    /// What no accepted object may have (sandbox reference, section 8).
    func check() throws(FuzzFailure) {
        try require(bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), "not a 64-bit little-endian ELF")
        try require(number(2, at: 16) == 3 && number(2, at: 18) == 62, "not a shared object for x86-64")
        try require(headers.contains { $0.type == 1 } && headers.contains { $0.type == 2 }, "no segment, or no dynamic section")
        for header in headers {
            try require(header.type != 3, "an interpreter")
            try require(header.type != 7, "thread-local storage")
            if header.type == 0x6474_e551 { try require(header.flags & 1 == 0, "an executable stack") }
            guard header.type == 1 else { continue }
            try require(header.flags & 3 != 3, "a segment that is writable and executable")
            let size = UInt64(bytes.count)
            try require(header.fileOffset <= size && header.fileSize <= size - header.fileOffset, "a segment beyond the file")
            try require(header.memorySize >= header.fileSize, "a segment smaller in memory than in the file")
        }
        let forbidden: [UInt64: String] = [
            1: "NEEDED", 12: "INIT", 13: "FINI", 15: "RPATH", 22: "TEXTREL", 25: "INIT_ARRAY", 26: "FINI_ARRAY", 29: "RUNPATH",
            32: "PREINIT_ARRAY", 0x7fff_fffd: "AUXILIARY", 0x7fff_ffff: "FILTER",
        ]
        for entry in dynamic { try require(forbidden[entry.tag] == nil, "dynamic entry \(forbidden[entry.tag] ?? "")") }
    }
}
