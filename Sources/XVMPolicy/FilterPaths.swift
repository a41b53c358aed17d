// SPDX-License-Identifier: Apache-2.0
// Walks every path through a program with what is known about the call on it, and compares each end with the policy: no probe,
// but a statement about all 2^448 calls.

/// What a path has learned about one 32-bit word of seccomp_data.
private struct WordFacts {
    /// `word & mask == bits` is known.
    var mask: UInt32 = 0
    var bits: UInt32 = 0
    /// Known to lie in here; only the number is ever compared by size.
    var range: ClosedRange<UInt32> = 0...UInt32.max
    /// For each of these `word & mask != bits` is known.
    var excluded: [(mask: UInt32, bits: UInt32)] = []

    /// Whether some word satisfies everything known and `word & mask == bits` as well. Never wrongly false: several exclusions
    /// that only together leave no word are not noticed.
    func allows(_ mask: UInt32, _ bits: UInt32) -> Bool {
        guard bits & ~mask == 0, (self.bits ^ bits) & self.mask & mask == 0 else { return false }
        let known = self.mask | mask
        let value = self.bits | bits
        if known == UInt32.max && !range.contains(value) { return false }
        return !excluded.contains { $0.mask & ~known == 0 && value & $0.mask == $0.bits }
    }

    /// Whether every such word has `word & mask == bits`.
    func implies(_ mask: UInt32, _ bits: UInt32) -> Bool { mask & ~self.mask == 0 && self.bits & mask == bits }
}

/// How the walk ended.
package enum FilterPathsResult: Equatable, Sendable {
    /// Every path ends with what the policy says for every call that takes it.
    case equal(pathCount: Int)
    /// A path ends with `filter`, and the policy says something else, or different things, for the calls that take it.
    /// `example` is one such call as far as the path knows it.
    case different(example: KernelCall, filter: UInt32)
    /// The program compares what no program of libseccomp compares.
    case notUnderstood(instruction: Int)
    /// More paths than the limit.
    case tooManyPaths(limit: Int)
}

/// A walk over all paths of one program.
struct FilterPaths {
    /// A place in the program with what is known there.
    private struct State {
        var index: Int
        /// Word in the accumulator (0 nr, 1 arch, 2… the argument halves, low half first) and the mask it was ANDed with.
        /// Nil before the first load: zero.
        var accumulator: (word: Int, mask: UInt32)?
        var words: [WordFacts]
    }

    private let program: BPFProgram
    private let defaultAction: PolicyAction
    private let rules: [FlatRule]

    init(_ program: BPFProgram, defaultAction: PolicyAction, rules: [FlatRule]) {
        self.program = program
        self.defaultAction = defaultAction
        self.rules = rules
    }

    /// Walks; the work is at most `pathCountMax` times the program's length.
    func walk(pathCountMax: Int) -> FilterPathsResult {
        var states = [State(index: 0, accumulator: nil, words: Array(repeating: WordFacts(), count: 14))]
        var pathCount = 0
        while var state = states.popLast() {
            let index = state.index
            let instruction = program.instructions[index]
            state.index += 1
            switch instruction.code {
            case BPFOpcode.loadWord:
                let offset = Int(instruction.constant)
                state.accumulator = (offset < 8 ? offset / 4 : (offset - 16) / 4 + 2, .max)
                states.append(state)
            case BPFOpcode.and:
                state.accumulator?.mask &= instruction.constant
                states.append(state)
            case BPFOpcode.jumpAlways:
                state.index += Int(instruction.constant)
                states.append(state)
            case BPFOpcode.returnConstant:
                pathCount += 1
                guard answers(state.words).isSubset(of: [instruction.constant]) else {
                    return .different(example: FilterPaths.example(state.words), filter: instruction.constant)
                }
                guard pathCount <= pathCountMax else { return .tooManyPaths(limit: pathCountMax) }
            default:
                guard let branches = branch(state, instruction) else { return .notUnderstood(instruction: index) }
                states += branches
            }
        }
        return .equal(pathCount: pathCount)
    }

