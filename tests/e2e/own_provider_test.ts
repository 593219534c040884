/** A provider of another home on a dev network: jobs for its skill are bought, also when it is gone. */
import assert from "node:assert/strict";
import { killTogether } from "./alive.ts";
import { devHome, type Document, startMayor, type TestHome, testHome, until } from "./process.ts";
import { openState } from "./state_db.ts";

const SKILLS = new URL("../../fixtures/skills/", import.meta.url).pathname;
/** Below the price of the network's own provider, so that it is chosen while it is there. */
const CONFIG = "[node]\nprice_units = 1000\n";

let home: Awaited<ReturnType<typeof devHome>>;
let other: TestHome;
let own = "";

/** Works on the other home; the network is found as a user's would be, by `GASTOWN_HOME`. */
const there = (args: readonly string[]): Promise<Document> =>
  home.json([...args, "--network", "dev", "--home", other.path]);
const submit = (args: readonly string[], code = 0): Promise<Document> =>
  home.json(["job", "submit", ...args, "--again", "--wait"], { code });
const echo = (input: string, ...more: string[]) => submit(["echo", "--input", input, ...more]);

Deno.test.beforeAll(async () => {
  [home, other] = await Promise.all([devHome({ mayor: true }), testHome()]);
  await Deno.writeTextFile(`${other.path}/crosstown.toml`, CONFIG);
  own = (await there(["node", "up", "--detach"])).pubkey;
});
Deno.test.afterAll(async () => {
  try {
    await home.run(["node", "down", "--home", other.path]);
    await other[Symbol.asyncDispose]();
  } finally {
    await home[Symbol.asyncDispose]();
  }
});

Deno.test("node up --network dev --home OTHER is funded, has a route and a channel, and is bought from by its key", async () => {
  const status = await there(["node", "status"]);
  assert.equal(status.ilp_address, "test.dev.guest-1");
  assert.match(status.kinds, /\b5600\b/);
  const { cpu_bytes_s } = await there(["node", "benchmark"]);
  assert.ok(cpu_bytes_s > 0);
  const job = await echo("mine", "--provider", own);
  assert.deepEqual([job.status, job.provider, job.result.content], ["success", own, "mine"]);
  assert.deepEqual(job.tried, []);
  const { parties, minted_units, in_channels_units } = await home.json(["dev", "balances"]);
  const guest = parties.find(({ party }: Document) => party === "guest-1");
  assert.equal(guest.granted_units, "100000000");
  assert.ok(BigInt(guest.units) < BigInt(guest.granted_units), "it has deposited");
  const held = parties.reduce((sum: bigint, { units }: Document) => sum + BigInt(units), 0n);
  assert.equal(String(held + BigInt(in_channels_units)), minted_units);
});

Deno.test("node up refuses the dev network's own home, and a home without a network to join", async () => {
  for (const args of [["up", "--network", "dev", "--detach"], ["up", "--detach"], ["run"]]) {
    const buyer = await home.json(["node", ...args], { code: 1 });
    assert.equal(buyer.error.code, "own_dev_network", args.join(" "));
  }
  const alone = await other.json(
    ["node", "up", "--network", "dev", "--detach", "--home", `${other.path}/none`],
    { code: 1, env: { GASTOWN_HOME: `${other.path}/neither` } },
  );
  assert.equal(alone.error.code, "not_up");
});

