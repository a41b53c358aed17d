// SPDX-License-Identifier: Apache-2.0
// The numbers of the ELF64 format that the verifier knows. Source: gABI chapters 4 and 5, x86-64 psABI, glibc's elf.h.

/// Sizes of the format's records and the values that mean something to the verifier.
enum Elf {
    static let headerSize = 64
    static let programHeaderSize = 56
    static let sectionHeaderSize = 64
    static let dynamicSize = 16
    static let symbolSize = 24
    static let relaSize = 24
    static let relrSize = 8
    static let pageSize: UInt64 = 4096

    static let typeDyn: UInt16 = 3
    static let machineX8664: UInt16 = 62

    /// p_flags.
    enum Access {
        static let execute: UInt32 = 1
        static let write: UInt32 = 2
        static let read: UInt32 = 4
    }

    /// p_type.
    enum Segment {
        static let null: UInt32 = 0
        static let load: UInt32 = 1
        static let dynamic: UInt32 = 2
        static let interpreter: UInt32 = 3
        static let note: UInt32 = 4
        static let programHeaders: UInt32 = 6
        static let threadLocal: UInt32 = 7
        static let gnuFrameIndex: UInt32 = 0x6474_e550
        static let gnuStack: UInt32 = 0x6474_e551
        static let gnuRelro: UInt32 = 0x6474_e552
        static let gnuProperty: UInt32 = 0x6474_e553
    }

    /// d_tag.
    enum Tag {
        static let null: UInt64 = 0
        static let needed: UInt64 = 1
        static let pltRelSize: UInt64 = 2
        static let pltGot: UInt64 = 3
        static let hash: UInt64 = 4
        static let stringTable: UInt64 = 5
        static let symbolTable: UInt64 = 6
        static let rela: UInt64 = 7
        static let relaSize: UInt64 = 8
        static let relaEntry: UInt64 = 9
        static let stringSize: UInt64 = 10
        static let symbolEntry: UInt64 = 11
        static let initFunction: UInt64 = 12
        static let finiFunction: UInt64 = 13
        static let rpath: UInt64 = 15
        static let symbolic: UInt64 = 16
        static let pltRel: UInt64 = 20
        static let textRel: UInt64 = 22
        static let jumpRel: UInt64 = 23
        static let bindNow: UInt64 = 24
        static let initArray: UInt64 = 25
        static let finiArray: UInt64 = 26
        static let initArraySize: UInt64 = 27
        static let finiArraySize: UInt64 = 28
        static let runpath: UInt64 = 29
        static let flags: UInt64 = 30
        static let preinitArray: UInt64 = 32
        static let preinitArraySize: UInt64 = 33
        static let relrSize: UInt64 = 35
        static let relr: UInt64 = 36
        static let relrEntry: UInt64 = 37
        static let gnuHash: UInt64 = 0x6fff_fef5
        static let depAudit: UInt64 = 0x6fff_fefb
        static let audit: UInt64 = 0x6fff_fefc
        static let relaCount: UInt64 = 0x6fff_fff9
        static let flags1: UInt64 = 0x6fff_fffb
        static let auxiliary: UInt64 = 0x7fff_fffd
        static let filter: UInt64 = 0x7fff_ffff
    }

    /// DT_FLAGS and DT_FLAGS_1.
    enum Flags {
        static let symbolic: UInt64 = 0x2
        static let textRel: UInt64 = 0x4
        static let bindNow: UInt64 = 0x8
        static let now1: UInt64 = 0x1
    }

    /// r_info's type, x86-64.
    enum Relocation {
        static let copy: UInt32 = 5
        static let globDat: UInt32 = 6
        static let jumpSlot: UInt32 = 7
        static let relative: UInt32 = 8
        static let irelative: UInt32 = 37
    }

    /// st_info and st_shndx.
    enum Symbol {
        static let bindLocal: UInt8 = 0
        static let bindGlobal: UInt8 = 1
        static let bindWeak: UInt8 = 2
        static let typeNone: UInt8 = 0
        static let typeObject: UInt8 = 1
        static let typeFunction: UInt8 = 2
        static let typeSection: UInt8 = 3
        static let typeFile: UInt8 = 4
        static let typeThreadLocal: UInt8 = 6
        static let typeIndirect: UInt8 = 10
        static let undefined: UInt16 = 0
        static let firstReservedSection: UInt16 = 0xff00
    }
}

/// Little-endian reads at offsets that a caller has checked; one out of range stops the program, it never reads elsewhere.
struct ElfBytes {
    let bytes: [UInt8]

    var count: UInt64 { UInt64(bytes.count) }

    func u8(_ offset: UInt64) -> UInt8 { bytes[Int(offset)] }
    func u16(_ offset: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: load(offset, 2)) }
    func u32(_ offset: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: load(offset, 4)) }
    func u64(_ offset: UInt64) -> UInt64 { load(offset, 8) }

    private func load(_ offset: UInt64, _ size: Int) -> UInt64 {
        let start = Int(offset)
        var value: UInt64 = 0
        for index in 0..<size { value |= UInt64(bytes[start + index]) << UInt64(8 * index) }
        return value
    }

    /// Whether `size` bytes from `offset` lie in the file; no sum overflows.
    func holds(_ offset: UInt64, _ size: UInt64) -> Bool { size <= count && offset <= count - size }
}
