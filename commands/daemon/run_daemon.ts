/**
 * What a daemon of a home (`mayor run`, `node run`) does around its pipelines: log, control socket, ready line, stop, exit code.
 *
 * @module
 */
import { DEPOSITED_BY_ITSELF } from "../../money/claims/auto_deposit.ts";
import type { Config } from "../../config/config.ts";
import { SOLD_AT_A_LOSS } from "../../home/local/selling_price.ts";
import type { Invocation } from "../../shell/command.ts";
import { unlessAborted, untilAborted } from "../../base/until_aborted.ts";
import { EXIT_RESTART, stopOrders } from "./daemon.ts";
import { clockWarning } from "../../shell/clock_warning.ts";
import { startAlerts } from "./daemon_alerts.ts";
import { startMetrics } from "./daemon_metrics.ts";
import { CommandError } from "../../shell/errors.ts";
import { keysOf } from "../../shell/home/home_keys.ts";
import { forgetSecrets } from "../../shell/home/wallet_secret.ts";
import { liveState } from "../../shell/live_state.ts";
import { type ConfiguredHome, openConfiguredHome } from "../../shell/home/open_home.ts";
import { controlServicesOf, toldLimits, toldRelay } from "../../shell/home/serve_home.ts";

/** What runs inside the daemon. */
interface Work {
  /** What the ready line and `status` say beside pid and key. */
  readonly about: Readonly<Record<string, string | number | boolean | null>>;
  /** What `status` says now. */
  readonly status: () => Readonly<Record<string, unknown>>;
  /** Rejects or resolves when the work ends by itself, which it should not. */
  readonly ended: Promise<void>;
  /** `comesBack`: it is started again at once. */
  readonly drain: (deadlineMs: number, comesBack: boolean) => Promise<void>;
}

/** Received money is claimed before nobody watches any more (docs/money.md#channels); a chain that is away does not hold the end up. */
async function claimWhatIsOurs({ manager, log }: ConfiguredHome): Promise<void> {
  if (manager === null) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) =>
    timer = setTimeout(() => resolve("late"), CLAIM_MS)
  );
  const claimed = manager.closeDown().catch((error: Error) =>
    log("warn", "received money could not be claimed: the next start tries again", {
      error: error.message,
    })
  );
  const ended = await Promise.race([claimed, late]);
  clearTimeout(timer);
  if (ended === "late") log("warn", "a claim is pending: the next start continues with it");
}

/** The last entry of the journal, and so the last commit of the audit, says that the end was in order. */
async function noteShutdown(
  { store, log }: ConfiguredHome,
  role: string,
  again: boolean,
): Promise<void> {
  const entry = {
    type: "shutdown",
    outcome: again ? "restart" : "clean",
    data: { role, pid: Deno.pid },
  } as const;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // A store that does not answer must not hold the end up.
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, NOTE_MS));
  const noted = store.commit([{ op: "journal", entry }]).catch((error: Error) =>
    log("warn", "the end could not be journaled", { error: error.message })
  );
  await Promise.race([noted, late]);
  clearTimeout(timer);
}

/** Where the audit's branch is pushed. A folder of this machine is written by a git of its own, so it is named twice. */
function auditRemoteOf(config: Config, allowLocal: boolean): string | null {
  const remote = config.get("audit.remote");
  if (remote === null || !remote.startsWith("/") || allowLocal) return remote;
  throw new CommandError(
    "local_remote",
    `the audit's remote ${remote} is a folder of this machine`,
    "add --allow-local if you mean it, or set remote under [audit] to an ssh or https address",
  );
}

const NOTE_MS = 1_000;
const CLAIM_MS = 5_000;
const DRAIN_MS = 5_000;
/** How soon the control socket hears that relay, connector or chain came or went, and how old its counters may be. */
const TELL_MS = 1_000;
const COUNTERS_MS = 5_000;

/** What a provider is told that sells below its costs. */
function lossText({ kind, price_units, writes_units }: Readonly<Record<string, unknown>>): string {
  return `kind ${kind} costs ${price_units} units here, and the relay writes for a small job cost about ${writes_units}: ` +
    "raise flat_units in its skill.toml, or price_units under [node]";
}

