/**
 * The parts of `crosstown wallet` that handle keys: make, import, show and export them, and change the passphrase.
 *
 * @module
 */
import { isAbsolute, join } from "../../base/path.ts";
import type { Address } from "../../protocols/evm/address.ts";
import type { SecretSource } from "../../money/wallet/secret_source.ts";
import type { MadeWallet } from "../../money/wallet/wallet_service.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { keysOf, passphraseAgain, walletPlace } from "../../shell/home/home_keys.ts";
import { secretSource } from "../../shell/home/wallet_secret.ts";
import { nameFile, noteKeyring, noteOldPassphrase } from "./stored_passphrase.ts";
import { withWallet } from "./wallet_turn.ts";
import { configOf, lookAt, npubOf, publicOf, viewText } from "./wallet_view.ts";

/** Makes a wallet with new keys. */
export async function walletInit(invocation: Invocation): Promise<number> {
  return await makeHere(invocation, undefined);
}

/** Makes a wallet from an existing key. */
export async function walletImport(invocation: Invocation): Promise<number> {
  if (invocation.globals.dryRun) return await makeHere(invocation, undefined);
  return await makeHere(invocation, await keySource(invocation));
}

/** Prints a sealed key, for the environment or for another program. */
export async function walletConfigure(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const given = options.text("keyFile") ?? options.text("keyFd");
  const from = given === undefined ? undefined : await keySource(invocation);
  const passphrase = await chosenPassphrase(invocation, null);
  const index = indexOf(invocation);
  const made = await withWallet(
    { file: null, sources: [passphrase, from] },
    (wallet) => wallet.make({ keyFile: null, passphrase, from, index }),
  );
  const { pubkey, paymentAddress: address, blob } = made;
  await output.document("wallet-made", { pubkey, address, blob }, blob!);
  await remarks(invocation, made);
  return 0;
}

/** Prints the public part of the wallet's file. */
export async function walletShow(invocation: Invocation): Promise<number> {
  const { output } = invocation;
  const config = await configOf(invocation);
  const { view, origin } = await lookAt(invocation, config);
  const { noteNetwork } = await import("../../shell/home/money_banner.ts");
  const { profile } = config;
  await noteNetwork(output, config);
  await output.document(
    "wallet",
    {
      ...publicOf(view),
      npub: await npubOf(view),
      ...origin,
      network: profile.name,
      chain_id: profile.chain.chainId,
      testnet: profile.testnet,
    },
    `network  ${profile.name}\n${viewText(view)}\nnpub     ${await npubOf(view)}\n${
      origin.file === null ? `from     ${origin.source}` : `file     ${origin.file}`
    }`,
  );
  return 0;
}

/** Writes the secret keys into a file, or to the terminal if the user asked for that. */
export async function walletExport(invocation: Invocation): Promise<number> {
  const { options, output, io, globals } = invocation;
  const config = await configOf(invocation);
  const to = options.text("to");
  const onTerminal = options.on("show");
  if ((to === undefined) === !onTerminal) {
    throw new UsageError(
      "say where the keys go",
      "give --to FILE (made with mode 0600), or --show to print them",
    );
  }
  const path = to === undefined ? null : isAbsolute(to) ? to : join(io.cwd(), to);
  const place = await walletPlace(config);
  // Asks for the passphrase again: the configured one opens the wallet for use, but not for an export.
  const passphrase = await passphraseAgain(config, invocation);
  if (globals.dryRun) {
    await output.document(
      "wallet-dry-run",
      { dry_run: true, file: path },
      `Would ${path === null ? "print the keys" : `write the keys to ${path}`}`,
    );
    return 0;
  }
  const from = { ...place, passphrase };
  const { view, text } = await withWallet(
    { file: null, keys: from, also: path, sources: [] },
    (wallet) => wallet.reveal(from, path),
  );
  const keys = text === null ? {} : { keys: text.trim().split(" ") };
  await output.document(
    "wallet-export",
    { ...publicOf(view), file: path, ...keys },
    text ?? `${viewText(view)}\nfile     ${path}`,
    [{ ...publicOf(view), file: path, ...(text === null ? {} : { keys: text.trim() }) }],
  );
  await output.warn(
    "anyone with these keys can spend the money: remove every copy that you do not need",
  );
  return 0;
}

/** Prints the addresses to which others can send. */
export async function walletReceive(invocation: Invocation): Promise<number> {
  const { output } = invocation;
  const config = await configOf(invocation);
  const { view: { pubkey, paymentAddress } } = await lookAt(invocation, config);
  const { noteNetwork } = await import("../../shell/home/money_banner.ts");
  const { checksumAddress } = await import("../../protocols/evm/address.ts");
  const { profile } = config;
  const { chainId, tokenAddress, explorerUrl } = profile.chain;
  const address = checksumAddress(paymentAddress as Address);
  await noteNetwork(output, config);
  await output.document(
    "wallet-address",
    {
      address,
      pubkey,
      network: profile.name,
      chain_id: chainId,
      token: tokenAddress ?? null,
      asset: profile.asset.code,
    },
    [
      `address  ${address}`,
      `for      ${profile.asset.code} and gas on ${profile.name} (chain ${chainId}), and nowhere else`,
      ...(tokenAddress === undefined ? [] : [`token    ${tokenAddress}`]),
      ...(explorerUrl === undefined ? [] : [`look     ${explorerUrl}/address/${address}`]),
    ].join("\n"),
  );
  return 0;
}

