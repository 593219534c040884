/** A provider with a model server sells text (5050): streamed as partial results, with the tokens counted and priced. */
import assert from "node:assert/strict";
import { faultsOf } from "../../commands/json_schemas.ts";
import { modelServer } from "../../skills/model_server.ts";
import { type TestHome, testHome, until } from "../process.ts";
import { home } from "./one_home.ts";

/** Another home, whose provider has these settings; it is stopped in the end. */
async function provider(
  settings: (other: TestHome) => Readonly<Record<string, string>>,
): Promise<TestHome> {
  const other = await testHome();
  for (const [key, value] of Object.entries(settings(other))) {
    await home.json(["config", "set", key, value, "--home", other.path]);
  }
  await home.json(["node", "up", "--network", "dev", "--home", other.path, "--detach"]);
  return {
    ...other,
    async [Symbol.asyncDispose]() {
      await home.run(["node", "down", "--home", other.path]);
      await other[Symbol.asyncDispose]();
    },
  };
}

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
  const keyFile = (folder: string) => `${folder}/model.key`;
  await using other = await provider(({ path }) => {
    Deno.writeTextFileSync(keyFile(path), "sk-very-secret\n", { mode: 0o600 });
    return {
      "node.model_url": `${server.url}/v1`,
      "node.model": "tiny",
      "node.model_key_file": keyFile(path),
    };
  });
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
  assert.equal(new TextDecoder().decode(stdout).trim(), keyFile(other.path));
});

Deno.test("text-generation by tokens: on delivery the used tokens are paid, upfront the most that the request can use", async () => {
  await using server = modelServer(["Once", " upon", " a", " time", "."]);
  await using other = await provider(() => ({
    "node.model_url": `${server.url}/v1`,
    "node.model": "tiny",
    "node.model_input_units": "100000",
    "node.model_output_units": "2000000",
    "node.model_tokens": "64",
  }));
  const asking = ["text-generation", "--input", "Tell me a story", "--param", "max_tokens=20"];
  const deliver = ["--payment", "on-delivery"];
  let quote: Record<string, unknown> = {};
  await until("a quote by tokens", async () => {
    const { code, stdout } = await home.run([
      "job",
      "quote",
      ...asking,
      ...deliver,
      "--output",
      "json",
    ]);
    if (code !== 0) return false;
    [quote] = JSON.parse(stdout).quotes;
    return quote.tokens !== null;
  });
  assert.deepEqual(quote.tokens, {
    input_units: "100000",
    output_units: "2000000",
    // 15 bytes, one for the end of the input, and 64 for the model's format.
    most_input: 80,
    most_output: 20,
  });
  const most = BigInt(String(quote.price_units));
  const shown = await home.json(["provider", "show", String(quote.provider)]);
  assert.deepEqual(faultsOf("provider", shown), []);
  assert.deepEqual(shown.prices.find(({ kind }: { kind: number }) => kind === 5050).tokens, {
    input_units: "100000",
    output_units: "2000000",
    most_output: 64,
  });

  const sold = await home.json(["job", "submit", ...asking, ...deliver, "--wait"]);
  assert.deepEqual(faultsOf("job", sold), []);
  assert.equal(sold.result.content, "Once upon a time.");
  assert.deepEqual(sold.result.tokens, {
    prompt_tokens: 7,
    completion_tokens: 5,
    counted: true,
  });
  // 80 and 20 tokens were quoted, 7 and 5 were used: 0.7 and 10 thousand units.
  const used = most - 8_000n - 40_000n + 700n + 10_000n;
  assert.equal(BigInt(sold.paid.job_units), used);
  const { deposit_units, rest_units } = sold.payment.delivery;
  assert.equal(BigInt(deposit_units) + BigInt(rest_units), used);
  const own = await home.json(["job", "status", sold.job_id, "--home", other.path]);
  assert.equal(BigInt(own.earned_units), used);
  const text = await home.run(["job", "status", sold.job_id]);
  assert.match(text.stdout, /^ +tokens +7 in, 5 out$/m);

  const hidden = await home.json(["job", "submit", ...asking, ...deliver, "--private", "--wait"]);
  assert.deepEqual(hidden.result.tokens, sold.result.tokens);
  const { quote: told } = hidden.payment.delivery;
  const [, , , ...most_of] = told.tags.find(([name]: string[]) => name === "tokens");
  assert.deepEqual(most_of, ["80", "20"]);
  const [, asked] = told.tags.find(([name]: string[]) => name === "amount");
  const least = BigInt(asked) - 8_000n - 40_000n + 700n + 10_000n;
  assert.equal(BigInt(hidden.paid.job_units), least);

  const planned = await home.run(["job", "submit", ...asking, "--dry-run"]);
  assert.match(planned.stdout, /for up to 80 tokens in and 20 out, also if fewer are used/);
  const { quotes } = await home.json(["job", "quote", ...asking, "--window", "30000"]);
  const upfront = await home.json(["job", "submit", ...asking, "--wait"]);
  assert.equal(upfront.paid.job_units, quotes[0].price_units);
  assert.equal(upfront.result.tokens.completion_tokens, 5);
});
