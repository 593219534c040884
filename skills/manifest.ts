/**
 * Reads `skill.toml`. Strict: an unknown key, a wrong type or a path out of the folder is an error that names the key.
 *
 * ```toml
 * name = "word-count"
 * version = "1.0.0"
 * description = "Counts words"
 * kinds = [5650]                # job requests (5000-5999), or any other: those are messages, without result and pay
 * addressed = true              # optional, for messages: only those to this home's key; so unless told for kinds 4, 14 and 1059
 * types = ["word-count"]        # optional
 * tags = []                     # optional
 * accepts = "both"              # toon, json or both; optional
 * [price]                       # optional: free
 * flat_units = 1000
 * units_per_kib = 0
 * [limits]                      # optional
 * timeout_s = 60
 * memory_mb = 512
 * processes = 32
 * output_bytes = 65536
 * [request]                     # optional: others are refused before they are paid
 * inputs = ["text"]             # types of inputs that it takes: text, url, event, job
 * least_inputs = 1
 * most_inputs = 1
 * params = ["lang"]             # params that it knows; without the key it takes any
 * required = ["lang"]
 * [run]
 * type = "deno"                 # or "command"
 * module = "main.ts"            # deno; command: command = ["./run.sh"], env = [], network = false, sandbox = true
 * [run.permissions]             # deno: net, read, write, env
 * net = ["127.0.0.1:11434"]
 * ```
 *
 * @module
 */
import { parse } from "smol-toml";
import { ANY_REQUEST, INPUT_TYPES, type RequestRules } from "./request_rules.ts";
import type { SkillManifest, SkillRun } from "./skill.ts";
import { SkillError } from "./skill_error.ts";

type Table = Readonly<Record<string, unknown>>;

/** Reads a manifest. Throws SkillError `bad_manifest`. */
export function parseManifest(text: string): SkillManifest {
  let document: Table;
  try {
    document = parse(text, { integersAsBigInt: true });
  } catch (cause) {
    const line = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0];
    throw new SkillError("bad_manifest", `skill.toml is not TOML: ${line}`, { cause });
  }
  keys(document, "", [
    "name",
    "version",
    "description",
    "kinds",
    "addressed",
    "types",
    "tags",
    "accepts",
    "price",
    "limits",
    "request",
    "run",
  ]);
  const name = string(document, "name");
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 64) {
    bad(`name must be kebab case of at most 64 characters (got ${JSON.stringify(name)})`);
  }
  const accepts = optional(document, "accepts", "both");
  if (accepts !== "toon" && accepts !== "json" && accepts !== "both") {
    bad(`accepts must be toon, json or both (got ${JSON.stringify(accepts)})`);
  }
  return {
    name,
    version: string(document, "version"),
    description: optional(document, "description", ""),
    kinds: kinds(document),
    addressed: addressed(document),
    types: strings(document, "types", "types"),
    tags: strings(document, "tags", "tags"),
    price: price(table(document, "price")),
    accepts,
    limits: limits(table(document, "limits")),
    ...(document.request === undefined ? {} : { request: request(table(document, "request")) }),
    run: run(table(document, "run")),
  };
}

function kinds(document: Table): number[] {
  const value = document.kinds;
  if (!Array.isArray(value)) return bad("kinds must be a list of numbers");
  const list = value.map((kind) => {
    if (typeof kind !== "bigint" || kind < 0n || kind > 65535n) {
      bad(`kinds holds whole numbers from 0 to 65535 (got ${kind})`);
    }
    return Number(kind);
  });
  if (new Set(list).size !== list.length) bad("kinds names a kind twice");
  return list;
}

/** Kinds whose events are written for one key. */
const PRIVATE_KINDS: readonly unknown[] = [4n, 14n, 1059n];

function addressed({ addressed, kinds }: Table): boolean {
  const found = addressed ?? (kinds as unknown[]).some((kind) => PRIVATE_KINDS.includes(kind));
  if (typeof found !== "boolean") bad("addressed must be true or false");
  return found as boolean;
}

function price(value: Table): SkillManifest["price"] {
  keys(value, "price.", ["flat_units", "units_per_kib"]);
  return {
    flatUnits: integer(value, "price.", "flat_units", 0, 0, Number.MAX_SAFE_INTEGER),
    unitsPerKib: integer(value, "price.", "units_per_kib", 0, 0, Number.MAX_SAFE_INTEGER),
  };
}

function limits(value: Table): SkillManifest["limits"] {
  keys(value, "limits.", ["timeout_s", "memory_mb", "processes", "output_bytes"]);
  const number = (key: string, otherwise: number, highest: number) =>
    Number(integer(value, "limits.", key, otherwise, 1, highest));
  return {
    timeoutS: number("timeout_s", 60, 86_400),
    memoryMb: number("memory_mb", 512, 1 << 20),
    processes: number("processes", 32, 32_768),
    outputBytes: number("output_bytes", 65_536, 1 << 30),
  };
}

