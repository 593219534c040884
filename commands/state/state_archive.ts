/**
 * `crosstown state export` and `state import`.
 *
 * @module
 */
import { resolve } from "../../base/path.ts";
import type { GitPlace } from "../../trail/audit/git_command.ts";
import {
  type ArchiveManifest,
  type ArchiveProgress,
  readArchive,
  readManifest,
  writeArchive,
} from "../../trail/recovery/state_archive.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { hasStore } from "../../shell/home/read_store.ts";
import { ofMegabytes } from "../../shell/of_megabytes.ts";
import { printable } from "../../shell/output.ts";
import { lstatOrNull } from "../../base/files/missing.ts";

/** Writes the archive and gives it its name when it is complete. */
export async function stateExport(invocation: Invocation): Promise<void> {
  const { args, io, output } = invocation;
  const config = await configOf(invocation);
  const place = { folder: config.paths.stateFolder, path: io.env("PATH") ?? "" };
  const to = resolve(io.cwd(), args.required("folder"));
  if (await lstatOrNull(to) !== null) {
    throw new CommandError("file_exists", `${to} is there already`, "name a new folder");
  }
  const part = `${to}.${crypto.randomUUID().slice(0, 8)}.part`;
  let manifest: ArchiveManifest;
  await output.progress("packing the history of the audit trail");
  const told = ({ bytes, ofBytes }: ArchiveProgress) =>
    void output.progress(`payment log: ${ofMegabytes(bytes, ofBytes)}`);
  try {
    manifest = await writeArchive(place, part, {
      network: config.profile.name,
      mayor: config.mayor,
      exported_at: new Date(io.clock()).toISOString(),
    }, told);
    await Deno.rename(part, to);
  } catch (error) {
    await Deno.remove(part, { recursive: true }).catch(() => undefined);
    throw error;
  } finally {
    await output.progress("");
  }
  await output.document(
    "state-export",
    { folder: to, ...manifest },
    () =>
      `Exported up to entry ${manifest.last_entry.seq} into ${to}. Keys are not in it: see 'crosstown wallet export'.`,
  );
}

/** Reads an archive into a home without records. */
export async function stateImport(invocation: Invocation): Promise<void> {
  const { args, io, output } = invocation;
  const config = await configOf(invocation);
  const { stateFolder } = config.paths;
  if (await hasStore(config)) {
    throw new CommandError(
      "state_is_there",
      `this home has records already, in ${stateFolder}`,
      "name a home without any with --home",
    );
  }
  const from = resolve(io.cwd(), args.required("folder"));
  const manifest = await readManifest(from);
  if (manifest.network !== config.profile.name) {
    throw new CommandError(
      "other_network",
      `the archive is of ${
        printable(manifest.network).slice(0, 64)
      }, and this home is on ${config.profile.name}`,
      `add --network ${printable(manifest.network).slice(0, 64)}`,
    );
  }
  await Deno.mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const place: GitPlace = { folder: stateFolder, path: io.env("PATH") ?? "" };
  await readArchive(from, manifest, place);
  const next = "crosstown state recover";
  await output.document(
    "state-import",
    {
      home: config.paths.home,
      files: manifest.files.length,
      last_entry: manifest.last_entry,
      next,
    },
    () =>
      `The records are in ${stateFolder}. Stop the old home for good before you go on: two homes must not sign for one channel.\n` +
      `Next: ${next}`,
  );
}
