// SPDX-License-Identifier: Apache-2.0
// CRC-32C against the vectors of RFC 3720, appendix B.4.

import Testing
import XVMCore

@Suite("CRC-32C")
struct CRC32CTests {
    @Test("gives the RFC's values, at every length and offset the same as bit by bit")
    func vectors() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46dd_794e)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
        #expect(CRC32C.checksum([]) == 0)
        let bytes = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        for start in 0..<9 {
            for end in start...bytes.count {
                var crc = ~(0 as UInt32)
                for byte in bytes[start..<end] {
                    crc ^= UInt32(byte)
                    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
                }
                #expect(CRC32C.checksum(bytes[start..<end]) == ~crc)
            }
        }
    }
}
