/**
 * Reads the `skill.toml` of a skill's folder. `SKILL.md` describes the skill, and `skill.toml` defines how it is run and sold. The parser
 * is strict: an unknown key, a wrong type or a path outside the folder is an error with file and line.
 *
 * ```toml
 * kinds = [5650]                # job requests (5000-5999); other kinds are messages, without result and payment
 * addressed = true              # optional, for messages: only those to this home's key; default for kinds 4, 14 and 1059
 * types = ["word-count"]        # optional: additional names of the job
 * tags = []                     # optional
 * accepts = "both"              # optional: toon, json or both
 * judges = false                # with kinds = []: the skill compares the answers of several providers (job submit --compare skill:NAME)
 * [price]                       # optional; default: free
 * payment = "prepaid"           # or "free", with a price of 0
 * flat_units = 1000
 * units_per_kib = 0
 * increment_s = 15              # optional: the job may also be paid while it runs, one increment for this many seconds
 * increment_kib = 4             # or, instead of increment_s: one increment for this many KiB of its output
 * [limits]                      # optional
 * timeout_s = 60
 * memory_mb = 512
 * processes = 32
 * output_bytes = 65536
 * network_mb = 256              # for skills that may reach hosts: both directions together
 * [request]                     # optional: other requests are refused before they are paid
 * inputs = ["text"]             # accepted types of inputs: text, url, event, job
 * least_inputs = 1
 * most_inputs = 1
 * params = ["lang"]             # known params; without this key, any are accepted
 * required = ["lang"]
 * [input]                       # optional: a JSON Schema (json_schema.ts) of the JSON in each text input; with type string, of the text
 * type = "object"
 * [output]                      # optional: the same for the result
 * [permissions]                 # optional; default: none
 * net = ["api.example.com"]     # hosts that it may reach; for a command or agent, "*" is every public host
 * read = ["/srv/model"]         # readable paths in addition to its own folder, for example an agent's sign-in
 * write = []                    # only for a module
 * env = ["MODEL_KEY"]
 * decrypt = false               # with kind 1059: the signer opens gift wraps for it, and wraps its answers
 * [run]
 * runner = "deno"               # or "command", "agent"
 * module = "main.ts"            # deno; command and agent: command = ["./run.sh"], sandbox = true
 * tier = "runsc"                # optional: runsc or runsc+kvm; it is neither sold nor run in a weaker sandbox
 * budget_tokens = 20000         # agent: its instructions state this limit
 * ```
 *
 * @module
 */
import {
  GIFT_WRAP_KIND,
  isJobRequestKind,
  PRIVATE_MESSAGE_KIND,
} from "../../protocols/nostr/kinds.ts";
import { ANY_REQUEST, INPUT_TYPES, type RequestRules } from "../request_rules.ts";
import { type JsonSchema, parseSchema, SchemaError } from "../json_schema.ts";
import type { SkillManifest } from "../skill.ts";
import { parseRun, tierOf } from "./run_table.ts";
import { type SkillCard, TERMS_FILE } from "./skill_card.ts";
import { TomlTable } from "./toml_table.ts";

/** Kinds whose events are for one reader. */
const PRIVATE_KINDS: readonly number[] = [4, PRIVATE_MESSAGE_KIND, GIFT_WRAP_KIND];

/** Reads the `skill.toml` of a skill with this card. Throws SkillError `bad_manifest`. */
export function parseManifest(card: SkillCard, text: string): SkillManifest {
  const document = TomlTable.read(text, TERMS_FILE);
  document.knows([
    "kinds",
    "addressed",
    "types",
    "tags",
    "accepts",
    "judges",
    "price",
    "limits",
    "request",
    "input",
    "output",
    "permissions",
    "run",
  ]);
  const numbers = kinds(document);
  const isPrivate = numbers.some((kind) => PRIVATE_KINDS.includes(kind));
  return {
    name: card.name,
    version: card.metadata.get("version") ?? "0",
    description: card.description,
    kinds: numbers,
    addressed: document.flag("addressed", isPrivate),
    types: document.texts("types"),
    tags: document.texts("tags"),
    price: price(document.table("price"), document, numbers),
    accepts: document.oneOf("accepts", ["toon", "json", "both"], "both"),
    limits: limits(document.table("limits")),
    ...requestOf(document),
    ...(document.has("output") ? { output: schema(document, "output") } : {}),
    ...(decrypts(document.table("permissions"), numbers) ? { decrypt: true } : {}),
    ...(judges(document, numbers) ? { judges: true } : {}),
    ...tierOf(document.table("run")),
    run: parseRun(document.table("run"), document.table("permissions"), card),
  };
}

/** Whether the signer opens gift wraps for the skill. */
function decrypts(permissions: TomlTable, kinds: readonly number[]): boolean {
  const wanted = permissions.flag("decrypt", false);
  if (wanted && !kinds.includes(GIFT_WRAP_KIND)) {
    permissions.bad("decrypt", `permissions.decrypt opens gift wraps: add kind ${GIFT_WRAP_KIND}`);
  }
  return wanted;
}

