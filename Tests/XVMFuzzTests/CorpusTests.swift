// SPDX-License-Identifier: Apache-2.0
// Every input that ever failed is run by the ordinary tests; and what is true of the harness itself.

import Foundation
import TestSupport
import Testing
import XVMFuzz
import XVMWasm

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
        var target = try #require(FuzzTarget.named(item.target), "a folder of the corpus has no target")
        if item.target == "arguments" {
            // The command lies beside the test bundle, not beside the program that runs it.
            var subject = ArgumentsSubject()
            let command = try #require(productPath("xvm"), "xvm does not lie beside the test bundle")
            subject.command = command
            target = .arguments(subject)
        }
        let bytes = try packageFile("Tests/Corpus/\(item.target)/\(item.file)")
        do {
            let check = try target.open()
            try check(bytes)
        } catch is TargetUnavailable {}
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
        let generate = try #require(target.generate)
        var random = FuzzRandom(seed: 5)
        for _ in 0..<200 {
            let bytes = generate(&random)
            _ = try Module(validating: bytes)
        }
    }

    @Test("minimizing keeps the failure and drops the rest")
    func minimizer() throws {
        var random = FuzzRandom(seed: 3)
        let input = random.bytes(300) + Array("bug".utf8) + random.bytes(500)
        let check = try FuzzTarget.canary.open()
        let small = Minimizer.minimize(input, attemptCountMax: 4000) { (try? check($0)) == nil }
        #expect(small == Array("bug".utf8))
    }
}
