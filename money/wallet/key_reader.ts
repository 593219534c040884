/**
 * Reads a wallet's sealed blob, and its passphrase from a file or a descriptor if the program runs unattended. A worker that reads them may
 * read only these two paths. The signer gives this right up before it opens the blob; the service of this module has it until it ends.
 *
 * @module
 */

import { defineService } from "../../base/service.ts";
import { LinkedFileError } from "../../base/files/linked_file_error.ts";
import { openPlainFile } from "../../base/files/plain_file.ts";
import { readFirstLine } from "./first_line.ts";
import { KeyFileError } from "./key_file_error.ts";

/** The places of the secrets. */
export interface KeyReaderOptions {
  /** The path of `identity.enc`. Only its owner may be able to read it. */
  readonly identityFile: string;
  /**
   * The source of the passphrase: the first line of a file that only its owner can read, or of an open descriptor that is a pipe. (Deno
   * cannot read a *file* through its descriptor, so a file must be given by its path.)
   */
  readonly passphrase:
    | { readonly file: string }
    | { readonly descriptor: number }
    /** A passphrase that was typed, or piped to the process. The process stores it nowhere else. */
    | { readonly text: string };
  /** The blob from the environment, used instead of the file. */
  readonly blob?: string;
  /**
   * A key in plain text, 64 hex digits, for throw-away keys of test networks. Then nothing is read, and the signer gets the key
   * sealed under a random passphrase.
   */
  readonly plainKey?: string;
}

/** A blob and its passphrase, for the signer. */
export interface SealedKeys {
  /** The blob, as in the file. */
  readonly blob: string;
  /** The passphrase of the blob. */
  readonly passphrase: string;
}

/** The service for commands that pass a passphrase on, such as to a daemon's signer. */
interface KeyReader {
  /** Reads both, once. A second call is refused, so that no other caller gets them later. Throws KeyFileError. */
  read(): Promise<SealedKeys>;
}

const MAX_IDENTITY_BYTES = 8_192;
const MAX_PASSPHRASE_BYTES = 1_024;

/** The only paths that a reader with these options must be able to read. */
export function keyReaderPaths(options: KeyReaderOptions): readonly string[] {
  if (options.plainKey !== undefined) return [];
  const passphrase = "text" in options.passphrase ? [] : [passphrasePath(options.passphrase)];
  return options.blob === undefined ? [options.identityFile, ...passphrase] : passphrase;
}

/** Makes a key reader. */
export function createKeyReader(options: KeyReaderOptions): KeyReader {
  let asked = false;
  return {
    async read() {
      if (asked) {
        throw new KeyFileError("asked_twice", "Cannot read the keys: they were already read");
      }
      asked = true;
      if (options.plainKey !== undefined) return await sealPlain(options.plainKey);
      const blob = options.blob ?? await readSecret("identity file", options.identityFile, {
        from: "wallet",
        read: (file) => readAll("identity file", file, MAX_IDENTITY_BYTES, "wallet_format"),
      });
      return { blob: blob.trim(), passphrase: await readPassphrase(options) };
    },
  };
}

/**
 * Reads both, then gives up this worker's rights to read files and to ask the system. It also gives them up if it cannot read. So the worker
 * can open no file when its first caller comes. Only for a worker of its own: the rights of others in it would end too.
 *
 * @throws {KeyFileError}
 */
export async function readKeysAndGiveUpFiles(options: KeyReaderOptions): Promise<SealedKeys> {
  try {
    return await createKeyReader(options).read();
  } finally {
    for (const name of ["read", "sys"] as const) Deno.permissions.revokeSync({ name });
  }
}

async function sealPlain(text: string): Promise<SealedKeys> {
  const { importKey } = await import("./key_import.ts");
  const [{ sealUnderRandomKey }, { sealWallet }] = await Promise.all([
    import("./blob.ts"),
    import("./wallet_keys.ts"),
  ]);
  const { key, paymentKey } = importKey(text);
  const passphrase = crypto.getRandomValues(new Uint8Array(32)).toHex();
  try {
    const keys = { nostrKey: key, paymentKey: paymentKey ?? key };
    return {
      blob: await sealWallet(keys, passphrase, undefined, sealUnderRandomKey),
      passphrase,
    };
  } finally {
    key.fill(0);
    paymentKey?.fill(0);
  }
}

/** Reads only the passphrase: the first line of its file, which only the owner may read, or of its descriptor. Throws KeyFileError. */
export async function readPassphrase(
  options: Pick<KeyReaderOptions, "passphrase">,
): Promise<string> {
  const { passphrase } = options;
  return "text" in passphrase ? passphrase.text : await readSecretText("passphrase", passphrase);
}

/** A source that is read by its path. */
type ReadSource = Exclude<KeyReaderOptions["passphrase"], { readonly text: string }>;

/**
 * Reads the first line of a secret, from a file that only its owner can read, or from a descriptor that is a pipe. `what` names it in
 * errors; `secretOf` takes it out of a longer text. The pipe is read up to the end of that line, so its writer need not close it.
 *
 * @throws {KeyFileError} `missing` if a pipe ended without a byte
 */
