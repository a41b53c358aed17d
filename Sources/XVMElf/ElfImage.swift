// SPDX-License-Identifier: Apache-2.0
// First step of the verifier: the file header, the program headers, and how the file lies in memory.

/// The checked header and segments of a file. The loader works with addresses, not with offsets, so every later step asks
/// this for the bytes behind an address: what is verified is what gets used.
struct ElfImage {
    struct Load {
        var index: Int
        var address: UInt64
        var offset: UInt64
        var fileSize: UInt64
        var memorySize: UInt64
        var isWritable: Bool
        var isExecutable: Bool

        /// Whether `size` bytes at `start` lie in this segment's memory. `address + memorySize` is known not to overflow.
        func holds(_ start: UInt64, _ size: UInt64, ofFile: Bool) -> Bool {
            let whole = ofFile ? fileSize : memorySize
            return start >= address && size <= whole && start - address <= whole - size
        }
    }

    let file: ElfBytes
    private let limits: ElfLimits
    private(set) var loads: [Load] = []
    private(set) var imageSize: UInt64 = 0
    /// Address and size of PT_DYNAMIC and PT_GNU_RELRO.
    private(set) var dynamic: (address: UInt64, size: UInt64) = (0, 0)
    private(set) var relro: (address: UInt64, size: UInt64) = (0, 0)

    init(_ bytes: [UInt8], limits: ElfLimits) throws(ElfError) {
        guard bytes.count >= Elf.headerSize, bytes.count <= limits.fileSizeMax else {
            throw .fileSize(bytes.count, limit: limits.fileSizeMax)
        }
        file = ElfBytes(bytes: bytes)
        self.limits = limits
        try checkHeader()
        try readLoads()
        try readOthers()
    }

    private func checkHeader() throws(ElfError) {
        guard file.u32(0) == 0x464c_457f else { throw .notElf }
        guard file.u8(4) == 2 else { throw .elfClass(file.u8(4)) }
        guard file.u8(5) == 1 else { throw .byteOrder(file.u8(5)) }
        guard file.u8(6) == 1 else { throw .version(UInt32(file.u8(6))) }
        guard file.u8(7) == 0, file.u8(8) == 0 else { throw .osABI(file.u8(7), version: file.u8(8)) }
        guard file.u16(16) == Elf.typeDyn else { throw .objectType(file.u16(16)) }
        guard file.u16(18) == Elf.machineX8664 else { throw .machine(file.u16(18)) }
        guard file.u32(20) == 1 else { throw .version(file.u32(20)) }
        guard file.u16(52) == UInt16(Elf.headerSize) else {
            throw .headerSize(file.u16(52), expected: UInt16(Elf.headerSize))
        }
        guard file.u16(54) == UInt16(Elf.programHeaderSize) else {
            throw .programHeaderSize(file.u16(54), expected: UInt16(Elf.programHeaderSize))
        }
        let count = file.u16(56)
        guard count >= 1, count <= limits.programHeaderCountMax else {
            throw .programHeaderCount(count, limit: limits.programHeaderCountMax)
        }
        let size = UInt64(count) * UInt64(Elf.programHeaderSize)
        guard file.holds(file.u64(32), size) else {
            throw .programHeadersOutsideFile(offset: file.u64(32), size: size, fileSize: file.count)
        }
        // The loader never reads section headers; debuggers and tools of an operator do.
        let sections = UInt64(file.u16(60)) * UInt64(file.u16(58))
        guard file.holds(file.u64(40), sections) else {
            throw .sectionHeadersOutsideFile(offset: file.u64(40), size: sections, fileSize: file.count)
        }
    }

    private func header(_ index: Int) -> UInt64 { file.u64(32) + UInt64(index * Elf.programHeaderSize) }

    private mutating func readLoads() throws(ElfError) {
        var previousEnd: UInt64 = 0
        for index in 0..<Int(file.u16(56)) where file.u32(header(index)) == Elf.Segment.load {
            let load = try readLoad(index)
            let first = load.address / Elf.pageSize * Elf.pageSize
            guard loads.isEmpty || first >= previousEnd else {
                throw .segmentOverlap(segment: index, address: load.address, previousEnd: previousEnd)
            }
            // Below 2^63 by the image limit, so rounding up does not overflow.
            previousEnd = (load.address + load.memorySize + Elf.pageSize - 1) / Elf.pageSize * Elf.pageSize
            loads.append(load)
        }
        guard !loads.isEmpty else { throw .noLoadSegment }
        imageSize = previousEnd
    }

