// SPDX-License-Identifier: Apache-2.0
// The compile and link lines. Constants: one flag can change speed twofold or a result by a bit, so a test compares them.

/// What is on the command line besides file names. All of it is part of the cache key.
package enum CompileFlags {
    /// For every compiler. Speed and determinism first (each measured, see the AOT reference, section 8), then what keeps the
    /// compiler from adding anything of its own.
    package static let common = [
        "-std=gnu11", "-O1", "-march=x86-64-v2", "-mtune=generic", "-ffp-contract=off", "-fno-math-errno",
        "-fno-strict-aliasing", "-fno-finite-loops", "-fPIC", "-fvisibility=hidden", "-fstack-clash-protection",
        "-fno-asynchronous-unwind-tables",
        // The text is whole: no header, no warning for a person, no stamp of the compiler in the object.
        "-nostdinc", "-w", "-fno-ident", "-g0",
        // The size of each frame, in a file beside the object: CompilerRun holds it to what the function's calls cost.
        "-fstack-usage",
        // Distributions switch these on; they need symbols or notes that an object must not have.
        "-fno-stack-protector", "-fcf-protection=none",
        // Compilers replace a memcmp or a loop by these calls; only memcpy, memmove, memset and memcmp are there.
        "-fno-builtin-bcmp", "-fno-builtin-strlen", "-fno-builtin-wcslen",
        // Stores and loads of a contract must not become such calls either: a fault inside of them is not in the contract's code, so
        // it would be a death of the worker and not the trap that it is. What the text asks for by `__builtin_` name stays.
        "-fno-builtin-memset", "-fno-builtin-memcpy", "-fno-builtin-memmove",
    ]
    /// -O1 does not vectorise by itself, and without unrolling a loop of vectors takes one at a time; the other flags keep the clang of any build from its own defaults.
    package static let clang = [
        "--target=x86_64-unknown-linux-gnu", "-fvectorize", "-fslp-vectorize", "-funroll-loops", "-fno-crash-diagnostics",
    ]
    /// From clang 15 on: no configuration file of the distribution or user changes the line.
    package static let clangWithoutConfiguration = ["--no-default-config"]
    /// Without -mno-80387 gcc moves a double through the x87 stack where it runs out of registers. That makes a signalling NaN quiet, so
    /// bits would depend on register allocation; the scan of objects refuses such code.
    package static let gcc = ["-ftree-vectorize", "-fno-tree-loop-distribute-patterns", "-mno-80387", "-frandom-seed=xvm"]

    /// For ld.lld and GNU ld alike: one object with RELRO, bound at load, no stamp, no local names.
    package static let link = [
        "-shared", "-z", "relro", "-z", "now", "-z", "noexecstack", "-z", "text", "-z", "separate-code", "-z",
        "max-page-size=4096", "--build-id=none", "--hash-style=gnu", "-Bsymbolic", "-s",
    ]

    /// How a text whose frames came out too large is compiled again, one step after the other: its functions kept apart; then
    /// also nothing kept but in its variables. The text itself says what the two names change (Prelude of XVMCompiler). clang would still
    /// gather the constants of a function at its beginning and keep them there.
    package static func smallerFrames(kind: Compiler.Kind) -> [[String]] {
        [["-DXVM_APART"], ["-DXVM_APART", "-DXVM_FRUGAL"] + (kind == .clang ? ["-mllvm", "-disable-constant-hoisting"] : [])]
    }

    /// How much the compiler optimises. Results and gas are the same at both; -O1 with the flags above compiles in less time.
    package enum Level: String, Sendable, CaseIterable {
        case o1 = "-O1"
        case o2 = "-O2"
    }

    package static func compile(kind: Compiler.Kind, major: Int, level: Level = .o1) -> [String] {
        let common = common.map { $0 == Level.o1.rawValue ? level.rawValue : $0 }
        return switch kind {
        case .clang: common + clang + (major >= 15 ? clangWithoutConfiguration : [])
        case .gcc: common + gcc
        }
    }
}
