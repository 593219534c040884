/** The ledger against an attacker who has its bytes: entries that were rolled back, mixed, dropped, renamed or forged do not open. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { channelKey, type ChannelState } from "../../../money/signer/claim_ledger.ts";
import { type EntryStore, openLedger } from "../../../money/signer/ledger.ts";
import type { SealedEntry } from "../../../money/signer/ledger_entry.ts";
import { ledgerKeysOf, openHead } from "../../../money/signer/ledger_seal.ts";
import type { SealedSnapshot } from "../../../money/signer/sealed_snapshot.ts";
import { contract, firstClaim, makeSigner, paymentKey } from "./fixtures.ts";

const generous = {
  perPacketUnits: 1_000n,
  perChannelUnits: 10n ** 9n,
  perHourUnits: 10n ** 9n,
  perDayUnits: 10n ** 9n,
};
const idOf = (channel: number) => `0x${channel.toString(16).padStart(64, "0")}`;

/** A store keeps the newest entry of each name; an attacker can read all earlier ones too. */
function shelf() {
  const rows = new Map<string, SealedEntry>();
  const history: SealedEntry[] = [];
  let snapshot: SealedSnapshot | null = null;
  let saving: Promise<void> = Promise.resolve();
  const put = (newer: SealedSnapshot) => {
    if (newer.counter > (snapshot?.counter ?? -1)) snapshot = newer;
  };
  const manager: EntryStore = {
    load: () => Promise.resolve([...rows.values()]),
    save: (entries, newer) =>
      saving = Promise.resolve().then(() => {
        put(newer);
        for (const entry of entries) {
          history.push(entry);
          if (entry.counter > (rows.get(entry.key)?.counter ?? -1)) rows.set(entry.key, entry);
        }
      }),
  };
  return {
    rows,
    history,
    manager,
    put,
    snapshot: () => snapshot!,
    settled: async () => {
      await saving;
      await Promise.resolve();
    },
  };
}

/** A signer that claimed on `count` channels, `rounds` times each, with the content of its store. */
async function busySigner(count: number, rounds = 1) {
  const kept = shelf();
  const signer = await makeSigner({ ceilings: generous, entries: kept.manager });
  for (let round = 1; round <= rounds; round++) {
    for (let channel = 1; channel <= count; channel++) {
      const { snapshot } = await claim(signer, channel, round);
      kept.put(snapshot);
      await kept.settled();
    }
  }
  return { signer, kept };
}

function claim(signer: Awaited<ReturnType<typeof makeSigner>>, channel: number, nonce: number) {
  return signer.signClaim({
    ...firstClaim,
    channelId: idOf(channel),
    nonce,
    transferredAmount: BigInt(nonce),
    packetAmount: 1n,
  });
}

function start(snapshot: SealedSnapshot | "first", rows: readonly SealedEntry[]) {
  const entries = { load: () => Promise.resolve(rows), save: () => Promise.resolve() };
  return makeSigner({ ceilings: generous, snapshot, entries });
}

const refused = { name: "SignerError", code: "snapshot" };

Deno.test("a ledger of 1,000 channels continues from its snapshot and its entries", async () => {
  const { kept } = await busySigner(1_000);
  assert.ok(kept.rows.size > 900);
  const after = await start(kept.snapshot(), [...kept.rows.values()]);
  assert.deepEqual(await after.snapshot(), kept.snapshot());
  for (const channel of [1, 500, 1_000]) {
    const { nonce } = (await after.lastClaim({ ...contract, channelId: idOf(channel) }))!;
    assert.equal(nonce, 1);
    await assert.rejects(
      claim(after, channel, 1).then(() => claim(after, channel, 0)),
      { code: "bad_field" },
    );
    await claim(after, channel, 2);
  }
});

Deno.test("a snapshot has the same size with 40 channels and with 1,000", async () => {
  const sizes: number[] = [];
  for (const count of [40, 1_000]) {
    const { kept } = await busySigner(count);
    sizes.push(kept.snapshot().sealed.length);
  }
  assert.ok(sizes[1] < sizes[0] + 6_000, `${sizes}`);
});

