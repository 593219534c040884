/**
 * Compares our relay with `@nostr-relay` (both on disk, each in its own process, with the same client): events written
 * and verified, events read by id, and live events to a thousand subscribers. Also measures the memory of ten thousand
 * idle connections.
 *
 * @module
 */
import { initNostrWasm } from "nostr-wasm";
import { createVerifier } from "../protocols/nostr/verifier.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
import {
  COMPILED_RELAY,
  ForeignRelay,
  missingRelay,
} from "../tests/interop/relay/foreign_relay.ts";
import type { Figure } from "./figures.ts";
import { paidWrites } from "./relay_paid.ts";

/** A second of writes. Of only 3,000, each takes a quarter more processor time, because much of the code is still being compiled. */
const WRITES = 12_000;
/** The events that are read by id, several times each. */
const READ_EVENTS = 3_000;
/** The verifier alone checks as many before it is measured. */
const WARM_UP = 1_000;
const FOREIGN_WRITES = 600;
const READS = 10_000;
const SUBSCRIBERS = 1_000;
const FANNED_OUT = 30;
const IDLE = 10_000;

const FLAGS = [
  "run",
  "--quiet",
  "--no-prompt",
  "--cached-only",
  "--ignore-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE",
];

/** Runs the measurement in its own folder, about half a minute. */
export async function benches(
  clock: () => number = () => performance.now(),
): Promise<readonly Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: "crosstown-relay-" });
  try {
    const events = `${folder}/events`;
    const verifierPerSecond = await makeEvents(events, clock);
    const missing = await missingRelay(COMPILED_RELAY);
    if (missing !== null) console.error(`relay: without @nostr-relay: ${missing}`);
    const theirs = missing === null ? await measureTheirs(folder, events) : null;
    const ours = await measureOurs(folder, events);
    const paid = await paidWrites(events, folder, clock);
    const beside = (name: string, value: number, key: keyof Measured): Figure => ({
      name,
      value,
      unit: "1/s",
      compare: theirs === null ? null : { name: "@nostr-relay", value: theirs[key] },
      ratio: theirs === null ? null : value / theirs[key],
    });
    return [
      beside("events written and verified, alone", ours.writeAlone, "writeAlone"),
      beside("events written and verified, 64 at once", ours.write, "write"),
      {
        name: "of the verifier's own speed",
        value: ours.write,
        unit: "1/s",
        compare: { name: "verifier on one core", value: verifierPerSecond },
        ratio: ours.write / verifierPerSecond,
      },
      {
        name: "events paid by packet, verified and stored, 64 at once",
        value: paid,
        unit: "1/s",
        compare: theirs === null ? null : { name: "@nostr-relay, unpaid", value: theirs.write },
        ratio: theirs === null ? null : paid / theirs.write,
      },
      beside("events read by id, 16 at once", ours.read, "read"),
      beside(`live events to ${SUBSCRIBERS} subscribers`, ours.fanout, "fanout"),
      { name: `memory an idle connection, of ${ours.idle}`, value: ours.idleKiB, unit: "KiB" },
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Measured {
  readonly writeAlone: number;
  readonly write: number;
  readonly read: number;
  readonly fanout: number;
}

/** Makes events of one author, signed beforehand; returns how many one verifier checks per second. */
async function makeEvents(file: string, clock: () => number): Promise<number> {
  const wasm = await initNostrWasm();
  const created_at = Math.floor(Date.now() / 1_000) - WRITES;
  const events = Array.from({ length: WRITES }, (_, n) => {
    const content = `event ${n} ${"x".repeat(200)}`;
    const tags = [["t", `t${n % 10}`]];
    const event = {
      kind: 1,
      created_at: created_at + n,
      tags,
      content,
      id: "",
      pubkey: "",
      sig: "",
    };
    wasm.finalizeEvent(event, new Uint8Array(32).fill(9));
    return event;
  });
  await Deno.writeTextFile(file, events.map((event) => JSON.stringify(event)).join("\n"));
  const verifier = await createVerifier();
  const parsed = events.slice(0, 4 * WARM_UP).map((event) => parseEvent(event));
  for (const event of parsed.slice(0, WARM_UP)) verifier.verify(event);
  const measured = parsed.slice(WARM_UP);
  const startMs = clock();
  for (const event of measured) verifier.verify(event);
  return measured.length * 1_000 / (clock() - startMs);
}

async function measureTheirs(folder: string, events: string): Promise<Measured> {
  await using relay = await ForeignRelay.start({
    folder: COMPILED_RELAY,
    file: `${folder}/theirs.db`,
  });
  return await measure(relay.url, events, folder, FOREIGN_WRITES);
}

async function measureOurs(
  folder: string,
  events: string,
): Promise<Measured & { readonly idle: number; readonly idleKiB: number }> {
  const host = spawn([
    "--allow-read",
    `--allow-write=${folder}`,
    "--allow-net=127.0.0.1",
    "--allow-sys",
    new URL("./relay_host.ts", import.meta.url).pathname,
    `${folder}/ours.db`,
  ]);
  try {
    const { url } = await host.line<{ url: string }>();
    const measured = await measure(url, events, folder, WRITES);
    const idle = Math.min(IDLE, await fileLimit() - 200);
    const before = await host.ask<{ rss: number }>();
    const client = await startLoad({ url, what: "idle", count: 0, width: idle });
    await client.line();
    const after = await host.ask<{ rss: number; connections: number }>();
    await client.end();
    if (after.connections < idle) throw new Error(`${after.connections} connections are open`);
    return { ...measured, idle, idleKiB: (after.rss - before.rss) / 1_024 / idle };
  } finally {
    await host.end();
  }
}

/** The write bench leaves the events that the read bench reads. */
async function measure(
  url: string,
  events: string,
  folder: string,
  writes: number,
): Promise<Measured> {
  const alone = `${folder}/alone`;
  const lines = (await Deno.readTextFile(events)).split("\n");
  await Deno.writeTextFile(alone, lines.slice(0, 200).join("\n"));
  await Deno.writeTextFile(`${folder}/rest`, lines.slice(200, writes).join("\n"));
  const writeAlone = await run({ url, what: "write", events: alone, count: 200, width: 1 });
  const count = Math.min(writes, lines.length) - 200 - FANNED_OUT;
  const write = await run({ url, what: "write", events: `${folder}/rest`, count, width: 64 });
  await Deno.writeTextFile(
    `${folder}/read`,
    lines.slice(200, Math.min(writes, READ_EVENTS)).join("\n"),
  );
  const read = await run({ url, what: "read", events: `${folder}/read`, count: READS, width: 16 });
  await Deno.writeTextFile(`${folder}/live`, lines.slice(200 + count, writes).join("\n"));
  const fanout = await run({
    url,
    what: "fanout",
    events: `${folder}/live`,
    count: FANNED_OUT,
    width: SUBSCRIBERS,
  });
  return { writeAlone, write, read, fanout };
}

async function run(load: Record<string, string | number>): Promise<number> {
  const client = await startLoad(load);
  const { perSecond } = await client.line<{ perSecond: number }>();
  await client.end();
  return perSecond;
}

function startLoad(load: Record<string, string | number>): Promise<Child> {
  const script = new URL("./relay_load.ts", import.meta.url).pathname;
  return Promise.resolve(
    spawn(["--allow-read", "--allow-net=127.0.0.1", "--allow-env", script, JSON.stringify(load)]),
  );
}

interface Child {
  line<T>(): Promise<T>;
  ask<T>(): Promise<T>;
  end(): Promise<void>;
}

/** A Deno process that prints lines of JSON. */
function spawn(args: string[]): Child {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...FLAGS, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const line = async () => {
    while (!text.includes("\n")) {
      const { value, done } = await output.read();
      if (done) throw new Error(`a process of the bench ended: ${args.at(-1)}`);
      text += value;
    }
    const at = text.indexOf("\n");
    const parsed = JSON.parse(text.slice(0, at));
    text = text.slice(at + 1);
    return parsed;
  };
  return {
    line,
    ask: async () => {
      await input.write(new TextEncoder().encode("\n"));
      return await line();
    },
    end: async () => {
      await input.close().catch(() => undefined);
      await output.cancel();
      await child.status;
    },
  };
}

async function fileLimit(): Promise<number> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", "ulimit -n"] }).output();
  const text = new TextDecoder().decode(stdout).trim();
  return text === "unlimited" ? Infinity : Number(text);
}
