/**
 * The library: events, TOON, wires and claims for other programs, and a home that buys jobs. Codecs are pure: bytes in, values out.
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
export {
  type EventId,
  type EventTemplate,
  type NostrEvent,
  parseEvent,
  type Pubkey,
  type UnsignedEvent,
  type VerifiedEvent,
} from "./protocols/nostr/event.ts";
export { eventId } from "./protocols/nostr/event_id.ts";
export { EventError, type EventErrorCode } from "./protocols/nostr/event_error.ts";
export { publicKeyOf, signEvent } from "./protocols/nostr/sign.ts";
export {
  createVerifier,
  type EventVerifier,
  type Verdict,
  type VerifierOptions,
} from "./protocols/nostr/verifier.ts";
export type { JobAmount, JobInput, JobParam, Tag } from "./protocols/nostr/job_tags.ts";
export {
  type JobRequest,
  type JobRequestFields,
  jobRequestTemplate,
  parseJobRequest,
  privateTags,
} from "./protocols/nostr/job_request.ts";
export { type JobResult, parseJobResult } from "./protocols/nostr/job_result.ts";
export { encodeToon, type ToonRules } from "./protocols/toon/encode.ts";
export { decodeDocument, type DocumentLimits, type Encoding } from "./protocols/toon/decode.ts";
export { type KindRefusalCode, type KindScan, scanKind } from "./protocols/toon/kind_scanner.ts";
export { ToonError, type ToonErrorCode } from "./protocols/toon/toon_error.ts";
export { interledgerWire } from "./protocols/wires/interledger/wire.ts";
export { type Wire } from "./protocols/btp/wire.ts";
export { crosstownWire } from "./protocols/wires/crosstown/wire.ts";
export type { Auth, ChannelProof } from "./protocols/btp/auth.ts";
export {
  type Frame,
  FrameError,
  type FrameFault,
  type FrameLimits,
  type ProtocolData,
} from "./protocols/btp/frame.ts";
export type { Fulfill, Packet, Prepare, Reject } from "./protocols/ilp/packet.ts";
export { PacketError } from "./protocols/ilp/packet_error.ts";
export { conditionOf, contentFulfilment, fulfils } from "./protocols/ilp/condition.ts";
export { type Address, asAddress } from "./protocols/evm/address.ts";
export { asChannelId, type ChannelId, channelIdOf } from "./protocols/evm/channel_id.ts";
export {
  type BalanceProof,
  type Eip712Domain,
  recoverBalanceProof,
  signBalanceProof,
} from "./protocols/evm/balance_proof.ts";
export { balanceProofOf, type Claim, encodeClaim, parseClaim } from "./protocols/evm/claim.ts";
export { ClaimError } from "./protocols/evm/claim_error.ts";
export {
  loadSecp256k1,
  type Secp256k1,
  SignatureError,
  type Signed,
} from "./protocols/evm/secp256k1.ts";
export { readKeyBinding } from "./money/signer/key_binding.ts";
export {
  type FinishedJob,
  type HomeClient,
  HomeError,
  type JobOrder,
  openHome,
  type OpenHomeOptions,
} from "./commands/library.ts";