Deno.test("a ledger without an entry manager has everything in its snapshot", async () => {
  const signer = await makeSigner({ ceilings: generous });
  for (let channel = 1; channel <= 50; channel++) await claim(signer, channel, 1);
  const after = await makeSigner({ ceilings: generous, snapshot: await signer.snapshot() });
  for (let channel = 1; channel <= 50; channel++) await claim(after, channel, 2);
});

type Theft = (kept: ReturnType<typeof shelf>) => readonly [SealedSnapshot | "first", SealedEntry[]];
const attacks: readonly [string, Theft][] = [
  ["one entry dropped", (kept) => [kept.snapshot(), [...kept.rows.values()].slice(1)]],
  ["all entries dropped", (kept) => [kept.snapshot(), []]],
  ["one entry rolled back", (kept) => {
    const old = kept.history[0];
    return [kept.snapshot(), [...new Map(kept.rows).set(old.key, old).values()]];
  }],
  ["every entry rolled back", (kept) => {
    const oldest = new Map<string, SealedEntry>();
    for (const entry of kept.history) if (!oldest.has(entry.key)) oldest.set(entry.key, entry);
    return [kept.snapshot(), [...oldest.values()]];
  }],
  ["one entry under another's name", (kept) => {
    const [first, second, ...rest] = kept.rows.values();
    return [kept.snapshot(), [
      { ...first, key: second.key },
      { ...second, key: first.key },
      ...rest,
    ]];
  }],
  ["one entry that says it is newer", (kept) => {
    const [first, ...rest] = kept.rows.values();
    return [kept.snapshot(), [{ ...first, counter: first.counter + 1 }, ...rest]];
  }],
  ["one entry with a lower nonce", (kept) => {
    const [first, ...rest] = kept.rows.values();
    const text = new TextDecoder().decode(first.sealed).replace(/"nonce":3/, '"nonce":2');
    return [kept.snapshot(), [{ ...first, sealed: new TextEncoder().encode(text) }, ...rest]];
  }],
  ["an entry of a channel that never was", (kept) => {
    const [first] = kept.rows.values();
    const text = new TextDecoder().decode(first.sealed);
    const key = channelKey(contract, idOf(77));
    const sealed = new TextEncoder().encode(text.replaceAll(first.key, key));
    return [kept.snapshot(), [...kept.rows.values(), { ...first, key, sealed }]];
  }],
  ["another wallet's entries", (kept) => {
    const keys = ledgerKeysOf(new Uint8Array(32).fill(5));
    const rows = [...kept.rows.values()].map(({ key, counter }) =>
      keys.sealEntry(key, counter, { nonce: 3, transferredAmount: 3n, signature: "0x" })
    );
    return [kept.snapshot(), rows];
  }],
  ["no snapshot beside its entries", (kept) => ["first", [...kept.rows.values()]]],
];
for (const [name, attack] of attacks) {
  Deno.test(`createKeySigner() starts from no ledger with ${name}`, async () => {
    const { kept } = await busySigner(40, 3);
    await assert.rejects(start(...attack(kept)), refused);
  });
}

Deno.test("createKeySigner() refuses an old snapshot when newer entries exist", async () => {
  const { signer, kept } = await busySigner(40);
  const old = kept.snapshot();
  for (let channel = 1; channel <= 40; channel++) {
    kept.put((await claim(signer, channel, 2)).snapshot);
    await kept.settled();
  }
  await assert.rejects(start(old, [...kept.rows.values()]), refused);
});

Deno.test("createKeySigner() refuses a snapshot with any bit changed, or cut short", async () => {
  const { kept } = await busySigner(20);
  const { counter, sealed } = kept.snapshot();
  const rows = [...kept.rows.values()];
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length * 8 - 1), async (bit) => {
      const changed = sealed.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      await assert.rejects(start({ counter, sealed: changed }, rows), refused);
      await assert.rejects(start({ counter, sealed: sealed.slice(0, bit >> 3) }, rows), refused);
    }),
    { numRuns: 60 },
  );
});

