/** The services that make wallet files and give keys out. */
import assert from "node:assert/strict";
import { definition as keyMaker } from "../../../money/wallet/key_maker_service.ts";
import { createWalletWork } from "../../../money/wallet/wallet_service.ts";

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the wallet service gives keys out as its answer, or into a new file of its owner's", async () => {
  await inFolder(async (folder) => {
    const work = await createWalletWork();
    const keyFile = `${folder}/identity.enc`;
    const passphrase = { text: "correct horse battery staple" };
    const made = await work.make({ keyFile, passphrase });
    assert.equal(made.blob, null, "it is in the file");
    const keys = { identityFile: keyFile, passphrase };
    const told = await work.reveal(keys, null);
    assert.match(told.text!, /^nsec1[a-z0-9]{58} 0x[0-9a-f]{64}\n$/);
    assert.equal(told.view.pubkey, made.pubkey);

    const to = `${folder}/keys`;
    const written = await work.reveal(keys, to);
    assert.equal(written.text, null);
    assert.equal(await Deno.readTextFile(to), told.text);
    assert.equal((await Deno.stat(to)).mode! & 0o777, 0o600);
    await assert.rejects(work.reveal(keys, to), { name: "KeyFileError", code: "exists" });
  });
});

Deno.test("the key maker seals a wallet under 32 random bytes, and keeps them beside it for its owner alone", async () => {
  await inFolder(async (folder) => {
    const maker = await keyMaker.start({ folders: [folder] });
    const keyFile = `${folder}/wallets/identity.enc`;
    await Deno.mkdir(`${folder}/wallets`);
    const passphraseFile = `${folder}/passphrase`;
    const made = await maker.make({ keyFile, passphraseFile });
    const passphrase = await Deno.readTextFile(passphraseFile);
    assert.match(passphrase, /^[0-9a-f]{64}\n$/);
    for (const path of [keyFile, passphraseFile]) {
      assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    }
    const work = await createWalletWork();
    const look = await work.look({
      identityFile: keyFile,
      passphrase: { file: passphraseFile },
    });
    assert.deepEqual([look.pubkey, look.paymentAddress], [made.pubkey, made.paymentAddress]);
    assert.equal(look.oneKey, false);
  });
});
