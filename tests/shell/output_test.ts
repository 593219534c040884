import assert from "node:assert/strict";
import { styleText } from "node:util";
import { Given } from "../../shell/given.ts";
import { glance } from "../../shell/globals.ts";
import { outputStream } from "../../shell/io.ts";
import { alignedText, csvText, jsonText, Output, printable } from "../../shell/output.ts";
import { MemoryIo } from "../commands/memory_io.ts";

const options = { mode: "text", quiet: false, verbose: false } as const;

Deno.test("Output.document() prints text, JSON with amounts as strings, or CSV", async () => {
  for (
    const { mode, expected } of [
      { mode: "text", expected: "8750 units\n" },
      {
        mode: "json",
        expected: '{"schema":"job/1","job_id":"job-5abc123","units":"8750"}\n',
      },
      { mode: "csv", expected: "job_id,units\r\njob-5abc123,8750\r\n" },
    ] as const
  ) {
    const io = new MemoryIo();
    const output = new Output(io, { ...options, mode });
    await output.document("job", { job_id: "job-5abc123", units: 8750n }, "8750 units");
    assert.equal(io.out, expected);
    assert.equal(io.err, "");
  }
});

Deno.test("Output writes remarks neither to standard output nor into JSON", async () => {
  const io = new MemoryIo();
  const text = new Output(io, options);
  await text.note("note");
  await text.detail("only with --verbose");
  await text.warn("careful");
  await new Output(io, { ...options, quiet: true }).note("quiet");
  const json = new Output(io, { ...options, mode: "json", verbose: true });
  await json.note("not in JSON mode");
  await json.line("nor this");
  await json.detail("verbose");
  assert.equal(io.out, "");
  assert.equal(io.err, "note\nWarning: careful\nverbose\n");
});

Deno.test("Output.progress() replaces its line on a terminal, and prints nothing elsewhere", async () => {
  const shown = async (more: object, terminal = true, variables = {}) => {
    const io = new MemoryIo();
    Object.assign(io, { terminal, variables, columns: 20 });
    const output = new Output(io, { ...options, ...more });
    await output.progress("1.0 of 2.0 MB, which is longer than the screen");
    await output.progress("");
    assert.equal(io.out, "");
    return io.err;
  };
  assert.equal(await shown({}), "\r\x1b[K1.0 of 2.0 MB, whic\r\x1b[K");
  assert.equal(await shown({}, true, { NO_COLOR: "1" }), "\r\x1b[K1.0 of 2.0 MB, whic\r\x1b[K");
  assert.equal(await shown({}, false), "");
  assert.equal(await shown({}, true, { TERM: "dumb" }), "");
  assert.equal(await shown({ quiet: true }), "");
  assert.equal(await shown({ mode: "json" }), "");
});

Deno.test("Output begins a remark on a line of its own where a log is printed on the same screen, and only there", async () => {
  for (const terminal of [true, false]) {
    const io = new MemoryIo();
    io.terminal = terminal;
    const output = new Output(io, options);
    const log = (text: string) => output.bytes(new TextEncoder().encode(text));
    await log("whole\n");
    await output.note("first");
    await log("a part");
    await output.note("second");
    await output.note("third");
    await log(" and its end\n");
    await output.note("fourth");
    assert.equal(io.out, "whole\na part and its end\n");
    assert.equal(io.err, `first\n${terminal ? "\n" : ""}second\nthird\nfourth\n`);
  }
});

Deno.test("Output.style() makes what styleText() of node:util makes", () => {
  const io = new MemoryIo();
  io.terminal = true;
  const output = new Output(io, options);
  for (const style of ["bold", "dim", "red", "green", "yellow", "cyan"] as const) {
    const expected = styleText(style, "a text", { validateStream: false });
    assert.deepEqual(
      [output.style(style, "a text"), output.styleError(style, "a text")],
      [expected, expected],
    );
  }
});

Deno.test("Output writes in order, even if nobody awaits", async () => {
  const io = new MemoryIo();
  const output = new Output(io, options);
  for (let i = 0; i < 5; i++) void output.line(String(i));
  await output.flush();
  assert.equal(io.out, "0\n1\n2\n3\n4\n");
});

