// SPDX-License-Identifier: Apache-2.0
// Policy to BPF with libseccomp. Its output is not trusted: only the proof turns it into a Filter.

import CSeccomp
import CXVMSandbox
import Glibc
import XVMSystem

/// Compiles policies.
package enum PolicyCompiler {
    /// Compiles one policy and proves the result. For a worker both stages are needed: see FilterPair.
    package static func compile(_ policy: Policy, addresses: SymbolicAddresses) throws(PolicyError) -> Filter {
        let bytes = try program(policy, addresses: addresses)
        return try Filter(proving: bytes, against: policy, addresses: addresses)
    }

    /// What libseccomp makes of a policy, behind `opening`; unproven.
    static func program(_ policy: Policy, addresses: SymbolicAddresses) throws(PolicyError) -> [UInt8] {
        let rules = try policy.flatRules(addresses)
        try setLevel(policy)
        let builder = try SeccompBuilder(policy)
        try builder.configure()
        for rule in rules { try builder.add(rule) }
        let bytes = withoutTail(try builder.export())
        return bytes.count / 8 < PolicyLimits.instructionCountMax ? opening.bytes + bytes : bytes
    }

    /// Loads the first argument, which nobody asks for. When a filter is loaded, the kernel runs it for each of some 900 numbers to
    /// find those that are allowed whatever their arguments, and gives up on a number at the first instruction that looks at an
    /// argument. Nearly every call of a worker is checked by its arguments anyway, so the search finds nothing worth having, and it
    /// takes 2 µs for each instruction on the way: two thirds of what loading costs (measured on 6.18: 40 instructions 94 µs
    /// without this one, 20 with it). Calls cost one more load. What the program means stays the same, and is proven with it.
    static let opening = BPFInstruction(code: BPFOpcode.loadWord, constant: 16)

    /// In programs of more than 255 instructions libseccomp may leave a last return behind that no jump leads to, because it put
    /// a nearer copy in its place. Without it nothing changes, and the proof can ask that every instruction is reached.
    static func withoutTail(_ bytes: [UInt8]) -> [UInt8] {
        guard let program = try? BPFProgram(bytes: bytes) else { return bytes }
        var isReachable = [Bool](repeating: false, count: program.instructions.count)
        isReachable[0] = true
        for (index, instruction) in program.instructions.enumerated() where isReachable[index] {
            switch instruction.code {
            case BPFOpcode.returnConstant: break
            case BPFOpcode.jumpAlways: isReachable[index + 1 + Int(instruction.constant)] = true
            case BPFOpcode.jumpEqual, BPFOpcode.jumpGreater, BPFOpcode.jumpGreaterOrEqual:
                isReachable[index + 1 + Int(instruction.jumpTrue)] = true
                isReachable[index + 1 + Int(instruction.jumpFalse)] = true
            default: isReachable[index + 1] = true
            }
        }
        let count = (isReachable.lastIndex(of: true) ?? 0) + 1
        return Array(bytes.prefix(count * 8))
    }

    /// libseccomp asks the running kernel which actions it knows and refuses others. What a policy compiles to must not depend
    /// on that, so the level is set by hand, once: 5 knows NOTIFY.
    private static let levelResult: Int32 = seccomp_api_set(5)

    private static func setLevel(_ policy: Policy) throws(PolicyError) {
        guard levelResult == 0 else {
            throw policy.fault(PolicyPlace(), .libseccomp(call: "seccomp_api_set", errno: -levelResult))
        }
    }
}

/// Owns one libseccomp context.
@safe private struct SeccompBuilder: ~Copyable {
    private let policy: Policy
    // SAFETY: not null, from seccomp_init, released once in deinit and never handed out; all calls are in this struct.
    private let context: scmp_filter_ctx

    init(_ policy: Policy) throws(PolicyError) {
        // SAFETY: takes a number, returns null or a context that this value alone owns from here on.
        guard let context = unsafe seccomp_init(policy.defaultAction.returnValue) else {
            throw policy.fault(PolicyPlace(), .libseccomp(call: "seccomp_init", errno: EINVAL))
        }
        self.policy = policy
        unsafe self.context = unsafe context
    }

