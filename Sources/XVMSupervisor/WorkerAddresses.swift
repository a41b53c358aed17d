// SPDX-License-Identifier: Apache-2.0
// The addresses of every worker (xvm_zygote.h, xvm_ring.h), as policies name them.

import CXVMSandbox
package import XVMPolicy

extension SymbolicAddresses {
    /// The same for all workers, so that filters are compiled once.
    package static let ofWorkers = SymbolicAddresses(
        ringWait: XVM_ADDRESS_H2W + 0x80, ringWake: XVM_ADDRESS_W2H + 0x80, arenaBase: XVM_ADDRESS_ARENA,
        arenaMask: XVM_ARENA_MASK)
}
