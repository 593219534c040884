/**
 * Checks the control socket's path: short enough for the system, and in a folder that only the owner can enter.
 *
 * @module
 */
import { dirname } from "../../base/path.ts";
import { ControlError } from "../../base/control_error.ts";

/** The longest path of a socket in bytes, without the closing NUL. */
const MAX_PATH_BYTES = { darwin: 103, other: 107 };

/** Refuses a path that is too long for a socket. */
export function checkSocketPath(path: string): void {
  if (Deno.build.os === "windows") {
    throw new ControlError("unsupported", "the control socket needs a system with unix sockets");
  }
  const size = new TextEncoder().encode(path).length;
  const most = Deno.build.os === "darwin" ? MAX_PATH_BYTES.darwin : MAX_PATH_BYTES.other;
  if (size <= most) return;
  throw new ControlError(
    "path_too_long",
    `the socket path ${path} has ${size} bytes, the system allows ${most}`,
    "use a home with a shorter path (--home or GASTOWN_HOME)",
  );
}

/** Refuses a folder that others can enter or write. The check is skipped without the permission to read the folder. */
export async function checkSocketFolder(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    const { mode } = await Deno.lstat(folder);
    if (mode === null || (mode & 0o077) === 0) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return;
    throw error;
  }
  throw new ControlError(
    "loose_folder",
    `${folder} is open to other users, so its control socket would be too`,
    `run 'chmod 700 ${folder}'`,
  );
}
