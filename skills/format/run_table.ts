/**
 * Reads from `skill.toml` how a skill is run, and its permissions.
 *
 * @module
 */
import { namesOwnNetwork } from "../egress/allowed_hosts.ts";
import type { SkillRun } from "../skill.ts";
import type { SkillCard } from "./skill_card.ts";
import type { TomlTable } from "./toml_table.ts";

/** Reads `[run]` and `[permissions]`. Throws SkillError `bad_manifest`. */
export function parseRun(run: TomlTable, permissions: TomlTable, card: SkillCard): SkillRun {
  permissions.knows(["net", "read", "write", "env", "decrypt"]);
  const type = run.oneOf("runner", ["deno", "command", "agent"]);
  const env = environment(permissions);
  if (type === "deno") {
    run.knows(["runner", "module"]);
    const module = run.text("module");
    inside(run, "module", module);
    return { type, module, permissions: { ...paths(permissions), net: hosts(permissions), env } };
  }
  run.knows(["runner", "command", "sandbox", ...(type === "agent" ? ["budget_tokens"] : [])]);
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
    net: reachable(permissions),
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

function hosts(permissions: TomlTable): string[] {
  const found = permissions.texts("net");
  for (const host of found) {
    if (!/^(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-fA-F:]+\](:\d{1,5})?$/.test(host)) {
      permissions.bad(
        "net",
        `permissions.net holds host or host:port (got ${JSON.stringify(host)})`,
      );
    }
  }
  return found;
}

/** The hosts that a command may reach: all, or a list of public hosts. */
function reachable(permissions: TomlTable): string[] {
  if (permissions.texts("net").includes("*")) {
    if (permissions.texts("net").length > 1) {
      permissions.bad("net", 'permissions.net is ["*"], the whole network, or hosts');
    }
    return ["*"];
  }
  const found = hosts(permissions);
  if (namesOwnNetwork(found)) {
    permissions.bad("net", "the proxy of a command reaches only public hosts");
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
