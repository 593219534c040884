import assert from "node:assert/strict";
import { openBlob } from "../../../money/wallet/blob.ts";
import { openWallet } from "../../../money/wallet/wallet_keys.ts";
import { HEX, NSEC, PASSPHRASE, place, PUBKEY } from "./wallet_place.ts";

Deno.test("wallet import takes an nsec from a file, says that one key serves both, and shows no secret", async () => {
  await using at = await place();
  const { code, out, err } = await at.wallet(
    ...["import", "--key-file", "nsec", "--passphrase-file", "pass"],
  );
  assert.equal(code, 0);
  assert.match(out, new RegExp(`^pubkey {3}${PUBKEY}\n`));
  assert.match(err, /One key now serves both events and payments/);
  for (const secret of [HEX, NSEC, PASSPHRASE]) assert.ok(!`${out}${err}`.includes(secret));
  const keys = await openWallet(await Deno.readTextFile(at.keyFile), PASSPHRASE);
  assert.deepEqual([keys.nostrKey.toHex(), keys.paymentKey.toHex()], [HEX, HEX]);
  assert.equal((await Deno.stat(at.keyFile)).mode! & 0o777, 0o600);
  const again = await at.json("import", "--key-file", "nsec", "--passphrase-file", "pass");
  assert.equal(again.error.code, "wallet_exists");
});

Deno.test("wallet import, show and export ask at a terminal, and ask twice for what is chosen", async () => {
  await using at = await place();
  const made = await at.atTerminal([NSEC, PASSPHRASE, PASSPHRASE], "import");
  assert.equal(made.code, 0, made.err);
  assert.equal(made.asked.length, 3);
  const shown = await at.atTerminal([PASSPHRASE], "show");
  assert.match(shown.out, new RegExp(PUBKEY));
  assert.match(shown.err, /TESTNET base-sepolia/);
  const mistyped = [PASSPHRASE, `${PASSPHRASE}!`];
  const differs = await at.atTerminal([...mistyped, ...mistyped, ...mistyped], "configure");
  assert.deepEqual([differs.code, /entries differ/.test(differs.err)], [2, true]);
  const corrected = [...mistyped, "too short", PASSPHRASE, PASSPHRASE, NSEC];
  const configured = await at.atTerminal(corrected, "configure");
  assert.deepEqual(configured.asked.slice(0, 5).map((prompt) => prompt.split(" ")[0]), [
    ...["Passphrase", "Passphrase", "The", "That", "Passphrase"],
  ]);
  const givenUp = await at.atTerminal([null], "show");
  assert.equal(givenUp.code, 1);
  const stopped = await at.atTerminal(["\x03"], "show");
  assert.equal(stopped.code, 130);
});

Deno.test("wallet import and init refuse a wrong key and a home with a wallet before they ask for a passphrase", async () => {
  await using at = await place();
  const mistyped = await at.atTerminal(
    [NSEC.replace("vl0", "vl9"), PASSPHRASE, PASSPHRASE],
    "import",
  );
  assert.deepEqual([mistyped.code, mistyped.asked.length], [2, 1]);
  assert.match(mistyped.err, /the nsec has a wrong checksum/);
  await assert.rejects(Deno.stat(at.keyFile), Deno.errors.NotFound);
  await at.wallet("import", "--key-file", "nsec", "--passphrase-file", "pass");
  for (const args of [["init"], ["import", "--key-file", "nsec"]]) {
    const { code, err, asked } = await at.atTerminal([PASSPHRASE, PASSPHRASE], ...args);
    assert.deepEqual([code, asked], [1, []]);
    assert.match(err, /there is a wallet in .* already/);
  }
});

const unasked = [
  ["import", "--passphrase-file", "pass"],
  ["import", "--key-file", "nsec"],
];

for (const args of unasked) {
  Deno.test(`wallet ${args.join(" ")} asks nothing without a terminal, nor with --non-interactive`, async () => {
    await using at = await place();
    const piped = await at.wallet(...args);
    const told = await at.atTerminal(["x"], ...args, "--non-interactive");
    for (const { code, err, asked } of [piped, told]) {
      assert.deepEqual([code, asked], [2, []]);
      assert.match(err, /-file is missing/);
    }
    await assert.rejects(Deno.stat(at.keyFile), Deno.errors.NotFound);
  });
}

const unopened = [
  ["show"],
  ["receive"],
  ["whoami"],
  ["balance"],
  ["limits"],
  ["export", "--show"],
  ["passphrase", "--passphrase-file", "pass"],
];

for (const args of unopened) {
  Deno.test(`wallet ${args.join(" ")} says how to give a passphrase where nobody can be asked`, async () => {
    await using at = await place();
    await at.wallet("import", "--key-file", "nsec", "--passphrase-file", "pass");
    await Deno.remove(`${at.root}/gt/crosstown.toml`);
    const piped = await at.wallet(...args);
    const told = await at.atTerminal(["x"], ...args, "--non-interactive");
    for (const { code, err, asked } of [piped, told]) {
      assert.deepEqual([code, asked], [2, []], err);
      assert.match(err, /-passphrase-file/);
    }
  });
}

