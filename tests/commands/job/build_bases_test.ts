import assert from "node:assert/strict";
import { withBases, withStepBases } from "../../../commands/job/build_bases.ts";
import { openMarket } from "../../../commands/job/open_market.ts";
import { createSupervisor } from "../../../home/workers/supervisor.ts";
import type { JobFlags } from "../../../market/intake.ts";
import { packBytes, packInput } from "../../../market/pack_input.ts";
import { gzip, writeTar } from "../../../protocols/tar/tar_writer.ts";
import { PLAIN_ORDER } from "../../market/plain_order.ts";

const CONTAINERFILE = "ARG V=12\nFROM debian:${V}\nCOPY --from=tools:1 /a /a\n" +
  "RUN --mount=type=cache,target=/c --mount=type=bind,from=linter:2,target=/l /l/run --mount=from=x\n";

/** A job whose input is a packed folder with one file. */
async function flagsOf(more: Partial<JobFlags> = {}, path = "Dockerfile"): Promise<JobFlags> {
  const bytes = new TextEncoder().encode(CONTAINERFILE);
  const tar = await writeTar([{ path, type: "file", executable: false, target: "", bytes }]);
  const limit = { limitBytes: 30_000 };
  return {
    type: "image-build",
    input: null,
    packed: packBytes(await gzip(tar), "the context", "context.tar.gz", limit),
    ...PLAIN_ORDER,
    ...limit,
    ...more,
  };
}

for (
  const { name, params, path, bases } of [
    { name: "the bases of a Dockerfile", params: [], bases: "debian:12 tools:1 linter:2" },
    {
      name: "the bases that build arguments name",
      params: [["build_args", '{"V":"13"}']],
      bases: "debian:13 tools:1 linter:2",
    },
    {
      name: "the bases of a Containerfile elsewhere",
      params: [["dockerfile", "images/a"]],
      path: "images/a",
      bases: "debian:12 tools:1 linter:2",
    },
    {
      name: "the bases, whatever the build arguments are",
      params: [["build_args", "[1"]],
      bases: "debian:12 tools:1 linter:2",
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

const URL_CONTEXT = { packed: undefined, input: "https://host.example/r.git#main" };

Deno.test("withBases() stops a build whose Containerfile cannot be read here, before anything is paid", async () => {
  const bundle = packBytes(
    new TextEncoder().encode("# v2 git bundle\n"),
    "the bundle",
    "r.bundle",
    { limitBytes: 30_000 },
  );
  const link = await writeTar([{
    path: "Dockerfile",
    type: "link",
    executable: false,
    target: "other",
    bytes: new Uint8Array(),
  }]);
  const packed = packBytes(await gzip(link), "it", "it.tar.gz", { limitBytes: 30_000 });
  for (const more of [URL_CONTEXT, { packed: bundle }, { packed }]) {
    await assert.rejects(async () => await withBases(await flagsOf(more)), {
      name: "UsageError",
      suggestion: /--param bases=debian:12; if there are none, --param bases=scratch/,
    });
    const named = await flagsOf({ ...more, params: [["bases", "scratch"]] });
    assert.equal(await withBases(named), named);
  }
});

Deno.test("withBases() leaves a job that names its bases, or that is no build", async () => {
  for (
    const flags of [
      await flagsOf({ params: [["bases", "alpine:3"]] }),
      await flagsOf({ type: "ci-run" }),
      await flagsOf({ type: "ci-run", ...URL_CONTEXT }),
    ]
  ) assert.equal(await withBases(flags), flags);
});

Deno.test("withBases() rejects with no_containerfile before anything is paid", async () => {
  await assert.rejects(async () => await withBases(await flagsOf({}, "README.md")), {
    name: "ImageError",
    code: "no_containerfile",
  });
});

const STEP = {
  name: "image",
  path: "steps",
  type: "image-build",
  kind: 5602,
  params: [],
  platform: null,
  tags: [],
  bidUnits: null,
  provider: null,
  timeoutS: 60,
  retries: 0,
  when: null,
  onFailure: "stop",
} as const;

Deno.test("withStepBases() names the bases of a step whose Containerfile is here, and refuses one that only its provider can read", async () => {
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    const packed = (await flagsOf()).packed!;
    const step = { ...STEP, input: { packed } };
    const named = await withStepBases(step, market);
    assert.deepEqual(named, { ...step, params: [["bases", "debian:12 tools:1 linter:2"]] });
    const url = { packed: packInput("https://host.example/r.git#main", { limitBytes: 30_000 }) };
    await assert.rejects(
      withStepBases({ ...STEP, input: url }, market),
      { name: "UsageError", suggestion: /^name the base images, e\.g\. params = \{ bases = / },
    );
    for (
      const left of [
        named,
        { ...STEP, input: { text: "{{ steps.a.result }}" } },
        { ...step, params: [["dockerfile", "{{ steps.a.result }}"]] as const },
        { ...step, kind: 5600, type: "echo" },
      ]
    ) assert.equal(await withStepBases(left, market), left);
  } finally {
    await supervisor.stop(0);
  }
});
