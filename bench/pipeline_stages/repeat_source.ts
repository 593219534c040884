/** Bench source: sends the same signed documents again and again, in batches of 256. */
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { type Batch, defineStage } from "../../stages/stage.ts";

/** The number and the encoding of the documents. */
export interface RepeatOptions {
  readonly count: number;
  readonly encoding: "toon" | "json";
}

const DISTINCT = 64;
const BATCH = 256;

/** Signed job requests of typical size. */
export function documents(encoding: RepeatOptions["encoding"]): Uint8Array[] {
  const secret = new Uint8Array(32).fill(7);
  const pubkey = publicKeyOf(secret);
  return Array.from({ length: DISTINCT }, (_, index) => {
    const unsigned = {
      kind: 5601,
      created_at: 1_754_000_000 + index,
      tags: [["i", "https://git.example.org/project.git", "url"], ["t", "ci-run"]],
      content: "Run the test suite of the project at this commit, and say what failed.",
      pubkey,
    };
    const event = signEvent(unsigned, secret, new Uint8Array(32));
    return encoding === "toon"
      ? encodeToon(event, "1.4")
      : new TextEncoder().encode(JSON.stringify(event));
  });
}

/** The stage for its host; it needs no permission. */
export const definition = defineStage<RepeatOptions, Record<string, never>>({
  name: "repeat-source",
  role: "source",
  services: [],
  permissions: () => ({}),
  create({ count, encoding }) {
    const given = documents(encoding);
    let seq = 0;
    return new ReadableStream<Batch>({
      pull(controller) {
        const batch = [];
        while (seq < count && batch.length < BATCH) {
          batch.push({ seq, bytes: given[seq % given.length], known: {} });
          seq++;
        }
        if (batch.length > 0) controller.enqueue(batch);
        else controller.close();
      },
    }, { highWaterMark: 0 });
  },
});
