// SPDX-License-Identifier: Apache-2.0
// Compiling with the real compilers of this machine.

import Foundation
import Testing
import XVMElf
@testable import XVMToolchain

@Suite("compiling", .enabled(if: !Fixture.compilers.isEmpty, "needs clang or gcc, and a linker"))
struct CompileTests {
    @Test("the compile and link lines are these, to the letter")
    func flags() {
        let common = """
            -std=gnu11 -O1 -march=x86-64-v2 -mtune=generic -ffp-contract=off -fno-math-errno -fno-strict-aliasing \
            -fno-finite-loops -fPIC -fvisibility=hidden -fstack-clash-protection -fno-asynchronous-unwind-tables -nostdinc -w \
            -fno-ident -g0 -fstack-usage -fno-stack-protector -fcf-protection=none -fno-builtin-bcmp -fno-builtin-strlen \
            -fno-builtin-wcslen -fno-builtin-memset -fno-builtin-memcpy -fno-builtin-memmove
            """
        let clang = " --target=x86_64-unknown-linux-gnu -fvectorize -fslp-vectorize -funroll-loops -fno-crash-diagnostics"
        #expect(CompileFlags.compile(kind: .clang, major: 14).joined(separator: " ") == common + clang)
        #expect(CompileFlags.compile(kind: .clang, major: 15).joined(separator: " ") == common + clang + " --no-default-config")
        #expect(
            CompileFlags.compile(kind: .gcc, major: 12).joined(separator: " ") == common
                + " -ftree-vectorize -fno-tree-loop-distribute-patterns -mno-80387 -frandom-seed=xvm")
        #expect(CompileFlags.compile(kind: .gcc, major: 12, level: .o2)[1] == "-O2")
        #expect(CompileFlags.smallerFrames(kind: .gcc) == [["-DXVM_APART"], ["-DXVM_APART", "-DXVM_FRUGAL"]])
        #expect(
            CompileFlags.smallerFrames(kind: .clang)
                == [["-DXVM_APART"], ["-DXVM_APART", "-DXVM_FRUGAL", "-mllvm", "-disable-constant-hoisting"]])
        #expect(
            CompileFlags.link.joined(separator: " ")
                == "-shared -z relro -z now -z noexecstack -z text -z separate-code -z max-page-size=4096 --build-id=none "
                + "--hash-style=gnu -Bsymbolic -s")
    }

    @Test("a Module in two parts becomes verified Code, and comes from the cache the second time", arguments: Fixture.compilers)
    func missAndHit(compiler: String) throws {
        let fixture = try Fixture()
        let first = try fixture.toolchain(compiler).code()
        #expect(first.origin == .compiled)
        #expect(first.compileNanoseconds > 0)
        #expect(first.elf.imports == ["memcpy"])
        #expect(first.moduleHash == Fixture.moduleHash)
        #expect(first.scheduleHash == Fixture.scheduleHash)
        #expect(first.isMetered)
        #expect(first.compiler.contains(compiler == "clang" ? "clang version" : "gcc"))
        #expect(try fixture.leftovers() == [])
        let mode = try FileManager.default.attributesOfItem(atPath: fixture.cache)[.posixPermissions] as? Int
        #expect(mode == 0o700)

        let second = try fixture.toolchain(compiler).code {
            Issue.record("emitted although the cache has it")
            return []
        }
        #expect(second.isFromCache)
        #expect(second.bytes == first.bytes)
        #expect(second.hash == first.hash)
        #expect(second.key == first.key)
        #expect(second.compileNanoseconds == 0)
        #expect(fixture.warnings == [])
    }

    @Test("two compilations in different folders give the same bytes", arguments: Fixture.compilers)
    func deterministic(compiler: String) throws {
        let (one, two) = (try Fixture(), try Fixture())
        let first = try one.toolchain(compiler).code()
        let second = try two.toolchain(compiler, limits: CompileLimits(parallelCount: 1)).code()
        #expect(second.origin == .compiled)
        #expect(first.bytes == second.bytes)
        #expect(first.key == second.key)
        // Nothing of the place where it was compiled is inside.
        #expect(!String(decoding: first.bytes, as: UTF8.self).contains("xvm-build"))
    }

    @Test("what compilers make of loops and comparisons needs nothing but the four functions", arguments: Fixture.compilers)
    func idioms(compiler: String) throws {
        let more = """
            int memcmp(const void *, const void *, u64); void *memmove(void *, const void *, u64); void *memset(void *, int, u64);
            __attribute__((used)) static int equal(const u8 *a, const u8 *b, u64 n) { return memcmp(a, b, n) == 0; }
            __attribute__((used)) static u64 length(const char *s) { u64 n = 0; while (s[n]) n++; return n; }
            __attribute__((used)) static u64 wide(const int *s) { u64 n = 0; while (s[n]) n++; return n; }
            __attribute__((used)) static void fill(u8 *a, u64 n) { for (u64 i = 0; i < n; i++) a[i] = 0; }
            __attribute__((used)) static void copy(u8 *a, u8 *b, u64 n) { for (u64 i = 0; i < n; i++) a[i] = b[i]; }
            __attribute__((used)) static double roots(double x) { return __builtin_floor(x) + __builtin_sqrt(x) + __builtin_trunc(x) + __builtin_nearbyint(x); }
            __attribute__((used)) static int bits(u64 x) { return __builtin_popcountl(x) + __builtin_clzl(x) + __builtin_ctzl(x); }
            __attribute__((used)) static u64 big(u8 *p) { volatile u8 frame[20000]; frame[p[0]] = 1; return frame[p[1]]; }
            __attribute__((used)) static int pick(u32 i) { switch (i) { case 0: return 9; case 1: return 4; case 2: return 77; case 3: return 1; case 4: return 3; case 5: return 8; } return 0; }
            """
        let fixture = try Fixture()
        let code = try fixture.toolchain(compiler).code { Fixture.parts(more: more) }
        #expect(Set(code.elf.imports).isSubset(of: ElfRules.imports))
    }

    @Test("text that calls something else is refused by its name", arguments: Fixture.compilers)
    func undefined(compiler: String) throws {
        let fixture = try Fixture()
        let toolchain = try fixture.toolchain(compiler)
        let more = "int system(const char *); __attribute__((used)) static int bad(void) { return system(\"x\"); }"
        #expect(throws: ToolchainError.objectRefused(.undefinedSymbol(name: "system"), path: nil)) {
            try toolchain.code { Fixture.parts(more: more) }
        }
        #expect(throws: ToolchainError.self) { try toolchain.code { [Array("#include <stdio.h>\n".utf8)] } }
        #expect(try fixture.leftovers() == [])
        // Neither was kept.
        #expect(throws: CocoaError.self) { try fixture.entry() }
    }

    @Test("text that does not compile is an error with the compiler's words", arguments: Fixture.compilers)
    func broken(compiler: String) throws {
        let fixture = try Fixture()
        do {
            _ = try fixture.toolchain(compiler).code { [Array("int f(void) { return nowhere; }".utf8)] }
            Issue.record("compiled")
        } catch ToolchainError.compilerFailed(let step, let status, let output) {
            #expect(step == "compiling part 1 of 1")
            #expect(status == 1)
            #expect(output.contains("nowhere"))
        }
        #expect(try fixture.leftovers() == [])
    }

    @Test("an object whose descriptor says another Module is refused and not kept")
    func mismatch() throws {
        let fixture = try Fixture()
        let toolchain = try fixture.toolchain(Fixture.compilers[0])
        let other = [UInt8](repeating: 0xab, count: 32)
        func field(_ parts: @escaping () -> [[UInt8]]) -> String? {
            do { _ = try toolchain.code(parts) } catch ToolchainError.descriptorMismatch(let field, _, _) { return field } catch {
            }
            return nil
        }
        #expect(field { Fixture.parts(moduleHash: other) } == "module hash")
        #expect(field { Fixture.parts(scheduleHash: other) } == "schedule hash")
        #expect(field { Fixture.parts(magic: 7) } == "magic")
        #expect(field { Fixture.parts(abiVersion: 2) } == "ABI version")
        #expect(throws: CocoaError.self) { try fixture.entry() }
        #expect(try toolchain.code().origin == .compiled)
    }

    @Test("an error of the translator comes through, and a second try is made in full")
    func partsThrow() throws {
        struct Refusal: Error {}
        let fixture = try Fixture()
        let toolchain = try fixture.toolchain(Fixture.compilers[0])
        #expect(throws: Refusal.self) { try toolchain.code { throw Refusal() } }
        #expect(try toolchain.code().origin == .compiled)
    }

    @Test("limits on parts and text hold before anything runs")
    func sourceLimits() throws {
        let fixture = try Fixture()
        let few = try fixture.toolchain(Fixture.compilers[0], limits: CompileLimits(partCountMax: 1))
        #expect(throws: ToolchainError.partCount(2, limit: 1)) { try few.code() }
        let size = Fixture.parts().reduce(0) { $0 + $1.count }
        let small = try fixture.toolchain(Fixture.compilers[0], limits: CompileLimits(sourceSizeMax: size - 1))
        #expect(throws: ToolchainError.sourceSize(size, limit: size - 1)) { try small.code() }
        #expect(
            try fixture.toolchain(Fixture.compilers[0], limits: CompileLimits(sourceSizeMax: size)).code().origin == .compiled)
    }

    @Test("memory and file size end a real compiler, each as its own error", arguments: Fixture.compilers)
    func resourceLimits(compiler: String) throws {
        let fixture = try Fixture()
        // Enough to start, too little for a text of this size.
        let lines = (0..<30000).map { "int v\($0)(int a, int b) { return a * \($0) + b / (a | 1) - v\($0 / 2)(b, a); }" }
        let text = "int v0(int, int);\n" + lines.dropFirst().joined(separator: "\n")
        let memory = try fixture.toolchain(compiler, limits: CompileLimits(addressSpaceSize: 300 << 20))
        do {
            _ = try memory.code { [Array(text.utf8)] }
            Issue.record("compiled within the limit")
        } catch ToolchainError.memoryLimit(_, let size, _) {
            #expect(size == 300 << 20)
        }
        let file = try fixture.toolchain(compiler, limits: CompileLimits(fileSize: 4096))
        #expect(throws: ToolchainError.fileSizeLimit(step: "compiling part 1 of 1", size: 4096)) {
            try file.code { [Array(("const char x[100000] = {1};").utf8)] }
        }
        #expect(try fixture.leftovers() == [])
    }

    @Test("CPU time ends a real compiler, also behind a driver", arguments: Fixture.compilers)
    func cpuLimit(compiler: String) throws {
        let fixture = try Fixture()
        let lines = (0..<200000).map { "int v\($0)(int a, int b) { return a * \($0) + b / (a | 1) - v\($0 / 2)(b, a); }" }
        let text = "int v0(int, int);\n" + lines.dropFirst().joined(separator: "\n")
        let toolchain = try fixture.toolchain(compiler, limits: CompileLimits(cpuSeconds: 1))
        #expect(throws: ToolchainError.cpuLimit(step: "compiling part 1 of 1", seconds: 1)) {
            try toolchain.code { [Array(text.utf8)] }
        }
        #expect(try fixture.leftovers() == [])
    }

    @Test("an object that a user hands in goes through the same checks")
    func handedIn() throws {
        let fixture = try Fixture()
        let made = try fixture.toolchain(Fixture.compilers[0]).code()
        let code = try Code(verifyingObject: made.bytes, path: "m.so", abiVersion: 1)
        #expect(code.origin == .file(path: "m.so"))
        #expect(code.key == nil)
        #expect(code.moduleHash == Fixture.moduleHash)
        #expect(code.hash == made.hash)
        #expect(throws: ToolchainError.objectRefused(.notElf, path: "x")) {
            try Code(verifyingObject: [UInt8](repeating: 0, count: 100), path: "x", abiVersion: 1)
        }
        #expect(throws: ToolchainError.descriptorMismatch(field: "ABI version", value: "1", expected: "2")) {
            try Code(verifyingObject: made.bytes, path: "m.so", abiVersion: 2)
        }
    }

    @Test("one key asked for by many threads is compiled once")
    func manyThreads() throws {
        let fixture = try Fixture()
        let toolchain = try fixture.toolchain(Fixture.compilers[0])
        _ = try toolchain.describeCompiler()
        let results = concurrently(8) { _ in try toolchain.code() }
        let codes = try results.map { try $0.get() }
        #expect(codes.filter { $0.origin == .compiled }.count == 1)
        #expect(Set(codes.map(\.hash)).count == 1)
    }

    @Test("several processes that compile one key do no harm")
    func manyProcesses() throws {
        // Each Toolchain has its own lock, so they meet in the folder only, as processes do.
        let fixture = try Fixture()
        let results = concurrently(4) { _ in try fixture.toolchain(Fixture.compilers[0]).code() }
        let codes = try results.map { try $0.get() }
        #expect(Set(codes.map(\.hash)).count == 1)
        #expect(fixture.warnings == [])
        #expect(try fixture.leftovers() == [])
        #expect(try fixture.toolchain(Fixture.compilers[0]).code().isFromCache)
    }
}

/// Runs `body` on that many threads at once.
func concurrently<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
) -> [Result<Value, any Error>] {
    let results = Collected<Result<Value, any Error>>()
    let group = DispatchGroup()
    for index in 0..<count {
        group.enter()
        Thread.detachNewThread {
            results.append(Result { try body(index) })
            group.leave()
        }
    }
    group.wait()
    return results.values
}
