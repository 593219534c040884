/** Checks of the blobs of a world, and of what was paid to store them. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { BLOB_ORDER_KIND } from "../../protocols/nostr/kinds.ts";
import { hashOf } from "./blobs.ts";

/**
 * Every file under a hash is whole. The server has a file for each blob that it promises, credited each order once and only if it was
 * paid, and no key used more than it bought.
 *
 * @param writes Obligations that were fulfilled.
 */
export async function checkBlobs(
  root: string,
  writes: ReadonlySet<string>,
): Promise<void> {
  if (!await isFolder(`${root}/buyer/blobs`)) return;
  for (const role of ["buyer", "provider", "hub"]) {
    for await (const path of filesIn(`${root}/${role}/blobs/blobs`)) {
      const named = path.slice(path.lastIndexOf("/") + 1);
      assert.equal(hashOf(await Deno.readFile(path)), named, `${role} has a part of a blob`);
    }
  }
  const file = `${root}/hub/blobs/ledger.db`;
  const ledger = new DatabaseSync(file, { readOnly: true });
  try {
    const of = (sql: string) => ledger.prepare(sql).all();
    for (const { sha256 } of of("SELECT sha256 FROM blobs")) {
      const path = `${root}/hub/blobs/blobs/${String(sha256).slice(0, 2)}/${sha256}`;
      await Deno.stat(path).catch(() => assert.fail(`the server lost blob ${sha256}`));
    }
    for (const { order_id: id } of of("SELECT order_id FROM orders")) {
      assert.ok(writes.has(`write:${id}`), `storage was credited for ${id} and not paid`);
    }
    for (const id of ordersOnRelay(root)) {
      const credited = ledger.prepare("SELECT 1 FROM orders WHERE order_id = ?").get(id);
      assert.ok(credited, `storage was paid with ${id} and not credited`);
    }
    assert.deepEqual(of("SELECT * FROM accounts WHERE used > bought"), [], "used and not bought");
    const bought = of("SELECT total(bought) AS n FROM accounts")[0]!.n;
    assert.equal(bought, of("SELECT total(bytes) AS n FROM orders")[0]!.n, "bought is not paid");
  } finally {
    ledger.close();
  }
}

function ordersOnRelay(root: string): string[] {
  const relay = new DatabaseSync(`${root}/hub/relay.db`, { readOnly: true });
  try {
    return relay.prepare("SELECT id FROM events WHERE kind = ?").all(BLOB_ORDER_KIND)
      .map(({ id }) => String(id));
  } finally {
    relay.close();
  }
}

/** A colluding party keeps no blobs. */
async function isFolder(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => null))?.isDirectory === true;
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}
