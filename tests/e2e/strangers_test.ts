/** The limit of what strangers are paid before their result, as a buyer sees it on a dev network with two providers. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Document, documentOf, network, testHome, until } from "./process.ts";

Deno.test("a provider without history is paid on delivery above the limit for strangers, and upfront when it has delivered", async () => {
  await using home = await testHome();
  const { providers } = await home.json(
    ["dev", "up", "--detach", "--providers", "2", "--jobs", "1", "--wire", network.wire],
    { timeoutMs: 120_000 },
  );
  // Below the price of the large job, and above the deposit of a private one.
  await home.json(["config", "set", "limits.strangers_m2m", "0.035"]);
  const submit = (input: string, ...more: string[]) => [
    ...["job", "submit", "echo", "--input", input, "--wait", ...more],
  ];
  /** On a busy machine no quote may come in time. Then no other mode is possible, and the order is given again. */
  const bought = async (args: readonly string[]) => {
    for (let tries = 1;; tries++) {
      const ended = await home.run([...args, "--output", "json"]);
      if (tries < 5 && ended.stdout.includes('"code":"strangers"')) continue;
      return documentOf(ended);
    }
  };
  // A large request with a small result, which the deposit of a private job covers.
  const large = ["--param", `note=${"long words ".repeat(100)}`];
  const refused = await home.json(submit("hello", ...large, "--payment", "upfront"), { code: 1 });
  assert.equal(refused.error.code, "strangers");
  assert.match(refused.error.message, /with 0\.00 M2M that strangers were paid today/);
  assert.match(refused.error.suggestion, /--payment on-delivery .* --set strangers-day=0\.0/);
  assert.deepEqual((await home.json(["job", "list"])).jobs, [], "nothing was posted");

  // Nobody can be challenged, since all are strangers, and the job is done once.
  const sealed = await bought(submit("hello", ...large, "--challenge", "1"));
  assert.deepEqual([sealed.status, sealed.payment.mode], ["success", "on-delivery"]);
  assert.equal(sealed.verification, undefined);
  const again = await home.json(submit("hello", ...large, "--challenge", "1"));
  assert.deepEqual([again.job_id, again.existing], [sealed.job_id, true]);

  const known = await home.json(submit("hello"));
  assert.deepEqual([known.status, known.payment.mode], ["success", "upfront"]);
  assert.equal(known.provider, sealed.provider, "nobody else fits");

  // The deposit of the first job leaves no room for another stranger, in any mode.
  const second = providers.find((each: string) => each !== sealed.provider);
  const named = submit("hello", "--provider", second);
  const other = await home.json(named, { code: 1 });
  assert.equal(other.error.code, "strangers");
  await home.json(["config", "unset", "limits.strangers_m2m"]);
  assert.equal((await home.json(named)).payment.mode, "upfront");

  // Nobody waits for these answers, and no daemon runs: the command that shows them makes them history.
  const two = ["job", "submit", "echo", "--input", "both", "--verify", "2of2"];
  const both = await home.json(two);
  const decided: Document = await until("two equal answers", async () => {
    const { verification } = await home.json(["job", "status", both.job_id]);
    return verification.state === "agreed" && verification;
  });
  using own = new DatabaseSync(`${home.path}/hooks/mayor-001/crosstown/state.db`, {
    readOnly: true,
  });
  const outcome = own.prepare("SELECT outcome FROM provider_payments WHERE job_id = ?");
  const outcomes = decided.agreed.map(({ job_id }: Document) => outcome.get(job_id)?.outcome);
  assert.deepEqual(outcomes, ["delivered", "delivered"]);
});
