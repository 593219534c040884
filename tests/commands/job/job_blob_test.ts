import assert from "node:assert/strict";
import type { Config } from "../../../config/config.ts";
import { referredInput } from "../../../commands/job/job_blob.ts";
import type { PackedInput } from "../../../market/pack_input.ts";

const config = {
  profile: { blobs: { url: "http://127.0.0.1:1", unitsPerMib: 1n } },
} as unknown as Pick<Config, "profile">;

/** An archive that does not shrink, so that it is cut into several chunks. */
async function archive(sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(sizeBytes, at + 65_536)));
  }
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

for (const isPrivate of [false, true]) {
  Deno.test(`referredInput() says how far it is with a large input, ${isPrivate ? "private" : "open"}, and removes the line at the end`, async () => {
    const large = await archive(12_000_000);
    const packed: PackedInput = {
      type: "tar",
      input: [],
      params: [],
      sizeBytes: large.length,
      large,
    };
    const lines: string[] = [];
    const progress = (text: string) => Promise.resolve(void lines.push(text));
    const { large: stored } = await referredInput(packed, config, isPrivate, { progress });
    assert.equal(stored?.chunked, !isPrivate);
    assert.equal(lines.at(-1), "");
    assert.match(lines[0], isPrivate ? /^encrypting the input of 12/ : /^hashing the input of 12/);
    const steps = lines.filter((line) => /^hashing the input: [\d.]+ of 12\.\d MB$/.test(line));
    assert.ok(isPrivate ? steps.length === 0 : new Set(steps).size > 1, lines.join("\n"));
  });
}

Deno.test("referredInput() says nothing of an input that its request contains", async () => {
  const packed: PackedInput = { type: "text", input: ["i", "x", "text"], params: [], sizeBytes: 1 };
  const progress = () => assert.fail("it took no time");
  const made = await referredInput(packed, config, false, { progress });
  assert.deepEqual(made, { packed, large: null, inputHash: null });
});
