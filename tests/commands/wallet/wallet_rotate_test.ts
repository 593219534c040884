import assert from "node:assert/strict";
import { openWallet, type WalletKeys } from "../../../money/wallet/wallet_keys.ts";
import { killQuietly } from "../../e2e/alive.ts";
import { start, testHome } from "../../e2e/process.ts";

const PHRASES = ["correct horse battery staple", "another phrase of many words"];
const NETWORK = ["--network", "base-sepolia"];

/** The wallet's keys, and which passphrase opens it. */
async function opened(file: string): Promise<{ readonly keys: WalletKeys; readonly with: number }> {
  const blob = (await Deno.readTextFile(file)).trim();
  for (const [index, phrase] of PHRASES.entries()) {
    const keys = await openWallet(blob, phrase).catch(() => null);
    if (keys !== null) return { keys, with: index };
  }
  throw new Error("no passphrase opens the wallet");
}

Deno.test("wallet rotate killed at any moment leaves the same keys under the old or the new passphrase, and can be given again", async () => {
  await using home = await testHome();
  const files = await Promise.all(PHRASES.map(async (phrase, index) => {
    const path = `${home.path}/phrase-${index}`;
    await Deno.writeTextFile(path, `${phrase}\n`, { mode: 0o600 });
    return path;
  }));
  const wallet = `${home.path}/identity.enc`;
  await home.json(["wallet", "init", ...NETWORK, "--passphrase-file", files[0]]);
  const before = await opened(wallet);
  const rotate = (from: number) => [
    ...["wallet", "rotate", ...NETWORK, "--passphrase-file", files[from]],
    ...["--new-passphrase-file", files[1 - from]],
  ];
  // Killed once the new file is begun, at a moment after that, and once it may be done.
  for (const pauseMs of [0, 1, 3, 10, 1_000]) {
    const { with: from } = await opened(wallet);
    const blob = await Deno.readTextFile(wallet);
    // Of the round before: this round's own is waited for.
    await Deno.remove(`${wallet}.new`).catch(() => undefined);
    const process = start(rotate(from), { home: home.path });
    let over = false;
    process.ended.finally(() => over = true).catch(() => undefined);
    while (!over && !await begun(wallet, blob)) await pause(1);
    await pause(pauseMs);
    killQuietly(process.pid);
    await process.ended;
    const after = await opened(wallet);
    assert.deepEqual(after.keys, before.keys);
    assert.equal((await Deno.stat(wallet)).mode! & 0o777, 0o600);
  }
  const { with: from } = await opened(wallet);
  const changed = await home.json(rotate(from));
  assert.equal(changed.schema, "wallet-sealed/1");
  const after = await opened(wallet);
  assert.deepEqual([after.keys, after.with], [before.keys, 1 - from]);
  await assert.rejects(Deno.stat(`${wallet}.new`), Deno.errors.NotFound);
});

/** Whether the new file is there, or in the old one's place. */
async function begun(wallet: string, blob: string): Promise<boolean> {
  const beside = await Deno.stat(`${wallet}.new`).then(() => true, () => false);
  return beside || await Deno.readTextFile(wallet) !== blob;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
