/** Which process a command asks to build a request, and the command's own worker of the market. */
import assert from "node:assert/strict";
import { marketOf, OwnMarket, startIfCompared } from "../../../commands/job/open_market.ts";
import type { BuiltRequest, JobFlags } from "../../../market/intake.ts";
import type { Market } from "../../../market/market_service.ts";
import { ControlError } from "../../../base/control_error.ts";
import { InputError } from "../../../market/packing/input_error.ts";
import { asPubkey } from "../../../protocols/nostr/event.ts";
import { PLAIN_ORDER } from "../../market/plain_order.ts";
import type { HomeAbout } from "../../../shell/home/home_about.ts";

const BUYER = asPubkey("b".repeat(64));
const PROVIDER = asPubkey("a".repeat(64));
const ECHO: JobFlags = { ...PLAIN_ORDER, type: "echo", input: "hello", limitBytes: 65_536 };

Deno.test("OwnMarket's worker starts with the first call, answers as the market does, and ends with it", async () => {
  let market: Market;
  {
    await using own = new OwnMarket();
    market = own.market;
    const built = await market.build(ECHO, BUYER);
    assert.deepEqual([built.kind, built.request.pubkey], [5600, BUYER]);
    await assert.rejects(market.readResult(5_600, new Uint8Array([1])), { name: "EventError" });
    assert.equal(await market.misfitOfResult(null, "any text"), null);
  }
  await assert.rejects(market.misfitOfResult(null, "any text"), { code: "closed" });
});

Deno.test("OwnMarket ends in order although it is not used", async () => {
  const own = new OwnMarket();
  assert.equal(await Promise.resolve(own.market), own.market);
  await own[Symbol.asyncDispose]();
  await assert.rejects(own.market.ready(), { code: "closed" });
});

Deno.test("marketOf() has the home's process build requests, and everything else and what is too large done here", async () => {
  const there: string[] = [];
  const here: string[] = [];
  const built = { kind: 5600, sizeBytes: 1 } as BuiltRequest;
  const home = {
    about: { pid: Deno.pid + 1 } as HomeAbout,
    buildRequest({ flags }: { readonly flags: JobFlags }) {
      there.push(`build ${flags.type}`);
      return Promise.resolve(built);
    },
    assignRequest({ provider }: { readonly provider: string }) {
      there.push(`assign ${provider}`);
      return Promise.resolve(built);
    },
  };
  const own = {
    market: {
      build: (flags: JobFlags) => (here.push(`build ${flags.type}`), Promise.resolve(built)),
      misfitOfResult: () => (here.push("misfit"), Promise.resolve(null)),
    } as unknown as Market,
  };
  const market = marketOf(home, own);
  await market.assign(await market.build(ECHO, BUYER), PROVIDER);
  assert.equal(await market.misfitOfResult(null, ""), null);
  const bytes = new Uint8Array(1_048_577);
  const input = ["i", "x".repeat(bytes.length), "text"];
  const large: readonly Partial<JobFlags>[] = [
    { input: "-", stdin: bytes },
    { packed: { type: "file", input, params: [], sizeBytes: bytes.length } },
    { packed: { type: "file", input: [], params: [], sizeBytes: bytes.length, large: bytes } },
    { params: [["a", "x".repeat(600_000)], ["b", "x".repeat(600_000)]] },
  ];
  for (const flags of large) await market.build({ ...ECHO, ...flags, type: "large" }, BUYER);
  assert.deepEqual(there, ["build echo", `assign ${PROVIDER}`]);
  assert.deepEqual(here, ["misfit", ...large.map(() => "build large")]);

  const alone = marketOf({ ...home, about: { pid: Deno.pid } as HomeAbout }, own);
  assert.equal(alone, own.market);
});

Deno.test("marketOf() builds requests here if the home's process cannot, and tells every other error", async () => {
  const here: string[] = [];
  const built = { kind: 5600, sizeBytes: 1 } as BuiltRequest;
  let error: Error = new ControlError("closed", "Cannot call build: port closed");
  const refuse = () => Promise.reject(error);
  const home = {
    about: { pid: Deno.pid + 1 } as HomeAbout,
    buildRequest: refuse,
    assignRequest: refuse,
  };
  const own = {
    market: {
      build: () => (here.push("build"), Promise.resolve(built)),
      assign: () => (here.push("assign"), Promise.resolve(built)),
    } as unknown as Market,
  };
  const market = marketOf(home, own);
  await market.assign(await market.build(ECHO, BUYER), PROVIDER);
  assert.deepEqual(here, ["build", "assign"]);
  error = new InputError("too_large", "the text needs 9 bytes");
  await assert.rejects(market.build(ECHO, BUYER), { name: "InputError", code: "too_large" });
  assert.equal(here.length, 2);
});

Deno.test("startIfCompared() starts the command's worker only in a home with compared answers", async () => {
  const started: string[] = [];
  const market = (name: string) =>
    ({ ready: () => Promise.resolve(void started.push(name)) }) as unknown as Market;
  const home = (leads: readonly string[]) =>
    ({
      read: (ask: (store: never) => Promise<unknown>) =>
        ask({ verificationLeads: () => Promise.resolve(leads) } as never),
    }) as Parameters<typeof startIfCompared>[0];
  startIfCompared(home([]), market("none"));
  startIfCompared(home(["job-1"]), market("one"));
  startIfCompared({ read: () => Promise.reject(new Error("no store")) }, market("no store"));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(started, ["one"]);
});
