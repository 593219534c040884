/**
 * All settings: the key in `crosstown.toml`, the flag, the environment variables, the check and the default. The order of sources is flag,
 * environment, file, default.
 *
 * @module
 */
import { SANDBOX_CHOICES, type SandboxChoice } from "../base/sandbox_choice.ts";
import { checkHttpUrl } from "../base/urls.ts";
import { PROFILE_NAME } from "./profile_table.ts";
import { LIGHTNING_SETTINGS } from "./lightning_settings.ts";
import { MODEL_SETTINGS } from "./model_settings.ts";
import { PRICE_SETTINGS } from "./price_settings.ts";
import { TRUST_SETTINGS } from "./trust_settings.ts";
import { MONITORING_SETTINGS } from "./monitoring_settings.ts";
import { PEER_SETTINGS } from "./peer_settings.ts";
import { ceiling, ofFile, setting } from "./setting.ts";
import {
  backupPlace,
  chance,
  list,
  m2m,
  oneOf,
  onlyTrue,
  units,
  url,
  whole,
  wordy,
} from "./setting_readers.ts";

/** All settings by key, which is also their place in the file. */
export const SETTINGS = {
  network: setting<string | null>({
    meaning: "the network profile that commands use",
    flag: "network",
    file: true,
    fallback: null,
    read: wordy(PROFILE_NAME, "the name of a network profile", "dev"),
  }),
  ...PEER_SETTINGS,
  base_sepolia_rpc: setting<string | null>({
    meaning: "the RPC endpoint of Base Sepolia",
    env: ["GASTOWN_BASE_SEPOLIA_RPC"],
    file: true,
    fallback: null,
    read: url(checkHttpUrl, "https://sepolia.base.org"),
  }),
  "wallet.address": setting<string | null>({
    meaning: "the address that the keys must have",
    env: ["GASTOWN_WALLET_ADDRESS"],
    file: true,
    fallback: null,
    read: wordy(
      /^0x[0-9a-fA-F]{40}$/,
      "0x and 40 hex digits",
      "0x733b89888eb811174018ce49d0eac0fa52b47554",
    ),
  }),
  "wallet.private_key_encrypted": setting<string | null>({
    meaning: "the wallet, encrypted, in place of its file",
    env: ["GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED"],
    file: true,
    secret: true,
    fallback: null,
    read: wordy(
      /^[A-Za-z0-9+/]{60,4096}={0,2}$/,
      "the base64 text that 'wallet configure' prints",
      "...",
    ),
  }),
  "wallet.private_key": setting<string | null>({
    meaning: "a plain key, only for a test network",
    env: ["GASTOWN_WALLET_PRIVATE_KEY"],
    file: true,
    secret: true,
    fallback: null,
    read: wordy(/^(0x)?[0-9a-fA-F]{64}$/, "64 hex digits", "..."),
  }),
  "wallet.passphrase_file": setting<string | null>({
    meaning: "a file that only you can read, with the wallet's passphrase in its first line",
    file: true,
    secretFile: true,
    fallback: null,
    read: wordy(/^\/[^\0]{1,4095}$/, "an absolute path", "/home/me/passphrase"),
  }),
  "wallet.passphrase_keyring": setting<string | null>({
    meaning: "the service name of the keyring entry with the wallet's passphrase",
    file: true,
    fallback: null,
    read: wordy(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      "1 to 64 letters, digits, dots, dashes",
      "crosstown",
    ),
  }),
  "wallet.allow_unencrypted_keys": setting<boolean>({
    meaning: "allows a plain key on a test network",
    env: ["GASTOWN_ALLOW_UNENCRYPTED_KEYS"],
    file: false,
    fallback: false,
    read: onlyTrue,
  }),
  allow_mainnet: setting<boolean>({
    meaning: "allows main networks, which are refused before version 1.0",
    env: ["GASTOWN_ALLOW_MAINNET"],
    file: false,
    fallback: false,
    read: onlyTrue,
  }),
  "limits.channel_m2m": ceiling("the most that a channel may hold, in M2M", [
    "GASTOWN_MAX_CHANNEL_BALANCE_M2M",
  ]),
  "limits.job_m2m": ceiling("the most that a job may cost, in M2M"),
  "limits.hour_m2m": ceiling("the most that is spent in an hour, in M2M"),
  "limits.day_m2m": ceiling("the most that is spent in a day, in M2M"),
  "limits.provider_m2m": ceiling("the most that is paid to one provider in a day, in M2M"),
  "limits.strangers_m2m": ceiling(
    "the most that all providers without history are paid upfront in a day, in M2M",
  ),
  "limits.window_m2m": ceiling("the most that is signed beyond what the peer has spent, in M2M"),
  "channel.auto_deposit": setting<boolean>({
    meaning: "whether a payment may open its channel or deposit into it automatically",
    file: true,
    applies: "at once",
    fallback: true,
    read: onlyTrue,
  }),
  "channel.auto_deposits_per_day": setting<number>({
    meaning: "how many automatic deposits a channel may get in a day",
    file: true,
    applies: "at once",
    fallback: 1,
    read: whole(0, 10_000),
  }),
  "channel.auto_deposit_m2m": setting<bigint>({
    meaning: "the most that one automatic deposit may be, in M2M",
    file: true,
    applies: "at once",
    fallback: 50_000_000n,
    read: m2m,
  }),
  "limits.low_balance_percent": setting<number>({
    meaning: "percent of the deposit below which a channel is reported as low",
    file: true,
    applies: "at once",
    fallback: 10,
    read: whole(0, 100),
  }),
  "limits.warn_units_per_byte": setting<bigint>({
    meaning: "the price of a byte above which a warning is shown, in base units",
    file: true,
    applies: "at once",
    fallback: 100n,
    read: units,
  }),
  "limits.max_units_per_byte": setting<bigint>({
    meaning: "the price of a byte above which terms are refused, in base units",
    file: true,
    fallback: 1_000n,
    read: units,
  }),
  "limits.event_bytes": setting<number>({
    meaning: "the largest size of an event, in bytes; at most 65536, as relays accept",
    file: true,
    fallback: 65_536,
    read: whole(1_024, 65_536),
  }),
  "limits.prepare_data_bytes": setting<number>({
    meaning: "the largest data of a packet, in bytes",
    file: true,
    fallback: 32_767,
    read: whole(256, 32_767),
  }),
  "limits.frame_bytes": setting<number>({
    meaning: "the largest message on a connection, in bytes",
    file: true,
    fallback: 1_048_576,
    read: whole(65_536, 16_777_216),
  }),
  "jobs.timeout_s": setting<number>({
    meaning: "a job's time limit in seconds, unless the job sets its own",
    file: true,
    applies: "at once",
    fallback: 300,
    read: whole(1, 86_400),
  }),
  "jobs.repeat_window_s": setting<number>({
    meaning: "for how many seconds the same submit command finds its earlier job; 0: never",
    file: true,
    applies: "at once",
    fallback: 600,
    read: whole(0, 86_400),
  }),
  "jobs.challenge": setting<number>({
    meaning: "the probability with which a job is done by two providers and compared; 0: never",
    file: true,
    applies: "at once",
    fallback: 0,
    read: chance,
  }),
  "state.keep_days": setting<number>({
    meaning: "days for which finished jobs and payments stay in the database",
    file: true,
    fallback: 30,
    read: whole(30, 3_650),
  }),
  ...MONITORING_SETTINGS,
  ...LIGHTNING_SETTINGS,
  ...TRUST_SETTINGS,
  "audit.remote": ofFile("the backup to which a daemon pushes the audit's branch", backupPlace),
  "node.name": ofFile(
    "the name of a provider; by default 'crosstown' and its mayor's name",
    wordy(
      /^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/,
      "up to 64 printable characters",
      "Mayor-Beta",
    ),
    "at once",
  ),
  "node.jobs": setting<number>({
    meaning: "how many jobs a provider runs at once",
    file: true,
    applies: "at once if lower",
    fallback: 4,
    read: whole(1, 1_024),
  }),
  "node.heartbeat_s": setting<number>({
    meaning: "how often a provider announces itself, in seconds",
    file: true,
    fallback: 120,
    read: whole(10, 3_600),
  }),
  "node.by_tag": setting<boolean>({
    meaning:
      "whether a provider reads from relays only requests with one of its tags, or that name it",
    file: true,
    fallback: false,
    read: onlyTrue,
  }),
  "node.tags": setting<readonly string[]>({
    meaning: "tags that a provider announces",
    file: true,
    applies: "at once",
    fallback: [],
    read: list(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      "up to 64 letters, digits, '.', '_' or '-'",
      "gpu",
    ),
  }),
  "node.allow_buyers": setting<readonly string[]>({
    meaning: "the only public keys that a provider serves, if there are any",
    file: true,
    applies: "at once",
    fallback: [],
    read: list(/^[0-9a-f]{64}$/, "64 small hex digits", "ab".repeat(32)),
  }),
  "node.sandbox": setting<SandboxChoice>({
    meaning:
      "the sandbox of jobs: bubblewrap; runsc (gVisor) inside it; runsc+kvm; auto: a new runsc if it works",
    file: true,
    fallback: "bubblewrap",
    read: oneOf(...SANDBOX_CHOICES),
  }),
  "node.skill_folders": setting<readonly string[]>({
    meaning: "further folders that hold folders of skills to sell",
    file: true,
    fallback: [],
    read: list(
      /^\/[^,\0\n]*$/,
      "absolute paths of folders that hold skill folders",
      "/home/me/project/.claude/skills",
    ),
  }),
  ...PRICE_SETTINGS,
  "node.blob_listen": ofFile(
    "where a provider serves copies of its results itself; nowhere by default",
    wordy(
      /^(\[[0-9a-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):\d{1,5}$/,
      "an address and a port, like 127.0.0.1:7700",
      "127.0.0.1:7700",
    ),
  ),
  "node.blob_url": ofFile(
    "the address at which buyers reach these copies",
    url(checkHttpUrl, "https://blobs.example"),
  ),
  ...MODEL_SETTINGS,
} as const;

/** The key of a setting. */
export type SettingKey = keyof typeof SETTINGS;
/** The value of a setting. */
export type SettingValue<Key extends SettingKey> = (typeof SETTINGS)[Key]["fallback"];
