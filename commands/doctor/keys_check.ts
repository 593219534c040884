/**
 * The check of the home's keys. No key is opened, so it cannot know whether the passphrase is right.
 *
 * @module
 */
import { readPlainText } from "../../base/files/plain_file.ts";
import { messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { checkBlob } from "../../money/wallet/blob.ts";
import { type Check, fail, good, warn } from "./check.ts";
import { isOpen, statOf } from "./file_state.ts";

/** More bytes than a wallet's file can have. */
const MAX_BYTES = 16_384;

/** Whether there are keys, whether their file can be a wallet, and whether other users may read it. */
export async function keysCheck(config: Config): Promise<Check> {
  const fromSetting = config.explain().find(({ key, value }) =>
    (key === "wallet.private_key" || key === "wallet.private_key_encrypted") && value !== ""
  );
  if (fromSetting !== undefined) {
    return fromSetting.key === "wallet.private_key"
      ? warn(
        "keys",
        `a key in plain text from ${fromSetting.source}`,
        "use the encrypted form beyond a test network",
      )
      : good("keys", `an encrypted key from ${fromSetting.source}`);
  }
  const files = [config.paths.identityFile];
  if (config.profile.name === "dev") files.unshift(`${config.paths.devFolder}/wallet.enc`);
  for (const file of files) {
    const info = await statOf(file);
    if (info === null) continue;
    if (isOpen(info)) return fail("keys", `others may read ${file}`, `run 'chmod 600 ${file}'`);
    const damage = await damageOf(file);
    if (damage !== null) return fail("keys", `${file} is no wallet: ${damage}`, NO_WALLET);
    return await passphraseFault(config) ?? good("keys", `encrypted in ${file}`);
  }
  return warn(
    "keys",
    "there is no key in this home yet",
    "make one with 'crosstown init', or only the keys with 'crosstown wallet init --passphrase-file FILE'; or run 'crosstown dev up --detach' for a funded one to try with",
  );
}

/** What is wrong with the file of the passphrase that the configuration names; null if it names none or the file can be used. */
async function passphraseFault(config: Config): Promise<Check | null> {
  const named = config.get("wallet.passphrase_file");
  if (named === null || config.profile.name === "dev") return null;
  let info;
  try {
    info = await statOf(named);
  } catch (error) {
    return fail(
      "keys",
      `cannot read ${named}, which passphrase_file under [wallet] names: ${messageOf(error)}`,
      "run crosstown as the user whose file it is, or name a file of your own",
    );
  }
  if (info === null) {
    return fail(
      "keys",
      `${named}, which passphrase_file under [wallet] names, does not exist`,
      "write the passphrase in its first line and 'chmod 600' it, or name another file",
    );
  }
  return isOpen(info)
    ? fail("keys", `others may read the passphrase in ${named}`, `run 'chmod 600 ${named}'`)
    : null;
}

/** What to do about a file that is no wallet. */
export const NO_WALLET =
  "restore it from a copy; if there is none and it never held money, move it away and run 'crosstown init'";

/** Why a file cannot be a wallet; null if it has the form of one. */
export async function damageOf(file: string): Promise<string | null> {
  try {
    const { size } = await Deno.lstat(file);
    if (size > MAX_BYTES) return "it is too large";
    checkBlob(await readPlainText(file));
    return null;
  } catch (error) {
    return messageOf(error).replace(/^Cannot read the wallet: /, "");
  }
}
