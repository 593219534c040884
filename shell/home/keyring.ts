/**
 * Reads the wallet's passphrase from the system's keyring: `secret-tool` (libsecret) on Linux, `security` (Keychain) on macOS. It reads
 * only the entry that `passphrase_keyring` names. The passphrase comes through a pipe. The program's error messages are not read.
 *
 * @module
 */
import { readFirstLine } from "../../money/wallet/first_line.ts";
import { KeyFileError } from "../../money/wallet/key_file_error.ts";
import { CommandError } from "../errors.ts";

/** The account of every entry. The configuration names the service. */
const ACCOUNT = "wallet";

/** The keyring programs by system: the command that reads an entry, and the command that a person types to store one. */
const KEYRINGS: Readonly<Record<string, Keyring>> = {
  linux: {
    program: "secret-tool",
    args: (service) => ["lookup", "service", service, "account", ACCOUNT],
    store: (service) =>
      `secret-tool store --label='crosstown wallet' service ${service} account ${ACCOUNT}`,
  },
  darwin: {
    program: "security",
    args: (service) => ["find-generic-password", "-s", service, "-a", ACCOUNT, "-w"],
    store: (service) => `security add-generic-password -s ${service} -a ${ACCOUNT} -w`,
  },
};

interface Keyring {
  readonly program: string;
  readonly args: (service: string) => string[];
  readonly store: (service: string) => string;
}

/** How long a person has to unlock the keyring in its own window, in milliseconds. */
const UNLOCK_MS = 60_000;
const MAX_PASSPHRASE_BYTES = 1_024;

/** The environment of the keyring's program. */
interface KeyringPlace {
  /** Aborts the wait and kills the program. */
  readonly signal: AbortSignal;
  /** `Deno.build.os` by default. */
  readonly os?: string;
  /** One minute by default. */
  readonly unlockMs?: number;
  /** The folders searched for the program, as in `PATH`. This process's own by default. */
  readonly path?: string;
}

/**
 * The first line of the entry `service`, at most 1024 bytes. A program that does not end in time is killed.
 *
 * @throws {CommandError} `no_keyring`, `keyring_closed`, `keyring_unreadable`
 * @throws The reason of `signal`
 */
export async function keyringPassphrase(
  service: string,
  { signal, os = Deno.build.os, unlockMs = UNLOCK_MS, path }: KeyringPlace,
): Promise<string> {
  const keyring = KEYRINGS[os];
  if (keyring === undefined) {
    throw new CommandError(
      "no_keyring",
      `passphrase_keyring is for Linux and macOS, and this system is ${os}`,
      "set passphrase_file under [wallet] instead",
    );
  }
  signal.throwIfAborted();
  await using child = startKeyring(keyring, service, path);
  const ended = AbortSignal.any([signal, AbortSignal.timeout(unlockMs)]);
  const stop = () => child.kill();
  ended.addEventListener("abort", stop);
  try {
    const passphrase = await child.firstLine();
    const success = await child.succeeded();
    signal.throwIfAborted();
    if (success && passphrase !== null && passphrase !== "") return passphrase;
    throw new CommandError(
      "keyring_closed",
      ended.aborted
        ? `the keyring did not answer in ${unlockMs / 1_000} s`
        : `the keyring gave no passphrase for service ${service}, account ${ACCOUNT}`,
      `unlock the keyring; where the passphrase is not stored yet, run: ${keyring.store(service)}`,
    );
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    throw new CommandError(
      "keyring_unreadable",
      `the keyring's entry for service ${service} is no passphrase: it must be one line of UTF-8, at most ${MAX_PASSPHRASE_BYTES} bytes`,
      `store it again: ${keyring.store(service)}`,
    );
  } finally {
    ended.removeEventListener("abort", stop);
  }
}

/** What a person types to store a passphrase in the entry `service`; null if this system has no keyring. */
export function keyringStoreLine(service: string, os: string = Deno.build.os): string | null {
  return KEYRINGS[os]?.store(service) ?? null;
}

/** Starts the program. Dispose of it to kill the program if it still runs. */
function startKeyring({ program, args, store }: Keyring, service: string, path?: string) {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: args(service),
      ...(path === undefined ? {} : { env: { PATH: path } }),
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch (error) {
    // Deno reports a program that did not exist at this process's start as not permitted.
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable)) {
      throw error;
    }
    throw new CommandError(
      "no_keyring",
      `passphrase_keyring needs ${program}, which cannot be run here`,
      `install ${program} and store the passphrase (${
        store(service)
      }), or set passphrase_file under [wallet] instead`,
    );
  }
  const reader = child.stdout.getReader();
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // The program has ended.
    }
    // A child of the program may still hold the pipe open.
    reader.cancel().catch(() => undefined);
  };
  return {
    kill,
    firstLine: () =>
      readFirstLine({
        what: "passphrase",
        maxBytes: MAX_PASSPHRASE_BYTES,
        read: async (buffer) => {
          const { value, done } = await reader.read();
          if (done) return null;
          const part = value.subarray(0, buffer.length);
          buffer.set(part);
          value.fill(0);
          return part.length;
        },
      }),
    succeeded: async () => (await child.status).success,
    async [Symbol.asyncDispose]() {
      kill();
      await child.status;
    },
  };
}
