// SPDX-License-Identifier: Apache-2.0
// What a worker says before its first invocation. It says it before the contract's first instruction, but the host believes no
// protection on this word alone: the Supervisor confirms from outside what can be seen from there.

/// Every confinement step as the worker reports it.
package struct SealedReport: Equatable, Sendable {
    /// One step of enum xvm_step (xvm_zygote.h).
    package struct Step: Equatable, Sendable {
        package var step: UInt32
        /// 0: holds.
        package var errno: Int32
        package init(step: UInt32, errno: Int32) {
            self.step = step
            self.errno = errno
        }
    }
    package var wireVersion: UInt32
    /// Descriptor number of the seccomp listener in the worker; `WireFormat.noListener`: none.
    package var listener: UInt32
    /// How many contexts the worker can nest.
    package var nestableContexts: UInt32
    package var steps: [Step]

    /// The payload of a SEALED frame.
    package init(verifying payload: Untrusted<[UInt8]>) throws(WireError) {
        var reader = MessageReader(payload, message: "sealed")
        wireVersion = try reader.u32("wire version")
        if wireVersion != WireFormat.version {
            throw reader.refused(.notAllowed(value: Int64(wireVersion), allowed: "\(WireFormat.version)"), "wire version", at: 0)
        }
        listener = try reader.u32("listener")
        if listener != WireFormat.noListener, listener > UInt32(Int32.max) {
            throw reader.refused(.exceeds(value: UInt64(listener), limit: UInt64(Int32.max)), "listener", at: 4)
        }
        nestableContexts = try reader.u32("nestable contexts")
        if nestableContexts == 0 || nestableContexts > 255 {
            throw reader.refused(.notAllowed(value: Int64(nestableContexts), allowed: "1 ... 255"), "nestable contexts", at: 8)
        }
        let count = try reader.u32("step count", limit: UInt32(WireFormat.stepCountMax))
        steps = []
        for _ in 0..<count {
            let step = try reader.u16("step")
            let offset = reader.offset
            let errno = Int16(bitPattern: try reader.u16("errno"))
            if errno < 0 { throw reader.refused(.notAllowed(value: Int64(errno), allowed: "0 ... 32767"), "errno", at: offset) }
            steps.append(Step(step: UInt32(step), errno: Int32(errno)))
        }
        try reader.finish()
    }
}

/// A step of the start sequence that failed; the worker exits after it.
package struct SetupFailure: Equatable, Sendable {
    /// Of enum xvm_step.
    package var step: UInt32
    package var errno: UInt32
    /// At most 256 bytes of the worker's, printable ASCII kept, everything else replaced by '?'.
    package var text: String

    /// The payload of a SETUP_FAILED frame.
    package init(verifying payload: Untrusted<[UInt8]>) throws(WireError) {
        var reader = MessageReader(payload, message: "setupFailed")
        step = try reader.u32("step", limit: UInt32(UInt16.max))
        errno = try reader.u32("errno", limit: 4095)
        let bytes = try reader.bytes("text", limit: WireFormat.setupTextSizeMax)
        try reader.finish()
        text = String(decoding: bytes.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
