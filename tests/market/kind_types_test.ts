import assert from "node:assert/strict";
import { type Announcement, parseAnnouncement } from "../../market/announcement.ts";
import { announcementTemplate } from "../../market/announcement_events.ts";
import { awaitedKind } from "../../market/awaited_kind.ts";
import { announcedKind } from "../../market/kind_types.ts";
import { InputError } from "../../market/packing/input_error.ts";

const NOW_S = 1_790_000_000;
const keys = { one: "a".repeat(64), two: "b".repeat(64) };

function announced(
  types: readonly (readonly [kind: number | string, type: string])[],
  pubkey = keys.one,
  extra: readonly (readonly string[])[] = [],
): Announcement {
  const { tags, ...event } = announcementTemplate({
    prices: [5650, 5651].map((kind) => ({ kind, flatUnits: 1n, unitsPerKib: 0n })),
    tags: [],
    platform: null,
    ilpAddress: null,
    name: "",
    about: "",
  }, NOW_S);
  const named = types.map(([kind, type]) => ["type", String(kind), type]);
  return parseAnnouncement({
    ...event,
    tags: [...tags, ...named, ...extra],
    id: "0".repeat(64),
    pubkey,
    sig: "0".repeat(128),
  } as never);
}

const at = { provider: null, nowS: NOW_S };

Deno.test("announcedKind() finds the kind of a skill by its name, of providers that are there", () => {
  const both = [announced([[5650, "word-count"]]), announced([[5650, "word-count"]], keys.two)];
  assert.equal(announcedKind("word-count", both, at), 5650);
  assert.throws(
    () => announcedKind("word-count", both, { ...at, nowS: NOW_S + 1_000 }),
    InputError,
  );
  const gone = announced([[5650, "word-count"]], keys.one, [["status", "offline"]]);
  assert.throws(() => announcedKind("word-count", [gone], at), /no provider announces it/);
});

Deno.test("announcedKind() of a name for several kinds asks for the kind, or for the provider", () => {
  const both = [announced([[5650, "count"]]), announced([[5651, "count"]], keys.two)];
  assert.throws(() => announcedKind("count", both, at), (error: unknown) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /as kinds 5650, 5651/);
    return error.code === "bad_job";
  });
  assert.equal(announcedKind("count", both, { ...at, provider: keys.two }), 5651);
});

Deno.test("awaitedKind() waits for a skill of this home although an expired announcement names it", async () => {
  const expired = announced([[5651, "count"]]);
  const nowS = Math.floor(Date.now() / 1_000);
  const now = { ...announced([[5650, "count"]]), createdAtS: nowS, expiresAtS: nowS + 360 };
  let asked = 0;
  const relayReader = { announcements: () => Promise.resolve(++asked === 1 ? [expired] : [now]) };
  const flags = { type: "count", provider: null };
  assert.equal(await awaitedKind(relayReader, flags, () => Promise.resolve(true)), 5650);
  assert.equal(asked, 2);
});

Deno.test("parseAnnouncement() leaves out types of kinds that are not served, and names that no command can give", () => {
  const read = announced([
    [5650, "fine"],
    [5652, "not-served"],
    [7000, "feedback"],
    ["5650x", "no-kind"],
    [5651, "two words"],
    [5651, "\u001b[2J"],
    [5651, "x".repeat(65)],
    [5651, ""],
  ]);
  assert.deepEqual(read.types, [{ kind: 5650, type: "fine" }]);
  const many = announced(Array.from({ length: 100 }, (_, at) => [5650, `t${at}`] as const));
  assert.equal(many.types?.length, 64);
});
