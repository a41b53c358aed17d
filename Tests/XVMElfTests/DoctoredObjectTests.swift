// SPDX-License-Identifier: Apache-2.0
// One spoilt value per rule in an object that was good, for every compiler and linker of this machine.

import Testing
@testable import XVMElf

/// Spoils an object and says which error that must give.
struct Spoiling: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var spoil: @Sendable (inout Doctored) -> ElfError

    init(_ name: String, _ spoil: @escaping @Sendable (inout Doctored) -> ElfError) {
        testDescription = name
        self.spoil = spoil
    }
}

@Suite("doctored objects", .enabled(if: Tools.first != nil, "needs clang or gcc, and ld.lld or ld.bfd"))
struct DoctoredObjects {
    static let goods: [(Tools, [UInt8])] = Tools.all.compactMap { tools in (try? tools.object()).map { (tools, $0) } }

    @Test("each rule refuses its object", arguments: header + segments + dynamics + symbols + relocations)
    func refused(spoiling: Spoiling) throws {
        #expect(Self.goods.count == Tools.all.count)
        for (tools, good) in Self.goods {
            var doctored = Doctored(bytes: good)
            let expected = spoiling.spoil(&doctored)
            #expect(doctored.bytes != good)
            #expect(throws: expected, "\(tools)") { try ElfVerifier.verify(doctored.bytes, producer: .translator) }
            #expect(!expected.description.isEmpty)
        }
    }

    static let header = [
        Spoiling("magic") {
            $0.bytes[1] = 0; return .notElf
        },
        Spoiling("32 bits") {
            $0.bytes[4] = 1; return .elfClass(1)
        },
        Spoiling("big-endian") {
            $0.bytes[5] = 2; return .byteOrder(2)
        },
        Spoiling("ident version") {
            $0.bytes[6] = 2; return .version(2)
        },
        Spoiling("OS ABI") {
            $0.bytes[7] = 3; return .osABI(3, version: 0)
        },
        Spoiling("executable") {
            $0.write(2, 16, 2); return .objectType(2)
        },
        Spoiling("i386") {
            $0.write(3, 18, 2); return .machine(3)
        },
        Spoiling("version") {
            $0.write(9, 20, 4); return .version(9)
        },
        Spoiling("header size") {
            $0.write(65, 52, 2); return .headerSize(65, expected: 64)
        },
        Spoiling("program header size") {
            $0.write(32, 54, 2); return .programHeaderSize(32, expected: 56)
        },
        Spoiling("no program headers") {
            $0.write(0, 56, 2); return .programHeaderCount(0, limit: 16)
        },
        Spoiling("too many program headers") {
            $0.write(0xffff, 56, 2); return .programHeaderCount(0xffff, limit: 16)
        },
        Spoiling("program headers at 2^63") {
            $0.write(1 << 63, 32, 8)
            return .programHeadersOutsideFile(
                offset: 1 << 63, size: 56 * UInt64($0.headerCount), fileSize: UInt64($0.bytes.count))
        },
        Spoiling("section headers outside") {
            $0.write(UInt64.max - 8, 40, 8)
            return .sectionHeadersOutsideFile(
                offset: UInt64.max - 8, size: $0.read(58, 2) * $0.read(60, 2), fileSize: UInt64($0.bytes.count))
        },
        Spoiling("cut to half a header") {
            $0.bytes.removeSubrange(40...); return .fileSize(40, limit: 128 << 20)
        },
    ]

