import assert from "node:assert/strict";
import { readImage } from "../../market/read_image.ts";
import { readContext } from "../../market/read_context.ts";
import { gzip, writeTar } from "../../protocols/tar/tar_writer.ts";
import { digestOf, encode, file, result, signing } from "./image_results.ts";

const COMMIT = "c".repeat(40);
const REPOSITORY = { name: `https://host.example/r.git#${COMMIT}`, sha256: null };

for (
  const { name, asked, gitCommit, error } of [
    { name: "takes the commit that was asked for", asked: COMMIT, gitCommit: COMMIT },
    { name: "takes it in large letters", asked: COMMIT.toUpperCase(), gitCommit: COMMIT },
    { name: "takes any commit of a branch", asked: "main", gitCommit: COMMIT },
    { name: "takes any commit of a short id", asked: "ddddddd", gitCommit: COMMIT },
    { name: "refuses another commit", asked: "d".repeat(40), gitCommit: COMMIT, error: true },
    { name: "refuses no commit", asked: COMMIT, gitCommit: undefined, error: true },
  ]
) {
  Deno.test(`readImage() ${name}, for a context by URL`, async () => {
    const { document } = await result({ inputs: [{ ...REPOSITORY, gitCommit }] });
    const read = readImage(5602, document, { url: `https://host.example/r.git#${asked}` });
    if (error) await assert.rejects(read, { code: "bad_statement", message: /another commit/ });
    else assert.equal((await read).platform, "linux/arm64");
  });
}

Deno.test("readImage() refuses a statement that names the commit as one of several", async () => {
  const inputs = [COMMIT, "d".repeat(40)].map((gitCommit) => ({ ...REPOSITORY, gitCommit }));
  const { document } = await result({ inputs });
  const url = `https://host.example/r.git#${COMMIT}`;
  await assert.rejects(readImage(5602, document, { url }), { code: "bad_statement" });
});

/** A request whose context is this text, or is not sent. */
function requestOf(context: string | null): Uint8Array {
  const sent = (text: string) => [
    ["i", new TextEncoder().encode(text).toBase64(), "text"],
    ["param", "encoding", "base64"],
    ["param", "mime", "application/gzip"],
  ];
  // A home keeps it as it was made, without a signature.
  return encode({
    pubkey: signing(9).pubkey,
    created_at: 1_760_000_000,
    kind: 5602,
    tags: context === null ? [["i", "https://host.example/r.git", "url"]] : sent(context),
    content: "",
  });
}

const CONTEXT = {
  name: "context",
  sha256: digestOf(new TextEncoder().encode("mine")).slice("sha256:".length),
};

for (
  const { name, inputs, request, error } of [
    { name: "takes the context that was sent", inputs: [CONTEXT], request: requestOf("mine") },
    { name: "refuses another context", inputs: [CONTEXT], request: requestOf("o"), error: true },
    { name: "refuses no context", inputs: [], request: requestOf("mine"), error: true },
    {
      name: "refuses it among the base images alone",
      inputs: [{ name: "context", sha256: "e".repeat(64) }, CONTEXT],
      request: requestOf("mine"),
      error: true,
    },
    { name: "takes any context that was not sent", inputs: [CONTEXT], request: requestOf(null) },
  ]
) {
  Deno.test(`readImage() ${name}, by the statement`, async () => {
    const { document } = await result({ inputs });
    const read = readImage(5602, document, { request });
    if (error) await assert.rejects(read, { code: "bad_statement", message: /another context/ });
    else assert.equal((await read).platform, "linux/arm64");
  });
}

Deno.test("readContext() finds bases and test of a packed folder, and says where there is no Containerfile", async () => {
  const text = `FROM debian:12\nLABEL crosstown.test='["/t"]'\n`;
  const bytes = await gzip(await writeTar([file("Dockerfile", new TextEncoder().encode(text))]));
  const packed = {
    type: "tar" as const,
    input: ["i", bytes.toBase64(), "text"],
    params: [],
    sizeBytes: bytes.length,
  };
  const question = { packed, dockerfile: null, args: {} };
  assert.deepEqual(await readContext(question), { bases: ["debian:12"], test: '["/t"]' });
  await assert.rejects(readContext({ ...question, dockerfile: "x" }), { code: "no_containerfile" });
});
