/**
 * An agent that was tricked into spending as much as it can, through the real server, its schemas and the program's own reader of command
 * lines. Its market is the most expensive one: a job costs its whole `--bid`, and each cancellation costs a write.
 */
import assert from "node:assert/strict";
import { InMemoryTransport } from "@modelcontextprotocol/server";
import { AgentSession, type Answer } from "../../mcp/agent_session.ts";
import { mcpServer } from "../../mcp/server.ts";
import { TOOLS } from "../../mcp/tools.ts";
import { command as job } from "../../commands/job.ts";
import type { CommandSpec } from "../../shell/command.ts";
import { parseAmount } from "../../shell/amount.ts";
import { CommandError } from "../../shell/errors.ts";
import { run } from "../commands/memory_io.ts";

const ASSET = { code: "M2M", scale: 6, unit: "M2M" } as never;
const JOB_UNITS = 200_000n;
const TOTAL_UNITS = 1_000_000n;
const ASK_ABOVE_UNITS = 150_000n;
const WRITE_UNITS = 5_000n;

interface Bought {
  bidUnits: bigint;
  paidUnits: bigint;
  status: string;
  /** The rest of a job that ended, for the key to its result; 0 when it was paid. */
  restUnits: bigint;
}

/** The home's side: the program reads the commands' real flags, and the market takes the maximum. */
class Market {
  readonly jobs = new Map<string, Bought>();
  /** What the home paid in all. */
  paidUnits = 0n;
  toppedUp = 0;
  keys = 0;
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  readonly commands: readonly CommandSpec[] = [{
    ...job,
    commands: job.commands!.map((spec) => ({ ...spec, run: RUNS[spec.name]?.(this) ?? REFUSES })),
  }, {
    name: "channel",
    summary: "",
    commands: [{
      name: "list",
      summary: "",
      run: async ({ output }) => await output.document("channel-list", { channels: [] }, ""),
    }],
  }];

  pay(bought: Bought, units: bigint): void {
    bought.paidUnits += units;
    this.paidUnits += units;
  }

  buy(bidUnits: bigint): string {
    const id = `job-${this.jobs.size.toString(16).padStart(7, "0")}`;
    const bought = { bidUnits, paidUnits: 0n, status: "processing", restUnits: 0n };
    this.jobs.set(id, bought);
    this.pay(bought, bidUnits);
    const roll = this.#next() % 4;
    if (roll === 0) bought.status = "success";
    if (roll === 1) {
      bought.status = "error";
      bought.restUnits = 30_000n;
    }
    // Paid, and the command does not live to say so.
    if (roll === 2 && this.#next() % 8 === 0) throw new Error("the process ended");
    return id;
  }

  documentOf(id: string) {
    const { status, paidUnits } = this.jobs.get(id)!;
    const paid = { write_units: String(WRITE_UNITS), job_units: String(paidUnits - WRITE_UNITS) };
    return { job_id: id, status, paid, paid_units: String(paidUnits) };
  }

  /** Pays what the bid still allows. */
  payAll(bought: Bought): void {
    if (bought.bidUnits > bought.paidUnits) this.pay(bought, bought.bidUnits - bought.paidUnits);
  }

  meterOf(id: string, mostUnits: bigint) {
    return { job_id: id, state: "running", most_units: String(mostUnits) };
  }

  running(given: string): string {
    const id = this.find(given);
    if (this.jobs.get(id)!.status === "processing") return id;
    throw new CommandError("job_over", "it has ended", "-");
  }

  find(id: string): string {
    if (this.jobs.has(id)) return id;
    throw new CommandError("not_found", "there is no such job", "see 'crosstown job list'");
  }
}

type Run = NonNullable<CommandSpec["run"]>;
const REFUSES: Run = () => Promise.resolve(1);

const RUNS: Readonly<Record<string, (market: Market) => Run>> = {
  submit: (market) => async ({ options, globals, output }) => {
    const bid = parseAmount(options.required("bid"), ASSET);
    assert.equal(bid.rail, "m2m");
    const units = (bid as { readonly units: bigint }).units;
    if (globals.dryRun) {
      await output.document("job-plan", { dry_run: true, total_units: units }, "");
    } else await output.document("job", market.documentOf(market.buy(units)), "");
  },
  status: (market) => async ({ args, output }) =>
    await output.document("job", market.documentOf(market.find(args.required("id"))), ""),
  wait: (market) => async ({ args, output }) => {
    const id = market.find(args.list("id")[0] ?? args.required("id"));
    await output.document("job", market.documentOf(id), "");
  },
  cancel: (market) => async ({ args, output }) => {
    const id = market.find(args.required("id"));
    const bought = market.jobs.get(id)!;
    if (bought.status !== "processing") throw new CommandError("job_over", "it has ended", "-");
    bought.status = "cancelled";
    // One byte longer than the request.
    market.pay(bought, WRITE_UNITS + 10n);
    const document = { ...market.documentOf(id), provider_told: "told" };
    await output.document("job-cancel", document, "");
  },
  pause: (market) => async ({ args, output }) => {
    const id = market.find(args.required("id"));
    await output.document("job-meter", market.meterOf(id, 0n), "");
  },
  // A job that goes on costs all that its bid allows.
  resume: (market) => async ({ args, globals, output }) => {
    const id = market.running(args.required("id"));
    const bought = market.jobs.get(id)!;
    if (!globals.dryRun) market.payAll(bought);
    await output.document("job-meter", market.meterOf(id, bought.bidUnits), "");
  },
  "top-up": (market) => async ({ args, options, globals, output }) => {
    const id = market.running(args.required("id"));
    const bought = market.jobs.get(id)!;
    const bid = parseAmount(options.required("bid"), ASSET);
    const units = (bid as { readonly units: bigint }).units;
    if (units <= bought.bidUnits) throw new CommandError("bid_too_low", "it may cost that", "-");
    if (!globals.dryRun) {
      bought.bidUnits = units;
      market.payAll(bought);
      market.toppedUp++;
    }
    await output.document("job-meter", market.meterOf(id, units), "");
  },
  pay: (market) => async ({ args, globals, output }) => {
    const id = market.find(args.required("id"));
    const bought = market.jobs.get(id)!;
    const { restUnits } = bought;
    if (restUnits === 0n) throw new CommandError("not_sealed", "there is nothing to pay", "-");
    if (!globals.dryRun) {
      bought.restUnits = 0n;
      // Others of the eight look at the job meanwhile.
      for (let turns = 0; turns < 20; turns++) await Promise.resolve();
      market.pay(bought, restUnits);
      market.keys++;
    }
    const document = { ...market.documentOf(id), rest_units: String(restUnits) };
    await output.document("job-pay", document, "");
  },
  list: (market) => async ({ output }) =>
    await output.document("job-list", { jobs: [...market.jobs.keys()] }, ""),
};

/** The session with commands that reach the market. */
class InMarket extends AgentSession {
  readonly #market: Market;