    static let segments = [
        Spoiling("segment past the file") {
            let index = $0.load(flags: 5)
            $0.write(1 << 62, $0.header(index) + 32, 8)
            return .segmentOutsideFile(
                segment: index, offset: $0.read($0.header(index) + 8, 8), size: 1 << 62, fileSize: UInt64($0.bytes.count))
        },
        Spoiling("segment offset 2^63") {
            let index = $0.load(flags: 5)
            $0.write(1 << 63, $0.header(index) + 8, 8)
            return .segmentOutsideFile(
                segment: index, offset: 1 << 63, size: $0.read($0.header(index) + 32, 8), fileSize: UInt64($0.bytes.count))
        },
        Spoiling("address and size overflow") {
            let index = $0.load(flags: 6)
            let at = $0.header(index)
            $0.write(UInt64.max - 0xfff, at + 40, 8)
            return .segmentAddressOverflow(segment: index, address: $0.read(at + 16, 8), size: UInt64.max - 0xfff)
        },
        Spoiling("image too large") {
            let at = $0.header($0.load(flags: 6))
            $0.write(1 << 40, at + 40, 8)
            return .imageSize($0.read(at + 16, 8) + 1 << 40, limit: 256 << 20)
        },
        Spoiling("file size above memory size") {
            let index = $0.load(flags: 5)
            let at = $0.header(index)
            $0.write(1, at + 40, 8)
            return .segmentFileSizeAboveMemorySize(segment: index, fileSize: $0.read(at + 32, 8), memorySize: 1)
        },
        Spoiling("alignment 1") {
            let index = $0.load(flags: 5)
            $0.write(1, $0.header(index) + 48, 8)
            return .segmentAlignment(segment: index, alignment: 1, limit: 2 << 20)
        },
        Spoiling("alignment no power of two") {
            let index = $0.load(flags: 5)
            $0.write(12288, $0.header(index) + 48, 8)
            return .segmentAlignment(segment: index, alignment: 12288, limit: 2 << 20)
        },
        Spoiling("address and offset differ in a page") {
            let index = $0.load(flags: 5)
            let at = $0.header(index)
            $0.write($0.read(at + 16, 8) + 8, at + 16, 8)
            return .segmentMisaligned(
                segment: index, address: $0.read(at + 16, 8), offset: $0.read(at + 8, 8), alignment: $0.read(at + 48, 8))
        },
        Spoiling("writable and executable") {
            let index = $0.load(flags: 6)
            $0.write(7, $0.header(index) + 4, 4)
            return .segmentWritableAndExecutable(segment: index)
        },
        Spoiling("not readable") {
            let index = $0.load(flags: 5)
            $0.write(1, $0.header(index) + 4, 4)
            return .segmentFlags(segment: index, flags: 1)
        },
        Spoiling("zero-filled text") {
            let index = $0.load(flags: 5)
            let at = $0.header(index)
            $0.write($0.read(at + 32, 8) + 8, at + 40, 8)
            return .segmentZeroFillNotWritable(
                segment: index, fileSize: $0.read(at + 32, 8), memorySize: $0.read(at + 40, 8))
        },
        Spoiling("two segments on one page") {
            let (first, second) = ($0.load(flags: 4), $0.load(flags: 5))
            let address = $0.read($0.header(first) + 16, 8) + $0.read($0.header(second) + 8, 8) % 4096
            $0.write(address, $0.header(second) + 16, 8)
            let end = $0.read($0.header(first) + 16, 8) + $0.read($0.header(first) + 40, 8)
            return .segmentOverlap(segment: second, address: address, previousEnd: (end + 4095) / 4096 * 4096)
        },
        Spoiling("unknown segment type") {
            $0.write(0x1234, $0.header($0.segment(0x6474_e551)), 4); return .unexpectedSegment(type: 0x1234)
        },
        Spoiling("interpreter") {
            $0.write(3, $0.header($0.segment(0x6474_e551)), 4); return .interpreter
        },
        Spoiling("thread-local") {
            $0.write(7, $0.header($0.segment(0x6474_e551)), 4); return .threadLocalStorage
        },
        Spoiling("no stack segment") {
            $0.write(0, $0.header($0.segment(0x6474_e551)), 4); return .noStackSegment
        },
        Spoiling("executable stack") {
            $0.write(7, $0.header($0.segment(0x6474_e551)) + 4, 4); return .executableStack(flags: 7)
        },
        Spoiling("no RELRO") {
            $0.write(0, $0.header($0.segment(0x6474_e552)), 4); return .noRelro
        },
        Spoiling("two dynamic sections") {
            $0.write(2, $0.header($0.segment(0x6474_e552)), 4); return second($0, 2)
        },
        Spoiling("RELRO over text") {
            let at = $0.header($0.segment(0x6474_e552))
            $0.write($0.read($0.header($0.load(flags: 5)) + 16, 8), at + 16, 8)
            return .relroNotWritableMemory(address: $0.read(at + 16, 8), size: $0.read(at + 40, 8))
        },
        Spoiling("RELRO that ends in a page") {
            let at = $0.header($0.segment(0x6474_e552))
            $0.write($0.read(at + 40, 8) - 8, at + 40, 8)
            return .relroEndNotPageAligned(end: $0.read(at + 16, 8) + $0.read(at + 40, 8))
        },
        Spoiling("no dynamic section") {
            $0.write(0, $0.header($0.segment(2)), 4); return .noDynamicSection
        },
        Spoiling("dynamic section whose address is not its offset") {
            let index = $0.segment(2)
            let at = $0.header(index)
            $0.write($0.read(at + 8, 8) - 8, at + 8, 8)
            return .segmentOutsideLoad(segment: index, type: 2, address: $0.read(at + 16, 8), size: $0.read(at + 40, 8))
        },
        Spoiling("dynamic section outside every segment") {
            let index = $0.segment(2)
            let at = $0.header(index)
            $0.write(1 << 63, at + 16, 8)
            return .segmentOutsideLoad(segment: index, type: 2, address: 1 << 63, size: $0.read(at + 40, 8))
        },
        Spoiling("dynamic section in read-only memory") {
            let at = $0.header($0.segment(2))
            let load = $0.header($0.load(flags: 4))
            $0.write($0.read(load + 8, 8) + 64, at + 8, 8)
            $0.write($0.read(load + 16, 8) + 64, at + 16, 8)
            return .dynamicNotInRelro(address: $0.read(at + 16, 8), size: $0.read(at + 40, 8))
        },
    ]

