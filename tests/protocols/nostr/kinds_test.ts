import assert from "node:assert/strict";
import {
  CI_RUN,
  ECHO,
  IMAGE_BUILD,
  isJobRequestKind,
  isJobResultKind,
  kindOfType,
  KINDS,
  requestKindOf,
  resultKindOf,
  TEXT_GENERATION,
  typeOfKind,
} from "../../../protocols/nostr/kinds.ts";

const REGISTRY = [
  ...[5000, 5001, 5002, 5050, 5100, 5200, 5201, 5202, 5250, 5300, 5301, 5302, 5303],
  ...[5400, 5500, 5900, 5901, 5905, 5970],
];
const OURS = { echo: 5600, "ci-run": 5601, "image-build": 5602 };

Deno.test("KINDS holds the registry's requests and ours, each with its result", () => {
  const requests = [...KINDS.values()].filter(({ role }) => role === "request");
  assert.deepEqual(
    requests.map(({ kind }) => kind).sort(),
    [...REGISTRY, ...Object.values(OURS)].sort(),
  );
  for (const { kind, name } of requests) {
    const result = KINDS.get(kind + 1000)!;
    assert.deepEqual([result.role, result.name], ["result", name]);
  }
  assert.equal(KINDS.get(7000)?.role, "feedback");
  assert.equal(KINDS.get(1059)?.name, "gift-wrap");
});

Deno.test("kindOfType() knows names and aliases, and nothing else", () => {
  for (const [type, kind] of Object.entries(OURS)) assert.equal(kindOfType(type), kind);
  assert.equal(kindOfType("text-generation"), 5050);
  assert.equal(kindOfType("ci-cd-linux"), 5601);
  assert.equal(kindOfType("docker-build-amd64"), 5602);
  for (const type of ["", "CI-RUN", "note", "__proto__", "constructor"]) {
    assert.equal(kindOfType(type), undefined, type);
  }
});

Deno.test("typeOfKind() names requests and results, and nothing else", () => {
  assert.equal(typeOfKind(5601), "ci-run");
  assert.equal(typeOfKind(6601), "ci-run");
  for (const kind of [1, 5003, 7000, -1]) assert.equal(typeOfKind(kind), undefined);
});

Deno.test("resultKindOf() and requestKindOf() are each other's inverse, on their own kinds", () => {
  for (let kind = 5000; kind <= 5999; kind++) assert.equal(requestKindOf(resultKindOf(kind)), kind);
  for (const kind of [4999, 6000, 5000.5, NaN]) assert.throws(() => resultKindOf(kind), RangeError);
  for (const kind of [5999, 7000, Infinity]) assert.throws(() => requestKindOf(kind), RangeError);
});

Deno.test("isJobRequestKind() and isJobResultKind() take whole ranges, known or not", () => {
  for (
    const [kind, request, result] of [
      [4999, false, false],
      [5000, true, false],
      [5999, true, false],
      [6000, false, true],
      [6999, false, true],
      [7000, false, false],
      [5000.5, false, false],
    ] as const
  ) {
    assert.deepEqual([isJobRequestKind(kind), isJobResultKind(kind)], [request, result], `${kind}`);
  }
});

Deno.test("docs/kinds.md lists exactly the kinds of the registry, with names and aliases", () => {
  const page = Deno.readTextFileSync(new URL("../../../docs/kinds.md", import.meta.url));
  const rows = [...page.matchAll(/^\| *(\d+) *\|([^|\n]+)\|([^|\n]+)\|(?:([^|\n]*)\|)?/gm)];
  const listed = new Map<number, string[]>();
  for (const [, number, second, third, aliases] of rows) {
    const kind = Number(number);
    if (!isJobRequestKind(kind)) {
      listed.set(kind, [second!.trim()]);
      continue;
    }
    const names = [third!.trim(), ...(aliases?.trim() ? aliases.trim().split(", ") : [])];
    listed.set(kind, names);
    listed.set(Number(second), names);
  }
  const known = new Map(
    [...KINDS.values()].map((info) => [info.kind, [info.name, ...info.aliases]]),
  );
  assert.deepEqual(listed, known);
});

Deno.test("a provider's prices and limits are those of its documentation, unless it sets others", () => {
  const of = ({ price, limits }: typeof ECHO) => [
    price.flatUnits,
    price.unitsPerKib,
    limits.timeoutS,
    limits.memoryMb,
    limits.processes,
    limits.outputBytes,
  ];
  assert.deepEqual(of(ECHO), [20_000n, 11_000n, 10, 64, 1, 65_536]);
  assert.deepEqual(of(CI_RUN), [100_000n, 0n, 300, 2_048, 256, 16_777_216]);
  assert.deepEqual(of(TEXT_GENERATION), [80_000n, 20_000n, 120, 64, 1, 65_536]);
  assert.deepEqual(of(IMAGE_BUILD), [200_000n, 0n, 900, 4_096, 512, 16_777_216]);
});
