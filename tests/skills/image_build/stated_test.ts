import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { buildStatement } from "../../../protocols/slsa/build_statement.ts";
import { inputsOf } from "../../../skills/builtin/image_build/stated.ts";

const COMMIT = "c".repeat(40);
const BASE = { name: "debian:12", sha256: "d".repeat(64) };

Deno.test("inputsOf() names a repository by the commit that was built, whatever the request named", () => {
  for (const asked of [null, "main", COMMIT]) {
    const input = { type: "repository", url: "https://host.example/r.git", commit: asked } as const;
    assert.deepEqual(inputsOf(input, COMMIT, [BASE]), [
      {
        name: `https://host.example/r.git#${COMMIT}`,
        sha256: null,
        uri: `git+https://host.example/r.git@${COMMIT}`,
        gitCommit: COMMIT,
      },
      BASE,
    ]);
  }
});

Deno.test("inputsOf() names a bundle by its bytes and its commit, and an archive by its bytes", () => {
  const bytes = new TextEncoder().encode("bytes");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const context = { name: "context", sha256 };
  assert.deepEqual(inputsOf({ type: "bundle", bytes }, COMMIT, []), [
    { ...context, gitCommit: COMMIT },
  ]);
  assert.deepEqual(inputsOf({ type: "tar", bytes }, null, []), [context]);
  const blob = { sha256, size: 5, urls: [] };
  assert.deepEqual(inputsOf({ type: "blob", blob, params: new Map() }, COMMIT, []), [
    { ...context, gitCommit: COMMIT },
  ]);
});

Deno.test("buildStatement() has the commit as the digest gitCommit, beside the SHA-256", () => {
  const of = (inputs: Parameters<typeof inputsOf>[2]) =>
    JSON.parse(
      buildStatement({
        name: "hello",
        digest: "a".repeat(64),
        platform: "linux/amd64",
        emulated: false,
        sandbox: "bubblewrap",
        engine: "buildah",
        inputs,
        parameters: {},
        startedAtMs: 1,
        finishedAtMs: 2,
      }, {
        provider: "1".repeat(64),
        buyer: "2".repeat(64),
        requestId: "3".repeat(64),
        amountUnits: "1",
      }),
    ).predicate.buildDefinition.resolvedDependencies;
  const { name, sha256 } = BASE;
  assert.deepEqual(of([{ name, sha256, gitCommit: COMMIT }]), [
    { name, digest: { sha256, gitCommit: COMMIT } },
  ]);
  assert.deepEqual(of([{ name, sha256: null, uri: "git+x", gitCommit: COMMIT }]), [
    { name, uri: "git+x", digest: { gitCommit: COMMIT } },
  ]);
  assert.deepEqual(of([{ name, sha256: null }]), [{ name }]);
  for (const gitCommit of ["", "c".repeat(39), COMMIT.toUpperCase(), `${COMMIT}\n`]) {
    assert.throws(() => of([{ name, sha256, gitCommit }]), /gitCommit must be/);
  }
});
