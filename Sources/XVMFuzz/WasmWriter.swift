// SPDX-License-Identifier: Apache-2.0
// Valid modules from random numbers: typed expressions and statements. Swarm weights: each module does without a random third of the
// features, and its statements and expressions come up as often as weights of its own say, some of them never.

/// Writes one module.
struct WasmWriter {
    /// A small module by hand: one of each section, as a base for changes.
    static let sample: [UInt8] = {
        var random = FuzzRandom(seed: 1)
        return module(&random)
    }()

    /// Openings of sections and instructions with prefixes.
    static let words: [[UInt8]] = [
        [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], [0x60, 0, 0], [0x60, 1, 0x7f, 1, 0x7f], [0xff, 0xff, 0xff, 0xff, 0x0f],
        [0x80, 0x80, 0x80, 0x80, 0],
        [0xfc, 0x0a, 0, 0], [0xfc, 0x0b, 0], [0xfc, 0x08, 0, 0], [0xfd, 0x0c], [0xd0, 0x70], [0xd2, 0], [0x11, 0, 0],
        [0x0e, 1, 0, 0],
        [0x02, 0x40], [0x03, 0x40], [0x04, 0x7f], [0x05], [0x0b], [0x40, 0], [0x00, 0x05, 0x04, 0x6e, 0x61, 0x6d, 0x65],
    ]

    private enum Kind: UInt8, CaseIterable { case i32 = 0x7f, i64 = 0x7e, f32 = 0x7d, f64 = 0x7c }

    private struct Function {
        var parameters: [Kind]
        var result: Kind
    }

    private enum Feature: CaseIterable { case floats, memory, globals, calls, indirect, loops, blocks, bulk, wide, division }

    private var features: Set<Feature>
    private var statementWeights: [Int]
    private var expressionWeights: [Int]
    private var functions: [Function] = []
    private var globals: [Kind] = []
    // Of the function that is being written:
    private var locals: [Kind] = []
    private var index = 0
    private var labelCount = 0
    private var budget = 0
    private var counterCount = 0

    static func module(_ random: inout FuzzRandom) -> [UInt8] {
        var writer = WasmWriter(&random)
        return writer.write(&random)
    }

    private init(_ random: inout FuzzRandom) {
        features = Set(Feature.allCases.filter { _ in random.chance(2, of: 3) })
        // Half of the kinds as usual, the others never, rarely or very often.
        func weights(_ count: Int) -> [Int] {
            (0..<count).map { _ in random.chance(1, of: 2) ? 4 : [0, 1, 16][random.below(3)] }
        }
        statementWeights = weights(11)
        expressionWeights = weights(10)
    }

    /// One of the kinds by its weight; the last one where all weigh nothing.
    private static func pick(_ weights: [Int], _ random: inout FuzzRandom) -> Int {
        var left = random.below(weights.reduce(0, +))
        for (kind, weight) in weights.enumerated() {
            if left < weight { return kind }
            left -= weight
        }
        return weights.count - 1
    }

    private mutating func kind(_ random: inout FuzzRandom) -> Kind {
        let kinds: [Kind] = features.contains(.floats) ? Kind.allCases : [.i32, .i64]
        return kinds[random.below(kinds.count)]
    }

    private mutating func write(_ random: inout FuzzRandom) -> [UInt8] {
        let count = 1 + random.below(4)
        for _ in 0..<count {
            functions.append(
                Function(parameters: (0..<random.below(3)).map { _ in kind(&random) }, result: kind(&random)))
        }
        if features.contains(.globals) { globals = (0..<(1 + random.below(3))).map { _ in kind(&random) } }
        let hasTable = features.contains(.indirect)
        var bytes: [UInt8] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
        func section(_ id: UInt8, _ content: [UInt8]) { bytes += [id] + Self.leb(UInt64(content.count)) + content }
        func vector(_ items: [[UInt8]]) -> [UInt8] { Self.leb(UInt64(items.count)) + items.flatMap { $0 } }
        section(
            1,
            vector(functions.map { [0x60] + vector($0.parameters.map { [$0.rawValue] }) + [1, $0.result.rawValue] }))
        section(3, vector(functions.indices.map { Self.leb(UInt64($0)) }))
        if hasTable { section(4, [1, 0x70, 0] + Self.leb(UInt64(functions.count))) }
        if features.contains(.memory) { section(5, [1, 1, 1, 3]) }
        if !globals.isEmpty { section(6, vector(globals.map { [$0.rawValue, 1] + constant($0, &random) + [0x0b] })) }
        section(7, vector(functions.indices.map { [2, 0x66, 0x30 + UInt8($0), 0] + Self.leb(UInt64($0)) }))
        if hasTable {
            section(9, [1, 0, 0x41, 0, 0x0b] + vector(functions.indices.map { Self.leb(UInt64($0)) }))
        }
        var bodies: [[UInt8]] = []
        for index in functions.indices { bodies.append(body(index, &random)) }
        section(10, vector(bodies))
        if features.contains(.memory) {
            let data = random.bytes(random.below(32))
            section(11, [1, 0, 0x41, 8, 0x0b] + Self.leb(UInt64(data.count)) + data)
        }
        return bytes
    }

