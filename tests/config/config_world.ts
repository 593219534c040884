/** Settings as they are found: files, environment and flags of a user. */
import { type Config, loadConfig } from "../../config/config.ts";
import type { ConfigFlags } from "../../config/find_setting.ts";
import type { Profile } from "../../config/profile.ts";
import { formatProfile } from "../../config/profiles.ts";
import { BASE_SEPOLIA } from "../../config/base_sepolia.ts";

export interface World {
  readonly flags?: ConfigFlags;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string | { text: string; mode: number }>;
  readonly folders?: string[];
  readonly cwd?: string;
  readonly homeDir?: string | null;
}

export function load(world: World): Promise<Config> {
  return loadConfig({
    flags: world.flags ?? {},
    env: (name) => world.env?.[name],
    // deno-lint-ignore require-await
    async readFile(path) {
      const file = world.files?.[path];
      if (file === undefined) return null;
      return typeof file === "string" ? { text: file, mode: 0o600 } : file;
    },
    isFolder: (path) => Promise.resolve(world.folders?.includes(path) ?? false),
    cwd: world.cwd ?? "/u/a/project/src",
    homeDir: world.homeDir === null ? undefined : world.homeDir ?? "/u/a",
    admit: () => Promise.resolve(),
  });
}

export const FILE = "/u/a/.gt/crosstown.toml";
export const KEY = "1".repeat(64);
export const DEV: Profile = {
  ...BASE_SEPOLIA,
  name: "dev",
  relayUrl: "ws://127.0.0.1:7100",
  connectorBtp: "btp+ws://127.0.0.1:3000",
  connectorAuth: { username: "buyer", token: "secret-token" },
  wire: "interledger",
  chain: { ...BASE_SEPOLIA.chain, chainId: 31337 },
};
export const DEV_FILE = { "/u/a/.gt/dev/profile.toml": formatProfile(DEV) };

export const NET = `[networks.n]\nrelay_url = "wss://r"\nconnector_btp = "btp+wss://c"\n`;
