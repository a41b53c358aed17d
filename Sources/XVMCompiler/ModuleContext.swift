// SPDX-License-Identifier: Apache-2.0
// What every function's emission needs to know of the module, computed once.

import XVMWasm

final class ModuleContext: Sendable {
    /// Part of a frame's cost that is the same for all: return address, saved registers, the hidden arguments.
    static let frameCostBase = 64
    /// Least cost of a frame under a schedule that bounds the frames: a frame of this size uses up one of them, and the one counter
    /// of bytes stands for both limits. The bytes that a context has by default cover 500 such frames.
    static let countedFrameCost = 2048
    /// Offsets of xvm_abi.h.
    static let globalsOffset = 128
    static let globalSize = 16
    static let headerAlignment = 0x1_0000

    let module: Module
    let schedule: GasSchedule
    let placement: GasPlacement
    /// Code that shares memories, tables, globals and functions with other instances (LinkedShape.swift).
    let isLinked: Bool
    let limits: TranslatorLimits
    /// Least cost of a frame.
    let frameCostMin: Int
    /// The number that stands for a type in tables and in the descriptor: equal for structurally equal types.
    let canonicalTypes: [Int]
    /// The distinct types, by that number; the first is a place holder.
    let distinctTypes: [FunctionType]
    /// Result lists of two and more values; each has a struct `m<position>`.
    let resultLists: [[ValueType]]
    private let resultListNumbers: [[ValueType]: Int]
    /// Functions that can be referred to, ascending: those of element segments, of globals and of exports.
    let referredFunctions: [Int]
    private let referenceNumbers: [Int: Int]
    /// Bytes from an instance to its linear memory.
    let headerSize: Int
    /// Offset of the first segment flag: data segments, then element segments.
    let segmentFlagsOffset: Int

    init(_ module: Module, schedule: GasSchedule, options: Translator.Options) throws(CompilerError) {
        self.module = module
        self.schedule = schedule
        placement = options.placement
        isLinked = options.shape == .linked
        limits = options.limits
        frameCostMin = schedule.callDepthMax == nil ? 0 : Self.countedFrameCost
        // Number 0 stands for no type: an empty table entry has it, so that one compare tells both from what is called.
        var distinct: [FunctionType] = [FunctionType(parameters: [], results: [])]
        var numbers: [FunctionType: Int] = [:]
        var canonical: [Int] = []
        var lists: [[ValueType]] = []
        var listNumbers: [[ValueType]: Int] = [:]
        for type in module.types {
            if let known = numbers[type] {
                canonical.append(known)
                continue
            }
            canonical.append(distinct.count)
            numbers[type] = distinct.count
            distinct.append(type)
            if type.results.count > 1, listNumbers[type.results] == nil {
                listNumbers[type.results] = lists.count
                lists.append(type.results)
            }
        }
        canonicalTypes = canonical
        distinctTypes = distinct
        resultLists = lists
        resultListNumbers = listNumbers
        var referred = Set(module.exports.filter { $0.kind == .function }.map { Int($0.index) })
        for segment in module.elements {
            for case .refFunc(let index) in segment.items { referred.insert(Int(index)) }
        }
        for global in module.globals {
            if case .refFunc(let index) = global.initial { referred.insert(Int(index)) }
        }
        referredFunctions = referred.sorted()
        referenceNumbers = Dictionary(uniqueKeysWithValues: referredFunctions.enumerated().map { ($0.element, $0.offset + 1) })
        segmentFlagsOffset = Self.globalsOffset + Self.globalSize * module.globalTypes.count
        let used = segmentFlagsOffset + module.data.count + module.elements.count
        headerSize = (used + Self.headerAlignment - 1) / Self.headerAlignment * Self.headerAlignment
        if headerSize > limits.headerSize {
            throw .limit(.headerSize, value: headerSize, limit: limits.headerSize, place: .module)
        }
    }

    /// A function as a value: its place among `referredFunctions`, from 1. Validation lets no other function be referred to.
    func reference(toFunction index: Int) -> Int { referenceNumbers[index] ?? 0 }

    func isPassive(segment: Int, isData: Bool) -> Bool {
        (isData ? module.data[segment].mode : module.elements[segment].mode) == .passive
    }

    /// Position among the segment flags.
    func flag(ofSegment segment: UInt32, isData: Bool) -> Int { isData ? Int(segment) : module.data.count + Int(segment) }

    func type(ofFunction index: Int) -> FunctionType { module.types[Int(module.functionTypes[index])] }

    func canonicalType(ofFunction index: Int) -> Int { canonicalTypes[Int(module.functionTypes[index])] }

    /// The struct of a non-empty result list.
    func addResultType(_ results: [ValueType], to text: inout CText) {
        if results.count == 1 {
            text.add("struct r")
            text.add(byte: results[0].slotLetter)
        } else {
            text.add("struct m")
            text.add(decimal: resultListNumbers[results] ?? 0)
        }
    }

    /// What a function returns: its results and the gas that is left.
    func addReturnType(_ results: [ValueType], to text: inout CText) {
        if results.isEmpty { text.add("i64") } else { addResultType(results, to: &text) }
    }

    /// `LOCAL ret f3(struct xvm_instance *I, i64 g, u64 d, u32 l0)`
    func addHead(ofFunction index: Int, _ type: FunctionType, to text: inout CText) {
        text.add("LOCAL ")
        addReturnType(type.results, to: &text)
        text.add(" ")
        text.add(function: index)
        text.add("(struct xvm_instance *I, i64 g, u64 d")
        for (position, parameter) in type.parameters.enumerated() {
            text.add(", ")
            text.add(parameter.cType)
            text.add(" ")
            text.add(local: position)
        }
        text.add(")")
    }
}
