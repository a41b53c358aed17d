// SPDX-License-Identifier: Apache-2.0
// The validator against everything that an honest sender can produce, and nothing else: exhaustive on a small geometry.
import CXVMSandbox
import Testing

@Suite struct ValidatorTests {
    struct Header: Hashable {
        var length: UInt32
        var type: UInt16
        var flags: UInt16 = 0
        var sequence: UInt32
        var correlation: UInt32
    }
    static let sequence: UInt32 = .max
    static let correlation: UInt32 = 9
    static let types = [XVM_FRAME_PAD.rawValue, XVM_FRAME_FLUSH.rawValue, XVM_FRAME_DELETE_OBJECT.rawValue, 0x41, 0x7777]

    /// What the C sender writes at `position`: for each length, the frame or the PAD before it.
    func honest(_ pair: RawPair, position: UInt64) -> Set<Header> {
        var headers: Set<Header> = []
        for length in 0...pair.payloadMax {
            for type in [XVM_FRAME_DELETE_OBJECT, XVM_FRAME_FLUSH] where type != XVM_FRAME_FLUSH || length == 0 {
                pair.start(at: position, sequence: Self.sequence)
                guard unsafe xvm_ring_reserve(&pair.worker, UInt16(type.rawValue), Self.correlation, UInt32(length)) != nil else {
                    Issue.record("no room in an empty ring for \(length)")
                    continue
                }
                unsafe xvm_ring_commit(&pair.worker)
                let raw = pair.header(at: position)
                headers.insert(
                    Header(
                        length: raw.length, type: raw.type, flags: raw.flags, sequence: raw.sequence,
                        correlation: raw.correlation))
            }
        }
        return headers
    }

    // Goal: accepted if and only if an honest sender can have written this header here, and tail is one that it can have
    // published: aligned, not below the last, at most a capacity away, at or behind the frame's end.
    @Test("a header is accepted exactly when an honest sender can have written it", arguments: [64, 128, 256])
    func exhaustive(capacity: Int) {
        let pair = RawPair(capacity: capacity)
        var lengths: [UInt32] = [.max, .max - 14, .max - 15, .max - 16, 1 << 31, 65520]
        lengths += Array(0...UInt32(pair.payloadMax + 2))
        lengths += Array(stride(from: 0, through: UInt32(capacity) + 16, by: 16))
        var accepted = 0
        var wrong = 0
        for offset in stride(from: 0, to: UInt64(capacity), by: 16) {
            let position = (1 << 32) - UInt64(capacity) + offset
            let honest = honest(pair, position: position)
            var candidates: [Header] = []
            for type in Self.types {
                for length in lengths {
                    let header = Header(
                        length: length, type: UInt16(type), sequence: Self.sequence,
                        correlation: type == XVM_FRAME_PAD.rawValue ? 0 : Self.correlation)
                    candidates.append(header)
                    for change: (inout Header) -> Void in [
                        { $0.flags = 1 }, { $0.flags = 0x8000 }, { $0.sequence &+= 1 }, { $0.sequence &-= 1 },
                        { $0.correlation = $0.correlation == 0 ? Self.correlation : 0 },
                    ] {
                        var other = header
                        change(&other)
                        candidates.append(other)
                    }
                }
            }
            #expect(honest.isSubset(of: candidates))
            let judged = candidates.map { ($0, honest.contains($0)) }
            for used in [UInt64(0), 32] {
                var state = xvm_ring_state(
                    position: position, tail: position + used, capacity: UInt32(capacity), payload_max: UInt32(pair.payloadMax),
                    sequence: Self.sequence, correlation: Self.correlation, phase: XVM_PHASE_RUNNING.rawValue,
                    pieces_type: 0, pieces_size: 0, zero: 0)
                for tail in stride(from: position - 16, through: position + UInt64(capacity) + 32, by: 8) {
                    let tailIsHonest = tail % 16 == 0 && tail >= state.tail && tail <= position + UInt64(capacity)
                    for (candidate, isHonest) in judged {
                        let size = UInt64(16) + (UInt64(candidate.length) + 15) / 16 * 16
                        let expected = tailIsHonest && isHonest && position + size <= tail
                        var raw = xvm_frame_header(
                            length: candidate.length, type: candidate.type, flags: candidate.flags, sequence: candidate.sequence,
                            correlation: candidate.correlation)
                        var frame = unsafe xvm_frame()
                        var fault = xvm_ring_fault()
                        let reason = unsafe xvm_ring_validate(&state, tail, &raw, &frame, &fault)
                        if (reason == XVM_BREACH_NONE) != expected || fault.reason != reason.rawValue { wrong += 1 }
                        if expected { accepted += 1 }
                    }
                }
            }
        }
        #expect(wrong == 0)
        #expect(accepted > 0)
    }

    @Test("each phase allows its own frames and no others")
    func phases() {
        let allowed: [UInt32: Set<UInt16>] = [
            XVM_PHASE_ANY.rawValue: [0x01, 0x02], XVM_PHASE_STARTING.rawValue: [0x41, 0x43], XVM_PHASE_IDLE.rawValue: [],
            XVM_PHASE_RUNNING.rawValue: [0x42, 0x81, 0x82, 0x83, 0x84, 0xc1, 0xc2, 0xc3, 0xc4], XVM_PHASE_ANSWERING.rawValue: [],
            XVM_PHASE_SENDING.rawValue: [0x85],
            XVM_PHASE_ENDED.rawValue: [],
        ]
        for (phase, types) in allowed {
            for type in UInt16.min...UInt16.max {
                #expect((xvm_ring_length_limit(type, xvm_ring_phase(rawValue: phase)) >= 0) == types.contains(type))
            }
        }
    }
}
