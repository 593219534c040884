import assert from "node:assert/strict";
import { basesOf, testOf } from "../../../skills/builtin/image_build/containerfile.ts";

const HERE = `FROM debian:12
RUN <<EOF
FROM users
LABEL crosstown.test=["/hidden"]
EOF
COPY <<-"ONE" <<'TWO' /q/
	COPY --from=inner /a /a
	ONE
FROM other
TWO
RUN psql \\
  3<<SQL
SELECT name
FROM people;
SQL
LABEL crosstown.test=["/run"]
FROM busybox:1
`;

Deno.test("basesOf() and testOf() read no instruction in the lines of a here-document", () => {
  assert.deepEqual(basesOf(HERE, {}), ["debian:12", "busybox:1"]);
  assert.equal(testOf(HERE.replace("FROM busybox:1\n", "")), '["/run"]');
});

Deno.test("basesOf() reads on where a here-document has no end, or where << begins none", () => {
  for (
    const step of ["RUN <<EOF", "RUN echo $((1<<EOF))", "RUN a<<EOF", "ENV A <<EOF", "# <<EOF"]
  ) {
    assert.deepEqual(basesOf(`FROM a\n${step}\nFROM b\n`, {}), ["a", "b"], step);
  }
  assert.deepEqual(basesOf("FROM a\nRUN $((1<<EOF))\nFROM b\nEOF\n", {}), ["a", "b"]);
});

Deno.test("basesOf() does not seek ends that never come", () => {
  const words = Array.from({ length: 16 }, (_, at) => `<<W${at}`).join(" ");
  const text = `FROM a\n${`RUN ${words}\n`.repeat(19_000)} W1\nFROM b\n`;
  assert.deepEqual(basesOf(text, {}), ["a", "b"]);
});

const BASES: Readonly<Record<string, readonly [string, string[]]>> = {
  "an argument of arguments": ["ARG V=12\nARG B=debian:${V}\nFROM $B\n", ["debian:12"]],
  "an empty argument with a default": ["ARG V=\nFROM a:${V:-1}\nFROM b${V-2}\n", ["a:1", "b"]],
  "a default in a default": ["ARG C=c\nFROM ${A:-${B:-$C}}\n", ["c"]],
  "a word for an argument that is there": ["ARG D=1\nFROM a${D:+:debug}${E:+:x}\n", ["a:debug"]],
  "an argument of a stage": ["ARG V=1\nFROM a:$V\nARG V=2\nFROM b:$V\n", ["a:1", "b:1"]],
  "quotes": ["FROM \"debian:12\"\nCOPY --from='a' / /\n", ["debian:12", "a"]],
  "a mount that goes on in the next line": [
    "FROM a\nRUN --mount=type=bind,\\\nfrom=b:1,target=/b \\\n  # why\n\n  --mount=FROM=c true\n",
    ["a", "b:1", "c"],
  ],
  "a name that goes on in the next line": ["FROM deb\\\nian:12 \\  \n  AS x\nFROM x\n", [
    "debian:12",
  ]],
  "directives": ["# syntax=docker/dockerfile:1\r\n# escape=`\r\nFROM `\r\n a\r\n", ["a"]],
  "a comment that is no directive": ["# mine\n# escape=`\nRUN `\nFROM a\n", ["a"]],
  "a stage with the name of its image": ["FROM a AS a\nFROM A\nCOPY --from=a / /\n", ["a"]],
  "a stage that comes later": ["FROM a\nCOPY --from=b / /\nFROM c AS b\n", ["a", "b", "c"]],
  "a port, a digest and a platform": [
    "FROM --platform=$P localhost:5000/a:1 AS x\nFROM b@sha256:00\nCOPY --chown=1 --from=0 / /\n",
    ["localhost:5000/a:1", "b@sha256:00"],
  ],
};

for (const [name, [text, bases]] of Object.entries(BASES)) {
  Deno.test(`basesOf() finds the base images with ${name}`, () => {
    assert.deepEqual(basesOf(text, {}), bases);
  });
}

Deno.test("basesOf() ends with arguments that name themselves, and bounds those that multiply", () => {
  const longest = (text: string, args = {}) =>
    Math.max(...basesOf(text, args).map(({ length }) => length));
  assert.ok(longest("FROM $A\n", { A: "$A$A$A" }) < 200);
  assert.ok(longest("ARG A\nFROM $A\n", { A: "$A$A$A" }) < 200);
  const doubling = Array.from({ length: 60 }, (_, at) => `ARG A${at + 1}=$A${at}$A${at}\n`);
  assert.ok(longest(`ARG A0=ab\n${doubling.join("")}FROM $A60\n`) <= 1_024);
  const wide = `FROM ${"$A".repeat(100_000)}\n`;
  assert.equal(longest(`ARG A=${"a".repeat(1_000)}\n${wide}`), 200_000);
});
