/**
 * `crosstown relay`: the relay that this home talks to.
 *
 * @module
 */
import type { CommandSpec, Invocation } from "./command.ts";
import { alignedText, printable } from "./output.ts";
import { relayTerms } from "./relay_terms.ts";
import type { ProbeAnswer } from "./probe.ts";

/** `crosstown relay`. */
export const command: CommandSpec = {
  name: "relay",
  summary: "the relay that this home talks to",
  commands: [{
    name: "status",
    summary: "connect and show what the relay says of itself",
    description: "Exit 1 when the relay does not answer. Local commands go on without it.",
    options: [{ flags: "--timeout <seconds>", summary: "how long to wait", default: "5" }],
    examples: [
      { command: "crosstown relay status" },
      {
        command: "crosstown relay status --relay wss://relay.example.org --output json",
        note: "another one",
      },
    ],
    run: status,
  }, relayTerms],
};

async function status(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation;
  const timeoutMs = options.integer("timeout", { min: 1, max: 300 })! * 1_000;
  const [{ configOf }, { probe }, { networkBanner }] = await Promise.all([
    import("./load_config.ts"),
    import("./probe.ts"),
    import("./amount.ts"),
  ]);
  const { profile } = await configOf(invocation);
  const answer = await probe({ what: "relay", url: profile.relayUrl, timeoutMs }, signal);
  await output.document(
    {
      relay_url: profile.relayUrl,
      network: profile.name,
      state: answer.ok ? "connected" : "offline",
      reason: answer.reason,
      connect_ms: answer.elapsedMs,
      write: profile.write,
      price_units_per_byte: profile.relay?.priceUnitsPerByte ?? null,
      information: answer.information,
    },
    () =>
      [
        networkBanner(profile),
        alignedText([["relay", profile.relayUrl], ...stateLines(answer), [
          "write",
          profile.write === "ilp"
            ? `paid packets, ${profile.relay?.priceUnitsPerByte ?? "unknown"} units a byte`
            : "free, over WebSocket",
        ]]),
      ].join("\n"),
    [{
      relay_url: profile.relayUrl,
      state: answer.ok ? "connected" : "offline",
      reason: answer.reason,
      connect_ms: answer.elapsedMs,
    }],
  );
  if (answer.ok) return 0;
  await output.note("The relay is gone; local commands go on. See 'crosstown doctor'.");
  return 1;
}

function stateLines({ ok, reason, elapsedMs, information }: ProbeAnswer): string[][] {
  const said = (value: unknown) => printable(String(value));
  return [
    ["state", ok ? `connected in ${elapsedMs} ms` : `offline: ${printable(reason ?? "no answer")}`],
    ...(information?.name === undefined ? [] : [["name", said(information.name)]]),
    ...(information?.software === undefined
      ? []
      : [["software", said(`${information.software} ${information.version ?? ""}`.trim())]]),
    ...(information?.supported_nips === undefined
      ? []
      : [["NIPs", said(information.supported_nips.join(", "))]]),
  ];
}