/** Seals the keys with a new passphrase. */
export async function walletPassphrase(invocation: Invocation): Promise<number> {
  const { output, globals } = invocation;
  const config = await configOf(invocation);
  const { identityFile: file, blob, plainKey } = await walletPlace(config);
  if (blob !== undefined || plainKey !== undefined) {
    throw new UsageError(
      "the wallet comes from the environment, not from a file of this home",
      "encrypt its key again with 'crosstown wallet configure', and set the value that it prints",
    );
  }
  if (config.profile.name === "dev") {
    throw new UsageError(
      "the passphrase of the dev network's wallet cannot be changed: its processes read it",
      "name the network of the wallet that you mean: --network NAME",
    );
  }
  const { passphrase } = await keysOf(config, invocation);
  // A wrong passphrase is refused before a person chooses a new one and types it twice.
  const keys = { identityFile: file, passphrase };
  await withWallet({ file: null, keys, sources: [] }, (wallet) => wallet.look(keys));
  const next = await secretSource(invocation, {
    option: "newPassphrase",
    prompt: "New passphrase (12 characters or more)",
    twice: true,
  });
  if (globals.dryRun) {
    await output.document(
      "wallet-dry-run",
      { dry_run: true, file },
      `Would seal ${file} under the new passphrase`,
    );
    return 0;
  }
  const { view, hint } = await withWallet(
    { file, sources: [passphrase, next] },
    (wallet) => wallet.reseal({ identityFile: file, passphrase }, next),
  );
  await output.document(
    "wallet-sealed",
    { ...publicOf(view), file },
    `${viewText(view)}\nfile     ${file}`,
  );
  if (hint !== null) await output.warn(`the passphrase is weak: ${hint}`);
  await output.note("Copies of the old file still open with the old passphrase.");
  await noteOldPassphrase(invocation, config.get("wallet.passphrase_file"), next);
  const keyring = config.get("wallet.passphrase_keyring");
  return keyring === null ? 0 : await noteKeyring(invocation, keyring);
}

async function makeHere(invocation: Invocation, from: SecretSource | undefined): Promise<number> {
  const { globals, output } = invocation;
  const config = await configOf(invocation);
  const { paths } = config;
  // The dev network makes its own wallets.
  const file = paths.identityFile;
  const set = config.get("wallet.passphrase_file");
  if (globals.dryRun) {
    await output.document("wallet-dry-run", { dry_run: true, file }, `Would make ${file}`);
    return 0;
  }
  const index = indexOf(invocation);
  await withWallet(
    { file, sources: [from] },
    (wallet) => wallet.check({ keyFile: file, from, index }),
  );
  const passphrase = await chosenPassphrase(invocation, set);
  await Deno.mkdir(paths.home, { recursive: true, mode: 0o700 });
  const made = await withWallet(
    { file, sources: [passphrase, from] },
    (wallet) => wallet.make({ keyFile: file, passphrase, from, index }),
  );
  await output.document("wallet-made", {
    pubkey: made.pubkey,
    address: made.paymentAddress,
    file,
    ...(from === undefined ? {} : { one_key: made.oneKey, imported: made.origin }),
  }, () => `${viewText(made)}\nfile     ${file}`);
  await remarks(invocation, made);
  const named = "file" in passphrase ? passphrase.file : null;
  const keyring = config.get("wallet.passphrase_keyring");
  if (keyring !== null) return await noteKeyring(invocation, keyring);
  if (set === null || (named !== null && named !== set)) {
    await nameFile(invocation, paths, named);
  }
  return 0;
}

async function remarks({ output }: Invocation, made: MadeWallet): Promise<void> {
  if (made.hint !== null) await output.warn(`the passphrase is weak: ${made.hint}`);
  if (made.oneKey) {
    await output.note(
      `One key now serves both events and payments: whoever gets the ${
        made.origin === "nsec" ? "nsec" : "key"
      } from another program of yours can also spend what this wallet holds.`,
    );
  }
}

function chosenPassphrase(
  invocation: Invocation,
  fallback: string | null,
): Promise<SecretSource> {
  return secretSource(invocation, {
    option: "passphrase",
    prompt: "Passphrase (12 characters or more)",
    twice: true,
    fallback: fallback === null ? null : { file: fallback },
  });
}

function keySource(invocation: Invocation): Promise<SecretSource> {
  return secretSource(invocation, {
    option: "key",
    prompt: "Key (64 hex digits, nsec, or mnemonic)",
  });
}

function indexOf({ options }: Invocation): number | undefined {
  return options.integer("index", { min: 0, max: 2 ** 31 - 1 });
}
