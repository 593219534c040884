import assert from "node:assert/strict";
import { askedPassphrase, forgetSecrets, givenSecret } from "../../../shell/home/wallet_secret.ts";
import { Interrupted } from "../../../shell/errors.ts";
import { MemoryIo } from "../../commands/memory_io.ts";

/** Standard input with this text, which nobody closes. */
function openPipe(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => text && controller.enqueue(new TextEncoder().encode(text)),
  });
}

const STDIN = { file: undefined, descriptor: "0", flag: "passphrase" };

Deno.test("givenSecret() takes the first line of a standard input that nobody closes", async () => {
  const io = new MemoryIo();
  io.stdin = openPipe("open sesame\nand more");
  const { signal } = new AbortController();
  assert.deepEqual(await givenSecret({ io, signal }, STDIN), { text: "open sesame" });
  // Asked again by another part of the same command.
  assert.deepEqual(await givenSecret({ io, signal }, STDIN), { text: "open sesame" });
});

Deno.test("givenSecret() gives the wait for a line up when the command is told to stop", async () => {
  const io = new MemoryIo();
  io.stdin = openPipe("");
  const stop = new AbortController();
  const waiting = givenSecret({ io, signal: stop.signal }, STDIN);
  stop.abort(new Interrupted("SIGTERM"));
  await assert.rejects(waiting, { code: "interrupted", exitCode: 143 });
});

Deno.test("givenSecret() refuses a line above 4096 bytes, and says how a secret is given", async () => {
  const io = new MemoryIo();
  io.stdin = openPipe("a".repeat(4_097));
  const { signal } = new AbortController();
  await assert.rejects(givenSecret({ io, signal }, STDIN), {
    message: "Cannot read the passphrase: more than 4096 bytes",
    suggestion: "give the secret in the first line",
  });
});

Deno.test("forgetSecrets() forgets typed and piped secrets: the next use asks again, and a pipe has no second line", async () => {
  const io = new MemoryIo();
  io.answers = ["first", "second"];
  io.stdin = openPipe("a line\n");
  const { signal } = new AbortController();
  assert.deepEqual(await askedPassphrase({ io, signal }), { text: "first" });
  assert.deepEqual(await askedPassphrase({ io, signal }), { text: "first" });
  await givenSecret({ io, signal }, STDIN);
  forgetSecrets(io);
  assert.deepEqual(await askedPassphrase({ io, signal }), { text: "second" });
  await assert.rejects(givenSecret({ io, signal }, STDIN), /standard input holds one secret/);
});

Deno.test({
  name: "givenSecret() gives the wait for a descriptor's pipe up when the command is told to stop",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [path] }).output();
    // Held open for writing by this process, so that it does not end.
    const pipe = await Deno.open(path, { read: true, write: true });
    const { stdout } = await new Deno.Command("ls", { args: ["-l", `/proc/${Deno.pid}/fd`] })
      .output();
    const [, descriptor] = new RegExp(` (\\d+) -> ${path}\\n`)
      .exec(new TextDecoder().decode(stdout))!;
    const stop = new AbortController();
    const flags = { ...STDIN, descriptor };
    const waiting = givenSecret({ io: new MemoryIo(), signal: stop.signal }, flags);
    stop.abort(new Interrupted("SIGINT"));
    await assert.rejects(waiting, { code: "interrupted", exitCode: 130 });
    // The read that was given up ends with it.
    pipe.close();
    await Deno.remove(folder, { recursive: true });
  },
});
