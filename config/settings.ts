/**
 * Every setting there is: its key in `crosstown.toml`, its flag, its names in the environment, its check and its default.
 * The order of places is flag, environment, file, default (FR33).
 *
 * @module
 */
import type { VariableName } from "./environment.ts";
import { checkConnectorUrl, checkHttpUrl, checkRelayUrl } from "../base/urls.ts";
import { PROFILE_NAME } from "./profile_table.ts";

/** One setting. */
export interface Setting<Value> {
  /** Without dashes. */
  readonly flag?: "network" | "relay" | "connector";
  /** Names in the environment, the first that is set wins; an empty value counts as not set. */
  readonly env?: readonly VariableName[];
  /** Whether the file may hold it. */
  readonly file: boolean;
  /** Never shown. */
  readonly secret?: boolean;
  /** A path of a file that holds a secret: never packed into a job. */
  readonly secretFile?: boolean;
  /** Where nobody said anything. */
  readonly fallback: Value;
  /** From text, or from what TOML gave; throws {@link Unfit} or ConfigError. */
  readonly read: (raw: unknown, where: string) => Value;
}

/** A value that a setting cannot take; `must` completes "KEY must be". */
export class Unfit extends Error {
  /** Always `Unfit`. */
  override readonly name = "Unfit";
}

function wordy(pattern: RegExp, must: string) {
  return (raw: unknown): string => {
    if (typeof raw !== "string" || !pattern.test(raw)) throw new Unfit(must);
    return raw;
  };
}

function url(check: (text: string, where: string) => string) {
  return (raw: unknown, where: string): string => {
    if (typeof raw !== "string") throw new Unfit("an address in quotes");
    return check(raw, where);
  };
}

function whole(min: number, max: number) {
  return (raw: unknown): number => {
    const value = typeof raw === "string" && /^\d{1,15}$/.test(raw) ? Number(raw) : raw;
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      throw new Unfit(`a whole number from ${min} to ${max}`);
    }
    return value as number;
  };
}

function onlyTrue(raw: unknown): boolean {
  if (raw !== true && raw !== false && raw !== "true" && raw !== "false") {
    throw new Unfit("true or false");
  }
  return raw === true || raw === "true";
}

/** Where a backup may go: a folder, ssh or https; nothing that names a program, an option or a password. */
const BACKUP =
  /^(\/[^\0\n]{1,1000}|(ssh|https):\/\/([\w.-]{1,64}@)?[a-zA-Z0-9][^\s@]{0,1000}|[\w.-]{1,64}@[a-zA-Z0-9][a-zA-Z0-9.-]{0,253}:[^\s-]\S{0,1000})$/;

/** Decimals of the amounts among the settings; the configuration counts them in the units of the network's asset. */
export const SETTING_SCALE = 6;

/** A whole amount with up to six decimals, as millionths. */
function m2m(raw: unknown): bigint {
  const text = typeof raw === "number" || typeof raw === "bigint" ? String(raw) : raw;
  const match = typeof text === "string" ? /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text) : null;
  if (match === null) throw new Unfit("an amount with at most six decimals, like 0.5");
  return BigInt(match[1]) * 1_000_000n + BigInt((match[2] ?? "").padEnd(6, "0"));
}

function units(raw: unknown): bigint {
  const text = typeof raw === "number" || typeof raw === "bigint" ? String(raw) : raw;
  if (typeof text !== "string" || !/^\d{1,18}$/.test(text)) {
    throw new Unfit("a whole number of base units");
  }
  return BigInt(text);
}

const SKILL_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

function pricesBySkill(raw: unknown): Readonly<Record<string, bigint>> {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new Unfit("a table of skills, each with a whole number of base units");
  }
  return Object.fromEntries(
    Object.entries(raw).map(([name, price]) => {
      if (SKILL_NAME.test(name)) return [name, units(price)];
      throw new Unfit("a table whose keys are names of skills, like ci-run");
    }),
  );
}

function list(item: RegExp, must: string) {
  return (raw: unknown): readonly string[] => {
    const items = typeof raw === "string" ? raw.split(",").map((part) => part.trim()) : raw;
    if (
      !Array.isArray(items) || items.length > 256 ||
      !items.every((each) => typeof each === "string" && item.test(each))
    ) throw new Unfit(`a list of at most 256, each ${must}`);
    return items;
  };
}

