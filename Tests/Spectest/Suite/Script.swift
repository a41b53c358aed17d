// SPDX-License-Identifier: Apache-2.0
// One script of the specification's tests, as wast2json writes it: a JSON file with commands and the binaries that these name.

import Foundation
import XVMCore

/// A value of a command: bits as a decimal text, a vector's lanes, a reference's number, or one of the patterns for NaN.
package struct SuiteValue: Sendable {
    package var type: String
    /// nil: any (a reference that is not null).
    package var text: String?
    package var lanes: [String] = []
    package var laneType = ""
}

/// What a command does to an instance.
package struct SuiteAction: Sendable {
    package enum Kind: Sendable { case invoke, get }
    package var kind: Kind
    /// Name of the instance; nil: the last one made.
    package var module: String?
    /// Bytes: two names may be equal as Swift strings and still be two names.
    package var field: [UInt8]
    package var arguments: [SuiteValue]
}

package struct SuiteCommand: Sendable {
    package var type: String
    package var line: Int
    /// Path of the binary.
    package var file: String?
    package var name: String?
    /// Under which name `register` makes it known.
    package var alias: [UInt8]?
    /// The reason that an assertion expects.
    package var text: String
    package var isText: Bool
    package var action: SuiteAction?
    package var expected: [SuiteValue]
}

package struct SuiteScript: Sendable {
    package var name: String
    package var commands: [SuiteCommand]

    package init(name: String, commands: [SuiteCommand]) {
        self.name = name
        self.commands = commands
    }

    package init(reading path: String) throws {
        let url = URL(filePath: path)
        // Not Foundation's parser: it drops a byte order mark in a string, and one of the suite's names is just that.
        let json = try JSONValue(
            parsing: [UInt8](try Data(contentsOf: url)), limits: JSONLimits(sizeMax: 64 << 20, depthMax: 16))
        guard case .object(let root) = json, case .array(let list)? = root["commands"] else {
            throw SuiteError("\(path) is no script: it has no list of commands")
        }
        name = url.deletingPathExtension().lastPathComponent
        let folder = url.deletingLastPathComponent()
        commands = try list.map { value in
            guard case .object(let object) = value, case .string(let type)? = object["type"] else {
                throw SuiteError("\(path): a command without a type")
            }
            return SuiteCommand(
                type: type, line: object["line"]?.number ?? 0,
                file: object["filename"]?.text.map { folder.appending(path: $0).path(percentEncoded: false) },
                name: object["name"]?.text, alias: object["as"]?.text.map { Array($0.utf8) }, text: object["text"]?.text ?? "",
                isText: object["module_type"]?.text == "text", action: object["action"].flatMap(SuiteAction.init),
                expected: object["expected"]?.values ?? [])
        }
    }

    /// Paths of the scripts below `folder`, in it or one level deeper, sorted.
    package static func find(in folder: String) throws -> [String] {
        let manager = FileManager.default
        let inner = try manager.contentsOfDirectory(atPath: folder).sorted().map { folder + "/" + $0 }
        for candidate in [folder] + inner {
            let names = (try? manager.contentsOfDirectory(atPath: candidate)) ?? []
            let scripts = names.filter { $0.hasSuffix(".json") }.sorted()
            if !scripts.isEmpty { return scripts.map { candidate + "/" + $0 } }
        }
        throw SuiteError("\(folder) holds no script (*.json), nor does a folder in it")
    }
}

package struct SuiteError: Error, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

extension SuiteAction {
    fileprivate init?(_ value: JSONValue) {
        guard case .object(let object) = value, let field = object["field"]?.text else { return nil }
        self.init(
            kind: object["type"]?.text == "get" ? .get : .invoke, module: object["module"]?.text, field: Array(field.utf8),
            arguments: object["args"]?.values ?? [])
    }
}

extension JSONValue {
    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var number: Int? { if case .integer(let number) = self { Int(clamping: number) } else { nil } }
    fileprivate var values: [SuiteValue] {
        guard case .array(let list) = self else { return [] }
        return list.compactMap { value in
            guard case .object(let object) = value, let type = object["type"]?.text else { return nil }
            var result = SuiteValue(type: type, text: object["value"]?.text)
            if case .array(let lanes)? = object["value"] {
                result.lanes = lanes.compactMap(\.text)
                result.laneType = object["lane_type"]?.text ?? ""
            }
            return result
        }
    }
}
