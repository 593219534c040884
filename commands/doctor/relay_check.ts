/**
 * The relay's part of `crosstown doctor`.
 *
 * @module
 */
import { CLOCK_SUGGESTION, clocksDiffer, clockWords } from "../../base/clock_offset.ts";
import type { Config } from "../../config/config.ts";
import { daemonOf } from "../../shell/home/daemon_of.ts";
import { type Check, fail, good, peerSuggestion, warn } from "./check.ts";
import { probe } from "../network/probe.ts";
import { relayClosings } from "../../shell/relay_closings.ts";

/** Asks the relay a question, and asks the home's daemon which of its subscriptions the relay closed. */
export async function relayCheck(
  config: Config,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Check> {
  const url = config.profile.relayUrl;
  const { ok, reason, elapsedMs, information, reading, clockOffsetMs } = await probe(
    { what: "relay", url, timeoutMs },
    signal,
  );
  if (ok) {
    const name = information?.name === undefined ? "" : `, ${information.name}`;
    if (config.profile.write === "ilp" && config.profile.relay === null) {
      return warn(
        "relay",
        `${url} answers in ${elapsedMs} ms${name}; its terms are not accepted yet, so nothing can be written`,
        "run 'crosstown relay terms --pin PUBKEY --accept' with the relay's public key",
      );
    }
    if (clocksDiffer(clockOffsetMs)) {
      const words = clockWords(clockOffsetMs, "relay");
      const message = `${url} answers in ${elapsedMs} ms${name}; ${words}`;
      return warn("relay", message, CLOCK_SUGGESTION);
    }
    const closings = await daemonsClosings(config);
    const closed = [
      ...reading?.ended === "closed" ? [`it closed our subscription: ${reading.reason}`] : [],
      ...closings === null ? [] : [`for the daemon of this home it ${closings}`],
    ];
    if (closed.length > 0) {
      return warn(
        "relay",
        `${url} answers in ${elapsedMs} ms${name}; ${closed.join("; ")}`,
        "for auth-required this home answers with its key; for other reasons see 'crosstown logs' and ask the relay's operator",
      );
    }
    return good("relay", `${url} answers in ${elapsedMs} ms${name}`);
  }
  return fail("relay", `${url}: ${reason ?? "no answer"}`, peerSuggestion(config, "relay"));
}

/** Asks each further relay a question. One that does not answer is a warning, because nobody waits for it. */
export function furtherRelayChecks(
  { profile }: Pick<Config, "profile">,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Check[]> {
  return Promise.all((profile.moreRelays ?? []).map(async (url) => {
    const { ok, reason, elapsedMs, reading } = await probe(
      { what: "relay", url, timeoutMs },
      signal,
    );
    if (ok && reading?.ended !== "closed") {
      return good("further relay", `${url} answers in ${elapsedMs} ms`);
    }
    const why = ok ? `it closed our subscription: ${reading?.reason}` : reason ?? "no answer";
    return warn(
      "further relay",
      `${url}: ${why}`,
      "nothing waits for it; if it stays away, take it out of more_relays",
    );
  }));
}

/** The subscriptions that the relay closed for the daemon of this home; null if no daemon is running. */
async function daemonsClosings({ paths }: Config): Promise<string | null> {
  const client = await daemonOf(paths.controlSocket).catch(() => null);
  if (client === null) return null;
  try {
    const status = await client.call("status") as { readonly pipelines?: unknown };
    return relayClosings(status.pipelines);
  } catch {
    return null; // The daemon ended meanwhile.
  } finally {
    client.close();
  }
}
