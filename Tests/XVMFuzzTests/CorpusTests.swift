// SPDX-License-Identifier: Apache-2.0
// Every input that ever failed is run by the ordinary tests; and what is true of the harness itself.

import Foundation
import TestSupport
import Testing
import XVMFuzz

@Suite struct CorpusTests {
    struct Item: CustomTestStringConvertible, Sendable {
        var target: String
        var file: String
        var testDescription: String { target + "/" + file }
    }

    /// Tests/Corpus/TARGET/FILE.
    static let items: [Item] = {
        let root = packageRoot + "/Tests/Corpus"
        let folders = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted()
        return folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)) ?? []).sorted().map {
                Item(target: folder, file: $0)
            }
        }
    }()

    @Test("an input of the corpus passes", arguments: items)
    func replay(item: Item) throws {
        let target = try #require(FuzzTarget.named(item.target), "a folder of the corpus has no target")
        let check: FuzzTarget.Check
        do { check = try target.open() } catch is TargetUnavailable { return }
        try check(try packageFile("Tests/Corpus/\(item.target)/\(item.file)"))
    }

    @Test("target names are distinct words, and every folder of the corpus is one of them")
    func names() {
        let names = FuzzTarget.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLetter && $0.isLowercase } })
        #expect(Set(Self.items.map(\.target)).isSubset(of: names))
    }

    @Test("the same seed gives the same inputs, another seed others", arguments: FuzzTarget.all.map(\.name))
    func seeds(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        func inputs(_ seed: UInt64) -> [[UInt8]] {
            var mutator = Mutator(target, seed: seed)
            return (0..<200).map { _ in mutator.next() }
        }
        #expect(inputs(7) == inputs(7))
        #expect(inputs(7) != inputs(8))
        #expect(inputs(7).allSatisfy { $0.count <= target.sizeMax })
    }

    @Test("what the module generator writes is valid, every time")
    func generator() throws {
        let target = try #require(FuzzTarget.named("wasm"))
        var random = FuzzRandom(seed: 5)
        for _ in 0..<200 {
            let bytes = try #require(target.generate)(&random)
            #expect(throws: Never.self) { try WasmSubject().validate(bytes) }
        }
    }

    @Test("minimizing keeps the failure and drops the rest")
    func minimizer() throws {
        var random = FuzzRandom(seed: 3)
        let input = random.bytes(300) + Array("bug".utf8) + random.bytes(500)
        let small = Minimizer.minimize(input, attemptCountMax: 4000) { bytes in
            do {
                try FuzzTarget.canary.open()(bytes)
                return false
            } catch { return true }
        }
        #expect(small == Array("bug".utf8))
    }
}
