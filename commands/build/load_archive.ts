/**
 * Loads an archive of images into the container engine of this machine.
 *
 * @module
 */
import { CommandError } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";

/** The container engines, in the order in which they are tried, and the command with which each loads an archive. */
const ENGINES: readonly (readonly [name: string, ...args: string[]])[] = [
  ["podman", "load", "-i"],
  ["docker", "load", "-i"],
  ["buildah", "pull", "-q"],
];

/**
 * Returns the name of the engine that loaded the archive. Throws CommandError `no_engine`, or `not_loaded` with the last engine's message.
 */
export async function loadArchive(path: string, signal: AbortSignal): Promise<string> {
  let said: string | null = null;
  for (const [name, ...args] of ENGINES) {
    const file = name === "buildah" ? `oci-archive:${path}` : path;
    // The engine is started by `sh`, because the process may run only the programs that its permissions name.
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'command -v "$1" >/dev/null || exit 127; exec "$@"', "sh", name, ...args, file],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal,
    }).output();
    if (code === 0) return name;
    if (code === NOT_FOUND) continue;
    const lines = new TextDecoder().decode(stderr).trim().split("\n");
    said = `${name}: ${printable(lines.at(-1)!.slice(0, 300))}`;
  }
  if (said !== null) {
    throw new CommandError(
      "not_loaded",
      `no engine took the images; ${said}`,
      "write them with --to FILE",
    );
  }
  throw new CommandError(
    "no_engine",
    "there is no podman, docker or buildah to load the images into",
    "write them with --to FILE",
  );
}

const NOT_FOUND = 127;
