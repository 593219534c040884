import assert from "node:assert/strict";
import { withBases } from "../../../commands/job/build_bases.ts";
import type { JobFlags } from "../../../market/intake.ts";
import { packBytes } from "../../../market/pack_input.ts";
import { gzip, writeTar } from "../../../protocols/tar/tar_writer.ts";

const CONTAINERFILE = "ARG V=12\nFROM debian:${V}\nCOPY --from=tools:1 /a /a\n";

/** A job whose input is a packed folder with one file. */
async function flagsOf(more: Partial<JobFlags> = {}, path = "Dockerfile"): Promise<JobFlags> {
  const bytes = new TextEncoder().encode(CONTAINERFILE);
  const tar = await writeTar([{ path, type: "file", executable: false, target: "", bytes }]);
  const limit = { limitBytes: 30_000 };
  return {
    type: "image-build",
    input: null,
    packed: packBytes(await gzip(tar), "the context", "context.tar.gz", limit),
    params: [],
    platform: null,
    tags: [],
    bidUnits: null,
    provider: null,
    relays: [],
    timeoutS: 60,
    ...limit,
    ...more,
  };
}

for (
  const { name, params, path, bases } of [
    { name: "the bases of a Dockerfile", params: [], bases: "debian:12 tools:1" },
    {
      name: "the bases that build arguments name",
      params: [["build_args", '{"V":"13"}']],
      bases: "debian:13 tools:1",
    },
    {
      name: "the bases of a Containerfile elsewhere",
      params: [["dockerfile", "images/a"]],
      path: "images/a",
      bases: "debian:12 tools:1",
    },
    {
      name: "the bases, whatever the build arguments are",
      params: [["build_args", "[1"]],
      bases: "debian:12 tools:1",
    },
  ] as readonly {
    readonly name: string;
    readonly params: readonly [string, string][];
    readonly path?: string;
    readonly bases: string;
  }[]
) {
  Deno.test(`withBases() names ${name}`, async () => {
    const flags = await flagsOf({ params }, path);
    const named = await withBases(flags);
    assert.deepEqual(named, { ...flags, params: [...params, ["bases", bases]] });
  });
}

Deno.test("withBases() leaves a job that names its bases, that is no build, or that has no folder", async () => {
  for (
    const flags of [
      await flagsOf({ params: [["bases", "alpine:3"]] }),
      await flagsOf({ type: "ci-run" }),
      await flagsOf({ packed: undefined, input: "https://host.example/r.git#main" }),
    ]
  ) assert.equal(await withBases(flags), flags);
});

Deno.test("withBases() rejects with no_containerfile before anything is paid", async () => {
  await assert.rejects(async () => await withBases(await flagsOf({}, "README.md")), {
    name: "ImageError",
    code: "no_containerfile",
  });
});
