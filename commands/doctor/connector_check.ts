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
      import("../network/connector_admin.ts"),
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
    answer.state === "refused"
      ? "check connector_auth of the profile"
      : peerSuggestion(config, "connector"),
  );
}

/** Asks each further connector to let this home in. One that does not is a warning, because payments go over the others. */
export async function furtherConnectorChecks(
  config: Config,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Check[]> {
  const { wire, moreConnectors = [] } = config.profile;
  const [{ probe }, { announcedStates }] = await Promise.all([
    import("../network/probe.ts"),
    import("../../shell/home/announced_states.ts"),
  ]);
  const states = await announcedStates(config);
  const unused = config.unusedConnectors.map(({ name, reason }) =>
    warn(
      "further connector",
      `${name} was accepted and is not used: ${reason}`,
      `run 'crosstown connector forget ${name}', or change the configuration`,
    )
  );
  const checks = await Promise.all(moreConnectors.map(async (connector) => {
    const { name, url, auth, reaches, publicOnly } = connector;
    const refusal = states.get(name)?.refused ?? null;
    if (refusal !== null) {
      return warn(
        "further connector",
        refusal,
        `compare its terms with 'crosstown connector terms --pin ${states.get(name)!.pubkey}'`,
      );
    }
    const question = { what: "connector", url, auth, wire, timeoutMs } as const;
    const answer = await probe({ ...question, ...publicOnly && { publicOnly } }, signal);
    const { ok, state, elapsedMs, reason, clockOffsetMs } = answer;
    const what = `${name}, ${url}, reaches ${reaches.join(", ") || "every address"}`;
    if (ok && clocksDiffer(clockOffsetMs)) {
      const words = clockWords(clockOffsetMs, "connector");
      return warn("further connector", `${what}: ${words}`, CLOCK_SUGGESTION);
    }
    if (ok) {
      const how = state === "signed_in" ? "lets us in" : "answers";
      return good("further connector", `${what}: ${how}, ${elapsedMs} ms`);
    }
    const refused = state === "refused" ? "sign-in refused: " : "";
    return warn(
      "further connector",
      `${what}: ${refused}${reason ?? "no answer"}`,
      "payments go over the other connectors that reach their destination; if it stays away, take it out of the configuration",
    );
  }));
  return [...checks, ...unused];
}
