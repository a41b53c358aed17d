// SPDX-License-Identifier: Apache-2.0
// The Syscall service of XuperChain, as its contracts call it: requests and responses in protobuf, errors as texts. The length of a text is
// seen by the contract and so is part of its gas: texts are XuperChain's, to the byte.

internal import SwiftProtobuf
internal import XVMState
internal import XVMWire

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension ContextHandler {
    /// Does `method` with a request in protobuf. A refusal has XuperChain's text; its code is of no meaning here.
    func xuperSyscall(_ name: [UInt8], _ request: [UInt8], gasLeft: Int64) throws -> Reply {
        guard let method = XuperMethod(rawValue: String(decoding: name, as: UTF8.self)) else {
            throw Refusal(.refused, "syscall method not found")
        }
        switch method {
        case .PutObject:
            let request: Xchain_Contract_Svc_PutRequest = try read(request)
            try requireKey(request.key.count)
            try require(request.value.count, "value size", StateLimits.valueSizeMax)
            try tree.overlay.put(bucket: contract, key: Array(request.key), value: Array(request.value))
            return try answer(Xchain_Contract_Svc_PutResponse())
        case .GetObject:
            let request: Xchain_Contract_Svc_GetRequest = try read(request)
            try requireKey(request.key.count)
            switch try tree.overlay.get(bucket: contract, key: Array(request.key)) {
            case .value(let value):
                var response = Xchain_Contract_Svc_GetResponse()
                response.value = Data(value)
                return try answer(response)
            case .deleted: throw Refusal(.refused, "Key has been mark as del")
            case .notFound: throw Refusal(.refused, "Key not found")
            }
        case .DeleteObject:
            let request: Xchain_Contract_Svc_DeleteRequest = try read(request)
            try requireKey(request.key.count)
            try tree.overlay.delete(bucket: contract, key: Array(request.key))
            return try answer(Xchain_Contract_Svc_DeleteResponse())
        case .NewIterator: return try newIterator(read(request))
        case .GetCallArgs:
            let _: Xchain_Contract_Svc_GetCallArgsRequest = try read(request)
            return try answer(callArguments())
        case .SetOutput:
            let request: Xchain_Contract_Svc_SetOutputRequest = try read(request)
            let given = request.response
            let message = [UInt8](given.message.utf8)
            try require(message.count, "message size", WireFormat.outputMessageSizeMax)
            try require(given.body.count, "body size", WireFormat.outputBodySizeMax)
            try tree.overlay.charge(bytes: message.count + given.body.count)
            output = Output(status: given.status, message: message, body: Array(given.body))
            return try answer(Xchain_Contract_Svc_SetOutputResponse())
        case .ContractCall:
            let request: Xchain_Contract_Svc_ContractCallRequest = try read(request)
            return try xuperCall(request, gasLeft: gasLeft)
        case .CrossContractQuery:
            let request: Xchain_Contract_Svc_CrossContractQueryRequest = try read(request)
            let output = try crossQuery([UInt8](request.uri.utf8), Self.arguments(request.args))
            var response = Xchain_Contract_Svc_CrossContractQueryResponse()
            response.response = Self.message(output)
            return try answer(response)
        case .Transfer:
            let request: Xchain_Contract_Svc_TransferRequest = try read(request)
            try transfer(to: [UInt8](request.to.utf8), amount: [UInt8](request.amount.utf8))
            return try answer(Xchain_Contract_Svc_TransferResponse())
        case .QueryTx:
            let request: Xchain_Contract_Svc_QueryTxRequest = try read(request)
            guard let id = try Self.id(request.txid), let found = try chain().transaction(id, in: tree) else {
                throw Refusal(.refused, "transaction not found")
            }
            var response = Xchain_Contract_Svc_QueryTxResponse()
            response.tx = found.message
            return try answer(response)
        case .QueryBlock:
            let request: Xchain_Contract_Svc_QueryBlockRequest = try read(request)
            guard let id = try Self.id(request.blockid), let found = try chain().block(id, in: tree) else {
                throw Refusal(.refused, "block not exist in this chain")
            }
            var response = Xchain_Contract_Svc_QueryBlockResponse()
            response.block = found.message
            return try answer(response)
        case .GetAccountAddresses:
            let request: Xchain_Contract_Svc_GetAccountAddressesRequest = try read(request)
            guard let found = try addresses([UInt8](request.account.utf8)) else { throw Refusal(.refused, "Key not found") }
            var response = Xchain_Contract_Svc_GetAccountAddressesResponse()
            response.addresses = found.map { String(decoding: $0, as: UTF8.self) }
            return try answer(response)
        case .PostLog:
            let request: Xchain_Contract_Svc_PostLogRequest = try read(request)
            try postLog([UInt8](request.entry.utf8))
            return try answer(Xchain_Contract_Svc_PostLogResponse())
        case .EmitEvent:
            let request: Xchain_Contract_Svc_EmitEventRequest = try read(request)
            let name = [UInt8](request.name.utf8)
            try require(name.count, "event name size", WireFormat.eventNameSizeMax)
            try require(request.body.count, "event body size", WireFormat.eventBodySizeMax)
            guard try emitEvent(name, Array(request.body)) else {
                throw Refusal(.refused, "event count exceeds limit \(BridgeLimits.eventCountMax)")
            }
            return try answer(Xchain_Contract_Svc_EmitEventResponse())
        case .Ping:
            let _: Xchain_Contract_Svc_PingRequest = try read(request)
            return try answer(Xchain_Contract_Svc_PingResponse())
        }
    }

    // MARK: - Bytes

    /// A request. Nesting and sizes are bounded by the frame that it came in.
    private func read<Request: SwiftProtobuf.Message>(_ bytes: [UInt8]) throws -> Request {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = 8
        do { return try Request(serializedBytes: bytes, options: options) } catch {
            throw Refusal(.refused, "unmarshal request error:proto: cannot parse invalid wire-format data")
        }
    }

    /// Fields in the order of their numbers, default values left out: one encoding of one response.
    private func answer(_ response: some SwiftProtobuf.Message, gasUsed: Int64 = 0) throws -> Reply {
        let bytes = try response.wire()
        try require(bytes.count, "response size", WireFormat.replyBodySizeMax)
        return Reply(.done(code: 0), gasUsed: gasUsed, body: bytes)
    }

    private func require(_ value: Int, _ what: String, _ limit: Int) throws {
        if value > limit { throw Refusal(.refused, "\(what) \(value) exceeds limit \(limit)") }
    }

    private func requireKey(_ size: Int) throws { try require(size, "key size", StateLimits.keySizeMax) }

    /// Go's encoding/hex, whose texts XuperChain hands on. nil: hex, but not 32 bytes, so that nothing has this id.
    private static func id(_ text: String) throws -> [UInt8]? {
        let digits = [UInt8](text.utf8)
        for digit in digits where !Character(Unicode.Scalar(digit)).isHexDigit || digit > 0x7f {
            let code = String(digit, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: 4 - code.count) + code
            let isShown = (0x20...0x7e).contains(digit) || digit >= 0xa1 && digit != 0xad
            throw Refusal(
                .refused, "encoding/hex: invalid byte: U+\(padded)" + (isShown ? " '\(Character(Unicode.Scalar(digit)))'" : ""))
        }
        guard digits.count % 2 == 0 else { throw Refusal(.refused, "encoding/hex: odd length hex string") }
        guard digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }

    private static func arguments(_ pairs: [Xchain_Contract_Svc_ArgPair]) throws -> ArgumentList {
        // XuperChain puts them into a map: of a key that stands twice the last one counts.
        var last: [[UInt8]: [UInt8]] = [:]
        for pair in pairs { last[[UInt8](pair.key.utf8)] = Array(pair.value) }
        guard let list = ArgumentList(last.map { ($0.key, $0.value) }) else { throw Refusal(.arguments, "argument twice") }
        return list
    }

    private static func message(_ output: Output) -> Xchain_Contract_Svc_Response {
        var response = Xchain_Contract_Svc_Response()
        response.status = output.status
        response.message = String(decoding: output.message, as: UTF8.self)
        response.body = Data(output.body)
        return response
    }

    // MARK: - Calls

    private func newIterator(_ request: Xchain_Contract_Svc_IteratorRequest) throws -> Reply {
        try require(request.start.count, "start size", StateLimits.boundSizeMax)
        try require(request.limit.count, "limit size", StateLimits.boundSizeMax)
        let (start, limit) = (Array(request.start), Array(request.limit))
        guard limit.isEmpty || compare(start, limit) <= 0 else {
            throw Refusal(.refused, "bad select range, start key can't bigger than end key")
        }
        let count = request.cap <= 0 ? 1000 : UInt32(request.cap)
        let pageSizeMax = WireFormat.replyBodySizeMax
        var cut: [UInt8]?
        let page = try tree.overlay.page(
            bucket: contract, start: start, limit: limit, itemCountMax: count, sizeMax: UInt32(pageSizeMax), &cut)
        if let cut {
            // A page that was cut for its size would look like the end of the range. The contract learns that there is more, so it reads it.
            _ = try tree.overlay.get(bucket: contract, key: cut)
            throw Refusal(.refused, "iterator page exceeds limit \(pageSizeMax)")
        }
        guard case .items(let items) = page else { throw BridgeError.breach("a page without items") }
        var response = Xchain_Contract_Svc_IteratorResponse()
        response.items = items.map { item in
            var message = Xchain_Contract_Svc_IteratorItem()
            message.key = Data(item.key)
            message.value = Data(item.value)
            return message
        }
        return try answer(response)
    }

    private func callArguments() -> Xchain_Contract_Svc_CallArgs {
        var response = Xchain_Contract_Svc_CallArgs()
        guard case .method(let own) = call.entry else { return response }
        response.method = String(decoding: own.method, as: UTF8.self)
        response.args = own.arguments.map { argument in
            var pair = Xchain_Contract_Svc_ArgPair()
            pair.key = String(decoding: argument.key, as: UTF8.self)
            pair.value = Data(argument.value)
            return pair
        }
        response.initiator = String(decoding: own.initiator, as: UTF8.self)
        response.authRequire = tree.environment.authRequire.map { String(decoding: $0, as: UTF8.self) }
        // A call without an amount has none there; ours has 0.
        if own.amount != [UInt8(ascii: "0")] { response.transferAmount = String(decoding: own.amount, as: UTF8.self) }
        response.caller = String(decoding: own.caller, as: UTF8.self)
        return response
    }

    private func xuperCall(_ request: Xchain_Contract_Svc_ContractCallRequest, gasLeft: Int64) throws -> Reply {
        let reply = try contractCall(
            [UInt8](request.contract.utf8), [UInt8](request.method.utf8), Self.arguments(request.args), gasLeft: gasLeft,
            gasLimit: nil)
        // Without a limit of its own a call is done, refused or the end.
        guard case .done(let status) = reply.kind else { return reply }
        var response = Xchain_Contract_Svc_ContractCallResponse()
        response.response = Self.message(Output(status: status, message: reply.message, body: reply.body))
        return try answer(response, gasUsed: reply.gasUsed)
    }
}

