/// <reference lib="deno.worker" />
/** The verifier alone: decodes and verifies the requested number of documents, and reports how long it took. */
import { parseEvent } from "../../protocols/nostr/event.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { documents } from "./repeat_source.ts";

// A message that arrives while a module is still evaluated is lost, so the handler is set before anything is awaited.
self.onmessage = async ({ data: { count, encoding } }) => {
  const { verify } = await createVerifier();
  const given = documents(encoding);
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const { event } = decodeDocument(given[index % given.length]);
    if (verify(parseEvent(event)) !== "ok") throw new Error("a document of the bench is bad");
  }
  self.postMessage(performance.now() - start);
};
