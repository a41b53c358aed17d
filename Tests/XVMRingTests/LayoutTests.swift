// SPDX-License-Identifier: Apache-2.0
// The numbers of docs/wire-format.md, the C headers and XVMWire are the same numbers.
import CXVMSandbox
import Testing
import XVMCore
import XVMRing
import XVMSystem
import XVMWire

@Suite struct LayoutTests {
    @Test("the control page has the documented offsets, and Swift sees every field")
    func control() {
        typealias Control = xvm_ring_control
        #expect(MemoryLayout<Control>.size == 0x200)
        #expect(MemoryLayout<Control>.offset(of: \.magic) == 0x000)
        #expect(MemoryLayout<Control>.offset(of: \.version) == 0x004)
        #expect(MemoryLayout<Control>.offset(of: \.capacity) == 0x008)
        #expect(MemoryLayout<Control>.offset(of: \.payload_max) == 0x00c)
        #expect(MemoryLayout<Control>.offset(of: \.spin_pauses) == 0x010)
        #expect(MemoryLayout<Control>.offset(of: \.tail) == 0x080)
        #expect(MemoryLayout<Control>.offset(of: \.head) == 0x100)
        #expect(MemoryLayout<Control>.offset(of: \.wait) == 0x180)
        #expect(MemoryLayout<Control>.offset(of: \.cpu) == 0x184)
        #expect(XVM_RING_CONTROL_SIZE == 0x1000)
    }

    @Test("a frame's header has the documented offsets")
    func frame() {
        typealias Header = xvm_frame_header
        #expect(MemoryLayout<Header>.size == 16)
        #expect(MemoryLayout<Header>.offset(of: \.length) == 0)
        #expect(MemoryLayout<Header>.offset(of: \.type) == 4)
        #expect(MemoryLayout<Header>.offset(of: \.flags) == 6)
        #expect(MemoryLayout<Header>.offset(of: \.sequence) == 8)
        #expect(MemoryLayout<Header>.offset(of: \.correlation) == 12)
    }

    @Test("XVMWire and xvm_wire.h agree on every limit")
    func limits() {
        #expect(WireFormat.version == XVM_WIRE_VERSION)
        #expect(WireFormat.payloadSizeMax == Int(XVM_PAYLOAD_SIZE_MAX))
        #expect(WireFormat.messageSizeMax == Int(XVM_MESSAGE_SIZE_MAX))
        #expect(WireFormat.argumentCountMax == Int(XVM_ARGUMENT_COUNT_MAX))
        #expect(XVM_PAYLOAD_SIZE_MAX == XVM_RING_CAPACITY / 4 - XVM_RING_HEADER_SIZE)
        #expect(WireFormat.keySizeMax == Int(XVM_KEY_SIZE_MAX))
        #expect(WireFormat.boundSizeMax == Int(XVM_BOUND_SIZE_MAX))
        #expect(WireFormat.valueSizeMax == Int(XVM_VALUE_SIZE_MAX))
        #expect(WireFormat.logSizeMax == Int(XVM_LOG_SIZE_MAX))
        #expect(WireFormat.eventNameSizeMax == Int(XVM_EVENT_NAME_SIZE_MAX))
        #expect(WireFormat.eventBodySizeMax == Int(XVM_EVENT_BODY_SIZE_MAX))
        #expect(WireFormat.outputMessageSizeMax == Int(XVM_OUTPUT_MESSAGE_SIZE_MAX))
        #expect(WireFormat.outputBodySizeMax == Int(XVM_OUTPUT_BODY_SIZE_MAX))
        #expect(WireFormat.stepCountMax == Int(XVM_STEP_COUNT_MAX))
        #expect(WireFormat.stepCountMax == Int(XVM_STEP_REPORTS_MAX))
        #expect(WireFormat.setupTextSizeMax == Int(XVM_SETUP_TEXT_SIZE_MAX))
    }