const badKeys = [
  ["a mistyped nsec", NSEC.replace(/5$/, "6"), "bad_key", /wrong checksum/],
  ["zero", "0".repeat(64), "bad_key", /is not valid: it is zero or too large/],
  ["a number above the order", "f".repeat(64), "bad_key", /is not valid: it is zero or too large/],
  ["nothing", "", "bad_key", /64 hex digits/],
] as const;

for (const [name, key, error, words] of badKeys) {
  Deno.test(`wallet import refuses ${name} with exit 2 and makes nothing`, async () => {
    await using at = await place();
    await at.write("key", key);
    const args = ["import", "--key-file", "key", "--passphrase-file", "pass"];
    const { code, out } = await at.wallet(...args, "--output", "json");
    const refused = JSON.parse(out).error;
    assert.deepEqual([code, refused.code], [2, error]);
    assert.match(refused.message, words);
    await assert.rejects(Deno.stat(at.keyFile), Deno.errors.NotFound);
  });
}

Deno.test("wallet import refuses a key file that others may read", async () => {
  await using at = await place();
  await at.write("open", HEX, 0o644);
  const { error } = await at.json("import", "--key-file", "open", "--passphrase-file", "pass");
  assert.equal(error.code, "passphrase_mode");
  assert.match(error.suggestion, /chmod 600/);
});

Deno.test("wallet configure prints an encrypted blob that opens to the given key, and writes nothing", async () => {
  await using at = await place();
  const { code, out } = await at.wallet(
    ...["configure", "--key-file", "nsec", "--passphrase-file", "pass"],
  );
  assert.equal(code, 0);
  assert.equal((await openBlob(out.trim(), PASSPHRASE)).toHex(), HEX);
  await assert.rejects(Deno.stat(at.keyFile), Deno.errors.NotFound);
});

Deno.test("wallet passphrase encrypts the same keys again; a wrong one changes nothing, always with the same message", async () => {
  await using at = await place();
  await at.wallet("init", "--passphrase-file", "pass");
  const before = await openWallet(await Deno.readTextFile(at.keyFile), PASSPHRASE);
  await at.write("new", "another long passphrase");
  await at.write("wrong", "wrong horse battery");
  const args = ["passphrase", "--new-passphrase-file", "new", "--passphrase-file"];
  const refused = await at.json(...args, "wrong");
  assert.equal(refused.error.code, "wrong_passphrase");
  // Nobody chooses a new passphrase in vain.
  const typed = ["another long passphrase", "another long passphrase"];
  const early = await at.atTerminal(typed, "passphrase", "--passphrase-file", "wrong");
  assert.deepEqual([early.code, early.asked], [1, []]);
  const changed = (await Deno.readTextFile(at.keyFile)).replace(
    /(.)(.{8})\n$/,
    (_, at: string, rest: string) => `${at === "A" ? "B" : "A"}${rest}\n`,
  );
  const intact = await Deno.readTextFile(at.keyFile);
  await Deno.writeTextFile(at.keyFile, changed);
  assert.deepEqual(await at.json(...args, "pass"), refused);
  await Deno.writeTextFile(at.keyFile, intact);

  const { code, err } = await at.wallet(...args, "pass");
  assert.equal(code, 0);
  // `wallet init` wrote passphrase_file into the configuration.
  assert.match(
    err,
    /write the new passphrase into .*pass: passphrase_file under \[wallet\] names it/,
  );
  const text = await Deno.readTextFile(at.keyFile);
  assert.deepEqual(await openWallet(text, "another long passphrase"), before);
  assert.equal((await Deno.stat(at.keyFile)).mode! & 0o777, 0o600);
});

Deno.test("wallet init names the passphrase's file where there is no configuration yet, and touches no other", async () => {
  await using at = await place();
  await at.wallet("init", "--passphrase-file", "pass");
  const config = `${at.root}/gt/crosstown.toml`;
  assert.equal(await Deno.readTextFile(config), `[wallet]\npassphrase_file = "${at.root}/pass"\n`);
  assert.equal((await Deno.stat(config)).mode! & 0o777, 0o600);
  assert.match((await at.json("show")).address, /^0x[0-9a-f]{40}$/);
  await Deno.remove(at.keyFile);
  await Deno.writeTextFile(config, "# mine\n");
  const { err } = await at.wallet("init", "--passphrase-file", "pass");
  assert.match(err, /Add this to/);
  assert.equal(await Deno.readTextFile(config), "# mine\n");
});

