// SPDX-License-Identifier: Apache-2.0
// The steps of publish and wait (ring.c) as a model: all interleavings, with a store buffer per side as x86 has one.
import Testing

/// One publisher of two frames, one waiter that wants both. A store goes into its side's buffer and reaches memory later, in order;
/// a fence waits until the own buffer is empty. Futex calls act on memory and, to be safe, empty no buffer.
private struct WakeModel {
    struct Rules {
        var publisherFence = true
        var waiterFence = true
        /// The waiter looks at tail between its fence and the futex call.
        var reload = true
        /// The kernel compares tail with what the waiter saw, in one step with falling asleep.
        var kernelCompares = true
    }
    enum Publisher: Hashable { case store, fence, load, wake, done }
    enum Waiter: Hashable { case raise, fence, reload, sleep, asleep, lower, look, done }
    struct State: Hashable {
        var tail = 0
        var wait = 0
        var tails: [Int] = []  // the publisher's buffer
        var waits: [Int] = []  // the waiter's
        var publisher = Publisher.store
        var published = 0
        var waiter = Waiter.look
        var seen = 0
    }

    let rules: Rules
    let frames = 2

    func next(_ state: State) -> [State] {
        var states: [State] = []
        func step(_ change: (inout State) -> Void) {
            var copy = state
            change(&copy)
            states.append(copy)
        }
        if let first = state.tails.first {
            step {
                $0.tail = first
                $0.tails.removeFirst()
            }
        }
        if let first = state.waits.first {
            step {
                $0.wait = first
                $0.waits.removeFirst()
            }
        }
        switch state.publisher {
        case .store:
            step {
                $0.published += 1
                $0.tails.append($0.published)
                $0.publisher = .fence
            }
        case .fence: if !rules.publisherFence || state.tails.isEmpty { step { $0.publisher = .load } }
        case .load:
            step { $0.publisher = $0.wait == 1 ? .wake : $0.published == frames ? .done : .store }
        case .wake:
            step {
                if $0.waiter == .asleep { $0.waiter = .reload }
                $0.publisher = $0.published == frames ? .done : .store
            }
        case .done: break
        }
        switch state.waiter {
        case .look:
            step {
                $0.seen = $0.tail
                $0.waiter = $0.seen == frames ? .done : .raise
            }
        case .raise:
            step {
                $0.waits.append(1)
                $0.waiter = .fence
            }
        case .fence: if !rules.waiterFence || state.waits.isEmpty { step { $0.waiter = rules.reload ? .reload : .sleep } }
        case .reload: step { $0.waiter = $0.tail != $0.seen ? .lower : .sleep }
        case .sleep: step { $0.waiter = rules.kernelCompares && $0.tail != $0.seen ? .lower : .asleep }
        case .asleep: break
        case .lower:
            step {
                $0.waits.append(0)
                $0.waiter = .look
            }
        case .done: break
        }
        return states
    }

    /// True when some interleaving ends with the waiter asleep for ever.
    func losesWake() -> (lost: Bool, states: Int) {
        var known: Set<State> = [State()]
        var open = [State()]
        var lost = false
        while let state = open.popLast() {
            let following = next(state)
            if following.isEmpty, state.waiter != .done { lost = true }
            for state in following where known.insert(state).inserted { open.append(state) }
        }
        return (lost, known.count)
    }
}

@Suite struct WakeModelTests {
    @Test("no interleaving of publish and wait loses a wake")
    func protocolHolds() {
        let result = WakeModel(rules: .init()).losesWake()
        #expect(!result.lost)
        #expect(result.states > 100)
    }

    @Test("without the publisher's fence a wake can be lost")
    func withoutPublisherFence() { #expect(WakeModel(rules: .init(publisherFence: false)).losesWake().lost) }

    @Test("without the waiter's fence a wake can be lost")
    func withoutWaiterFence() { #expect(WakeModel(rules: .init(waiterFence: false)).losesWake().lost) }

    @Test("without any second look at tail a wake can be lost")
    func withoutLook() { #expect(WakeModel(rules: .init(reload: false, kernelCompares: false)).losesWake().lost) }

    @Test("the reload alone is not enough: the kernel must compare, too")
    func withoutCompare() { #expect(WakeModel(rules: .init(kernelCompares: false)).losesWake().lost) }

    @Test("the kernel's comparison alone is enough: the reload only saves a call")
    func withoutReload() { #expect(!WakeModel(rules: .init(reload: false)).losesWake().lost) }
}
