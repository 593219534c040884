/**
 * A provider's terminal for packets of private jobs: what comes in a gift wrap is opened, given to the terminal beneath, and answered for
 * its buyer alone. Every other packet is the terminal's beneath. Nothing is held.
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
import { isJobRequestKind, JOB_LOG_REQUEST_KIND } from "../../protocols/nostr/kinds.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { ToonError } from "../../protocols/toon/decode.ts";
import type { Inspection, Terminal, TerminalReject } from "../../money/receiver/terminal.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { sealedReject, wrapIn } from "./private_packet.ts";

/** What it opens and answers with. */
interface PrivateTerminalDeps {
  readonly signer: Pick<Signer, "openText" | "encrypt">;
  readonly verifier: Pick<EventVerifier, "verify">;
}

/** A packet that came in a wrap. */
interface Opened {
  /** As the terminal beneath is given it. */
  readonly prepare: Prepare;
  /** Who asks: its signature is right. */
  readonly author: string;
  /** What opens the condition where every hop could, else null: then the terminal beneath knows it. */
  readonly byContent: Uint8Array | null;
}

/** Opens wraps before `beneath`. */
export function privateTerminal(
  beneath: Terminal,
  { signer, verifier }: PrivateTerminalDeps,
): Terminal {
  const open = async (prepare: Prepare): Promise<Opened | null | TerminalReject> => {
    const wrap = wrapIn(prepare.data);
    if (wrap === null) return null;
    const data = new TextEncoder().encode(await signer.openText(wrap));
    const event = eventIn(data);
    if (verifier.verify(event) !== "ok") return UNREADABLE;
    // Hops that can open a condition know the wrap's content alone.
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
      // The job's id and its request are the buyer's matter.
      return {
        ...said,
        fulfilment: came.byContent ?? said.fulfilment,
        data: new Uint8Array(0),
      };
    },
  };
}

const UNREADABLE: TerminalReject = { code: "F06", message: "the wrap cannot be read" };

/** The one signed event that a packet is about. Throws ToonError and EventError. */
function eventIn(data: Uint8Array): NostrEvent {
  const { request } = readPaidRequest(data);
  const known = isJobRequestKind(request.kind) || request.kind === JOB_LOG_REQUEST_KIND;
  if (!known) throw new EventError("bad_kind", "a wrap holds a request or a question");
  return parseEvent(request);
}
