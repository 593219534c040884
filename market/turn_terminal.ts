/**
 * The terminal for a buyer that pauses a metered job or lets it go on. The packet has amount 0, and its FULFILL says that the turn is booked.
 * All other packets go to the terminal beneath.
 *
 * @see docs/money.md#pauses
 * @module
 */
import type { Terminal } from "../money/receiver/terminal.ts";
import type { Prepare } from "../protocols/ilp/packet.ts";
import { isAnswered } from "../protocols/job_status.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { isTurn, readTurnOrder, turnObligation } from "../protocols/nostr/turn_order.ts";
import { decodeDocument, ToonError } from "../protocols/toon/decode.ts";
import type { JobRow } from "../store/job_row.ts";
import type { MeterRow } from "../store/meter_row.ts";
import {
  isMeterOrder,
  type MeterDeps,
  type No,
  no,
  opening,
  orderedBy,
  wrongCondition,
} from "./meter_terminal.ts";
import { refusalData } from "./read_payment.ts";

const OBLIGATION = "turn:";

/** Returns a terminal that accepts turns and passes all other packets to `beneath`. */
export function turnTerminal(beneath: Terminal, deps: MeterDeps): Required<Terminal> {
  return {
    isPure: beneath.isPure ?? false,
    asker: (prepare) => beneath.asker?.(prepare) ?? "stranger",
    async inspect(prepare) {
      if (!isTurnPacket(prepare.data)) return await beneath.inspect(prepare);
      const asked = await turnOf(prepare, deps);
      if ("reject" in asked) return asked;
      return await opening(prepare, asked.job.buyer, deps) === null
        ? wrongCondition()
        : { obligation: turnObligation(asked.job.eventId, asked.turn) };
    },
    async effect(prepare, obligation) {
      if (!obligation.startsWith(OBLIGATION)) return await beneath.effect(prepare, obligation);
      const asked = await turnOf(prepare, deps);
      if ("reject" in asked) return asked;
      const { turn, job } = asked;
      const fulfilment = await opening(prepare, job.buyer, deps);
      if (fulfilment === null) return wrongCondition();
      const { eventId } = job;
      return {
        fulfilment,
        data: refusalData({ event_id: eventId, turn }),
        changes: [{ op: "turnMeter", eventId, role: "provider", turn, atMs: deps.clock() }],
      };
    },
  };
}

/** Whether the data is an order of a turn. A malformed one is no turn, and the terminal beneath refuses it. */
function isTurnPacket(data: Uint8Array): boolean {
  if (!isMeterOrder(data)) return false;
  try {
    return isTurn(parseEvent(decodeDocument(data).event));
  } catch (error) {
    if (error instanceof EventError || error instanceof ToonError) return false;
    throw error;
  }
}

/** The turn that a packet orders, if it can be booked now. One that was booked before is confirmed again. */
async function turnOf(
  prepare: Prepare,
  deps: MeterDeps,
): Promise<{ readonly turn: number; readonly job: JobRow; readonly meter: MeterRow } | No> {
  const found = await orderedBy(prepare, deps, readTurnOrder);
  if ("reject" in found) return found;
  const { order: { turn }, job, meter } = found;
  if (turn > meter.turns) {
    if (meter.state === "over" || isAnswered(job.status)) {
      return no("F99", "job_over", "the job has ended");
    }
    if (turn > meter.turns + 1) return no("T99", "not_due", "an earlier turn has not come yet");
  }
  return { turn, job, meter };
}
