/**
 * `crosstown relay connect`, `disconnect` and `watch`: which relay this home uses, and how the connection to it changes.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { csvLine, type Row } from "../../shell/output.ts";
import type { PeerState } from "../../shell/live_state.ts";
import type { Config } from "../../config/config.ts";
import type { HomePaths } from "../../config/paths.ts";

/** `crosstown relay connect|disconnect|watch`. */
export const relayChoice: readonly CommandSpec[] = [
  {
    name: "connect",
    summary: "test a relay, and use it from now on",
    description:
      "Asks the relay. If it answers, it becomes the relay of this network, under [relays] in crosstown.toml. Other networks keep " +
      "their relays. A daemon uses it from its next start.",
    args: [{ name: "<url>", summary: "wss://host, or ws:// on this machine" }],
    options: [{ flags: "--timeout <seconds>", summary: "how long to wait", default: "5" }],
    examples: [
      { command: "crosstown relay connect wss://relay.example.org" },
      { command: "crosstown relay connect wss://relay.example.org --network base-sepolia" },
    ],
    dryRun: true,
    effect: "changes",
    run: connect,
  },
  {
    name: "disconnect",
    summary: "forget that relay, and use the network's own again",
    examples: [{ command: "crosstown relay disconnect" }],
    dryRun: true,
    effect: "changes",
    run: disconnect,
  },
  {
    name: "watch",
    lines: true,
    summary: "show the connection to the relay, or the events that come to it, until Ctrl-C",
    description:
      "Shows each change of the connection. If a daemon runs, it shows the daemon's session; otherwise it connects to the relay each " +
      "time. With --events or --kind it shows the events instead: each with a valid id and signature, once, without its content.",
    options: [
      { flags: "--events", summary: "show the events that come to the relay" },
      {
        flags: "--kind <kind>",
        summary: "only events of this kind; may be given several times",
        repeat: true,
      },
      {
        flags: "--recent <seconds>",
        summary: "also events of so many seconds before",
        default: "0",
      },
      { flags: "--count <count>", summary: "end after this many events" },
      { flags: "--every <seconds>", summary: "time between two checks", default: "5" },
      { flags: "--changes <count>", summary: "end after this many lines" },
    ],
    examples: [
      { command: "crosstown relay watch --output json", note: "a line for each change" },
      {
        command: "crosstown relay watch --kind 5600 --kind 6600 --output json",
        note: "a line an event",
      },
    ],
    effect: "reads",
    run: async (invocation) =>
      invocation.options.on("events") || invocation.options.list("kind").length > 0
        ? await (await import("./relay_events.ts")).relayEvents(invocation)
        : await watch(invocation),
  },
];

async function connect(invocation: Invocation): Promise<number> {
  const { args, options, output, signal, globals: { dryRun } } = invocation;
  const [{ configOf }, { probe }, { checkRelayUrl }, { networkBanner }] = await Promise.all([
    import("../../shell/home/load_config.ts"),
    import("./probe.ts"),
    import("../../base/urls.ts"),
    import("../../shell/amount.ts"),
  ]);
  const url = checkRelayUrl(args.required("url"), "url");
  const config = await configOf(invocation);
  const { profile, paths } = config;
  refuseDev(config);
  const timeoutMs = options.integer("timeout", { min: 1, max: 300 })! * 1_000;
  const answer = await probe({ what: "relay", url, timeoutMs }, signal);
  if (!answer.ok) {
    throw new CommandError(
      "unreachable",
      `${url} does not answer: ${answer.reason ?? "no answer"}`,
      "check the address; nothing was changed",
    );
  }
  const file = await setRelay(invocation, paths, profile.name, url);
  const done = `${url} answered in ${answer.elapsedMs} ms`;
  await output.document(
    "relay-choice",
    {
      ...(dryRun ? { dry_run: true } : {}),
      relay_url: url,
      network: profile.name,
      connect_ms: answer.elapsedMs,
      file,
    },
    `${networkBanner(profile)}\n${done}; it ${
      dryRun ? "would become" : "is now"
    } the relay of ${profile.name} in ${file}`,
  );
  if (!dryRun) await noteOther(invocation, url);
  return 0;
}

