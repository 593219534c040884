/**
 * The connector's part of `crosstown doctor`.
 *
 * @module
 */
import { CLOCK_SUGGESTION, clocksDiffer, clockWords } from "../../base/clock_offset.ts";
import type { Config } from "../../config/config.ts";
import { type Check, fail, good, peerSuggestion, warn } from "./check.ts";

/** Asks the connector to let this home in, and compares its clock. */
export async function connectorCheck(
  config: Config,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Check> {
  const { connectorBtp: url, connectorAuth: auth, wire } = config.profile;
  if (url === null) {
    return warn(
      "connector",
      "the profile names no connector, so nothing can be paid",
      "set connector_btp in its profile",
    );
  }
  const { probe } = await import("../network/probe.ts");
  const answer = await probe({
    what: "connector",
    url,
    auth,
    wire,
    timeoutMs,
  }, signal);
  if (answer.ok) {
    const how = answer.state === "signed_in" ? "lets us in" : "answers";
    const [{ adminOf }, { writeOffs }] = await Promise.all([
      import("../network/connector_status.ts"),
      import("../network/connector_view.ts"),
    ]);
    const admin = await adminOf(config);
    const lost = admin === null ? [] : writeOffs(admin, config.profile.asset);
    const message = `${url} ${how}, ${answer.elapsedMs} ms`;
    const { clockOffsetMs } = answer;
    if (clocksDiffer(clockOffsetMs)) {
      const words = clockWords(clockOffsetMs, "connector");
      return warn("connector", `${message}; ${words}`, CLOCK_SUGGESTION);
    }
    return lost.length === 0 ? good("connector", message) : warn(
      "connector",
      [message, ...lost.map(({ peer, text }) => `to ${peer}: ${text}`)].join("; "),
      "a next hop does not answer: contact its operator; docs/money.md#write-off says when its route opens again",
    );
  }
  return fail(
    "connector",
    `${url}: ${answer.state === "refused" ? "sign-in refused: " : ""}${
      answer.reason ?? "no answer"
    }`,
    answer.state === "refused" ? "check connector_auth of the profile" : peerSuggestion(config),
  );
}
