import assert from "node:assert/strict";
import { gunzipBounded, readTar } from "../../skills/builtin/ci_run/tar_reader.ts";
import { gzip, type TarEntry, writeTar } from "../../protocols/tar/tar_writer.ts";

const LIMITS = { totalBytes: 1 << 20, entries: 100 };

interface Part {
  readonly name: string;
  readonly type?: string;
  readonly body?: string;
  readonly target?: string;
  readonly size?: number;
}

function tar(...parts: readonly Part[]): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const { name, type = "0", body = "", target = "", size } of parts) {
    const block = new Uint8Array(512);
    const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
    const bytes = new TextEncoder().encode(body);
    put(0, name);
    put(100, "0000644\0");
    put(124, `${(size ?? bytes.length).toString(8).padStart(11, "0")}\0`);
    put(148, "        ");
    put(156, type);
    put(157, target);
    put(257, "ustar\x0000");
    put(148, `${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
    const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    padded.set(bytes);
    blocks.push(block, padded);
  }
  const all = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 1024));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}

const BAD: readonly {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly error: RegExp;
}[] = [
  { name: "absolute path", parts: [{ name: "/etc/passwd" }], error: /absolute/ },
  { name: "drive", parts: [{ name: "C:/x" }], error: /absolute/ },
  { name: "parent", parts: [{ name: "../x" }], error: /points out/ },
  { name: "parent inside", parts: [{ name: "a/../../x" }], error: /points out/ },
  { name: "backslash", parts: [{ name: "a\\..\\x" }], error: /backslash/ },
  { name: "line feed", parts: [{ name: "a\nb" }], error: /control/ },
  { name: "absolute link", parts: [{ name: "l", type: "2", target: "/etc" }], error: /links out/ },
  { name: "link out", parts: [{ name: "a/l", type: "2", target: "../../x" }], error: /links out/ },
  {
    name: "link out and in",
    parts: [{ name: "l", type: "2", target: "../l/x" }],
    error: /links out/,
  },
  {
    name: "link to .git",
    parts: [{ name: "l", type: "2", target: ".git/config" }],
    error: /\.git/,
  },
  {
    name: "file below a link",
    parts: [{ name: "l", type: "2", target: "d" }, { name: "l/x" }],
    error: /lies below link/,
  },
  {
    name: "file below a link of another case",
    parts: [{ name: "L", type: "2", target: "d" }, { name: "l/x" }],
    error: /lies below link/,
  },
  {
    name: "file over a link",
    parts: [{ name: "l", type: "2", target: "d" }, { name: "l" }],
    error: /twice/,
  },
  {
    name: "hard link out",
    parts: [{ name: "l", type: "1", target: "/etc/passwd" }],
    error: /absolute/,
  },
  {
    name: "hard link to nothing",
    parts: [{ name: "l", type: "1", target: "x" }],
    error: /hard link/,
  },
  { name: "character device", parts: [{ name: "d", type: "3" }], error: /device/ },
  { name: "block device", parts: [{ name: "d", type: "4" }], error: /device/ },
  { name: "pipe", parts: [{ name: "d", type: "6" }], error: /device/ },
  { name: "sparse", parts: [{ name: "d", type: "S" }], error: /device/ },
  { name: "size beyond the end", parts: [{ name: "a", size: 99_999 }], error: /cut off/ },
  {
    name: "pax path out",
    parts: [{ name: "p", type: "x", body: "14 path=../xy\n" }, { name: "a" }],
    error: /points out/,
  },
  {
    name: "pax malformed",
    parts: [{ name: "p", type: "x", body: "999 path=a\n" }, { name: "a" }],
    error: /pax/,
  },
  {
    name: "pax size",
    parts: [{ name: "p", type: "x", body: "10 size=9\n" }, { name: "a" }],
    error: /pax size/,
  },
  {
    name: "long name out",
    parts: [{ name: "L", type: "L", body: "../../x" }, { name: "a" }],
    error: /points out/,
  },
  {
    name: "deep",
    parts: [{ name: "L", type: "L", body: "a/".repeat(100) + "x" }, { name: "a" }],
    error: /deep/,
  },
];

for (const { name, parts, error } of BAD) {
  Deno.test(`readTar() refuses: ${name}`, () => {
    assert.throws(() => readTar(tar(...parts), LIMITS), { code: "bad_archive", message: error });
  });
}

Deno.test("readTar() refuses more entries than allowed, and what is not a tar", () => {
  const many = Array.from({ length: 101 }, (_, at) => ({ name: `f${at}` }));
  assert.throws(() => readTar(tar(...many), LIMITS), { code: "too_large" });
  assert.throws(() => readTar(new Uint8Array(2048).fill(7), LIMITS), { code: "bad_archive" });
  assert.deepEqual(readTar(new Uint8Array(0), LIMITS), []);
});

Deno.test("readTar() counts what hard links and implied folders become, and bounds extended headers", () => {
  const body = "x".repeat(400_000);
  const links = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ name: `l${at}`, type: "1", target: "file" }));
  const linked = (count: number) => tar({ name: "file", body }, ...links(count));
  assert.equal(readTar(linked(1), LIMITS).length, 2);
  const bytes = { code: "too_large", message: /files have more than 1048576 bytes/ };
  assert.throws(() => readTar(linked(2), LIMITS), bytes);

  const deep = (at: number) => ({ name: `${at}/${"d/".repeat(40)}f` });
  assert.equal(readTar(tar(deep(1), deep(2)), LIMITS).length, 84);
  const entries = { code: "too_large", message: /more than 100 entries/ };
  assert.throws(() => readTar(tar(deep(1), deep(2), deep(3)), LIMITS), entries);

  const large = { totalBytes: 1 << 30, entries: 100 };
  for (const type of ["x", "g", "L", "K"]) {
    const header = tar({ name: "p", type, body: "x".repeat((1 << 20) + 1) }, { name: "f" });
    assert.throws(() => readTar(header, large), { message: /extended header is larger/ }, type);
  }
  const pax = (count: number) => ({ name: "p", type: "x", body: "6 k=v\n".repeat(count) });
  assert.equal(readTar(tar(pax(1_000), { name: "f" }), large).length, 1);
  assert.throws(() => readTar(tar(pax(1_001), { name: "f" }), large), { message: /pax records/ });
  for (const length of ["1e1", "0x9", " 9", "-9", "+9", "09", "9".repeat(400)]) {
    const odd = tar({ name: "p", type: "x", body: `${length} a=bcde\n` }, { name: "f" });
    assert.throws(() => readTar(odd, large), { message: /malformed/ }, length);
  }
});

Deno.test("readTar() leaves out .git, gives links last, and gives hard links as copies", () => {
  const entries = readTar(
    tar(
      { name: ".git/hooks/post-checkout", body: "evil" },
      { name: "sub/.GIT/config", body: "evil" },
      { name: "l", type: "2", target: "a" },
      { name: "./a", body: "A" },
      { name: "b", type: "1", target: "a" },
      { name: "dir/", type: "5" },
    ),
    LIMITS,
  );
  assert.deepEqual(
    entries.map((entry) => [entry.type, entry.path]),
    [["file", "a"], ["file", "b"], ["folder", "dir"], ["link", "l"]],
  );
});

Deno.test("gunzipBounded() stops a bomb while it unpacks, and refuses what is not gzip", async () => {
  const zeros = new Blob([new Uint8Array(50 << 20)]).stream();
  const bomb = new Uint8Array(
    await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  );
  assert.ok(bomb.length < 60_000);
  await assert.rejects(gunzipBounded(bomb, 1 << 20), { code: "too_large" });
  await assert.rejects(gunzipBounded(bomb.subarray(0, 1000), 100 << 20), { code: "bad_archive" });
  await assert.rejects(gunzipBounded(new Uint8Array(10), 1 << 20), { code: "bad_archive" });
});

Deno.test("writeTar() writes what readTar() reads, and the same bytes again", async () => {
  const long = "d".repeat(90);
  const file = { type: "file", executable: false, target: "", bytes: new Uint8Array(3) } as const;
  const folder = { ...file, type: "folder", bytes: new Uint8Array() } as const;
  const entries: TarEntry[] = [
    { ...file, path: "run.sh", executable: true },
    { ...file, path: `${long}/${long}/ä.txt` },
    { ...file, path: "link", type: "link", target: "run.sh", bytes: new Uint8Array() },
    { ...folder, path: `${long}/${long}/` },
    { ...folder, path: `${long}/` },
  ];
  const once = await writeTar(entries);
  assert.deepEqual(await writeTar(entries.toReversed()), once);
  const read = readTar(await gunzipBounded(await gzip(once), 1 << 20), LIMITS);
  assert.deepEqual(
    read.map((entry) => [
      entry.type,
      entry.path,
      entry.type === "file" ? entry.executable : null,
    ]),
    [
      ["folder", long, null],
      ["folder", `${long}/${long}`, null],
      ["file", `${long}/${long}/ä.txt`, false],
      ["file", "run.sh", true],
      ["link", "link", null],
    ],
  );
});
