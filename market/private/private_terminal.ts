/**
 * A provider's terminal for packets of private jobs. It opens gift wraps, passes their content to the terminal beneath, and encrypts the
 * answer for the buyer. All other packets go to the terminal beneath unchanged. Nothing is held.
 *
 * @see docs/jobs.md#private-jobs
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { conditionOf, contentFulfilment, contentOpening } from "../../protocols/ilp/condition.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import { EventError } from "../../protocols/nostr/event_error.ts";
import { readPaidRequest } from "../../protocols/nostr/job_payment.ts";
import {
  DELIVERY_ORDER_KIND,
  INCREMENT_ORDER_KIND,
  isJobRequestKind,
  JOB_LOG_REQUEST_KIND,
} from "../../protocols/nostr/kinds.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { ToonError } from "../../protocols/toon/decode.ts";
import type { Inspection, Terminal, TerminalReject } from "../../money/receiver/terminal.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { isWrap, sealedReject, wrapIn } from "./private_packet.ts";

/** What opening and answering need. */
interface PrivateTerminalDeps {
  readonly signer: Pick<Signer, "openText" | "encrypt">;
  readonly verifier: Pick<EventVerifier, "verify">;
}

/** A packet that was opened. */
interface Opened {
  /** The packet that the terminal beneath receives. */
  readonly prepare: Prepare;
  /** The author of the content. Its signature is verified. */
  readonly author: string;
  /** The fulfilment, if it can be computed from the packet's own data, as every hop can. Null if the terminal beneath computes it. */
  readonly byContent: Uint8Array | null;
}

/** Returns a terminal that opens gift wraps before `beneath`. */
export function privateTerminal(
  beneath: Terminal,
  { signer, verifier }: PrivateTerminalDeps,
): Required<Terminal> {
  const open = async (prepare: Prepare): Promise<Opened | null | TerminalReject> => {
    const wrap = wrapIn(prepare.data);
    if (wrap === null) return null;
    const data = new TextEncoder().encode(await signer.openText(wrap));
    const event = eventIn(data);
    if (verifier.verify(event) !== "ok") return UNREADABLE;
    // A condition that hops can fulfil depends on the wrapped data, because hops do not know the content.
    const byContent = contentOpening(prepare.data, prepare.condition);
    const condition = byContent === null ? prepare.condition : conditionOf(contentFulfilment(data));
    return { prepare: { ...prepare, data, condition }, author: event.pubkey, byContent };
  };
  const opened = async (prepare: Prepare): Promise<Opened | null | TerminalReject> => {
    try {
      return await open(prepare);
    } catch (error) {
      const known = error instanceof EventError || error instanceof ToonError ||
        codeOf(error) === "bad_field";
      if (!known) throw error;
      return UNREADABLE;
    }
  };
  return {
    isPure: beneath.isPure ?? false,
    asker: (prepare) => isWrap(prepare.data) ? "wrapped" : beneath.asker?.(prepare) ?? "stranger",
    async inspect(prepare): Promise<Inspection> {
      const came = await opened(prepare);
      if (came === null) return await beneath.inspect(prepare);
      if ("code" in came) return { reject: came };
      const said = await beneath.inspect(came.prepare);
      if (!("reject" in said)) return said;
      return { ...said, reject: await sealedReject(said.reject, came.author, signer) };
    },
    async effect(prepare, obligation) {
      const came = await opened(prepare);
      if (came === null) return await beneath.effect(prepare, obligation);
      if ("code" in came) return { reject: came };
      const said = await beneath.effect(came.prepare, obligation);
      if ("reject" in said) {
        return { ...said, reject: await sealedReject(said.reject, came.author, signer) };
      }
      // The data names the job and its request. Hops must not read them, so it is left out.
      return {
        ...said,
        fulfilment: came.byContent ?? said.fulfilment,
        data: new Uint8Array(0),
      };
    },
  };
}

const UNREADABLE: TerminalReject = { code: "F06", message: "the wrap cannot be read" };

/** What a buyer sends of its job, in addition to the request: questions for the log, and orders. */
const ABOUT_A_JOB: readonly number[] = [
  JOB_LOG_REQUEST_KIND,
  DELIVERY_ORDER_KIND,
  INCREMENT_ORDER_KIND,
];

/** The signed event that a packet is about. Throws ToonError and EventError. */
function eventIn(data: Uint8Array): NostrEvent {
  const { request } = readPaidRequest(data);
  const known = isJobRequestKind(request.kind) || ABOUT_A_JOB.includes(request.kind);
  if (!known) throw new EventError("bad_kind", "a wrap holds a request, an order or a question");
  return parseEvent(request);
}
