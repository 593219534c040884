/**
 * A relay's terminal that also answers SPSP. A packet whose data is an event of kind 23194 to the relay's key gets an event of kind 23195
 * as its answer: in the data of the FULFILL if it paid the price of a write, in the data of the REJECT if its amount is 0. Every other
 * packet goes to the inner terminal. Neither request nor answer is stored.
 *
 * Holds only the state of the responder, which limits the rate.
 *
 * @see docs/terms.md#spsp-over-nostr-kinds-23194-and-23195
 * @module
 */
import { SPSP_REQUEST_KIND } from "../../protocols/nostr/kinds.ts";
import { contentOpening, dataSha256, fulfils } from "../../protocols/ilp/condition.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import { parseEvent, type VerifiedEvent } from "../../protocols/nostr/event.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { scanKind } from "../../protocols/toon/kind_scanner.ts";
import type { Effect, Inspection, Terminal } from "../../money/receiver/terminal.ts";
import type { SpspResponder } from "../../market/terms/spsp_responder.ts";
import type { Signer } from "../../money/signer/signer.ts";

/** What the terminal needs. */
interface SpspTerminalDeps {
  readonly responder: SpspResponder;
  readonly verifier: EventVerifier;
  readonly signer: Pick<Signer, "packetFulfilments">;
}

const MAX_REQUEST_BYTES = 16_384;
const OBLIGATION = "spsp:";

/** Answers SPSP requests, and passes all other packets to `beneath`. */
export function spspTerminal(beneath: Terminal, deps: SpspTerminalDeps): Terminal {
  return {
    async inspect(prepare): Promise<Inspection> {
      const event = requestIn(prepare, deps);
      if (event === null) return await beneath.inspect(prepare);
      if (prepare.amount === 0n) return { reject: await unpaidAnswer(event, deps) };
      // A paid request has the price of a write, and passes the same checks.
      const inspection = await beneath.inspect(prepare);
      return "reject" in inspection ? inspection : { obligation: `${OBLIGATION}${event.id}` };
    },
    async effect(prepare, obligation): Promise<Effect> {
      if (!obligation.startsWith(OBLIGATION)) return await beneath.effect(prepare, obligation);
      const event = requestIn(prepare, deps);
      if (event === null || obligation !== `${OBLIGATION}${event.id}`) {
        return { reject: { code: "F00", message: "the packet pays for another event" } };
      }
      const answer = await deps.responder(event);
      if (answer === null) return { reject: { code: "F00", message: UNANSWERED } };
      const fulfilment = contentOpening(prepare.data, prepare.condition) ??
        (await deps.signer.packetFulfilments([{
          peer: event.pubkey,
          dataSha256: dataSha256(prepare.data),
        }]))[0]!;
      if (!fulfils(fulfilment, prepare.condition)) {
        return { reject: { code: "F05", message: "the condition is not one of this relay" } };
      }
      return { fulfilment, data: encodeToon(answer, "1.4") };
    },
  };
}

const UNANSWERED = "the request gets no answer";

async function unpaidAnswer(event: VerifiedEvent, { responder }: SpspTerminalDeps) {
  const answer = await responder(event);
  return answer === null
    ? { code: "F00", message: UNANSWERED }
    : { code: "F99", message: "the answer is in the data", data: encodeToon(answer, "1.4") };
}

/** The verified request in the packet. Null for other data, for which only its bytes are scanned. */
function requestIn({ data }: Prepare, { verifier }: SpspTerminalDeps): VerifiedEvent | null {
  if (data.byteLength === 0 || data.byteLength > MAX_REQUEST_BYTES) return null;
  const scan = scanKind(data);
  if (!scan.ok || scan.kind !== SPSP_REQUEST_KIND) return null;
  try {
    const event = parseEvent(decodeDocument(data).event);
    return verifier.isVerified(event) ? event : null;
  } catch {
    return null;
  }
}
