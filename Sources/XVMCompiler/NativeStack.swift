// SPDX-License-Identifier: Apache-2.0
// How much native stack emitted functions may take for their computed frame cost, and how much a worker must therefore have.

/// The bound between the depth that a Module sees (a sum of frame costs, from the Wasm bytes alone) and the native stack (a
/// compiler's choice). Every compiled function is held to it, so the native stack never ends before the budget does.
package enum NativeStack {
    /// Bytes of a native frame, as the compiler reports it, per byte of frame cost. Measured on kernels and random modules, gcc and
    /// clang, -O1 and -O2: at most 1.0; a Module that aims at it reached 230. The frugal build (Prelude) keeps each operand in one
    /// slot for each of the seven types: 52 bytes where 8 are charged, and 32 more for a vector that calls hand over in memory;
    /// measured at most 8.3.
    static let frameFactor = 12
    /// Arguments that a call pushes stand in no report: at most 16 bytes for an operand that costs 8.
    static let argumentFactor = 2
    /// Bytes of a frame that costs nothing: import stubs (1000 parameters of 16 bytes), export wrappers, helpers.
    static let crossingSize = 64 << 10
    /// What the worker's own code needs: its serve loop below, a host call above. Measured: below 8 KiB.
    static let hostSize = 1 << 20

    /// Bytes of stack for any chain of calls whose costs sum up to `stackLimit`: the function whose call is one too many has made
    /// its frame before it traps.
    package static func size(stackLimit: Int) -> Int {
        (frameFactor + argumentFactor) * (stackLimit + TranslatorLimits.default.frameCost) + hostSize
    }
}

/// What the frames of one emitted text may take.
package struct FrameLimits: Sendable {
    private let importCount: Int
    private let costs: [Int]
    private let start: Int?

    init(importCount: Int, costs: [Int], start: Int?) {
        self.importCount = importCount
        self.costs = costs
        self.start = start
    }

    /// Bytes that the frame of a C function may have, under the name that the text gives it.
    package func sizeMax(ofFunction name: String) -> Int {
        if name.hasPrefix("fn"), let index = Int(name.dropFirst(2)) { return sizeMax(ofIndex: index) }
        // A wrapper may have the function that it calls inside of its own frame, and that one has paid for itself.
        if name.hasPrefix("call"), let index = Int(name.dropFirst(4)) {
            return NativeStack.crossingSize + sizeMax(ofIndex: index)
        }
        if name == "xvm_init", let start { return NativeStack.crossingSize + sizeMax(ofIndex: start) }
        return NativeStack.crossingSize
    }

    private func sizeMax(ofIndex index: Int) -> Int {
        let position = index - importCount
        guard costs.indices.contains(position) else { return NativeStack.crossingSize }
        return NativeStack.frameFactor * costs[position]
    }
}
