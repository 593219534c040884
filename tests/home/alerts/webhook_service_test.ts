import assert from "node:assert/strict";
import { definition } from "../../../home/alerts/webhook_service.ts";

const TOKEN = "s3cr3t";

/** A host that gives these answers one after another, and then repeats the last one. */
function host(...answers: (() => Response)[]) {
  const bodies: unknown[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      bodies.push(await request.json());
      return answers[Math.min(bodies.length, answers.length) - 1]();
    },
  );
  return {
    bodies,
    url: `http://127.0.0.1:${server.addr.port}/${TOKEN}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const status = (code: number, headers: Record<string, string> = {}) => () =>
  new Response(null, { status: code, headers });

/** The message of its rejection, which must not contain the token. */
async function refused(url: string): Promise<string> {
  const { post } = await definition.start({ url });
  const error = await post({ text: "x" }).then(() => null, (error: Error) => error);
  assert.ok(error !== null, "it rejects");
  assert.ok(!`${error.stack} ${error.cause ?? ""}`.includes(TOKEN), `${error.stack}`);
  return error.message;
}

Deno.test("webhook posts the document once if it is accepted, and again if the host is busy", async () => {
  await using taking = host(status(204));
  const { post } = await definition.start({ url: taking.url });
  await post({ alert: "low_balance" });
  assert.deepEqual(taking.bodies, [{ alert: "low_balance" }]);
  await using busy = host(status(503), status(200));
  await (await definition.start({ url: busy.url })).post({ alert: "x" });
  assert.equal(busy.bodies.length, 2);
});

Deno.test("webhook follows no redirect, and does not try again after a refusal", async () => {
  await using other = host(status(200));
  await using redirecting = host(status(307, { location: other.url }));
  assert.match(await refused(redirecting.url), /^the webhook at 127\.0\.0\.1:\d+ answered 307$/);
  assert.equal(other.bodies.length, 0);
  await using refusing = host(status(404));
  assert.match(await refused(refusing.url), /answered 404$/);
  assert.equal(refusing.bodies.length, 1);
});

Deno.test("webhook names only the host if nobody answers", async () => {
  const gone = host(status(200));
  await gone[Symbol.asyncDispose]();
  assert.match(await refused(gone.url), /^the webhook at 127\.0\.0\.1:\d+ does not answer$/);
});
