// SPDX-License-Identifier: Apache-2.0
// What a contract asks of its host beside objects: other contracts, amounts, accounts, transactions and blocks.

internal import XVMState
internal import XVMWire

/// A question that the host does not do, for a reason that the contract sees: as a code through the interface `xvm`, as XuperChain's text
/// through `_call_method`.
struct Refusal: Error, Equatable {
    var error: ContractError
    var text: [UInt8]

    init(_ error: ContractError, _ text: String) {
        self.error = error
        self.text = [UInt8](text.utf8)
    }
}

extension ContextHandler {
    func answer(_ ask: Ask) throws -> Reply {
        let spent = call.gasLimit - gasCharged
        guard ask.gasLeft <= spent else { throw BridgeError.breach("ask: gas left \(ask.gasLeft) exceeds limit \(spent)") }
        do {
            switch ask.question {
            case .contractCall(let contract, let method, let packed, let gasLimit):
                guard let arguments = ArgumentList(packed: packed) else {
                    throw Refusal(.arguments, "arguments are no list of pairs")
                }
                return try contractCall(contract, method, arguments, gasLeft: ask.gasLeft, gasLimit: gasLimit)
            case .transfer(let to, let amount):
                try transfer(to: to, amount: amount)
                return Reply(.done(code: 0))
            case .transaction(let id):
                guard let found = try chain().transaction(id, in: tree) else { return Reply(.notFound) }
                return try bounded(found.message.wire())
            case .block(let id):
                guard let found = try chain().block(id, in: tree) else { return Reply(.notFound) }
                return try bounded(found.message.wire())
            case .accountAddresses(let account):
                guard let found = try addresses(account) else { return Reply(.notFound) }
                return try bounded(Self.packed(found))
            case .authRequire: return try bounded(Self.packed(tree.environment.authRequire))
            case .crossQuery(let uri, let packed):
                guard let arguments = ArgumentList(packed: packed) else {
                    throw Refusal(.arguments, "arguments are no list of pairs")
                }
                let output = try crossQuery(uri, arguments)
                return Reply(.done(code: output.status), message: output.message, body: output.body)
            case .verifySignature(let key, let signature, let hash):
                guard let keys = tree.environment.keys else { throw Refusal(.unsupported, "this host verifies no signatures") }
                return Reply(.done(code: try keys.isRight(signature: signature, of: hash, by: key) ? 0 : -1))
            case .keyAddress(let key):
                guard let address = try tree.environment.keys?.address(of: key) else { throw Refusal(.refused, "no public key") }
                return try bounded(address)
            case .syscall(let method, let request):
                return try xuperSyscall(method, request, gasLeft: ask.gasLeft)
            }
        } catch let refusal as Refusal {
            return Reply(.refused(code: refusal.error.rawValue), body: Array(refusal.text.prefix(WireFormat.replyBodySizeMax)))
        }
    }

    private func bounded(_ body: [UInt8]) throws -> Reply {
        guard body.count <= WireFormat.replyBodySizeMax else {
            throw Refusal(.arguments, "answer of \(body.count) bytes exceeds limit \(WireFormat.replyBodySizeMax)")
        }
        return Reply(.done(code: 0), body: body)
    }

    /// Items {u32 size, bytes}.
    private static func packed(_ items: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for item in items {
            bytes.appendLittleEndian(UInt32(item.count))
            bytes += item
        }
        return bytes
    }

    func chain() throws -> any Chain {
        guard let chain = tree.environment.chain else { throw Refusal(.unsupported, "this host has no chain") }
        return chain
    }

    func addresses(_ account: [UInt8]) throws -> [[UInt8]]? {
        guard account.count <= BridgeLimits.nameSizeMax else { return nil }
        return try chain().addresses(ofAccount: account, in: tree)
    }

    func crossQuery(_ uri: [UInt8], _ arguments: ArgumentList) throws -> Output {
        guard let output = try tree.environment.crossQuery?(uri, arguments) else {
            throw Refusal(.unsupported, "not implementation")
        }
        guard output.message.count <= WireFormat.outputMessageSizeMax, output.body.count <= WireFormat.outputBodySizeMax else {
            throw Refusal(.unsupported, "answer of \(output.body.count) bytes exceeds limit \(WireFormat.outputBodySizeMax)")
        }
        return output
    }

    // MARK: - Amounts

    /// Moves an amount of the contract's own. Texts: XuperChain's.
    func transfer(to: [UInt8], amount: [UInt8]) throws {
        guard let number = Self.decimal(amount) else { throw Refusal(.refused, "parse amount error") }
        guard !number.isNegative else { throw Refusal(.refused, "amount should not be negative") }
        guard !to.isEmpty else { throw Refusal(.refused, "empty to address") }
        guard to.count <= BridgeLimits.nameSizeMax else { throw Refusal(.refused, "address too long") }
        guard number.digits != [UInt8(ascii: "0")] else { throw Refusal(.refused, "should  be large than zero") }
        let savepoint = tree.savepoint
        switch try chain().transfer(from: contract, to: to, amount: number.digits, in: tree) {
        case .done:
            try tree.overlay.charge(bytes: contract.count + to.count + number.digits.count)
            tree.transfers.append(Transfer(from: contract, to: to, amount: number.digits))
        case .refused(let text):
            tree.rollBack(to: savepoint)
            throw Refusal(.refused, text)
        }
    }

