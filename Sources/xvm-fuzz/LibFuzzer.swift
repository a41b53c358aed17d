// SPDX-License-Identifier: Apache-2.0
// libFuzzer's loop around a target. Only in the build of scripts/fuzz, which instruments the code and links the library.

#if XVM_LIBFUZZER
    import Foundation
    import Glibc
    import XVMFuzz

    /// The target's function. SAFETY: libFuzzer's loop runs on one thread, the one that makes this value.
    private final class LibFuzzerTarget: @unchecked Sendable {
        let check: FuzzTarget.Check
        init(_ target: FuzzTarget) {
            do { check = try target.open() } catch { fatalError("\(error)") }
        }
        func run(_ input: [UInt8]) {
            do { try check(input) } catch { fatalError("\(error)") }
        }
        /// Made at the first input.
        static let named: LibFuzzerTarget = {
            let name = ProcessInfo.processInfo.environment["XVM_FUZZ_TARGET"] ?? ""
            guard let target = FuzzTarget.named(name) else { fatalError("XVM_FUZZ_TARGET '\(name)' is no target") }
            return LibFuzzerTarget(target)
        }()
    }

    private func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
        // SAFETY: libFuzzer passes `size` bytes that live during the call.
        LibFuzzerTarget.named.run(unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: size)))
        return 0
    }

    enum LibFuzzer {
        private typealias Body = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
        private typealias Driver = @convention(c) (UnsafeMutableRawPointer, UnsafeMutableRawPointer, Body) -> Int32

        static func run() {
            writeSeeds()
            // SAFETY: the symbol is libFuzzer's (compiler-rt/lib/fuzzer/FuzzerInterface.h), linked into this program and kept by -u.
            guard let symbol = unsafe dlsym(nil, "LLVMFuzzerRunDriver") else { fatalError("this build has no libFuzzer") }
            let driver = unsafe unsafeBitCast(symbol, to: Driver.self)
            let count = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
            let list = UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>.allocate(capacity: 1)
            unsafe count.initialize(to: CommandLine.argc)
            unsafe list.initialize(to: CommandLine.unsafeArgv)
            exit(unsafe driver(count, list, testOneInput))
        }

        private static func writeSeeds() {
            let environment = ProcessInfo.processInfo.environment
            guard let folder = environment["XVM_FUZZ_SEEDS"], let target = FuzzTarget.named(environment["XVM_FUZZ_TARGET"] ?? "")
            else {
                return
            }
            var mutator = Mutator(target, seed: 1)
            for number in 0..<200 { try? Data(mutator.next()).write(to: URL(filePath: folder + "/seed-\(number)")) }
        }
    }
#endif
