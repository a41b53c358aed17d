// SPDX-License-Identifier: Apache-2.0
// The addresses that a policy names by symbol, because only the supervisor knows where a worker's rings and arena lie.

/// A number that a policy leaves to the supervisor; the raw value is its spelling in the file. The set is closed.
package enum PolicySymbol: String, CaseIterable, Sendable {
    /// The futex word that a worker sleeps on.
    case ringWait = "${ring.wait}"
    /// The futex word by which a worker wakes its host.
    case ringWake = "${ring.wake}"
    /// First address of the arena.
    case arenaBase = "${arena.base}"
    /// `address & mask == base` holds exactly for the arena's addresses.
    case arenaMask = "${arena.mask}"
}

/// The values of the symbols, equal for every worker of a supervisor, so that a filter is compiled once.
package struct SymbolicAddresses: Equatable, Sendable {
    /// Aligned to 4, as futex(2) demands.
    package let ringWait: UInt64
    package let ringWake: UInt64
    package let arenaBase: UInt64
    package let arenaMask: UInt64

    /// The supervisor passes the constants of xvm_zygote.h; anything that breaks their rules is a bug there.
    package init(ringWait: UInt64, ringWake: UInt64, arenaBase: UInt64, arenaMask: UInt64) {
        precondition(ringWait % 4 == 0 && ringWake % 4 == 0 && ringWait != ringWake, "futex words are two and aligned to 4")
        precondition(arenaMask != 0 && ~arenaMask & (~arenaMask &+ 1) == 0, "the arena mask is ones followed by zeros")
        precondition(arenaBase & ~arenaMask == 0, "the arena's base is aligned to its mask")
        self.ringWait = ringWait
        self.ringWake = ringWake
        self.arenaBase = arenaBase
        self.arenaMask = arenaMask
    }

    /// For a policy of the compile stage, which names no address.
    package static let none = SymbolicAddresses(ringWait: 0, ringWake: 4, arenaBase: 0, arenaMask: .max << 32)

    package func value(of symbol: PolicySymbol) -> UInt64 {
        switch symbol {
        case .ringWait: ringWait
        case .ringWake: ringWake
        case .arenaBase: arenaBase
        case .arenaMask: arenaMask
        }
    }
}
