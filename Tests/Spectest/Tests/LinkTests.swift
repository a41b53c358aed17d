// SPDX-License-Identifier: Apache-2.0
// Modules that import from each other, in sandboxed workers: a committed script in the form of the specification's tests
// (Tests/Spectest/modules/linking.wast). The specification's own are run by scripts/spectest.

import TestSupport
import Testing
import XVMCompiler
import XVMCore
import XVMPolicy
import XVMSupervisor
import XVMWire
import XVMWorkerImage

@testable import SpecSuite

@Suite(.serialized) struct LinkTests {
    private func script() throws -> SuiteScript {
        try SuiteScript(reading: packageRoot + "/Tests/Spectest/modules/linking.json")
    }

    private func workshop(schedule: String, _ change: (inout Workshop.Setting) -> Void = { _ in }) throws -> (
        Workshop, TemporaryFolder
    ) {
        let folder = try TemporaryFolder()
        var setting = Workshop.Setting(cache: folder.path + "/cache")
        setting.schedule = schedule
        change(&setting)
        return (try Workshop(setting), folder)
    }

    @Test(
        "instances in one worker share memories, tables, globals and functions; segments are checked whole and in order; gas is equal under both placements"
    )
    func linking() throws {
        let script = try script()
        var records: [[UInt8]] = []
        for strict in [false, true] {
            let (workshop, folder) = try workshop(schedule: "unit") { if strict { $0.placement = .perRun } }
            let result = try SuiteRun.run([script], workshop, threads: 2)
            #expect(result.failures == [])
            #expect(result.passed == script.commands.count && result.passed >= 109)
            #expect(result.skipped.isEmpty)
            #expect(result.groupCount == 1)
            #expect(result.gas > 0)
            let record = result.record
            records.append(record.finalize())
            withExtendedLifetime(folder) {}
        }
        #expect(records[0] == records[1])
    }

    @Test("an expectation that does not hold is a failure with its place: result, trap, link error")
    func failures() throws {
        var script = try script()
        func position(_ type: String) throws -> Int { try #require(script.commands.firstIndex { $0.type == type }) }
        let wrongResult = try position("assert_return")
        let wrongTrap = try position("assert_trap")
        let wrongLink = try position("assert_unlinkable")
        script.commands[wrongResult].expected[0].text = "12"
        script.commands[wrongTrap].text = "undefined element"
        script.commands[wrongLink].text = "unknown import"
        let (workshop, folder) = try workshop(schedule: "xuper")
        let result = try SuiteRun.run([script], workshop, threads: 2)
        #expect(result.passed == script.commands.count - 3)
        #expect(
            result.failures.map { $0.split(separator: ":")[1] }
                == [wrongResult, wrongTrap, wrongLink].sorted().map { "\(script.commands[$0].line)" }[...].map { Substring($0) })
        withExtendedLifetime(folder) {}
    }

    @Test("the product's worker refuses an object of the linked shape before any of its code runs")
    func linkedShapeAlone() throws {
        let (workshop, folder) = try workshop(schedule: "unit")
        let unit = SuiteUnit(line: 1, module: workshop.spectest)
        let code = try workshop.compile(unit, .linked)
        let image = try WorkerImage.find()
        let filters = try FilterPair(
            load: Policy(readingFile: image.policyFolder + "/load.json"),
            run: Policy(readingFile: image.policyFolder + "/run.json"),
            addresses: .ofWorkers)
        let supervisor = try Supervisor(
            SupervisorConfiguration(workerPath: image.workerPath, filters: filters, floor: .minimal))
        defer { supervisor.shutDown() }
        let death = #expect(throws: Death.self) {
            try supervisor.makeWorker(of: code, limits: WorkerLimits(memoryPagesMax: 16))
        }
        guard case .setup = death?.cause else {
            Issue.record("\(String(describing: death))")
            return
        }
        withExtendedLifetime(folder) {}
    }
}