    private func readLoad(_ index: Int) throws(ElfError) -> Load {
        let at = header(index)
        let (flags, offset, address) = (file.u32(at + 4), file.u64(at + 8), file.u64(at + 16))
        let (fileSize, memorySize, alignment) = (file.u64(at + 32), file.u64(at + 40), file.u64(at + 48))
        guard file.holds(offset, fileSize) else {
            throw .segmentOutsideFile(segment: index, offset: offset, size: fileSize, fileSize: file.count)
        }
        guard !address.addingReportingOverflow(memorySize).overflow else {
            throw .segmentAddressOverflow(segment: index, address: address, size: memorySize)
        }
        guard address + memorySize <= limits.imageSizeMax else {
            throw .imageSize(address + memorySize, limit: limits.imageSizeMax)
        }
        guard fileSize <= memorySize else {
            throw .segmentFileSizeAboveMemorySize(segment: index, fileSize: fileSize, memorySize: memorySize)
        }
        guard alignment >= Elf.pageSize, alignment <= limits.alignmentMax, alignment & (alignment - 1) == 0 else {
            throw .segmentAlignment(segment: index, alignment: alignment, limit: limits.alignmentMax)
        }
        guard address % alignment == offset % alignment else {
            throw .segmentMisaligned(segment: index, address: address, offset: offset, alignment: alignment)
        }
        let known = Elf.Access.read | Elf.Access.write | Elf.Access.execute
        guard flags & Elf.Access.read != 0, flags & ~known == 0 else { throw .segmentFlags(segment: index, flags: flags) }
        let load = Load(
            index: index, address: address, offset: offset, fileSize: fileSize, memorySize: memorySize,
            isWritable: flags & Elf.Access.write != 0, isExecutable: flags & Elf.Access.execute != 0)
        guard !load.isWritable || !load.isExecutable else { throw .segmentWritableAndExecutable(segment: index) }
        guard load.isWritable || fileSize == memorySize else {
            throw .segmentZeroFillNotWritable(segment: index, fileSize: fileSize, memorySize: memorySize)
        }
        return load
    }

    private mutating func readOthers() throws(ElfError) {
        var seen: Set<UInt32> = []
        for index in 0..<Int(file.u16(56)) {
            let at = header(index)
            let (type, flags, address) = (file.u32(at), file.u32(at + 4), file.u64(at + 16))
            if type == Elf.Segment.load || type == Elf.Segment.null { continue }
            guard seen.insert(type).inserted else { throw .duplicateSegment(type: type) }
            switch type {
            case Elf.Segment.interpreter: throw .interpreter
            case Elf.Segment.threadLocal: throw .threadLocalStorage
            case Elf.Segment.gnuStack:
                guard flags & Elf.Access.execute == 0 else { throw .executableStack(flags: flags) }
            case Elf.Segment.gnuRelro: relro = (address, file.u64(at + 40))
            case Elf.Segment.dynamic:
                try checkPlace(index, type)
                dynamic = (address, file.u64(at + 32))
            case Elf.Segment.programHeaders, Elf.Segment.note, Elf.Segment.gnuProperty, Elf.Segment.gnuFrameIndex:
                try checkPlace(index, type)
            default: throw .unexpectedSegment(type: type)
            }
        }
        guard seen.contains(Elf.Segment.gnuStack) else { throw .noStackSegment }
        guard seen.contains(Elf.Segment.gnuRelro) else { throw .noRelro }
        guard seen.contains(Elf.Segment.dynamic) else { throw .noDynamicSection }
        try checkRelro()
    }

    /// What the loader reads through an address must be the bytes that the header's offset names.
    private func checkPlace(_ index: Int, _ type: UInt32) throws(ElfError) {
        let at = header(index)
        let (offset, address) = (file.u64(at + 8), file.u64(at + 16))
        let (fileSize, memorySize) = (file.u64(at + 32), file.u64(at + 40))
        guard fileSize == memorySize, self.offset(of: address, fileSize) == offset else {
            throw .segmentOutsideLoad(segment: index, type: type, address: address, size: memorySize)
        }
    }

    private func checkRelro() throws(ElfError) {
        // The loader rounds the start down to a page: that page belongs to the same segment, because no two share one. GNU ld
        // lets the size reach to the end of the segment's last page.
        let load = loads.first { load in
            let end = (load.address + load.memorySize + Elf.pageSize - 1) / Elf.pageSize * Elf.pageSize
            return load.isWritable && relro.address >= load.address && relro.address <= end
                && relro.size <= end - relro.address
        }
        guard load != nil else { throw .relroNotWritableMemory(address: relro.address, size: relro.size) }
        let end = relro.address + relro.size
        guard end % Elf.pageSize == 0 else { throw .relroEndNotPageAligned(end: end) }
        guard relro.address <= dynamic.address, dynamic.size <= end - relro.address,
            dynamic.address - relro.address <= relro.size - dynamic.size
        else { throw .dynamicNotInRelro(address: dynamic.address, size: dynamic.size) }
    }

    // MARK: Addresses

    /// The segment whose memory holds `size` bytes at `address`.
    func load(holding address: UInt64, _ size: UInt64, ofFile: Bool = false) -> Load? {
        loads.first { $0.holds(address, size, ofFile: ofFile) }
    }

    /// The file offset behind `address`, if all `size` bytes come from the file.
    func offset(of address: UInt64, _ size: UInt64) -> UInt64? {
        load(holding: address, size, ofFile: true).map { $0.offset + (address - $0.address) }
    }

    /// The file offset of a table that nothing can change after loading began.
    func readOnlyOffset(of address: UInt64, _ size: UInt64) -> UInt64? {
        guard let load = load(holding: address, size, ofFile: true), !load.isWritable else { return nil }
        return load.offset + (address - load.address)
    }

    func isInRelro(_ address: UInt64, _ size: UInt64) -> Bool {
        address >= relro.address && size <= relro.size && address - relro.address <= relro.size - size
    }
}
