// SPDX-License-Identifier: Apache-2.0
// libFuzzer's loop around a target. Only in the build of scripts/fuzz, which instruments the code and links the library.

#if XVM_LIBFUZZER
    import Foundation
    import Glibc
    import XVMFuzz

    enum LibFuzzer {
        private typealias Body = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
        private typealias Driver =
            @convention(c) (
                UnsafeMutablePointer<Int32>, UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>, Body
            ) -> Int32
        // SAFETY: written once before the loop begins, read by libFuzzer's one thread.
        nonisolated(unsafe) private static var check: FuzzTarget.Check = { _ in }

        static func run() -> Never {
            let name = ProcessInfo.processInfo.environment["XVM_FUZZ_TARGET"] ?? ""
            guard let target = FuzzTarget.named(name) else { fatalError("XVM_FUZZ_TARGET '\(name)' is no target") }
            do { unsafe check = try target.open() } catch { fatalError("\(error)") }
            if let folder = ProcessInfo.processInfo.environment["XVM_FUZZ_SEEDS"] {
                var mutator = Mutator(target, seed: 1)
                for number in 0..<200 {
                    try? Data(mutator.next()).write(to: URL(filePath: folder + "/seed-\(number)"))
                }
            }
            // SAFETY: the symbol is libFuzzer's (compiler-rt/lib/fuzzer/FuzzerInterface.h), linked into this program and kept by -u.
            guard let symbol = unsafe dlsym(nil, "LLVMFuzzerRunDriver") else { fatalError("this build has no libFuzzer") }
            let driver = unsafe unsafeBitCast(symbol, to: Driver.self)
            var count = CommandLine.argc
            var arguments = unsafe CommandLine.unsafeArgv
            let status = unsafe driver(&count, &arguments) { bytes, size in
                let input = unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: size))
                do { try unsafe check(input) } catch { fatalError("\(error)") }
                return 0
            }
            exit(status)
        }
    }
#endif
