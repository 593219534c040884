/**
 * The library: what of crosstown may be relied on by other programs. Codecs are pure (bytes in, values out); contracts are types.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeToon, scanKind } from "./mod.ts";
 * const bytes = encodeToon({ kind: 5050, content: "hello", tags: [] }, "1.4");
 * assert.deepEqual(scanKind(bytes), { ok: true, kind: 5050, encoding: "toon" });
 * ```
 *
 * @module
 */
export * from "./protocols/nostr/event.ts";
export * from "./protocols/nostr/filter.ts";
export * from "./protocols/nostr/kinds.ts";
export * from "./protocols/nostr/message.ts";
export * from "./protocols/nostr/nip11.ts";
export * from "./protocols/nostr/nip90.ts";
export * from "./protocols/nostr/reason.ts";
export * from "./protocols/nostr/sign.ts";
export * from "./protocols/nostr/verifier.ts";
export * from "./protocols/toon/decode.ts";
export * from "./protocols/toon/encode.ts";
export * from "./protocols/toon/kind_scanner.ts";
export * from "./protocols/ilp/address.ts";
export * from "./protocols/ilp/condition.ts";
export * from "./protocols/ilp/errors.ts";
export * from "./protocols/ilp/packet.ts";
export * from "./protocols/btp/auth.ts";
export * from "./protocols/btp/frame.ts";
export * from "./protocols/btp/wire.ts";
export * from "./protocols/btp/crosstown_wire.ts";
export * from "./protocols/evm/address.ts";
export * from "./protocols/evm/balance_proof.ts";
export * from "./protocols/evm/challenge.ts";
export * from "./protocols/evm/channel_id.ts";
export * from "./protocols/evm/claim.ts";
export * from "./protocols/evm/secp256k1.ts";
export * from "./protocols/evm/typed_data.ts";
export * from "./stages/stage.ts";
export * from "./skills/skill.ts";
export * from "./skills/request_rules.ts";
export {
  type ChainDocument,
  type ChainDocumentOptions,
  MAX_DOCUMENT_BYTES,
  parseChainDocument,
} from "./market/sequences/chain_document.ts";
export { ChainError } from "./market/sequences/chain_error.ts";
export { type ChainFileOptions, parseChainFile } from "./market/sequences/chain_file.ts";
export type { ChainInput, ChainStep, StepOptions } from "./market/sequences/chain_step.ts";
export {
  type ChainAction,
  type ChainMove,
  failStep,
  leftUnits,
  nextAction,
} from "./market/sequences/next_action.ts";
export type { PackedInput } from "./market/pack_input.ts";
export type { JobStatus } from "./protocols/job_status.ts";
export type {
  JobChainAttempt,
  JobChainAttemptRow,
  JobChainMove,
  JobChainPath,
  JobChainRow,
  JobChainState,
  JobChainStatus,
  JobChainStepMove,
  JobChainStepRow,
  JobChainStepStatus,
} from "./store/job_chain_row.ts";
