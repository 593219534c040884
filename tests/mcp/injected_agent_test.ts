/**
 * An agent that was tricked into spending as much as it can, through the real server, its schemas and the program's own reader of command
 * lines. Its market is the most expensive one: a job costs its whole `--bid`, and each cancellation costs a write.
 */
import assert from "node:assert/strict";
import { InMemoryTransport } from "@modelcontextprotocol/server";
import { AgentSession, type Answer } from "../../mcp/agent_session.ts";
import { mcpServer } from "../../mcp/server.ts";
import { TOOLS } from "../../mcp/tools.ts";

import { run } from "../commands/memory_io.ts";
import {
  ASK_ABOVE_UNITS,
  ASSET,
  JOB_UNITS,
  Market,
  TOTAL_UNITS,
  WRITE_UNITS,
} from "./injected_market.ts";

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
