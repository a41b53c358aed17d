// SPDX-License-Identifier: Apache-2.0
// The persistent map: order, sharing, and a depth that no order of insertion can raise.

import Testing

@testable import XVMState

@Suite("the ordered map")
struct OrderedMapTests {
    private func key(_ number: Int) throws -> FullKey {
        try FullKey(bucket: [0x62], key: [UInt8(number >> 16 & 0xff), UInt8(number >> 8 & 0xff), UInt8(number & 0xff)])
    }

    @Test("stays balanced in whatever order keys come", arguments: ["rising", "falling", "outside in", "random"])
    func balance(_ order: String) throws {
        let count = 20000
        var generator = SeededGenerator(seed: 1)
        let numbers =
            switch order {
            case "rising": Array(0..<count)
            case "falling": Array((0..<count).reversed())
            case "outside in": (0..<count).map { $0 % 2 == 0 ? $0 / 2 : count - 1 - $0 / 2 }
            default: (0..<count).shuffled(using: &generator)
            }
        var map = OrderedMap<Int>()
        for number in numbers { map.set(try key(number), number) }
        #expect(map.count == count)
        // An AVL tree of n keys has a height below 1.4405 log2(n + 2) - 0.3277: 20.3 here.
        #expect((15...20).contains(map.height))
        var iterator = map.iterator()
        for number in 0..<count {
            let next = iterator.next()
            #expect(next?.value == number)
            #expect(map[try key(number)] == number)
        }
        #expect(iterator.next() == nil)
        #expect(map[try key(count)] == nil)
    }

    @Test("a copy does not see what the other gets, and ranges hold their bounds")
    func copies() throws {
        var generator = SeededGenerator(seed: 2)
        var map = OrderedMap<Int>()
        var model: [Int: Int] = [:]
        var copies: [(OrderedMap<Int>, [Int: Int])] = []
        for turn in 0..<2000 {
            let number = generator.below(300)
            #expect(map.set(try key(number), turn) == model.updateValue(turn, forKey: number))
            if turn % 100 == 0 { copies.append((map, model)) }
        }
        copies.append((map, model))
        for (map, model) in copies {
            #expect(map.count == model.count)
            for _ in 0..<20 {
                let bounds = [generator.below(310), generator.below(310)].sorted()
                var iterator = map.iterator(start: try key(bounds[0]), limit: try key(bounds[1]))
                var found: [Int] = []
                while let next = iterator.next() { found.append(next.value) }
                #expect(
                    found == model.filter { (bounds[0]..<bounds[1]).contains($0.key) }.sorted { $0.key < $1.key }.map(\.value))
            }
        }
    }
}
