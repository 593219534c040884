/**
 * Finds, packs and lists a job's file or folder before the home is opened and before anyone is asked or paid.
 *
 * @module
 */
import { isAbsolute, join, resolve } from "../../base/path.ts";
import type { Config } from "../../config/config.ts";
import { CREDENTIAL } from "../../config/credential.ts";
import { type PrivatePaths, privatePaths } from "../../config/private_paths.ts";
import type { PackedPlace, PackOptions } from "../../market/pack_place.ts";
import type { PackedFiles } from "../../market/packing/folder_archive.ts";
import { gitEnvironment } from "../../market/packing/git_environment.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";
import { temporaryRoot } from "../../shell/temporary_root.ts";

type At = Pick<Invocation, "io" | "globals" | "output">;

/**
 * The real path that an input names; null for a URL, for standard input, or if nothing exists there. Throws UsageError if it is empty: an
 * unset variable of a shell must not publish the current folder.
 */
export function inputPath(input: string, cwd: string): string | null {
  if (input === "") {
    throw new UsageError(
      "the input is empty",
      "name a file or folder, '.' for the current one",
    );
  }
  if (input === "-" || /^https?:\/\//.test(input) || input.length >= MAX_PATH) return null;
  const path = isAbsolute(input) ? input : join(cwd, input);
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    // If the main thread may not read there, the input finder looks.
    return error instanceof Deno.errors.NotCapable ? path : null;
  }
}

const MAX_PATH = 4_096;

/** The folder of `--context`; undefined without the flag. Throws UsageError if `--input` is given too. */
export function givenContext(options: Invocation["options"]): string | undefined {
  const context = options.text("context");
  if (context === undefined || options.text("input") === undefined) return context;
  throw new UsageError("--context and --input exclude each other", "give one of them");
}

/** Checks by the real path that `--context` is a folder. Throws UsageError. */
export async function checkFolder(context: string, path: string | null): Promise<void> {
  const info = path === null ? null : await Deno.stat(path).catch(() => null);
  if (info?.isDirectory) return;
  throw new UsageError(`--context ${context} is no folder`, "give the path of a folder");
}

/** Packs files and folders by their absolute paths. The answer leaves out a path that does not exist. Throws InputError. */
export async function packPaths(
  at: At,
  config: Config,
  paths: readonly string[],
  options: PackOptions,
): Promise<ReadonlyMap<string, PackedPlace>> {
  const packed = new Map<string, PackedPlace>();
  const { io, output } = at;
  if (paths.length === 0) return packed;
  const { createSupervisor } = await import("../../home/workers/supervisor.ts");
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const found = await supervisor.service("input-finder", {
      given: paths,
      privatePaths: withPassphrase(privatePaths(config), at),
    });
    const places = (await found.client().find()).filter((place) => place !== null);
    if (places.length === 0) return packed;
    const asksGit = !options.includeIgnored && places.some(({ type }) => type === "folder");
    const handle = await supervisor.service("input-packer", {
      places,
      path: io.env("PATH") ?? "",
      environment: asksGit ? gitEnvironment(io.env) : {},
      scratch: join(
        asksGit ? temporaryRoot(io.env, "/tmp") : "/tmp",
        `crosstown-pack-${crypto.randomUUID()}`,
      ),
    });
    const packer = handle.client();
    for (const place of places) {
      await output.progress(`packing ${printable(place.given)}`);
      packed.set(place.given, await packer.pack(place, options));
    }
    return packed;
  } finally {
    await output.progress("");
    await supervisor.stop(0);
  }
}

/** Adds the passphrase given by a flag or by systemd to the secrets that settings name. */
function withPassphrase(known: PrivatePaths, { io, globals }: At): PrivatePaths {
  const credentials = io.env("CREDENTIALS_DIRECTORY");
  const given = [
    ...(globals.passphraseFile === undefined ? [] : [resolve(globals.passphraseFile)]),
    ...(credentials?.startsWith("/") ? [join(credentials, CREDENTIAL)] : []),
  ];
  return { ...known, files: [...known.files, ...given] };
}

/** Which files of a folder are sent, as `--dry-run` prints it. */
export function filesDocument({ count, totalBytes, listed, leftOut }: PackedFiles) {
  return {
    files: count,
    bytes: totalBytes,
    listed: listed.map(({ path, sizeBytes }) => ({ path, bytes: sizeBytes })),
    not_listed: count - listed.length,
    left_out: leftOut,
  };
}

/** The same as text for people. It names at most `most` files. */
export function filesText(
  { count, totalBytes, listed, leftOut }: PackedFiles,
  most: number,
): string[] {
  const shown = listed.slice(0, most);
  const width = Math.max(0, ...shown.map(({ sizeBytes }) => String(sizeBytes).length));
  return [
    `Sends ${count} ${count === 1 ? "file" : "files"} of ${totalBytes} bytes:`,
    ...shown.map(({ path, sizeBytes }) =>
      `  ${String(sizeBytes).padStart(width)}  ${ofOneLine(path)}`
    ),
    ...(count > shown.length ? [`  ... and ${count - shown.length} more`] : []),
    ...leftOut.slice(0, most).map((path) =>
      `  not sent: ${ofOneLine(path)}, a repository of its own`
    ),
    ...(leftOut.length > most ? [`  ... and ${leftOut.length - most} more are not sent`] : []),
  ];
}

/** Escapes a file name so that it cannot start a line or move the terminal's cursor. */
function ofOneLine(name: string): string {
  return printable(name).replaceAll("\n", "\\u000a").replaceAll("\t", "\\u0009");
}
