import assert from "node:assert/strict";
import { contextTags, helloFiles, noBuilder, PLATFORM } from "./builder_machine.ts";
import { run } from "./image_build_run.ts";

Deno.test(`imageBuild() shares no layers of an encrypted request${noBuilder.why}`, {
  ignore: noBuilder.ignore,
}, async () => {
  const tags = [...await contextTags(await helloFiles()), ["param", "cache", "shared"]];
  const { outcome } = await run(tags, { encrypted: true });
  assert.equal(outcome.errorCode, "bad_input");
});

for (
  const { name, tags, code } of [
    {
      name: "a base image that is not there",
      tags: [["param", "bases", "debian:12"]],
      code: "no_base_image",
    },
    {
      name: "a platform nobody builds for here",
      tags: [["param", "platform", "linux/s390x"]],
      code: "wrong_platform",
    },
    ...["", "-1", "1.5", "01", "9000000001", "now"].map((value) => ({
      name: `${JSON.stringify(value)} as the time of the image`,
      tags: [["param", "build_args", JSON.stringify({ SOURCE_DATE_EPOCH: value })]],
      code: "bad_input",
    })),
    {
      name: "a Containerfile outside of the context",
      tags: [["param", "dockerfile", "../x"]],
      code: "bad_input",
    },
    {
      name: "a Containerfile that is not there",
      tags: [["param", "dockerfile", "x"]],
      code: "bad_input",
    },
    { name: "a tag that is an option", tags: [["param", "tag", "--root=/"]], code: "bad_input" },
    {
      name: "build arguments that are no texts",
      tags: [["param", "build_args", '{"A":1}']],
      code: "bad_input",
    },
  ]
) {
  Deno.test(
    `imageBuild() refuses ${name}${noBuilder.why}`,
    { ignore: noBuilder.ignore },
    async () => {
      const { outcome } = await run([...await contextTags(await helloFiles()), ...tags]);
      assert.equal(outcome.status, "error");
      assert.equal(outcome.errorCode, code, outcome.content);
    },
  );
}

Deno.test(
  `imageBuild() refuses a Containerfile whose base is not there, whatever the request says${noBuilder.why}`,
  {
    ignore: noBuilder.ignore,
  },
  async () => {
    const { outcome } = await run(await contextTags({ "Dockerfile": "FROM debian:12\n" }));
    assert.equal(outcome.errorCode, "no_base_image");
  },
);

for (const [named, code] of [["debian:12", "other_bases"], ["scratch", "other_bases"]]) {
  Deno.test(
    `imageBuild() refuses a Containerfile with another base image than ${named}, which its request named${noBuilder.why}`,
    { ignore: noBuilder.ignore },
    async () => {
      const { outcome } = await run(
        [...await contextTags({ "Dockerfile": "FROM base:1\n" }), ["param", "bases", named]],
        {},
        Object.fromEntries(
          ["base_1", "debian_12"].map((name) => [
            `${name}.${PLATFORM.replace("/", "_")}.tar`,
            "/nowhere.tar",
          ]),
        ),
      );
      assert.equal(outcome.errorCode, code, outcome.content);
    },
  );
}