    @Test("XVMWire and the C headers agree on every number of an enumeration")
    func numbers() {
        let types: [(WireFormat.FrameType, xvm_frame_type)] = [
            (.pad, XVM_FRAME_PAD), (.invocation, XVM_FRAME_INVOCATION), (.result, XVM_FRAME_RESULT), (.sealed, XVM_FRAME_SEALED),
            (.outcome, XVM_FRAME_OUTCOME), (.setupFailed, XVM_FRAME_SETUP_FAILED), (.getObject, XVM_FRAME_GET_OBJECT),
            (.newIterator, XVM_FRAME_NEW_ITERATOR), (.flush, XVM_FRAME_FLUSH), (.putObject, XVM_FRAME_PUT_OBJECT),
            (.deleteObject, XVM_FRAME_DELETE_OBJECT), (.postLog, XVM_FRAME_POST_LOG), (.emitEvent, XVM_FRAME_EMIT_EVENT),
            (.ask, XVM_FRAME_ASK), (.more, XVM_FRAME_MORE),
        ]
        #expect(types.count == WireFormat.FrameType.allCases.count)
        for (swift, c) in types { #expect(UInt32(swift.rawValue) == c.rawValue) }

        let statuses: [(WireFormat.ResultStatus, xvm_result)] = [
            (.found, XVM_RESULT_FOUND), (.notFound, XVM_RESULT_NOT_FOUND), (.deleted, XVM_RESULT_DELETED),
            (.tooSmall, XVM_RESULT_TOO_SMALL), (.refused, XVM_RESULT_REFUSED), (.ended, XVM_RESULT_ENDED),
        ]
        #expect(statuses.count == WireFormat.ResultStatus.allCases.count)
        for (swift, c) in statuses { #expect(swift.rawValue == c.rawValue) }

        let errors: [(ContractError, xvm_contract_error)] = [
            (.unknown, XVM_CONTRACT_UNKNOWN), (.method, XVM_CONTRACT_METHOD), (.recursion, XVM_CONTRACT_RECURSION),
            (.depth, XVM_CONTRACT_DEPTH), (.permission, XVM_CONTRACT_PERMISSION), (.failed, XVM_CONTRACT_FAILED),
            (.refused, XVM_CONTRACT_REFUSED), (.arguments, XVM_CONTRACT_ARGUMENTS), (.unsupported, XVM_CONTRACT_UNSUPPORTED),
        ]
        #expect(errors.count == ContractError.allCases.count)
        for (swift, c) in errors { #expect(swift.rawValue == c.rawValue) }
        #expect(WireFormat.GuestKind.emscripten.rawValue == XVM_GUEST_EMSCRIPTEN.rawValue)
        #expect(WireFormat.noExport == XVM_NO_EXPORT)

        let endings: [(WireFormat.EndingKind, xvm_ending)] = [
            (.returned, XVM_ENDING_RETURNED), (.trapped, XVM_ENDING_TRAPPED), (.outOfGas, XVM_ENDING_OUT_OF_GAS),
        ]
        for (swift, c) in endings { #expect(UInt32(swift.rawValue) == c.rawValue) }

        #expect(UInt32(WireFormat.EntryKind.method.rawValue) == XVM_ENTRY_METHOD.rawValue)
        #expect(UInt32(WireFormat.EntryKind.function.rawValue) == XVM_ENTRY_FUNCTION.rawValue)

        let traps: [(Trap, xvm_trap)] = [
            (.unreachable, XVM_TRAP_UNREACHABLE), (.integerDivideByZero, XVM_TRAP_INTEGER_DIVIDE_BY_ZERO),
            (.integerOverflow, XVM_TRAP_INTEGER_OVERFLOW), (.invalidConversionToInteger, XVM_TRAP_INVALID_CONVERSION_TO_INTEGER),
            (.outOfBoundsMemoryAccess, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS),
            (.outOfBoundsTableAccess, XVM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS), (.undefinedElement, XVM_TRAP_UNDEFINED_ELEMENT),
            (.uninitializedElement, XVM_TRAP_UNINITIALIZED_ELEMENT),
            (.indirectCallTypeMismatch, XVM_TRAP_INDIRECT_CALL_TYPE_MISMATCH),
            (.callStackExhausted, XVM_TRAP_CALL_STACK_EXHAUSTED),
            (.hostAbort, XVM_TRAP_HOST_ABORT),
        ]
        #expect(traps.count == Trap.allCases.count)
        for (swift, c) in traps { #expect(UInt32(swift.rawValue) == c.rawValue) }
        #expect(UInt32(WireFormat.trapOutOfGas) == XVM_TRAP_OUT_OF_GAS.rawValue)

        #expect(Breach.Reason.allCases.map(\.rawValue) == (XVM_BREACH_GEOMETRY.rawValue...XVM_BREACH_PIECES.rawValue).map { $0 })
    }

    @Test("the largest frame of each type that a worker may send fits its limit and a frame")
    func lengthLimits() {
        let running = XVM_PHASE_RUNNING
        func limit(_ type: xvm_frame_type, _ phase: xvm_ring_phase) -> Int64 {
            xvm_ring_length_limit(UInt16(type.rawValue), phase)
        }
        #expect(limit(XVM_FRAME_PUT_OBJECT, running) == 4 + 400 + 4 + 1048576)
        #expect(limit(XVM_FRAME_EMIT_EVENT, running) == 4 + 256 + 4 + 1048576)
        #expect(limit(XVM_FRAME_NEW_ITERATOR, running) == 4 + 401 + 4 + 401 + 4 + 4)
        #expect(limit(XVM_FRAME_FLUSH, running) == 0)
        #expect(limit(XVM_FRAME_SEALED, XVM_PHASE_STARTING) == 16 + 4 * 64)
        #expect(limit(XVM_FRAME_SEALED, running) == -1)
        #expect(limit(XVM_FRAME_INVOCATION, running) == -1)
        for type in WireFormat.FrameType.allCases {
            for phase in [
                XVM_PHASE_STARTING, running, XVM_PHASE_IDLE, XVM_PHASE_ANSWERING, XVM_PHASE_ENDED, XVM_PHASE_SENDING,
                XVM_PHASE_ANY,
            ] {
                #expect(xvm_ring_length_limit(type.rawValue, phase) <= Int64(XVM_MESSAGE_SIZE_MAX))
            }
        }
    }

    @Test("a worker refuses a page of another version, another magic, or a capacity that its segment does not hold")
    func handshake() throws {
        let size = Int(XVM_RING_CONTROL_SIZE) + 4096
        func check(_ change: (inout xvm_ring_control) -> Void, segmentSize: Int? = nil) throws -> Int32 {
            let file = try MemoryFile(name: "xvm-test", size: size)
            let mapping = try file.map(writable: true)
            var channel = unsafe xvm_channel()
            let up = try MemoryFile(name: "xvm-test", size: size).map(writable: true)
            unsafe xvm_channel_init_host(&channel, mapping.address, up.address, 4096)
            let control = unsafe mapping.address.assumingMemoryBound(to: xvm_ring_control.self)
            unsafe change(&control.pointee)
            return unsafe xvm_ring_check_segment(mapping.address, UInt64(segmentSize ?? size))
        }
        #expect(try check { _ in } == 0)
        #expect(try check { $0.magic = 1 } == -71)
        #expect(try check { $0.version = XVM_WIRE_VERSION + 1 } == -93)
        #expect(try check { $0.capacity = 8192 } == -71)
        #expect(try check { $0.capacity = 4095 } == -71)
        #expect(try check { $0.capacity = 0 } == -71)
        #expect(try check { $0.payload_max = 65520 } == -71)
        #expect(try check({ _ in }, segmentSize: size - 1) == -71)
        #expect(try check({ _ in }, segmentSize: 100) == -71)
    }
}
