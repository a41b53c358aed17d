// SPDX-License-Identifier: Apache-2.0
// An object as the toolchain makes it (of Tests/Modules/fib.wat, gcc 12), as hex with runs of zeros counted: what is made from it
// must be refused by the ELF rules or keep them.

enum SampleObject {
    /// The whole file.
    static let bytes: [UInt8] = {
        var bytes: [UInt8] = []
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if word.hasPrefix("z") {
                bytes += Array(repeating: 0, count: Int(word.dropFirst()) ?? 0)
                continue
            }
            var digits = Array(word.utf8)[...]
            while let high = digits.popFirst(), let low = digits.popFirst() { bytes.append(value(high) << 4 | value(low)) }
        }
        return bytes
    }()

    private static func value(_ digit: UInt8) -> UInt8 { digit < 0x3a ? digit - 0x30 : digit - 0x57 }

    private static let text = """
        7f454c46020101 z9 03003e0001 z11 40 z7 8822 z10 40003800070040000e000d00060000000400000040 z7 40 z7 40 z7 c001 z6 c001
        z6 08 z7 0100000004 z27 da02 z6 da02 z7 10 z6 0100000005 z4 10 z7 10 z7 10 z6 ce z7 ce z8 10 z6 0100000006 z4 20 z7 20
        z7 20 z6 a001 z7 10 z7 10 z6 0200000006000000e020 z6 e020 z6 e020 z6 c0 z7 c0 z7 08 z7 52e5746404 z4 20 z7 20 z7 20 z6
        a001 z7 10 z6 01 z7 51e5746406 z131 01000000110007000020 z6 a8 z7 0100000001000000010000001a00000020 z6
        400100000005ef35fb0078766d5f6d6f64756c65 z5 7820 z6 08 z7 c020 z6 9820 z6 08 z7 b020 z6 a020 z6 08 z7 cd10 z6 b020 z6
        08 z7 7c10 z6 d820 z6 08 z7 d802 z6 7f7f z3366
        50584883ec08ff57204155415455534883ec084889fd4881ea00080000782089cb4989d44889f24883ea07781c83f901772189d84883c4
        085b5d415c415dc3be0a000000e8b7ffffffbe0c000000e8adffffff8d49ff4883ee114c89e2e8a7ffffff4889d64989c58d4bfe4c89e2
        4889efe893ffffff428d1c28ebb655534883ec084889fb4889f5488b47184889c248c1ea2048c1e20b89c04839c2480f47d0488b378b4d
        00e85effffff4889134885d2780d89c0488945004883c4085b5dc3be0c0000004889dfe833ffffffc3cccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        cccccccccccccccccccccccccccccccccccccccccccccccccccc58564d4101 z5
        010001000000ade014a8fbb5ec49b8d0fa9ec9e7df642fdf832eb77372519354e954ffc66536301b456821a97a200a0ccd5b021cfc33fd
        9db4b286ec353496cd739e4a9dc7ab z16 02 z19 01 z67 01 z23 0100000001 z11 1e z7 0a z7 fbffff6f z4 01 z7 07 z7 6002 z6 08
        z7 78 z7 09 z7 18 z7 f9ffff6f z4 05 z7 06 z8 02 z6 0b z7 18 z7 05 z7 5002 z6 0a z7 0c z7 f5feff6f z4 3002 z22
        4c696e6b65723a204c4c442032312e302e30202868747470733a2f2f6769746875622e636f6d2f73776966746c616e672f6c6c766d2d70
        726f6a6563742e67697420313136373365363636306232643061356639663939623163376237373366346332663664663162302900002e
        64796e73796d002e676e752e68617368002e64796e737472002e72656c612e64796e002e726f64617461002e74657874002e646174612e
        72656c2e726f002e64796e616d6963002e72656c726f5f70616464696e67002e64617461002e627373002e636f6d6d656e74002e736873
        7472746162 z71 010000000b00000002 z8 02 z7 02 z6 30 z7 030000000100000008 z7 18 z7 09000000f6ffff6f02 z7 3002 z6 3002
        z6 20 z7 01 z7 08 z15 130000000300000002 z7 5002 z6 5002 z6 0c z15 01 z15 1b0000000400000002 z7 6002 z6 6002 z6 78 z7
        01 z7 08 z7 18 z7 250000000100000002 z7 d802 z6 d802 z6 02 z15 01 z15 2d0000000100000006 z8 10 z7 10 z6 ce z15 01 z15
        330000000100000003 z8 20 z7 20 z6 e0 z15 20 z15 400000000600000003 z7 e020 z6 e020 z6 c0 z7 03 z7 08 z7 10 z7
        490000000800000003 z7 a021 z6 a021 z6 600e z14 01 z15 580000000100000003 z7 a031 z6 a021 z22 01 z15 5e0000000800000003
        z7 a031 z6 a021 z22 01 z15 630000000100000030 z15 a021 z6 6c z15 01 z7 01 z7 6c00000003 z19 0c22 z6 76 z15 01 z15
        """
}
