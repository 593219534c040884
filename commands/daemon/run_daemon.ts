/**
 * What the daemons of a home (`mayor run`, `node run`) share around their pipelines: log, control socket, ready line, stop, exit code.
 *
 * @module
 */
import { watchDeliveries } from "../../home/message_deliveries.ts";
import { DEPOSITED_BY_ITSELF } from "../../money/claims/auto_deposit.ts";
import type { Config } from "../../config/config.ts";
import { SOLD_AT_A_LOSS } from "../../home/local/selling_price.ts";
import type { Invocation } from "../../shell/command.ts";
import { pause } from "../../base/pause.ts";
import { unlessAborted, untilAborted } from "../../base/until_aborted.ts";
import { EXIT_RESTART, stopOrders } from "./daemon.ts";
import { clockWarning } from "../../shell/clock_warning.ts";
import { applySettings } from "./apply_settings.ts";
import { startAlerts } from "./daemon_alerts.ts";
import { liveSettings } from "./live_settings.ts";
import { startMetrics } from "./daemon_metrics.ts";
import { startTracing } from "./daemon_tracing.ts";
import { onHangUp } from "../../shell/hang_up.ts";
import type { SettingsTold } from "../../shell/home/daemon_settings.ts";
import { CommandError } from "../../shell/errors.ts";
import { OutputError } from "../../shell/output_error.ts";
import { keysOf } from "../../shell/home/home_keys.ts";
import { forgetSecrets } from "../../shell/home/wallet_secret.ts";
import { type LiveState, liveState } from "../../shell/live_state.ts";
import {
  channelLimitsOf,
  type ConfiguredHome,
  openConfiguredHome,
} from "../../shell/home/open_home.ts";
import { ownBuild } from "../../shell/home/same_build.ts";
import { toldLimits, toldRelay } from "../../shell/home/home_about.ts";
import { controlServicesOf } from "../../shell/home/serve_home.ts";

/** The work that runs inside the daemon. */
interface Work {
  /** Fields of the ready line and of `status`, beside the process id and the key. */
  readonly about: Readonly<Record<string, string | number | boolean | null>>;
  /** The current fields of `status`. */
  readonly status: () => Readonly<Record<string, unknown>>;
  /** Uses other settings from now on; absent if none of its own may change. */
  readonly configure?: (now: Config) => Promise<void>;
  /** Starts its outbound pipeline again, with the connectors of the home's profile as they are now. */
  readonly useConnectors: () => Promise<void>;
  /** Settles if the work ends without being stopped. This is an error. */
  readonly ended: Promise<void>;
  /** Stops the work. `comesBack`: the daemon is restarted at once. `isAway`: relay or connector are not reached, so nothing can be sent. */
  readonly drain: (
    deadlineMs: number,
    how: { readonly comesBack: boolean; readonly isAway: boolean },
  ) => Promise<void>;
}

/**
 * Claims received money before the home stops watching its channels (docs/money.md#channels). An unreachable chain does not delay the stop.
 */
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

/** Writes the last entry of the journal, which is also the last commit of the audit. It shows that the daemon stopped in order. */
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
  // The stop does not wait for a store that does not answer.
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, NOTE_MS));
  const noted = store.commit([{ op: "journal", entry }]).catch((error: Error) =>
    log("warn", "the end could not be journaled", { error: error.message })
  );
  await Promise.race([noted, late]);
  clearTimeout(timer);
}

/**
 * The address to which the audit's branch is pushed. A folder on this machine needs a second consent (`allowLocal`), because git writes it
 * itself.
 */
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
const GIVE_UP_MS = 1_000;
/**
 * How soon the control socket learns that the relay, the connector or the chain came or went, in milliseconds. Counters may be that old.
 */
const TELL_MS = 1_000;
const COUNTERS_MS = 5_000;

/** All that it knows, to compare. */
function stateOf(live: LiveState, settings: SettingsTold): string {
  return JSON.stringify([live.now(), live.further(), live.furtherConnectors(), settings]);
}

/** The warning to a provider that sells below its costs. */
function lossText({ kind, price_units, writes_units }: Readonly<Record<string, unknown>>): string {
  return `kind ${kind} costs ${price_units} units here, and the relay writes for a small job cost about ${writes_units}: ` +
    "raise flat_units in its skill.toml, or price_units under [node]";
}

