/**
 * Where commands will find a passphrase that was just chosen: what is written about it, and what a person is told.
 *
 * @module
 */
import type { HomePaths } from "../../config/paths.ts";
import { renewConsent } from "../../home/trust/trusted_homes.ts";
import type { SecretSource } from "../../money/wallet/secret_source.ts";
import type { Invocation } from "../../shell/command.ts";
import { keyringStoreLine } from "../../shell/home/keyring.ts";

/** Commands ask the keyring, which does not have the new passphrase yet. A file named beside it would be refused. */
export async function noteKeyring({ output }: Invocation, service: string): Promise<number> {
  const line = keyringStoreLine(service);
  await output.note(
    `Commands take the passphrase from the system's keyring (passphrase_keyring under [wallet]). Store it there${
      line === null ? "" : `:\n${line}`
    }`,
  );
  return 0;
}

/** If there is no configuration yet, makes one that names the passphrase file. An existing configuration is not changed. */
export async function nameFile(
  { io, output }: Invocation,
  { home, configFile }: HomePaths,
  named: string | null,
): Promise<void> {
  if (named === null) {
    return await output.note(
      "Commands ask for the passphrase on a terminal. Where there is none, give --passphrase-file or --passphrase-fd.",
    );
  }
  const lines = `[wallet]\npassphrase_file = ${JSON.stringify(named)}`;
  try {
    await Deno.writeTextFile(configFile, `${lines}\n`, { createNew: true, mode: 0o600 });
    await renewConsent(io.env("HOME"), home);
    await output.note(
      `${configFile} now names ${named}, so that commands can open the wallet: keep that file`,
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    await output.note(`Add this to ${configFile}, so that commands can open it:\n${lines}`);
  }
}

/** Warns of a configured file that still holds the old passphrase: it is not the one from which the new passphrase came. */
export async function noteOldPassphrase(
  { output }: Invocation,
  configured: string | null,
  next: SecretSource,
): Promise<void> {
  if (configured === null || "file" in next && next.file === configured) return;
  await output.warn(
    `write the new passphrase into ${configured}: passphrase_file under [wallet] names it, and commands and daemons read it`,
  );
}