    static func second(_ doctored: Doctored, _ type: UInt32) -> ElfError { .duplicateSegment(type: type) }

    /// Turns the entry that only helps speed (DT_RELACOUNT) into one of `tag`.
    static func extra(_ tag: UInt64, _ expected: ElfError) -> Spoiling {
        Spoiling("tag 0x" + String(tag, radix: 16)) {
            $0.write(tag, $0.dynamic(0x6fff_fff9), 8)
            return expected
        }
    }

    static let dynamics = [
        extra(1, .needed), extra(12, .initialiser(tag: 12)), extra(13, .finaliser(tag: 13)), extra(15, .searchPath(tag: 15)),
        extra(22, .textRelocations), extra(25, .initialiser(tag: 25)), extra(26, .finaliser(tag: 26)),
        extra(27, .initialiser(tag: 27)), extra(28, .finaliser(tag: 28)), extra(29, .searchPath(tag: 29)),
        extra(32, .initialiser(tag: 32)), extra(33, .initialiser(tag: 33)), extra(14, .unexpectedTag(14)),
        extra(0x6fff_fefb, .auditor(tag: 0x6fff_fefb)), extra(0x6fff_fefc, .auditor(tag: 0x6fff_fefc)),
        extra(0x7fff_fffd, .filter(tag: 0x7fff_fffd)), extra(0x7fff_ffff, .filter(tag: 0x7fff_ffff)),
        extra(0x6fff_fff0, .unexpectedTag(0x6fff_fff0)), extra(0x6fff_fffe, .unexpectedTag(0x6fff_fffe)),
        extra(7, .duplicateTag(7)),
        Spoiling("text relocation flag") {
            $0.write(4, $0.dynamic(30) + 8, 8); return .textRelocations
        },
        Spoiling("static TLS flag") {
            $0.write(0x18, $0.dynamic(30) + 8, 8); return .unexpectedFlags(tag: 30, flags: 0x18)
        },
        Spoiling("interposing flag") {
            $0.write(0x401, $0.dynamic(0x6fff_fffb) + 8, 8)
            return .unexpectedFlags(tag: 0x6fff_fffb, flags: 0x401)
        },
        Spoiling("no end mark") {
            let at = $0.header($0.segment(2))
            let entries = ($0.dynamic(0) - $0.dynamicStart) / 16
            $0.write(UInt64(entries * 16), at + 32, 8)
            $0.write(UInt64(entries * 16), at + 40, 8)
            return .dynamicNotTerminated(entries: entries)
        },
        Spoiling("symbol table in writable memory") {
            let address = $0.read($0.header($0.segment(0x6474_e552)) + 16, 8)
            $0.write(address, $0.dynamic(6) + 8, 8)
            return .tableNotReadOnly(tag: 6, address: address, size: 24 * 4)
        },
        Spoiling("string table past its segment") {
            $0.write(1 << 60, $0.dynamic(10) + 8, 8)
            return .tableNotReadOnly(tag: 5, address: $0.read($0.dynamic(5) + 8, 8), size: 1 << 60)
        },
        Spoiling("relocation table at 2^63") {
            $0.write(1 << 63, $0.dynamic(7) + 8, 8)
            return .tableNotReadOnly(tag: 7, address: 1 << 63, size: $0.read($0.dynamic(8) + 8, 8))
        },
        Spoiling("relocation table of odd size") {
            $0.write(25, $0.dynamic(8) + 8, 8)
            return .tableSize(tag: 8, size: 25, limit: 24)
        },
        Spoiling("symbol size") {
            $0.write(16, $0.dynamic(11) + 8, 8); return .tagValue(tag: 11, value: 16, expected: 24)
        },
        Spoiling("relocation size") {
            $0.write(16, $0.dynamic(9) + 8, 8); return .tagValue(tag: 9, value: 16, expected: 24)
        },
        Spoiling("REL in the PLT") {
            $0.write(17, $0.dynamic(20) + 8, 8); return .tagValue(tag: 20, value: 17, expected: 7)
        },
        Spoiling("PLT table outside") {
            $0.write(1 << 50, $0.dynamic(3) + 8, 8); return .relocationTarget(address: 1 << 50)
        },
    ]