    private mutating func body(_ index: Int, _ random: inout FuzzRandom) -> [UInt8] {
        self.index = index
        labelCount = 0
        budget = 20 + random.below(60)
        counterCount = 2
        let extra = (0..<random.below(4)).map { _ in kind(&random) }
        locals = functions[index].parameters + extra
        let counters = locals.count
        var code: [UInt8] = []
        for _ in 0..<random.below(5) { code += statement(3, counters, &random) }
        code += expression(functions[index].result, 4, &random) + [0x0b]
        let declared = extra.map { $0.rawValue } + Array(repeating: Kind.i32.rawValue, count: 2)
        let text = Self.leb(UInt64(declared.count)) + declared.flatMap { [1, $0] } + code
        return Self.leb(UInt64(text.count)) + text
    }

    private mutating func statement(_ depth: Int, _ counters: Int, _ random: inout FuzzRandom) -> [UInt8] {
        budget -= 1
        switch Self.pick(statementWeights, &random) {
        case 0, 1:
            guard !locals.isEmpty else { return [0x01] }
            let local = random.below(locals.count)
            return expression(locals[local], depth, &random) + [0x21] + Self.leb(UInt64(local))
        case 2:
            guard !globals.isEmpty else { return [0x01] }
            let global = random.below(globals.count)
            return expression(globals[global], depth, &random) + [0x24] + Self.leb(UInt64(global))
        case 3, 4:
            guard features.contains(.memory) else { return [0x01] }
            let stores: [(Kind, UInt8, UInt8)] = [
                (.i32, 0x36, 2), (.i64, 0x37, 3), (.i32, 0x3a, 0), (.i32, 0x3b, 1), (.i64, 0x3e, 2), (.f32, 0x38, 2),
                (.f64, 0x39, 3),
            ]
            let (kind, opcode, align) = stores[random.below(features.contains(.floats) ? stores.count : 5)]
            return address(depth, &random) + expression(kind, depth - 1, &random) + [opcode, align] + offset(&random)
        case 5:
            guard depth > 0, budget > 0 else { return [0x01] }
            labelCount += 1
            defer { labelCount -= 1 }
            let then = statement(depth - 1, counters, &random)
            let other = random.chance(1, of: 2) ? [0x05] + statement(depth - 1, counters, &random) : []
            return expression(.i32, depth - 1, &random) + [0x04, 0x40] + then + other + [0x0b]
        case 6:
            // A counted loop: a local of its own from a constant down to 0.
            guard features.contains(.loops), counterCount > 0, depth > 0, budget > 0 else { return [0x01] }
            counterCount -= 1
            let counter = Self.leb(UInt64(counters + counterCount))
            labelCount += 1
            defer { labelCount -= 1 }
            let inner = statement(depth - 1, counters, &random)
            let turns = Self.signed(Int64(1 + random.below(20)))
            return [0x41] + turns + [0x21] + counter + [0x03, 0x40] + inner + [0x20] + counter + [0x41, 1, 0x6b, 0x22] + counter
                + [0x0d, 0, 0x0b]
        case 7:
            guard features.contains(.blocks), labelCount > 0, depth > 0 else { return [0x01] }
            // Out of something that is open; a loop's label would go round again, with the gas limit as its end.
            return expression(.i32, depth - 1, &random) + [0x0d] + Self.leb(UInt64(random.below(labelCount)))
        case 8:
            // A table of branches, in a block of its own so that what follows is reached.
            guard features.contains(.blocks), depth > 0, budget > 0 else { return [0x01] }
            labelCount += 1
            defer { labelCount -= 1 }
            let labels = (0..<random.below(4)).map { _ in Self.leb(UInt64(random.below(labelCount))) }
            return [0x02, 0x40] + expression(.i32, depth - 1, &random) + [0x0e] + Self.leb(UInt64(labels.count))
                + labels.flatMap { $0 } + Self.leb(UInt64(random.below(labelCount))) + [0x0b]
        case 9:
            // Out of the function, or nowhere, if something is so.
            guard features.contains(.blocks), depth > 0, budget > 0 else { return [0x01] }
            labelCount += 1
            defer { labelCount -= 1 }
            let end = random.chance(1, of: 4) ? [0x00] : expression(functions[index].result, depth - 1, &random) + [0x0f]
            return expression(.i32, depth - 1, &random) + [0x45, 0x04, 0x40] + end + [0x0b]
        default:
            guard features.contains(.bulk), features.contains(.memory) else {
                return expression(.i32, depth, &random) + [0x1a]
            }
            let small = [0x41] + Self.signed(Int64(random.below(64)))
            return random.chance(1, of: 2)
                ? address(depth, &random) + small + small + [0xfc, 0x0b, 0]
                : address(depth, &random) + address(depth, &random) + small + [0xfc, 0x0a, 0, 0]
        }
    }

