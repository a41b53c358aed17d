// SPDX-License-Identifier: Apache-2.0
// Names of contracts, accounts and addresses.

import Testing
import XVMLedger

@Suite("names")
struct NameTests {
    @Test("contracts have 4 to 16 letters, digits, _ and dots, and no reserved name")
    func contracts() throws {
        for name in ["abcd", "_a.b", "a234567890123456", "Counter_1"] { try Names.checkContract(Array(name.utf8)) }
        for name in ["", "abc", "a2345678901234567", "1abc", ".abc", "abc.", "ab-c", "contract", "XCAccount", "timer"] {
            #expect(throws: LedgerError.self, "\(name)") { try Names.checkContract(Array(name.utf8)) }
        }
    }
}
