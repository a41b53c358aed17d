// SPDX-License-Identifier: Apache-2.0
// Good objects pass; each rule refuses one doctored object, with the value and the limit.

import Foundation
import Testing
@testable import XVMElf

private func error(_ bytes: [UInt8], limits: ElfLimits = ElfLimits()) -> ElfError? {
    do {
        _ = try ElfVerifier.verify(bytes, producer: .translator, limits: limits)
        return nil
    } catch { return error }
}

@Suite("objects that keep the rules")
struct GoodObjects {
    @Test("objects of every compiler and linker pass, and show their descriptor and imports", arguments: Tools.all)
    func good(tools: Tools) throws {
        let bytes = try tools.object()
        let verified = try ElfVerifier.verify(bytes, producer: .translator)
        #expect(verified.bytes == bytes)
        #expect(Set(verified.imports) == ["memcpy", "memset"])
        #expect(verified.descriptor.count == 120)
        #expect(Array(verified.descriptor[0..<19]) == [0x58, 0x56, 0x4d, 0x41, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 2, 3])
        #expect(verified.imageSize % 4096 == 0)
    }

    @Test("an object without plain data passes: GNU ld lets RELRO reach beyond it", arguments: Tools.all)
    func onlyRelro(tools: Tools) throws {
        let source =
            "static const int x[4] = {1}; __attribute__((visibility(\"default\"))) const struct { char a[120]; const void *p[6]; } xvm_module = {{[12] = 1}, {x}};"
        let refusal = error(try tools.object(source))
        #expect(refusal == nil, "\(String(describing: refusal))")
    }

    @Test("a System V hash table is as good as a GNU one", arguments: Tools.all)
    func systemVHash(tools: Tools) throws {
        for style in ["sysv", "both"] {
            let bytes = try tools.object(link: ["-z", "relro", "-z", "now", "-z", "noexecstack", "--hash-style=" + style])
            #expect(error(bytes) == nil, "\(style)")
        }
    }

    @Test("packed relative relocations pass", .enabled(if: Tools.all.contains { $0.linker == "ld.lld" }, "needs ld.lld"))
    func relr() throws {
        let tools = try #require(Tools.all.first { $0.linker == "ld.lld" })
        let bytes = try tools.object(link: ["-z", "relro", "-z", "now", "-z", "noexecstack", "--pack-dyn-relocs=relr"])
        #expect(error(bytes) == nil)
        var outside = Doctored(bytes: bytes)
        outside.write(0x8, outside.table(36), 8)
        #expect(error(outside.bytes) == .relocationTarget(address: 8))
        var bitmap = Doctored(bytes: bytes)
        bitmap.write(3, bitmap.table(36), 8)
        #expect(error(bitmap.bytes) == .relocationTarget(address: 3))
        var odd = Doctored(bytes: bytes)
        odd.write(9, odd.dynamic(35) + 8, 8)
        #expect(error(odd.bytes) == .tableSize(tag: 35, size: 9, limit: 8))
    }
}

/// Objects that a compiler or linker makes when it is asked for the wrong thing.
@Suite("objects made with the wrong flags", .enabled(if: Tools.first != nil, "needs clang or gcc, and ld.lld or ld.bfd"))
struct WrongFlags {
    private static let good = ["-z", "relro", "-z", "now", "-z", "noexecstack"]

    @Test("no RELRO", arguments: Tools.all)
    func relro(tools: Tools) throws {
        #expect(error(try tools.object(link: ["-z", "norelro", "-z", "now", "-z", "noexecstack"])) == .noRelro)
    }

    @Test("lazy binding", arguments: Tools.all)
    func lazy(tools: Tools) throws {
        #expect(error(try tools.object(link: ["-z", "relro", "-z", "lazy", "-z", "noexecstack"])) == .lazyBinding)
    }

    @Test("an executable stack", arguments: Tools.all)
    func stack(tools: Tools) throws {
        #expect(error(try tools.object(link: ["-z", "relro", "-z", "now", "-z", "execstack"])) == .executableStack(flags: 7))
    }

    @Test("a search path", arguments: Tools.all)
    func path(tools: Tools) throws {
        #expect(error(try tools.object(link: Self.good + ["-rpath", "/tmp", "--enable-new-dtags"])) == .searchPath(tag: 29))
        #expect(error(try tools.object(link: Self.good + ["-rpath", "/tmp", "--disable-new-dtags"])) == .searchPath(tag: 15))
    }

    @Test("an audit or filter library", arguments: Tools.all)
    func audit(tools: Tools) throws {
        #expect(error(try tools.object(link: Self.good + ["--auxiliary=x.so"])) == .filter(tag: 0x7fff_fffd))
        #expect(error(try tools.object(link: Self.good + ["--filter=x.so"])) == .filter(tag: 0x7fff_ffff))
    }

    @Test("an interpreter", arguments: Tools.all.filter { $0.linker == "ld.bfd" })
    func interpreter(tools: Tools) throws {
        let source = Tools.source + "\nconst char path[] __attribute__((section(\".interp\"))) = \"/lib/x\";"
        #expect(error(try tools.object(source, link: Self.good)) == .interpreter)
    }

