// SPDX-License-Identifier: Apache-2.0
// The names of the instructions as keys of gas schedules.

package import XVMWasm

/// Instruction names: the specification's, but the typed select, which the text format also calls `select`, is `select_t`.
package enum Mnemonic {
    /// Every instruction that a schedule may price, in opcode order.
    package static let all: [(name: String, opcode: Opcode)] = Opcode.allCases.map { opcode in
        (opcode == .selectTyped ? "select_t" : opcode.mnemonic, opcode)
    }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.opcode) })

    package static func opcode(named name: String) -> Opcode? { byName[name] }
}
