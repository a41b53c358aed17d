// SPDX-License-Identifier: Apache-2.0
// xvm deploy, upgrade, invoke, query, transfer, balance, account, block, tx, key: a chain of one node in a state folder.

import ArgumentParser
import Foundation
import XVMExecutor

/// What every verb of the chain shares.
struct ChainOptions: ParsableArguments {
    @Option(help: "State folder of the chain; the first transaction makes it where there is none.") var state: String
    @OptionGroup var options: ExecutionOptions

    /// Opens the chain and runs `body`.
    /// - Parameter creates: whether an absent folder is made; to look at a chain makes none.
    func withNode(creates: Bool, _ body: (Node, Report) throws -> Void) throws {
        try Report(options).guarded { report in
            if !creates, !FileManager.default.fileExists(atPath: state) {
                throw ExecutorError(
                    .usage, kind: "notStateFolder", detail: "\(state) is not a state folder: there is nothing",
                    isDeterministic: true)
            }
            let executor = try options.executor()
            defer { executor.shutDown() }
            let store = try executor.openState(folder: state, limits: options.snapshotLimits)
            var nodeOptions = NodeOptions()
            nodeOptions.schedule = GasScheduleSource(options.schedule)
            nodeOptions.limits = options.limits
            try body(try Node(executor, store, options: nodeOptions), report)
        }
    }
}

/// Who sends a transaction.
struct SenderOptions: ParsableArguments {
    @Option(help: "Who begins the transaction. Default: the address of the first --sign, else 'xvm'.") var initiator: String?
    @Option(help: "Who else stands for it; may be repeated.") var auth: [String] = []
    @Option(help: "File of a key of `xvm key` that signs; may be repeated.") var sign: [String] = []

    func transaction(_ action: Action, _ chain: ChainOptions, _ node: Node, initiator fallback: String = "xvm") throws
        -> LedgerTransaction
    {
        let keys = try sign.map(KeyFile.read)
        var transaction = LedgerTransaction(
            action, initiator: initiator.map { Array($0.utf8) } ?? keys.first?.address ?? Array(fallback.utf8),
            authRequire: auth.map { Array($0.utf8) }, nonce: node.ledger.height, gasLimit: chain.options.gas)
        for key in keys { key.sign(&transaction) }
        return transaction
    }
}

enum KeyFile {
    static func read(_ path: String) throws -> SigningKey {
        let text = try InputFile.read(path, what: "key", sizeMax: 1024)
        var bytes: [UInt8] = []
        var digits = String(decoding: text, as: UTF8.self).prefix { $0 != "\n" }[...]
        while let high = digits.popFirst(), let low = digits.popFirst(), let h = high.hexDigitValue, let l = low.hexDigitValue {
            bytes.append(UInt8(h << 4 | l))
        }
        guard let key = SigningKey(bytes) else {
            throw ExecutorError(
                .usage, kind: "key", detail: "\(path) is not a key: 64 hex digits in its first line", isDeterministic: true)
        }
        return key
    }
}

struct Deploy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a contract on the chain and run its initialize.",
        discussion: "NAME has 4 to 16 letters, digits, _ and dots. MODULE is WebAssembly.")
    @Argument(help: "Name of the contract.") var name: String
    @Argument(help: "WebAssembly file.") var module: String
    @Option(name: [.customShort("a"), .customLong("arg")], help: "An argument of initialize, KEY=VALUE; may be repeated.")
    var argument: [String] = []
    @Option(help: "Account that will own it. Default: the initiator.") var account = ""
    @OptionGroup var sender: SenderOptions
    @OptionGroup var chain: ChainOptions

    func run() throws {
        try chain.withNode(creates: true) { node, report in
            let action = Action.deploy(
                contract: Array(name.utf8), code: try InputFile.read(module, what: "module", sizeMax: InputFile.moduleSizeMax),
                arguments: try Invoke.arguments(argument), account: Array(account.utf8))
            try report.print(try node.submit(try sender.transaction(action, chain, node)))
        }
    }
}

