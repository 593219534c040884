/** One trace a job, as a collector gets it from three processes: the buyer's daemon, the connector's network and the provider. */
import assert from "node:assert/strict";
import { testHome, until } from "./process.ts";

const TOKEN = "s3cr3t-token-of-the-collector";
const WORDS = "words-of-the-input-that-nobody-else-sees";

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number };
  /** `service.instance.id` of the process that sent it. */
  readonly from: string;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

/** A collector on this machine. */
function collector() {
  const bodies: string[] = [];
  const spans: SentSpan[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      assert.equal(new URL(request.url).pathname, `/${TOKEN}/v1/traces`);
      assert.equal(request.headers.get("content-type"), "application/json");
      const body = await request.text();
      bodies.push(body);
      for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
        const from = resource.attributes.find(({ key }: Attribute) => key === "service.instance.id")
          .value.stringValue;
        for (const { spans: sent } of scopeSpans) {
          spans.push(...sent.map((span: SentSpan) => ({ ...span, from })));
        }
      }
      return new Response("{}");
    },
  );
  return {
    bodies,
    spans,
    url: `http://127.0.0.1:${server.addr.port}/${TOKEN}/v1/traces`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("tracing.endpoint: buyer, connector and provider send the spans of a job under one trace, without its content", async () => {
  await using traces = collector();
  await using home = await testHome();
  const settings = `[tracing]\nendpoint = "${traces.url}"\n`;
  await Deno.writeTextFile(`${home.path}/crosstown.toml`, settings);
  await home.json(["dev", "up", "--detach"]);
  await home.json(["mayor", "up", "--detach"]);
  const job = await home.json(["job", "submit", "echo", "--input", WORDS, "--wait"]);
  assert.equal(job.status, "success");

  const traceId = job.event_id.slice(0, 32);
  const names = () => traces.spans.filter((span) => span.traceId === traceId);
  const wanted = ["job 5600", "payment job", "work 5600", "connector write", "connector forward"];
  const spans = await until("all spans of the job", () => {
    const found = names();
    const ids = new Set(found.map(({ spanId }) => spanId));
    // Each process sends its own when it has some: a parent may come after its children.
    const isWhole = found.every(({ parentSpanId: of }) => of === undefined || ids.has(of));
    const names_ = found.map(({ name }) => name);
    // The provider pays for the write of its result after the end of its job.
    const isAnswered = found.some(({ name, from }) =>
      name === "payment write" && from.startsWith("node-")
    );
    return Promise.resolve(
      isWhole && isAnswered && wanted.every((name) => names_.includes(name)) && found,
    );
  });
  const processes = new Set(spans.map(({ from }) => from));
  assert.equal(processes.size, 3, [...processes].join());
  for (const role of ["mayor", "node", "connector"]) {
    assert.ok([...processes].some((from) => from.startsWith(`${role}-`)), role);
  }
  // Every span belongs to the buyer's, which is the only one without a parent.
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  assert.deepEqual(roots.map(({ name }) => name), ["job 5600"]);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  assert.equal(ids.size, spans.length, "each is sent once");
  for (const { name, parentSpanId, startTimeUnixNano, endTimeUnixNano, status } of spans) {
    assert.ok(parentSpanId === undefined || ids.has(parentSpanId), name);
    assert.ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano), name);
    assert.equal(status.code, 1, name);
  }
  const paid = spans.filter(({ name }) => name === "payment job");
  assert.equal(paid.length, 1);
  assert.ok(BigInt(paid[0].startTimeUnixNano) < BigInt(paid[0].endTimeUnixNano));

  // Neither content nor keys nor the collector's token are in what was sent, nor the token in what the program prints.
  const all = traces.bodies.join("\n");
  for (const secret of [WORDS, TOKEN, job.provider, job.payment.fulfillment]) {
    assert.ok(!all.includes(secret), secret);
  }

  // The buyer's daemon sends to another collector as soon as the file names it. The other processes keep theirs.
  await using other = collector();
  const digest = async () => (await home.json(["mayor", "status"])).settings.file_sha256;
  const earlier = await digest();
  await Deno.writeTextFile(
    `${home.path}/crosstown.toml`,
    `[tracing]\nendpoint = "${other.url}"\n`,
  );
  await until("the mayor's look at the file", async () => await digest() !== earlier);
  const { event_id } = await home.json([
    ...["job", "submit", "echo", "--input", WORDS, "--again", "--wait"],
  ]);
  const later = await until("the buyer's span elsewhere", () => {
    const found = other.spans.filter(({ traceId }) => traceId === event_id.slice(0, 32));
    return Promise.resolve(found.some(({ name }) => name === "job 5600") && found);
  });
  assert.ok(later.every(({ from }) => from.startsWith("mayor-")));
  const before = traces.spans.filter(({ traceId }) => traceId === event_id.slice(0, 32));
  assert.ok(before.every(({ from }) => !from.startsWith("mayor-")));
  const { stdout, stderr } = await home.run(["config"]);
  assert.ok(!`${stdout}${stderr}`.includes(TOKEN));
  const log = await home.run(["logs"]);
  assert.ok(!log.stdout.includes(TOKEN));
});
