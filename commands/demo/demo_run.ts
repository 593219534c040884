/**
 * Runs the demo: the same network, home and job as `dev up` and `job submit --wait`, observed through their logs.
 *
 * @module
 */
import type { Io } from "../../shell/io.ts";
import { commitJob, planJob } from "../../home/job_flow.ts";
import { resultKindOf } from "../../protocols/nostr/kinds.ts";
import type { PlannedJob } from "../../market/plan_job.ts";
import type { Config } from "../../config/config.ts";
import type { JobRow } from "../../store/job_row.ts";
import { formatUnits, M2M } from "../../protocols/ilp/asset.ts";
import { networkBanner } from "../../shell/amount.ts";
import type { Invocation } from "../../shell/command.ts";
import { holdDaemon } from "../daemon/daemon.ts";
import type { Ready } from "../daemon/daemon_ready.ts";
import { CommandError, Interrupted } from "../../shell/errors.ts";
import { openForDemo, settleForDemo, settlementText } from "./demo_settlement.ts";
import { DemoSteps } from "./demo_steps.ts";
import { type JobDocument, jobDocument, jobText } from "../job/job_report.ts";
import { packPaths } from "../job/job_input.ts";
import { openMarket } from "../job/open_market.ts";
import { homeHere } from "../../shell/home/open_here.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { openConfiguredHome } from "../../shell/home/open_home.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { wireFrom } from "../network/wire_option.ts";
import { makeProject } from "./demo_project.ts";
import { removeAll, shortTempDir } from "./demo_folder.ts";
import { askBalances, type Balances } from "./demo_balances.ts";

const TIMEOUT_S = 120;

/** Runs the demo. Exit 0 if the job ran and its result was verified. With `--fail`, the job's tests must also fail. */
export async function demoRun(invocation: Invocation): Promise<number> {
  const { io, options, output, signal } = invocation;
  const fail = options.on("fail");
  const steps = new DemoSteps(io.clock, (text) => void output.line(text).catch(() => {}));
  const stop = new AbortController();
  const abort = () => stop.abort(signal.reason);
  // Checked before the first wait, because a listener that is added later does not hear an earlier abort.
  signal.throwIfAborted();
  signal.addEventListener("abort", abort, { once: true });
  const folder = await shortTempDir();
  let network: Promise<unknown> = Promise.resolve();
  try {
    // The first thing on the screen: the network takes some seconds to start.
    await output.line(networkBanner({ name: "dev", testnet: true }));
    const home = `${folder}/h`;
    await Deno.mkdir(home, { mode: 0o700 });
    const project = await makeProject(`${folder}/greeting`, io.env("PATH") ?? "");
    const up = Promise.withResolvers<Ready>();
    network = holdDaemon({
      args: ["dev", "run", "--wire", wireFrom(options), "--home", home, "--output", "json"],
      signal: stop.signal,
      onReady: (ready) => up.resolve(ready),
    }).then((code) =>
      up.reject(
        new CommandError(
          "network_failed",
          `the network ended with exit code ${code}`,
          "run 'crosstown dev up' to see why",
        ),
      )
    );
    const ready = await unlessAborted(stop.signal, up.promise);
    if (ready.error) throw failureOf(ready.error);
    // From here on, everything belongs to the temporary home, whatever the environment says.
    const config = await configOf({
      globals: {
        ...invocation.globals,
        home,
        network: "dev",
        relay: undefined,
        connector: undefined,
        mayor: undefined,
      },
      io: { ...io, env: onlyPath(io.env), cwd: () => folder },
    });
    steps.add(
      "network_up",
      `relay ${ready.relay_url}, connector ${ready.connector_btp}, provider ${
        short(String(ready.provider))
      }`,
    );
    const document = await buyRun(invocation, config, {
      project,
      fail,
      steps,
      signal: stop.signal,
    });
    await output.document("demo", document.json, () => document.text);
    return document.json.ok ? 0 : 1;
  } catch (error) {
    // An interrupt ends the network first, so a later error only follows from it.
    throw signal.aborted ? startsAgain(signal.reason) : error;
  } finally {
    signal.removeEventListener("abort", abort);
    stop.abort();
    await network.catch(() => undefined);
    await removeAll(folder);
  }
}

/** The reason of an interrupt, which says that nothing of the demo is kept. Nobody reads the words of one that lost its terminal. */
function startsAgain(reason: unknown): unknown {
  if (!(reason instanceof Interrupted) || reason.signal === "SIGHUP") return reason;
  return new Interrupted(reason.signal, {
    goesOn: "nothing of the demo is kept",
    suggestion: "run 'crosstown demo' again: it starts from the beginning",
  });
}

