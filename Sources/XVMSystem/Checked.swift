// SPDX-License-Identifier: Apache-2.0
// The C wrappers of sandbox-c/system answer with negative errno values; this turns one into a SystemError.

/// The non-negative result, or the error.
@discardableResult
package func checked<Result: FixedWidthInteger & SignedInteger>(
    _ call: String, _ result: Result, _ detail: @autoclosure () -> String = ""
) throws(SystemError) -> Result {
    if result < 0 { throw SystemError(call: call, errno: Int32(truncatingIfNeeded: -result), detail: detail()) }
    return result
}
