/**
 * Works on a wallet's file in a worker that may touch only the paths of this call, and explains refusals to the user.
 *
 * @module
 */
import { BlobError } from "../../money/wallet/blob.ts";
import { KeyFileError } from "../../money/wallet/key_file_error.ts";
import { type KeyReaderOptions, keyReaderPaths } from "../../money/wallet/key_reader.ts";
import type { SecretSource } from "../../money/wallet/secret_source.ts";
import type { WalletServiceOptions, WalletWork } from "../../money/wallet/wallet_service.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";

/** The files that a call uses. */
interface WalletTouch {
  /** Read and written. The worker may also write the temporary name beside it, which replaces the file. */
  readonly file: string | null;
  /** A wallet that is only opened and read. */
  readonly keys?: KeyReaderOptions;
  /** Another file that is written. */
  readonly also?: string | null;
  readonly sources: readonly (SecretSource | undefined)[];
}

/** Runs the work. Rejects with UsageError or CommandError. */
export async function withWallet<T>(
  touch: WalletTouch,
  work: (wallet: WalletWork) => Promise<T>,
): Promise<T> {
  const { createSupervisor } = await import("../../home/workers/supervisor.ts");
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const handle = await supervisor.service("wallet", pathsOf(touch));
    return await work(handle.client());
  } catch (error) {
    throw wordsFor(error, touch);
  } finally {
    await supervisor.stop(0);
  }
}

function pathsOf({ file, keys, also, sources }: WalletTouch): WalletServiceOptions {
  const own = [file, file === null ? null : `${file}.new`, also ?? null]
    .filter((path) => path !== null);
  const read = sources.flatMap((source) =>
    source === undefined || "text" in source
      ? []
      : ["file" in source ? source.file : `/dev/fd/${source.descriptor}`]
  );
  const opened = keys === undefined ? [] : keyReaderPaths(keys);
  return { read: [...own, ...read, ...opened], write: own };
}

/** Explains an error with the path that the person typed, which the worker does not know. */
function wordsFor(error: unknown, touch: WalletTouch): unknown {
  const { also, keys } = touch;
  const file = touch.file ?? keys?.identityFile ?? null;
  const sources = keys === undefined ? touch.sources : [...touch.sources, keys.passphrase];
  const named = sources.map((source) => source && "file" in source ? source.file : null)
    .find((path) => path !== null) ?? "it";
  if (error instanceof BlobError) {
    return error.code === "passphrase"
      ? new CommandError(
        "wrong_passphrase",
        "cannot open the wallet: wrong passphrase, or the file was changed",
        "check the passphrase; without it the keys cannot be recovered",
      )
      : new CommandError("wallet_format", error.message, `check that ${file} is a wallet`);
  }
  if (!(error instanceof KeyFileError)) return error;
  const { code, message } = error;
  if (code === "exists" && also) {
    return new UsageError(`there is a file ${also} already`, "name another", "file_exists");
  }
  if (code === "exists") {
    return new CommandError(
      "wallet_exists",
      `there is a wallet in ${file} already, and crosstown never overwrites a wallet`,
      "use it, or choose another home with --home; if you remove it, its keys are lost",
    );
  }
  if (code === "bad_key") return new UsageError(message, "check the key", "bad_key");
  if (code === "no_file" && /wallet/.test(message)) {
    return new CommandError(
      "no_wallet",
      `there is no wallet in ${file}`,
      "make one with 'crosstown wallet init --passphrase-file FILE'",
    );
  }
  const suggestion = code === "too_short"
    ? "use a longer one: four or more unrelated words"
    : code === "mode"
    ? `run 'chmod 600 ${named}'`
    : code === "not_a_file"
    ? "name the file itself, not a folder or a device"
    : code === "unreadable"
    ? "pipe it to standard input (descriptor 0), or name a file"
    : `write it in ${named} and 'chmod 600' it`;
  return new UsageError(message, suggestion, `passphrase_${code}`);
}