    /// A decimal text with an optional sign, without leading zeros; nil: it is none. At most 100 digits: no sum of a chain has more.
    static func decimal(_ text: [UInt8]) -> (isNegative: Bool, digits: [UInt8])? {
        var digits = text[...]
        var isNegative = false
        if let first = digits.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            digits = digits.dropFirst()
        }
        guard !digits.isEmpty, digits.count <= 100, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            return nil
        }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        if significant.isEmpty { return (false, [UInt8(ascii: "0")]) }
        return (isNegative, Array(significant))
    }

    // MARK: - Other contracts

    /// Runs another contract in this tree. Reads and gas stay in every case; of a callee that does not return nothing else does.
    func contractCall(
        _ name: [UInt8], _ method: [UInt8], _ arguments: ArgumentList, gasLeft: Int64, gasLimit named: Int64?
    ) throws -> Reply {
        let environment = tree.environment
        // No deployed contract has such a name or method; a chain need not look for it.
        guard !name.isEmpty, name.count <= StateLimits.bucketSizeMax, !name.contains(0), method.count <= BridgeLimits.nameSizeMax
        else {
            throw Refusal(
                .unknown, "get contract desc for '\(String(decoding: name.prefix(100), as: UTF8.self))' error:Key not found")
        }
        if !environment.allowsReentrancy, tree.names.contains(name) {
            throw Refusal(.recursion, "recursive contract call not permitted")
        }
        guard tree.names.count < environment.depthMax else { throw Refusal(.depth, "max contract call depth exceeds") }
        guard let chain = environment.chain, let callees = environment.callees else {
            throw Refusal(.unsupported, "this host runs no other contracts")
        }
        guard case .method(let own) = call.entry else { throw Refusal(.unsupported, "a function call has no other contracts") }
        guard
            try chain.mayCall(
                contract: name, method: method, initiator: own.initiator, authRequire: environment.authRequire, in: tree)
        else { throw Refusal(.permission, "verify contract permission failed") }
        guard let deployed = try chain.contract(named: name, in: tree) else {
            throw Refusal(.unknown, "get contract desc for '\(String(decoding: name, as: UTF8.self))' error:Key not found")
        }
        if method == [UInt8]("initialize".utf8) { throw Refusal(.method, "invalid contract method initialize") }

        // What a message does not hold cannot be said to a worker: the caller sees it, no error of the host comes of it.
        let size = arguments.pairs.reduce(64 + method.count + contract.count + own.initiator.count) {
            $0 + 8 + $1.key.count + $1.value.count
        }
        guard size <= WireFormat.messageSizeMax else {
            throw Refusal(.arguments, "arguments of \(size) bytes exceed limit \(WireFormat.messageSizeMax)")
        }
        guard arguments.pairs.count <= WireFormat.argumentCountMax else {
            throw Refusal(.arguments, "\(arguments.pairs.count) arguments exceed limit \(WireFormat.argumentCountMax)")
        }

        // A limit above what is left cannot be used up: should the callee fail, the caller has not the gas to go on.
        let limit = min(named ?? gasLeft, gasLeft)
        let entry = Invocation.Entry.method(
            MethodCall(
                method: method, caller: contract, initiator: own.initiator, amount: [UInt8(ascii: "0")],
                arguments: arguments.pairs))
        var end: ContextTree.End?
        let isFound = try callees.withCallee(deployed, method: method) { callee in
            let inner = ContractCall(
                contract: deployed.name, exportIndex: callee.exportIndex, entry: entry, gasLimit: limit,
                frameLimit: callee.frameLimit, stackLimit: call.invocation.stackLimit,
                memoryPagesMax: call.invocation.memoryPagesMax,
                schedule: callee.schedule, guest: callee.guest)
            let ended = try tree.run(inner, on: callee.engine)
            end = ended
            return ended.memoryPages
        }
        guard isFound else { throw Refusal(.method, "\(String(decoding: method, as: UTF8.self)) not found") }
        guard let end else { throw BridgeError.breach("a callee did not run") }
        switch end.status {
        case .returned, .reverted:
            gasCharged += end.gasUsed
            return Reply(.done(code: end.output.status), gasUsed: end.gasUsed, message: end.output.message, body: end.output.body)
        case .trapped(let trap):
            return failed(Ended(trap: trap, text: end.output.message), gasLeft: gasLeft, named: named)
        case .outOfGas:
            return failed(Ended(trap: nil), gasLeft: gasLeft, named: named)
        }
    }

    /// A callee that trapped or ran out ends the invocation, unless the caller named a gas limit that it can pay: then this is used up.
    private func failed(_ end: Ended, gasLeft: Int64, named: Int64?) -> Reply {
        if let named, named <= gasLeft {
            gasCharged += named
            return Reply(
                .refused(code: ContractError.failed.rawValue), gasUsed: named,
                body: [UInt8]("callee trapped or ran out of gas".utf8))
        }
        // Named and not to be paid: the caller's own gas is what ends.
        let whole = named == nil ? end : Ended(trap: nil)
        ended = whole
        return Reply(.ended(whole.trap), message: whole.text)
    }
}
