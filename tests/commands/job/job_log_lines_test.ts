import assert from "node:assert/strict";
import { JobLogLines } from "../../../commands/job/job_log_lines.ts";
import { Output } from "../../../shell/output.ts";
import { MemoryIo } from "../memory_io.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const never = new AbortController().signal;

for (
  const { name, log, content, shown } of [
    {
      name: "a log that was whole",
      log: ["one\n", "two\n"],
      content: "one\ntwo\n",
      shown: "one\ntwo\n",
    },
    { name: "what is missing of it", log: ["one\n"], content: "one\ntwo\n", shown: "one\ntwo\n" },
    {
      name: "the whole content where the log was another",
      log: ["lies"],
      content: "one\n",
      shown: "lies\none\n",
    },
    {
      name: "the whole content where the log was longer",
      log: ["one\n", "more\n"],
      content: "one\n",
      shown: "one\nmore\none\n",
    },
    { name: "nothing of a log that came to nothing", log: [], content: "one", shown: "one" },
  ]
) {
  Deno.test(`JobLogLines.content() shows once ${name}`, async () => {
    const io = new MemoryIo();
    const lines = new JobLogLines(new Output(io, { mode: "text", quiet: false, verbose: false }));
    let at = 0;
    const parts = log.map((text) => {
      const part = { offset: at, bytes: encode(text), ended: false, problem: null };
      at += part.bytes.length;
      return part;
    });
    const end = { offset: at, bytes: new Uint8Array(), ended: true, problem: null };
    const ask = () => Promise.resolve(parts.shift() ?? end);
    await lines.show(ask, { follow: true, signal: never });
    await lines.content(content);
    assert.equal(io.out, shown);
  });
}

Deno.test("JobLogLines.content() shows the whole content where another provider's log came first", async () => {
  const io = new MemoryIo();
  const lines = new JobLogLines(new Output(io, { mode: "text", quiet: false, verbose: false }));
  const parts = [
    { offset: 0, bytes: encode("first\n"), ended: false, problem: null },
    { offset: 0, bytes: encode("other\n"), ended: true, problem: null },
  ];
  await lines.show(() => Promise.resolve(parts.shift()!), { follow: true, signal: never });
  await lines.content("other\n");
  assert.equal(io.out, "first\nother\nother\n");
});

for (
  const { name, log, shown } of [
    { name: "what follows the live log", log: "tail\x1b[2J", shown: "one\ntail\\u001b[2J\n" },
    {
      name: "how much is missing between",
      log: "end",
      shown: "one\nt\n[crosstown: 4 bytes are not here]\nend\n",
    },
  ]
) {
  Deno.test(`JobLogLines.rest() shows ${name}`, async () => {
    const io = new MemoryIo();
    const lines = new JobLogLines(new Output(io, { mode: "text", quiet: false, verbose: false }));
    const parts = [encode("one\nt"), encode("")].map((bytes, i) => ({
      offset: i * 5,
      bytes,
      ended: false,
      problem: null,
    }));
    const ask = () => Promise.resolve(parts.shift()!);
    await lines.show(ask, { follow: false, signal: never });
    assert.equal(lines.whole, false);
    await lines.rest(log, 12);
    await lines.end();
    assert.equal(io.out, shown);
  });
}

Deno.test("JobLogLines.show() asks again after a problem while it follows, until it is stopped", async () => {
  const stop = new AbortController();
  const lines = new JobLogLines(
    new Output(new MemoryIo(), { mode: "text", quiet: false, verbose: false }),
  );
  let asked = 0;
  const ask = () => {
    if (++asked === 2) stop.abort();
    return Promise.resolve({ offset: 0, bytes: encode(""), ended: false, problem: "away" });
  };
  await lines.show(ask, { follow: true, signal: stop.signal });
  assert.deepEqual([asked, lines.problem, lines.whole], [2, "away", false]);
});