/** Runs until it is stopped: exit 0; or must be started again: exit 75. */
export async function runDaemon(
  invocation: Invocation,
  config: Config,
  role: "mayor" | "node",
  start: (home: ConfiguredHome) => Promise<Work>,
): Promise<number> {
  const { io, output } = invocation;
  let fatal = false;
  const mustLeave = Promise.withResolvers<void>();
  const auditRemote = auditRemoteOf(config, invocation.options.on("allowLocal"));
  // Where it comes by standard input, its line is before what tells the daemon to stop.
  await keysOf(config, invocation);
  const orders = stopOrders(invocation);
  const warnOfClocks = clockWarning((text) => void output.warn(text));
  const live = liveState({ connector: config.profile.connectorBtp !== null }, io.clock);
  const ended = new AbortController();
  const home = await openConfiguredHome(config, {
    asker: invocation,
    oneOff: false,
    isolate: invocation.options.on("isolate"),
    verbose: invocation.globals.verbose,
    path: io.env("PATH") ?? "",
    auditRemote,
    onLog: (level, msg, fields = {}) => {
      live.log(level, msg, fields);
      const { channel, deposited } = fields;
      warnOfClocks(level, msg, fields);
      if (msg === SOLD_AT_A_LOSS) void output.warn(lossText(fields));
      if (DEPOSITED_BY_ITSELF.includes(msg)) void output.note(`${msg}: ${deposited} in ${channel}`);
    },
    onFatal: () => {
      fatal = true;
      mustLeave.resolve();
    },
  });
  // The signer has the keys; nothing here needs what opened them.
  forgetSecrets(io);
  let started = false;
  try {
    const starting = start(home);
    // Nobody waits for the end of what was given up while it started.
    starting.then(({ ended }) => ended).catch(() => undefined);
    const work = await unlessAborted(orders, starting);
    started = true;
    const network = config.profile.name;
    const started_at = new Date(io.clock()).toISOString();
    const metrics = await startMetrics(home, invocation, config, { role, network, started_at });
    const about = {
      role,
      pid: Deno.pid,
      network,
      ...toldRelay(config.profile),
      testnet: config.profile.testnet,
      pubkey: home.identity.pubkey,
      answers_key: home.identity.answersKey,
      started_at,
      ...(metrics === null ? {} : { metrics_url: metrics.url }),
      ...toldLimits(home),
      ...work.about,
    };
    const service = await home.supervisor.service("control", {
      path: config.paths.controlSocket,
      about,
    }, controlServicesOf(home));
    const control = service.client();
    await startAlerts(home, config, { live, clock: io.clock, signal: ended.signal });
    if (home.manager !== null) live.follow(home.chain, ended.signal);
    let [told, toldAtMs] = ["", 0];
    const tell = async () => {
      const now = live.now();
      [told, toldAtMs] = [JSON.stringify(now), performance.now()];
      const status = work.status();
      await Promise.all([control.tell({ live: now, ...status }), metrics?.tell(now, status)]);
    };
    const telling = setInterval(() => {
      const same = JSON.stringify(live.now()) === told;
      if (same && performance.now() - toldAtMs < COUNTERS_MS) return;
      tell().catch(() => undefined);
    }, TELL_MS);
    await tell();
    home.log("info", `${role} is up`, about);
    await output.jsonLine(about);
    home.audit?.start();
    await Promise.race([
      control.untilStop(),
      mustLeave.promise,
      work.ended.catch((error: Error) => {
        fatal = true;
        home.log("error", "a pipeline ended", { error: error.message });
      }),
      untilAborted(orders),
    ]);
    clearInterval(telling);
    home.log("info", `${role} is stopping`);
    await work.drain(DRAIN_MS, fatal);
    await claimWhatIsOurs(home);
    await noteShutdown(home, role, fatal);
    return fatal ? EXIT_RESTART : 0;
  } catch (error) {
    if (started || !orders.aborted) throw error;
    return 0;
  } finally {
    ended.abort();
    await home.stop(started ? DRAIN_MS : 0);
  }
}
