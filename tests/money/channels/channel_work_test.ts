import assert from "node:assert/strict";
import type { ChannelManager } from "../../../money/claims/channel_manager.ts";
import { doChannelWork } from "../../../money/channels/channel_work.ts";

const ADDRESS = `0x${"12".repeat(20)}`;
const peer = { name: "connector", address: ADDRESS };

/** Records its calls; amounts must have arrived as bigint. */
function noting() {
  const asked: unknown[] = [];
  const note = (name: string) => (...given: unknown[]) => {
    asked.push([name, ...given]);
    return Promise.resolve([]);
  };
  const manager = Object.fromEntries(
    ["list", "recover", "open", "deposit", "close", "settle", "claim", "plan"]
      .map((name) => [name, note(name)]),
  ) as unknown as ChannelManager;
  return { manager, asked };
}

const good: readonly { work: unknown; asks: unknown[] }[] = [
  { work: { op: "list" }, asks: ["list"] },
  { work: { op: "recover", consent: true }, asks: ["recover", { consent: true }] },
  { work: { op: "recover", consent: "yes" }, asks: ["recover", { consent: false }] },
  {
    work: { op: "open", peer, depositUnits: "50000000" },
    asks: ["open", { op: "open", peer, depositUnits: 50_000_000n }],
  },
  {
    work: { op: "deposit", channel: "ch_7f3a9b2e", addUnits: "1" },
    asks: ["deposit", "ch_7f3a9b2e", 1n],
  },
  { work: { op: "settle", channel: "ch_7f3a9b2e" }, asks: ["settle", "ch_7f3a9b2e"] },
  {
    work: { op: "plan", operation: { op: "close", channel: `0x${"ab".repeat(32)}` } },
    asks: ["plan", { op: "close", channel: `0x${"ab".repeat(32)}` }],
  },
];

for (const { work, asks } of good) {
  Deno.test(`doChannelWork() does ${JSON.stringify(work).slice(0, 60)}`, async () => {
    const { manager, asked } = noting();
    await doChannelWork(manager, JSON.parse(JSON.stringify(work)));
    assert.deepEqual(asked, [asks]);
  });
}

const bad: readonly { name: string; work: unknown }[] = [
  { name: "nothing", work: null },
  { name: "a list", work: [{ op: "list" }] },
  { name: "an operation that there is not", work: { op: "halt", channel: "ch_7f3a9b2e" } },
  { name: "a method of every object", work: { op: "constructor" } },
  { name: "a plan of a plan", work: { op: "plan", operation: { op: "plan" } } },
  { name: "a channel that is a path", work: { op: "close", channel: "../state.db" } },
  { name: "a channel with a line break", work: { op: "close", channel: "ch_7f3a9b2e\n" } },
  { name: "a negative deposit", work: { op: "deposit", channel: "ch_7f3a9b2e", addUnits: "-1" } },
  { name: "a deposit in hex", work: { op: "deposit", channel: "ch_7f3a9b2e", addUnits: "0x10" } },
  { name: "a number for units", work: { op: "open", peer, depositUnits: 50 } },
  {
    name: "a peer without an address",
    work: { op: "open", peer: { name: "x" }, depositUnits: "1" },
  },
  {
    name: "an address whose checksum is wrong",
    work: {
      op: "open",
      peer: { name: "x", address: "0x5fbDB2315678afecb367f032d93F642f64180aa3" },
      depositUnits: "1",
    },
  },
  {
    name: "a grace period that is no whole number",
    work: { op: "open", peer, depositUnits: "1", settlementTimeoutS: 3_600.5 },
  },
];

for (const { name, work } of bad) {
  Deno.test(`doChannelWork() refuses ${name} and asks nothing`, async () => {
    const { manager, asked } = noting();
    await assert.rejects(
      () => doChannelWork(manager, work),
      /must|op is unknown|wrong checksum/,
    );
    assert.deepEqual(asked, []);
  });
}