/** Whether the skill compares answers. It is then not sold. */
function judges(document: TomlTable, kinds: readonly number[]): boolean {
  const wanted = document.flag("judges", false);
  const sold = ["price", "request", "input", "output"].find((table) => document.has(table));
  if (wanted && kinds.length > 0) document.bad("judges", "a skill that judges has kinds = []");
  if (wanted && sold !== undefined) document.bad(sold, `a skill that judges has no [${sold}]`);
  return wanted;
}

function kinds(document: TomlTable): number[] {
  const value = document.value("kinds");
  if (!Array.isArray(value)) return document.bad("kinds", "kinds must be a list of numbers");
  const list = value.map((kind) => {
    if (typeof kind !== "bigint" || kind < 0n || kind > 65535n) {
      document.bad("kinds", `kinds holds whole numbers from 0 to 65535 (got ${kind})`);
    }
    return Number(kind);
  });
  if (new Set(list).size !== list.length) document.bad("kinds", "kinds names a kind twice");
  return list;
}

function price(
  table: TomlTable,
  document: TomlTable,
  kinds: readonly number[],
): SkillManifest["price"] {
  table.knows(["payment", "flat_units", "units_per_kib", "increment_s", "increment_kib"]);
  const range = [0, Number.MAX_SAFE_INTEGER] as const;
  const flatUnits = table.whole("flat_units", 0, range);
  const unitsPerKib = table.whole("units_per_kib", 0, range);
  const cost = flatUnits + unitsPerKib > 0n;
  const payment = table.oneOf("payment", ["prepaid", "free"], cost ? "prepaid" : "free");
  if (payment === "free" && cost) table.bad("payment", "a free skill must have no price");
  const key = INCREMENT_KEYS.find((name) => table.has(name));
  if (key === undefined) return { flatUnits, unitsPerKib };
  if (!cost) table.bad(key, "a free skill must have no increments");
  if (key === "increment_s") {
    if (table.has("increment_kib")) {
      table.bad("increment_kib", "a skill has increment_s or increment_kib, not both");
    }
    const size = Number(table.whole(key, 15, [5, 3_600]));
    return { flatUnits, unitsPerKib, increment: { unit: "second", size } };
  }
  // The buyer pays for the output that it receives in the live log.
  if (document.has("output")) {
    table.bad(key, "increment_kib needs a live log: a skill with [output] has none");
  }
  if (!kinds.some(isJobRequestKind)) {
    table.bad(key, "increment_kib needs a live log: only kinds 5000 to 5999 have one");
  }
  const size = Number(table.whole(key, 4, [1, 256]));
  return { flatUnits, unitsPerKib, increment: { unit: "kib", size } };
}

const INCREMENT_KEYS = ["increment_s", "increment_kib"] as const;

function limits(table: TomlTable): SkillManifest["limits"] {
  table.knows(["timeout_s", "memory_mb", "processes", "output_bytes", "network_mb"]);
  const number = (key: string, otherwise: number, highest: number) =>
    Number(table.whole(key, otherwise, [1, highest]));
  return {
    timeoutS: number("timeout_s", 60, 86_400),
    memoryMb: number("memory_mb", 512, 1 << 20),
    processes: number("processes", 32, 32_768),
    outputBytes: number("output_bytes", 65_536, 1 << 30),
    ...(table.has("network_mb") ? { networkMb: number("network_mb", 1, 1 << 20) } : {}),
  };
}

function requestOf(document: TomlTable): Pick<SkillManifest, "request"> {
  if (!document.has("request") && !document.has("input")) return {};
  const rules = request(document.table("request"));
  return {
    request: document.has("input") ? { ...rules, schema: schema(document, "input") } : rules,
  };
}

function schema(document: TomlTable, key: string): JsonSchema {
  try {
    return parseSchema(document.value(key));
  } catch (error) {
    if (error instanceof SchemaError) document.bad(key, `${key}: ${error.message}`);
    throw error;
  }
}

function request(table: TomlTable): RequestRules {
  table.knows(["inputs", "least_inputs", "most_inputs", "params", "required"]);
  const number = (key: string, otherwise: number) =>
    Number(table.whole(key, otherwise, [0, ANY_REQUEST.mostInputs]));
  const inputs = table.has("inputs") ? table.texts("inputs") : ANY_REQUEST.inputs;
  const known: readonly string[] = INPUT_TYPES;
  if (!inputs.every((type) => known.includes(type))) {
    table.bad("inputs", `request.inputs holds ${known.join(", ")}`);
  }
  const params = table.has("params") ? table.texts("params") : null;
  const required = table.texts("required");
  const stray = required.find((name) => params !== null && !params.includes(name));
  if (stray !== undefined) {
    table.bad("required", `request.required contains ${stray}, but request.params does not`);
  }
  const rules = {
    leastInputs: number("least_inputs", 0),
    mostInputs: number("most_inputs", 1_000),
  };
  if (rules.leastInputs > rules.mostInputs) {
    table.bad("least_inputs", "request.least_inputs is above request.most_inputs");
  }
  return { inputs: inputs as RequestRules["inputs"], ...rules, params, required };
}
