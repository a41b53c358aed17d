// SPDX-License-Identifier: Apache-2.0
// Numbers of 256 bits and Base58 as text and bytes.

import Testing
import XVMCore

@Suite struct UInt256Tests {
    @Test("numbers of 256 bits and none above")
    func numbers() {
        let most = "115792089237316195423570985008687907853269984665640564039457584007913129639935"
        #expect(UInt256(decimal: Array(most.utf8))?.bigEndian == [UInt8](repeating: 0xff, count: 32))
        #expect(UInt256(decimal: Array((most.dropLast() + "6").utf8)) == nil)
        #expect(UInt256(decimal: []) == nil && UInt256(decimal: [0x2d, 0x31]) == nil)
        #expect(UInt256(bigEndian: [UInt8](repeating: 0, count: 40) + [1])?.bigEndian.last == 1)
        #expect(UInt256(bigEndian: [1] + [UInt8](repeating: 0, count: 32)) == nil)
        #expect(UInt256(decimal: Array("256".utf8)) == UInt256(bigEndian: [1, 0]))
        #expect(UInt256(decimal: Array("255".utf8)) != UInt256(bigEndian: [1, 0]))
    }

    @Test("Base58 keeps leading zeros")
    func base58() {
        #expect(Base58.encode([]) == [])
        #expect(Base58.encode([0, 0, 1]) == Array("112".utf8))
        #expect(Base58.encode(Array("Hello World!".utf8)) == Array("2NEpo7TZRRrLZSi2U".utf8))
    }
}