struct Upgrade: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give a contract other code; its state stays, nothing of it is run. Its owner's right.")
    @Argument(help: "Name of the contract.") var name: String
    @Argument(help: "WebAssembly file.") var module: String
    @OptionGroup var sender: SenderOptions
    @OptionGroup var chain: ChainOptions

    func run() throws {
        try chain.withNode(creates: false) { node, report in
            let action = Action.upgrade(
                contract: Array(name.utf8), code: try InputFile.read(module, what: "module", sizeMax: InputFile.moduleSizeMax))
            try report.print(try node.submit(try sender.transaction(action, chain, node)))
        }
    }
}

struct Invoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a method of a contract of the chain as a transaction in a block.")
    @Argument(help: "Name of the contract.") var name: String
    @Argument(help: "Its method.") var method: String
    @Option(name: [.customShort("a"), .customLong("arg")], help: "An argument, KEY=VALUE; may be repeated.") var argument:
        [String] = []
    @Option(help: "Amount that the initiator pays to the contract, a decimal number.") var amount = "0"
    @OptionGroup var sender: SenderOptions
    @OptionGroup var chain: ChainOptions

    static func arguments(_ texts: [String]) throws -> [CallArgument] {
        try texts.map { text in
            let (key, value) = try KeyValue.parse(text)
            return CallArgument(key: key, value: value)
        }
    }

    func run() throws {
        try chain.withNode(creates: false) { node, report in
            let action = Action.invoke(
                contract: Array(name.utf8), method: Array(method.utf8), arguments: try Self.arguments(argument),
                amount: Array(amount.utf8))
            try report.print(try node.submit(try sender.transaction(action, chain, node)))
        }
    }
}

struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run a method of a contract of the chain and commit nothing.")
    @Argument(help: "Name of the contract.") var name: String
    @Argument(help: "Its method.") var method: String
    @Option(name: [.customShort("a"), .customLong("arg")], help: "An argument, KEY=VALUE; may be repeated.") var argument:
        [String] = []
    @Option(help: "Who asks.") var initiator = "xvm"
    @Option(help: "On the state after this block. Default: the newest.") var height: UInt64?
    @OptionGroup var chain: ChainOptions

    func run() throws {
        try chain.withNode(creates: false) { node, report in
            try report.print(
                try node.query(
                    Array(name.utf8), Array(method.utf8), arguments: try Invoke.arguments(argument),
                    initiator: Array(initiator.utf8), gasLimit: chain.options.gas, height: height), height: nil)
        }
    }
}

struct Transfer: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Move an amount from the initiator (default: treasury, which has the supply of a new chain).")
    @Argument(help: "Who gets it: an address, an account, a contract or a name.") var to: String
    @Argument(help: "A decimal number.") var amount: String
    @OptionGroup var sender: SenderOptions
    @OptionGroup var chain: ChainOptions

    func run() throws {
        try chain.withNode(creates: true) { node, report in
            let action = Action.transfer(to: Array(to.utf8), amount: Array(amount.utf8))
            try report.print(try node.submit(try sender.transaction(action, chain, node, initiator: "treasury")))
        }
    }
}

struct Balance: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What an address, an account, a contract or a name has.")
    @Argument(help: "Whose.") var owner: String
    @OptionGroup var chain: ChainOptions

    func run() throws {
        try chain.withNode(creates: false) { node, report in
            try report.print(balance: try node.balance(of: Array(owner.utf8)).description, of: owner)
        }
    }
}

struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Make an account, or give one another list of members; or say who may call a method of a contract.",
        discussion: """
            NAME is XC, 16 digits, @xuper; or CONTRACT.METHOD with --method. Members are ADDRESS=WEIGHT with --accept, or with --set \
            the members of a set, separated by commas, all of whom must sign.
            """)
    @Argument(help: "The account, or with --method the contract.") var name: String
    @Option(help: "Restrict this method of the contract NAME.") var method: String?
    @Option(help: "ADDRESS=WEIGHT; may be repeated.") var member: [String] = []
    @Option(help: "Weight that is needed.") var accept: UInt64 = 1
    @Option(help: "ADDRESS,ADDRESS,…; may be repeated.") var set: [String] = []
    @OptionGroup var sender: SenderOptions
    @OptionGroup var chain: ChainOptions

    func validate() throws {
        if !member.isEmpty && !set.isEmpty { throw ValidationError("--member and --set exclude each other") }
        if member.isEmpty && set.isEmpty && method == nil { throw ValidationError("an account needs --member or --set") }
    }

    private func list() throws -> AccessList? {
        if !set.isEmpty { return .sets(set.map { $0.split(separator: ",").map { Array($0.utf8) } }) }
        if member.isEmpty { return nil }
        var weights: [[UInt8]: UInt64] = [:]
        for text in member {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let weight = UInt64(parts[1]),
                weights.updateValue(weight, forKey: Array(parts[0].utf8)) == nil
            else { throw ValidationError("--member \(text) is not ADDRESS=WEIGHT, each address once") }
        }
        return .threshold(weights: weights, accept: accept)
    }

    func run() throws {
        try chain.withNode(creates: true) { node, report in
            let list = try list()
            let action: Action
            if let method {
                action = .setMethodAccess(contract: Array(name.utf8), method: Array(method.utf8), access: list)
            } else {
                guard let list else { throw ValidationError("an account needs --member or --set") }
                action = .setAccount(name: Array(name.utf8), access: list)
            }
            try report.print(try node.submit(try sender.transaction(action, chain, node)))
        }
    }
}

struct BlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block", abstract: "Show a block; verify it by executing it again; or take the newest one back.")
    @Argument(help: "Height or id. Default: the newest.") var which: String?
    @Flag(help: "Execute its transactions again, each on nothing but its read set, and compare.") var verify = false
    @Flag(help: "Take it back; it must be the newest.") var undo = false
    @OptionGroup var chain: ChainOptions

    func run() throws {
        try chain.withNode(creates: false) { node, report in
            let block = try find(node)
            if verify { try node.verify(block) }
            if undo {
                guard block.height == node.ledger.height else {
                    throw ExecutorError(
                        .usage, kind: "height",
                        detail: "block \(block.height) cannot be taken back, the newest is \(node.ledger.height)",
                        isDeterministic: true)
                }
                try node.undo()
            }
            report.print(block, isVerified: verify, isUndone: undo)
        }
    }

    private func find(_ node: Node) throws -> Block {
        let text = which ?? String(node.ledger.height)
        do {
            if let height = UInt64(text) {
                if let block = try node.ledger.block(height: height) { return block }
            } else if let id = ChainID.parse(text), let block = try node.ledger.block(id: id) {
                return block
            }
        } catch { throw ExecutorError(chain: error) }
        throw ExecutorError(chain: LedgerError.blockUnknown(text))
    }
}

struct TransactionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tx", abstract: "Show a transaction of the chain.")
    @Argument(help: "Its id, 64 hex digits.") var id: String
    @OptionGroup var chain: ChainOptions

    func run() throws {
        try chain.withNode(creates: false) { node, report in
            do {
                guard let id = ChainID.parse(id), let found = try node.ledger.find(id) else {
                    throw LedgerError.transactionUnknown(self.id)
                }
                report.print(found.block.transactions[found.index], id: id, block: found.block)
            } catch { throw ExecutorError(chain: error) }
        }
    }
}

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make a key in a new file, or show the address of one.")
    @Argument(help: "The file: 64 hex digits, readable by its owner alone.") var file: String
    @Flag(help: "Make it; a file that is there is not touched.") var new = false

    func run() throws {
        if new {
            guard let key = SigningKey.random() else {
                throw ExecutorError(.usage, kind: "key", detail: "the system gives no randomness")
            }
            let number = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else {
                throw ExecutorError(
                    .usage, kind: "key", detail: "\(file) cannot be made: it is there, or its folder is not writable",
                    isDeterministic: true)
            }
            let handle = FileHandle(fileDescriptor: number, closeOnDealloc: true)
            let digits = key.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            try handle.write(contentsOf: Data((digits + "\n").utf8))
        }
        print(Terminal.printable(try KeyFile.read(file).address))
    }
}

enum ChainID {
    static func parse(_ text: String) -> TransactionID? {
        guard text.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var digits = text[...]
        while let high = digits.popFirst(), let low = digits.popFirst() {
            guard let h = high.hexDigitValue, let l = low.hexDigitValue else { return nil }
            bytes.append(UInt8(h << 4 | l))
        }
        return TransactionID(bytes)
    }
}
