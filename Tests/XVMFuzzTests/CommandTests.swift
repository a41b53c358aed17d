// SPDX-License-Identifier: Apache-2.0
// xvm-fuzz as a program: the canary fails and says how to repeat it; a target passes; a wrong name is wrong usage.

import Foundation
import TestSupport
import Testing

@Suite struct FuzzCommandTests {
    private let command: String

    init() throws { command = try #require(productPath("xvm-fuzz"), "xvm-fuzz does not lie beside the test bundle") }

    @Test("the canary fails, is made as small as it can be, and its input repeats it")
    func canary() throws {
        let folder = try TemporaryFolder()
        let result = try runProgram(command, ["canary", "--save", folder.path])
        #expect(result.status == 1)
        #expect(result.text.contains("input: 3 bytes") && result.text.contains("627567"), "\(result.text)")
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
        let again = try runProgram(command, ["canary", "--input", folder.path + "/" + file])
        #expect(again.status == 1)
        #expect(again.text.contains("the input contains 'bug'"))
    }

    @Test("a number of inputs of a target passes, by its seed; a wrong name or number is refused")
    func usage() throws {
        let result = try runProgram(command, ["wire", "--seed", "3", "--runs", "500"])
        #expect(result.status == 0)
        #expect(result.text.contains("wire: 500 inputs, seed 3"), "\(result.text)")
        #expect(try runProgram(command, ["list"]).text.contains("pool"))
        #expect(try runProgram(command, ["nothing"]).status != 0)
        #expect(try runProgram(command, ["wire", "--runs", "-1"]).status != 0)
    }
}
