/** Every service with the product's options, and the exact permissions that each then has. The stages are in declared_stages.ts. */
import type { DeclaredPermissions } from "../../base/service.ts";

/** Where the options point: real files, folders and hosts of a test. */
export interface Places {
  readonly folder: string;
  readonly relay: string;
  readonly connector: string;
}

/** One of them. */
export interface Declared {
  readonly name: string;
  readonly note?: string;
  readonly options: unknown;
  readonly holds: DeclaredPermissions;
}

/** The services that live in workers of their own. */
export function declaredServices({ folder, relay, connector }: Places): readonly Declared[] {
  const input = `${folder}/input.txt`;
  const keys = [`${folder}/wallet.enc`, `${folder}/wallet.pass`];
  const socket = `${folder}/work/control.sock`;
  const audited = [
    ".git",
    ".git-broken",
    ".gitignore",
    "channels",
    "checkpoint.json",
    "jobs",
    "payment_log",
    "payment_log.jsonl",
  ].map((part) => `${folder}/work/${part}`);
  const place = (path: string, type: "file" | "folder") => ({
    given: path,
    path,
    type,
    dotGit: type === "file" ? null : `${path}/.git`,
    pipeAbove: null,
    privateIds: { home: "", folders: [], files: [] },
  });
  const above = `${folder}/work`.split("/").map((_, at, parts) => parts.slice(0, at + 1).join("/"));
  const dotGits = above.reverse().flatMap((each) => [`${each}/.git`, `${each}/.gitignore`]);
  const ceilings = { perPacketUnits: 1n, perChannelUnits: 1n, perHourUnits: 1n, perDayUnits: 1n };
  const wallet = { identityFile: keys[0], passphrase: { file: keys[1] } };
  const signer = { wallet, ceilings, allow: [], snapshot: "first" };
  return [
    {
      name: "store",
      options: { folder: `${folder}/work` },
      holds: { read: [`${folder}/work`], write: [`${folder}/work`] },
    },
    {
      name: "audit",
      options: { folder: `${folder}/work`, path: "/bin" },
      holds: { read: audited, write: audited, run: ["git"] },
    },
    {
      name: "outer-exclude",
      options: { file: `${folder}/work/exclude` },
      holds: { read: [`${folder}/work`], write: [`${folder}/work`] },
    },
    // They give these rights up when they have read the wallet.
    { name: "signer", options: signer, holds: { read: keys, sys: ["uid"] } },
    { name: "signer-keys", options: signer, holds: { read: keys, sys: ["uid"] } },
    {
      name: "key-reader",
      options: wallet,
      holds: { read: keys, sys: ["uid"] },
    },
    {
      name: "key-maker",
      options: { folders: [`${folder}/work`] },
      holds: { read: [`${folder}/work`], write: [`${folder}/work`] },
    },
    {
      name: "wallet",
      options: { read: keys, write: [keys[0]] },
      holds: { read: keys, write: [keys[0]], sys: ["uid"] },
    },
    { name: "chain", options: { factsFile: input }, holds: { read: [input] } },
    { name: "chain", note: "without facts", options: { factsFile: null }, holds: {} },
    { name: "channel-manager", options: {}, holds: {} },
    { name: "channel-manager-provable", options: {}, holds: {} },
    { name: "relay-reader", options: { relayUrl: `ws://${relay}/` }, holds: { net: [relay] } },
    {
      name: "relay-reader",
      note: "with a further relay",
      options: { relayUrl: `ws://${relay}/`, moreRelays: [`ws://${connector}/`] },
      holds: { net: [relay, connector] },
    },
    {
      name: "relay-reader-anonymous",
      options: { relayUrl: `ws://${relay}/` },
      holds: { net: [relay] },
    },
    { name: "market", options: {}, holds: {} },
    {
      name: "blobs",
      options: {
        folder: `${folder}/store`,
        readable: [`${folder}/work`],
        server: { url: `http://${relay}`, unitsPerMib: "1" },
        payTo: null,
        maxBytes: 1,
      },
      holds: {
        read: [`${folder}/store`, `${folder}/work`],
        write: [`${folder}/store`],
        net: [relay],
      },
    },
    {
      name: "input-finder",
      options: {
        given: [`${folder}/work`],
        privatePaths: { home: `${folder}/home`, folders: [], files: keys },
      },
      holds: { read: [`${folder}/work`, ...dotGits, `${folder}/home`, ...keys] },
    },
    {
      name: "input-packer",
      note: "of a file",
      options: { places: [place(input, "file")], path: "", environment: {}, scratch: "/scratch" },
      holds: { read: [input] },
    },
    {
      name: "input-packer",
      note: "of a folder",
      options: {
        places: [place(`${folder}/work`, "folder")],
        path: "",
        environment: {},
        scratch: `${folder}/scratch`,
      },
      holds: {
        read: [`${folder}/work`, `${folder}/scratch`],
        write: [`${folder}/scratch`],
        run: ["git"],
      },
    },
    {
      name: "job-logs",
      note: "over a relay",
      options: { relayUrl: `ws://${relay}`, host: relay },
      holds: { net: [relay] },
    },
    {
      name: "job-log-answers",
      options: { relayUrl: `ws://${relay}`, host: relay },
      holds: { net: [relay] },
    },
    {
      name: "lightning",
      options: { walletFile: keys[0], relayUrl: `ws://${relay}` },
      holds: { net: [relay], read: [keys[0]], sys: ["uid"] },
    },
    {
      name: "artifact-unpacker",
      options: { archive: input, folder: `${folder}/work` },
      holds: { read: [input, `${folder}/work`], write: [`${folder}/work`] },
    },
    {
      name: "artifact-unpacker",
      note: "that lists and reads",
      options: { archive: input },
      holds: { read: [input] },
    },
    {
      name: "blob-copies",
      options: { folder: `${folder}/store`, hosts: [relay], reach: "loopback" },
      holds: { read: [`${folder}/store`], write: [`${folder}/store`], net: [relay] },
    },
    {
      name: "relay-copies",
      options: { relayUrls: [`ws://${relay}`] },
      holds: { net: [relay] },
    },
    {
      name: "blob-share",
      options: { listen: relay, folder: `${folder}/store` },
      holds: { read: [`${folder}/store`], net: [relay] },
    },
    {
      name: "image-writer",
      options: { archives: [input], to: `${folder}/images.tar` },
      holds: {
        read: [input, `${folder}/images.tar`, `${folder}/images.tar.part`],
        write: [`${folder}/images.tar`, `${folder}/images.tar.part`],
      },
    },
    { name: "sequences", options: {}, holds: {} },
    {
      name: "account",
      options: { url: `btp+ws://${connector}`, auth: null, host: connector },
      holds: { net: [connector] },
    },
    {
      name: "spsp",
      options: { relayUrl: `ws://${relay}`, connector: { host: connector } },
      holds: { net: [relay, connector] },
    },
    {
      name: "job-logs",
      options: { connectors: [{ url: `btp+ws://${connector}`, auth: null, host: connector }] },
      holds: { net: [connector] },
    },
    {
      name: "artifact-unpacker",
      options: { archive: input, folder: `${folder}/scratch` },
      holds: { read: [input, `${folder}/scratch`], write: [`${folder}/scratch`] },
    },
    {
      name: "messages",
      options: { relayUrl: `ws://${relay}` },
      holds: {},
    },
    {
      name: "quotes",
      options: {
        connectors: [{ url: `btp+ws://${connector}`, auth: null, host: connector }],
        announced: [],
        chain: {},
      },
      holds: { net: [connector] },
    },
    {
      name: "counterparty",
      options: { connectors: [{ url: `btp+ws://${connector}`, auth: null, host: connector }] },
      holds: { net: [connector] },
    },
    {
      name: "control",
      options: { path: socket, about: {} },
      holds: { net: [`unix:${socket}`], read: [socket, `${folder}/work`], write: [socket] },
    },
    {
      name: "webhook",
      options: { url: "https://hooks.example.org/token" },
      holds: { net: ["hooks.example.org:443"] },
    },
    { name: "desktop", options: {}, holds: { run: ["sh"] } },
    {
      name: "tracing",
      options: { endpoint: "https://traces.example.org/v1/traces" },
      holds: { net: ["traces.example.org:443"] },
    },
    {
      name: "packet-tracing",
      options: { endpoint: "https://traces.example.org/v1/traces" },
      holds: { net: ["traces.example.org:443"] },
    },
    {
      name: "metrics",
      options: { port: 9_464, about: {} },
      holds: { net: ["127.0.0.1:9464"] },
    },
    {
      name: "skill-names",
      options: { folders: [`${folder}/work`], approvals: [`${folder}/approved`] },
      holds: { read: [`${folder}/work`, `${folder}/approved`] },
    },
    {
      name: "skill-judge",
      options: {
        permissions: {
          read: [`${folder}/scratch`, `${folder}/work`, `${folder}/approved`],
          write: [`${folder}/scratch`],
          run: ["sh", "bwrap"],
        },
      },
      holds: {
        read: [`${folder}/scratch`, `${folder}/work`, `${folder}/approved`],
        write: [`${folder}/scratch`],
        run: ["sh", "bwrap"],
      },
    },
    {
      name: "skill-catalog",
      options: {
        folders: [`${folder}/work`],
        approvals: [`${folder}/approved`],
        toolFolders: ["/bin"],
        scratch: `${folder}/scratch`,
        images: `${folder}/images`,
      },
      holds: {
        read: [`${folder}/work`, `${folder}/approved`, "/bin", `${folder}/images`],
        write: [`${folder}/scratch`],
        run: ["bwrap", "sh"],
      },
    },
  ];
}
