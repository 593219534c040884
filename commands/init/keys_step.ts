/**
 * The keys of `crosstown init`: existing keys, imported keys, or new keys with a mnemonic that a person writes down.
 *
 * @module
 */
import { isAbsolute, join } from "../../base/path.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { damageOf, NO_WALLET } from "../doctor/keys_check.ts";
import { withWallet } from "../wallet/wallet_turn.ts";
import { failureOf, type InitTools, setting, type Step } from "./step.ts";

/** How many words of the mnemonic the person must type back. */
const ASKED_BACK = 2;

/** Makes the home's wallet unless it exists. */
export async function makeKeys(tools: InitTools): Promise<Step> {
  const name = "keys";
  const { invocation, questions, run } = tools;
  const { options, globals } = invocation;
  // The dev network has its own wallets, and may not be running yet.
  const base = { ...invocation, globals: { ...globals, network: undefined } };
  const { paths, explain } = await configOf(base);
  const set = explain().find(({ key, value }) =>
    (key === "wallet.private_key_encrypted" || key === "wallet.private_key") && value !== ""
  );
  if (set !== undefined) return { name, status: "kept", message: `from ${set.source}` };
  const { identityFile } = paths;
  if (await Deno.lstat(identityFile).then(() => true, () => false)) {
    const damage = await damageOf(identityFile);
    return damage === null ? { name, status: "kept", message: identityFile } : {
      name,
      status: "failed",
      message: `${identityFile} is no wallet: ${damage}`,
      suggestion: NO_WALLET,
    };
  }
  const given = (["keyFile", "keyFd"] as const).flatMap((option) => {
    const value = options.text(option);
    return value === undefined ? [] : [`--${option === "keyFile" ? "key-file" : "key-fd"}`, value];
  });
  const how = given.length > 0 ? "import" : await questions.choice(
    "Keys",
    ["mnemonic", "import", "random"],
    questions.asks ? "mnemonic" : "random",
    {
      mnemonic: "new keys of twelve words, which can bring them back",
      import: "a key or words that you have",
      random: "new keys without words: they are gone if their file is lost",
    },
  );
  const made = how === "random"
    ? await run(["wallet", "init"])
    : how === "import"
    ? await run(["wallet", "import", ...given])
    : await run(["wallet", "import", "--key-fd", "0"], `${await shownMnemonic(tools)}\n`);
  const failure = failureOf(name, made);
  if (failure !== null) {
    // A pipe would give the passphrase once, and later steps open the wallet again.
    const suggestion = failure.suggestion?.replace(/, or pipe it to --passphrase-fd/, "");
    return { ...failure, ...suggestion === undefined ? {} : { suggestion } };
  }
  const { passphraseFile } = globals;
  if (passphraseFile !== undefined) {
    const { io } = invocation;
    const file = isAbsolute(passphraseFile) ? passphraseFile : join(io.cwd(), passphraseFile);
    const named = await setting(tools, name, "wallet.passphrase_file", file);
    if (named.status === "failed") return named;
  }
  return { name, status: "done", message: `${made.document.address} in ${paths.identityFile}` };
}

/** Shows a new mnemonic until the person has typed two of its words. */
async function shownMnemonic({ questions }: InitTools): Promise<string> {
  const mnemonic = await withWallet(
    { file: null, sources: [] },
    (wallet) => wallet.newMnemonic(),
  );
  const words = mnemonic.split(" ");
  const rows = [0, 4, 8].map((first) =>
    words.slice(first, first + 4)
      .map((word, at) => `${String(first + at + 1).padStart(2)} ${word.padEnd(10)}`).join(" ")
  );
  await questions.aside(async () => {
    await questions.show([
      "Write these words down. Who has them has the money.",
      "They are not shown again.",
      ...rows,
    ].join("\n"));
    const open = words.map((_, at) => at);
    for (let asked = 0; asked < ASKED_BACK;) {
      const pick = crypto.getRandomValues(new Uint32Array(1))[0] % open.length;
      const at = open[pick];
      const word = await questions.text(`Word ${at + 1}`, "");
      if (word.toLowerCase() !== words[at]) {
        await questions.show(`That is not word ${at + 1}.`);
        continue;
      }
      open.splice(pick, 1);
      asked++;
    }
  });
  return mnemonic;
}
