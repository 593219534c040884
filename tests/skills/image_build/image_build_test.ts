import assert from "node:assert/strict";
import { openEnvelope } from "../../../protocols/slsa/build_statement.ts";
import { gunzipBounded, readTar } from "../../../skills/builtin/ci_run/tar_reader.ts";
import { temporaryFolder } from "../machine.ts";
import {
  contextTags,
  FOREIGN,
  helloFiles,
  noBuilder,
  noEmulator,
  PLATFORM,
} from "./builder_machine.ts";
import { run, signing, test } from "./image_build_run.ts";

for (
  const { platform, emulated, when } of [
    { platform: PLATFORM, emulated: false, when: noBuilder },
    { platform: FOREIGN, emulated: true, when: noEmulator },
  ]
) {
  Deno.test(
    `imageBuild() builds and tests an image for ${platform}, emulated: ${emulated}${when.why}`,
    {
      ignore: when.ignore,
    },
    async () => {
      const tags = [...await contextTags(await helloFiles()), test, [
        "param",
        "platform",
        platform,
      ]];
      const { outcome, content, log } = await run([...tags, ["param", "tag", "hello:1"]]);
      assert.equal(outcome.status, "success", outcome.content);
      assert.equal(outcome.exitCode, 0, log);
      assert.equal(content.summary, "Build: SUCCESS | Tests: 2/2 passed", log);
      assert.equal(content.platform, platform);
      assert.equal(content.emulated, emulated);
      assert.match(log, new RegExp(`Hello from an image for ${platform}`));
      assert.match(log, /ok 2 - it starts a program/);

      const { image } = content;
      assert.match(image!.digest, /^sha256:[0-9a-f]{64}$/);
      assert.equal(image!.layers.length, 1);
      const tar = await gunzipBounded(Uint8Array.fromBase64(content.archive_gzip!), 1 << 20);
      const entries = readTar(tar, { totalBytes: 1 << 20, entries: 100 });
      const sizes = new Map(
        entries.map((entry) => [entry.path, entry.type === "file" ? entry.bytes.length : 0]),
      );
      for (const { digest, size } of image!.layers) {
        assert.equal(sizes.get(`blobs/sha256/${digest.slice(7)}`), size);
      }

      const statement = await openEnvelope(content.statement, signing.pubkey);
      assert.deepEqual(statement?.subject, [{
        name: "hello:1",
        digest: { sha256: image!.digest.slice(7) },
      }]);
      assert.equal(statement?.builderId, `nostr:${signing.pubkey}`);
      assert.equal(statement?.requestId, "1".repeat(64));
      assert.equal(await openEnvelope(content.statement, "1".repeat(64)), null);
    },
  );
}

Deno.test(`imageBuild() gives the exit code of a test that fails, and the image${noBuilder.why}`, {
  ignore: noBuilder.ignore,
}, async () => {
  const { outcome, content } = await run([
    ...await contextTags(await helloFiles()),
    ["param", "test", '["/nothing"]'],
  ]);
  assert.equal(outcome.status, "success");
  assert.notEqual(outcome.exitCode, 0);
  assert.equal(content.summary, "Build: SUCCESS | Tests: failed");
  assert.notEqual(content.image, undefined);
});

Deno.test(`imageBuild() tells of a build that fails, without an image${noBuilder.why}`, {
  ignore: noBuilder.ignore,
}, async () => {
  const { outcome, content, log } = await run([
    ...await contextTags({ "Dockerfile": "FROM scratch\nCOPY nothing /\n" }),
    test,
  ]);
  assert.equal(outcome.status, "success");
  assert.notEqual(outcome.exitCode, 0);
  assert.equal(content.summary, "Build: FAILED");
  assert.equal(content.image, undefined);
  assert.match(log, /nothing/);
});

Deno.test(
  `imageBuild() makes the same image again, also with another provider's layers${noBuilder.why}`,
  {
    ignore: noBuilder.ignore,
  },
  async () => {
    const files = await helloFiles();
    const tags = await contextTags({
      ...files,
      "Dockerfile": `${files.Dockerfile}ARG SOURCE_DATE_EPOCH\nRUN ["/hello", "test"]\n`,
    });
    const epoch = ["param", "build_args", '{"SOURCE_DATE_EPOCH":"1790000000"}'];
    await using layers = await temporaryFolder();
    const digestOf = async (...more: readonly string[][]) => {
      // The next build is in another second.
      await new Promise((resolve) => setTimeout(resolve, 1_000 - Date.now() % 1_000));
      const kept = more.some(([, name]) => name === "cache") ? layers.path : null;
      const { content, log } = await run([...tags, ...more], {}, {}, undefined, kept);
      assert.ok(content.image, log);
      return content.image.digest;
    };
    const plain = await digestOf();
    assert.equal(await digestOf(), plain);
    const timed = await digestOf(epoch);
    assert.notEqual(timed, plain);
    assert.equal(await digestOf(epoch), timed);

    const cache = ["param", "cache", "private"];
    const cached = await digestOf(cache);
    assert.equal(await digestOf(cache), cached);
    const timedLayers = await digestOf(cache, epoch);
    assert.notEqual(timedLayers, cached);
    await Deno.remove(layers.path, { recursive: true });
    await Deno.mkdir(layers.path);
    assert.equal(await digestOf(cache, epoch), timedLayers);
  },
);

