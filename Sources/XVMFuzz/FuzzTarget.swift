// SPDX-License-Identifier: Apache-2.0
// What a fuzz target is: a function of bytes that throws where a promise is broken, and where its inputs come from.

/// A broken promise. A trap, a signal or a hang is one too, but has to be told by whoever watches the process.
package struct FuzzFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// One target. `open` makes what a run of many inputs needs (a temporary folder, a compiled filter) and gives the function.
package struct FuzzTarget: Sendable {
    package typealias Check = ([UInt8]) throws -> Void

    /// One word; also the name of its folder in Tests/Corpus.
    package let name: String
    /// What is attacked, and what must hold.
    package let purpose: String
    /// Inputs in `smoke`.
    package let smokeCount: Int
    /// Bytes of an input at most.
    package let sizeMax: Int
    /// Valid inputs to begin with.
    package let seeds: [[UInt8]]
    /// A new input from scratch; nil: random bytes.
    package let generate: (@Sendable (inout FuzzRandom) -> [UInt8])?
    /// Pieces that are put into inputs.
    package let words: [[UInt8]]
    /// Makes the function that is given every input. Its own errors mean that the target cannot run here.
    package let open: @Sendable () throws -> Check

    package init(
        name: String, purpose: String, smokeCount: Int, sizeMax: Int = 4096, seeds: [[UInt8]] = [],
        generate: (@Sendable (inout FuzzRandom) -> [UInt8])? = nil, words: [[UInt8]] = [],
        open: @escaping @Sendable () throws -> Check
    ) {
        self.name = name
        self.purpose = purpose
        self.smokeCount = smokeCount
        self.sizeMax = sizeMax
        self.seeds = seeds
        self.generate = generate
        self.words = words
        self.open = open
    }

    /// Every target, in the order of `smoke`. `canary` fails on purpose and is not among them.
    package static let all: [FuzzTarget] = [
        .wasm(), .wire(), .ring(), .bridge(), .policy(), .elf(), .cache(), .arguments(), .pool(), .machine(), .levels(),
        .verdict(),
    ]

    /// Finds nothing but what was put there: a target that must fail, so that a silent harness is noticed.
    package static let canary = FuzzTarget(
        name: "canary", purpose: "fails on purpose, on inputs with the bytes 'bug'", smokeCount: 200_000, sizeMax: 64,
        seeds: [Array("a big rug".utf8)]
    ) { { bytes in try require(!contains(bytes, Array("bug".utf8)), "the input contains 'bug'") } }

    package static func named(_ name: String) -> FuzzTarget? { (all + [canary]).first { $0.name == name } }
}

/// Throws a FuzzFailure where `condition` is false.
func require(_ condition: Bool, _ text: @autoclosure () -> String) throws(FuzzFailure) {
    if !condition { throw FuzzFailure(text()) }
}

func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard bytes.count >= part.count else { return false }
    return (0...(bytes.count - part.count)).contains { Array(bytes[$0..<($0 + part.count)]) == part }
}
