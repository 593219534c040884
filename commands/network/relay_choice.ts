/**
 * `crosstown relay connect`, `disconnect` and `watch`: which relay this home talks to, and how the line to it is from now on.
 *
 * @module
 */
import type { CommandSpec, Invocation } from "../shell/command.ts";
import { CommandError } from "../shell/errors.ts";
import type { PeerState } from "../shell/live_state.ts";
import { readPlainText } from "../../base/files/plain_file.ts";

/** `crosstown relay connect|disconnect|watch`. */
export const relayChoice: readonly CommandSpec[] = [
  {
    name: "connect",
    summary: "try a relay, and use it from now on",
    description:
      "Asks the relay; when it answers, its address becomes `relay` in crosstown.toml. A daemon takes it at its next start.",
    args: [{ name: "<url>", summary: "wss://host, or ws:// on this machine" }],
    options: [{ flags: "--timeout <seconds>", summary: "how long to wait", default: "5" }],
    examples: [{ command: "crosstown relay connect wss://relay.example.org" }],
    run: connect,
  },
  {
    name: "disconnect",
    summary: "forget that relay: the network's own counts again",
    examples: [{ command: "crosstown relay disconnect" }],
    run: disconnect,
  },
  {
    name: "watch",
    summary: "show each change of the line to the relay, until Ctrl-C",
    description:
      "Beside a daemon it shows the daemon's own session; else the relay is asked anew each time.",
    options: [
      { flags: "--every <seconds>", summary: "how often to look", default: "5" },
      { flags: "--changes <count>", summary: "end after so many lines" },
    ],
    examples: [{ command: "crosstown relay watch --output json", note: "a line for each change" }],
    run: watch,
  },
];

async function connect(invocation: Invocation): Promise<number> {
  const { args, options, output, signal } = invocation;
  const [{ configOf }, { probe }, { checkRelayUrl }, { networkBanner }] = await Promise.all([
    import("../home/load_config.ts"),
    import("./probe.ts"),
    import("../../base/urls.ts"),
    import("../shell/amount.ts"),
  ]);
  const url = checkRelayUrl(args.required("url"), "url");
  const config = await configOf(invocation);
  if (config.profile.name === "dev") {
    throw new CommandError(
      "own_relay",
      "the dev network has a relay of its own",
      "name another network with --network, or take this one down with 'crosstown dev down'",
    );
  }
  const timeoutMs = options.integer("timeout", { min: 1, max: 300 })! * 1_000;
  const answer = await probe({ what: "relay", url, timeoutMs }, signal);
  if (!answer.ok) {
    throw new CommandError(
      "unreachable",
      `${url} does not answer: ${answer.reason ?? "no answer"}`,
      "check the address; nothing was changed",
    );
  }
  const file = await write(config.paths, url);
  await output.document(
    { relay_url: url, network: config.profile.name, connect_ms: answer.elapsedMs, file },
    `${
      networkBanner(config.profile)
    }\nConnected to ${url} in ${answer.elapsedMs} ms; it stands in ${file}`,
  );
  return 0;
}

async function disconnect(invocation: Invocation): Promise<number> {
  const { output } = invocation;
  const { configOf } = await import("../home/load_config.ts");
  const { paths } = await configOf(invocation);
  const file = await write(paths, null);
  const { profile } = await configOf(invocation);
  await output.document(
    { relay_url: profile.relayUrl, network: profile.name, file },
    `The relay is ${profile.relayUrl} again, as ${profile.name} has it`,
  );
  return 0;
}

/** By rename: a crash leaves the old file or the new one, and a link in its place is replaced, not followed. */
async function write(
  { home, configFile }: { readonly home: string; readonly configFile: string },
  url: string | null,
): Promise<string> {
  const { withRelay } = await import("../../config/relay_setting.ts");
  await Deno.mkdir(home, { recursive: true, mode: 0o700 });
  const before = await readPlainText(configFile).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const draft = `${configFile}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, withRelay(before, url), { mode: 0o600, createNew: true });
  await Deno.rename(draft, configFile);
  return configFile;
}

async function watch(invocation: Invocation): Promise<number> {
  const { options, output, signal, io } = invocation;
  const [{ configOf }, { probe }, { daemonOf }, { stateText }, { networkBanner }] = await Promise
    .all([
      import("../home/load_config.ts"),
      import("./probe.ts"),
      import("../home/daemon_of.ts"),
      import("../shell/live_state.ts"),
      import("../shell/amount.ts"),
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
    };
  };
  let shown = "";
  for (let changes = 0; !signal.aborted;) {
    const now = await look();
    if (now.state !== shown) {
      shown = now.state;
      changes++;
      if (output.mode === "json") await output.jsonLine({ relay_url: profile.relayUrl, ...now });
      else await output.line(`${profile.relayUrl} ${stateText(now)}`);
    }
    if (changes >= most) return 0;
    await pause(everyMs, signal);
  }
  return 0;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
