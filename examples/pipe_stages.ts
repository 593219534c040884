/**
 * Pipes two stages of the inbound pipeline: the first finds the kind of each document without reading it whole, the second checks
 * its id and signature. Each stage runs in its own process with exactly the permissions that it declares.
 *
 *     deno task -q example examples/pipe_stages.ts fixtures/toon/job_*.toon
 *
 * @module
 */
import { crosstown, documents } from "./crosstown.ts";

/** The second stage's output for a document: what both stages found, or why it was refused. */
interface Found {
  readonly kind?: number;
  readonly id?: string;
  readonly bytes?: number;
  readonly refused?: string;
}

const first = crosstown(["stage", "kind-extractor", ...Deno.args], { stdout: "piped" }).spawn();
const second = crosstown(["stage", "event-verifier", "--output", "json"], {
  stdin: "piped",
  stdout: "piped",
}).spawn();

const piped = first.stdout.pipeTo(second.stdin); // frames; the bytes of a document never change
for await (const { kind, id, bytes, refused } of documents<Found>(second.stdout)) {
  console.log(
    refused === undefined ? `kind ${kind}, ${bytes} bytes, ${id}` : `refused: ${refused}`,
  );
}
await piped;
Deno.exitCode = (await second.status).code;
