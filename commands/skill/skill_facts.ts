/**
 * The facts about a skill that a person sees before approving it.
 *
 * @module
 */
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { SkillContent } from "../../skills/catalog/skill_content.ts";
import type { SkillSignature } from "../../skills/catalog/skill_signature.ts";
import { EGRESS_MB } from "../../skills/egress/egress.ts";
import { localEntries } from "../../skills/egress/allowed_hosts.ts";
import type { SkillManifest } from "../../skills/skill.ts";
import { printableLine } from "../../shell/output.ts";

/** The facts as JSON. A skill of the program has no content of its own. */
export function skillFacts(
  manifest: SkillManifest,
  content: SkillContent | null,
  signature: SkillSignature,
) {
  const { name, version, description, kinds, types, tags, price, limits, run } = manifest;
  const { decrypt = false, judges = false } = manifest;
  return {
    name,
    version,
    description,
    kinds,
    types,
    tags,
    judges,
    flat_units: String(price.flatUnits),
    units_per_kib: String(price.unitsPerKib),
    limits: {
      timeout_s: limits.timeoutS,
      memory_mb: limits.memoryMb,
      processes: limits.processes,
      output_bytes: limits.outputBytes,
      network_mb: limits.networkMb ?? null,
    },
    runner: run.type,
    tier: manifest.tier ?? null,
    permissions: { ...permissionsOf(run), decrypt },
    sha256: content?.sha256 ?? null,
    signature: signature.state,
    signed_by: signature.state === "signed" ? signature.pubkey : null,
    signature_fault: signature.state === "invalid" ? signature.why : null,
    files: content?.files ?? [],
  };
}

const JUDGES = "none: it judges answers (--compare skill:NAME)";

/** Its permissions beyond its own folder, with the keys of `skill.toml`. */
function permissionsOf(run: SkillManifest["run"]) {
  if (run.type === "builtin") return { sandbox: true, net: [], read: [], write: [], env: [] };
  if (run.type === "deno") {
    const { net = [], read = [], write = [], env = [] } = run.permissions;
    return { sandbox: true, net, read, write, env };
  }
  return {
    sandbox: run.sandbox,
    net: run.net,
    read: run.read,
    write: [],
    env: run.env,
  };
}

/** The same for people. */
export function factsText(facts: ReturnType<typeof skillFacts>, asset: Asset): string {
  const { sandbox, net, read, write, env, decrypt } = facts.permissions;
  const may = [
    ...(sandbox ? [] : ["EVERYTHING that you may: it runs outside of the sandbox"]),
    ...(sandbox ? networkText(net, facts.limits.network_mb) : []),
    ...(read.length > 0 ? [`read: ${read.join(", ")}`] : []),
    ...(write.length > 0 ? [`write: ${write.join(", ")}`] : []),
    ...(decrypt ? ["read private messages to this home, and answer in its name"] : []),
    ...(env.length > 0 ? [`see the variables: ${env.join(", ")}`] : []),
  ];
  const { timeout_s, memory_mb, processes, output_bytes } = facts.limits;
  const price = formatUnits(BigInt(facts.flat_units), asset) +
    (facts.units_per_kib === "0"
      ? ""
      : ` and ${formatUnits(BigInt(facts.units_per_kib), asset)} for each KiB`);
  return [
    `${facts.name} ${printableLine(facts.version)}: ${printableLine(facts.description)}`,
    `  kinds   ${facts.kinds.join(" ") || (facts.judges ? JUDGES : "none: it is called by name")}`,
    `  price   ${price}`,
    `  runner  ${facts.runner}`,
    ...(facts.tier === null
      ? []
      : [`  needs   the sandbox ${facts.tier}, and runs in no weaker one`]),
    ...(facts.sha256 === null
      ? []
      : [`  may     ${may.map(printableLine).join("; ") || "nothing beyond its own folder"}`]),
    `  limits  ${timeout_s} s, ${memory_mb} MiB, ${processes} processes, ${output_bytes} bytes of output`,
    ...(facts.sha256 === null ? [] : [
      `  signed  ${signedText(facts)}`,
      `  sha256  ${facts.sha256} (${facts.files.length} files)`,
    ]),
  ].join("\n");
}

/** The hosts that a skill can reach through the proxy. Those of this machine and its network are listed first. */
function networkText(net: readonly string[], mb: number | null): string[] {
  if (net.length === 0) return [];
  const local = localEntries(net);
  const others = net.filter((entry) => !local.includes(entry));
  return [
    ...(local.length > 0 ? [`REACH THIS MACHINE OR ITS NETWORK: ${local.join(", ")}`] : []),
    ...(others.length > 0 ? [`reach through the proxy: ${others.map(hostText).join(", ")}`] : []),
    `send and receive at most ${mb ?? EGRESS_MB} MiB a job`,
  ];
}

function hostText(entry: string): string {
  const all = /^\*(?::(\d+))?$/.exec(entry);
  return all === null ? entry : `every public host (port ${all[1] ?? "80 or 443"})`;
}

function signedText(
  { signed_by, signature_fault }: Pick<
    ReturnType<typeof skillFacts>,
    "signed_by" | "signature_fault"
  >,
): string {
  if (signed_by !== null) return `by ${signed_by}`;
  return signature_fault === null ? "by nobody" : `INVALID: ${printableLine(signature_fault)}`;
}
