/**
 * Writes `crosstown.toml`.
 *
 * @module
 */
import { dirname } from "../../base/path.ts";
import { openPlainFile } from "../../base/files/plain_file.ts";
import type { HomePaths } from "../../config/paths.ts";
import { openConfigFile, readFile } from "../../config/real_files.ts";
import type { Invocation } from "../command.ts";
import { tellOfDaemon } from "./daemon_settings.ts";
import { nullIfMissing } from "../../base/files/missing.ts";

/** The file's text, of at most 1 MiB; empty if there is none. */
export async function configText({ configFile }: Pick<HomePaths, "configFile">): Promise<string> {
  return (await readFile(configFile))?.text ?? "";
}

/**
 * Changes the file: `edit` is given its text and returns the new one, or null to leave it. Commands that change it at the same time do so one
 * after the other. It is written by rename: after a crash there is the old file or the new one. A consent for this home stays valid, because
 * its owner changed the file. A running daemon reads the file; the owner is told what it does with it.
 */
export async function changeConfig(
  { io, output }: Pick<Invocation, "io" | "output">,
  paths: Pick<HomePaths, "home" | "configFile" | "controlSocket">,
  edit: (before: string) => string | null | Promise<string | null>,
): Promise<void> {
  const { renewConsent } = await import("../../home/trust/trusted_homes.ts");
  for (let done: Outcome = "again"; done === "again";) {
    done = await changeOnce(paths, edit);
    if (done !== "written") continue;
    await renewConsent(io.env("HOME"), paths.home);
    await tellOfDaemon({ output }, paths, () => configText(paths));
  }
}

/** `again`: another command made or replaced the file meanwhile. */
type Outcome = "written" | "left" | "again";

/** Changes another file of the home in the same way. A running daemon is not told. */
export async function changeHomeFile(
  { io }: Pick<Invocation, "io">,
  { home }: Pick<HomePaths, "home">,
  path: string,
  edit: (before: string) => string | null | Promise<string | null>,
): Promise<void> {
  const { renewConsent } = await import("../../home/trust/trusted_homes.ts");
  let done: Outcome = "again";
  while (done === "again") done = await changeOnce({ home: dirname(path), configFile: path }, edit);
  if (done === "written") await renewConsent(io.env("HOME"), home);
}

async function changeOnce(
  { home, configFile }: Pick<HomePaths, "home" | "configFile">,
  edit: (before: string) => string | null | Promise<string | null>,
): Promise<Outcome> {
  // The lock belongs to this file, not to its name, and ends with the process. A process that waited for it looks whether the name still
  // means this file: the process before it has put a new file there.
  using held = await openConfigFile(configFile);
  await held?.lock(true);
  if (held !== null && !await isStill(configFile, held)) return "again";
  const before = await configText({ configFile });
  const after = await edit(before);
  if (after === null || after === before) return "left";
  await Deno.mkdir(home, { recursive: true, mode: 0o700 });
  const draft = `${configFile}.${crypto.randomUUID()}`;
  try {
    await writeDraft(draft, after);
    if (held !== null) await Deno.rename(draft, configFile);
    // Fails if another command made the file meanwhile.
    else await Deno.link(draft, configFile);
    return "written";
  } catch (error) {
    if (held === null && error instanceof Deno.errors.AlreadyExists) return "again";
    throw error;
  } finally {
    await Deno.remove(draft).catch(nullIfMissing);
  }
}

async function writeDraft(path: string, text: string): Promise<void> {
  using file = await openPlainFile(path, { write: true, createNew: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

async function isStill(path: string, file: Deno.FsFile): Promise<boolean> {
  const [named, opened] = await Promise.all([
    Deno.lstat(path).catch(nullIfMissing),
    file.stat(),
  ]);
  return named !== null && named.dev === opened.dev && named.ino === opened.ino;
}
