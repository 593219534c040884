import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openBlob } from "../../../money/wallet/blob.ts";
import { readSecretLine } from "../../../shell/secret_line.ts";
import { openWallet } from "../../../money/wallet/wallet_keys.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { MemoryIo, run } from "../memory_io.ts";

const PASSPHRASE = "correct horse battery";
const HEX = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa";
const NSEC = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";
const PUBKEY = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";

/** A home in a temporary folder, which is removed at the end. */
async function place() {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  const write = async (name: string, text: string, mode = 0o600) => {
    await Deno.writeTextFile(`${root}/${name}`, text);
    await Deno.chmod(`${root}/${name}`, mode);
  };
  await write("pass", `${PASSPHRASE}\n`);
  await write("nsec", `${NSEC}\n`);
  const home = `${root}/gt`;
  const piped: { text: string | null } = { text: null };
  const variables: Record<string, string> = { GASTOWN_HOME: home };
  const call = async (answers: (string | null)[] | undefined, ...args: string[]) => {
    const io = new MemoryIo();
    io.variables = variables;
    io.cwd = () => root;
    io.answers = answers;
    if (piped.text !== null) io.stdin = new Blob([piped.text]).stream();
    return { ...await run(["wallet", ...args], { io }), asked: io.asked };
  };
  return {
    root,
    write,
    variables,
    piped,
    keyFile: `${home}/identity.enc`,
    wallet: (...args: string[]) => call(undefined, ...args),
    atTerminal: call,
    json: async (...args: string[]) => {
      const { out } = await call(undefined, ...args, "--output", "json");
      return JSON.parse(out);
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

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
  const differs = await at.atTerminal([PASSPHRASE, `${PASSPHRASE}!`], "configure");
  assert.deepEqual([differs.code, /entries differ/.test(differs.err)], [2, true]);
  const givenUp = await at.atTerminal([null], "show");
  assert.equal(givenUp.code, 1);
  const stopped = await at.atTerminal(["\x03"], "show");
  assert.equal(stopped.code, 130);
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

Deno.test("wallet configure prints a blob of FR7 that opens to the given key, and writes nothing", async () => {
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
  const changed = (await Deno.readTextFile(at.keyFile)).replace(
    /(.)(.{8})\n$/,
    (_, at: string, rest: string) => `${at === "A" ? "B" : "A"}${rest}\n`,
  );
  const intact = await Deno.readTextFile(at.keyFile);
  await Deno.writeTextFile(at.keyFile, changed);
  assert.deepEqual(await at.json(...args, "pass"), refused);
  await Deno.writeTextFile(at.keyFile, intact);

  assert.equal((await at.wallet(...args, "pass")).code, 0);
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

const typed: readonly [string, string, string | null][] = [
  ["a line", "secret\r", "secret"],
  ["a character taken back", "secrex\x7ft\n", "secret"],
  ["a character of four bytes taken back", "a🔑\x7fb\r", "ab"],
  ["everything taken back", "wrong\x15right\r", "right"],
  ["arrows and other control keys", "a\tb\r", "ab"],
  ["Ctrl-C", "sec\x03", "AbortError"],
  ["Ctrl-D on an empty line", "\x04", null],
  ["the end of input", "", null],
];
for (const [name, keys, expected] of typed) {
  Deno.test(`readSecretLine() of ${name} puts the echo back`, async () => {
    const bytes = [...new TextEncoder().encode(keys)];
    const raw: boolean[] = [];
    const reading = readSecretLine({
      ask: () => Promise.resolve(assert.deepEqual(raw, [true], "asked before the echo was off")),
      read(buffer) {
        if (bytes.length === 0) return Promise.resolve(null);
        buffer.set(bytes.splice(0, 1));
        return Promise.resolve(1);
      },
      setRaw: (on) => void raw.push(on),
    });
    if (expected === "AbortError") await assert.rejects(reading, { name: expected });
    else assert.equal(await reading, expected);
    assert.deepEqual(raw, [true, false]);
  });
}

Deno.test("readSecretLine() takes 4096 bytes, refuses one more instead of cutting it off, and puts the echo back", async () => {
  for (const [length, refused] of [[4_096, false], [4_097, true]] as const) {
    const bytes = new TextEncoder().encode(`${"x".repeat(length)}\r`);
    const raw: boolean[] = [];
    let at = 0;
    const typing = readSecretLine({
      ask: () => Promise.resolve(),
      read(buffer) {
        const part = bytes.subarray(at, at + buffer.length);
        buffer.set(part);
        at += part.length;
        return Promise.resolve(part.length === 0 ? null : part.length);
      },
      setRaw: (on) => void raw.push(on),
    });
    if (refused) await assert.rejects(typing, { message: "more than 4096 bytes were typed" });
    else assert.equal((await typing)?.length, length);
    assert.deepEqual(raw, [true, false]);
  }
});

Deno.test("wallet limits shows the ceilings, and sets one only with the passphrase given again", async () => {
  await using at = await place();
  await at.wallet("init", "--passphrase-file", "pass");
  const config = `[wallet]\npassphrase_file = "${at.root}/pass"\n`;
  await Deno.writeTextFile(`${at.root}/gt/crosstown.toml`, config);
  const { limits } = await at.json("limits");
  assert.equal(limits.hour, "100000000");
  assert.equal((await at.wallet("limits", "--set", "hour=200")).code, 2);
  await at.write("wrong", "wrong horse battery");
  const wrong = await at.json("limits", "--set", "hour=200", "--passphrase-file", "wrong");
  assert.equal(wrong.error.code, "wrong_passphrase");
  const set = await at.json("limits", "--set", "hour=200", "--passphrase-file", "pass");
  assert.equal(set.limits.hour, "200000000");
  const store = await openSqliteStore({
    folder: `${at.root}/gt/hooks/mayor-001/crosstown`,
    clock: Date.now,
    readOnly: true,
  });
  const journaled = await store.listJournal({ types: ["limits"] });
  await store.close();
  assert.deepEqual(journaled.map(({ outcome, data }) => ({ outcome, data })), [
    { outcome: "set", data: { hour_units: "200000000", network: "base-sepolia" } },
  ]);
  const lowered = `${config}[limits]\nhour_m2m = "150"\n`;
  await Deno.writeTextFile(`${at.root}/gt/crosstown.toml`, lowered);
  const later = await at.json("limits");
  assert.deepEqual([later.limits.hour, later.changes.length], ["150000000", 1]);
  for (const name of ["week=5", "hour", "hour=5sat", "gas-day=x"]) {
    assert.equal((await at.wallet("limits", "--set", name)).code, 2, name);
  }
});

Deno.test("wallet limits says what still bounds a job whose ceiling it raised, and config knows it when the journal forgot", async () => {
  await using at = await place();
  await at.wallet("init", "--passphrase-file", "pass");
  const config = `[wallet]\npassphrase_file = "${at.root}/pass"\n[limits]\njob_m2m = "40"\n`;
  await Deno.writeTextFile(`${at.root}/gt/crosstown.toml`, config);
  const raise = (...set: string[]) => at.wallet("limits", "--passphrase-file", "pass", ...set);
  const alone = await raise("--set", "job=40");
  assert.equal(alone.code, 0);
  assert.match(
    alone.err,
    /one payment is at most 1\.00 M2M: --set packet=\.\.\. --set window=\.\.\. raises it/,
  );
  assert.doesNotMatch(alone.err, /Below it/);
  const more = await raise("--set", "job=40", "--set", "packet=0.5");
  assert.match(more.err, /one payment is at most 0\.50 M2M: --set packet=\.\.\. --set window=/);
  const window = await raise("--set", "window=40", "--set", "packet=40", "--set", "job=40");
  assert.doesNotMatch(window.err, /one payment is at most/);
  assert.doesNotMatch(more.err, /Below it are .*job/);
  const database = new DatabaseSync(`${at.root}/gt/hooks/mayor-001/crosstown/state.db`);
  database.exec("UPDATE journal_base SET seq = (SELECT max(seq) FROM journal)");
  database.exec("DELETE FROM journal");
  database.close();
  const { values } = JSON.parse(
    (await run(["config", "--home", `${at.root}/gt`, "--output", "json"])).out,
  );
  const job = values.find(({ key }: { key: string }) => key === "limits.job_m2m");
  assert.deepEqual([job.value, job.in_force], ["40.000000", "40.000000"]);
});

Deno.test("a blob in the environment is the wallet, opened by the passphrase of the file", async () => {
  await using at = await place();
  const made = await at.wallet("configure", "--key-file", "nsec", "--passphrase-file", "pass");
  at.variables.GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED = made.out.trim();
  const config = `[wallet]\npassphrase_file = "${at.root}/pass"\n`;
  await Deno.mkdir(`${at.root}/gt`, { mode: 0o700 });
  await Deno.writeTextFile(`${at.root}/gt/crosstown.toml`, config);
  assert.equal((await at.json("whoami")).pubkey, PUBKEY);
});

Deno.test("a key in plain text is refused, and used only where a test network's user allowed it", async () => {
  await using at = await place();
  at.variables.GASTOWN_WALLET_PRIVATE_KEY = HEX;
  const refused = await at.wallet("whoami");
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /GASTOWN_ALLOW_UNENCRYPTED_KEYS/);
  assert.ok(!`${refused.out}${refused.err}`.includes(HEX));
  at.variables.GASTOWN_ALLOW_UNENCRYPTED_KEYS = "true";
  const { out, err } = await at.wallet("whoami", "--output", "json");
  assert.equal(JSON.parse(out).pubkey, PUBKEY);
  assert.ok(!`${out}${err}`.includes(HEX));
});

Deno.test("one secret may come by standard input, and only one", async () => {
  await using at = await place();
  at.piped.text = `${NSEC}\r\nanother line`;
  const made = await at.json("import", "--key-file", "-", "--passphrase-file", "pass");
  assert.equal(made.pubkey, PUBKEY);
  at.piped.text = `${PASSPHRASE}\n`;
  assert.equal((await at.json("show", "--passphrase-fd", "0")).pubkey, PUBKEY);
  const both = await at.wallet("configure", "--key-file", "-", "--passphrase-fd", "0");
  assert.deepEqual([both.code, /holds one secret/.test(both.err)], [2, true]);
  at.piped.text = "x".repeat(5_000);
  assert.equal((await at.wallet("show", "--passphrase-fd", "0")).code, 2);
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

Deno.test("GASTOWN_WALLET_ADDRESS names the wallet that commands may use", async () => {
  await using at = await place();
  await at.wallet("import", "--key-file", "nsec", "--passphrase-file", "pass");
  const { address } = await at.json("show");
  at.variables.GASTOWN_WALLET_ADDRESS = address.toUpperCase().replace("0X", "0x");
  assert.equal((await at.json("whoami")).pubkey, PUBKEY);
  at.variables.GASTOWN_WALLET_ADDRESS = `0x${"1".repeat(40)}`;
  for (const command of ["show", "whoami", "receive"]) {
    assert.equal((await at.json(command)).error.code, "other_wallet", command);
  }
});