    static let symbols = [
        Spoiling("endless bucket chain") {
            // The hashed symbol's chain word says "more follows", and what follows is no symbol of the table.
            let hash = $0.table(0x6fff_fef5)
            let (buckets, words) = (Int($0.read(hash, 4)), Int($0.read(hash + 8, 4)))
            for bucket in 0..<buckets where $0.read(hash + 16 + 8 * words + 4 * bucket, 4) != 0 {
                $0.write(64, hash + 16 + 8 * words + 4 * bucket, 4)
            }
            return .symbolCount(65, limit: 64)
        },
        Spoiling("Bloom filter of three words") {
            $0.write(3, $0.table(0x6fff_fef5) + 8, 4)
            return .symbolHash(tag: 0x6fff_fef5, value: 3, limit: 256)
        },
        Spoiling("no buckets") {
            $0.write(0, $0.table(0x6fff_fef5), 4)
            return .symbolHash(tag: 0x6fff_fef5, value: 0, limit: 256)
        },
        Spoiling("2^32 - 1 buckets") {
            $0.write(0xffff_ffff, $0.table(0x6fff_fef5), 4)
            return .symbolHash(tag: 0x6fff_fef5, value: 0xffff_ffff, limit: 256)
        },
        Spoiling("name outside the string table") {
            $0.write(0xffff_fff0, $0.symbol(1), 4)
            return .symbolName(index: 1, offset: 0xffff_fff0, limit: $0.read($0.dynamic(10) + 8, 8))
        },
        Spoiling("import renamed") {
            let at = $0.table(5) + Int($0.read($0.symbolNamed("memcpy"), 4))
            $0.bytes[at] = 0x1b
            return .undefinedSymbol(name: "\\x1bemcpy")
        },
        Spoiling("export renamed") {
            let at = $0.table(5) + Int($0.read($0.symbolNamed("xvm_module"), 4))
            $0.bytes[at] = UInt8(ascii: "y")
            return .unexpectedExport(name: "yvm_module")
        },
        Spoiling("export is an indirect function") {
            $0.bytes[$0.symbolNamed("xvm_module") + 4] = 0x1a
            return .indirectFunction(name: "xvm_module")
        },
        Spoiling("export is thread-local") {
            $0.bytes[$0.symbolNamed("xvm_module") + 4] = 0x16
            return .threadLocalSymbol(name: "xvm_module")
        },
        Spoiling("export is a common block") {
            $0.bytes[$0.symbolNamed("xvm_module") + 4] = 0x15
            return .symbolType(name: "xvm_module", type: 5)
        },
        Spoiling("export is unique") {
            $0.bytes[$0.symbolNamed("xvm_module") + 4] = 0xa1
            return .symbolBinding(name: "xvm_module", binding: 10)
        },
        Spoiling("export is weak") {
            $0.bytes[$0.symbolNamed("xvm_module") + 4] = 0x21
            return .symbolBinding(name: "xvm_module", binding: 2)
        },
        Spoiling("export is a function") {
            $0.bytes[$0.symbolNamed("xvm_module") + 4] = 0x12; return .exportType(2)
        },
        Spoiling("export is local") {
            $0.bytes[$0.symbolNamed("xvm_module") + 4] = 0x01; return .noExport
        },
        Spoiling("export in text") {
            let at = $0.symbolNamed("xvm_module")
            $0.write($0.read($0.header($0.load(flags: 5)) + 16, 8), at + 8, 8)
            return .exportOutsideData(address: $0.read(at + 8, 8), size: 168)
        },
        Spoiling("export nowhere") {
            $0.write(1 << 63, $0.symbolNamed("xvm_module") + 8, 8)
            return .exportOutsideData(address: 1 << 63, size: 168)
        },
        Spoiling("export absolute") {
            let at = $0.symbolNamed("xvm_module")
            $0.write(0xfff1, at + 6, 2)
            return .exportOutsideData(address: $0.read(at + 8, 8), size: 168)
        },
        Spoiling("export too small") {
            $0.write(167, $0.symbolNamed("xvm_module") + 16, 8); return .exportSize(167, minimum: 168)
        },
    ]