Deno.test("after a crash, a ledger opens at its newest commit that was not lost", async () => {
  const step = fc.record({
    channel: fc.integer({ min: 1, max: 40 }),
    committed: fc.boolean(),
    handedOver: fc.boolean(),
  });
  const keys = ledgerKeysOf(paymentKey);
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 120, size: "max" }),
      async (steps) => {
        const rows = new Map<string, SealedEntry>();
        let durable: SealedSnapshot | "first" = "first";
        let pending: (() => void)[] = [];
        const keep = (snapshot: SealedSnapshot) => {
          if (durable === "first" || snapshot.counter > durable.counter) durable = snapshot;
        };
        const ledger = openLedger(keys, "first", [], {
          save: (entries, snapshot) =>
            new Promise((resolve) =>
              pending.push(() => {
                keep(snapshot);
                for (const entry of entries) rows.set(entry.key, entry);
                resolve();
              })
            ),
        });
        const nonces: Map<string, number>[] = [new Map()];
        for (const { channel, committed, handedOver } of steps) {
          const key = channelKey(contract, idOf(channel));
          const nonce = (nonces.at(-1)!.get(key) ?? 0) + 1;
          const state = { nonce, transferredAmount: BigInt(nonce), signature: `0x${channel}` };
          const snapshot = ledger.change({}, [[key, state]]);
          nonces.push(new Map(nonces.at(-1)).set(key, nonce));
          if (committed) keep(snapshot);
          if (handedOver) {
            for (const write of pending.splice(0)) write();
            await Promise.resolve();
            await Promise.resolve();
          }
        }
        pending = [];
        const after = openLedger(keys, durable, [...rows.values()]);
        const at = durable === "first" ? 0 : (durable as SealedSnapshot).counter;
        assert.equal(after.head.counter, at);
        for (const [key, nonce] of nonces[at]) {
          assert.equal(after.entry<ChannelState>(key)?.nonce, nonce, key);
        }
      },
    ),
    { numRuns: 80 },
  );
});

Deno.test("an entry returns what was sealed: bigints, null, and objects that look like a bigint", () => {
  const keys = ledgerKeysOf(paymentKey);
  const state = { big: 2n ** 200n, none: null, list: [1n, null], odd: { n: 1 }, text: "1" };
  const entry = keys.sealEntry("k", 1, state as never);
  assert.deepEqual(keys.stateOf(entry), state);
  assert.throws(() => keys.stateOf({ ...entry, key: "l" }), { code: "snapshot" });
  assert.throws(() => keys.stateOf({ ...entry, counter: 2 }), { code: "snapshot" });
});

Deno.test("when a manager fails, its entries only stay in the snapshot", async () => {
  let attempts = 0;
  const entries: EntryStore = {
    load: () => Promise.resolve([]),
    save: () => {
      attempts++;
      return Promise.reject(new Error("disk full"));
    },
  };
  const signer = await makeSigner({ ceilings: generous, entries });
  for (let channel = 1; channel <= 40; channel++) await claim(signer, channel, 1);
  assert.ok(attempts > 1);
  const after = await start(await signer.snapshot(), []);
  assert.equal((await after.lastClaim({ ...contract, channelId: idOf(1) }))?.nonce, 1);
});

Deno.test("an empty ledger is sealed over the sum 0, so that later programs open it", () => {
  const keys = ledgerKeysOf(paymentKey);
  const opened = openHead(openLedger(keys, "first").snapshot());
  assert.equal(keys.checkHead(opened, 0n, 0).counter, 0);
  assert.throws(() => keys.checkHead(opened, 1n, 0), refused);
  assert.throws(() => keys.checkHead(opened, 0n, 1), refused);
});
