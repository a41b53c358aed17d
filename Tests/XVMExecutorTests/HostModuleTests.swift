// SPDX-License-Identifier: Apache-2.0
// Memory, table and globals that the host provides, in real workers.

import TestSupport
import Testing
import XVMExecutor

@Suite struct HostModuleTests {
    @Test(
        "memory, table and globals of the host module env are there before segments run, fresh in each invocation",
        arguments: ["xuper", "unit"])
    func env(schedule: String) throws {
        let setup = try EndToEnd()
        let contract = try setup.load("Tests/Modules/env.wasm", schedule: GasScheduleSource(schedule))
        #expect(try setup.call(contract, "sizes").results == [.i32(2), .i32(4)])
        #expect(try setup.call(contract, "indirect", "0").results == [.i32(7)])
        #expect(try setup.call(contract, "indirect", "1").results == [.i32(9)])
        #expect(try setup.call(contract, "indirect", "2").status == .trapped(.uninitializedElement))
        #expect(try setup.call(contract, "indirect", "4").status == .trapped(.undefinedElement))
        #expect(try setup.call(contract, "top").results == [.i32(42)])
        #expect(try setup.call(contract, "nan").results == [.i64(0x7ff8_0000_0000_0000)])
        #expect(try setup.call(contract, "infinity").results == [.f64(bits: Double.infinity.bitPattern)])
        #expect(try setup.call(contract, "grow", "2").results == [.i32(2)])
        #expect(try setup.call(contract, "grow", "3").results == [.i32(-1)])
        #expect(try setup.call(contract, "grow_table", "4").results == [.i32(4)])
        #expect(try setup.call(contract, "grow_table", "5").results == [.i32(-1)])
        #expect(try setup.call(contract, "count").results == [.i32(43)])
        #expect(try setup.call(contract, "count").results == [.i32(43)])
    }
}
