// SPDX-License-Identifier: Apache-2.0
// Every typed error of the modules below, as the one that the public library throws. First match wins; nothing is lost on the way.

import Glibc
import XVMBridge
import XVMCompiler
import XVMElf
import XVMLedger
import XVMPolicy
import XVMState
import XVMSupervisor
import XVMSystem
import XVMToolchain
import XVMWasm
import XVMWire
import XVMWorkerImage

extension ExecutorError {
    /// - Parameter subject: what the caller named, a file or a contract; put before messages that do not know it.
    init(mapping error: any Error, subject: String? = nil) {
        func about(_ text: String) -> String { subject.map { "\($0): \(text)" } ?? text }
        switch error {
        // First: its caller has waited since the worker died, and each type that it is not costs most of a microsecond.
        case let death as Death:
            var syscall: String?
            var detail = death.description
            if case .violation(let violation?) = death.cause {
                let name = syscallName(UInt32(bitPattern: violation.number))
                syscall = name
                detail =
                    "system call \(name) (\(violation.number)) is not allowed: the worker was killed before it ran (\(death.place))"
                if violation.isForgeable { detail += "; which call it was is the worker's word: no listener here" }
            }
            self.init(
                .worker, kind: death.kind, detail: about(detail), syscall: syscall, isDeterministic: death.isDeterministic,
                isRetryable: death.isRetryable, blame: death.blame)
            if case .violation(let violation?) = death.cause { isSyscallForgeable = violation.isForgeable }
            fault = death.fault

        case let error as ExecutorError:
            self = error

        case let error as WasmError:
            let kind =
                switch error.kind {
                case .malformed: "malformedModule"
                case .invalid: "invalidModule"
                case .unsupported: "unsupportedFeature"
                case .limitExceeded: "moduleLimit"
                }
            self = .usage(kind, about(error.description))
        case let error as CompilerError:
            let kind =
                switch error {
                case .scheduleSyntax, .scheduleShape, .scheduleMnemonic: "schedule"
                case .unknownImport: "unknownImport"
                case .limit: "moduleLimit"
                case .unsupportedInstruction, .unsupportedType: "unsupportedFeature"
                case .stockImport: "unsupportedFeature"
                case .body: "invalidModule"
                }
            self = .usage(kind, about(error.description))
        case let error as ElfError:
            self = .usage("invalidObject", about(error.description))
        case let error as WasmValue.ParseError:
            self = .usage("argument", error.description)
        case let error as WireError:
            // The host's own encoder refused: the caller's arguments do not fit an invocation.
            self = .usage("argumentSize", about(error.description))

        case let error as ToolchainError:
            if case .objectRefused(_, .some) = error {
                self = .usage("invalidObject", error.description)
            } else if case .descriptorMismatch = error {
                self = .usage("invalidObject", about(error.description))
            } else if case .sandbox = error {
                self.init(.sandbox, kind: error.kind, detail: error.description)
            } else if case .sandboxPolicy = error {
                self.init(.sandbox, kind: error.kind, detail: error.description, isDeterministic: true)
            } else {
                self.init(
                    .compiler, kind: error.kind, detail: about(error.description), isDeterministic: error.isDeterministic,
                    isRetryable: error.canRetryHelp, blame: Death.Blame(rawValue: error.blame.rawValue) ?? .unknown)
            }

        case let error as StateError:
            self.init(
                error.isUsage ? .usage : .state, kind: Self.kind(of: error), detail: error.description,
                isDeterministic: error.isUsage, isRetryable: error.isRetryable, blame: error.isUsage ? .unknown : .host)

        case let error as LedgerError:
            self.init(
                error.isUsage ? .usage : .state, kind: Self.kind(of: error), detail: error.description,
                isDeterministic: error.isUsage, isRetryable: error.isRetryable, blame: error.isUsage ? .unknown : .host)

        case let error as BridgeError:
            switch error {
            case .breach: self.init(.worker, kind: "protocolBreach", detail: about(error.description), blame: .contract)
            case .contextTooLarge: self.init(.worker, kind: "contextLimit", detail: about(error.description), blame: .contract)
            case .unknownContext, .contextUsed, .contextsExhausted:
                self.init(
                    .worker, kind: "context", detail: error.description, isDeterministic: error.isUsage,
                    isRetryable: error.isRetryable)
            case .argumentTwice: self = .usage("argumentTwice", error.description)
            case .cryptographyMissing: self.init(.worker, kind: "cryptographyMissing", detail: error.description, blame: .host)
            }

        case let refusal as PoolRefusal:
            switch refusal {
            case .shutDown: self = .usage("shutDown", refusal.description)
            case .queueFull: self.init(.worker, kind: "queueFull", detail: about(refusal.description), isRetryable: true)
            case .queueTimeout: self.init(.worker, kind: "queueTimeout", detail: about(refusal.description), isRetryable: true)
            case .quarantined: self.init(.worker, kind: "quarantined", detail: about(refusal.description), blame: .contract)
            case .cancelled: self.init(.worker, kind: "cancelled", detail: about(refusal.description), isRetryable: true)
            }

        case let error as BelowFloor:
            self.init(.sandbox, kind: "belowFloor", detail: error.description)
        case let error as PolicyError:
            self.init(.sandbox, kind: "policy", detail: error.description, isDeterministic: true)
        case let error as WorkerImageError:
            self.init(.sandbox, kind: "workerMissing", detail: error.description)
        case let error as SystemError:
            self.init(.worker, kind: "system", detail: about(error.description), isRetryable: true)
        default:
            self.init(.worker, kind: "internal", detail: about("\(error)"), blame: .unknown)
        }
    }

    /// For the faces: an error of the chain's own calls.
    public init(chain error: any Error) { self.init(mapping: error) }

    private static func kind(of error: LedgerError) -> String {
        switch error {
        case .contractName, .accountName, .name: "name"
        case .contractExists: "contractExists"
        case .contractUnknown: "contractUnknown"
        case .codeMissing: "codeMissing"
        case .initializeOutsideDeploy: "initialize"
        case .accountUnknown: "accountUnknown"
        case .accessList: "accessList"
        case .permission: "permission"
        case .signatureMissing, .signatureWrong: "signature"
        case .amount: "amount"
        case .funds: "funds"
        case .size: "size"
        case .blockUnknown: "blockUnknown"
        case .transactionUnknown: "transactionUnknown"
        case .notLedger: "notLedger"
        case .chainBroken: "chainBroken"
        case .conflict: "conflict"
        case .noXuperForm: "noXuperForm"
        }
    }

    private static func kind(of error: StateError) -> String {
        switch error {
        case .notStateFolder: "notStateFolder"
        case .folderInUse: "stateInUse"
        case .formatVersion: "stateFormat"
        case .networkFileSystem: "networkFileSystem"
        case .corrupted: "corrupted"
        case .bucketName: "bucketName"
        case .keySize: "keySize"
        case .valueSize: "valueSize"
        case .rangeReversed, .keyTwice, .blindWrite, .batchTooLarge: "commit"
        case .transactionTwice: "transactionTwice"
        case .snapshotTooOld, .snapshotClosed, .snapshotsExhausted: "snapshot"
        case .outsideReadSet: "outsideReadSet"
        case .heightUnknown, .undoOrder: "height"
        case .unsupported: "unsupported"
        case .mapFull: "stateFull"
        case .diskFull: "diskFull"
        case .transactionFull: "transactionFull"
        case .system, .lmdb: "system"
        }
    }
}