/// The methods by their names in the service.
private enum XuperMethod: String {
    case PutObject, GetObject, DeleteObject, NewIterator, QueryTx, QueryBlock, Transfer, ContractCall, CrossContractQuery
    case GetAccountAddresses, GetCallArgs, SetOutput, PostLog, EmitEvent, Ping
}

extension SwiftProtobuf.Message {
    /// The one encoding.
    func wire() throws -> [UInt8] {
        do { return try serializedBytes() } catch { throw BridgeError.breach("a response cannot be encoded: \(error)") }
    }
}

extension ChainTransaction {
    var message: Xchain_Contract_Svc_Transaction {
        var message = Xchain_Contract_Svc_Transaction()
        message.txid = id
        message.blockid = block
        message.txInputs = inputs.map { input in
            var part = Xchain_Contract_Svc_TxInput()
            part.refTxid = input.transaction
            part.refOffset = input.offset
            part.fromAddr = Data(input.from)
            part.amount = input.amount
            part.frozenHeight = input.frozenHeight
            return part
        }
        message.txOutputs = outputs.map { output in
            var part = Xchain_Contract_Svc_TxOutput()
            part.amount = output.amount
            part.toAddr = Data(output.to)
            part.frozenHeight = output.frozenHeight
            return part
        }
        message.desc = Data(description)
        message.initiator = initiator
        message.authRequire = authRequire
        return message
    }
}

extension ChainBlock {
    var message: Xchain_Contract_Svc_Block {
        var message = Xchain_Contract_Svc_Block()
        message.blockid = id
        message.preHash = previous
        message.proposer = Data(proposer)
        message.sign = signature
        message.pubkey = Data(publicKey)
        message.height = height
        message.timestamp = timestamp
        message.txids = transactions
        message.txCount = Int32(clamping: transactions.count)
        message.inTrunk = isInTrunk
        message.nextHash = next
        return message
    }
}