Deno.test("wallet export writes a new file of mode 0600 and never overwrites one; only --show prints", async () => {
  await using at = await place();
  await at.wallet("import", "--key-file", "nsec", "--passphrase-file", "pass");
  const quiet = await at.wallet("export", "--to", "keys", "--passphrase-file", "pass");
  assert.equal(quiet.code, 0);
  assert.ok(!`${quiet.out}${quiet.err}`.includes(NSEC));
  assert.equal(await Deno.readTextFile(`${at.root}/keys`), `${NSEC}\n`);
  assert.equal((await Deno.stat(`${at.root}/keys`)).mode! & 0o777, 0o600);
  const again = await at.json("export", "--to", "keys", "--passphrase-file", "pass");
  assert.equal(again.error.code, "file_exists");
  const shown = await at.json("export", "--show", "--passphrase-file", "pass");
  assert.deepEqual(shown.keys, [NSEC]);
  const neither = await at.wallet("export", "--passphrase-file", "pass");
  assert.equal(neither.code, 2);
});

Deno.test("wallet import makes of what wallet export wrote the same wallet, also where it has two keys", async () => {
  await using at = await place();
  await using other = await place();
  const made = await at.json("init", "--passphrase-file", "pass");
  assert.equal((await at.wallet("export", "--to", "keys", "--passphrase-file", "pass")).code, 0);
  await other.write("keys", await Deno.readTextFile(`${at.root}/keys`));
  const moved = await other.json("import", "--key-file", "keys", "--passphrase-file", "pass");
  assert.deepEqual(
    [moved.pubkey, moved.address, moved.one_key],
    [made.pubkey, made.address, false],
  );
});

Deno.test("wallet import takes both keys of an export in two lines, as earlier versions wrote them, from a file and a pipe", async () => {
  await using at = await place();
  const made = await at.json("init", "--passphrase-file", "pass");
  assert.equal((await at.wallet("export", "--to", "keys", "--passphrase-file", "pass")).code, 0);
  const lines = (await Deno.readTextFile(`${at.root}/keys`)).replace(" ", "\n");
  assert.equal(lines.trim().split("\n").length, 2);
  for (const from of ["keys", "-"]) {
    await using other = await place();
    await other.write("keys", lines);
    if (from === "-") other.piped.text = lines;
    const moved = await other.json("import", "--key-file", from, "--passphrase-file", "pass");
    assert.deepEqual(
      [moved.pubkey, moved.address, moved.one_key],
      [made.pubkey, made.address, false],
      from,
    );
  }
});

Deno.test("wallet export asks for the passphrase though the configuration names one", async () => {
  await using at = await place();
  await at.wallet("init", "--passphrase-file", "pass");
  const config = `[wallet]\npassphrase_file = "${at.root}/pass"\n`;
  await Deno.writeTextFile(`${at.root}/gt/crosstown.toml`, config);
  assert.equal((await at.wallet("show")).code, 0);
  assert.equal((await at.wallet("export", "--show")).code, 2);
});

Deno.test("wallet show and receive give document, table and text, without a secret", async () => {
  await using at = await place();
  await at.wallet("import", "--key-file", "nsec", "--passphrase-file", "pass");
  const shown = await at.json("show", "--passphrase-file", "pass");
  assert.deepEqual([shown.pubkey, shown.one_key, shown.chain_id], [PUBKEY, true, 84_532]);
  const csv = await at.wallet("show", "--passphrase-file", "pass", "--output", "csv");
  assert.match(csv.out, /^pubkey,address,one_key,npub,file,source,network,chain_id,testnet\r\n/);
  const { out } = await at.wallet("receive", "--passphrase-file", "pass");
  assert.match(out, /^address {2}0x[0-9a-fA-F]{40}\nfor {6}M2M and gas on base-sepolia/);
  assert.equal(out.split("\n")[0].slice(9).toLowerCase(), shown.address);
});

const fromEnvironment: readonly [string, (blob: string) => Record<string, string>][] = [
  ["a blob", (blob) => ({ GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED: blob })],
  ["a key in plain text", () => ({
    GASTOWN_WALLET_PRIVATE_KEY: HEX,
    GASTOWN_ALLOW_UNENCRYPTED_KEYS: "true",
  })],
];

for (const [name, variables] of fromEnvironment) {
  Deno.test(`wallet show, receive and export use ${name} of the environment, and say so`, async () => {
    await using at = await place();
    const made = await at.wallet("configure", "--key-file", "nsec", "--passphrase-file", "pass");
    Object.assign(at.variables, variables(made.out.trim()));
    const [variable] = Object.keys(variables(""));
    const shown = await at.json("show", "--passphrase-file", "pass");
    assert.deepEqual([shown.pubkey, shown.file, shown.source], [PUBKEY, null, variable]);
    const text = await at.wallet("show", "--passphrase-file", "pass");
    assert.match(text.out, new RegExp(`from {5}${variable}`));
    const received = await at.json("receive", "--passphrase-file", "pass");
    assert.equal(received.pubkey, PUBKEY);
    const exported = await at.json("export", "--show", "--passphrase-file", "pass");
    assert.deepEqual(exported.keys, [NSEC]);
    const resealed = await at.json("passphrase", "--passphrase-file", "pass");
    assert.match(resealed.error.message, /comes from the environment/);
    await assert.rejects(Deno.stat(at.keyFile), Deno.errors.NotFound);
  });
}
