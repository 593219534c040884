import assert from "node:assert/strict";
import { inputsOf } from "../../../skills/builtin/image_build/stated.ts";

Deno.test("inputsOf() names a repository by the commit that was built, whatever the request named", () => {
  const commit = "c".repeat(40);
  const base = { name: "debian:12", sha256: "d".repeat(64) };
  for (const asked of [null, "main", commit]) {
    const input = { type: "repository", url: "https://host.example/r.git", commit: asked } as const;
    assert.deepEqual(inputsOf(input, commit, [base]), [
      { name: `https://host.example/r.git#${commit}`, sha256: null },
      base,
    ]);
  }
});