    static let relocations = [
        Spoiling("IRELATIVE") {
            $0.write(37, $0.relocation(0) + 8, 8); return .indirectRelocation(index: 0)
        },
        Spoiling("COPY") {
            $0.write(5, $0.relocation(0) + 8, 8); return .copyRelocation(index: 0)
        },
        Spoiling("absolute 64") {
            $0.write(1 | 1 << 32, $0.relocation(0) + 8, 8); return .relocationType(1, index: 0)
        },
        Spoiling("IRELATIVE in the PLT") {
            $0.write(37, $0.relocation(0, tag: 23) + 8, 8); return .indirectRelocation(index: 0)
        },
        Spoiling("RELATIVE with a symbol") {
            $0.write(8 | 1 << 32, $0.relocation(0) + 8, 8)
            return .relocationSymbol(1, index: 0)
        },
        Spoiling("JUMP_SLOT of the export") {
            let export = UInt64(($0.symbolNamed("xvm_module") - $0.symbol(0)) / 24)
            $0.write(7 | export << 32, $0.relocation(0, tag: 23) + 8, 8)
            return .relocationSymbol(UInt32(export), index: 0)
        },
        Spoiling("JUMP_SLOT of no symbol") {
            $0.write(7 | 0xffff << 32, $0.relocation(0, tag: 23) + 8, 8)
            return .relocationSymbol(0xffff, index: 0)
        },
        Spoiling("target in text") {
            let address = $0.read($0.header($0.load(flags: 5)) + 16, 8)
            $0.write(address, $0.relocation(0), 8)
            return .relocationTarget(address: address)
        },
        Spoiling("target outside") {
            $0.write(UInt64.max - 3, $0.relocation(0), 8); return .relocationTarget(address: UInt64.max - 3)
        },
        Spoiling("target half outside") {
            let at = $0.header($0.load(flags: 6))
            let address = $0.read(at + 16, 8) + $0.read(at + 40, 8) - 4
            // The last writable segment: with ld.lld RELRO and data are two of them, and this one ends at a page border.
            $0.write(address, $0.relocation(0), 8)
            return .relocationTarget(address: address)
        },
        Spoiling("target in the dynamic section") {
            let address = $0.read($0.header($0.segment(2)) + 16, 8) + 8
            $0.write(address, $0.relocation(0), 8)
            return .relocationOnDynamicSection(address: address)
        },
        Spoiling("target in the descriptor's hashes") {
            let address = $0.read($0.symbolNamed("xvm_module") + 8, 8) + 113
            $0.write(address, $0.relocation(0), 8)
            return .relocationOnDescriptor(address: address)
        },
        Spoiling("import slot in plain data") {
            let relro = $0.header($0.segment(0x6474_e552))
            let end = $0.read(relro + 16, 8) + $0.read(relro + 40, 8)
            // ld.lld gives plain data a segment of its own, ld.bfd the rest of the one with RELRO.
            let doctored = $0
            let last = (0..<$0.headerCount).last { doctored.read(doctored.header($0), 8) == 1 | 6 << 32 }!
            let address = max(end, $0.read($0.header(last) + 16, 8))
            $0.write(address, $0.relocation(0, tag: 23), 8)
            return .relocationTargetNotRelro(address: address)
        },
        Spoiling("relative count above the table") {
            $0.write(1 << 40, $0.dynamic(0x6fff_fff9) + 8, 8)
            return .relativeCount(1 << 40, limit: $0.read($0.dynamic(8) + 8, 8) / 24)
        },
        Spoiling("relative count over an import") {
            let total = $0.read($0.dynamic(8) + 8, 8) / 24
            $0.write(total, $0.dynamic(0x6fff_fff9) + 8, 8)
            return .relativeCount(total, limit: total - 1)
        },
    ]

