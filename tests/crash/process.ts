/**
 * What every process of a world is made of: its store and signer, a clock that the harness may set forward, the place at which it
 * dies, and a line to the harness over standard input and output.
 */
import { loadSecp256k1, type Secp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { Timers } from "../../base/timers.ts";
import { type CrashPoint, onCrashPoint } from "../../base/crash_point.ts";
import { createKeySigner, type KeySigner } from "../../money/signer/key_signer.ts";
import { ledgerOf } from "../../money/signer/signer_service.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../base/log/log.ts";
import { CHAIN_ID, type Death, keyOf, type Place, type Start, TOKEN_NETWORK } from "./plan.ts";

/** A request of the harness. */
export interface Asked {
  readonly id: number;
  readonly do: string;
  // deno-lint-ignore no-explicit-any
  readonly [field: string]: any;
}

/** A process at work. */
export interface Party {
  readonly place: Place;
  readonly folder: string;
  readonly secp: Secp256k1;
  readonly store: Store;
  readonly signer: KeySigner;
  readonly timers: Timers;
  readonly clock: () => number;
  readonly log: Log;
  /** Serves the harness until it closes standard input; then the process ends at once. */
  serve(answer: (asked: Asked) => unknown): Promise<never>;
}

/** Pauses of this length are cut to a tenth: they are how long a line or a row waits until it is tried again. */
const PAUSES_MS = [500, 4_500] as const;
const UNLIMITED = 1_000_000_000_000n;

export async function openParty(): Promise<Party> {
  const { role, place, death } = JSON.parse(Deno.args[0]!) as Start;
  const folder = `${place.root}/${role}`;
  let aheadMs = place.aheadMs;
  const clock = () => Date.now() + aheadMs;
  const tell = (line: object) =>
    void Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
  arm(death, tell);
  const secp = await loadSecp256k1();
  const store = await openSqliteStore({
    folder,
    clock,
    journal: role === "buyer" || role === "provider",
  });
  const key = keyOf(role);
  const signer = await createKeySigner({
    nostrKey: key,
    paymentKey: key,
    ceilings: {
      perPacketUnits: 1_000_000n,
      perChannelUnits: UNLIMITED,
      perHourUnits: UNLIMITED,
      perDayUnits: UNLIMITED,
    },
    allow: [{ chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK }],
    ...await ledgerOf({ snapshot: "stored" }, { store }, key),
    clock,
  });
  const talks = Deno.env.get("CRASH_LOG") !== undefined;
  return {
    place,
    folder,
    secp,
    store,
    signer,
    clock,
    timers: {
      now: clock,
      after(ms, task) {
        const paused = ms >= PAUSES_MS[0] && ms <= PAUSES_MS[1];
        const timer = setTimeout(task, paused ? ms / 10 : ms);
        return () => clearTimeout(timer);
      },
    },
    log(level, msg, fields = {}) {
      if (!talks && level !== "error") return;
      const shown = Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(" ");
      console.error(`${role} ${level} ${msg} ${shown}`);
    },
    async serve(answer) {
      tell({ ready: true });
      for await (const line of lines(Deno.stdin.readable)) {
        const asked = JSON.parse(line) as Asked;
        if (asked.do === "arm") {
          arm(asked.death, tell);
          tell({ id: asked.id, ok: true });
        } else if (asked.do === "clock") {
          // One that was asked again after a restart may be older than the one before it.
          aheadMs = Math.max(aheadMs, asked.aheadMs);
          tell({ id: asked.id, ok: true });
        } else {
          Promise.resolve().then(() => answer(asked)).then(
            (ok) => tell({ id: asked.id, ok: ok ?? null }),
            (error) => tell({ id: asked.id, error: String(error?.stack ?? error) }),
          );
        }
      }
      Deno.exit(0);
    },
  };
}

/** Dies at this place and tells only the harness. */
function arm(death: Death | null, tell: (line: object) => void): void {
  if (death === null) return onCrashPoint(null);
  let left = death.nth;
  onCrashPoint((point: CrashPoint) => {
    if (point !== death.point || --left > 0) return;
    tell({ died: point });
    Deno.kill(Deno.pid, "SIGKILL");
  });
}

/** Lines of a byte stream. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

/** Asks until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, 30));
}
