// SPDX-License-Identifier: Apache-2.0
// What the stages demand of a policy, whatever addresses the symbols will have.

extension Policy {
    /// Throws for the first rule that its stage forbids.
    func checkStage() throws(PolicyError) {
        switch stage {
        case .load: try checkLoadStage()
        case .run: try checkRunStage()
        case .compile: try checkCompileStage()
        }
    }

    /// Both filters stay installed and the strongest answer wins, so a load stage that answers NOTIFY or stronger would take
    /// the notification, and with it the name of the call, away from the run stage. LOG and ALLOW would deny nothing.
    private func checkLoadStage() throws(PolicyError) {
        guard case .trace = defaultAction else {
            throw fault(PolicyPlace(key: "defaultAction"), .defaultOfLoadStage(defaultAction))
        }
        for (index, rule) in rules.enumerated() where rule.action.precedence <= PolicyAction.notify.precedence {
            throw fault(PolicyPlace(rule: index, key: "action"), .outranksNotification(rule.action))
        }
    }

    private func checkRunStage() throws(PolicyError) {
        guard defaultAction == .notify else {
            throw fault(PolicyPlace(key: "defaultAction"), .defaultOfRunStage(defaultAction))
        }
        for (index, rule) in rules.enumerated() {
            switch rule.action {
            case .killProcess, .trap: throw fault(PolicyPlace(rule: index, key: "action"), .killsInRunStage(rule.action))
            case .errno, .trace, .notify: break
            case .log, .allow: for name in rule.names { try checkPermitted(name, rule, PolicyPlace(rule: index)) }
            }
        }
    }

    /// Calls that take no address and change nothing outside of the caller. What is neither here nor checked below may not be
    /// permitted in the run stage: a list of what is harmful would have to be complete.
    private static let callsWithoutAddress = [
        "exit", "exit_group", "sched_yield", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid",
    ]

    private func checkPermitted(_ name: String, _ rule: PolicyRule, _ place: PolicyPlace) throws(PolicyError) {
        func test(_ index: Int) -> PolicyCondition.Test? { rule.conditions.first { $0.index == index }?.test }
        func number(_ index: Int) -> UInt64? {
            guard case .equal(.number(let number)) = test(index) else { return nil }
            return number
        }
        if Policy.callsWithoutAddress.contains(name) { return }
        switch name {
        case "futex":
            guard test(0) == .equal(.symbol(.ringWait)) || test(0) == .equal(.symbol(.ringWake)) else {
                throw fault(place, .addressNotSymbolic(name: name, argument: 0))
            }
            let wait: UInt64 = 0
            let wake: UInt64 = 1
            guard let operation = number(1), operation == wait || operation == wake else {
                throw fault(place, .futexOperationNotPinned)
            }
            guard operation == wake || number(3) == 0 else { throw fault(place, .futexTimeoutNotPinned) }
        case "mprotect", "madvise":
            guard test(0) == .maskedEqual(mask: .symbol(.arenaMask), bits: .symbol(.arenaBase)) else {
                throw fault(place, .addressNotSymbolic(name: name, argument: 0))
            }
            // Whoever maps the arena leaves 4 GiB of nothing behind it, so that a length below 4 GiB meets nothing else.
            let high: UInt64 = 0xffff_ffff_0000_0000
            switch test(1) {
            case .equal(.number(let length)) where length & high == 0: break
            case .maskedEqual(.number(let mask), .number(let bits)) where mask & high == high && bits & high == 0: break
            default: throw fault(place, .lengthNotBounded(name: name))
            }
            let readWrite: UInt64 = 3
            let dontNeed: UInt64 = 4
            if name == "mprotect" {
                guard let protection = number(2), protection <= readWrite else { throw fault(place, .protectionNotPinned) }
            } else {
                guard number(2) == dontNeed else { throw fault(place, .adviceNotPinned) }
            }
        default: throw fault(place, .callNotForRunStage(name))
        }
    }

    func fault(_ place: PolicyPlace, _ problem: PolicyError.Problem) -> PolicyError {
        PolicyError(file: file, place: place, problem: problem)
    }
}