    @Test("limits on counts and sizes hold")
    func limits() throws {
        let good = try #require(Self.goods.first).1
        func error(_ limits: ElfLimits) -> ElfError? {
            do {
                _ = try ElfVerifier.verify(good, producer: .translator, limits: limits)
                return nil
            } catch { return error }
        }
        #expect(error(ElfLimits(fileSizeMax: good.count)) == nil)
        #expect(error(ElfLimits(fileSizeMax: good.count - 1)) == .fileSize(good.count, limit: good.count - 1))
        #expect(error(ElfLimits(dynamicEntryCountMax: 3)) != nil)
        #expect(error(ElfLimits(symbolCountMax: 3)) == .symbolCount(4, limit: 3))
        guard case .relocationCount(_, limit: 1)? = error(ElfLimits(relocationCountMax: 1)) else {
            Issue.record("relocation limit not kept")
            return
        }
    }

    /// Any cut and any single changed byte gets an answer, never a stop of the program.
    @Test("truncated and bit-flipped objects are answered")
    func hostileBytes() throws {
        for (_, good) in Self.goods {
            for length in stride(from: 0, to: good.count, by: 97) {
                _ = try? ElfVerifier.verify(Array(good[0..<length]), producer: .translator)
            }
            let doctored = Doctored(bytes: good)
            let end = min(good.count, 0x400)
            var places = Array(0..<end)
            places += Array(doctored.dynamicStart..<(doctored.dynamicStart + 320))
            var refusals = 0
            for place in places {
                for value: UInt8 in [0, 0x7f, 0x80, 0xff] where good[place] != value {
                    var bytes = good
                    bytes[place] = value
                    if (try? ElfVerifier.verify(bytes, producer: .translator)) == nil { refusals += 1 }
                }
            }
            #expect(refusals > 500)
        }
    }
}