/** A skill whose result must match a schema. */
async function counter(name: string, kind: number, output: string, command: string): Promise<void> {
  const folder = `${other.path}/drafts/${name}`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/SKILL.md`,
    `---\nname: ${name}\ndescription: Counts. Use in a test.\nlicense: MIT\nmetadata: {crosstown: skill.toml}\n---\n`,
  );
  await Deno.writeTextFile(
    `${folder}/skill.toml`,
    `kinds = [${kind}]\n[price]\nflat_units = 200000\n[limits]\noutput_bytes = 1000000\n[output]\n${output}\n[run]\nrunner = "command"\ncommand = ["sh", "-c", ${
      JSON.stringify(command)
    }]\n`,
  );
  await there(["skill", "approve", folder]);
}

Deno.test("job submit ends as bad_result when a result does not match the schema that its provider announced, and keeps it", async () => {
  await Deno.writeTextFile(`${other.path}/crosstown.toml`, "");
  // Its schema is too long for the announcement.
  await counter("three", 5651, `type = "integer"\ntitle = "${"x".repeat(600)}"`, "echo 3");
  await counter("many", 5652, 'type = "string"\nmaxLength = 500000', "seq 1 30000");
  const [three, many] = [["three", 5651], ["many", 5652]].map(([type, kind]) => [
    ...[String(type), "--kind", String(kind), "--provider", own, "--input", "x"],
  ]);
  for (const command of [three, many]) {
    await until("its announcement", async () => {
      const { code } = await home.run(["job", "submit", ...command, "--dry-run"]);
      return code === 0;
    });
  }
  const { schemas } = await until("the text of its long schema", async () => {
    const shown: Document = await home.json(["provider", "show", own]);
    const found = shown.schemas.filter(({ kind }: Document) => kind === 5651);
    return found.length === 1 && found[0].schema !== null && shown;
  });
  assert.deepEqual(
    schemas.filter(({ kind }: Document) => kind >= 5651).map(({ kind, of, schema }: Document) => [
      ...[kind, of, schema.type, schema.title?.length ?? null],
    ]).sort(),
    [[5651, "output", "integer", 600], [5652, "output", "string", null]],
  );
  const good = await submit(three);
  assert.deepEqual([good.status, good.result.content], ["success", "3\n"]);
  const large = await submit(many);
  assert.deepEqual([large.status, large.result.content.length], ["success", 168_894]);
  // From now on the buyer expects what this provider does not give, as if the provider had announced it.
  using db = openState(home);
  db.exec(`CREATE TRIGGER expect_less AFTER INSERT ON result_schemas BEGIN
    UPDATE result_schemas SET schema = '{"type":"integer","maximum":2}' WHERE job_id = NEW.job_id;
  END`);
  try {
    const small = await submit(three, 1);
    assert.deepEqual([small.status, small.error.code], ["error", "bad_result"]);
    assert.match(small.error.message, /announced: it must be at most 2$/);
    assert.equal(small.result.content, "3\n");
    const fetched = await submit(many, 1);
    assert.deepEqual([fetched.status, fetched.error.code], ["error", "bad_result"]);
    assert.match(fetched.error.message, /announced: it must be JSON$/);
    assert.equal(fetched.result.content.length, 168_894);
    for (const { job_id: id } of [small, fetched]) {
      const later = await home.json(["job", "results", id], { code: 1 });
      assert.deepEqual([later.status, later.error.code], ["error", "bad_result"]);
    }
    const { parts } = await home.json(["provider", "trust", own]);
    const went = (id: string) => parts.find((part: Document) => part.job_id === id).went;
    assert.deepEqual([good, large, small, fetched].map(({ job_id }) => went(job_id)), [
      ...["well", "well", "badly", "badly"],
    ]);
  } finally {
    db.exec("DROP TRIGGER expect_less");
    await Deno.writeTextFile(`${other.path}/crosstown.toml`, CONFIG);
  }
});

Deno.test("a job whose result does not match its schema goes to the next provider, which is paid by its own quote, within the bid", async () => {
  await Deno.writeTextFile(`${other.path}/crosstown.toml`, "");
  await echo("makes the home's store");
  using db = openState(home);
  // Whichever provider is first is expected to give a number, as if it had announced that.
  db.exec(`CREATE TRIGGER expect_number AFTER INSERT ON job_failover BEGIN
    INSERT INTO result_schemas (job_id, provider, schema)
      SELECT job_id, provider, '{"type":"integer"}' FROM jobs
      WHERE job_id = NEW.job_id AND role = 'buyer';
  END`);
  try {
    for (const mode of ["upfront", "on-delivery"]) {
      const args = ["echo", "--input", `text ${mode}`, "--bid", "0.5", "--payment", mode];
      const bought = async (): Promise<Document> => {
        const options = ["--again", "--wait", "--output", "json"];
        return JSON.parse((await home.run(["job", "submit", ...args, ...options])).stdout);
      };
      let job = await bought();
      // A busy machine may give no quote within two seconds.
      for (let tries = 1; (job.payment?.quote_id ?? null) === null && tries < 5; tries++) {
        job = await bought();
      }
      assert.deepEqual([job.status, job.result.content], ["success", `text ${mode}`], mode);
      assert.equal(job.payment.mode, mode);
      assert.match(job.payment.quote_id, /^[0-9a-f]{64}$/);
      const [bad] = job.tried;
      assert.deepEqual([job.tried.length, bad.code], [1, "bad_result"]);
      assert.notEqual(bad.provider, job.provider);
      assert.ok(BigInt(bad.paid_units) > 0n);
      assert.ok(BigInt(job.spent_units) <= 500_000n, job.spent_units);
      const { parts } = await home.json(["provider", "trust", bad.provider]);
      const part = parts.find((each: Document) => each.job_id === job.job_id);
      assert.deepEqual([part.went, part.passed_on], ["badly", "bad_result"]);
    }
  } finally {
    db.exec("DROP TRIGGER expect_number");
    // Both are chosen as before when they have given a good result.
    for (const each of [own, ...home.network.providers]) await echo("well", "--provider", each);
    await Deno.writeTextFile(`${other.path}/crosstown.toml`, CONFIG);
  }
});

Deno.test("job submit of a custom kind beside mayor up accepts the result of a skill that was added meanwhile", async () => {
  await home.run(["mayor", "down"]);
  await home.json(["mayor", "up", "--detach"]);
  try {
    await there(["skill", "approve", `${SKILLS}word-count`]);
    await until("its announcement", async () => {
      const { code } = await home.run([
        ...["job", "submit", "word-count", "--kind", "5650", "--input", "x", "--dry-run"],
      ]);
      return code === 0;
    });
    const order = ["--kind", "5650", "--input", "three little words", "--timeout", "60"];
    const job = await submit(["word-count", ...order]);
    assert.deepEqual([job.status, job.provider], ["success", own]);
    assert.equal(job.result.content, '{"words":3}\n');
  } finally {
    await home.json(["mayor", "down"]);
  }
});

/** A durable job with the other home's quote, whose command was killed before it paid. */
async function quotedAndUnpaid(): Promise<Document> {
  const seen: unknown[] = [];
  for (let tries = 0; tries < 40; tries++) {
    const killed = home.start(["job", "submit", "echo", "--input", crypto.randomUUID()]);
    const [, id] = await killed.seen(/(job-[0-9a-f]+): created/);
    killed.kill("SIGKILL");
    await killed.ended;
    const job = await home.json(["job", "status", id]);
    // On a machine under load it may have gone on for too long before it died.
    const unpaid = job.status === "created" || job.status === "posted";
    seen.push([job.status, job.provider, job.payment.quote_id, job.in_doubt.length]);
    if (!unpaid || job.provider !== own || job.in_doubt.length > 0) continue;
    // Nor may its quote have come in time.
    if (job.payment.quote_id !== null) return job;
  }
  return assert.fail(
    `no job was killed between its quote and its payment: ${JSON.stringify(seen)}`,
  );
}

Deno.test("job submit asks the next provider within the bid when the chosen one was killed, and says who was tried", async () => {
  const quoted = await quotedAndUnpaid();
  assert.match(quoted.payment.quote_id, /^[0-9a-f]{64}$/);
  killTogether(await other.processes());
  await until("its session to be gone", async () => {
    const { connector } = await home.json(["dev", "status"]);
    return connector.sessions.every(({ username }: Document) => username !== "guest-1");
  });
  const job = await home.json(["job", "wait", quoted.job_id]);
  const [provider] = home.network.providers;
  assert.deepEqual([job.job_id, job.status, job.provider], [quoted.job_id, "success", provider]);
  assert.notEqual(job.event_id, quoted.event_id, "the request names another provider");
  assert.deepEqual(
    job.tried.map((each: Document) => [each.provider, each.event_id, each.code, each.paid_units]),
    [[own, quoted.event_id, "T01", "0"]],
  );
  assert.ok(BigInt(job.paid.job_units) > 1_000n, "the price of the next one");
});

Deno.test("job submit buys of the next provider when the cheapest was killed, and its announcement alone is left", async () => {
  const [provider] = home.network.providers;
  killTogether(await other.processes());
  await until("its session to be gone", async () => {
    const { connector } = await home.json(["dev", "status"]);
    return connector.sessions.every(({ username }: Document) => username !== "guest-1");
  });
  // Its announcement is still there and is the cheapest, but it gives no quote.
  const job = await echo("next");
  assert.deepEqual([job.status, job.provider, job.tried], ["success", provider, []]);
  // No other provider is that cheap: the job waits until its deadline, and nobody is paid.
  const poor = await submit(["echo", "--input", "poor", "--bid", "0.009", "--timeout", "5"], 1);
  assert.deepEqual([poor.provider, poor.paid?.job_units], [own, "0"], JSON.stringify(poor));
  assert.deepEqual(
    poor.tried.map(({ provider, code, paid_units }: Document) => [provider, code, paid_units]),
    [],
  );
});

Deno.test("node up brings a provider back, and node down withdraws it: the next job goes to another one at once", async () => {
  await startMayor(home);
  await there(["node", "up", "--detach"]);
  await until("its figures", async () => {
    const { offer: { benchmark } } = await home.json(["provider", "show", own]);
    return benchmark?.cpu_bytes_s > 0;
  });
  // A payment to it was refused, so it is asked last until it accepts one.
  await until("its new announcement", async () => {
    const named = ["job", "submit", "echo", "--input", "back", "--again", "--provider", own];
    return (await home.run([...named, "--wait"])).code === 0;
  });
  assert.equal((await echo("first again")).provider, own);
  await home.json(["node", "down", "--home", other.path]);
  const job = await echo("after");
  const [provider] = home.network.providers;
  assert.deepEqual([job.status, job.provider, job.tried], ["success", provider, []]);
  const gone = await submit(["echo", "--input", "gone", "--provider", own], 1);
  assert.equal(gone.error.code, "no_provider");
  await home.run(["mayor", "down"]);
});

// The last test here: the network is another one after it.
Deno.test("node status of a home that joined says that its network is down, and names the one that is up", async () => {
  await there(["node", "up", "--detach"]);
  const status = async () => (await home.json(["node", "status", "--home", other.path])).problem;
  assert.equal(await status(), undefined);
  const { relay_url: before } = await home.json(["dev", "status"]);
  await home.json(["dev", "down"]);
  const down = await status();
  assert.equal(down.code, "other_network");
  assert.match(down.message, /^the node joined a dev network of .+ that is down$/);
  assert.match(down.suggestion, /after 'crosstown dev up --detach' in .+ joins again$/);
  // A new network at the same address: the connector that paid the node is gone.
  const port = new URL(before).port;
  await home.json(["dev", "up", "--detach", "--relay-port", port]);
  const another = await status();
  assert.ok(another.message.endsWith(`the one that is up there is at ${before}`), another.message);
  assert.match(another.suggestion, /node down .+, then 'crosstown node up --network dev --home/);
});
