/** Connectors beside a dev network, each a process of its own, and the homes that use them. */
import { parse, stringify } from "smol-toml";
import { formatProfile } from "../../config/profiles.ts";
import type { Profile } from "../../config/profile.ts";
import { start, type Started, type TestHome } from "./process.ts";
import type { SideSettings } from "./side_connector.ts";

export interface Member {
  readonly home: TestHome;
  readonly address: string;
  /** The profile with which the network admitted it. */
  readonly profile: Profile;
}

export interface Side extends Member {
  settings: SideSettings;
  url: string;
  process: Started;
}

export const SIDE = { program: "tests/e2e/side_connector.ts", timeoutMs: 600_000 };

/** The home works on a network of its own, `pair`, with this profile. */
export async function settle(
  { home, profile }: Member,
  change: Partial<Profile>,
  more: Record<string, unknown> = {},
): Promise<void> {
  const { name: _, ...table } = parse(formatProfile({ ...profile, ...change }));
  await Deno.writeTextFile(
    `${home.path}/crosstown.toml`,
    stringify({
      network: "pair",
      wallet: { passphrase_file: `${home.path}/pass` },
      networks: { pair: table },
      ...more,
    }),
    { mode: 0o600 },
  );
}

const account = (name: string, { address }: Member) => ({
  username: name,
  token: `${name} token`,
  channelId: null,
  peerAddress: address,
  settlementAddress: address,
});

export async function serve(side: Omit<Side, "url" | "process">): Promise<Side> {
  const { home, settings } = side;
  const file = `${home.path}/settings.json`;
  await Deno.writeTextFile(file, JSON.stringify(settings));
  const process = start(["serve", file], SIDE);
  const [, url] = await process.seen(/^ready (\S+)$/m);
  return {
    ...side,
    settings: { ...settings, port: Number(new URL(url.slice(4)).port) },
    url,
    process,
  };
}

/** A connector that reaches the hub, and these members. */
export async function sideConnector(
  of: Member,
  ilpAddress: string,
  members: Readonly<Record<string, Member>>,
): Promise<Side> {
  const { home, profile } = of;
  const toHub = { url: profile.connectorBtp!, wire: profile.wire, auth: profile.connectorAuth };
  const hubPeer = { ...account("hub", { ...of, address: profile.peer!.address }), dial: toHub };
  const settings: SideSettings = {
    folder: `${home.path}/store`,
    keyFile: `${home.path}/identity.enc`,
    passphraseFile: `${home.path}/pass`,
    rpcUrl: profile.chain.rpcUrls[0],
    ilpAddress,
    port: 0,
    peers: [hubPeer, ...Object.entries(members).map(([name, each]) => account(name, each))],
    routes: [
      { prefix: "test.dev", to: { peer: "hub" } },
      ...Object.keys(members).map((name) => ({
        prefix: `${ilpAddress}.${name}`,
        to: { peer: name },
      })),
    ],
  };
  await Deno.mkdir(settings.folder);
  return await serve({ ...of, settings });
}

export const login = (name: string) => ({ username: name, token: `${name} token` });

export const further = (name: string, side: Side, username: string) => ({
  name,
  url: side.url,
  auth: login(username),
  peerAddress: side.address,
  reaches: [],
  peerRule: "credit" as const,
});