    private mutating func address(_ depth: Int, _ random: inout FuzzRandom) -> [UInt8] {
        // Mostly inside of the first page, now and then anywhere.
        random.chance(1, of: 12)
            ? expression(.i32, depth - 1, &random)
            : expression(.i32, depth - 1, &random) + [0x41] + Self.signed(0xfff8) + [0x71]
    }

    private func offset(_ random: inout FuzzRandom) -> [UInt8] {
        Self.leb(random.chance(1, of: 20) ? random.next() & 0xffff_ffff : UInt64(random.below(64)))
    }

    private func constant(_ kind: Kind, _ random: inout FuzzRandom) -> [UInt8] {
        let edges: [Int64] = [0, 1, -1, 2, 31, 32, 63, 64, 127, 128, 255, 65535, 65536, .max, .min, 0x7fff_ffff, -0x8000_0000]
        let number = random.chance(1, of: 2) ? edges[random.below(edges.count)] : Int64(truncatingIfNeeded: random.next())
        func raw(_ size: Int, _ special: [UInt64]) -> [UInt8] {
            let bits = random.chance(1, of: 2) ? special[random.below(special.count)] : random.next()
            return (0..<size).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
        }
        switch kind {
        case .i32: return [0x41] + Self.signed(Int64(Int32(truncatingIfNeeded: number)))
        case .i64: return [0x42] + Self.signed(number)
        case .f32:
            return [0x43]
                + raw(4, [0, 0x8000_0000, 0x3f80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7fa0_0001, 0x4f00_0000, 1])
        case .f64:
            return [0x44]
                + raw(
                    8,
                    [
                        0, 1 << 63, 0x3ff0_0000_0000_0000, 0x7ff0_0000_0000_0000, 0x7ff8_0000_0000_0000, 0x7ff4_0000_0000_0001,
                        0x41e0_0000_0000_0000, 0x43e0_0000_0000_0000, 1,
                    ])
        }
    }

    private mutating func expression(_ kind: Kind, _ depth: Int, _ random: inout FuzzRandom) -> [UInt8] {
        budget -= 1
        let same = locals.indices.filter { locals[$0] == kind }
        if depth <= 0 || budget <= 0 || random.chance(1, of: 6) {
            if !same.isEmpty, random.chance(2, of: 3) { return [0x20] + Self.leb(UInt64(same[random.below(same.count)])) }
            let known = globals.indices.filter { globals[$0] == kind }
            if !known.isEmpty, random.chance(1, of: 3) { return [0x23] + Self.leb(UInt64(known[random.below(known.count)])) }
            return constant(kind, &random)
        }
        switch Self.pick(expressionWeights, &random) {
        case 0:
            // Calls go to functions with a lower number: recursion is another target's matter.
            let callees = (0..<index).filter { functions[$0].result == kind }
            guard features.contains(.calls), let callee = callees.isEmpty ? nil : callees[random.below(callees.count)] else {
                break
            }
            let arguments = functions[callee].parameters.flatMap { expression($0, depth - 2, &random) }
            if features.contains(.indirect), random.chance(1, of: 2) {
                return arguments + [0x41] + Self.signed(Int64(callee)) + [0x11] + Self.leb(UInt64(callee)) + [0]
            }
            return arguments + [0x10] + Self.leb(UInt64(callee))
        case 1:
            guard features.contains(.memory) else { break }
            let loads: [(Kind, UInt8, UInt8)] = [
                (.i32, 0x28, 2), (.i64, 0x29, 3), (.i32, 0x2c, 0), (.i32, 0x2d, 0), (.i32, 0x2f, 1), (.i64, 0x35, 2),
                (.f32, 0x2a, 2),
                (.f64, 0x2b, 3),
            ]
            let fitting = loads.filter { $0.0 == kind }
            let (_, opcode, align) = fitting[random.below(fitting.count)]
            return address(depth, &random) + [opcode, align] + offset(&random)
        case 2:
            return expression(kind, depth - 1, &random) + expression(kind, depth - 1, &random)
                + expression(.i32, depth - 1, &random)
                + [0x1b]
        case 3:
            guard features.contains(.blocks) else { break }
            labelCount += 1
            defer { labelCount -= 1 }
            return expression(.i32, depth - 1, &random) + [0x04, kind.rawValue] + expression(kind, depth - 1, &random) + [0x05]
                + expression(kind, depth - 1, &random) + [0x0b]
        case 4: return conversion(kind, depth, &random)
        case 5:
            guard features.contains(.memory), kind == .i32, features.contains(.wide) else { break }
            return random.chance(1, of: 2) ? [0x3f, 0] : [0x41, UInt8(random.below(3)), 0x40, 0]
        default: break
        }
        return operation(kind, depth, &random)
    }