    /// The states behind a conditional jump, without those that no call can be in; nil if the comparison is of no known kind.
    private func branch(_ state: State, _ instruction: BPFInstruction) -> [State]? {
        guard let (word, mask) = state.accumulator else { return nil }
        let constant = instruction.constant
        let facts = state.words[word]
        var result: [State] = []
        func take(_ jump: UInt8, _ change: (inout WordFacts) -> Void) {
            var next = state
            next.index += Int(jump)
            change(&next.words[word])
            result.append(next)
        }
        if instruction.code == BPFOpcode.jumpEqual {
            if facts.allows(mask, constant) {
                take(instruction.jumpTrue) {
                    $0.mask |= mask
                    $0.bits |= constant
                }
            }
            if !facts.implies(mask, constant) {
                take(instruction.jumpFalse) { if constant & ~mask == 0 { $0.excluded.append((mask, constant)) } }
            }
            return result
        }
        // A comparison by size: of something known, or of the whole number, where libseccomp halves its tree and tests for x32.
        let isGreater = instruction.code == BPFOpcode.jumpGreater
        let upper = isGreater ? UInt64(constant) + 1 : UInt64(constant)
        if mask & ~facts.mask == 0 {
            take(UInt64(facts.bits & mask) >= upper ? instruction.jumpTrue : instruction.jumpFalse) { _ in }
            return result
        }
        guard word == 0, mask == .max else { return nil }
        let (low, high) = (UInt64(facts.range.lowerBound), UInt64(facts.range.upperBound))
        if high >= upper { take(instruction.jumpTrue) { $0.range = UInt32(max(low, upper))...UInt32(high) } }
        if low < upper { take(instruction.jumpFalse) { $0.range = UInt32(low)...UInt32(min(high, upper - 1)) } }
        return result
    }

    /// What the policy says for the calls that fit what is known: one value if all get the same, more if they may differ, none
    /// if no call takes this path.
    private func answers(_ words: [WordFacts]) -> Set<UInt32> {
        let kill = PolicyAction.killProcess.returnValue
        guard words[1].allows(.max, AuditArchitecture.x86_64) else { return [kill] }
        var answers: Set<UInt32> = words[1].implies(.max, AuditArchitecture.x86_64) ? [] : [kill]
        let number = words[0]
        if number.mask == .max {
            let isX32 = number.bits >= KernelCall.x32Bit && number.bits != .max
            return answers.union(isX32 ? [kill] : self.answers(number.bits, words))
        }
        // Not one number: -1, x32, those with rules and the rest are looked at each for itself.
        if number.allows(.max, .max) { answers.insert(defaultAction.returnValue) }
        if max(number.range.lowerBound, KernelCall.x32Bit) <= min(number.range.upperBound, .max - 1) { answers.insert(kill) }
        if number.range.lowerBound < KernelCall.x32Bit {
            let range = number.range.lowerBound...min(number.range.upperBound, KernelCall.x32Bit - 1)
            var candidates = Set(rules.map(\.number).filter(range.contains))
            if range.count <= candidates.count + number.excluded.count {
                // So few that rules and exclusions may leave no number without a rule: all of them.
                candidates = Set(range)
            } else {
                answers.insert(defaultAction.returnValue)
            }
            for candidate in candidates where number.allows(.max, candidate) {
                answers.formUnion(self.answers(candidate, words))
            }
        }
        return answers
    }

    /// The same for one number.
    private func answers(_ number: UInt32, _ words: [WordFacts]) -> Set<UInt32> {
        var answers: Set<UInt32> = [defaultAction.returnValue]
        for rule in rules where rule.number == number {
            var isPossible = true
            var isCertain = true
            for condition in rule.conditions {
                let low = words[2 + 2 * condition.index]
                let high = words[3 + 2 * condition.index]
                let (lowMask, lowBits) = (UInt32(truncatingIfNeeded: condition.mask), UInt32(truncatingIfNeeded: condition.bits))
                let (highMask, highBits) = (UInt32(condition.mask >> 32), UInt32(condition.bits >> 32))
                isPossible = isPossible && low.allows(lowMask, lowBits) && high.allows(highMask, highBits)
                isCertain = isCertain && low.implies(lowMask, lowBits) && high.implies(highMask, highBits)
            }
            // Rules that can match the same call agree (checked before), so a certain match settles it.
            if isPossible && isCertain { return [rule.action.returnValue] }
            if isPossible { answers.insert(rule.action.returnValue) }
        }
        return answers
    }

    /// A call of this path; bits that are not known are 0, exclusions are not looked at.
    private static func example(_ words: [WordFacts]) -> KernelCall {
        func value(_ index: Int) -> UInt32 { words[index].bits == 0 ? words[index].range.lowerBound : words[index].bits }
        return KernelCall(
            number: value(0), architecture: value(1),
            arguments: (0..<6).map { UInt64(value(2 + 2 * $0)) | UInt64(value(3 + 2 * $0)) << 32 })
    }
}
