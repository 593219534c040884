/**
 * `crosstown dev run`: runs relay and connector in this process, and each provider as a child process.
 *
 * @module
 */
import { startDevNetwork } from "../../network/dev/dev_network.ts";
import { clearAway } from "../../network/dev/clear_away.ts";
import { devLayout } from "../../network/dev/layout.ts";
import { serveControl } from "../../home/control/control_server.ts";
import { openFileLog } from "../../base/log/file_log.ts";
import type { Invocation } from "../../shell/command.ts";
import { unlessAborted, untilAborted } from "../../base/until_aborted.ts";
import { EXIT_RESTART, holdDaemon, stopOrders } from "../daemon/daemon.ts";
import { CommandError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { ownBuild } from "../../shell/home/same_build.ts";
import { VERSION } from "../../shell/version.ts";
import { providersFrom } from "./providers_option.ts";
import { wireFrom } from "./wire_option.ts";
import { replacePlainFile } from "../../base/files/plain_file.ts";

/** Runs the network until it is stopped. Reports its addresses in one JSON line. */
export async function devRun(invocation: Invocation): Promise<number> {
  const { io, options, output } = invocation;
  const { paths, get } = await configOf(invocation);
  const tracing = get("tracing.endpoint");
  const layout = devLayout(paths.home);
  await clearAway(layout);
  await Deno.mkdir(layout.folder, { recursive: true, mode: 0o700 });
  using file = openFileLog({ path: layout.logFile, clock: io.clock });
  const orders = stopOrders(invocation);
  const stop = new AbortController();
  let fatal = false;
  const founding = startDevNetwork({
    layout,
    hostname: "127.0.0.1",
    relayPort: options.integer("relayPort", { min: 0, max: 65_535 }) ?? 0,
    connectorPort: options.integer("connectorPort", { min: 0, max: 65_535 }) ?? 0,
    wire: wireFrom(options),
    providers: providersFrom(options),
    version: VERSION,
    tracing,
    path: io.env("PATH") ?? "",
    log: file.log,
    onFatal: () => {
      fatal = true;
      stop.abort();
    },
    signal: orders,
  });
  const network = await founding.catch(unlessOrdered(orders));
  if (network === null) return 0;
  const state = {
    relay_url: network.relayUrl,
    relay_pubkey: network.relayPubkey,
    connector_btp: network.connectorBtp,
    wire: wireFrom(options),
    rpc_url: network.rpcUrl,
    provider: network.providers[0].pubkey,
    providers: network.providers.map(({ pubkey }) => pubkey),
    pid: Deno.pid,
    home: paths.home,
    log: layout.logFile,
  };
  const control = await serveControl({
    path: layout.controlSocket,
    handlers: {
      status: async () => ({ ...state, ...await network.status(), ...await ownBuild() }),
      advance: async (params) => {
        const seconds = secondsOf(params);
        const now = await network.advance(seconds);
        return { advanced_s: seconds, chain_time: new Date(now * 1_000).toISOString() };
      },
      balances: () => network.balances(),
      join: async (params) => ({ profile: await network.join(partyOf(params)) }),
      stop: () => {
        // The delay lets the answer leave before the socket closes.
        setTimeout(() => stop.abort(), 10);
        return {};
      },
    },
  });
  const held: Promise<void>[] = [];
  try {
    // Providers start one after the other, because each takes a core for one or two seconds.
    const waiting = [...network.providers];
    const starting = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (stop.signal.aborted) return;
        const provider = holdProvider({
          home: next.home,
          name: `dev ${next.name}`,
          founder: paths.home,
          jobs: options.required("jobs"),
          sandbox: get("node.sandbox"),
          tracing,
          stop,
        });
        held.push(provider.ended);
        await provider.ready;
      }
    };
    await unlessAborted(
      orders,
      Promise.all(Array.from({ length: STARTING_AT_ONCE }, starting)),
    );
    await replacePlainFile(layout.stateFile, `${JSON.stringify(state)}\n`);
    await output.documentLine("dev", state);
    await Promise.race([untilAborted(orders), untilAborted(stop.signal)]);
  } catch (error) {
    unlessOrdered(orders)(error);
  } finally {
    stop.abort();
    await Promise.allSettled(held);
    await network.stop();
    // The socket closes last, because `dev down` waits for it to disappear.
    await control.close();
    await Deno.remove(layout.profileFile).catch(() => undefined);
    await Deno.remove(layout.stateFile).catch(() => undefined);
  }
  return fatal && !orders.aborted ? EXIT_RESTART : 0;
}

const STARTING_AT_ONCE = 2;

/** Ignores the error of a start that was aborted by an ordered stop. */
function unlessOrdered(orders: AbortSignal): (error: unknown) => null {
  return (error) => {
    if (!orders.aborted) throw error;
    return null;
  };
}

/** Supervises one provider's process, which serves the approved skills of `founder`. When the process ends, the network ends. */
function holdProvider({ home, name, founder, jobs, sandbox, tracing, stop }: {
  readonly home: string;
  /** As buyers see it. */
  readonly name: string;
  readonly founder: string;
  readonly jobs: string;
  readonly sandbox: string;
  readonly tracing: string | null;
  readonly stop: AbortController;
}) {
  const up = Promise.withResolvers<void>();
  const ended = holdDaemon({
    args: [
      ...["node", "run", "--own-network", "--name", name, "--skills-of", founder],
      ...["--jobs", jobs, "--sandbox", sandbox, "--output", "json"],
    ],
    env: {
      GASTOWN_HOME: home,
      GASTOWN_MAYOR: "",
      ...(tracing === null ? {} : { GASTOWN_TRACING_ENDPOINT: tracing }),
    },
    signal: stop.signal,
    restartKilled: true,
    onReady: (ready) => ready.error ? up.reject(failureOf(ready.error)) : up.resolve(),
  }).then((code) => {
    up.reject(
      new CommandError(
        "provider_failed",
        `the provider ended with exit code ${code} before it was ready`,
        `see ${home}/hooks/mayor-001/crosstown.log`,
      ),
    );
    stop.abort();
  }, (error) => {
    up.reject(error);
    stop.abort();
  });
  // Nobody waits for this promise if the start was given up.
  up.promise.catch(() => undefined);
  return { ready: up.promise, ended };
}

function partyOf(params: unknown): { readonly pubkey: string; readonly paymentAddress: string } {
  const { pubkey, paymentAddress } = (params ?? {}) as Readonly<Record<string, unknown>>;
  return { pubkey: String(pubkey), paymentAddress: String(paymentAddress) };
}

/** The most that the clock moves at once: the longest grace period that a contract accepts. */
const MAX_ADVANCE_S = 365 * 86_400;

function secondsOf(params: unknown): number {
  const { seconds } = (params ?? {}) as { readonly seconds?: unknown };
  if (Number.isSafeInteger(seconds) && Number(seconds) > 0 && Number(seconds) <= MAX_ADVANCE_S) {
    return Number(seconds);
  }
  throw new CommandError("bad_request", "seconds must be from 1 to a year", "say e.g. 1d");
}

function failureOf(error: unknown): CommandError {
  const { code, message, suggestion } = error as Record<string, unknown>;
  return new CommandError(
    String(code),
    `the provider could not start: ${message}`,
    String(suggestion),
  );
}