function request(value: Table): RequestRules {
  keys(value, "request.", ["inputs", "least_inputs", "most_inputs", "params", "required"]);
  const number = (key: string, otherwise: number) =>
    Number(integer(value, "request.", key, otherwise, 0, ANY_REQUEST.mostInputs));
  const inputs = value.inputs === undefined
    ? ANY_REQUEST.inputs
    : strings(value, "inputs", "request.inputs");
  const known: readonly string[] = INPUT_TYPES;
  if (!inputs.every((type) => known.includes(type))) {
    bad(`request.inputs holds ${known.join(", ")}`);
  }
  const params = value.params === undefined ? null : strings(value, "params", "request.params");
  const required = strings(value, "required", "request.required");
  const stray = required.find((name) => params !== null && !params.includes(name));
  if (stray !== undefined) bad(`request.required holds ${stray}, request.params does not`);
  const rules = {
    leastInputs: number("least_inputs", 0),
    mostInputs: number("most_inputs", 1_000),
  };
  if (rules.leastInputs > rules.mostInputs) {
    bad("request.least_inputs is above request.most_inputs");
  }
  return { inputs: inputs as RequestRules["inputs"], ...rules, params, required };
}

function run(value: Table): SkillRun {
  const type = string(value, "type", "run.");
  if (type === "deno") {
    keys(value, "run.", ["type", "module", "permissions"]);
    const permissions = table(value, "permissions");
    keys(permissions, "run.permissions.", ["net", "read", "write", "env"]);
    const list = (key: string) => strings(permissions, key, `run.permissions.${key}`);
    for (const host of list("net")) {
      if (!/^(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-fA-F:]+\](:\d{1,5})?$/.test(host)) {
        bad(`run.permissions.net holds host or host:port (got ${JSON.stringify(host)})`);
      }
    }
    for (const path of [...list("read"), ...list("write")]) {
      if (path === "" || path.includes(",")) {
        bad("a path in run.permissions is empty or has a comma");
      }
    }
    environment(list("env"), "run.permissions.env");
    return {
      type,
      module: inside(string(value, "module", "run."), "run.module"),
      permissions: {
        net: list("net"),
        read: list("read"),
        write: list("write"),
        env: list("env"),
      },
    };
  }
  if (type === "command") {
    keys(value, "run.", ["type", "command", "env", "network", "sandbox"]);
    const command = strings(value, "command", "run.command");
    if (command.length === 0) bad("run.command must name a program");
    if (command[0].includes("/")) inside(command[0].replace(/^\.\//, ""), "run.command");
    return {
      type,
      command,
      env: environment(strings(value, "env", "run.env"), "run.env"),
      network: boolean(value, "network", false),
      sandbox: boolean(value, "sandbox", true),
    };
  }
  return bad(`run.type must be deno or command (got ${JSON.stringify(type)})`);
}

function inside(path: string, key: string): string {
  const parts = path.split("/");
  if (path === "" || path.startsWith("/") || path.includes("\\") || parts.includes("..")) {
    bad(`${key} must be a path inside the skill's folder`);
  }
  return path;
}

function environment(names: string[], key: string): string[] {
  for (const name of names) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) bad(`${key} holds names of variables`);
    // The host's own secrets, and what would load code into the child.
    if (/^(GASTOWN_|CROSSTOWN_|LD_|DENO_|NODE_OPTIONS$|BASH_ENV$|ENV$)/.test(name)) {
      bad(`${key} may not hold ${name}`);
    }
  }
  return names;
}

function keys(value: Table, prefix: string, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) bad(`unknown key ${prefix}${key}; known are ${known.join(", ")}`);
  }
}

function table(value: Table, key: string): Table {
  const found = value[key] ?? {};
  if (typeof found !== "object" || Array.isArray(found) || found instanceof Date) {
    bad(`${key} must be a table`);
  }
  return found as Table;
}

function string(value: Table, key: string, prefix = ""): string {
  const found = value[key];
  if (typeof found !== "string" || found === "") bad(`${prefix}${key} must be a text`);
  return found as string;
}

function optional(value: Table, key: string, otherwise: string): string {
  return value[key] === undefined ? otherwise : string(value, key);
}

function strings(value: Table, key: string, name: string): string[] {
  const found = value[key] ?? [];
  if (!Array.isArray(found) || found.some((text) => typeof text !== "string")) {
    bad(`${name} must be a list of texts`);
  }
  return found as string[];
}

function boolean(value: Table, key: string, otherwise: boolean): boolean {
  const found = value[key] ?? otherwise;
  if (typeof found !== "boolean") bad(`run.${key} must be true or false`);
  return found as boolean;
}

function integer(
  value: Table,
  prefix: string,
  key: string,
  otherwise: number,
  lowest: number,
  highest: number,
): bigint {
  const found = value[key] ?? BigInt(otherwise);
  if (typeof found !== "bigint" || found < BigInt(lowest) || found > BigInt(highest)) {
    bad(`${prefix}${key} must be a whole number from ${lowest} to ${highest}`);
  }
  return found as bigint;
}

function bad(why: string): never {
  throw new SkillError("bad_manifest", why);
}