async function disconnect(invocation: Invocation): Promise<number> {
  const { output, globals: { dryRun } } = invocation;
  const { configOf } = await import("../../shell/home/load_config.ts");
  const before = await configOf(invocation);
  refuseDev(before);
  const { name } = before.profile;
  const file = await setRelay(invocation, before.paths, name, null);
  if (dryRun) {
    await output.document(
      "relay-choice",
      { dry_run: true, network: name, file },
      `The relay of ${name} would be taken out of ${file}`,
    );
    return 0;
  }
  const config = await configOf(invocation);
  const { relayUrl } = config.profile;
  await output.document(
    "relay-choice",
    { relay_url: relayUrl, network: name, file },
    `The relay of ${name} is ${relayUrl} (${sourceOf(config)})`,
  );
  return 0;
}

function refuseDev({ profile }: Config): void {
  if (profile.name !== "dev") return;
  throw new CommandError(
    "own_relay",
    "the dev network has its own relay",
    "name another network with --network, or take this one down with 'crosstown dev down'",
  );
}

/** Warns if a flag or a variable overrides the address in the file. */
async function noteOther(invocation: Invocation, url: string): Promise<void> {
  const { configOf } = await import("../../shell/home/load_config.ts");
  const config = await configOf(invocation);
  if (config.profile.relayUrl === url) return;
  await invocation.output.warn(
    `commands still use ${config.profile.relayUrl}, because ${
      sourceOf(config)
    } takes precedence over the file`,
  );
}

function sourceOf(config: Config): string {
  return config.explain().find(({ key }) => key === "relay")!.source;
}

async function setRelay(
  invocation: Invocation,
  paths: HomePaths,
  network: string,
  url: string | null,
): Promise<string> {
  const [{ withRelay }, { changeConfig }] = await Promise.all([
    import("../../config/relay_table.ts"),
    import("../../shell/home/write_config.ts"),
  ]);
  await changeConfig(invocation, paths, (before) => {
    const after = withRelay(before, network, url);
    return invocation.globals.dryRun ? null : after;
  });
  return paths.configFile;
}

async function watch(invocation: Invocation): Promise<number> {
  const { options, output, signal, io } = invocation;
  const [{ configOf }, { probe }, { daemonOf }, { stateText }, { networkBanner }] = await Promise
    .all([
      import("../../shell/home/load_config.ts"),
      import("./probe.ts"),
      import("../../shell/home/daemon_of.ts"),
      import("../../shell/live_state.ts"),
      import("../../shell/amount.ts"),
    ]);
  const everyMs = options.integer("every", { min: 1, max: 3_600 })! * 1_000;
  const most = options.integer("changes", { min: 1, max: 1_000_000 }) ?? Infinity;
  const { profile, paths } = await configOf(invocation);
  await output.note(networkBanner(profile));
  const look = async (): Promise<PeerState> => {
    const daemon = await daemonOf(paths.controlSocket);
    try {
      const told = await daemon?.call("status") as
        | { readonly live?: { readonly relay?: PeerState } }
        | undefined;
      if (told?.live?.relay) return told.live.relay;
    } finally {
      daemon?.close();
    }
    const { ok, reason } = await probe(
      { what: "relay", url: profile.relayUrl, timeoutMs: 5_000 },
      signal,
    );
    return {
      state: ok ? "connected" : "offline",
      since: new Date(io.clock()).toISOString(),
      reason: ok ? null : reason,
      latency_ms: null,
    };
  };
  let shown = "";
  for (let changes = 0; !signal.aborted;) {
    const now = await look();
    if (now.state !== shown) {
      shown = now.state;
      changes++;
      const row = { relay_url: profile.relayUrl, ...now };
      if (output.mode === "json") await output.documentLine("relay-connection", row);
      else if (output.mode === "text") await output.line(`${profile.relayUrl} ${stateText(now)}`);
      else await output.bytes(new TextEncoder().encode(csvRows(row, changes === 1)));
    }
    if (changes >= most) return 0;
    await pause(everyMs, signal);
  }
  return 0;
}

/** A row of the CSV. The column names are printed once. */
function csvRows(row: Row, first: boolean): string {
  return (first ? csvLine(Object.keys(row)) : "") + csvLine(Object.values(row));
}
