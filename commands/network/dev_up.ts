/**
 * `crosstown dev up|status|down`: starts, queries and stops the embedded network's process.
 *
 * @module
 */
import { parentEnded } from "../../base/parent_ended.ts";
import { codeOf } from "../../base/thrown.ts";
import { devLayout } from "../../network/dev/layout.ts";
import { type ControlClient, controlClient } from "../../home/control/control_client.ts";
import type { Invocation } from "../../shell/command.ts";
import { detachDaemon, holdDaemon, stopOrders } from "../daemon/daemon.ts";
import { printNotReady, type Ready } from "../daemon/daemon_ready.ts";
import { formatUnits, M2M } from "../../protocols/ilp/asset.ts";
import { networkBanner } from "../../shell/amount.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { decimalWei } from "../../shell/gas_amount.ts";
import { checkSameBuild, type Served } from "../../shell/home/same_build.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { snakeKeys } from "../../shell/snake_keys.ts";
import { alignedText } from "../../shell/output.ts";
import { providersFrom } from "./providers_option.ts";
import { wireFrom } from "./wire_option.ts";

/** Lets the network continue after the process that started it has ended. `--detach` uses it. */
const STAY = "--stay";

/**
 * Starts the network, in the foreground or detached. In the foreground, the network ends with the process that started it, even if that
 * process is killed.
 */
export async function devUp(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const { paths } = await configOf(invocation);
  const layout = devLayout(paths.home);
  const running = await connect(layout.controlSocket);
  if (running !== null) {
    running.close();
    throw new CommandError(
      "already_up",
      "a dev network is up in this home",
      "use it, or run 'crosstown dev down' first",
    );
  }
  const ports = [
    "--relay-port",
    options.required("relayPort"),
    "--connector-port",
    options.required("connectorPort"),
    "--jobs",
    options.required("jobs"),
    "--providers",
    String(providersFrom(options)),
    "--wire",
    wireFrom(options),
  ];
  const where = ["--home", paths.home];
  // Each provider needs some seconds of a core to start, and a busy machine may take long to give them.
  const readyMs = 120_000 + 10_000 * providersFrom(options);
  const show = (ready: Ready) =>
    output.document("dev", readyOf(ready), () => upText(ready, paths.home));
  if (options.on("detach")) {
    const follows = options.on("untilStdinCloses");
    const args = ["dev", "up", ...ports, ...where, STAY];
    if (follows) args.push("--until-stdin-closes");
    await show(await detachDaemon(args, { readyMs, inheritStdin: follows }));
    return 0;
  }
  const orders = stopOrders(invocation);
  const over = new AbortController();
  const signal = options.on("stay")
    ? orders
    : AbortSignal.any([orders, parentEnded(AbortSignal.any([orders, over.signal]))]);
  return await holdDaemon({
    args: ["dev", "run", ...ports, ...where, "--output", "json"],
    signal,
    readyMs,
    async onReady(ready) {
      if (ready.error) await printNotReady(output, ready);
      else await show(ready);
    },
  }).finally(() => over.abort());
}

/** Prints the network of this home. Exit 1 if none is running. */
export async function devStatus(invocation: Invocation): Promise<number> {
  const { paths } = await configOf(invocation);
  const client = await connect(devLayout(paths.home).controlSocket);
  if (client === null) throw notUp();
  try {
    const status = await client.call("status") as Ready;
    await checkSameBuild(status, { role: "dev" });
    const { relay, connector } = status;
    const document = { ...status, relay: snakeKeys(relay), connector: snakeKeys(connector) };
    await invocation.output.document("dev-status", document, () => statusText(status));
    return 0;
  } finally {
    client.close();
  }
}

/** Moves the chain's clock forward. */
export async function devAdvance(invocation: Invocation): Promise<number> {
  const text = invocation.args.required("time");
  const [, count, unit] = /^(\d{1,8})(s|m|h|d)$/.exec(text) ?? [];
  if (count === undefined) {
    throw new UsageError(`a time must be like 90s, 30m, 24h or 2d (got ${text})`, "say e.g. 1d");
  }
  const seconds = Number(count) *
    { s: 1, m: 60, h: 3_600, d: 86_400 }[unit as "s" | "m" | "h" | "d"];
  const moved = await askNetwork(invocation, "advance", { seconds }) as Ready;
  await invocation.output.document(
    "dev-clock",
    moved,
    () => `The chain's clock is at ${moved.chain_time}`,
  );
  return 0;
}

const DEV_BANNER = networkBanner({ name: "dev", testnet: true });

