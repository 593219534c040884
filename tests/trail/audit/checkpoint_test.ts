/** Checkpoints: what they sign, when they are made, and where they are stored. */
import assert from "node:assert/strict";
import { hexToBytes } from "../../../protocols/nostr/hex.ts";
import { checkpointDigest, verifyCheckpoint } from "../../../protocols/nostr/journal_checkpoint.ts";
import { publicKeyOf } from "../../../protocols/nostr/sign.ts";
import { createEventSigning } from "../../../money/signer/event_signing.ts";
import { auditHome, channelChanges, follows, LONG_MS, pay } from "./audit_home.ts";

const KEY = new Uint8Array(32).fill(7);
const PLACE = { seq: 4711, hash: "ab".repeat(32), commit: "cd".repeat(20) };

async function signer() {
  const signing = await createEventSigning(KEY, (size) => new Uint8Array(size));
  return {
    asked: [] as number[],
    signCheckpoint(fields: typeof PLACE) {
      this.asked.push(fields.seq);
      const { pubkey } = signing;
      return Promise.resolve({ signature: signing.signCheckpoint(fields), pubkey });
    },
  };
}

Deno.test("signCheckpoint() signs exactly these fields: the signature fails for any other checkpoint", async () => {
  const { signature, pubkey } = await (await signer()).signCheckpoint(PLACE);
  assert.equal(pubkey, publicKeyOf(KEY));
  const others = [
    PLACE,
    { ...PLACE, seq: 4712 },
    { ...PLACE, hash: "ac".repeat(32) },
    { ...PLACE, commit: "ce".repeat(20) },
    { ...PLACE, commit: null },
    { ...PLACE, commit: "cd".repeat(32) },
    { ...PLACE, seq: -1 },
    { ...PLACE, hash: "AB".repeat(32) },
  ];
  const found = [];
  for (const place of others) found.push(await verifyCheckpoint(place, signature, pubkey));
  assert.deepEqual(found, [true, ...Array(7).fill(false)]);
  assert.equal(await verifyCheckpoint(PLACE, signature.slice(2), pubkey), false);
  assert.equal(
    await verifyCheckpoint(PLACE, signature, publicKeyOf(new Uint8Array(32).fill(8))),
    false,
  );
});

Deno.test("checkpointDigest() must never change: other programs verify it too", () => {
  const digest = checkpointDigest({ seq: 1, hash: "00".repeat(32), commit: null });
  assert.deepEqual(
    digest,
    hexToBytes("00ec21c8157b7cd4e4b5c5e72049da445d226f379660fdf2a36041b496bfae2c"),
  );
});

const MALFORMED: readonly (readonly [note: string, fields: unknown])[] = [
  ["a digest", "ab".repeat(32)],
  ["nothing", null],
  ["no hash", { seq: 1, commit: null }],
  ["no commit", { seq: 1, hash: "00".repeat(32) }],
  ["seq as text", { seq: "1", hash: "00".repeat(32), commit: null }],
  ["seq of 0", { seq: 0, hash: "00".repeat(32), commit: null }],
  ["a fraction", { seq: 1.5, hash: "00".repeat(32), commit: null }],
  ["a short hash", { seq: 1, hash: "00".repeat(31), commit: null }],
  ["bytes for a hash", { seq: 1, hash: new Uint8Array(32), commit: null }],
  ["a short commit", { seq: 1, hash: "00".repeat(32), commit: "ab" }],
];

for (const [note, fields] of MALFORMED) {
  Deno.test(`signCheckpoint() refuses ${note}`, async () => {
    const signing = await createEventSigning(KEY, (size) => new Uint8Array(size));
    assert.throws(() => signing.signCheckpoint(fields), { name: "SignerError", code: "bad_field" });
  });
}

Deno.test("audit: a drained journal has a checkpoint over its last entry, stored and committed", async () => {
  await using home = await auditHome();
  const audit = home.start({}, await signer());
  await home.store.commit(channelChanges());
  await pay(home.store, 3);
  await audit.drain(LONG_MS);
  const tip = await home.store.journalTip();
  const [row] = (await home.store.checkpoints(0, 100)).slice(-1);
  assert.deepEqual({ seq: row.seq, hash: row.hash }, tip);
  assert.equal(await verifyCheckpoint(row, row.signature, row.pubkey), true);
  const { time, ...kept } = JSON.parse(await home.git("show", "main:checkpoint.json"));
  const { atMs, ...stored } = row;
  assert.deepEqual([kept, Date.parse(time)], [stored, atMs]);
  // The checkpoint signs the commit below it, which contains the entry.
  assert.equal(await home.git("rev-parse", "main^"), `${row.commit}\n`);
  assert.match(await home.git("log", "-1", "--format=%B", row.commit!), /^Entry: 5 /m);
  assert.equal(await home.git("status", "--porcelain"), "");
  await follows(home);
});

Deno.test("audit: it signs nothing when there is nothing new, also in another run", async () => {
  await using home = await auditHome();
  const asked = await signer();
  const audit = home.start({}, asked);
  await home.store.commit(channelChanges());
  await audit.drain(LONG_MS);
  await audit.drain(LONG_MS);
  await home.end();
  await home.start({}, asked).drain(LONG_MS);
  assert.deepEqual(asked.asked, [2]);
});

Deno.test("audit: a signer that refuses is reported once, and the audit continues", async () => {
  await using home = await auditHome();
  const audit = home.start({}, { signCheckpoint: () => Promise.reject(new Error("locked")) });
  await home.store.commit(channelChanges());
  await audit.drain(LONG_MS);
  await pay(home.store, 2);
  const { committed, gitTrouble } = await audit.drain(LONG_MS);
  assert.deepEqual([committed, gitTrouble], [4, null]);
  assert.deepEqual(home.lines.filter(({ msg }) => msg === "no checkpoint could be made").length, 1);
  await follows(home);
});