export async function readSecretText(
  what: string,
  source: ReadSource,
  { maxBytes = MAX_PASSPHRASE_BYTES, secretOf = firstLine }: {
    readonly maxBytes?: number;
    readonly secretOf?: (text: string) => string;
  } = {},
): Promise<string> {
  const path = passphrasePath(source);
  if ("file" in source) {
    const read = (file: Deno.FsFile) => readAll(what, file, maxBytes);
    return secretOf(await readSecret(what, path, { from: "file", read }));
  }
  const line = await readSecret(what, path, {
    from: "pipe",
    read: (file) =>
      readFirstLine({ what, maxBytes, secretOf, read: (buffer) => file.read(buffer) }),
  });
  if (line !== null) return line;
  throw new KeyFileError("missing", `Cannot read the ${what}: the pipe ended without a byte`);
}

/** The service in its own worker, for the worker host. */
export const definition = defineService({
  name: "key-reader",
  permissions: (options: KeyReaderOptions) => ({
    read: keyReaderPaths(options),
    sys: sysForOwner(),
  }),
  methods: ["read"] as const,
  start: (options: KeyReaderOptions): Promise<KeyReader> =>
    Promise.resolve(createKeyReader(options)),
});

/** The permission to ask for the process's own user id, which reading secrets needs. Empty if this process does not have it either. */
export function sysForOwner(): readonly string[] {
  return ownUid() === null ? [] : ["uid"];
}

/** The user id. Null if the system has none, or if it may not be asked for. */
function ownUid(): number | null {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return state === "granted" ? Deno.uid() : null;
}

function passphrasePath(source: ReadSource): string {
  if ("file" in source) return source.file;
  const { descriptor } = source;
  if (Number.isInteger(descriptor) && descriptor >= 0 && descriptor < 1_024) {
    return `/dev/fd/${descriptor}`;
  }
  throw new KeyFileError("bad_option", "Cannot read the passphrase: descriptor must be 0 to 1023");
}

async function readSecret<Secret>(
  what: string,
  path: string,
  rule: {
    /**
     * The source of the secret. The wallet's own file must not be a link. A file that the user names may be one if its target may be read
     * too, which a worker that may read only the link may not. A pipe is not checked as a file.
     */
    readonly from: "wallet" | "file" | "pipe";
    readonly read: (file: Deno.FsFile) => Promise<Secret>;
  },
): Promise<Secret> {
  try {
    // Opening a named pipe would wait for its writer, and a signal could not interrupt that.
    if (rule.from === "file" && !(await Deno.stat(path)).isFile) {
      throw new KeyFileError("not_a_file", `Cannot read the ${what}: it is not a file`);
    }
    using file = rule.from === "wallet" ? await openPlainFile(path) : await Deno.open(path);
    if (rule.from !== "pipe") {
      const { mode, isFile, uid } = await file.stat();
      if (!isFile) {
        throw new KeyFileError("not_a_file", `Cannot read the ${what}: it is not a file`);
      }
      // Root can read every file. Any other owner could change the file at any time.
      if (uid !== null && uid !== 0 && uid !== (ownUid() ?? uid)) {
        throw new KeyFileError(
          "owner",
          `Cannot read the ${what}: it belongs to another user (uid ${uid}); chown it to yours`,
        );
      }
      if (mode !== null && (mode & 0o077) !== 0) {
        throw new KeyFileError(
          "mode",
          `Cannot read the ${what}: others may read it too (mode ${
            (mode & 0o777).toString(8).padStart(4, "0")
          }); chmod 600 it`,
        );
      }
    }
    return await rule.read(file);
  } catch (error) {
    if (error instanceof LinkedFileError && error.code === "not_plain") {
      throw new KeyFileError("not_a_file", `Cannot read the ${what}: it is not a file`);
    }
    if (error instanceof KeyFileError || error instanceof LinkedFileError) throw error;
    if (error instanceof Deno.errors.NotFound) {
      throw new KeyFileError("no_file", `Cannot read the ${what}: it does not exist`);
    }
    if (error instanceof Deno.errors.NotCapable && path.startsWith("/dev/fd/")) {
      throw new KeyFileError(
        "unreadable",
        `Cannot read the ${what}: the descriptor must be a pipe; name the file instead`,
      );
    }
    if (error instanceof Deno.errors.NotCapable && rule.from === "file") {
      throw new KeyFileError(
        "unreadable",
        `Cannot read the ${what}: it is a link; name the file that it leads to`,
      );
    }
    throw new KeyFileError(
      "unreadable",
      `Cannot read the ${what}: ${error instanceof Error ? error.name : "unknown error"}`,
    );
  }
}

async function readAll(
  what: string,
  file: Deno.FsFile,
  maxBytes: number,
  /** The code of an error that says what the file is. Without it, the error says what is wrong with its bytes. */
  code?: "wallet_format",
): Promise<string> {
  const buffer = new Uint8Array(maxBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const read = await file.read(buffer.subarray(length));
    if (read === null) break;
    length += read;
  }
  if (length > maxBytes) {
    throw new KeyFileError(
      code ?? "too_large",
      `Cannot read the ${what}: more than ${maxBytes} bytes`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, length));
  } catch {
    throw new KeyFileError(code ?? "not_text", `Cannot read the ${what}: it must be UTF-8`);
  } finally {
    buffer.fill(0);
  }
}

/** The first line without its end. Editors add a line end that is not part of the passphrase. Spaces are part of it. */
function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0];
}
