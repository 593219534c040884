/**
 * `crosstown relay`: shows the relay that this home uses.
 *
 * @module
 */
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { RelayLimitation } from "../../protocols/nostr/nip11.ts";
import type { Profile } from "../../config/profile.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { alignedText, printableLine } from "../../shell/output.ts";
import { relayChoice } from "./relay_choice.ts";
import { relayTerms } from "./relay_terms.ts";
import type { ProbeAnswer } from "./probe_question.ts";

/** `crosstown relay`. */
export const command: CommandSpec = {
  name: "relay",
  summary: "manage the relay of this home: status, terms, connect, disconnect, watch",
  commands: [
    {
      name: "status",
      summary: "connect and show what the relay says about itself",
      description:
        "For the dev network's relay it also shows its counters: events, readers, traffic, refusals. Exit 1 when the relay " +
        "does not answer. Local commands work without a relay.",
      options: [{ flags: "--timeout <seconds>", summary: "how long to wait", default: "5" }],
      examples: [
        { command: "crosstown relay status" },
        {
          command: "crosstown relay status --relay wss://relay.example.org --output json",
          note: "another one",
        },
      ],
      effect: "reads",
      run: status,
    },
    relayTerms,
    ...relayChoice,
  ],
};

async function status(invocation: Invocation): Promise<number> {
  const { output, options, signal, io } = invocation;
  const timeoutMs = options.integer("timeout", { min: 1, max: 300 })! * 1_000;
  const [{ configOf }, { probe }, { networkBanner }, { ownFigures, figureRows }] = await Promise
    .all([
      import("../../shell/home/load_config.ts"),
      import("./probe.ts"),
      import("../../shell/amount.ts"),
      import("./relay_figures.ts"),
    ]);
  const { profile, paths } = await configOf(invocation);
  const [answer, figures] = await Promise.all([
    probe({ what: "relay", url: profile.relayUrl, timeoutMs }, signal),
    ownFigures(paths.home, profile.relayUrl, io.clock()),
  ]);
  await output.document("relay-status", {
    relay_url: profile.relayUrl,
    network: profile.name,
    state: answer.ok ? "connected" : "offline",
    reason: answer.reason,
    connect_ms: answer.elapsedMs,
    write: profile.write,
    price_units_per_byte: profile.relay?.priceUnitsPerByte ?? null,
    read: !answer.reading ? null : {
      ms: answer.reading.elapsedMs,
      ended: answer.reading.ended,
      delivery: answer.reading.delivery,
    },
    information: answer.information,
    figures,
  }, () =>
    [
      networkBanner(profile),
      alignedText([["relay", profile.relayUrl], ...stateLines(answer), [
        "write",
        profile.write === "ilp" ? `paid packets, ${writePrice(profile)}` : "free, over WebSocket",
      ], ...(figures === null ? [] : figureRows(figures))]),
    ].join("\n"), [{
    relay_url: profile.relayUrl,
    state: answer.ok ? "connected" : "offline",
    reason: answer.reason,
    connect_ms: answer.elapsedMs,
    read_ms: answer.reading?.elapsedMs ?? null,
    events_stored: figures?.events_stored ?? null,
    connections: figures?.connections ?? null,
    written_per_s: figures?.written_per_s ?? null,
  }]);
  if (answer.ok) return 0;
  await output.note(
    "The relay cannot be reached; local commands still work. See 'crosstown doctor'.",
  );
  return 1;
}

function writePrice({ relay, asset }: Pick<Profile, "relay" | "asset">): string {
  return relay === null
    ? "for a price; see 'crosstown relay terms'"
    : `${formatUnits(relay.priceUnitsPerByte, asset)} a byte`;
}

function stateLines(
  { ok, reason, elapsedMs, information, reading }: ProbeAnswer,
): string[][] {
  const said = (value: unknown) => printableLine(String(value));
  return [
    [
      "state",
      ok ? `connected in ${elapsedMs} ms` : `offline: ${printableLine(reason ?? "no answer")}`,
    ],
    ...(information?.name === undefined ? [] : [["name", said(information.name)]]),
    ...(information?.software === undefined
      ? []
      : [["software", said(`${information.software} ${information.version ?? ""}`.trim())]]),
    ...(information?.supported_nips === undefined
      ? []
      : [["NIPs", said(information.supported_nips.join(", "))]]),
    ...(information?.limitation === undefined
      ? []
      : [["says of itself", limitsText(information.limitation)]]),
    ...(!reading ? [] : [["reading", readingText(reading)]]),
  ];
}

function readingText({ elapsedMs, ended, delivery }: NonNullable<ProbeAnswer["reading"]>): string {
  const form = delivery === null ? "" : `, events as ${delivery === "toon" ? "TOON" : "JSON"}`;
  if (ended === "eose" || ended === "max_events") return `answered in ${elapsedMs} ms${form}`;
  return ended === "closed" ? "refused without a proof of a key" : `no answer (${ended})`;
}

function limitsText(limitation: RelayLimitation): string {
  const parts = [
    limitation.auth_required === true ? "proof of a key needed" : null,
    limitation.payment_required === true ? "writing is paid" : null,
    limitation.restricted_writes === true ? "not everyone may write" : null,
    limitation.max_limit === undefined ? null : `${limitation.max_limit} events a filter`,
    limitation.max_subscriptions === undefined
      ? null
      : `${limitation.max_subscriptions} subscriptions`,
    limitation.max_message_length === undefined
      ? null
      : `${limitation.max_message_length} bytes a message`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "no limits" : parts.join(", ");
}
