/**
 * Measures each stage between source and sink in this process, on signed job requests of typical size, compared with the same work without
 * the stage. Sources and sinks are measured by `relay`, `packet` and `jobs`, because they need a peer.
 *
 * @module
 */
import { encode } from "@toon-format/toon";
import { finalizeEvent, verifyEvent } from "nostr-tools/pure";
import { openSqliteStore } from "../store/sqlite_store.ts";
import { createJudge } from "../market/judge.ts";
import { createKeySigner } from "../money/signer/key_signer.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { Batch, StageContext } from "../stages/stage.ts";
import { correlator } from "../stages/correlator.ts";
import { eventSigner } from "../stages/event_signer.ts";
import { eventVerifier } from "../stages/event_verifier.ts";
import { kindExtractor } from "../stages/kind_extractor.ts";
import { toonEncoder } from "../stages/toon_encoder.ts";
import { documents } from "./pipeline_stages/repeat_source.ts";
import type { Figure } from "./figures.ts";

const BATCH = 256;
const NOSTR_KEY = new Uint8Array(32).fill(7);

type Stage = TransformStream<Batch, Batch>;

/** Runs the measurement, about five seconds; rates are documents per second. */
export async function benches(): Promise<Figure[]> {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder: `${folder}/store`, clock: Date.now });
  try {
    const json = documents("json");
    const events = json.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
    const { pubkey } = events[0];
    const unsigned = events.map(({ id: _id, sig: _sig, ...rest }) => bytesOf(rest));
    const signer = await createKeySigner({
      nostrKey: NOSTR_KEY,
      paymentKey: new Uint8Array(32).fill(2),
      ceilings: { perPacketUnits: 0n, perChannelUnits: 0n, perHourUnits: 0n, perDayUnits: 0n },
      allow: [],
      snapshot: "first",
      clock: Date.now,
    });
    const full = (at: number) => void decodeDocument(json[at]);
    return [
      await beside("kind-extractor", 65_536, json, () => kindExtractor({}, {}, context()), {
        name: "full decode",
        work: full,
      }),
      await beside("event-verifier", 4_096, json, () => eventVerifier({}, {}, context()), {
        name: "nostr-tools",
        work: (at) => {
          if (!verifyEvent(JSON.parse(new TextDecoder().decode(json[at])))) throw new Error("bad");
        },
      }),
      await beside(
        "correlator, beside the store",
        16_384,
        json,
        () => correlator({ role: "buyer", pubkey }, { store, judge: createJudge(null) }, context()),
        { name: "full decode", work: full },
      ),
      await beside(
        "event-signer, beside the signer",
        2_048,
        unsigned,
        () => eventSigner({}, { signer }, context()),
        {
          name: "nostr-tools, unverified",
          work: (at) => {
            const { kind, created_at, tags, content } = events[at];
            finalizeEvent({ kind, created_at, tags, content }, NOSTR_KEY);
          },
        },
      ),
      await beside("toon-encoder", 16_384, json, () => toonEncoder({}, {}, context()), {
        name: "@toon-format/toon",
        work: (at) => void encode(JSON.parse(new TextDecoder().decode(json[at]))),
      }),
    ];
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function beside(
  name: string,
  count: number,
  given: readonly Uint8Array[],
  make: () => Stage | Promise<Stage>,
  other: { readonly name: string; readonly work: (at: number) => void },
): Promise<Figure> {
  // A first run of half the size lets the compilers optimise.
  await through(await make(), given, Math.ceil(count / 2));
  const value = await through(await make(), given, count);
  const calls = Math.min(count, 2_048);
  for (let at = 0; at < calls / 2; at++) other.work(at % given.length);
  const startMs = performance.now();
  for (let at = 0; at < calls; at++) other.work(at % given.length);
  const than = calls * 1_000 / (performance.now() - startMs);
  return {
    name,
    value,
    unit: "events/s",
    compare: { name: other.name, value: than },
    ratio: value / than,
  };
}

/** Documents per second through the stage, in batches of 256. A refused document would cost less, so it is an error. */
async function through(stage: Stage, given: readonly Uint8Array[], count: number): Promise<number> {
  let seq = 0;
  const source = new ReadableStream<Batch>({
    pull(controller) {
      const batch = Array.from({ length: Math.min(BATCH, count - seq) }, () => {
        const bytes = given[seq % given.length];
        return { seq: seq++, bytes, known: {} };
      });
      if (batch.length > 0) controller.enqueue(batch);
      else controller.close();
    },
  }, { highWaterMark: 0 });
  const startMs = performance.now();
  for await (const batch of source.pipeThrough(stage)) {
    const refused = batch.find(({ refusal }) => refusal !== undefined);
    if (refused) {
      throw new Error(`the bench's own document was refused: ${refused.refusal?.message}`);
    }
  }
  return count * 1_000 / (performance.now() - startMs);
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function context(): StageContext {
  return {
    clock: Date.now,
    log: () => {},
    count: () => {},
    signal: new AbortController().signal,
    settlements: { settle: () => {}, onSettled: () => {} },
  };
}
