/**
 * Sends a packet of amount 0, without a claim and without a row in the store. A quote comes back in the data of its refusal and costs
 * nothing (docs/money.md#quotes).
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { PacketCodec } from "../../money/claims/packet_link.ts";
import { judgeAnswer } from "../../money/payer/judge_answer.ts";
import { type PacketOutcome, refusedHere } from "../../money/claims/outcome.ts";
import type { Timers } from "../../base/timers.ts";
import type { BtpSession } from "./btp_session.ts";
import { answerOf } from "./session_link.ts";

const PROBE_MS = 30_000;
/** A condition whose preimage nobody knows. */
const UNOPENABLE = new Uint8Array(32);

/** Sends the packet and waits for the answer. `unknown` if none came in time. */
export async function sendProbe(
  session: BtpSession,
  wire: PacketCodec,
  request: {
    readonly destination: string;
    readonly data: Uint8Array;
    /** Default: a condition whose preimage nobody knows. */
    readonly condition?: Uint8Array;
  },
  timers: Timers,
  signal?: AbortSignal,
): Promise<PacketOutcome> {
  const { destination, data, condition = UNOPENABLE } = request;
  const expiresAtMs = timers.now() + PROBE_MS;
  let packet: Uint8Array;
  try {
    packet = wire.encodePrepare({
      amount: 0n,
      expiresAtMs,
      condition,
      destination,
      data,
    });
  } catch (error) {
    return refusedHere("packet", messageOf(error));
  }
  const cancelled = new Promise<null>((resolve) => {
    if (signal?.aborted) return resolve(null);
    signal?.addEventListener("abort", () => resolve(null), { once: true });
  });
  const frame = await Promise.race([
    session.request({ protocolData: [], packet }, PROBE_MS).catch(() => null),
    cancelled,
  ]);
  const answer = frame === null ? null : answerOf(frame);
  if (answer === null) return { state: "unknown", reason: "no answer" };
  const verdict = judgeAnswer(answer, condition, wire);
  if (verdict.verdict === "refused") {
    return { state: "refused", ...refusal(verdict.reject), local: false };
  }
  if (verdict.verdict === "noise") {
    return { state: "unknown", reason: verdict.why };
  }
  const { fulfilment, data: told } = verdict.fulfill;
  return {
    state: "fulfilled",
    fulfilment,
    data: told,
    packet: { channelId: "", nonce: 0, amount: 0n },
    alreadyPaid: false,
  };
}

function refusal({ code, message, data, triggeredBy }: {
  readonly code: string;
  readonly message: string;
  readonly data: Uint8Array;
  readonly triggeredBy: string;
}) {
  return { code, message, data, triggeredBy };
}
