import assert from "node:assert/strict";
import { openWallet } from "../../../money/wallet/wallet_keys.ts";
import { MemoryIo, run } from "../memory_io.ts";

const PASSPHRASE = "correct horse battery";

/** A home in a temporary folder, which is removed at the end. */
async function place(passphrase = `${PASSPHRASE}\nnot this line\n`, mode = 0o600) {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  const passphraseFile = `${root}/pass`;
  await Deno.writeTextFile(passphraseFile, passphrase);
  await Deno.chmod(passphraseFile, mode);
  const home = `${root}/gt`;
  const wallet = (...args: string[]) => {
    const io = new MemoryIo();
    io.variables = { GASTOWN_HOME: home };
    io.cwd = () => root;
    return run(["wallet", ...args], { io });
  };
  const keyFile = `${home}/identity.enc`;
  const configure = (text: string) => Deno.writeTextFile(`${home}/crosstown.toml`, text);
  return {
    home,
    keyFile,
    passphraseFile,
    wallet,
    configure,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

Deno.test("wallet init makes identity.enc, whoami opens it with the passphrase of the file", async () => {
  await using at = await place();
  const made = await at.wallet("init", "--passphrase-file", "pass", "--output", "json");
  assert.deepEqual([made.code, made.err], [0, ""]);
  const { pubkey, address, file } = JSON.parse(made.out);
  assert.match(pubkey, /^[0-9a-f]{64}$/);
  assert.match(address, /^0x[0-9a-f]{40}$/);
  assert.equal(file, at.keyFile);
  assert.equal((await Deno.stat(at.keyFile)).mode! & 0o777, 0o600);
  const { nostrKey, paymentKey } = await openWallet(
    await Deno.readTextFile(at.keyFile),
    PASSPHRASE,
  );
  assert.notDeepEqual(nostrKey, paymentKey, "a payment key of its own");

  await at.configure(`[wallet]\npassphrase_file = "${at.passphraseFile}"\n`);
  const who = await at.wallet("whoami", "--output", "json");
  assert.deepEqual(JSON.parse(who.out), {
    schema: "wallet-identity/1",
    pubkey,
    address,
    network: "base-sepolia",
  });
  const text = await at.wallet("whoami");
  assert.equal(text.out, `pubkey   ${pubkey}\naddress  ${address}\n`);
});

Deno.test("wallet init says in text how commands will open the wallet, and never shows the passphrase", async () => {
  await using at = await place();
  const { code, out, err } = await at.wallet("init", "--passphrase-file", at.passphraseFile);
  assert.equal(code, 0);
  assert.match(out, /^pubkey {3}[0-9a-f]{64}\naddress {2}0x[0-9a-f]{40}\nfile /);
  assert.ok(err.includes(`crosstown.toml now names ${at.passphraseFile}`));
  assert.ok(!`${out}${err}`.includes(PASSPHRASE));
});

Deno.test("wallet init and wallet passphrase say what to store where the configuration names a keyring, and no file beside it", async () => {
  await using at = await place();
  await Deno.mkdir(at.home, { mode: 0o700 });
  const configuration = '[wallet]\npassphrase_keyring = "crosstown"\n';
  await at.configure(configuration);
  const store = /keyring[^]*service crosstown|keyring[^]*-s crosstown/;
  const opened = ["--passphrase-file", at.passphraseFile];
  const made = await at.wallet("init", ...opened);
  assert.equal(made.code, 0, made.err);
  assert.match(made.err, store);
  assert.doesNotMatch(made.err, /passphrase_file/);
  assert.equal(await Deno.readTextFile(`${at.home}/crosstown.toml`), configuration);
  const next = `${at.home}/next`;
  await Deno.writeTextFile(next, "another passphrase of many words\n", { mode: 0o600 });
  const changed = await at.wallet("passphrase", ...opened, "--new-passphrase-file", next);
  assert.equal(changed.code, 0, changed.err);
  assert.match(changed.err, store);
});

Deno.test("wallet init takes the file of the configuration, and makes none with --dry-run", async () => {
  await using at = await place();
  await Deno.mkdir(at.home, { mode: 0o700 });
  await at.configure(`[wallet]\npassphrase_file = "${at.passphraseFile}"\n`);
  assert.equal((await at.wallet("init", "--dry-run")).code, 0);
  await assert.rejects(Deno.stat(at.keyFile), Deno.errors.NotFound);
  const { code, err } = await at.wallet("init");
  assert.deepEqual([code, err], [0, ""]);
  await Deno.stat(at.keyFile);
});

Deno.test("wallet init never overwrites a wallet", async () => {
  await using at = await place();
  await at.wallet("init", "--passphrase-file", "pass");
  const before = await Deno.readTextFile(at.keyFile);
  const { code, out } = await at.wallet("init", "--passphrase-file", "pass", "--output", "json");
  assert.equal(code, 1);
  assert.equal(JSON.parse(out).error.code, "wallet_exists");
  assert.equal(await Deno.readTextFile(at.keyFile), before);
});

Deno.test("two 'wallet init' at once make one wallet", async () => {
  await using at = await place();
  const both = await Promise.all(
    [1, 2].map(() => at.wallet("init", "--passphrase-file", "pass", "--output", "json")),
  );
  assert.deepEqual(both.map(({ code }) => code).sort(), [0, 1]);
  await openWallet(await Deno.readTextFile(at.keyFile), PASSPHRASE);
});

for (
  const { name, passphrase, mode, args = ["--passphrase-file", "pass"], error } of [
    { name: "no file", args: [], error: "usage" },
    { name: "a missing file", args: ["--passphrase-file", "none"], error: "passphrase_no_file" },
    { name: "eleven characters", passphrase: "12345678901\n", error: "passphrase_too_short" },
    // Characters, not bytes or UTF-16 units.
    {
      name: "eleven characters of four bytes each",
      passphrase: "\u{1f511}".repeat(11),
      error: "passphrase_too_short",
    },
    { name: "an empty file", passphrase: "", error: "passphrase_too_short" },
    { name: "a file that others may read", mode: 0o644, error: "passphrase_mode" },
    { name: "a folder", args: ["--passphrase-file", "."], error: "passphrase_not_a_file" },
    { name: "a huge file", passphrase: "x".repeat(2_000), error: "passphrase_too_large" },
  ]
) {
  Deno.test(`wallet init refuses ${name} with exit 2 and makes nothing`, async () => {
    await using at = await place(passphrase, mode);
    const { code, out } = await at.wallet("init", ...args, "--output", "json");
    const refused = JSON.parse(out).error;
    assert.deepEqual([code, refused.code], [2, error]);
    assert.ok(refused.suggestion.length > 10);
    await assert.rejects(Deno.stat(at.keyFile), Deno.errors.NotFound);
  });
}

Deno.test("wallet init and whoami say that a folder is no file for a passphrase", async () => {
  await using at = await place();
  const suggestionOf = async (...args: string[]) =>
    JSON.parse((await at.wallet(...args, "--passphrase-file", ".", "--output", "json")).out).error
      .suggestion;
  assert.match(await suggestionOf("init"), /^name the file itself, not a folder or a device$/);
  await at.wallet("init", "--passphrase-file", "pass");
  assert.match(await suggestionOf("whoami"), /^name the file itself, not a folder or a device: /);
});

Deno.test("whoami says how to get a wallet, how to name its passphrase, and when the passphrase is wrong", async () => {
  await using at = await place();
  const codeOf = async () => JSON.parse((await at.wallet("whoami", "--output", "json")).out).error;
  const none = await codeOf();
  assert.equal(none.code, "no_wallet");
  assert.match(none.suggestion, /crosstown wallet init/);
  await at.wallet("init", "--passphrase-file", "pass");
  await at.configure("");
  const unnamed = await codeOf();
  assert.equal(unnamed.code, "no_passphrase");
  assert.match(unnamed.suggestion, /passphrase_file under \[wallet\]/);
  await at.configure(`[wallet]\npassphrase_file = "${at.passphraseFile}"\n`);
  await Deno.writeTextFile(at.passphraseFile, "another passphrase");
  const wrong = await codeOf();
  assert.equal(wrong.code, "wrong_passphrase");
  assert.match(wrong.message, /wrong passphrase/);
  assert.match(wrong.suggestion, /check the passphrase/);
});
