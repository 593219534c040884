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
