/**
 * The payments' part of `doctor`: payments without an answer, and answers to jobs that were not accepted.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Check } from "./check.ts";
import { describeFailure } from "../../shell/errors.ts";
import type { Pauses } from "../../store/pause_row.ts";
import { openPackets } from "../job/job_facts.ts";
import { hasStore, readStore } from "../../shell/home/read_store.ts";

/** Reads the store. It changes nothing. */
export async function paymentsCheck(config: Config): Promise<Check> {
  const name = "payments";
  try {
    if (!await hasStore(config)) {
      return { name, status: "ok", message: "none yet", suggestion: null };
    }
    await using store = await readStore(config);
    const { open, exposureUnits } = await openPackets(store);
    const { answers } = await store.totals();
    const counts = Object.entries(answers).map(([outcome, count]) => `${count} ${outcome}`);
    const came = counts.length === 0 ? "" : `; answers that did not count: ${counts.join(", ")}`;
    const signed = `${formatUnits(exposureUnits, config.profile.asset)} signed ahead`;
    const paused = pausedText(await store.pauses());
    if (open.length === 0 && paused !== null) {
      return {
        name,
        status: "warn",
        message: `${paused}; none in doubt, ${signed}${came}`,
        suggestion: "'crosstown mayor resume' or 'crosstown node resume' ends the pause",
      };
    }
    if (open.length === 0) {
      return { name, status: "ok", message: `none in doubt, ${signed}${came}`, suggestion: null };
    }
    const units = open.reduce((sum, { amount }) => sum + amount, 0n);
    return {
      name,
      status: "warn",
      message: `${paused === null ? "" : `${paused}; `}${open.length} in doubt (${
        formatUnits(units, config.profile.asset)
      }), ${signed}${came}`,
      suggestion:
        "'crosstown mayor up' or a running job asks for their answers again, and never pays twice; 'crosstown job list' shows their jobs",
    };
  } catch (error) {
    const { message, suggestion } = describeFailure(error);
    return { name, status: "fail", message, suggestion };
  }
}

/** What the owner has paused; null if nothing. */
function pausedText(pauses: Pauses): string | null {
  const sides = (["buying", "selling"] as const).flatMap((side) => {
    const sinceMs = pauses[side];
    return sinceMs === null
      ? []
      : [`${side} is paused since ${new Date(sinceMs).toISOString().slice(0, 19)}Z`];
  });
  return sides.length === 0 ? null : sides.join(", ");
}
