// SPDX-License-Identifier: Apache-2.0
// The class of each cause of Death: may a retry help, and whom to blame. One row per cause.

extension Death {
    /// Never: another node, or the same one a second later, may not see it. So a Death is never a transaction's result.
    public var isDeterministic: Bool { false }

    /// True where the same invocation may succeed in a new worker: once for a deadline, a memory limit or a foreign SIGKILL, with
    /// growing pauses for a failed set-up.
    public var isRetryable: Bool {
        switch cause {
        case .wallDeadline, .memoryLimit, .killedOutside, .cancelled, .setup, .zygoteGone: true
        case .violation, .signal, .cpuDeadline, .protocolBreach, .exited: false
        }
    }

    /// Whom to blame. A wall deadline and a memory limit may be the contract's or the machine's: unknown.
    public var blame: Blame {
        switch cause {
        case .violation, .signal, .cpuDeadline, .protocolBreach, .exited: .contract
        case .wallDeadline, .memoryLimit: .unknown
        case .killedOutside, .cancelled, .setup, .zygoteGone: .host
        }
    }

    /// The cause in one word, as JSON has it.
    public var kind: String {
        switch cause {
        case .violation: "violation"
        case .signal: "signal"
        case .wallDeadline, .cpuDeadline: "deadline"
        case .memoryLimit: "memoryLimit"
        case .protocolBreach: "protocolBreach"
        case .exited: "exited"
        case .killedOutside: "killedOutside"
        case .cancelled: "cancelled"
        case .setup: "setup"
        case .zygoteGone: "zygoteGone"
        }
    }
}

extension Death: CustomStringConvertible {
    /// One line: what, the value, where.
    public var description: String { "\(what) (\(place)\(fault.map { "; \($0)" } ?? ""))" }

    private var what: String {
        switch cause {
        case .violation(let violation?):
            "system call \(violation.number) is not allowed by the policy"
        case .violation(nil): "a system call of a foreign architecture or of x32 is not allowed by the policy"
        case .signal(let number): "ended by signal \(number)"
        case .wallDeadline(let nanoseconds): "exceeded the deadline of \(Self.seconds(nanoseconds)) s wall time"
        case .cpuDeadline(let seconds): "exceeded the limit of \(seconds) s CPU time"
        case .memoryLimit: "exceeded its memory limit"
        case .protocolBreach(let text): "broke the wire format: \(text)"
        case .exited(let status): "exited with status \(status)"
        case .killedOutside: "was killed from outside (SIGKILL that the supervisor did not send)"
        case .cancelled: "was cancelled"
        case .setup(let step, let errno): "set-up step \(step) failed with errno \(errno)"
        case .zygoteGone: "the zygote is gone"
        }
    }

    /// Decimal seconds without a trailing zero, exact to the nanosecond: 10, 0.25.
    private static func seconds(_ nanoseconds: UInt64) -> String {
        let (whole, part) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        if part == 0 { return "\(whole)" }
        let digits = String(part)
        var fraction = String(repeating: "0", count: 9 - digits.count) + digits
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }
}

extension Death.Fault: CustomStringConvertible {
    /// One line: address, its class, instruction.
    public var description: String {
        "by its own word at address 0x\(String(address, radix: 16)) (\(addressClass.words)), instruction 0x"
            + String(instructionPointer, radix: 16)
    }
}

extension Death.Fault.AddressClass {
    /// For a sentence.
    var words: String {
        switch self {
        case .zeroPage: "the zero page"
        case .hostRing: "the host-written ring"
        case .workerRing: "the worker-written ring"
        case .header: "the header below linear memory"
        case .linearMemory: "linear memory"
        case .guardBehindMemory: "the guard behind linear memory"
        case .noAddress: "no address: a privileged instruction, or one that is not canonical"
        case .kernel: "the kernel's half"
        case .other: "code, data, stack or nothing"
        }
    }
}
