/**
 * How a command opens the wallet: the file, and the source of its passphrase. A typed or piped passphrase goes only to the worker that
 * opens the wallet, and to a daemon's standard input. It never enters arguments, environment, log or files.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { CREDENTIAL } from "../../config/credential.ts";
import type { KeyReaderOptions } from "../../money/wallet/key_reader.ts";
import type { Invocation } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import {
  askedPassphrase,
  canAsk,
  forgetSecrets,
  givenSecret,
  secretSource,
} from "./wallet_secret.ts";
import type { Asker } from "./asker.ts";
import { missingHome } from "./read_store.ts";

/** Where a passphrase comes from. */
type PassphraseSource = KeyReaderOptions["passphrase"];

/** The wallet of the chosen network, and the source of its passphrase. Asks a person once if no other source is configured. */
export async function keysOf(config: Config, asker: Asker): Promise<KeyReaderOptions> {
  const wallet = await walletPlace(config);
  if ("plainKey" in wallet) {
    // A plain key has no passphrase, so this file is never read for one.
    return { ...wallet, passphrase: { file: wallet.identityFile } };
  }
  const passphrase = await unattendedPassphrase(config, asker);
  if (passphrase !== null) return { ...wallet, passphrase };
  if (canAsk(asker)) return { ...wallet, passphrase: await askedPassphrase(asker) };
  throw new UsageError(
    asker.globals.nonInteractive
      ? "the wallet's passphrase is needed, and --non-interactive allows no question"
      : "the wallet's passphrase is needed, and there is no terminal to ask for it",
    `give --passphrase-file FILE or --passphrase-fd NUMBER, set passphrase_file under [wallet] in ${config.paths.configFile} (or passphrase_keyring, for the system's keyring), or use a systemd credential named ${CREDENTIAL}`,
    "no_passphrase",
  );
}

/**
 * Asks for the passphrase again for actions that the configuration must not allow by itself: to change ceilings or export keys. The dev
 * network's wallet has no value, and nobody knows its passphrase, so it is read from the file beside it.
 */
export async function passphraseAgain(
  config: Config,
  invocation: Invocation,
): Promise<PassphraseSource> {
  return await secretSource(invocation, {
    option: "passphrase",
    prompt: "Passphrase",
    fallback: isDev(config) ? devPassphrase(config) : null,
  });
}

/**
 * The passphrase's source that needs no person: a flag, a systemd credential, or the file or keyring entry of the configuration. Null if
 * there is none.
 */
export async function unattendedPassphrase(
  config: Config,
  asker: Asker,
): Promise<PassphraseSource | null> {
  const named = await namedPassphrase(config, asker);
  if (named === null || !("keyring" in named)) return named;
  const { keyringPassphrase } = await import("./keyring.ts");
  return { text: await keyringPassphrase(named.keyring, asker) };
}

/** The configured source of the passphrase. An entry of the keyring is not read here. */
async function namedPassphrase(
  config: Config,
  asker: Asker,
): Promise<PassphraseSource | { readonly keyring: string } | null> {
  const given = await givenSecret(asker, {
    file: asker.globals.passphraseFile,
    descriptor: asker.globals.passphraseFd,
    flag: "passphrase",
  });
  if (given !== null) return given;
  // The dev network's own wallet has its passphrase beside it.
  if (isDev(config)) return devPassphrase(config);
  const credentials = asker.io.env("CREDENTIALS_DIRECTORY");
  if (credentials?.startsWith("/") && await exists(`${credentials}/${CREDENTIAL}`)) {
    return { file: `${credentials}/${CREDENTIAL}` };
  }
  const file = config.get("wallet.passphrase_file");
  const keyring = config.get("wallet.passphrase_keyring");
  if (file !== null && keyring !== null) {
    throw new UsageError(
      "passphrase_file and passphrase_keyring are both set under [wallet]",
      `remove one of them from ${config.paths.configFile}`,
    );
  }
  if (keyring !== null) return { keyring };
  return file === null ? null : { file };
}

