// SPDX-License-Identifier: Apache-2.0
// Compilers that are missing, wrong, or misbehave: small shell scripts in their place.

import Foundation
import TestSupport
import Testing
import XVMElf
import XVMSystem
@testable import XVMToolchain

@Suite("missing and misbehaving compilers")
struct FakeCompilerTests {
    @Test("without PATH there is no compiler, and the text says what to do")
    func emptyPath() throws {
        let fixture = try Fixture()
        for path in ["", "relative:./here"] {
            let error = #expect(throws: ToolchainError.self) { try fixture.toolchain(environment: ["PATH": path]).code() }
            #expect(error == .noCompiler(looked: []))
            #expect(error?.description.contains("apt-get install gcc") == true)
        }
    }

    @Test("a PATH without compilers is listed place by place, with reasons")
    func looked() throws {
        let fixture = try Fixture()
        let bin = fixture.root + "/bin"
        #expect(throws: ToolchainError.noCompiler(looked: [bin + "/clang", bin + "/gcc"])) {
            try fixture.toolchain(environment: ["PATH": bin]).describeCompiler()
        }
        try fixture.script("gcc", "echo 'tcc version 0.9'")
        _ = try fixture.fakeCompiler("clang", version: "11.0.1", "exit 1")
        #expect(
            throws: ToolchainError.noCompiler(looked: [
                bin + "/clang (clang 11 is older than 13)", bin + "/gcc (neither clang nor gcc: tcc version 0.9)",
            ])
        ) { try fixture.toolchain(environment: ["PATH": bin]).describeCompiler() }
    }

    @Test("a compiler that was asked for is used or refused, never replaced")
    func asked() throws {
        let fixture = try Fixture()
        let toolchain = try fixture.toolchain(environment: ["XVM_CC": "/nonexistent/cc"])
        #expect(
            throws: ToolchainError.compilerUnusable(path: "/nonexistent/cc", reason: "there is no such program (XVM_CC)")
        ) { try toolchain.code() }
        let configured = try fixture.toolchain("no-such-compiler", environment: ["XVM_CC": "gcc"])
        #expect(
            throws: ToolchainError.compilerUnusable(path: "no-such-compiler", reason: "there is no such program (configured)")
        ) { try configured.code() }
        let failing = try fixture.script("cc", "echo broken >&2; exit 4")
        #expect(
            throws: ToolchainError.compilerUnusable(
                path: failing, reason: "`--version` ended with exited(status: 4): broken")
        ) { try fixture.toolchain(failing).code() }
    }

    @Test("the newest clang on PATH wins over an older one, and clang over gcc")
    func newest() throws {
        let fixture = try Fixture()
        let bin = fixture.root + "/bin"
        _ = try fixture.fakeCompiler("clang", version: "14.0.6", "exit 1")
        let path17 = try fixture.fakeCompiler("clang-17", version: "17.0.1", "exit 1")
        _ = try fixture.fakeCompiler("clang-13", version: "13.0.1", "exit 1")
        try fixture.script("ld", "echo 'GNU ld 2.40'")
        var compiler = try fixture.toolchain(environment: ["PATH": bin]).describeCompiler()
        #expect(compiler.path == path17)
        #expect(compiler.major == 17)
        #expect(compiler.kind == .clang)
        #expect(compiler.source == "PATH")
        #expect(compiler.linkerPath == bin + "/ld")
        // The clang of the Swift toolchain comes before; the link in bin leads to it.
        try FileManager.default.createDirectory(atPath: fixture.root + "/swift/bin", withIntermediateDirectories: true)
        try fixture.script("swift", "exit 0")
        try FileManager.default.moveItem(atPath: bin + "/swift", toPath: fixture.root + "/swift/bin/swift")
        try FileManager.default.createSymbolicLink(atPath: bin + "/swift", withDestinationPath: fixture.root + "/swift/bin/swift")
        let beside = try fixture.fakeCompiler("other", version: "15.0.0", "exit 1")
        try FileManager.default.moveItem(atPath: beside, toPath: fixture.root + "/swift/bin/clang")
        compiler = try fixture.toolchain(environment: ["PATH": bin]).describeCompiler()
        #expect(compiler.source == "beside swift")
        #expect(compiler.major == 15)
        compiler = try fixture.toolchain(environment: ["PATH": bin, "XVM_CC": "clang-17"]).describeCompiler()
        #expect(compiler.source == "XVM_CC")
        #expect(compiler.major == 17)
        compiler = try fixture.toolchain("clang-13", environment: ["PATH": bin, "XVM_CC": "clang-17"]).describeCompiler()
        #expect(compiler.source == "configured")
        #expect(compiler.major == 13)
    }

    @Test("identity follows the content of the real programs, not their names")
    func identity() throws {
        let fixture = try Fixture()
        let first = try fixture.fakeCompiler("a-cc", "exit 1")
        try copyProgram(first, to: fixture.root + "/bin/b-cc")
        try FileManager.default.createSymbolicLink(atPath: fixture.root + "/bin/c-cc", withDestinationPath: first)
        try fixture.script("ld", "echo 'GNU ld 2.40'")
        let environment = ["PATH": fixture.root + "/bin"]
        func identity(_ name: String) throws -> [UInt8] {
            try fixture.toolchain(name, environment: environment).describeCompiler().identity
        }
        let one = try identity("a-cc")
        #expect(try identity("b-cc") == one)
        #expect(try identity("c-cc") == one)
        try Data(try Data(contentsOf: URL(filePath: first)) + Data("\n".utf8)).write(to: URL(filePath: first))
        #expect(try identity("a-cc") != one)
        #expect(try identity("b-cc") == one)
        // The linker counts too.
        try fixture.script("ld", "echo 'GNU ld 2.41'")
        #expect(try identity("b-cc") != one)
    }

    @Test("no linker is an error of its own; gold is none")
    func noLinker() throws {
        let fixture = try Fixture()
        let bin = fixture.root + "/bin"
        let compiler = try fixture.fakeCompiler("fake-cc", "exit 1")
        try fixture.script("ld", "echo 'GNU gold (GNU Binutils) 1.16'")
        #expect(
            throws: ToolchainError.noLinker(looked: [bin + "/ld.lld", bin + "/ld.bfd", bin + "/ld"])
        ) { try fixture.toolchain(compiler, environment: ["PATH": bin]).describeCompiler() }
    }

    @Test("a compiler that fails: status and its first lines, nothing left behind")
    func fails() throws {
        let fixture = try Fixture()
        let compiler = try fixture.fakeCompiler(
            "fake-cc", "touch junk p9.o; for i in 1 2 3 4 5 6 7; do printf 'line %s\\033[31m\\n' $i >&2; done; exit 3")
        #expect(
            throws: ToolchainError.compilerFailed(
                step: "compiling part 1 of 2", status: 3,
                output: (1...5).map { "line \($0)?[31m" }.joined(separator: " | "))
        ) { try fixture.toolchain(compiler, limits: CompileLimits(parallelCount: 1)).code() }
        #expect(try fixture.leftovers() == [])
    }

    @Test("a compiler gets no environment of the host and a private folder")
    func environment() throws {
        let fixture = try Fixture()
        let compiler = try fixture.fakeCompiler("fake-cc", "env | cut -d= -f1 | sort >&2; stat -c %a . >&2; exit 3")
        do {
            _ = try fixture.toolchain(compiler, environment: ["CPATH": "/evil", "HOME": "/evil"]).code()
            Issue.record("compiled")
        } catch ToolchainError.compilerFailed(_, _, let output) {
            let names = Set(output.split(separator: " | ").map(String.init))
            #expect(names.isSuperset(of: ["LC_ALL", "PATH", "TMPDIR", "700"]))
            #expect(names.isSubset(of: ["LC_ALL", "PATH", "TMPDIR", "700", "PWD", "OLDPWD", "SHLVL", "_"]))
        }
    }

    @Test("a compiler that spins is ended by its CPU limit, one that sleeps by the time limit")
    func limits() throws {
        let fixture = try Fixture()
        let busy = try fixture.fakeCompiler("busy", "while :; do :; done")
        #expect(throws: ToolchainError.cpuLimit(step: "compiling part 1 of 2", seconds: 1)) {
            try fixture.toolchain(busy, limits: CompileLimits(cpuSeconds: 1, parallelCount: 1)).code()
        }
        let asleep = try fixture.fakeCompiler("asleep", "sleep 1000 & wait")
        let error = #expect(throws: ToolchainError.self) {
            try fixture.toolchain(asleep, limits: CompileLimits(wallSeconds: 1, parallelCount: 1)).code()
        }
        #expect(error == .wallLimit(step: "compiling part 1 of 2", seconds: 1))
        #expect(try fixture.leftovers() == [])
    }

    @Test("a compiler that is killed, or says that memory ran out")
    func killed() throws {
        let fixture = try Fixture()
        // Signals are not to be had in the sandbox; how an end by one is told does not depend on it.
        let killed = try fixture.fakeCompiler("killed", "echo dying >&2; kill -SEGV $$")
        #expect(throws: ToolchainError.compilerSignalled(step: "compiling part 1 of 2", signal: 11, output: "dying")) {
            try fixture.toolchain(killed, limits: CompileLimits(parallelCount: 1), floor: nil).code()
        }
        let memory = try fixture.fakeCompiler("memory", "echo 'LLVM ERROR: out of memory' >&2; exit 1")
        #expect(
            throws: ToolchainError.memoryLimit(
                step: "compiling part 1 of 2", size: 4 << 30, output: "LLVM ERROR: out of memory")
        ) { try fixture.toolchain(memory, limits: CompileLimits(parallelCount: 1)).code() }
        #expect(try fixture.leftovers() == [])
    }

    @Test("a compiler or linker that writes garbage, or nothing, is found out")
    func garbage() throws {
        let fixture = try Fixture()
        // The last argument is the object; the report about frames stands beside it.
        let write = "for last in \"$@\"; do :; done; echo garbage > $last"
        let silent = try fixture.fakeCompiler("silent-cc", write)
        #expect(throws: ToolchainError.compilerLeftNothing(step: "compiling part 1 of 2")) {
            try fixture.toolchain(silent).code()
        }
        let confused = try fixture.fakeCompiler("confused-cc", write + "; echo garbage > ${last%.o}.su")
        #expect(throws: ToolchainError.stackReport(step: "compiling part 1 of 2")) { try fixture.toolchain(confused).code() }
        let compiler = try fixture.fakeCompiler("fake-cc", write + "; : > ${last%.o}.su")
        do {
            _ = try fixture.toolchain(compiler).code()
            Issue.record("linked garbage")
        } catch ToolchainError.compilerFailed(let step, _, _) {
            #expect(step == "linking")
        }
        // With a linker that believes it: option -o is followed by the name.
        let version = "if test \"$1\" = --version; then echo 'GNU ld fake'; exit 0; fi\n"
        let take = "while test $# -gt 0; do if test \"$1\" = -o; then out=$2; fi; shift; done\n"
        try fixture.script("ld.lld", version + take + "head -c 4096 $0 > $out")
        let environment = ["PATH": fixture.root + "/bin:" + Fixture.hostPath]
        #expect(throws: ToolchainError.objectRefused(.notElf, path: nil)) {
            try fixture.toolchain(compiler, environment: environment).code()
        }
        try fixture.script("ld.lld", version + take + "exit 0")
        #expect(throws: ToolchainError.compilerLeftNothing(step: "linking")) {
            try fixture.toolchain(compiler, environment: environment).code()
        }
        // A link to somewhere else in the object's place is not followed.
        try fixture.script("ld.lld", version + take + "ln -s /etc/passwd $out")
        // (None can be made in the sandbox.)
        let error = #expect(throws: ToolchainError.self) {
            try fixture.toolchain(compiler, environment: environment, floor: nil).code()
        }
        guard case .system(let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.errno == ELOOP)
        #expect(try fixture.leftovers() == [])
        #expect(FileManager.default.fileExists(atPath: "/etc/passwd"))
    }

    @Test(
        "gcc links with GNU ld alone and with lld alone",
        .enabled(if: Fixture.onPath("gcc") != nil && Fixture.onPath("as") != nil, "needs gcc and binutils"),
        arguments: ["ld.lld", "ld.bfd"].filter { Fixture.onPath($0) != nil })
    func oneLinker(linker: String) throws {
        let fixture = try Fixture()
        for (name, target) in [("gcc", "gcc"), ("as", "as"), ("ld", linker)] {
            let path = try #require(Fixture.onPath(target))
            // lld decides by its name what it is.
            let own = target == "ld.lld" ? target : name
            try FileManager.default.createSymbolicLink(atPath: fixture.root + "/bin/" + own, withDestinationPath: path)
        }
        let toolchain = try fixture.toolchain(environment: ["PATH": fixture.root + "/bin"])
        #expect(try toolchain.describeCompiler().kind == .gcc)
        #expect(try toolchain.code().origin == .compiled)
    }
}
