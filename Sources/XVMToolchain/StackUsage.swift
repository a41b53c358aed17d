// SPDX-License-Identifier: Apache-2.0
// What a compiler says of the frames it made: the report of -fstack-usage.

/// The frame sizes of one compiled part.
struct StackUsage {
    struct Frame: Equatable {
        var function: String
        var size: Int
        var limit: Int
    }

    /// By the name in the text. A compiler may split a function (`fn7.part.0`) or copy it (`fn7.constprop.0`); the pieces count together,
    /// because those of a split one are on the stack at the same time.
    private var sizes: [String: Int] = [:]
    /// In the order of the report.
    private var functions: [String] = []

    /// Lines of `place:function`, a tab, bytes, a tab, `static`, `dynamic,bounded` or `dynamic`. Nil: the report has another form, or a
    /// frame without bound.
    init?(_ report: [UInt8]) {
        for line in report.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            guard fields.count == 3, let colon = fields[0].lastIndex(of: UInt8(ascii: ":")) else { return nil }
            let symbol = fields[0][(colon + 1)...]
            let kind = String(decoding: fields[2], as: UTF8.self)
            guard !symbol.isEmpty, kind == "static" || kind == "dynamic,bounded" || kind == "bounded",
                let size = Int(String(decoding: fields[1], as: UTF8.self)), size >= 0
            else { return nil }
            let name = String(decoding: symbol.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
            if sizes[name] == nil { functions.append(name) }
            let (sum, isTooLarge) = (sizes[name] ?? 0).addingReportingOverflow(size)
            if isTooLarge { return nil }
            sizes[name] = sum
        }
    }

    func firstLarger(than limit: (String) -> Int) -> Frame? {
        for function in functions {
            let (size, limit) = (sizes[function] ?? 0, limit(function))
            if size > limit { return Frame(function: function, size: size, limit: limit) }
        }
        return nil
    }
}
