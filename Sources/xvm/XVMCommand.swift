// SPDX-License-Identifier: Apache-2.0
// The `xvm` command: verbs, and the exit statuses that scripts rely on.

import ArgumentParser
import Foundation
import XVMExecutor

@main
enum Main {
    /// Exit 0: returned; 1: the contract did not; 2: input or usage wrong, nothing was run; 3: the system could not do it.
    static func main() {
        do {
            var command = try XVMCommand.parseAsRoot(spared(CommandLine.arguments.dropFirst()))
            try command.run()
        } catch let status as ExitStatus {
            exit(status.rawValue)
        } catch let error as ExecutorError {
            // Without a verb's report at hand; the verbs that run code print JSON errors themselves.
            Terminal.complain(error.detail)
            exit(ExitStatus(error).rawValue)
        } catch {
            let code = XVMCommand.exitCode(for: error)
            if code == .success {
                print(XVMCommand.fullMessage(for: error))
                exit(0)
            }
            // The parser repeats arguments as they came.
            Terminal.say(XVMCommand.fullMessage(for: error))
            exit(ExitStatus.usage.rawValue)
        }
    }

    /// `xvm call m.wasm f -5`: a negative number is an argument, not a flag. The parser would think otherwise, so it gets ":-5".
    private static func spared(_ arguments: ArraySlice<String>) -> [String] {
        guard arguments.first == "call" else { return Array(arguments) }
        var previous = ""
        return arguments.map { argument in
            defer { previous = argument }
            let second = argument.dropFirst().first
            // Not the value of a flag: those refuse a negative number themselves, with their own limits.
            guard argument.hasPrefix("-"), !previous.hasPrefix("--"), second?.isNumber == true else { return argument }
            return ":" + argument
        }
    }
}

/// The statuses of command-line.md.
enum ExitStatus: Int32, Error {
    case contractFailed = 1
    case usage = 2
    case system = 3

    init(_ error: ExecutorError) {
        self = error.errorClass == .usage ? .usage : .system
    }
}

struct XVMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xvm",
        abstract: "Runs untrusted contracts: ahead-of-time compiled WebAssembly in sandboxed worker processes.",
        discussion: """
            Exit status: 0 the contract returned; 1 it reverted, trapped or ran out of gas; 2 input or usage wrong, nothing was run; \
            3 the system could not do it.
            """,
        version: XVMVersion.text,
        subcommands: [
            Run.self, Call.self, Build.self, Check.self, Inspect.self, Doctor.self, PolicyCommand.self, Deploy.self, Upgrade.self,
            Invoke.self, Query.self, Transfer.self, Balance.self, AccountCommand.self, BlockCommand.self, TransactionCommand.self,
            KeyCommand.self,
        ])
}

/// What is said to people: on standard error, in colour only on a terminal.
enum Terminal {
    private static let isColoured =
        isatty(FileHandle.standardError.fileDescriptor) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    /// One line about what went wrong.
    static func complain(_ text: String) {
        let label = isColoured ? "\u{1b}[31merror:\u{1b}[0m" : "error:"
        FileHandle.standardError.write(Data("\(label) \(printable(text))\n".utf8))
    }

    /// One line about what is odd and was dealt with.
    static func warn(_ text: String) {
        let label = isColoured ? "\u{1b}[33mwarning:\u{1b}[0m" : "warning:"
        FileHandle.standardError.write(Data("\(label) \(printable(text))\n".utf8))
    }

    /// Facts for people, one or more lines.
    static func say(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
        FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// Control characters escaped: neither what a contract says nor a file's name may steer a terminal.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x20...0x7e, 0xa0...: result.unicodeScalars.append(scalar)
            default: result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            }
        }
        return result
    }

    /// Bytes as text where they are UTF-8, else as hex.
    static func printable(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return printable(text) }
        return "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
