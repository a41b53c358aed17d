// SPDX-License-Identifier: Apache-2.0
// H16: what was verified is what runs, whatever becomes of the file that it was read from. W9: a worker that lies about its listener.

import CXVMSandbox
import Foundation
import TestSupport
import Testing
import XVMElf
import XVMSystem
import XVMWire

@testable import XVMSupervisor

@Suite struct SealTests {
    @Test(
        "H16: a module replaced, truncated or written to after its verification: the seal refuses, and the worker runs what was verified"
    )
    func replaced() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/object"
        let honest = try Attack.elf("honest")
        try Data(honest.bytes).write(to: URL(filePath: path))
        let read = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let module = try SealedModule(elf: ElfVerifier.verify(read, producer: .user), moduleHash: Fixture.moduleHash.get())
        // The file: another object, then nothing.
        try Data(Attack.elf("getpid").bytes).write(to: URL(filePath: path))
        #expect(unsafe truncate(path, 0) == 0)

        // The memory: every way to change it, by the host's own descriptor.
        let number = module.file.number
        let byte: [UInt8] = [0x90]
        #expect(unsafe pwrite(number, byte, 1, 4096) == -1 && errno == EPERM)
        #expect(ftruncate(number, 16) == -1 && errno == EPERM)
        #expect(ftruncate(number, off_t(honest.bytes.count + 4096)) == -1 && errno == EPERM)
        #expect(unsafe mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, number, 0) == MAP_FAILED && errno == EPERM)
        #expect(xvm_system_seal(number, XVM_SYSTEM_SEAL_FUTURE_WRITE.rawValue) == -EPERM)
        // Opened again for writing, as /proc permits: the file is the same, so is the seal.
        let again = unsafe open("/proc/self/fd/\(number)", O_RDWR | O_CLOEXEC)
        if again >= 0 {
            #expect(unsafe pwrite(again, byte, 1, 4096) == -1 && errno == EPERM)
            close(again)
        }

        let supervisor = try Attack.supervisor()
        let worker = try supervisor.makeWorker(of: module, limits: Fixture.limits)
        defer { worker.kill() }
        #expect(try Attack.run(worker, [40, 2]).result == 42)
    }

    @Test(
        "W9: a worker that says it is sealed without a listener, or with a descriptor that is none, does not start",
        .enabled(if: LyingWorker.canBuild, "needs cc and libcap-dev"), arguments: LyingWorker.Lie.allCases)
    func lies(lie: LyingWorker.Lie) throws {
        let supervisor = try Fixture.supervisor(workerPath: LyingWorker.path(lie))
        defer { supervisor.shutDown() }
        for _ in 0..<3 {
            do {
                let worker = try Fixture.worker("honest", of: supervisor)
                worker.kill()
                Issue.record("a worker started that is not sealed: \(lie)")
            } catch let death as Death {
                guard case .setup(let step, _) = death.cause else {
                    Issue.record("\(lie): \(death)")
                    return
                }
                #expect(lie.steps.contains { step.hasPrefix($0) }, "\(lie): \(death)")
            }
            #expect(supervisor.workerCount == 0)
        }
    }
}

/// The real worker with a function replaced (Tests/Hostile/lying_worker.c, dying_zygote.c).
enum LyingWorker {
    enum Lie: String, CaseIterable, Sendable {
        /// No run filter at all; the module's descriptor's place for a listener is empty.
        case noFilter
        /// The run filter without a listener, and a number that is not open.
        case notOpen
        /// A real filter; the number is that of another file.
        case otherFile

        var steps: [String] {
            switch self {
            case .noFilter, .notOpen: ["violationListener", "confirmation of Seccomp"]
            case .otherFile: ["violationListener"]
            }
        }
    }

    static let canBuild: Bool =
        (try? runProgram("/usr/bin/env", ["sh", "-c", "command -v cc && test -r /usr/include/sys/capability.h"]).status) == 0
    private static let folder = Result { try TemporaryFolder() }

    static func path(_ lie: Lie) throws -> String {
        try build(
            lie.rawValue, ["-Wl,--wrap=xvm_confine_filter_with_listener", "-Wl,--wrap=close", "-DLIE_\(lie.rawValue)=1"],
            "lying_worker.c")
    }

    /// The real worker linked with a file of Tests/Hostile.
    static func build(_ name: String, _ flags: [String], _ source: String) throws -> String {
        let output = try folder.get().path + "/worker-" + name
        let sandbox = packageRoot + "/sandbox-c"
        let sources = try ["transport", "runtime", "confine", "worker"].flatMap { room in
            try FileManager.default.contentsOfDirectory(atPath: sandbox + "/" + room).filter { $0.hasSuffix(".c") }.sorted()
                .map { "\(sandbox)/\(room)/\($0)" }
        }
        let build = try runProgram(
            "/usr/bin/env",
            [
                "cc", "-std=c11", "-O1", "-w", "-D_GNU_SOURCE", "-DXVM_WORKER=1", "-fPIE", "-pie", "-Wl,-z,relro,-z,now", "-I",
                sandbox + "/include",
            ] + flags + sources + [packageRoot + "/Tests/Hostile/" + source, "-o", output, "-l:libcap.a"])
        try #require(build.status == 0, "\(build.complaint)")
        return output
    }
}