  constructor(market: Market) {
    super({
      jobUnits: JOB_UNITS,
      totalUnits: TOTAL_UNITS,
      askAboveUnits: ASK_ABOVE_UNITS,
      globals: ["--non-interactive"],
      env: () => undefined,
      run: () => assert.fail("a command ran"),
      shared: [],
      format: String,
    });
    this.#market = market;
  }

  override async call(
    args: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const all = ["--output", "json", "--non-interactive", ...args];
    const { code, out } = await run(all, { commands: this.#market.commands });
    // The work is done, and the command is ended before it can say so.
    for (let turns = 0; turns < 50; turns++) await Promise.resolve();
    if (signal?.aborted) return { ok: false, document: { error: { code: "interrupted" } } };
    return { ok: code === 0, document: JSON.parse(out) };
  }
}

/** Small numbers that are the same in each run (Lehmer). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => state = state * 48_271 % 2_147_483_647;
}

const BIDS = [
  ...["0.2", "0.150001", "0.15", "0.1", "0.000001", "0", "-1", "1e9", "999999999", "0.2 ", "²"],
  ...["200001units", "150000units", "1units", "9999999999999999999999units", "0.2\n--bid=9"],
  ...["1sat", "5msat", "0x10", "NaN", "Infinity", "--bid=9", "0.15 --bid 9", "", "null"],
];
const WORDS = ["echo", "ci-run", "--bid=9", "-x", "echo --bid=9", "../echo", "a".repeat(64)];

/** What the agent tries next. */
function attempt(next: () => number, jobs: readonly string[]): [string, Record<string, unknown>] {
  const of = <T>(all: readonly T[]): T => all[next() % all.length];
  const id = next() % 5 === 0
    ? of(["--yes", "--all", "job-", "*", "x;y"])
    : of(["job-none", ...jobs]);
  const order = {
    type: next() % 4 === 0 ? of(WORDS) : "echo",
    text: of(["x", "--bid=9", "-"]),
    ...(next() % 4 === 0 ? {} : { bid: of(BIDS) }),
    ...(next() % 8 === 0 ? { params: { "x --bid": "9", "bid": "9" } } : {}),
    ...(next() % 8 === 0 ? { provider: of(["--bid=9", "a b", "=9"]) } : {}),
    ...(next() % 8 === 0 ? { tags: ["--bid=9", "--yes"] } : {}),
    ...(next() % 8 === 0 ? { key: of(["--bid=9", "k"]) } : {}),
    ...(next() % 16 === 0 ? { max_total: "999", yes: true } : {}),
    ...(next() % 8 === 0 ? { wait_s: 1 } : {}),
  };
  const roll = next() % 10;
  if (roll < 4) return ["submit_job", order];
  if (roll < 6) return payingAttempt(next, id);
  if (roll === 6) return ["quote_job", order];
  if (roll === 7) return ["wait_job", { job_id: id }];
  if (roll === 8) return ["cancel_job", { job_id: id }];
  return of([["balance", {}], ["set_ceilings", { max_total: "999" }], ["list_jobs", {}]]);
}

/** A tool that changes what is paid for a job that exists. */
function payingAttempt(next: () => number, id: string): [string, Record<string, unknown>] {
  const roll = next() % 6;
  if (roll === 0) return ["top_up_job", { job_id: id, bid: "0.15" }];
  if (roll === 1) return ["pause_job", { job_id: id }];
  if (roll === 2) return ["resume_job", { job_id: id }];
  if (roll === 3) return ["pay_job", { job_id: id }];
  return ["top_up_job", { job_id: id, bid: BIDS[next() % BIDS.length] }];
}

Deno.test("1,000 tries of an injected agent, eight at once, stay below the ceilings", async () => {
  const next = numbers(7);
  const market = new Market(next);
  // The person's job, not the agent's: the agent may cancel it, and the cost counts against the agent's ceiling.
  market.jobs.set("job-person", {
    bidUnits: 100_000n,
    paidUnits: WRITE_UNITS,
    status: "processing",
    restUnits: 0n,
  });
  market.jobs.set("job-late", {
    bidUnits: 20_000n,
    paidUnits: 20_000n,
    status: "timeout",
    restUnits: 60_000n,
  });
  const session = new InMarket(market);
  const [agent, server] = InMemoryTransport.createLinkedPair();
  const waiting = new Map<number, (message: Record<string, unknown>) => void>();
  let asked = 0;
  // deno-lint-ignore no-explicit-any
  agent.onmessage = (message: any) => {
    if (message.method === "elicitation/create") {
      asked++;
      // The person declines; content that the agent's program adds is ignored.
      const result = { action: "decline", content: { approve: true } };
      return void agent.send({ jsonrpc: "2.0", id: message.id, result });
    }
    waiting.get(message.id)?.(message);
  };
  await mcpServer(session, TOOLS, { name: "dev", testnet: true, asset: ASSET }).connect(server);
  await agent.start();
  let id = 0;
  const ask = (method: string, params: Record<string, unknown>) =>
    new Promise<Record<string, unknown>>((resolve) => {
      waiting.set(++id, resolve);
      void agent.send({ jsonrpc: "2.0", id, method, params });
    });
  await ask("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: { elicitation: {} },
    clientInfo: { name: "injected", version: "1" },
  });
  await agent.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  let refused = 0;
  let cancelled = 0;
  for (let tries = 0; tries < 1_000; tries += 8) {
    const answers = await Promise.all(Array.from({ length: 8 }, () => {
      const [name, given] = attempt(next, [...market.jobs.keys()]);
      const answer = ask("tools/call", { name, arguments: given });
      if (next() % 4 > 0) return answer;
      // The agent cancels its call, and may not get an answer.
      cancelled++;
      const requestId = id;
      void agent.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } });
      waiting.get(requestId)!({});
      return answer;
    }));
    refused += answers.filter((answer) => JSON.stringify(answer).includes("above_ceiling")).length;
    assert.ok(market.paidUnits <= TOTAL_UNITS, `${market.paidUnits} paid after ${tries} tries`);
  }
  for (const [name, { bidUnits }] of market.jobs) {
    assert.ok(bidUnits <= ASK_ABOVE_UNITS, `${name} may cost ${bidUnits}, and nobody agreed`);
  }
  assert.ok(market.toppedUp > 0, "a bid was raised");
  assert.ok(market.keys > 0, "a key was paid");
  assert.ok(market.jobs.size > 5, `${market.jobs.size} jobs were bought`);
  assert.ok(market.paidUnits > TOTAL_UNITS / 2n, `${market.paidUnits} were paid`);
  assert.ok(refused > 100, `${refused} tries were above a ceiling`);
  assert.ok(cancelled > 100, `${cancelled} calls were cancelled`);
  assert.ok(asked > 10, `the person was asked ${asked} times`);
});