function setting<Value>(spec: Setting<Value>): Setting<Value> {
  return spec;
}

const ceiling = (env?: readonly VariableName[]): Setting<bigint | null> =>
  setting<bigint | null>({ env, file: true, fallback: null, read: m2m });

/** All settings by their key, which is also their place in the file. */
export const SETTINGS = {
  network: setting<string | null>({
    flag: "network",
    file: true,
    fallback: null,
    read: wordy(PROFILE_NAME, "the name of a network profile"),
  }),
  relay: setting<string | null>({
    flag: "relay",
    env: ["GASTOWN_CROSSTOWN_RELAY_URL", "CROSSTOWN_RELAY_URL"],
    file: true,
    fallback: null,
    read: url(checkRelayUrl),
  }),
  connector: setting<string | null>({
    flag: "connector",
    env: ["GASTOWN_CROSSTOWN_CONNECTOR_BTP", "CROSSTOWN_CONNECTOR_BTP"],
    file: true,
    fallback: null,
    read: url(checkConnectorUrl),
  }),
  base_sepolia_rpc: setting<string | null>({
    env: ["GASTOWN_BASE_SEPOLIA_RPC"],
    file: true,
    fallback: null,
    read: url(checkHttpUrl),
  }),
  "wallet.address": setting<string | null>({
    env: ["GASTOWN_WALLET_ADDRESS"],
    file: true,
    fallback: null,
    read: wordy(/^0x[0-9a-fA-F]{40}$/, "0x and 40 hex digits"),
  }),
  "wallet.private_key_encrypted": setting<string | null>({
    env: ["GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED"],
    file: true,
    secret: true,
    fallback: null,
    read: wordy(/^[A-Za-z0-9+/]{60,4096}={0,2}$/, "the base64 text that 'wallet configure' prints"),
  }),
  /** Plain text: only with `GASTOWN_ALLOW_UNENCRYPTED_KEYS=true` on a test network (FR35). */
  "wallet.private_key": setting<string | null>({
    env: ["GASTOWN_WALLET_PRIVATE_KEY"],
    file: true,
    secret: true,
    fallback: null,
    read: wordy(/^(0x)?[0-9a-fA-F]{64}$/, "64 hex digits"),
  }),
  /** A file that only its owner can read, whose first line opens `identity.enc` (FR36). */
  "wallet.passphrase_file": setting<string | null>({
    file: true,
    secretFile: true,
    fallback: null,
    read: wordy(/^\/[^\0]{1,4095}$/, "an absolute path"),
  }),
  "wallet.allow_unencrypted_keys": setting<boolean>({
    env: ["GASTOWN_ALLOW_UNENCRYPTED_KEYS"],
    file: false,
    fallback: false,
    read: onlyTrue,
  }),
  allow_mainnet: setting<boolean>({
    env: ["GASTOWN_ALLOW_MAINNET"],
    file: false,
    fallback: false,
    read: onlyTrue,
  }),
  /** Ceilings in M2M, given in base units; null is "not lowered here" (FR13). */
  "limits.channel_m2m": ceiling(["GASTOWN_MAX_CHANNEL_BALANCE_M2M"]),
  "limits.job_m2m": ceiling(),
  "limits.hour_m2m": ceiling(),
  "limits.day_m2m": ceiling(),
  "limits.provider_m2m": ceiling(),
  "limits.window_m2m": ceiling(),
  /** Whether a payment may open or raise its channel by itself, how often a day it may be raised, and by how much at most. */
  "channel.auto_deposit": setting<boolean>({ file: true, fallback: true, read: onlyTrue }),
  "channel.auto_deposits_per_day": setting<number>({
    file: true,
    fallback: 1,
    read: whole(0, 10_000),
  }),
  "channel.auto_deposit_m2m": setting<bigint>({ file: true, fallback: 50_000_000n, read: m2m }),
  /** Percent of the deposit below which a channel is reported as low (FR12). */
  "limits.low_balance_percent": setting<number>({ file: true, fallback: 10, read: whole(0, 100) }),
  /** Price above which a warning is shown (S7). */
  "limits.warn_units_per_byte": setting<bigint>({ file: true, fallback: 100n, read: units }),
  /** Terms with a price above it are refused. */
  "limits.max_units_per_byte": setting<bigint>({ file: true, fallback: 1_000n, read: units }),
  "limits.event_bytes": setting<number>({
    file: true,
    fallback: 65_536,
    read: whole(1_024, 1_048_576),
  }),
  "limits.prepare_data_bytes": setting<number>({
    file: true,
    fallback: 32_767,
    read: whole(256, 32_767),
  }),
  "limits.frame_bytes": setting<number>({
    file: true,
    fallback: 1_048_576,
    read: whole(65_536, 16_777_216),
  }),
  "jobs.timeout_s": setting<number>({ file: true, fallback: 300, read: whole(1, 86_400) }),
  /** For how long the same 'job submit' finds the job that it made; 0: never. */
  "jobs.repeat_window_s": setting<number>({ file: true, fallback: 600, read: whole(0, 86_400) }),
  /** Days for which finished jobs, packets and journal entries stay in state.db; git and the sums keep the rest. */
  "state.keep_days": setting<number>({ file: true, fallback: 30, read: whole(30, 3_650) }),
  /** Where a daemon pushes the audit's branch to, as a backup. */
  "audit.remote": setting<string | null>({
    file: true,
    fallback: null,
    read: wordy(BACKUP, "an absolute path, or an ssh or https address without a password"),
  }),
  "node.jobs": setting<number>({ file: true, fallback: 4, read: whole(1, 1_024) }),
  /** How often a provider announces itself, in seconds; who was not heard of for three times as long is not chosen. */
  "node.heartbeat_s": setting<number>({ file: true, fallback: 120, read: whole(10, 3_600) }),
  "node.tags": setting<readonly string[]>({
    file: true,
    fallback: [],
    read: list(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "up to 64 letters, digits, '.', '_' or '-'"),
  }),
  "node.allow_buyers": setting<readonly string[]>({
    file: true,
    fallback: [],
    read: list(/^[0-9a-f]{64}$/, "64 small hex digits"),
  }),
  /** Folders of skill folders beside the home's own, e.g. a project's `.claude/skills`: what lies there runs commands. */
  "node.skill_folders": setting<readonly string[]>({
    file: true,
    fallback: [],
    read: list(/^\/[^,\0\n]*$/, "absolute paths of folders that hold skill folders"),
  }),
  /** What a run of a skill costs here, in base units, by the skill's name; before `node.price_units`. */
  "node.prices": setting<Readonly<Record<string, bigint>>>({
    file: true,
    fallback: {},
    read: pricesBySkill,
  }),
  /** What a job costs here, in base units; null leaves each skill its own price. */
  "node.price_units": setting<bigint | null>({ file: true, fallback: null, read: units }),
  /** A model server that jobs of kind 5050 ask: the base of an OpenAI-compatible API, or Ollama's address. */
  "node.model_url": setting<string | null>({ file: true, fallback: null, read: url(checkHttpUrl) }),
  "node.model_api": setting<"openai" | "ollama">({
    file: true,
    fallback: "openai",
    read: (raw) => {
      if (raw === "openai" || raw === "ollama") return raw;
      throw new Unfit("openai or ollama");
    },
  }),
  /** What the server calls the model. */
  "node.model": setting<string | null>({
    file: true,
    fallback: null,
    read: wordy(/^[\x21-\x7e]{1,128}$/, "the model's name, without spaces"),
  }),
  /** A file that only its owner can read, with the server's API key in its first line. */
  "node.model_key_file": setting<string | null>({
    file: true,
    secretFile: true,
    fallback: null,
    read: wordy(/^\/[^,\0\n]*$/, "the absolute path of a file"),
  }),
  /** Tokens that one run may generate for its price. */
  "node.model_tokens": setting<number>({ file: true, fallback: 512, read: whole(1, 1_000_000) }),
} as const;

/** The key of a setting. */
export type SettingKey = keyof typeof SETTINGS;
/** The value of a setting. */
export type SettingValue<Key extends SettingKey> = (typeof SETTINGS)[Key]["fallback"];
