/**
 * Measures whole jobs on a dev network: planned, posted by a paid write and read back, the provider paid, the skill run, the result
 * verified and stored. The buyer is this process, like a daemon; relay, connector, chain and provider are other processes.
 *
 * @module
 */
import { answerSkills } from "../shell/home/buyer_skills.ts";
import { planWith } from "../commands/job/job_making.ts";
import { openMarket } from "../commands/job/open_market.ts";
import { type ConfiguredHome, openConfiguredHome } from "../shell/home/open_home.ts";
import { aboutCommand } from "../shell/home/home_about.ts";
import { processIo } from "../shell/io.ts";
import { RESULT_KINDS, startRelayInbound } from "../home/inbound.ts";
import { awaitJob } from "../home/job_deadline.ts";
import { commitJob, planJob } from "../home/job_flow.ts";
import { startOutbound } from "../home/outbound.ts";
import { type Config, loadConfig } from "../config/config.ts";
import { isFolder, readFile } from "../config/real_files.ts";
import type { JobFlags } from "../market/intake.ts";
import type { PlannedJob } from "../market/plan_job.ts";
import type { QuoteAsker } from "../market/quotes/quotes_service.ts";
import type { JobRow } from "../store/job_row.ts";
import { devHome, run } from "./dev_home.ts";
import { type Figure, median } from "./figures.ts";
import { quantile } from "./many_jobs.ts";

const WARM_UP = 3;
const JOBS = 40;
const COLD = 3;

/** See {@link Figure}. */
export async function benches(): Promise<Figure[]> {
  await using dev = await devHome();
  await using buyer = await openBuyer(dev.folder);
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + JOBS; i++) {
    const startMs = performance.now();
    const row = await buyer.job(crypto.randomUUID());
    if (row.status !== "success") throw new Error(`job ${row.jobId}: ${row.status}`);
    if (i >= WARM_UP) times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  await buyer[Symbol.asyncDispose]();
  const cold: number[] = [];
  for (let i = 0; i < COLD; i++) {
    const startMs = performance.now();
    await run(dev.folder, ["job", "submit", "echo", "--input", crypto.randomUUID(), "--wait"]);
    cold.push(performance.now() - startMs);
  }
  const compare = { name: "the same as a command, cold", value: median(cold) };
  return [0.5, 0.99].map((share) => {
    const value = quantile(times, share);
    return {
      name: `echo job, request to verified result, p${share * 100}`,
      value,
      unit: "ms",
      compare,
      ratio: compare.value / value,
    };
  });
}

/** A running buyer in this process. */
export interface Buyer extends AsyncDisposable {
  readonly home: ConfiguredHome;
  /** Buys an `echo` of this text, or a job of another kind, from any or from one provider; returns the job after it has ended. */
  job(input: string, provider?: string, kind?: number): Promise<JobRow>;
  /** Plans a job as `job submit` does: it asks the providers that fit for quotes and chooses among them. Nothing is sent that costs. */
  plan(order: JobOrder): Promise<PlannedJob>;
  /** Buys a job that {@link plan} has planned; returns it after it has ended. */
  buy(planned: PlannedJob, order: JobOrder): Promise<JobRow>;
}

/** What a planned job is: its type and input, and how it is paid. */
export interface JobOrder extends Pick<JobFlags, "input" | "payment"> {
  readonly type: string;
  readonly bidUnits?: bigint;
}

/** Opens the home like a daemon. */
export async function openBuyer(folder: string): Promise<Buyer> {
  const env: Readonly<Record<string, string>> = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: folder,
    GASTOWN_HOME: folder,
  };
  const config = await loadConfig({
    flags: {},
    env: (name: string) => env[name],
    readFile,
    isFolder,
    cwd: folder,
    homeDir: folder,
    admit: () => Promise.resolve(),
  });
  const home = await openConfiguredHome(config, {
    asker: {
      globals: { nonInteractive: true },
      io: processIo(() => undefined),
      signal: new AbortController().signal,
    },
    oneOff: false,
  });
  const market = await openMarket(home);
  const outbound = await startOutbound(home, { follow: true });
  const answers = await startRelayInbound(home, {
    name: "answers",
    role: "buyer",
    filters: [{ kinds: RESULT_KINDS, "#p": [home.identity.pubkey] }],
    cursor: "bench",
    rules: null,
    skills: answerSkills(home, config),
  });
  await Promise.all([outbound.ready, answers.ready]);
  const stop = new AbortController();
  let closed = false;
  const asks = asking(home);
  const buy = async (planned: PlannedJob, flags: ReturnType<typeof flagsOf>) => {
    const row = await commitJob(home, planned, flags);
    return await awaitJob(home, row.jobId, stop.signal);
  };
  return {
    home,
    async job(input, provider, kind) {
      const flags = {
        ...flagsOf(config, { type: "echo", input }),
        provider: provider ?? null,
        ...kind !== undefined && { kind },
      };
      return await buy(await planJob(home, market, flags), flags);
    },
    plan: (order) => planWith(asks, market, config, flagsOf(config, order)),
    buy: (planned, order) => buy(planned, flagsOf(config, order)),
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      await Promise.allSettled([answers.drain(1_000), outbound.drain(1_000)]);
      await home.stop();
    },
  };
}

function flagsOf(config: Config, order: JobOrder): JobFlags & { readonly callbackSkill: null } {
  return {
    params: [],
    platform: null,
    tags: [],
    provider: null,
    relays: [config.profile.relayUrl],
    timeoutS: 120,
    limitBytes: config.get("limits.prepare_data_bytes"),
    callbackSkill: null,
    ...order,
    bidUnits: order.bidUnits ?? null,
  };
}

/** What planning asks this home. */
function asking(home: ConfiguredHome): Parameters<typeof planWith>[0] {
  const quotes = home.services.quotes!.client() as QuoteAsker;
  return {
    about: aboutCommand(home),
    read: (ask) => ask(home.store as Parameters<typeof ask>[0]),
    announcements: ({ kinds, provider }) => home.relayReader.announcements(kinds, provider),
    quotes: ({ questions, windowMs }) => quotes.ask(questions, windowMs),
  };
}
