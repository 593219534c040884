/** A home with its own jobs, and the relay that it reads, in this process. */
import { type RelayServer, startRelayServer } from "../../network/relay/relay_server.ts";
import { offerTags } from "../../market/offer.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Change } from "../../store/store.ts";
import { event, json } from "../network/relay/signed_events.ts";
import { MemoryIo } from "./memory_io.ts";

/** The provider's benchmark, machine, limits and queue. */
export const OFFER = {
  cpus: 8,
  memoryBytes: 16 * 2 ** 30,
  diskBytes: 100 * 2 ** 30,
  engines: ["podman"],
  modes: ["upfront", "on-delivery"],
  modeKinds: [{ mode: "on-delivery", kinds: [5601] }],
  lightningMsats: 12_000,
  runLimits: [{ seconds: 3_600, kinds: [5601] }],
  encryption: ["nip44"],
  bases: ["debian_12.linux_arm64"],
  quotes: true,
  privateJobs: false,
  limits: { request_bytes: 65_536 },
  queue: { waiting: 3, places: 64 },
  benchmark: {
    atS: 1_790_000_000,
    cpuBytesS: 5e8,
    cpusBytesS: 2e9,
    diskBytesS: null,
    sandboxMs: 12,
  },
  relays: ["ws://127.0.0.1:9"],
  version: "0.1.0",
} as const;

/** A request, its result and their provider's offer, which was heard a few seconds ago. */
export function tradedEvents(author: number, name: string, more: string[][] = []): NostrEvent[] {
  const nowS = Math.floor(Date.now() / 1_000);
  const request = event({ kind: 5_601, created_at: nowS - 9, tags: [["i", name, "text"]] }, 40);
  const about = [["e", request.id], ["p", request.pubkey]];
  return [
    event({
      kind: 31_990,
      created_at: nowS - 5,
      tags: [
        ["d", "crosstown"],
        ["k", "5601"],
        ["k", "5999"],
        ["price", "5601", "100000", "1000", "units"],
        ["ilp", "test.dev.elsewhere"],
        ["platform", "linux/amd64"],
        ["t", "ci-cd-linux"],
        ["expiration", String(nowS + 3_600)],
        ...more,
      ],
      content: JSON.stringify({ name, about: `${name} runs tests` }),
    }, author),
    request,
    event({
      kind: 6_601,
      created_at: nowS - 7,
      tags: [...about, ["request", "{}"]],
      content: "done",
    }, author),
  ];
}

/** The tags of {@link OFFER}. */
export const MACHINE = offerTags(OFFER);

/** The home and its relay. */
export interface MarketHome extends AsyncDisposable {
  readonly relay: RelayServer;
  /** A process in memory for this home. */
  io(): MemoryIo;
}

/** Starts a relay with these events, and makes a home of a network `local` with these jobs and further changes of its store; without jobs the home has no store. */
export async function marketHome(
  events: readonly NostrEvent[],
  jobs: readonly JobRow[] = [],
  more: readonly Change[] = [],
): Promise<MarketHome> {
  const relay = await startRelayServer({
    identity: {
      name: "local",
      description: "",
      pubkey: "a".repeat(64),
      ilpAddress: null,
      priceUnitsPerByte: 0n,
      asset: { code: "M2M", scale: 6 },
      version: "0",
    },
    write: "ilp",
    file: ":memory:",
  });
  for (const each of events) await relay.write(json(each));
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  await Deno.writeTextFile(
    `${root}/crosstown.toml`,
    `[networks.local]\nrelay_url = "${relay.url}"\nwrite = "nostr"\n`,
    { mode: 0o600 },
  );
  await Deno.chmod(root, 0o700);
  if (jobs.length > 0) {
    const folder = `${root}/hooks/mayor-001/crosstown`;
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const store = await openSqliteStore({
      folder,
      clock: Date.now,
      journal: true,
      network: "local",
    });
    await store.commit([...jobs.map((row): Change => ({ op: "putJob", row })), ...more]);
    await store.close();
  }
  return {
    relay,
    io() {
      const io = new MemoryIo();
      io.now = Date.now();
      io.variables = { HOME: root, GASTOWN_HOME: root, PATH: Deno.env.get("PATH")! };
      return io;
    },
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await Deno.remove(root, { recursive: true });
    },
  };
}