/** How a daemon that this command starts gets the passphrase. */
interface PassphraseForChild {
  /** Arguments for the child. */
  readonly args: readonly string[];
  /**
   * Returns the first line of the child's standard input; null if the child can read the passphrase from a file itself. The passphrase is
   * returned once and not kept. For a second start, the person at the terminal is asked again; without a terminal this rejects with
   * CommandError `passphrase_not_kept`.
   */
  readonly line: (() => Promise<string>) | null;
}

/** Gets a daemon's passphrase, from a person if necessary. `role` names the daemon in errors. */
export async function passphraseForChild(
  config: Config,
  asker: Asker,
  role: string,
): Promise<PassphraseForChild> {
  const { passphrase, plainKey } = await keysOf(config, asker);
  if (plainKey !== undefined) return { args: [], line: null };
  if ("file" in passphrase) {
    return {
      args: asker.globals.passphraseFile === undefined
        ? []
        : ["--passphrase-file", passphrase.file],
      line: null,
    };
  }
  if ("text" in passphrase) {
    const named = await namedPassphrase(config, asker);
    // The daemon itself asks the keyring, also at a restart.
    if (named !== null && "keyring" in named) return { args: [], line: null };
    forgetSecrets(asker.io);
    return { args: ["--passphrase-fd", "0"], line: givenOnce(passphrase.text, asker, role) };
  }
  return { args: [], line: null };
}

/** Only the signer keeps the keys that the passphrase opens (docs/decisions/0025-a-typed-passphrase-is-not-kept.md). */
function givenOnce(text: string, asker: Asker, role: string): () => Promise<string> {
  let left: string | null = text;
  return async () => {
    if (left !== null) {
      const line = left;
      left = null;
      return line;
    }
    if (!canAsk(asker)) {
      throw new CommandError(
        "passphrase_not_kept",
        `the ${role} ended, and it cannot be started again without its passphrase, which was typed or piped and is not kept`,
        `run 'crosstown ${role} up' again; with --passphrase-file, passphrase_file under [wallet] or a systemd credential it restarts automatically`,
      );
    }
    const asked = await askedPassphrase(asker);
    forgetSecrets(asker.io);
    return asked.text;
  };
}

/** The wallet of the chosen network. For `dev` it is in the network's own folder. */
export async function walletPlace(
  config: Config,
): Promise<Pick<KeyReaderOptions, "identityFile" | "blob" | "plainKey">> {
  const { paths, profile, get } = config;
  if (isDev(config)) return { identityFile: `${paths.devFolder}/wallet.enc` };
  const { identityFile } = paths;
  // The configuration refuses this, unless the network is a test network and the user allowed plain keys.
  const plainKey = get("wallet.private_key");
  if (plainKey !== null) return { identityFile, plainKey };
  const blob = get("wallet.private_key_encrypted") ?? undefined;
  if (blob === undefined && !await exists(identityFile)) {
    const missing = await missingHome(config);
    throw new CommandError(
      "no_wallet",
      missing === null
        ? `there is no wallet for ${profile.name} in this home`
        : `there is no wallet for ${profile.name}: ${missing}`,
      missing === null ? NEW_WALLET : `check the path; for a new home there ${NEW_WALLET}`,
    );
  }
  return { identityFile, blob };
}

const NEW_WALLET =
  "make one with 'crosstown init', or only the keys with 'crosstown wallet init'; or run 'crosstown dev up --detach' for a network with a funded wallet to try with";

/**
 * Refuses a wallet whose address differs from `GASTOWN_WALLET_ADDRESS` (or `address` under `[wallet]`). The dev network has its own
 * wallets.
 */
export function checkAddress(config: Config, paymentAddress: string): void {
  const wanted = config.get("wallet.address");
  if (wanted === null || isDev(config) || wanted.toLowerCase() === paymentAddress) return;
  throw new CommandError(
    "other_wallet",
    `this wallet pays from ${paymentAddress}, and GASTOWN_WALLET_ADDRESS or 'address' under [wallet] says ${wanted}`,
    "use the wallet of that address, or correct the setting",
  );
}

function devPassphrase({ paths }: Config): { readonly file: string } {
  return { file: `${paths.devFolder}/wallet.pass` };
}

function isDev({ profile }: Config): boolean {
  return profile.name === "dev";
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
