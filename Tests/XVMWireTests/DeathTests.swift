// SPDX-License-Identifier: Apache-2.0
import Testing
import XVMWire

@Suite struct DeathTests {
    typealias Row = (cause: Death.Cause, kind: String, isRetryable: Bool, blame: Death.Blame)
    static let rows: [Row] = [
        (.violation(nil), "violation", false, .contract),
        (
            .violation(Violation(number: 257, architecture: 0xc000_003e, arguments: [0, 0, 0, 0, 0, 0], instructionPointer: 1)),
            "violation",
            false, .contract
        ),
        (.signal(11), "signal", false, .contract), (.wallDeadline(nanoseconds: 250_000_000), "deadline", true, .unknown),
        (.cpuDeadline(seconds: 3), "deadline", false, .contract), (.memoryLimit, "memoryLimit", true, .unknown),
        (.protocolBreach("x"), "protocolBreach", false, .contract), (.exited(status: 70), "exited", false, .contract),
        (.killedOutside, "killedOutside", true, .host), (.cancelled, "cancelled", true, .host),
        (.setup(step: "landlock", errno: 1), "setup", true, .host), (.zygoteGone, "zygoteGone", true, .host),
    ]

    @Test("each cause has its class: kind, retry, blame; none is deterministic")
    func classes() {
        for row in Self.rows {
            let death = Death(cause: row.cause, place: "worker 3.12")
            #expect(death.kind == row.kind)
            #expect(death.isRetryable == row.isRetryable)
            #expect(death.blame == row.blame)
            #expect(!death.isDeterministic)
            #expect(death.description.hasSuffix("(worker 3.12)") && !death.description.contains("\n"))
        }
    }

    @Test("a death says what, the value and where")
    func text() {
        func text(_ cause: Death.Cause) -> String { Death(cause: cause, place: "worker 3.12, invocation 4").description }
        #expect(text(Self.rows[1].cause) == "system call 257 is not allowed by the policy (worker 3.12, invocation 4)")
        #expect(
            text(.wallDeadline(nanoseconds: 250_000_000))
                == "exceeded the deadline of 0.25 s wall time (worker 3.12, invocation 4)")
        #expect(
            text(.wallDeadline(nanoseconds: 10_000_000_000))
                == "exceeded the deadline of 10 s wall time (worker 3.12, invocation 4)")
        #expect(
            text(.wallDeadline(nanoseconds: 1)) == "exceeded the deadline of 0.000000001 s wall time (worker 3.12, invocation 4)")
    }
}
