/**
 * `crosstown skill approve`, `price` and `remove`: change the approvals of a home.
 *
 * @module
 */
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { renewConsent } from "../../home/trust/trusted_homes.ts";
import {
  type Approval,
  type Approvals,
  readApprovals,
  writeApprovals,
} from "../../skills/catalog/approvals.ts";
import { contentOf, type SkillContent } from "../../skills/catalog/skill_content.ts";
import { signatureOf } from "../../skills/catalog/skill_signature.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";
import { factsText, skillFacts } from "./skill_facts.ts";
import { folderOf, readSkill, type SkillPlaces, skillPlaces } from "./skill_places.ts";

/** Approves the current content of a skill's folder. */
export async function skillApprove(invocation: Invocation): Promise<number> {
  const { globals, io, output } = invocation;
  const places = await skillPlaces(invocation);
  const given = await folderOf(invocation, places);
  const { manifest: { name } } = await readSkill(given);
  const found = places.folders.some((folder) => given === `${folder}/${name}`);
  const folder = found ? given : `${places.config.paths.skillsFolder}/${name}`;
  const shown = await contentOf(given);
  const signature = await signatureOf(given, name, shown);
  if (signature.state === "invalid") {
    throw new CommandError(
      "bad_signature",
      `${given}: ${signature.why}`,
      "ask its author for the skill as it was signed, or delete the file to do without",
    );
  }
  if (!found && !globals.dryRun) await install(given, shown, folder);
  // From here on, the installed folder is read and approved, even if the given folder changes.
  const { manifest } = await readSkill(globals.dryRun ? given : folder);
  const facts = skillFacts(manifest, shown, signature);
  if (!globals.dryRun) {
    const { sha256 } = await contentOf(folder);
    if (sha256 !== shown.sha256) throw changing(folder);
    await change(invocation, places, (approvals) => ({
      ...approvals,
      [name]: { ...approvals[name], sha256, approvedAt: new Date(io.clock()).toISOString() },
    }));
  }
  await output.document(
    "skill",
    { ...facts, folder, approved: !globals.dryRun },
    `${factsText(facts, places.config.profile.asset)}\n` +
      (globals.dryRun
        ? "Would be approved"
        : facts.judges
        ? "Approved: this home has answers judged by it"
        : "Approved: a provider of this home runs it") +
      ` (${printable(folder)})`,
  );
  return 0;
}

/** Sets the price of a run in this home. */
export async function skillPrice(invocation: Invocation): Promise<number> {
  const { args, options, output } = invocation;
  const places = await skillPlaces(invocation);
  const name = args.required("skill");
  const { asset } = places.config.profile;
  const flat = args.amount("amount", asset);
  const perKib = options.amount("perKib", asset);
  const own = options.on("own");
  if (own && (flat ?? perKib) !== undefined) {
    throw new UsageError("--own takes the skill's own price: leave the amount out", "see --help");
  }
  if (flat !== undefined || perKib !== undefined || own) {
    const price = own
      ? undefined
      : { flatUnits: String(flat ?? 0n), unitsPerKib: String(perKib ?? 0n) };
    await change(invocation, places, (approvals) => {
      if (!Object.hasOwn(approvals, name)) throw notApproved(name);
      const { price: _, ...rest } = approvals[name];
      return { ...approvals, [name]: { ...rest, ...(price && { price }) } };
    });
  }
  const { skills } = await places.scan();
  const skill = skills.find(({ manifest }) => manifest.name === name);
  if (skill === undefined) throw notApproved(name);
  const { config } = places;
  const bySkill = config.get("node.prices");
  const asked = Object.hasOwn(bySkill, name) ? bySkill[name] : config.get("node.price_units");
  const { flatUnits, unitsPerKib } = asked === null
    ? skill.manifest.price
    : { flatUnits: asked, unitsPerKib: 0n };
  const set = Object.hasOwn(await readApprovals(places.approvals), name) &&
    (await readApprovals(places.approvals))[name].price !== undefined;
  const from = asked !== null ? "crosstown.toml" : set ? "skill price" : "the skill";
  await output.document(
    "skill-price",
    { name, flat_units: String(flatUnits), units_per_kib: String(unitsPerKib), from },
    `${name}: ${formatUnits(flatUnits, asset)} a run` +
      (unitsPerKib === 0n ? "" : ` and ${formatUnits(unitsPerKib, asset)} for each KiB`) +
      `, as ${from} says`,
  );
  return 0;
}

/** Withdraws an approval. */
export async function skillRemove(invocation: Invocation): Promise<number> {
  const { args, globals, output } = invocation;
  const places = await skillPlaces(invocation);
  const name = args.required("skill");
  if (!/^[a-z0-9-]+$/.test(name)) throw notApproved(name);
  const folder = `${places.config.paths.skillsFolder}/${name}`;
  const info = await Deno.lstat(folder).catch(() => null);
  const approved = Object.hasOwn(await readApprovals(places.approvals), name);
  if (info === null && !approved) throw notApproved(name);
  if (!globals.dryRun) {
    await change(invocation, places, ({ [name]: _, ...rest }) => rest);
    // If it is a link, only the link is removed, because its target does not belong to this home.
    if (info !== null) await Deno.remove(folder, { recursive: info.isDirectory });
  }
  const deleted = info === null ? null : folder;
  await output.document(
    "skill-remove",
    { name, deleted, removed: !globals.dryRun },
    `${globals.dryRun ? "Would remove" : "Removed"} ${name}` +
      (deleted === null ? "; its folder is not the home's and stays" : ` and ${deleted}`),
  );
  return 0;
}

/** Writes the approvals. The user's consent covers the home's files, so it is renewed for the changed file. */
async function change(
  { io }: Invocation,
  { approvals, config }: SkillPlaces,
  make: (approvals: Approvals) => Readonly<Record<string, Approval>>,
): Promise<void> {
  await Deno.mkdir(config.paths.home, { recursive: true, mode: 0o700 });
  await writeApprovals(approvals, make(await readApprovals(approvals)));
  await renewConsent(io.env("HOME") || undefined, config.paths.home);
}

/** Copies the folder to a temporary name beside its place, then renames it. */
async function install(from: string, { sha256, files }: SkillContent, to: string): Promise<void> {
  const parent = to.slice(0, to.lastIndexOf("/"));
  const made = `${parent}/.new-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.mkdir(made, { recursive: true, mode: 0o700 });
  try {
    for (const file of files) {
      await Deno.mkdir(`${made}/${file}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.copyFile(`${from}/${file}`, `${made}/${file}`);
    }
    if ((await contentOf(made)).sha256 !== sha256) throw changing(from);
    const old = `${made}-old`;
    const before = await Deno.rename(to, old).then(() => true, nothingThere);
    await Deno.rename(made, to);
    if (before) await Deno.remove(old, { recursive: true });
  } catch (error) {
    await Deno.remove(made, { recursive: true }).catch(() => undefined);
    throw error;
  }
}

function nothingThere(error: unknown): false {
  if (error instanceof Deno.errors.NotFound) return false;
  throw error;
}

function changing(folder: string): CommandError {
  return new CommandError("changed", `${folder} changed while it was read`, "try again");
}

function notApproved(name: string): UsageError {
  return new UsageError(
    `there is no approved skill ${printable(name)} in this home`,
    "see 'crosstown skill list'",
    "unknown_skill",
  );
}
