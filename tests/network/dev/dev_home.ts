/** The embedded network with a buyer's and a provider's home, in one process, for tests. */
import { OWN_PRICES } from "../../../home/local/provider_rules.ts";
import { type DevNetwork, startDevNetwork } from "../../../network/dev/dev_network.ts";
import { type DevLayout, devLayout, type DevParty } from "../../../network/dev/layout.ts";
import { type Home, openHome } from "../../../home/home.ts";
import { type Provider, startProvider } from "../../../home/provider.ts";
import type { SkillSet } from "../../../home/inbound.ts";
import { homePaths } from "../../../config/paths.ts";
import { parseProfile } from "../../../config/profiles.ts";
import type { Log } from "../../../base/log/log.ts";

export interface DevWorld extends AsyncDisposable {
  readonly layout: DevLayout;
  readonly network: DevNetwork;
  readonly fatal: string[];
  /** Opens the buyer's home, or the provider's. */
  open(party: "buyer" | "provider", log?: Log): Promise<Home>;
  provide(home: Home): Promise<Provider>;
}

const CEILING = 100_000_000n;

export async function devWorld(): Promise<DevWorld> {
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  const layout = devLayout(root);
  const fatal: string[] = [];
  const network = await startDevNetwork({
    layout,
    hostname: "127.0.0.1",
    relayPort: 0,
    connectorPort: 0,
    wire: "interledger",
    version: "0",
    path: Deno.env.get("PATH") ?? "",
    log: () => {},
    onFatal: ({ message }) => void fatal.push(message),
  });
  const homes: Home[] = [];
  return {
    layout,
    network,
    fatal,
    async open(party, log = () => {}) {
      const { keyFile, passphraseFile }: DevParty = layout[party];
      const file = party === "buyer"
        ? layout.profileFile
        : `${layout.provider.folder}/profile.toml`;
      const home = await openHome({
        paths: homePaths(party === "buyer" ? root : layout.providerHome, "mayor-001"),
        profile: parseProfile(await Deno.readTextFile(file)),
        keys: { identityFile: keyFile, passphrase: { file: passphraseFile } },
        ceilings: {
          perPacketUnits: CEILING,
          perChannelUnits: CEILING,
          perHourUnits: CEILING,
          perDayUnits: CEILING,
        },
        limits: { eventBytes: 65_536, prepareDataBytes: 32_767, frameBytes: 1_048_576 },
        log,
        onFatal: ({ message }) => void fatal.push(message),
        oneOff: true,
      });
      homes.push(home);
      return home;
    },
    provide: (home) =>
      startProvider(home, {
        ownNetwork: true,
        concurrency: 2,
        tags: [],
        allowBuyers: [],
        path: Deno.env.get("PATH") ?? "",
        execPath: Deno.execPath(),
        temp: Deno.env.get("TMPDIR") || "/var/tmp",
        skillFolders: [],
        projectSkills: [],
        platform: "linux/amd64",
        name: "test",
        asked: OWN_PRICES,
        heartbeatS: 120,
        limitBytes: 32_767,
      }),
    async [Symbol.asyncDispose]() {
      for (const home of homes) await home.stop(0).catch(() => {});
      await network.stop();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** A buyer's skills where no job names a callback. */
export function noCallbacks(home: Home): SkillSet {
  return {
    options: {
      pubkey: home.identity.pubkey,
      concurrency: 4,
      limitBytes: 65_536,
      rules: null,
      hosting: null,
    },
    permissions: {},
  };
}
