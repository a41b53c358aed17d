// SPDX-License-Identifier: Apache-2.0
// A policy as a table for people: one line for each call, with its conditions.

/// A policy in words. Every name comes from our own table, so nothing of the file reaches a terminal unchecked.
package struct PolicyExplanation: CustomStringConvertible, Sendable {
    private let policy: Policy
    private let addresses: SymbolicAddresses?

    /// - Parameter addresses: if given, symbols are shown with their values.
    package init(_ policy: Policy, addresses: SymbolicAddresses? = nil) {
        self.policy = policy
        self.addresses = addresses
    }

    /// Columns padded, no trailing spaces. The first row is the head, the last four say what everything else gets.
    package var lines: [String] {
        var table = [["RULE", "NUMBER", "CALL", "ACTION", "WHEN"]]
        for (index, rule) in policy.rules.enumerated() {
            let when = rule.conditions.map(text).joined(separator: " and ")
            for (name, number) in zip(rule.names, rule.numbers) {
                table.append([String(index), String(number), name, rule.action.description, when.isEmpty ? "always" : when])
            }
        }
        table.append(["-", "*", "everything else", policy.defaultAction.description, "always"])
        table.append(["-", "*", "x32", PolicyAction.killProcess.description, "number 0x40000000 and up, but for -1"])
        table.append(["-", "*", "other architectures", PolicyAction.killProcess.description, "always"])
        let passed = SyscallTable.passedByKernel
        table.append([
            "-", passed.map(String.init).joined(separator: ","), passed.map(syscallName).joined(separator: ","), "none",
            "kernels since about 6.14 ask no filter; both are harmless",
        ])
        let widths = (0..<4).map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return (padded + [row[4]]).joined(separator: "  ")
        }
    }

    package var description: String { lines.joined(separator: "\n") }

    private func text(_ condition: PolicyCondition) -> String {
        switch condition.test {
        case .equal(let operand): "a\(condition.index) == \(text(operand))"
        case .maskedEqual(let mask, let bits): "a\(condition.index) & \(text(mask)) == \(text(bits))"
        }
    }

    private func text(_ operand: PolicyOperand) -> String {
        switch operand {
        case .number(let number): number < 1024 ? String(number) : "0x" + String(number, radix: 16)
        case .symbol(let symbol):
            addresses.map { "\(symbol.rawValue)=0x" + String($0.value(of: symbol), radix: 16) } ?? symbol.rawValue
        }
    }
}
