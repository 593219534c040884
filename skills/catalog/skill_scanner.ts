/**
 * Looks at the machine and at the folders of skills, for the service `skill-catalog`.
 *
 * @module
 */
import { findBuilder } from "../sandbox/builder.ts";
import { findControlGroups } from "../sandbox/control_groups.ts";
import type { Builder } from "../sandbox/emulators.ts";
import { measureMachine } from "../sandbox/machine_size.ts";
import { probeSandbox } from "../sandbox/sandbox_probe.ts";
import { tierFault } from "../sandbox/tier.ts";
import { locateTools } from "../sandbox/tools.ts";
import type { CatalogOptions, OfferedSkill, SkillScanner } from "./catalog_service.ts";
import { describedBuiltins } from "./described_builtins.ts";
import { createSkillRegistry, type RegisteredSkill, type SkillRegistry } from "./registry.ts";
import { problem } from "./skill_folder.ts";

/** Makes the scanner. It keeps what it has read for the next scan. `clock` is in milliseconds. */
export function skillScanner(options: CatalogOptions, clock: () => number): SkillScanner {
  const { folders, approvals, platform } = options;
  let registry: { readonly builder: string; readonly made: Promise<SkillRegistry> } | null = null;
  /** It keeps what it has read for the next scan. */
  const registryOf = (builder: Builder | null) => {
    const key = JSON.stringify(builder);
    if (registry?.builder !== key) {
      const made = describedBuiltins(platform, options.model ?? null, builder)
        .then((builtin) => createSkillRegistry({ builtin, folders, approvals }));
      registry = { builder: key, made };
    }
    return registry.made;
  };
  const scan: SkillScanner["scan"] = async ({ tools, sandbox }) => {
    const { skills: all, problems } = await (await registryOf(tools.builder ?? null)).scan();
    const weak = all.flatMap(({ manifest, folder }) => {
      const fault = tierFault(manifest, sandbox);
      return fault === null ? [] : [problem(folder ?? "", "weak_sandbox", fault)];
    });
    const skills = all.filter(({ manifest }) => tierFault(manifest, sandbox) === null);
    // Builtin callback skills are called by name, and are not sold.
    const sold = skills.filter(({ builtin, manifest }) =>
      builtin === null
        ? manifest.judges !== true
        : manifest.kinds.length > 0 && manifest.builds?.platforms.length !== 0
    );
    return { skills: sold.map(offered), problems: [...problems, ...weak] };
  };
  return {
    async look() {
      const found = await locateTools({ path: options.path, execPath: options.execPath });
      const groups = found.sh === null
        ? null
        : await findControlGroups({ sh: found.sh, path: found.path });
      const sandbox = await probeSandbox(
        { ...found, groups },
        clock,
        options.scratch,
        options.sandbox,
      );
      const builder = await findBuilder(found, sandbox, options, clock);
      const tools = { ...found, groups, builder };
      const size = await measureMachine(found, options.scratch);
      return { tools, sandbox, size, version: 1, owner: null, ...await scan({ tools, sandbox }) };
    },
    scan,
  };
}

function offered({ manifest, builtin }: RegisteredSkill): OfferedSkill {
  const { name, kinds, addressed, types, tags, price, run, builds = null } = manifest;
  return {
    name,
    kinds,
    addressed,
    types: [...new Set([name, ...types])],
    tags,
    price,
    builtin: builtin !== null,
    builds,
    request: manifest.request ?? null,
    ...manifest.output !== undefined && { output: manifest.output },
    timeoutS: manifest.limits.timeoutS,
    sandboxed: builtin === null || builtin.runsCommands === true,
    trusting: (run.type === "command" || run.type === "agent") && !run.sandbox,
  };
}
