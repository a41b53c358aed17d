// SPDX-License-Identifier: Apache-2.0
// Hex both ways, and what it refuses.

import Testing
import XVMCore

@Suite("Hex")
struct HexTests {
    @Test("every byte is written in two lower-case digits and read in either case")
    func roundTrip() throws {
        let all = (0...255).map { UInt8($0) }
        let text = Hex.encode(all)
        #expect(text.hasPrefix("000102"))
        #expect(text.hasSuffix("fdfeff"))
        #expect(try Hex.decode(text) == all)
        #expect(try Hex.decode(text.uppercased()) == all)
        #expect(try Hex.decode("") == [])
    }

    @Test("what is not hex is refused with its place")
    func refused() {
        #expect(throws: HexError.oddLength(digits: 3)) { try Hex.decode("abc") }
        #expect(throws: HexError.notADigit(byte: 0x78, position: 1)) { try Hex.decode("0x00") }
        #expect(throws: HexError.notADigit(byte: 0x67, position: 0)) { try Hex.decode("g") }
    }
}