    // SAFETY: the only release, and the value is ~Copyable: nobody can use the context afterwards.
    deinit { unsafe seccomp_release(context) }

    borrowing func configure() throws(PolicyError) {
        // The default for foreign architectures is KILL_THREAD; no_new_privs is the worker's business; 2 is a binary tree;
        // errors of the export come as errno of the system call that failed.
        try set(SCMP_FLTATR_ACT_BADARCH, PolicyAction.killProcess.returnValue)
        try set(SCMP_FLTATR_CTL_NNP, 0)
        try set(SCMP_FLTATR_CTL_OPTIMIZE, 2)
        try set(SCMP_FLTATR_API_SYSRAWRC, 1)
    }

    private func set(_ attribute: scmp_filter_attr, _ value: UInt32) throws(PolicyError) {
        // SAFETY: the context is alive as long as this value.
        let result = unsafe seccomp_attr_set(context, attribute, value)
        guard result == 0 else {
            throw policy.fault(PolicyPlace(), .libseccomp(call: "seccomp_attr_set(\(attribute.rawValue))", errno: -result))
        }
    }

    borrowing func add(_ rule: FlatRule) throws(PolicyError) {
        let comparisons = rule.conditions.map { condition in
            condition.isExact
                ? scmp_arg_cmp(arg: UInt32(condition.index), op: SCMP_CMP_EQ, datum_a: condition.bits, datum_b: 0)
                : scmp_arg_cmp(
                    arg: UInt32(condition.index), op: SCMP_CMP_MASKED_EQ, datum_a: condition.mask, datum_b: condition.bits)
        }
        // SAFETY: the context is alive; libseccomp copies the `count` comparisons that the array holds.
        let result = unsafe seccomp_rule_add_exact_array(
            context, rule.action.returnValue, Int32(bitPattern: rule.number), UInt32(comparisons.count), comparisons)
        guard result == 0 else {
            throw policy.fault(PolicyPlace(rule: rule.rule), .libseccomp(call: "seccomp_rule_add_exact", errno: -result))
        }
    }

    /// The program as bytes. Through a memfd, because 2.5 exports only to descriptors and a pipe could fill up.
    borrowing func export() throws(PolicyError) -> [UInt8] {
        // SAFETY: the name is a NUL-terminated literal, which the call only reads.
        let number = unsafe xvm_system_memfd("xvm-policy", 0)
        guard number >= 0 else {
            throw policy.fault(PolicyPlace(), .export(SystemError(call: "memfd_create", errno: -number)))
        }
        let file = Descriptor(owning: number)
        // SAFETY: the context is alive, the descriptor is ours and open.
        let result = unsafe seccomp_export_bpf(context, file.number)
        guard result == 0 else { throw policy.fault(PolicyPlace(), .libseccomp(call: "seccomp_export_bpf", errno: -result)) }
        do { return try read(file) } catch {
            switch error {
            case .system(let error): throw policy.fault(PolicyPlace(), .export(error))
            case .tooLong(let count):
                throw policy.fault(
                    PolicyPlace(), .programExceedsLimit(count: count, limit: PolicyLimits.instructionCountMax))
            }
        }
    }

    private enum ReadError: Error {
        case system(SystemError)
        case tooLong(count: Int)
    }

    private borrowing func read(_ file: borrowing Descriptor) throws(ReadError) -> [UInt8] {
        let number = file.number
        let size = Int(lseek(number, 0, SEEK_END))
        guard size >= 0 else { throw .system(SystemError(call: "lseek", errno: errno)) }
        guard size <= PolicyLimits.instructionCountMax * 8 else { throw .tooLong(count: size / 8) }
        var bytes = [UInt8](repeating: 0, count: size)
        let count: Int
        do {
            count = try retryingInterrupts("pread") {
                // SAFETY: pread gets the array's own `size` bytes.
                unsafe bytes.withUnsafeMutableBytes { buffer in unsafe pread(number, buffer.baseAddress, size, 0) }
            }
        } catch { throw .system(error) }
        guard count == size else { throw .system(SystemError(call: "pread", errno: EIO, detail: "\(count) of \(size) bytes")) }
        return bytes
    }
}
