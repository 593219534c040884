/** Random commits against a model in memory: same answers, same refusals, same totals, also after opening again. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { checkState } from "../../store/state_check.ts";
import type { Change, IncomingPacketRow, OutgoingPacketRow } from "../../store/store.ts";
import { CHANNEL, incoming, outgoing, payer } from "./store_rows.ts";

const clock = () => 0;

interface Model {
  readonly out: ReadonlyMap<number, OutgoingPacketRow>;
  readonly in: ReadonlyMap<number, IncomingPacketRow>;
  readonly signed: bigint;
  readonly nonce: number;
}

const nonce = fc.integer({ min: 1, max: 4 });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    nonce,
    state: fc.constantFrom("open", "fulfilled", "refused"),
    amount: fc.constantFrom(1n, 1n, 2n),
  })
    .map((row): Change => ({ op: "putOutgoing", row: outgoing(row) })),
  fc.record({
    nonce,
    state: fc.constantFrom("held", "fulfilled", "refused"),
    obligation: fc.constantFrom("write:a", "write:b", null),
  }).map((row): Change => ({ op: "putIncoming", row: incoming({ ...row, amount: 3n }) })),
  fc.record({ nonce, signed: fc.bigInt({ min: 2n ** 64n - 4n, max: 2n ** 64n - 1n }) })
    .map((row): Change => ({ op: "putPayerChannel", row: payer(row) })),
);

/** The model after a change, or null where the rules refuse it. Written apart from the store, from docs/money.md. */
function apply(model: Model, change: Change): Model | null {
  if (change.op === "putPayerChannel") {
    const { signed, nonce } = change.row;
    return signed < model.signed || nonce < model.nonce ? null : { ...model, signed, nonce };
  }
  if (change.op === "putOutgoing") {
    const { row } = change;
    const old = model.out.get(row.nonce);
    if (old !== undefined) {
      if (old.amount !== row.amount) return null;
      if (old.state !== "open" && old.state !== row.state) return null;
    }
    return { ...model, out: new Map(model.out).set(row.nonce, row) };
  }
  if (change.op !== "putIncoming") throw new Error(change.op);
  const { row } = change;
  const old = model.in.get(row.nonce);
  if (old !== undefined) {
    if (old.obligation !== null && old.obligation !== row.obligation) return null;
    if (old.state !== "held" && old.state !== row.state) return null;
    // A settled row does not change; the same outcome again changes nothing.
    if (old.state !== "held") return pays(model, row) ? null : model;
  }
  // A refused packet pays no obligation.
  const stored = row.state === "refused" ? { ...row, obligation: null } : row;
  return pays(model, row) ? null : { ...model, in: new Map(model.in).set(row.nonce, stored) };
}

/** Whether another row pays the obligation already. */
function pays(model: Model, row: IncomingPacketRow): boolean {
  return row.obligation !== null && row.state !== "refused" &&
    [...model.in.values()].some((other) =>
      other.nonce !== row.nonce && other.obligation === row.obligation && other.state !== "refused"
    );
}

/** A refused row keeps no PREPARE. */
function kept<Row extends { readonly state: string }>(row: Row | undefined) {
  return row?.state === "refused" ? { ...row, prepare: new Uint8Array(0) } : row ?? null;
}

const sum = (rows: Iterable<{ readonly state: string; readonly amount: bigint }>) =>
  [...rows].filter(({ state }) => state === "fulfilled").reduce(
    (all, { amount }) => all + amount,
    0n,
  );

/** One entry for each row that got its outcome, and none for a refused commit. */
function outcomes(type: string, rows: Model["out"] | Model["in"]): string[] {
  return [...rows.values()].filter(({ state }) => state !== "open" && state !== "held")
    .map(({ nonce, state }) => `${type} ${nonce} ${state}`);
}

/** An outcome that the channel's row does not include: the figures would be below 0. */
const UNSIGNED_FIGURES: Change[][] = [
  [
    { op: "putPayerChannel", row: payer({ signed: 2n ** 64n - 4n, nonce: 1 }) },
    { op: "putOutgoing", row: outgoing({ nonce: 1, state: "open", amount: 1n }) },
  ],
  [
    { op: "putOutgoing", row: outgoing({ nonce: 2, state: "refused", amount: 1n }) },
    { op: "putOutgoing", row: outgoing({ nonce: 1, state: "fulfilled", amount: 1n }) },
  ],
];

Deno.test("sqliteStore() accepts and refuses commits exactly by the rules of money, and journals each outcome once", async () => {
  const commits = fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 14 });
  await fc.assert(
    fc.asyncProperty(commits, async (lists) => {
      const folder = await Deno.makeTempDir();
      try {
        let model: Model = { out: new Map(), in: new Map(), signed: 0n, nonce: 0 };
        let store = await openSqliteStore({ folder, clock, journal: true });
        const settled = Promise.allSettled(lists.map((changes) => store.commit(changes)));
        for (const [index, { status }] of (await settled).entries()) {
          const next = lists[index].reduce<Model | null>(
            (at, change) => at && apply(at, change),
            model,
          );
          assert.equal(status, next === null ? "rejected" : "fulfilled", `commit ${index}`);
          model = next ?? model;
        }
        for (const _ of ["before", "after opening again"]) {
          const totals = await store.totals();
          assert.equal(totals.spentUnits, sum(model.out.values()));
          assert.equal(totals.earnedUnits, sum(model.in.values()));
          assert.equal((await store.payerChannel(CHANNEL))?.signed ?? 0n, model.signed);
          for (const nonce of [1, 2, 3, 4]) {
            assert.deepEqual(await store.outgoing(CHANNEL, nonce), kept(model.out.get(nonce)));
            assert.deepEqual(await store.incoming(CHANNEL, nonce), kept(model.in.get(nonce)));
          }
          await store.close();
          store = await openSqliteStore({ folder, clock });
        }
        const journaled = await store.listJournal({ limit: 1_000 });
        assert.deepEqual(
          journaled.map(({ type, outcome, data }) => `${type} ${data.packet_nonce} ${outcome}`)
            .sort(),
          [...outcomes("payment", model.out), ...outcomes("earning", model.in)].sort(),
        );
        await store.close();
        const { problems } = await checkState({ folder });
        // These rows have no channel that could have signed them.
        assert.deepEqual(problems.filter(({ check }) => check !== "money"), []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }),
    { numRuns: 40, examples: [[UNSIGNED_FIGURES]] },
  );
});
