/**
 * The client of the relay bench in its own process, the same for every relay: `relay_load.ts JSON`. Prints one line of JSON.
 *
 * @module
 */
import WebSocket from "ws";

interface Load {
  readonly url: string;
  readonly what: "write" | "read" | "fanout" | "idle";
  /** A file of signed events, one JSON on each line. */
  readonly events?: string;
  readonly count: number;
  /** Requests at once; for `fanout` and `idle`, the number of connections. */
  readonly width: number;
}

const load = JSON.parse(Deno.args[0]!) as Load;
const lines = load.events === undefined
  ? []
  : (await Deno.readTextFile(load.events)).trimEnd().split("\n").slice(0, load.count);
const ids = lines.map((line) => JSON.parse(line).id as string);

/** A relay that no longer answers must not stop the bench. */
const MAX_MS = 60_000;
const guard = setTimeout(() => {
  console.error(`relay_load: ${load.what} at ${load.url} did not end`);
  Deno.exit(1);
}, MAX_MS);
if (load.what === "idle") clearTimeout(guard);

const runs = { write, read, fanout, idle };
console.log(JSON.stringify(await runs[load.what]()));
Deno.exit(0);

/** Sends EVENT and waits for its OK, `width` at once on one connection. */
async function write() {
  const socket = await open();
  return await timed(socket, "OK", (at) => socket.send(`["EVENT",${lines[at]}]`), (message) => {
    if (message[2] !== true) throw new Error(JSON.stringify(message));
  });
}

/** Sends REQ for one id, waits for EVENT and EOSE, then sends CLOSE. */
async function read() {
  const socket = await open();
  return await timed(socket, "EOSE", (at) => {
    socket.send(`["REQ","${at}",{"ids":["${ids[at % ids.length]}"]}]`);
  }, (message) => socket.send(`["CLOSE","${message[1]}"]`));
}

/** Each event goes to all subscribers; measures the time until all have received all. */
async function fanout() {
  const writer = await open();
  let arrived = 0;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const ready: Promise<void>[] = [];
  for (let n = 0; n < load.width; n++) {
    const socket = await open();
    ready.push(
      new Promise((eose) =>
        socket.on("message", (data) => {
          if (!String(data).startsWith('["EVENT"')) return eose();
          if (++arrived === load.width * lines.length) resolve();
        })
      ),
    );
    socket.send('["REQ","s",{"kinds":[1],"limit":0}]');
  }
  await Promise.all(ready);
  const startMs = performance.now();
  for (const line of lines) writer.send(`["EVENT",${line}]`);
  await all;
  return { perSecond: load.width * lines.length * 1_000 / (performance.now() - startMs) };
}

/** Opens connections and keeps them until standard input ends. */
async function idle() {
  for (let n = 0; n < load.width; n += 64) {
    await Promise.all(Array.from({ length: Math.min(64, load.width - n) }, open));
  }
  console.log(JSON.stringify({ open: load.width }));
  for await (const _ of Deno.stdin.readable);
  return {};
}

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(load.url, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
  return socket;
}

async function timed(
  socket: WebSocket,
  answer: string,
  ask: (at: number) => void,
  // deno-lint-ignore no-explicit-any
  answered: (message: any[]) => void,
) {
  let [asked, done] = [0, 0];
  const startMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    socket.on("message", (data) => {
      const text = String(data);
      if (/^\["(?:CLOSED|NOTICE)"/.test(text)) return reject(new Error(text));
      if (!text.startsWith(`["${answer}"`)) return;
      try {
        answered(JSON.parse(text));
      } catch (error) {
        return reject(error);
      }
      if (++done === load.count) resolve();
      else if (asked < load.count) ask(asked++);
    });
    while (asked < Math.min(load.width, load.count)) ask(asked++);
  });
  return { perSecond: load.count * 1_000 / (performance.now() - startMs) };
}
