/** Our reconciliation against itself and against nostr-tools', a client that is not ours. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  Negentropy,
  NegentropyStorageVector,
} from "../../../node_modules/nostr-tools/lib/esm/nip77.js";
import {
  NegentropyError,
  type NegentropyItem,
  NegentropySet,
} from "../../../protocols/nostr/negentropy.ts";
import { bytesToHex, hexToBytes } from "../../../protocols/nostr/hex.ts";

/** `n` decides the id; times repeat, so that bounds need id prefixes. */
function item(n: number, spread = 50): NegentropyItem {
  return {
    createdAtS: 1_700_000_000 + n % spread,
    id: createHash("sha256").update(String(n)).digest("hex"),
  };
}

const ids = (items: readonly NegentropyItem[]) => items.map(({ id }) => id).sort();

/** What the side that asks has and needs, after as many rounds as it takes. */
function reconciled(ours: NegentropySet, theirs: NegentropySet, maxBytes: number) {
  const all = { have: [] as string[], need: [] as string[] };
  let rounds = 0;
  for (let ask: Uint8Array | null = ours.initiate(); ask !== null;) {
    assert.ok(++rounds < 1_000, "it does not end");
    const answer: Uint8Array = theirs.answer(ask);
    assert.ok(answer.length <= maxBytes, `${answer.length} bytes`);
    const { reply, have, need } = ours.step(answer);
    all.have.push(...have);
    all.need.push(...need);
    ask = reply;
  }
  return { have: [...new Set(all.have)].sort(), need: [...new Set(all.need)].sort(), rounds };
}

Deno.test("NegentropySet finds exactly what each side lacks, within the size of a message", () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 400 });
  fc.assert(
    fc.property(numbers, numbers, fc.constantFrom(1, 7, 1_000), (a, b, spread) => {
      const [ours, theirs] = [a, b].map((list) => list.map((n) => item(n, spread)));
      const result = reconciled(
        new NegentropySet(ours!, 4_096),
        new NegentropySet(theirs!, 4_096),
        4_096,
      );
      const [inA, inB] = [new Set(a), new Set(b)];
      assert.deepEqual(result.have, ids(a.filter((n) => !inB.has(n)).map((n) => item(n, spread))));
      assert.deepEqual(result.need, ids(b.filter((n) => !inA.has(n)).map((n) => item(n, spread))));
    }),
    { numRuns: 60 },
  );
});

Deno.test("NegentropySet.answer() serves nostr-tools' client, which learns the same", () => {
  const cases = [
    { a: [0, 0], b: [0, 0] },
    { a: [0, 40], b: [0, 0] },
    { a: [0, 0], b: [0, 40] },
    { a: [0, 3_000], b: [10, 3_010] },
    { a: [0, 5_000], b: [4_000, 9_000] },
  ] as const;
  for (const { a, b } of cases) {
    const list = ([from, to]: readonly [number, number]) =>
      Array.from({ length: to - from }, (_, n) => item(from + n));
    const storage = new NegentropyStorageVector();
    for (const { createdAtS, id } of list(a)) storage.insert(createdAtS, id);
    storage.seal();
    const client = new Negentropy(storage, 60_000);
    const server = new NegentropySet(list(b), 60_000);
    const have = new Set<string>();
    const need = new Set<string>();
    let ask: string | null = client.initiate();
    for (let rounds = 0; ask !== null; rounds++) {
      assert.ok(rounds < 100, "it does not end");
      const answer = bytesToHex(server.answer(hexToBytes(ask)));
      ask = client.reconcile(answer, (id: string) => have.add(id), (id: string) => need.add(id));
    }
    const [mine, yours] = [new Set(ids(list(a))), new Set(ids(list(b)))];
    assert.deepEqual([...have].sort(), [...mine].filter((id) => !yours.has(id)).sort());
    assert.deepEqual([...need].sort(), [...yours].filter((id) => !mine.has(id)).sort());
  }
});

Deno.test("NegentropySet refuses what is no message, and names its version to another one", () => {
  const set = new NegentropySet([item(1)]);
  const bad = ["", "00", "6100", "610001", "61000001", "6100000109", "61000003", "6100000205"];
  for (const hex of bad) {
    assert.throws(() => set.answer(hexToBytes(hex)), NegentropyError, hex);
  }
  assert.deepEqual(set.answer(hexToBytes("62")), hexToBytes("61"));
  assert.throws(() => set.step(hexToBytes("62")), { code: "version" });
  const huge = `61${"ff".repeat(20)}00`;
  assert.throws(() => set.answer(hexToBytes(huge)), { code: "malformed" });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    try {
      set.answer(Uint8Array.of(0x61, ...bytes));
    } catch (error) {
      assert.ok(error instanceof NegentropyError);
    }
  }));
});
