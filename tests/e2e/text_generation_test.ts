/** A provider with a model server sells text (5050): streamed as partial results, with the tokens counted. */
import assert from "node:assert/strict";
import { modelServer } from "../skills/model_server.ts";
import { devHome, type TestHome, testHome, until } from "./process.ts";

let home: Awaited<ReturnType<typeof devHome>>;
let other: TestHome;
Deno.test.beforeAll(async () => {
  [home, other] = await Promise.all([devHome(), testHome()]);
});
Deno.test.afterAll(async () => {
  try {
    await home.run(["node", "down", "--home", other.path]);
    await other[Symbol.asyncDispose]();
  } finally {
    await home[Symbol.asyncDispose]();
  }
});

Deno.test("text-generation: a model server of the operator's is sold, its key is nowhere, its text comes in parts", async () => {
  const feedback = Promise.withResolvers<void>();
  let words = 0;
  // The server sends its last words after the buyer got a part.
  // The server ends when it has said its last words, also when this test fails.
  await using server = modelServer(["Once", " upon", " a", " time", "."], {
    between: () =>
      ++words < 4 ? new Promise((resolve) => setTimeout(resolve, 800)) : feedback.promise,
  });
  using _ended = { [Symbol.dispose]: () => feedback.resolve() };
  const keyFile = `${other.path}/model.key`;
  await Deno.writeTextFile(keyFile, "sk-very-secret\n", { mode: 0o600 });
  for (
    const [key, value] of [
      ["node.model_url", `${server.url}/v1`],
      ["node.model", "tiny"],
      ["node.model_key_file", keyFile],
    ]
  ) await home.json(["config", "set", key, value, "--home", other.path]);
  await home.json(["node", "up", "--network", "dev", "--home", other.path, "--detach"]);
  const ask = ["job", "submit", "text-generation", "--input", "Tell me a story"];
  await until("the announcement", async () => (await home.run([...ask, "--dry-run"])).code === 0);
  const { job_id } = await home.json(ask);
  await until("a partial result", async () => {
    const { status } = await home.json(["job", "status", job_id]);
    return status === "partial";
  });
  feedback.resolve();
  const job = await home.json(["job", "wait", job_id]);
  assert.deepEqual([job.status, job.result.content], ["success", "Once upon a time."]);
  assert.equal(server.asked[0].authorization, "Bearer sk-very-secret");
  const { stdout } = await new Deno.Command("grep", {
    args: ["-rl", "sk-very-secret", other.path],
  }).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), keyFile);
});