    private mutating func operation(_ kind: Kind, _ depth: Int, _ random: inout FuzzRandom) -> [UInt8] {
        let operand = { (writer: inout WasmWriter, random: inout FuzzRandom) in writer.expression(kind, depth - 1, &random) }
        func pick(_ opcodes: [ClosedRange<UInt8>], _ random: inout FuzzRandom) -> UInt8 {
            let all = opcodes.flatMap { Array($0) }
            return all[random.below(all.count)]
        }
        let divides = features.contains(.division)
        if random.chance(1, of: 4) {
            let unary: UInt8 =
                switch kind {
                case .i32: pick([0x67...0x69, 0xc0...0xc1], &random)
                case .i64: pick([0x79...0x7b, 0xc2...0xc4], &random)
                case .f32: pick([0x8b...0x91], &random)
                case .f64: pick([0x99...0x9f], &random)
                }
            return operand(&self, &random) + [unary]
        }
        if kind == .i32, random.chance(1, of: 3) {
            let compared = self.kind(&random)
            let opcode: UInt8 =
                switch compared {
                case .i32: pick([0x46...0x4f], &random)
                case .i64: pick([0x51...0x5a], &random)
                case .f32: pick([0x5b...0x60], &random)
                case .f64: pick([0x61...0x66], &random)
                }
            return expression(compared, depth - 1, &random) + expression(compared, depth - 1, &random) + [opcode]
        }
        let binary: UInt8 =
            switch kind {
            case .i32: pick(divides ? [0x6a...0x78] : [0x6a...0x6c, 0x71...0x78], &random)
            case .i64: pick(divides ? [0x7c...0x8a] : [0x7c...0x7e, 0x83...0x8a], &random)
            case .f32: pick([0x92...0x98], &random)
            case .f64: pick([0xa0...0xa6], &random)
            }
        return operand(&self, &random) + operand(&self, &random) + [binary]
    }

    private mutating func conversion(_ kind: Kind, _ depth: Int, _ random: inout FuzzRandom) -> [UInt8] {
        let all: [(Kind, Kind, [UInt8])] = [
            (.i32, .i64, [0xa7]), (.i64, .i32, [0xac]), (.i64, .i32, [0xad]), (.i32, .i32, [0x45]), (.i32, .i64, [0x50]),
            (.i32, .f32, [0xa8]), (.i32, .f64, [0xab]), (.i64, .f32, [0xae]), (.i64, .f64, [0xb1]), (.f32, .i32, [0xb2]),
            (.f32, .i64, [0xb5]), (.f32, .f64, [0xb6]), (.f64, .i32, [0xb8]), (.f64, .i64, [0xb9]), (.f64, .f32, [0xbb]),
            (.i32, .f32, [0xbc]), (.i64, .f64, [0xbd]), (.f32, .i32, [0xbe]), (.f64, .i64, [0xbf]), (.i32, .f32, [0xfc, 0]),
            (.i64, .f64, [0xfc, 7]), (.i32, .f64, [0xfc, 2]), (.i64, .f32, [0xfc, 5]),
        ]
        let fitting = all.filter { $0.0 == kind && (features.contains(.floats) || ($0.1 != .f32 && $0.1 != .f64)) }
        guard !fitting.isEmpty else { return constant(kind, &random) }
        let (_, from, opcode) = fitting[random.below(fitting.count)]
        return expression(from, depth - 1, &random) + opcode
    }

    static func leb(_ value: UInt64) -> [UInt8] {
        var (bytes, rest): ([UInt8], UInt64) = ([], value)
        repeat {
            let byte = UInt8(rest & 0x7f)
            rest >>= 7
            bytes.append(rest == 0 ? byte : byte | 0x80)
        } while rest != 0
        return bytes
    }

    private static func signed(_ value: Int64) -> [UInt8] {
        var (bytes, rest): ([UInt8], Int64) = ([], value)
        while true {
            let byte = UInt8(truncatingIfNeeded: rest & 0x7f)
            rest >>= 7
            let isLast = (rest == 0 && byte & 0x40 == 0) || (rest == -1 && byte & 0x40 != 0)
            bytes.append(isLast ? byte : byte | 0x80)
            if isLast { return bytes }
        }
    }
}
