// SPDX-License-Identifier: Apache-2.0
// Frame sizes: the compilers' reports, and what is done about a frame that is too large.

import Foundation
import Testing
@testable import XVMToolchain

@Suite struct StackUsageTests {
    private func usage(_ text: String) -> StackUsage? { StackUsage(Array(text.utf8)) }

    @Test("reports of gcc and clang are read; the pieces of one function count together")
    func reports() {
        let gcc = usage("p0.c:12:5:fn7\t96\tstatic\np0.c:12:5:fn7.part.0\t40\tdynamic,bounded\np0.c:9:1:xvm_trap\t8\tstatic\n")
        #expect(gcc?.firstLarger { $0 == "fn7" ? 135 : 8 } == .init(function: "fn7", size: 136, limit: 135))
        #expect(gcc?.firstLarger { $0 == "fn7" ? 136 : 8 } == nil)
        #expect(gcc?.firstLarger { $0 == "fn7" ? 136 : 7 } == .init(function: "xvm_trap", size: 8, limit: 7))
        #expect(usage("p0.c:1:fn0\t24\tstatic\n")?.firstLarger { _ in 23 } == .init(function: "fn0", size: 24, limit: 23))
        #expect(usage("")?.firstLarger { _ in 0 } == nil)
    }

    @Test(
        "a report in another form, or of a frame without bound, is none",
        arguments: [
            "p0.c:1:f\t8\tdynamic\n", "p0.c:1:f\t8\n", "f\t8\tstatic\n", "p0.c:1:f\t-8\tstatic\n", "p0.c:1:f\tx\tstatic\n",
            "p0.c:1:f\t9223372036854775807\tstatic\np0.c:1:f\t1\tstatic\n", "p0.c:1:\t8\tstatic\n",
        ])
    func noReports(text: String) {
        #expect(usage(text) == nil)
    }

    /// A second part whose function has 4096 bytes of frame, 512 when it is kept apart, 64 when it is frugal as well.
    private static func parts(apart: Int = 512, frugal: Int = 64) -> [[UInt8]] {
        let text = """
            typedef unsigned long u64; typedef unsigned char u8;
            #if defined(XVM_FRUGAL)
            #define SIZE \(frugal)
            #elif defined(XVM_APART)
            #define SIZE \(apart)
            #else
            #define SIZE 4096
            #endif
            u64 f1(u8 *a, u64 n) { volatile u8 frame[SIZE]; for (u64 i = 0; i < SIZE; i++) frame[i] = a[i % n]; return frame[n % SIZE]; }
            """
        return [Fixture.parts()[0], Array(text.utf8)]
    }

    @Test(
        "a part whose frames are too large is compiled again, apart and then frugal, and no other part is",
        .enabled(if: !Fixture.compilers.isEmpty, "needs clang or gcc, and a linker"), arguments: Fixture.compilers)
    func smaller(compiler: String) throws {
        for (limit, calls) in [(5000, 2), (600, 3), (200, 4)] {
            let fixture = try Fixture()
            let log = fixture.root + "/log"
            let path = try #require(Fixture.onPath(compiler))
            let wrapper = try fixture.script(
                "cc", "case \"$*\" in *p0.c*|*p1.c*) echo \"$*\" >> \(log);; esac\nexec \(path) \"$@\"")
            // Without the sandbox: the wrapper writes its log where no confined tool could.
            let code = try fixture.toolchain(wrapper, floor: nil).code(
                { Self.parts() }, frameSizeMax: { $0 == "f1" ? limit : 4096 })
            #expect(code.origin == .compiled)
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == calls)
            #expect(lines.filter { $0.contains("p0.c") }.count == 1)
            #expect(lines.filter { $0.contains("XVM_APART") }.count == calls - 2)
            #expect(lines.filter { $0.contains("XVM_FRUGAL") }.count == max(0, calls - 3))
        }
    }

    @Test(
        "a frame that no build makes small enough is an error with function, size and limit, and nothing is kept",
        .enabled(if: !Fixture.compilers.isEmpty, "needs clang or gcc, and a linker"), arguments: Fixture.compilers)
    func neverSmaller(compiler: String) throws {
        let fixture = try Fixture()
        let error = #expect(throws: ToolchainError.self) {
            try fixture.toolchain(compiler).code(
                { Self.parts(apart: 3000, frugal: 2000) }, frameSizeMax: { $0 == "f1" ? 1000 : 4096 })
        }
        guard case .frameSize("f1", let size, limit: 1000)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(size >= 1500)
        #expect(try fixture.leftovers() == [])
        #expect(throws: CocoaError.self) { try fixture.entry() }
    }
}
