/**
 * The demo's temporary folder.
 *
 * @module
 */
import { temporaryFolder } from "../../base/files/temporary_folder.ts";

/** Tries several times: a worker that was terminated may still finish writing a file. */
export async function removeAll(folder: string): Promise<void> {
  for (let tries = 1; tries <= REMOVE_TRIES; tries++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      await new Promise((resolve) => setTimeout(resolve, 50 * tries));
    }
  }
}

const REMOVE_TRIES = 5;

/** The folder's path must be short: the network's sockets lie deep inside it, and a socket's path is limited to about 100 bytes. */
export async function shortTempDir(): Promise<string> {
  const prefix = "ct-demo-";
  const folder = await temporaryFolder({ prefix });
  if (new TextEncoder().encode(folder).length <= MAX_FOLDER_BYTES) return folder;
  await Deno.remove(folder, { recursive: true });
  return await temporaryFolder({ prefix, dir: "/tmp" });
}

const MAX_FOLDER_BYTES = 49;
