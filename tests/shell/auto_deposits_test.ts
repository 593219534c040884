/** What commands report about automatic deposits. */
import assert from "node:assert/strict";
import { AutoDepositWatch, checkBalance } from "../../shell/auto_deposits.ts";
import type { Config } from "../../config/config.ts";
import type { ChannelRow, OutgoingPacketRow } from "../../store/store.ts";
import { address, chainChannel, CHANNEL, outgoing, payer } from "../store/store_rows.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 20_000 * DAY_MS + 1;
const PEER = address("2");

function configOf(autoDeposit: boolean, perDay = 1): Config {
  const settings: Record<string, unknown> = {
    "channel.auto_deposit": autoDeposit,
    "channel.auto_deposits_per_day": perDay,
  };
  const profile = {
    peer: { address: PEER, channelId: null },
    chain: { chainId: 31_337, rpcUrls: ["http://127.0.0.1:1"] },
    asset: { code: "M2M", scale: 6 },
  };
  return { profile, get: (key: string) => settings[key] } as unknown as Config;
}

const channel = (over: Partial<ChannelRow> = {}) =>
  chainChannel({
    channelId: CHANNEL,
    peerAddress: PEER,
    status: "open",
    depositUnits: 1_000_000n,
    wantedUnits: 1_000_000n,
    ...over,
  });

/** A store with this channel, of which 400,000 are spent and 100,000 wait for an answer. */
function storeOf(rows: readonly ChannelRow[]) {
  return {
    listChainChannels: () => Promise.resolve([...rows]),
    payerChannel: () => Promise.resolve(payer({ signed: 900_000n, spent: 400_000n, forfeit: 0n })),
    openOutgoing: () => Promise.resolve<OutgoingPacketRow[]>([outgoing({ amount: 100_000n })]),
  };
}

const CASES: readonly {
  readonly name: string;
  readonly rows: readonly ChannelRow[];
  readonly auto: boolean;
  readonly required: bigint;
  /** Null: it may be paid, or a deposit may be made. */
  readonly suggestion: RegExp | null;
}[] = [
  { name: "enough, and off", rows: [channel()], auto: false, required: 500_000n, suggestion: null },
  {
    name: "too little, and off",
    rows: [channel()],
    auto: false,
    required: 870_000n,
    suggestion:
      /automatic deposits are off: run 'crosstown channel deposit ch_\w{8} 0\.37' or more/,
  },
  {
    name: "too little, and on",
    rows: [channel()],
    auto: true,
    required: 870_000n,
    suggestion: null,
  },
  {
    name: "too little, and today's was made",
    rows: [channel({ autoDeposits: 1, autoDepositAtMs: NOW_MS - 1 })],
    auto: true,
    required: 870_000n,
    suggestion: /1 of 1 automatic deposits were made today: run 'crosstown channel deposit ch_/,
  },
  {
    name: "too little, and yesterday's was made",
    rows: [channel({ autoDeposits: 1, autoDepositAtMs: NOW_MS - DAY_MS })],
    auto: true,
    required: 870_000n,
    suggestion: null,
  },
  {
    name: "no channel, and off",
    rows: [],
    auto: false,
    required: 870_000n,
    suggestion: /run 'crosstown channel open --deposit 0\.87' or more/,
  },
  { name: "no channel, and on", rows: [], auto: true, required: 870_000n, suggestion: null },
  {
    name: "one that is recovering",
    rows: [channel({ status: "recovering" })],
    auto: false,
    required: 870_000n,
    suggestion: null,
  },
];

for (const { name, rows, auto, required, suggestion } of CASES) {
  Deno.test(`checkBalance() with ${name}: ${suggestion === null ? "goes on" : "refuses"}`, async () => {
    const checked = checkBalance(configOf(auto), storeOf(rows), required, NOW_MS);
    if (suggestion === null) return await checked;
    const current = rows.length === 0 ? "0.00" : "0.50";
    await assert.rejects(checked, {
      code: "insufficient_balance",
      message: `insufficient channel balance (current: ${current} M2M, required: 0.87 M2M)`,
      suggestion,
    });
  });
}

Deno.test("AutoDepositWatch reports each new deposit once, and no earlier one", async () => {
  const told: string[] = [];
  const watch = new AutoDepositWatch(configOf(true), {
    note: (text) => Promise.resolve(void told.push(text)),
  });
  const before = channel({ autoDepositedUnits: 50_000n });
  const after = {
    ...before,
    autoDepositedUnits: 110_000n,
    autoDeposits: 1,
    autoDepositAtMs: NOW_MS,
  };
  const opened = channel({ ref: `0x${"9".repeat(64)}`, autoDepositedUnits: 50_000_000n });
  for (const rows of [[before], [after], [after], [after, opened]]) {
    await watch.look(storeOf(rows), NOW_MS);
  }
  assert.equal(told.length, 2);
  assert.match(told[0], /^deposited 0\.06 M2M into ch_\w{8} \(1 of 1 today\) automatically/);
  assert.match(told[1], /^deposited 50\.00 M2M with a new channel automatically/);
});
