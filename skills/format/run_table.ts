/**
 * Reads from `skill.toml` how a skill is run, and its permissions.
 *
 * @module
 */
import { faultOfEntry } from "../egress/allowed_hosts.ts";
import { REQUIRED_TIERS } from "../sandbox/tier.ts";
import type { SkillManifest, SkillRun } from "../skill.ts";
import type { SkillCard } from "./skill_card.ts";
import type { TomlTable } from "./toml_table.ts";

/** Reads `[run]` and `[permissions]`. Throws SkillError `bad_manifest`. */
export function parseRun(run: TomlTable, permissions: TomlTable, card: SkillCard): SkillRun {
  permissions.knows(["net", "read", "write", "env", "decrypt"]);
  const type = run.oneOf("runner", ["deno", "command", "agent"]);
  const env = environment(permissions);
  if (type === "deno") {
    run.knows(["runner", "module", "tier"]);
    const module = run.text("module");
    inside(run, "module", module);
    return {
      type,
      module,
      permissions: { ...paths(permissions), net: hosts(permissions, false), env },
    };
  }
  run.knows([
    "runner",
    "command",
    "sandbox",
    "tier",
    ...(type === "agent" ? ["budget_tokens"] : []),
  ]);
  const command = run.texts("command");
  if (command.length === 0) run.bad("command", "run.command must name a program");
  if (command[0].includes("/")) inside(run, "command", command[0].replace(/^\.\//, ""));
  const { read, write } = paths(permissions);
  if (write.length > 0) {
    permissions.bad(
      "write",
      "a command may write only to its work folder: remove permissions.write",
    );
  }
  if (!read.every((path) => path.startsWith("/"))) {
    permissions.bad("read", "permissions.read of a command holds absolute paths");
  }
  const common = {
    command,
    env,
    net: hosts(permissions, true),
    read,
    sandbox: run.flag("sandbox", true),
  };
  if (type === "command") return { type, ...common };
  return {
    type,
    ...common,
    instructions: card.body,
    tools: card.allowedTools,
    budgetTokens: run.has("budget_tokens")
      ? Number(run.whole("budget_tokens", 0, [1, 1_000_000_000]))
      : null,
  };
}

/** The sandbox that `[run]` requires. Throws SkillError `bad_manifest`. */
export function tierOf(run: TomlTable): Pick<SkillManifest, "tier"> {
  if (!run.has("tier")) return {};
  const tier = run.oneOf("tier", REQUIRED_TIERS);
  if (run.has("sandbox") && !run.flag("sandbox", true)) {
    run.bad("tier", "a skill with sandbox = false runs in no sandbox, and cannot require one");
  }
  return { tier };
}

function inside(table: TomlTable, key: string, path: string): void {
  const parts = path.split("/");
  if (path === "" || path.startsWith("/") || path.includes("\\") || parts.includes("..")) {
    table.bad(key, `${table.named(key)} must be a path inside the skill's folder`);
  }
}

function paths(permissions: TomlTable): { readonly read: string[]; readonly write: string[] } {
  const list = (key: string) => {
    const found = permissions.texts(key);
    if (found.some((path) => path === "" || path.includes(","))) {
      permissions.bad(key, `a path in permissions.${key} is empty or has a comma`);
    }
    return found;
  };
  return { read: list("read"), write: list("write") };
}

/** The hosts that a skill may reach. Only commands and agents may reach all public ones. */
function hosts(permissions: TomlTable, mayReachAll: boolean): string[] {
  const found = permissions.texts("net");
  for (const entry of found) {
    const fault = entry.startsWith("*") && !entry.startsWith("*.") && !mayReachAll
      ? "is only for commands and agents: name the hosts"
      : faultOfEntry(entry);
    if (fault !== null) {
      permissions.bad("net", `permissions.net: ${JSON.stringify(entry)} ${fault}`);
    }
  }
  return found;
}

function environment(permissions: TomlTable): string[] {
  const names = permissions.texts("env");
  for (const name of names) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      permissions.bad("env", "permissions.env holds names of variables");
    }
    // The host's own secrets, and variables that would load code into the child.
    if (/^(GASTOWN_|CROSSTOWN_|LD_|DENO_|NODE_OPTIONS$|BASH_ENV$|ENV$)/.test(name)) {
      permissions.bad("env", `permissions.env may not hold ${name}`);
    }
  }
  return names;
}