    @Test("a constructor, a destructor and an initialiser", arguments: Tools.all)
    func initialisers(tools: Tools) throws {
        let constructor = Tools.source + "\n__attribute__((constructor)) static void begin(void) { counter = 1; }"
        let refusal = error(try tools.object(constructor, link: Self.good))
        #expect(refusal == .initialiser(tag: 25) || refusal == .initialiser(tag: 27))
        let destructor = Tools.source + "\n__attribute__((destructor)) static void end(void) { counter = 1; }"
        let second = error(try tools.object(destructor, link: Self.good))
        #expect(second == .finaliser(tag: 26) || second == .finaliser(tag: 28))
        let plain = Tools.source + "\nvoid _init(void) { counter = 1; }"
        #expect(error(try tools.object(plain, link: Self.good)) == .initialiser(tag: 12))
        let last = Tools.source + "\nvoid _fini(void) { counter = 1; }"
        #expect(error(try tools.object(last, link: Self.good)) == .finaliser(tag: 13))
    }

    @Test("thread-local memory", arguments: Tools.all)
    func threadLocal(tools: Tools) throws {
        let source = Tools.source + "\nstatic __thread u64 mine; __attribute__((used)) static u64 next(void) { return ++mine; }"
        let refusal = error(try tools.object(source, compile: ["-ftls-model=initial-exec"], link: Self.good))
        #expect(refusal == .threadLocalStorage)
    }

    @Test("an undefined symbol that is not one of the four", arguments: Tools.all)
    func undefined(tools: Tools) throws {
        let source =
            Tools.source + "\nint system(const char *); __attribute__((used)) static int bad(void) { return system(\"x\"); }"
        #expect(error(try tools.object(source, link: Self.good)) == .undefinedSymbol(name: "system"))
    }

    @Test("a weak import", arguments: Tools.all)
    func weak(tools: Tools) throws {
        let source =
            Tools.source
            + "\n__attribute__((weak)) void *memmove(void *, const void *, u64);"
            + "\n__attribute__((used)) static void *m(void) { return memmove; }"
        #expect(error(try tools.object(source, link: Self.good)) == .symbolBinding(name: "memmove", binding: 2))
    }

    @Test("a second export, and none", arguments: Tools.all)
    func exports(tools: Tools) throws {
        let second = Tools.source + "\n__attribute__((visibility(\"default\"))) int more = 1;"
        #expect(error(try tools.object(second, link: Self.good)) == .unexpectedExport(name: "more"))
        let none = Tools.source.replacing("visibility(\"default\")", with: "visibility(\"hidden\"), used")
        #expect(error(try tools.object(none, link: Self.good)) == .noExport)
    }

    @Test("a descriptor that is a function, too small, or zero-filled", arguments: Tools.all)
    func descriptor(tools: Tools) throws {
        let function =
            "__attribute__((visibility(\"default\"))) int xvm_module(void) { return 1; } static int (*const p)(void) = xvm_module; __attribute__((used)) static int (*const *q)(void) = &p;"
        #expect(error(try tools.object(function, link: Self.good)) == .exportType(2))
        let small = "static int x; __attribute__((visibility(\"default\"))) int *const xvm_module[2] = {&x, &x};"
        #expect(error(try tools.object(small, link: Self.good)) == .exportSize(16, minimum: 168))
        let empty =
            "static int x; __attribute__((used)) int *const p = &x; __attribute__((visibility(\"default\"))) char xvm_module[200];"
        guard case .exportOutsideData(_, 200)? = error(try tools.object(empty, link: Self.good)) else {
            Issue.record("a descriptor in .bss was not refused")
            return
        }
    }

    @Test("an indirect function", arguments: Tools.all)
    func indirect(tools: Tools) throws {
        let source =
            Tools.source
            + "\ntypedef int fn(void); static int one(void) { return 1; } static fn *pick(void) { return one; }"
            + "\nstatic int chosen(void) __attribute__((ifunc(\"pick\")));"
            + "\n__attribute__((used)) static int use(void) { return chosen(); }"
        let refusal = error(try tools.object(source, link: Self.good))
        switch refusal {
        case .indirectRelocation, .osABI: break
        default: Issue.record("refused with \(String(describing: refusal))")
        }
    }

    @Test("text relocations", arguments: Tools.all)
    func text(tools: Tools) throws {
        let source = Tools.source + "\n__attribute__((used, section(\".text\"))) static void *const inText = &counter;"
        let refusal = error(try tools.object(source, link: Self.good + ["-z", "notext"]))
        guard let refusal else {
            Issue.record("not refused")
            return
        }
        // A data object in .text makes some compilers mark the section writable: then the segment is what is wrong.
        switch refusal {
        case .textRelocations, .segmentWritableAndExecutable: break
        default: Issue.record("refused with \(refusal)")
        }
    }

    @Test("a needed library", arguments: Tools.all)
    func needed(tools: Tools) throws {
        let library = FileManager.default.temporaryDirectory.appending(path: "xvm-elf-\(UUID().uuidString).so")
        try Data(try tools.object("__attribute__((visibility(\"default\"))) int other;", link: Self.good)).write(to: library)
        defer { try? FileManager.default.removeItem(at: library) }
        let refusal = error(try tools.object(link: Self.good + ["--no-as-needed"], libraries: [library.path]))
        #expect(refusal == .needed, "\(String(describing: refusal))")
    }
}
