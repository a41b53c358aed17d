// SPDX-License-Identifier: Apache-2.0
// The two monotonic clocks, for layers that have no other business with C.

import CXVMSandbox

/// CLOCK_MONOTONIC, in nanoseconds.
package enum MonotonicClock {
    /// The time of the last tick: late by some milliseconds at most, and read in a few nanoseconds.
    package static var coarseNanoseconds: Int64 { xvm_system_monotonic_coarse_nanoseconds() }
}
