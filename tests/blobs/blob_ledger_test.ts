import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { BlobLedger } from "../../blobs/server/blob_ledger.ts";
import { schemaDump } from "../schema_dump.ts";

const PINNED = new URL("../../fixtures/blobs/schema.sql", import.meta.url);
const [A, B, KEY, OTHER] = ["a", "b", "1", "2"].map((digit) => digit.repeat(64));
const PAID = { free: false, capacityBytes: 1_000, mostUploads: 2 };

async function withFile(run: (file: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/ledger.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function withLedger(file: string, run: (ledger: BlobLedger) => void): void {
  const ledger = new BlobLedger(file);
  try {
    run(ledger);
  } finally {
    ledger.close();
  }
}

Deno.test("BlobLedger makes the tables of a new file with exactly the pinned statements", () =>
  withFile(async (file) => {
    withLedger(file, () => {});
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      assert.equal(schemaDump(db), await Deno.readTextFile(PINNED));
    } finally {
      db.close();
    }
  }));

Deno.test("BlobLedger reads and writes a file that has the pinned tables and rows of an earlier build", () =>
  withFile(async (file) => {
    const earlier = new DatabaseSync(file);
    earlier.exec(await Deno.readTextFile(PINNED));
    earlier.exec(
      `INSERT INTO blobs VALUES ('${A}', 10, 1, 100);
       INSERT INTO owners VALUES ('${KEY}', '${A}', 2);
       INSERT INTO accounts VALUES ('${KEY}', 50, 10);
       INSERT INTO orders VALUES ('o', '${KEY}', 50, 1);
       INSERT INTO uploads VALUES ('${KEY}', '${B}', 7, 3);`,
    );
    earlier.close();
    withLedger(file, (ledger) => {
      assert.deepEqual(ledger.blob(A, 99), { sha256: A, size: 10, uploadedS: 1, expiresS: 100 });
      assert.equal(ledger.blob(A, 100), null);
      // In the list of a key stands when this key stored the blob.
      assert.deepEqual(ledger.list(KEY, 0, 9, 9), [{
        sha256: A,
        size: 10,
        uploadedS: 2,
        expiresS: 100,
      }]);
      assert.deepEqual(ledger.account(KEY), { boughtBytes: 50, usedBytes: 10, heldBytes: 7 });
      assert.equal(ledger.credit("o", KEY, 50, 4).boughtBytes, 50);
      assert.equal(ledger.credit("p", KEY, 5, 4).boughtBytes, 55);
      assert.equal(ledger.storedBytes(), 17);
    });
  }));

Deno.test("BlobLedger holds the bytes of an upload, books it once, and forgets what has no owner", () =>
  withFile((file) =>
    withLedger(file, (ledger) => {
      const upload = { pubkey: KEY, sha256: A, size: 40 };
      assert.equal(ledger.hold(upload, PAID, 1), "unpaid");
      ledger.credit("o", KEY, 100, 1);
      assert.equal(ledger.hold(upload, PAID, 1), "held");
      assert.equal(ledger.hold(upload, PAID, 2), "held");
      assert(ledger.isHeld(A));
      assert.deepEqual(ledger.account(KEY), { boughtBytes: 100, usedBytes: 0, heldBytes: 40 });
      assert.equal(ledger.hold({ ...upload, sha256: B, size: 61 }, PAID, 2), "unpaid");
      const stored = { sha256: A, size: 40, uploadedS: 3, expiresS: 50 };
      ledger.stored(KEY, stored, false);
      assert.deepEqual(ledger.account(KEY), { boughtBytes: 100, usedBytes: 40, heldBytes: 0 });
      // Another owner keeps it longer, and never shorter.
      ledger.stored(OTHER, { ...stored, uploadedS: 9, expiresS: 60 }, true);
      ledger.stored(OTHER, { ...stored, uploadedS: 10, expiresS: 55 }, true);
      assert.deepEqual(ledger.blob(A, 1), { ...stored, expiresS: 60 });
      assert.deepEqual(ledger.list(OTHER, 10, 10, 1), [{ ...stored, uploadedS: 10, expiresS: 60 }]);
      assert.equal(ledger.count(), 1);
      assert(ledger.owns(KEY, A) && !ledger.owns(KEY, B));
      assert.equal(ledger.disown(KEY, A), false);
      assert.deepEqual(ledger.expired(60, 5), [A]);
      assert.equal(ledger.disown(OTHER, A), true);
      assert(!ledger.knows(A));
    })
  ));

Deno.test("BlobLedger prepares no statement a second time", () =>
  withFile((file) =>
    withLedger(file, (ledger) => {
      const everything = () => {
        ledger.credit("o", KEY, 100, 1);
        ledger.hold({ pubkey: KEY, sha256: A, size: 1 }, PAID, 1);
        ledger.stored(KEY, { sha256: A, size: 1, uploadedS: 3, expiresS: 50 }, false);
        ledger.blob(A, 1);
        ledger.list(KEY, 0, 9, 1);
        ledger.release(KEY, A);
        ledger.releaseOld(1);
        ledger.expired(1, 1);
        ledger.disown(KEY, A);
        ledger.forget(A);
        return [ledger.knows(A), ledger.isHeld(A), ledger.owns(KEY, A), ledger.count()];
      };
      everything();
      const { prepare } = DatabaseSync.prototype;
      try {
        DatabaseSync.prototype.prepare = (sql) => {
          throw new Error(`prepared again: ${sql}`);
        };
        assert.deepEqual(everything(), [false, false, false, 0]);
      } finally {
        DatabaseSync.prototype.prepare = prepare;
      }
    })
  ));