interface BuyOptions {
  readonly project: string;
  readonly fail: boolean;
  readonly steps: DemoSteps;
  readonly signal: AbortSignal;
}

async function buyRun(
  invocation: Invocation,
  config: Config,
  { project, fail, steps, signal }: BuyOptions,
) {
  const { io } = invocation;
  const home = await openConfiguredHome(config, {
    asker: invocation,
    oneOff: true,
    onLog: steps.log,
    path: io.env("PATH") ?? "",
  });
  try {
    await unlessAborted(signal, openForDemo(home, config, steps));
    const market = await openMarket(home);
    const limitBytes = config.get("limits.prepare_data_bytes");
    const path = await Deno.realPath(project);
    const found = await packPaths(invocation, config, [path], {
      includeIgnored: false,
      limitBytes,
    });
    const { packed, files } = found.get(path)!;
    const flags = {
      type: "ci-run",
      input: null,
      packed,
      params: [["command", fail ? "sh test.sh --fail" : "sh test.sh"]] as const,
      platform: null,
      tags: [],
      bidUnits: null,
      provider: null,
      relays: [config.profile.relayUrl],
      timeoutS: TIMEOUT_S,
      limitBytes,
      callbackSkill: null,
    };
    const planned = await unlessAborted(signal, planJob(home, market, flags));
    steps.add(
      "planned",
      `ci-run of ${files?.count} files, ${planned.built.sizeBytes} bytes; provider ${
        short(planned.provider)
      } asks ${formatUnits(planned.priceUnits, M2M)}`,
    );
    const committed = await commitJob(home, planned, flags);
    steps.status(committed);
    const { api } = homeHere(home, config, { io, signal });
    const call = { signal, progress: () => undefined };
    const asked = { jobId: committed.jobId, wanted: "ended", knownMs: null } as const;
    const row = await api.untilJob(asked, call);
    const result = row.result === null ? null : await market.readResult(row.kind, row.result);
    const balances = await askBalances(home, config);
    steps.add("balances", `asked of the connector and of the provider`);
    const settlement = await unlessAborted(signal, settleForDemo(api, config, steps, signal));
    const job = jobDocument(row, result, io.clock());
    const ran = result !== null && typeof result.exit_code === "number";
    const asWanted = ran && (fail ? result.exit_code !== 0 : result.exit_code === 0);
    const ok = asWanted && settlement.adds_up;
    return {
      json: {
        ok,
        job: { id: row.jobId, kind: row.kind, event_id: row.eventId },
        request: { bytes: planned.built.sizeBytes, price_units: planned.writeUnits },
        result: result === null ? null : {
          event_id: result.event_id,
          kind: resultKindOf(row.kind),
          exit_code: result.exit_code ?? null,
          ...(result.tests === undefined ? {} : { tests: result.tests }),
        },
        ...(job.error === undefined ? {} : { error: job.error }),
        paid: job.paid,
        paid_units: job.paid_units,
        balances,
        settlement,
        steps: steps.list,
        elapsed_ms: steps.elapsedMs,
      },
      text: `${textOf(row, planned, job, balances)}\n\n${settlementText(settlement)}`,
    };
  } finally {
    await home.stop(signal.aborted ? 0 : undefined);
  }
}

function textOf(
  row: JobRow,
  planned: PlannedJob,
  job: JobDocument,
  { buyer, provider }: Balances,
): string {
  return [
    "",
    jobText(job, M2M),
    "",
    `Request   ${planned.built.sizeBytes} bytes, ${
      formatUnits(planned.writeUnits, M2M)
    } to the relay, ${formatUnits(row.amountUnits, M2M)} to the provider`,
    buyer === null
      ? "Buyer     the connector did not answer"
      : `Buyer     spent ${formatUnits(buyer.spent_units, M2M)} of ${
        formatUnits(buyer.credited_units, M2M)
      } credited (the connector's figures)`,
    provider === null
      ? "Provider  did not answer"
      : `Provider  earned ${formatUnits(BigInt(provider.earned_units), M2M)}, spent ${
        formatUnits(BigInt(provider.spent_units), M2M)
      } on its writes (its own figures)`,
  ].join("\n");
}

/** Reads only `PATH` from the environment, so that settings of the user's own network do not reach the demo. */
function onlyPath(env: Io["env"]): Io["env"] {
  return (name) =>
    name.startsWith("GASTOWN_") || name.startsWith("CROSSTOWN_") ? undefined : env(name);
}

function failureOf(error: unknown): CommandError {
  const { code, message, suggestion } = error as Record<string, unknown>;
  return new CommandError(String(code), String(message), String(suggestion));
}

function short(key: string): string {
  return `${key.slice(0, 8)}...`;
}
