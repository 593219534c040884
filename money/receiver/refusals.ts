/**
 * Encodes a receiver's answers.
 *
 * @module
 */
import type { PacketOutcomeState } from "../../protocols/ilp/packet_state.ts";
import { fulfils } from "../../protocols/ilp/condition.ts";
import type { AccountFigures, ClaimRefusal } from "../claims/claim_ack.ts";
import type { PacketCodec } from "../claims/packet_link.ts";
import type { Reply } from "./live_row.ts";
import type { Effect, TerminalReject } from "./terminal.ts";

const NONE = new Uint8Array(0);
const MAX_DATA_BYTES = 32_768;
const MAX_MESSAGE_CHARS = 512;

/** The outcome of an effect. */
interface EffectAnswer {
  readonly state: PacketOutcomeState;
  readonly answer: Uint8Array;
}

/** Makes answers in the name of one ILP address. */
export class Refusals {
  /** `ilpAddress` becomes `triggeredBy`. */
  constructor(readonly ilpAddress: string, readonly codec: PacketCodec) {}

  /** A REJECT by this receiver. */
  readonly reject = (code: string, message: string, data: Uint8Array = NONE): Uint8Array =>
    this.codec.encodeReject({
      code,
      triggeredBy: this.ilpAddress,
      message: message.slice(0, MAX_MESSAGE_CHARS),
      data: data.length > MAX_DATA_BYTES ? NONE : data,
    });

  /** The obligation was paid before. The earlier answer is included, and the credit stays with the payer. */
  readonly alreadyPaid = (earlier: Uint8Array): Uint8Array =>
    this.reject("F99", "already paid", earlier);

  /** The REJECT for a terminal's refusal. If it is not a valid packet, the code is T00. */
  terminal(reject: TerminalReject): Uint8Array {
    try {
      return this.codec.encodeReject({
        code: reject.code,
        triggeredBy: reject.triggeredBy ?? this.ilpAddress,
        message: reject.message,
        data: reject.data ?? NONE,
      });
    } catch {
      return this.reject("T00", "Internal error");
    }
  }

  /** The refusal of a claim: F06. Nothing was written. */
  claim(reason: ClaimRefusal, figures: AccountFigures | null, detail = ""): Reply {
    const words = detail === "" ? reason : `${reason}: ${detail}`;
    const none = { nonce: 0, credited: 0n, spent: 0n, held: 0n };
    return {
      packet: this.reject("F06", `Claim not accepted: ${words}`),
      ack: { result: "rejected", reason, ...(figures ?? none) },
    };
  }

  /** The outcome of an effect. It is a fulfilment only if it is the preimage of the condition. */
  effect(effect: Effect, condition: Uint8Array): EffectAnswer {
    if ("reject" in effect) return { state: "refused", answer: this.terminal(effect.reject) };
    const { fulfilment, data } = effect;
    if (!fulfils(fulfilment, condition)) {
      return {
        state: "refused",
        answer: this.reject("F05", "The fulfilment does not match the condition"),
      };
    }
    const kept = data.length > MAX_DATA_BYTES ? NONE : data;
    return { state: "fulfilled", answer: this.codec.encodeFulfill({ fulfilment, data: kept }) };
  }
}