/** Runs the daemon until it is stopped (exit 0), or until it must be restarted (exit 75). */
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
  // On standard input, the passphrase's line comes before the end that tells the daemon to stop.
  await keysOf(config, invocation);
  const orders = stopOrders(invocation);
  const warnOfClocks = clockWarning((text) => void output.warn(text));
  const { connectorBtp, moreRelays, moreConnectors } = config.profile;
  const live = liveState(
    { connector: connectorBtp !== null, moreRelays, moreConnectors },
    io.clock,
  );
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
  // The signer has the keys now, so this process drops the passphrase.
  forgetSecrets(io);
  let started = false;
  const starting = start(home);
  // A start that was given up may still fail later.
  const settled = starting.then(({ ended }) => void ended.catch(() => undefined), () => undefined);
  try {
    const work = await unlessAborted(orders, starting);
    started = true;
    const network = config.profile.name;
    const started_at = new Date(io.clock()).toISOString();
    const metrics = await startMetrics(home, invocation, config, { role, network, started_at });
    const about = {
      role,
      pid: Deno.pid,
      ...await ownBuild(),
      network,
      ...toldRelay(config.profile),
      testnet: config.profile.testnet,
      pubkey: home.identity.pubkey,
      answers_key: home.identity.answersKey,
      started_at,
      ...toldLimits(home),
      ...work.about,
    };
    const service = await home.supervisor.service("control", {
      path: config.paths.controlSocket,
      about,
    }, controlServicesOf(home));
    const control = service.client();
    let alerts = await startAlerts(home, config, { live, clock: io.clock });
    const tracing = await startTracing(home, config, role);
    const settings = liveSettings({
      invocation,
      config,
      role,
      log: home.log,
      useConnectors: home.useConnectors && (async (now) => {
        const { moreConnectors = [] } = now.profile;
        await home.useConnectors!(moreConnectors, channelLimitsOf(now));
        home.audit?.renew();
        live.useConnectors(moreConnectors);
        await work.useConnectors();
      }),
      apply: (now, changed) =>
        applySettings(
          {
            home,
            work: async (now) => await work.configure?.(now),
            async alerts(now) {
              await alerts.stop();
              alerts = await startAlerts(home, now, { live, clock: io.clock });
            },
            metrics: metrics.configure,
            tracing: tracing.configure,
          },
          now,
          changed,
        ),
    });
    await settings.look();
    const served = () => {
      const metrics_url = metrics.url();
      return metrics_url === null ? {} : { metrics_url };
    };
    if (home.manager !== null) live.follow(home.chain, ended.signal, { rests: home.channelsRest });
    let [told, toldAtMs] = ["", 0];
    const tell = async () => {
      const now = live.now();
      [told, toldAtMs] = [stateOf(live, settings.told()), performance.now()];
      const status = work.status();
      const [more_relays, more_connectors] = [live.further(), live.furtherConnectors()];
      await Promise.all([
        control.tell({
          live: now,
          ...more_relays.length > 0 && { more_relays },
          ...more_connectors.length > 0 && { more_connectors },
          ...toldLimits(home),
          settings: settings.told(),
          ...served(),
          ...status,
        }),
        metrics.tell(live.peers(), status),
      ]);
    };
    const telling = setInterval(() => {
      void settings.look().then(async () => {
        const same = stateOf(live, settings.told()) === told;
        if (same && performance.now() - toldAtMs < COUNTERS_MS) return;
        await tell();
      }).catch(() => undefined);
    }, TELL_MS);
    using _hangUps = onHangUp(() => void settings.lookAgain().then(tell).catch(() => undefined));
    await tell();
    const ready = { ...about, ...served() };
    home.log("info", `${role} is up`, ready);
    await output.documentLine("daemon", ready).catch((error: unknown) => {
      if (!(error instanceof OutputError)) throw error;
      home.log("warn", "only the log and the socket say so", { error: error.message });
    });
    home.audit?.start();
    const { store, log, services } = home;
    const messages = () => services.messages.client();
    using _deliveries = watchDeliveries({ store, log, messages, clock: io.clock });
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
    const { relay, connector } = live.now();
    const isAway = relay.state === "offline" || connector?.state === "offline";
    await work.drain(DRAIN_MS, { comesBack: fatal, isAway });
    await claimWhatIsOurs(home);
    await noteShutdown(home, role, fatal);
    return fatal ? EXIT_RESTART : 0;
  } catch (error) {
    if (started || !orders.aborted) throw error;
    return 0;
  } finally {
    ended.abort();
    await home.stop(started ? DRAIN_MS : 0);
    // What a start that was given up has made is removed when it fails, now that its services have ended.
    if (!started) await Promise.race([settled, pause(GIVE_UP_MS)]);
  }
}
