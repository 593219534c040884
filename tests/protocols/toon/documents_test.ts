import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { verifyEvent as verifyWithNostrTools } from "nostr-tools/pure";
import { type DocumentRow, makeFixtures } from "../../../fixtures/make_documents.ts";
import type { BadDocument } from "../../../fixtures/bad_documents.ts";
import { KINDS } from "../../../protocols/nostr/kinds.ts";
import { parseEvent } from "../../../protocols/nostr/event.ts";
import { EventError } from "../../../protocols/nostr/event_error.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { decodeDocument, ToonError } from "../../../protocols/toon/decode.ts";
import { scanKind } from "../../../protocols/toon/kind_scanner.ts";

const FIXTURES = new URL("../../../fixtures/", import.meta.url);

function read(path: string): Uint8Array {
  return Deno.readFileSync(new URL(path, FIXTURES));
}

function rowsOf<Row>(path: string): Row[] {
  return JSON.parse(new TextDecoder().decode(read(path)));
}

const GOOD = rowsOf<DocumentRow>("documents.json");
const BAD = rowsOf<Omit<BadDocument, "bytes">>("bad/table.json");

Deno.test("makeFixtures() gives the committed files again, byte for byte, and no other is there", () => {
  const made = makeFixtures();
  for (const { path, bytes } of made) {
    assert.deepEqual(Buffer.from(read(path)), Buffer.from(bytes), path);
  }
  const paths = new Set(made.map(({ path }) => path));
  for (const folder of ["toon", "json", "bad"]) {
    for (const { name } of Deno.readDirSync(new URL(folder, FIXTURES))) {
      assert.ok(paths.has(`${folder}/${name}`), `${folder}/${name}`);
    }
  }
});

Deno.test("fixtures hold at least 100 documents, of every kind of the registry in TOON and in JSON", () => {
  for (const encoding of ["toon", "json"]) {
    const kinds = new Set(GOOD.filter((row) => row.encoding === encoding).map(({ kind }) => kind));
    for (const kind of KINDS.keys()) assert.ok(kinds.has(kind), `kind ${kind} in ${encoding}`);
  }
  assert.ok(GOOD.filter(({ encoding }) => encoding === "toon").length >= 100);
});

Deno.test("scanKind() routes every fixture document as the table says", () => {
  for (const { file, kind, encoding } of GOOD) {
    assert.deepEqual(scanKind(read(file)), { ok: true, kind, encoding }, file);
  }
});

Deno.test("every fixture document decodes to an event that verifies, here and with nostr-tools", async () => {
  const { verify } = await createVerifier();
  for (const { file, id, kind, encoding } of GOOD) {
    const decoded = decodeDocument(read(file));
    assert.equal(decoded.encoding, encoding, file);
    const event = parseEvent(decoded.event);
    assert.deepEqual([event.id, event.kind], [id, kind], file);
    assert.equal(verify(event), "ok", file);
    if (file.startsWith("json/")) {
      const fresh = { ...event, tags: event.tags.map((tag) => [...tag]) };
      assert.equal(verifyWithNostrTools(fresh), true, file);
    }
  }
});

Deno.test("every bad fixture is refused where the table says, with that code", async () => {
  const { verify } = await createVerifier();
  for (const { file, scan, decode, event, verify: verdict } of BAD) {
    const bytes = read(`bad/${file}`);
    const scanned = scanKind(bytes);
    assert.equal(scanned.ok ? "ok" : scanned.code, scan, `scan of ${file}`);
    const decoded = codeOf(ToonError, () => decodeDocument(bytes).event);
    assert.equal(decoded.code, decode, `decode of ${file}`);
    if (event === null) continue;
    const parsed = codeOf(EventError, () => parseEvent(decoded.value));
    assert.equal(parsed.code, event, `fields of ${file}`);
    if (verdict !== null) assert.equal(verify(parsed.value!), verdict, `signature of ${file}`);
  }
});

function codeOf<T>(
  expected: typeof ToonError | typeof EventError,
  action: () => T,
): { code: string; value?: T } {
  try {
    return { code: "ok", value: action() };
  } catch (error) {
    assert.ok(error instanceof expected, String(error));
    return { code: error.code };
  }
}
