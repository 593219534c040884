/** When a transaction that is not mined is broadcast again and replaced, on virtual time. */
import assert from "node:assert/strict";
import { ChainError } from "../../../money/evm/chain_connection.ts";
import type { LaneDeps } from "../../../money/channels/lane_options.ts";
import { TransactionLane } from "../../../money/channels/transaction_lane.ts";
import type { TransactionRow } from "../../../store/store.ts";
import { address, hash } from "../../store/store_rows.ts";
import { VirtualTime } from "../payer/sim/virtual_time.ts";

const SENDER = address("a");

interface Node {
  /** The state that it reports for every transaction. */
  state: "pending" | "unknown";
  /** Thrown by the next broadcast. */
  refusal: ChainError | null;
  counts: { latest: number; pending: number };
}

/** A lane over a node that mines nothing. `sent` has `ms nonce maxFee` of each broadcast. */
function laneOf(replaceAfterMs: number) {
  const time = new VirtualTime(1);
  const startMs = time.nowMs;
  const node: Node = { state: "pending", refusal: null, counts: { latest: 5, pending: 5 } };
  const sent: string[] = [];
  const rows = new Map<string, TransactionRow>();
  let signed = 0;
  const deps: LaneDeps = {
    timers: time.timersOf(() => true),
    log: () => {},
    store: {
      commit(changes) {
        for (const change of changes) {
          if (change.op === "putTransaction") rows.set(change.row.hash, change.row);
        }
        return Promise.resolve();
      },
      listTransactions: () => Promise.resolve([...rows.values()]),
    },
    signer: {
      signTransaction: ({ nonce, maxFeePerGasWei }) =>
        Promise.resolve({
          raw: `${nonce} ${maxFeePerGasWei}`,
          hash: hash(String(++signed)),
          from: SENDER,
          snapshot: { counter: signed, sealed: new Uint8Array() },
        }),
    },
    chain: {
      quote: () =>
        Promise.resolve({
          gasLimit: 21_000n,
          maxFeePerGasWei: 100n,
          maxPriorityFeePerGasWei: 10n,
          maxFeeWei: 2_100_000n,
        }),
      transactionCount: () => Promise.resolve({ confirmed: 5, ...node.counts }),
      transaction: () => Promise.resolve({ state: node.state }),
      broadcast(raw) {
        sent.push(`${time.nowMs - startMs} ${raw}`);
        const { refusal } = node;
        node.refusal = null;
        return refusal === null ? Promise.resolve() : Promise.reject(refusal);
      },
    },
  };
  const options = {
    sender: SENDER,
    contracts: { chainId: 31_337, genesisHash: hash("0") },
    replaceAfterMs,
  };
  const lane = new TransactionLane(options, deps);
  const submit = (urgent?: boolean) =>
    lane.submit({ call: { call: "cancel" }, channelRef: "own", urgent });
  return {
    lane,
    submit,
    node,
    sent,
    rows,
    deps,
    options,
    run: (ms: number) => time.run(time.nowMs + ms),
  };
}

// The lane looks 10, 15, 23 ... ms later, and then every second: at 2,711, 3,711, 4,711 ms and so on.
const cases = [
  { name: "not urgent", urgent: undefined, replaceAfterMs: 3_711 },
  { name: "urgent, in a third of the time", urgent: true, replaceAfterMs: 3 * 3_711 },
];

for (const { name, urgent, replaceAfterMs } of cases) {
  Deno.test(`TransactionLane replaces a transaction that waited for long: ${name}`, async () => {
    const { lane, submit, sent, run } = laneOf(replaceAfterMs);
    await submit(urgent);
    await run(12_000);
    assert.deepEqual(sent, ["0 5 100", "3711 5 116", "7711 5 134", "11711 5 155"]);
    const [attempt] = lane.attempts;
    assert.equal(attempt.rows.length, 4);
    await lane.close();
    assert.equal(lane.closed, true);
  });
}

Deno.test("TransactionLane replaces an underpriced transaction at its next check", async () => {
  const { lane, submit, node, sent, run } = laneOf(60_000);
  node.refusal = new ChainError("underpriced", "too low");
  await submit();
  await run(9);
  assert.deepEqual(sent, ["0 5 100", "0 5 116"]);
  await run(30_000);
  assert.equal(sent.length, 2, "and then when its time has come");
  await lane.close();
});

Deno.test("TransactionLane broadcasts the same bytes again while no node knows them, one check apart", async () => {
  const { lane, submit, node, sent, run } = laneOf(60_000);
  node.state = "unknown";
  await submit();
  await run(4_000);
  const again = sent.map((line) => line.split(" "));
  assert.ok(again.every(([, nonce, fee]) => nonce === "5" && fee === "100"));
  const [last, before] = [again.at(-1)!, again.at(-2)!].map(([ms]) => Number(ms));
  assert.equal(last - before, 1_000);
  await lane.close();
});

Deno.test("TransactionLane signs above what the node counts and above its own, and takes both up after a restart", async () => {
  const { lane, submit, node, sent, rows, deps, options } = laneOf(60_000);
  await submit();
  await submit(true);
  node.counts = { latest: 5, pending: 9 };
  await submit();
  assert.deepEqual(sent.map((line) => line.split(" ")[1]), ["5", "6", "9"]);
  assert.deepEqual(lane.attempts.map(({ urgent }) => urgent), [false, true, false]);
  const [first] = lane.attempts;
  assert.equal(first.channelRef, first.newest.hash, "a new row is named by its transaction");
  assert.equal(first.newest.state, "broadcast");
  assert.equal(lane.attemptOf(first.newest.hash, "cancel"), first);
  assert.equal(lane.attemptOf(first.newest.hash, "openChannel"), null);
  assert.equal(lane.attemptOf(hash("9"), "cancel"), null);
  await lane.close();
  await assert.rejects(first.ended, { code: "state" });

  const other = { ...first.newest, hash: hash("8"), nonce: 20 };
  rows.set(other.hash, { ...other, chainId: 1 });
  rows.set(hash("7"), { ...other, hash: hash("7"), genesisHash: hash("9") });
  const replacement = { ...first.newest, hash: hash("6") };
  rows.set(replacement.hash, replacement);
  const next = new TransactionLane(options, deps);
  await next.resume();
  assert.deepEqual(next.attempts.map(({ rows }) => rows.length), [2, 1, 1]);
  assert.deepEqual(next.attempts.map(({ urgent }) => urgent), [false, false, false]);
  await next.submit({ call: { call: "cancel" }, channelRef: null });
  assert.equal(sent.at(-1)!.split(" ")[1], "10");
  await next.close();
});
