/** Requests that the home's process builds for another command. */
import assert from "node:assert/strict";
import { intake, type JobFlags } from "../../../market/intake.ts";
import { InputError } from "../../../market/packing/input_error.ts";
import { asPubkey } from "../../../protocols/nostr/event.ts";
import { call, overJson, rig } from "./home_methods_rig.ts";

const BUYER = asPubkey("b".repeat(64));
const PROVIDER = asPubkey("a".repeat(64));
const FLAGS: JobFlags = {
  type: "ci-run",
  input: "-",
  stdin: new TextEncoder().encode("é, from standard input"),
  params: [["command", "make"]],
  platform: "linux/amd64",
  tags: ["one"],
  bidUnits: 2n ** 70n,
  provider: null,
  requirements: [],
  relays: ["wss://relay.example"],
  timeoutS: 60,
  limitBytes: 65_536,
  answersKey: null,
};
const { build, assign } = intake({ clock: () => 1_700_000_000_000 });
const market = (ready: () => void = () => {}) => ({
  ready: () => Promise.resolve(ready()),
  build,
  assign: (...given: Parameters<typeof assign>) => Promise.resolve(assign(...given)),
});

Deno.test("buildRequest() and assignRequest() give over the socket what the market gives", async () => {
  await using made = await rig({}, null, undefined, market());
  const expected = await build(FLAGS, BUYER);
  for (const api of [made.api, overJson(made.handlers)]) {
    const built = await api.buildRequest({ flags: FLAGS, buyer: BUYER }, call());
    assert.deepEqual(built, expected);
    assert.deepEqual(
      await api.assignRequest({ built, provider: PROVIDER }, call()),
      assign(expected, PROVIDER),
    );
  }
});

Deno.test("buildRequest() refuses an input over the socket as the market does, with what to do", async () => {
  await using made = await rig({}, null, undefined, market());
  const asked = { flags: { ...FLAGS, limitBytes: 10 }, buyer: BUYER };
  await assert.rejects(overJson(made.handlers).buildRequest(asked, call()), (error) => {
    assert.ok(error instanceof InputError);
    assert.equal(error.code, "too_large");
    assert.match(error.suggestion!, /Send less/);
    return true;
  });
});

Deno.test("prepareJob() starts the market, and does nothing in a process that builds no requests", async () => {
  let started = 0;
  await using made = await rig({}, null, undefined, market(() => started++));
  await overJson(made.handlers).prepareJob(null, call());
  assert.equal(started, 1);
  await using without = await rig();
  await without.api.prepareJob(null, call());
  const asked = { flags: FLAGS, buyer: BUYER };
  await assert.rejects(without.api.buildRequest(asked, call()), { code: "no_wallet" });
});