Deno.test("Output.style() colours on a terminal alone, and never with NO_COLOR", () => {
  const coloured = (change: (io: MemoryIo) => void) => {
    const io = new MemoryIo();
    change(io);
    return new Output(io, options).style("red", "x") !== "x";
  };
  assert.equal(coloured(() => {}), false);
  assert.equal(coloured((io) => io.terminal = true), true);
  assert.equal(
    coloured((io) => {
      io.terminal = true;
      io.variables.NO_COLOR = "1";
    }),
    false,
  );
  assert.equal(
    coloured((io) => {
      io.terminal = true;
      io.env = () => {
        throw new Deno.errors.NotCapable("env");
      };
    }),
    true,
  );
});

Deno.test("csvText() quotes, doubles quotes, and disarms formulas but not numbers", () => {
  assert.equal(
    csvText([{ a: 'x,"y"\n', b: null, c: "=HYPERLINK(1)", d: "-5", e: -5n, f: "@x", g: true }]),
    'a,b,c,d,e,f,g\r\n"x,""y""\n",,\'=HYPERLINK(1),-5,-5,\'@x,true\r\n',
  );
  assert.equal(csvText([]), "");
});

Deno.test("jsonText() writes every bigint as a decimal string", () => {
  assert.equal(
    jsonText({ a: [2n ** 70n], b: { c: -1n } }),
    '{"a":["1180591620717411303424"],"b":{"c":"-1"}}',
  );
});

Deno.test("printable() escapes characters that move the cursor, set a title or reverse text", () => {
  assert.equal(printable("a\tb\nc"), "a\tb\nc");
  assert.equal(
    printable("\u001b[2J\u009b\r\u0000\u007f\u202e"),
    "\\u001b[2J\\u009b\\u000d\\u0000\\u007f\\u202e",
  );
});

Deno.test("alignedText() aligns by two spaces and leaves no blanks at the end", () => {
  assert.equal(alignedText([["a", "long", "x"], ["bbb", "c", ""]]), "a    long  x\nbbb  c");
});

/** A writer with the given answers: how many bytes it accepts, or what it throws. */
function writer(answers: (number | Error)[]) {
  const taken: number[] = [];
  return {
    taken,
    isTerminal: () => false,
    write(bytes: Uint8Array) {
      const answer = answers.shift() ?? bytes.length;
      if (answer instanceof Error) return Promise.reject(answer);
      taken.push(...bytes.subarray(0, answer));
      return Promise.resolve(Math.min(answer, bytes.length));
    },
  };
}

Deno.test("outputStream() continues after a partial write and a busy pipe", async () => {
  const to = writer([1, new Deno.errors.WouldBlock("busy"), 1]);
  await outputStream(to, () => assert.fail()).write(Uint8Array.of(1, 2, 3));
  assert.deepEqual(to.taken, [1, 2, 3]);
});

for (
  const { name, error } of [
    { name: "a pipe whose reader went", error: new Deno.errors.BrokenPipe("gone") },
    { name: "a terminal that was closed", error: new Error("Input/output error (os error 5)") },
  ]
) {
  Deno.test(`outputStream() drops what nobody reads any more, and says so once: ${name}`, async () => {
    let told = 0;
    const to = writer([error]);
    const stream = outputStream(to, () => told++);
    await stream.write(Uint8Array.of(1));
    await stream.write(Uint8Array.of(2));
    assert.equal(told, 1);
    assert.deepEqual(to.taken, []);
  });
}

Deno.test("outputStream() passes on any other error", async () => {
  const stream = outputStream(writer([new Deno.errors.BadResource("x")]), () => {});
  await assert.rejects(stream.write(Uint8Array.of(1)), Deno.errors.BadResource);
});

Deno.test("Given.integer() accepts whole numbers in range and says what is wrong with others", () => {
  const given = new Given(
    { n: "7", big: "70000", bad: "7.5", empty: "", hex: "0x7" },
    (name) => `--${name}`,
  );
  const range = { min: 1, max: 65_535 };
  assert.equal(given.integer("n", range), 7);
  assert.equal(given.integer("missing", range), undefined);
  for (const name of ["big", "bad", "empty", "hex"]) {
    assert.throws(() => given.integer(name, range), {
      name: "UsageError",
      message: new RegExp(`^--${name} must be a whole number from 1 to 65535 \\(got `),
    });
  }
  assert.throws(() => given.required("missing"), { message: "--missing is missing" });
});

Deno.test("glance() tells words from flags and their values", () => {
  assert.deepEqual(glance(["--home", "job", "relay", "--output=json", "status", "--", "x"]), {
    print: { mode: "json", quiet: false, verbose: false },
    words: ["relay", "status"],
  });
  assert.deepEqual(glance(["--output", "nonsense", "--quiet", "-n", "x"]).print, {
    mode: "text",
    quiet: true,
    verbose: false,
  });
});
