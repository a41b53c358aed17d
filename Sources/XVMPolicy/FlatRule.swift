// SPDX-License-Identifier: Apache-2.0
// Rules with one number each and symbols replaced: what libseccomp gets, and what rules are compared by.

/// One argument's test as `argument & mask == bits`; an exact comparison has all 64 mask bits.
struct FlatCondition: Equatable {
    var index: Int
    var isExact: Bool
    var mask: UInt64
    /// Has no bit outside of `mask`.
    var bits: UInt64
}

/// One system call number with its conditions and action.
struct FlatRule: Equatable {
    /// Index in the file.
    var rule: Int
    var name: String
    var number: UInt32
    var action: PolicyAction
    /// At most one for each argument, in order of arguments.
    var conditions: [FlatCondition]

    /// Mask and bits of an argument; mask 0 where the rule does not test it.
    func test(of index: Int) -> (mask: UInt64, bits: UInt64) {
        conditions.first { $0.index == index }.map { ($0.mask, $0.bits) } ?? (0, 0)
    }

    /// Every call that matches `other` matches this rule too.
    func covers(_ other: FlatRule) -> Bool {
        guard number == other.number else { return false }
        return conditions.allSatisfy { own in
            let (mask, bits) = other.test(of: own.index)
            return own.mask & ~mask == 0 && bits & own.mask == own.bits
        }
    }

    /// Some call matches both rules.
    func overlaps(_ other: FlatRule) -> Bool {
        guard number == other.number else { return false }
        return conditions.allSatisfy { own in
            let (mask, bits) = other.test(of: own.index)
            return (own.bits ^ bits) & own.mask & mask == 0
        }
    }
}

extension Policy {
    /// One rule per name, symbols replaced, in the order of the file.
    /// - Throws: for a test that tests nothing or that nothing passes, a rule that says what the default says, a rule that
    ///   another one covers, and two rules that disagree about some call.
    func flatRules(_ addresses: SymbolicAddresses) throws(PolicyError) -> [FlatRule] {
        var flat: [FlatRule] = []
        for (index, rule) in rules.enumerated() {
            guard rule.action.returnValue != defaultAction.returnValue else {
                throw fault(PolicyPlace(rule: index, key: "action"), .sameAsDefault(rule.action))
            }
            var conditions: [FlatCondition] = []
            for (position, condition) in rule.conditions.enumerated() {
                let place = PolicyPlace(rule: index, argument: position)
                conditions.append(try flatten(condition, addresses, place))
            }
            conditions.sort { $0.index < $1.index }
            for (name, number) in zip(rule.names, rule.numbers) {
                flat.append(FlatRule(rule: index, name: name, number: number, action: rule.action, conditions: conditions))
            }
        }
        try compare(flat)
        return flat
    }

    private func flatten(
        _ condition: PolicyCondition, _ addresses: SymbolicAddresses, _ place: PolicyPlace
    ) throws(PolicyError) -> FlatCondition {
        switch condition.test {
        case .equal(let operand):
            return FlatCondition(index: condition.index, isExact: true, mask: .max, bits: operand.value(addresses))
        case .maskedEqual(let maskOperand, let bitsOperand):
            let mask = maskOperand.value(addresses)
            let bits = bitsOperand.value(addresses)
            guard mask != 0 else {
                throw fault(PolicyPlace(rule: place.rule, argument: place.argument, key: "value"), .emptyMask)
            }
            guard bits & ~mask == 0 else {
                let place = PolicyPlace(rule: place.rule, argument: place.argument, key: "valueTwo")
                throw fault(place, .bitsOutsideMask(mask: mask, bits: bits))
            }
            return FlatCondition(index: condition.index, isExact: false, mask: mask, bits: bits)
        }
    }

    /// At most PolicyLimits.ruleCountMax squared comparisons.
    private func compare(_ flat: [FlatRule]) throws(PolicyError) {
        for (later, rule) in flat.enumerated() {
            for earlier in flat[..<later] where earlier.number == rule.number {
                if earlier.action == rule.action {
                    if earlier.covers(rule) {
                        throw fault(PolicyPlace(rule: rule.rule), .redundantRule(name: rule.name, coveredBy: earlier.rule))
                    }
                    if rule.covers(earlier) {
                        throw fault(PolicyPlace(rule: earlier.rule), .redundantRule(name: rule.name, coveredBy: rule.rule))
                    }
                } else if earlier.overlaps(rule) {
                    throw fault(PolicyPlace(rule: rule.rule), .conflictingRules(name: rule.name, other: earlier.rule))
                }
            }
        }
    }

    /// Everything that this run policy permits must be permitted by `load` as well, or the call would be denied silently.
    func checkPermitted(by load: Policy, addresses: SymbolicAddresses) throws(PolicyError) {
        let permittedByLoad = try load.flatRules(addresses).filter(\.action.permits)
        for rule in try flatRules(addresses) where rule.action.permits {
            guard permittedByLoad.contains(where: { $0.covers(rule) }) else {
                throw fault(PolicyPlace(rule: rule.rule), .notPermittedByLoadStage(name: rule.name))
            }
        }
    }
}
