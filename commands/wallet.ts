/**
 * `crosstown wallet`: the keys of this home.
 *
 * @module
 */
import type { KeyMaker, WalletIdentity } from "../services/wallet/key_maker_service.ts";
import type { CommandSpec, Invocation } from "./command.ts";
import { CommandError, UsageError } from "./errors.ts";

/** `crosstown wallet init|whoami`. */
export const command: CommandSpec = {
  name: "wallet",
  summary: "this home's keys: init, whoami",
  commands: [
    {
      name: "init",
      summary: "make a new wallet, encrypted under a passphrase",
      description:
        "Makes identity.enc in the home: one key for events and one for payments, encrypted (Argon2id, AES-256-GCM) under the first line of FILE. A wallet that is there is never written over. The dev network has wallets of its own.",
      options: [{
        flags: "--passphrase-file <file>",
        summary:
          "a file that only you can read, its first line 12 characters or more (default: wallet.passphrase_file)",
      }],
      examples: [
        {
          command: "crosstown wallet init --passphrase-file ~/.gt/passphrase",
          note: "then set passphrase_file under [wallet] in crosstown.toml",
        },
        { command: "crosstown wallet init --passphrase-file pass --output json" },
      ],
      run: walletInit,
    },
    {
      name: "whoami",
      summary: "the public key and the payment address of this home",
      examples: [{ command: "crosstown wallet whoami --output json" }],
      run: walletWhoami,
    },
  ],
};

async function walletInit({ globals, io, options, output }: Invocation): Promise<number> {
  const { configOf } = await import("./load_config.ts");
  const { isAbsolute, join } = await import("node:path");
  const { paths, get } = await configOf({ globals, io });
  const set = get("wallet.passphrase_file");
  const given = options.text("passphraseFile") ?? set;
  if (given === null) {
    throw new UsageError(
      "--passphrase-file is missing",
      "write a passphrase of 12 characters or more in a file of yours, 'chmod 600' it, and name it",
    );
  }
  const passphraseFile = isAbsolute(given) ? given : join(io.cwd(), given);
  const file = paths.identityFile;
  if (globals.dryRun) {
    await output.document({ dry_run: true, file }, `Would make ${file}`);
    return 0;
  }
  await Deno.mkdir(paths.home, { recursive: true, mode: 0o700 });
  const made = await makeWallet({ keyFile: file, passphraseFile });
  const { pubkey, paymentAddress: address } = made;
  await output.document(
    { pubkey, address, file },
    () => `${identityText(made)}\nfile     ${file}`,
  );
  if (set !== passphraseFile) {
    await output.note(
      `Add this to ${paths.configFile}, so that commands can open it:\n[wallet]\npassphrase_file = ${
        JSON.stringify(passphraseFile)
      }`,
    );
  }
  return 0;
}

async function makeWallet(
  files: { readonly keyFile: string; readonly passphraseFile: string },
): Promise<WalletIdentity> {
  const { createSupervisor } = await import("../pipeline/supervisor.ts");
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const { keyFile, passphraseFile } = files;
    const maker = await supervisor.service("key-maker", { folders: [keyFile], passphraseFile });
    return await maker.client<KeyMaker>().makeUnder(files);
  } catch (error) {
    throw wordsFor(error, files);
  } finally {
    await supervisor.stop(0);
  }
}

/** What the key maker refused, in the user's terms. It knows no path. */
function wordsFor(
  error: unknown,
  { keyFile, passphraseFile }: { readonly keyFile: string; readonly passphraseFile: string },
): unknown {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name !== "KeyFileError") return error;
  if (code === "exists") {
    return new CommandError(
      "wallet_exists",
      `there is a wallet in ${keyFile} already, and it is never written over`,
      "use it, or take another home with --home; its keys are gone for good if you remove it",
    );
  }
  const suggestion = code === "too_short"
    ? `write a longer one in ${passphraseFile}`
    : code === "mode"
    ? `run 'chmod 600 ${passphraseFile}'`
    : `write a passphrase in ${passphraseFile} and 'chmod 600' it`;
  return new UsageError(String(message), suggestion, `passphrase_${code}`);
}

async function walletWhoami(invocation: Invocation): Promise<number> {
  const { configOf } = await import("./load_config.ts");
  const { openEventSigner } = await import("./open_home.ts");
  const config = await configOf(invocation);
  const { signer, stop } = await openEventSigner(config);
  try {
    const identity = await signer.identity();
    const { pubkey, paymentAddress: address } = identity;
    await invocation.output.document(
      { pubkey, address, network: config.profile.name },
      () => identityText(identity),
    );
    return 0;
  } finally {
    await stop();
  }
}

function identityText({ pubkey, paymentAddress }: WalletIdentity): string {
  return `pubkey   ${pubkey}\naddress  ${paymentAddress}`;
}