/** Prints the balances on the chain. */
export async function devBalances(invocation: Invocation): Promise<number> {
  const document = balancesDocument(await askNetwork(invocation, "balances"));
  const { parties, in_channels_units, minted_units } = document;
  const rows = parties.map((party) => ({ ...party }));
  await invocation.output.document("dev-balances", document, () =>
    [
      DEV_BANNER,
      alignedText([
        ["PARTY", "TOKENS", "GAS"],
        ...parties.map((
          { party, units, gas_wei },
        ) => [party, formatUnits(units, M2M), `${decimalWei(gas_wei)} ETH`]),
        ["in channels", formatUnits(in_channels_units, M2M), ""],
        ["minted", formatUnits(minted_units, M2M), ""],
      ]),
    ].join("\n"), rows);
  return 0;
}

async function askNetwork(invocation: Invocation, method: string, params?: unknown) {
  const { paths } = await configOf(invocation);
  const client = await connect(devLayout(paths.home).controlSocket);
  if (client === null) throw notUp();
  try {
    await checkSameBuild(await client.call("status") as Served, { role: "dev" });
    return await client.call(method, params);
  } finally {
    client.close();
  }
}

/** The balances from the network's process, as commands print them. */
export function balancesDocument(json: unknown) {
  const { minted, inChannels, parties } = json as {
    readonly minted: string;
    readonly inChannels: string;
    readonly parties: Readonly<
      Record<string, Readonly<Record<"address" | "units" | "grantedUnits" | "gasWei", string>>>
    >;
  };
  return {
    minted_units: BigInt(minted),
    in_channels_units: BigInt(inChannels),
    parties: Object.entries(parties).map(([party, { address, units, grantedUnits, gasWei }]) => ({
      party,
      address,
      units: BigInt(units),
      granted_units: BigInt(grantedUnits),
      gas_wei: BigInt(gasWei),
    })),
  };
}

/** Stops the network and removes its folder. */
export async function devDown(invocation: Invocation): Promise<number> {
  const { output, options, io } = invocation;
  const { paths } = await configOf(invocation);
  const layout = devLayout(paths.home);
  const client = await connect(layout.controlSocket);
  if (client !== null) {
    try {
      await client.call("stop");
    } finally {
      client.close();
    }
    await untilGone(layout.controlSocket, io.clock);
  }
  const kept = options.on("keep");
  if (!kept) {
    await Deno.remove(layout.folder, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  await output.document(
    "stopped",
    { stopped: client !== null, removed: !kept },
    client === null ? "No dev network was up" : "The dev network is down",
  );
  return 0;
}

const GONE_MS = 15_000;
const POLL_MS = 20;

/** Waits until the process has released everything. It removes the socket after its provider and its workers have ended. */
async function untilGone(socket: string, clock: () => number): Promise<void> {
  const untilMs = clock() + GONE_MS;
  while (clock() < untilMs) {
    const client = await connect(socket);
    if (client === null) return;
    client.close();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new CommandError(
    "still_up",
    "the dev network did not stop",
    "see its log, dev/dev.log in this home",
  );
}

async function connect(socket: string): Promise<ControlClient | null> {
  try {
    return await controlClient(socket);
  } catch (error) {
    if (codeOf(error) === "no_daemon") return null;
    throw error;
  }
}

function notUp(): CommandError {
  return new CommandError(
    "not_up",
    "no dev network is up in this home",
    "run 'crosstown dev up --detach'",
  );
}

function readyOf(ready: Ready) {
  const { relay_url, connector_btp, rpc_url, provider, providers, pid } = ready;
  return { relay_url, connector_btp, rpc_url, provider, providers, pid };
}

function upText(ready: Ready, home: string): string {
  return [
    networkBanner({ name: "dev", testnet: true }),
    `  relay      ${ready.relay_url}`,
    `  connector  ${ready.connector_btp}`,
    `  chain      ${ready.rpc_url} (open to every user here)`,
    ...(ready.providers as readonly string[]).map((each) => `  provider   ${each}`),
    `  home       ${home}`,
    "",
    "Try:  crosstown job submit echo --input hello --wait",
  ].join("\n");
}

function statusText(status: Ready): string {
  const relay = status.relay as Readonly<Record<string, unknown>>;
  const connector = status.connector as {
    readonly sessions: readonly { readonly username: string; readonly proven: boolean }[];
  };
  return [
    "TESTNET dev",
    `  relay      ${status.relay_url} (${relay.events} events, ${relay.connections} connections)`,
    `  connector  ${status.connector_btp} (${
      connector.sessions.map((each) => each.username).join(", ") || "no sessions"
    })`,
    `  chain      ${status.rpc_url}`,
    ...(status.providers as readonly string[]).map((each) => `  provider   ${each}`),
    `  pid        ${status.pid}`,
  ].join("\n");
}
