// SPDX-License-Identifier: Apache-2.0
// Foreign objects with machine code that attacks, in real workers: each dies of what it did, none survives, and nobody else notices.

import CXVMSandbox
import XVMElf
import XVMPolicy
import XVMSupervisor
package import XVMWire
import XVMWorkerImage

package struct MachineSubject: Sendable {
    /// A death as the supervisor tells it.
    package var cause: @Sendable (Death.Cause) -> Death.Cause = { $0 }
    /// Told of every attack that was run: what it did, and how it ended in one word.
    package var seen: @Sendable (_ kind: String, _ end: String) -> Void = { _, _ in }
    package init() {}
}

extension FuzzTarget {
    package static func machine(_ subject: MachineSubject = MachineSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "machine",
            purpose:
                "machine code of a foreign object: system calls, jumps into instructions, smashed stacks end as what they were",
            smokeCount: 150, sizeMax: 256, generate: { $0.bytes(100) }
        ) {
            let range = try MachineRange(subject)
            return { bytes in try range.attack(MachineCode(bytes)) }
        }
    }
}

/// One supervisor, an honest worker, and one hostile worker after the other.
private final class MachineRange {
    private let supervisor: Supervisor
    private let honest: Worker
    private let subject: MachineSubject

    private static let pagesMax: UInt32 = 16

    init(_ subject: MachineSubject) throws {
        self.subject = subject
        let image: WorkerImage
        do { image = try WorkerImage.find() } catch { throw TargetUnavailable(description: "\(error)") }
        supervisor = try Supervisor(shippedWith: image)
        honest = try Self.worker(of: supervisor, ElfVerifier.verify(SampleObject.bytes, producer: .translator))
    }

    deinit {
        honest.kill()
        supervisor.shutDown()
    }

    private static func worker(of supervisor: Supervisor, _ elf: VerifiedElf) throws -> Worker {
        // The hash stands behind magic, version, header size and flags.
        try supervisor.makeWorker(
            elf: elf, moduleHash: Array(elf.descriptor[16..<48]), limits: WorkerLimits(memoryPagesMax: pagesMax))
    }

    func attack(_ code: MachineCode) throws {
        let elf: VerifiedElf
        do { elf = try ElfVerifier.verify(Self.object(code.bytes), producer: .user) } catch {
            // Refused before any process exists; what is written as instructions, with the rest hidden in them, is not.
            try require(code.kind == "raw", "an object that keeps the rules is refused: \(error)")
            return
        }
        let worker = try Self.worker(of: supervisor, elf)
        let fate: MachineFate
        do {
            fate = .returned(
                try worker.run(
                    Self.invocation(0), handler: Anything(), deadlineNanoseconds: code.claim.isOpen ? 200_000_000 : 20_000_000_000
                ))
        } catch let death as Death {
            fate = .died(subject.cause(death.cause))
        }
        subject.seen(code.kind, fate.word)
        let isAlive = worker.isAlive
        worker.kill()
        try require(code.claim.isRight(fate), "\(code.kind): must end with \(code.claim), ended as \(fate)")
        if case .died = fate { try require(!isAlive, "\(code.kind): dead and alive") }
        try require(supervisor.workerCount == 1, "\(supervisor.workerCount) workers where only the honest one is left")
        let ending: Ending
        do {
            ending = try honest.run(Self.invocation(10), handler: Anything(), deadlineNanoseconds: 20_000_000_000)
        } catch { throw FuzzFailure("\(code.kind): the honest worker died of it: \(error)") }
        try require(ending.kind == .returned && ending.slots == [55], "\(code.kind): the honest worker answers \(ending)")
    }

    /// The one export of the sample: a number in, a number out.
    private static func invocation(_ number: UInt64) -> Invocation {
        Invocation(
            exportIndex: 0, entry: .function(slots: [number]), gasLimit: 1_000_000, frameLimit: 100, stackLimit: 1 << 16,
            memoryPagesMax: pagesMax)
    }

    /// The sample with other code in the room of its own: `ret` for its beginning, and the attack for its export. And with a memory.
    static func object(_ code: [UInt8]) -> [UInt8] {
        var bytes = SampleObject.bytes
        func put(_ number: UInt64, _ size: Int, at offset: Int) {
            for index in 0..<size { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index)) }
        }
        func number(at offset: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) } }
        let image = NaiveElf(bytes)
        guard let text = image.headers.first(where: { $0.type == 1 && $0.flags & 1 != 0 }),
            let table = image.dynamic.first(where: { $0.tag == 7 }), let size = image.dynamic.first(where: { $0.tag == 8 })
        else { preconditionFailure("the sample has text and relocations") }
        let start = Int(text.fileOffset)
        let end = Int(text.address + text.fileSize)
        // What points into the text are the export and, highest, the beginning.
        let pointers = stride(from: Int(table.value), to: Int(table.value + size.value), by: 24).map { $0 + 16 }
            .filter { (Int(text.address)..<end).contains(Int(number(at: $0))) }
        precondition(pointers.count == 2, "the sample has one export")
        let isFirstHigher = number(at: pointers[0]) > number(at: pointers[1])
        put(text.address, 8, at: pointers[isFirstHigher ? 0 : 1])
        put(MachineCode.address, 8, at: pointers[isFirstHigher ? 1 : 0])
        put(0x1000, 8, at: text.offset + 32)
        put(0x1000, 8, at: text.offset + 40)
        for index in start..<(start + 0x1000) { bytes[index] = 0x90 }
        bytes[start] = 0xc3
        bytes.replaceSubrange((start + 16)..<(start + 16 + code.count), with: code)
        bytes[start + 0xfff] = 0xc3
        // The descriptor stands first in the writable segment: memories, pages at least and at most.
        guard let data = image.headers.first(where: { $0.type == 1 && $0.flags & 2 != 0 }) else { return bytes }
        put(1, 4, at: Int(data.fileOffset) + 80)
        put(1, 4, at: Int(data.fileOffset) + 84)
        put(UInt64(pagesMax), 4, at: Int(data.fileOffset) + 88)
        return bytes
    }
}

/// Has an answer for every question.
private final class Anything: SyscallHandler {
    func handle(_ syscall: Syscall) throws -> SyscallResult {
        switch syscall {
        case .getObject: .value([1, 2, 3])
        case .newIterator: .items([])
        case .flush: .flushed
        case .ask: .reply(Reply(.notFound))
        case .putObject, .deleteObject, .postLog, .emitEvent: .none
        }
    }
}

extension Supervisor {
    /// With the worker and the policies that are shipped, wherever at least the smallest floor holds.
    convenience init(shippedWith image: WorkerImage) throws {
        try self.init(
            SupervisorConfiguration(
                workerPath: image.workerPath,
                filters: FilterPair(
                    load: Policy(readingFile: image.policyFolder + "/load.json"),
                    run: Policy(readingFile: image.policyFolder + "/run.json"), addresses: .ofWorkers), floor: .minimal))
    }
}