Deno.test(`imageBuild() keeps a secret out of log, image and statement${noBuilder.why}`, {
  ignore: noBuilder.ignore,
}, async () => {
  const secret = "b7e1-very-secret-9d3c";
  const tags = [
    ...await contextTags({
      ...await helloFiles(),
      "Dockerfile": "FROM scratch\nARG TARGETARCH\nCOPY bin/hello-${TARGETARCH} /hello\n" +
        `RUN --mount=type=secret,id=token,target=/token ["/hello"]\n`,
    }),
    ["param", "secrets", JSON.stringify({ token: secret })],
  ];
  const open = await run(tags);
  assert.equal(open.outcome.errorCode, "bad_input");
  assert.match(open.outcome.content, /encrypted/);
  assert(!open.outcome.content.includes(secret));

  const { outcome, content, log } = await run(tags, { encrypted: true });
  assert.equal(outcome.exitCode, 0, log);
  const tar = await gunzipBounded(Uint8Array.fromBase64(content.archive_gzip!), 1 << 20);
  const layers = readTar(tar, { totalBytes: 1 << 20, entries: 100 });
  for (const entry of layers) {
    if (entry.type !== "file") continue;
    const bytes = entry.bytes[0] === 0x1f ? await gunzipBounded(entry.bytes, 1 << 20) : entry.bytes;
    assert(!new TextDecoder("latin1").decode(bytes).includes(secret), entry.path);
  }
  const statement = new TextDecoder().decode(Uint8Array.fromBase64(content.statement!.payload));
  assert.match(statement, /"secrets":\["token"\]/);
  for (const text of [log, outcome.content, statement]) assert(!text.includes(secret));
});

Deno.test(
  `imageBuild() runs no step again whose layer it has, for its own buyer alone${noBuilder.why}`,
  { ignore: noBuilder.ignore },
  async () => {
    await using folder = await temporaryFolder();
    const files = await helloFiles();
    const build = async (note: string, cache: string) => {
      const Dockerfile = `${files.Dockerfile}COPY note /note\n`;
      const tags = await contextTags({ ...files, Dockerfile, note });
      const layers = `${folder.path}/layers`;
      const ran = await run([...tags, test, ["param", "cache", cache]], {}, {}, undefined, layers);
      assert.equal(ran.content.summary, "Build: SUCCESS | Tests: 2/2 passed", ran.log);
      return { ...ran, greets: ran.log.includes("Hello from an image") };
    };
    const first = await build("one", "private");
    const second = await build("two", "private");
    assert.deepEqual([first.greets, second.greets], [true, false], second.log);
    assert.notEqual(first.content.image!.digest, second.content.image!.digest);
    const statement = new TextDecoder().decode(
      Uint8Array.fromBase64(second.content.statement!.payload),
    );
    assert.match(statement, /"cache":"private"/);
    assert.equal((await build("three", "shared")).greets, true);
    assert.equal((await build("four", "none")).greets, true);
    assert.equal((await build("five", "private")).greets, true);
  },
);

Deno.test(`imageBuild() builds from a base image that its operator keeps${noBuilder.why}`, {
  ignore: noBuilder.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const base = await run(await contextTags(await helloFiles()));
  const archive = `${folder.path}/base.tar`;
  const tar = await gunzipBounded(Uint8Array.fromBase64(base.content.archive_gzip!), 1 << 20);
  await Deno.writeFile(archive, tar);
  const { outcome, content, log } = await run(
    [
      ...await contextTags({
        "Containerfile": 'ARG OF=base:1\nFROM ${OF}\nCOPY note /note\nRUN ["/hello"]\n' +
          'RUN --mount=type=bind,nosuid,nodev,from=base:1,target=/mounted ["/mounted/hello"]\n',
        "note": "on top",
      }),
      test,
      ["param", "bases", "scratch docker.io/library/base:1"],
    ],
    {},
    { [`base_1.${PLATFORM.replace("/", "_")}.tar`]: archive },
  );
  assert.equal(outcome.exitCode, 0, log);
  assert.equal(content.summary, "Build: SUCCESS | Tests: 2/2 passed", log);
  // The statement names the base by its digest, and the context by its own.
  const statement = JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(content.statement!.payload)),
  );
  const [context, from] = statement.predicate.buildDefinition.resolvedDependencies;
  assert.match(context.digest.sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual(from, {
    name: "base:1",
    digest: { sha256: base.content.image?.digest.slice(7) },
  });
  assert.deepEqual(content.image?.layers[0], base.content.image?.layers[0]);
  assert.equal(content.image?.layers.length, 2);
});
