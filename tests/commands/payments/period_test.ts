import assert from "node:assert/strict";
import { parsePeriod } from "../../../commands/payments/period.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const at = (text: string) => Date.parse(text);

for (
  const { name, since, until, expected } of [
    { name: "nothing", expected: {} },
    { name: "days ago", since: "7d", expected: { sinceMs: NOW - 7 * 86_400_000 } },
    {
      name: "hours ago to minutes ago",
      since: "12h",
      until: "30m",
      expected: { sinceMs: NOW - 43_200_000, untilMs: NOW - 1_800_000 },
    },
    { name: "longer ago than the epoch", since: "999999w", expected: { sinceMs: 0 } },
    {
      name: "a whole day",
      since: "2026-02-17",
      until: "2026-02-17",
      expected: { sinceMs: at("2026-02-17T00:00:00Z"), untilMs: at("2026-02-17T23:59:59.999Z") },
    },
    {
      name: "moments, one with an offset",
      since: "2026-02-17T14:00Z",
      until: "2026-02-17T14:00:00.5-02:00",
      expected: { sinceMs: at("2026-02-17T14:00:00Z"), untilMs: at("2026-02-17T16:00:00.500Z") },
    },
  ] as { name: string; since?: string; until?: string; expected: unknown }[]
) {
  Deno.test(`parsePeriod() reads ${name}`, () => {
    assert.deepEqual(parsePeriod(since, until, NOW), expected);
  });
}

for (
  const { name, since, until, message } of [
    { name: "words", since: "yesterday", message: /--since is not a time \(got yesterday\)/ },
    { name: "a bare number", until: "7", message: /--until is not a time/ },
    { name: "a day that no calendar has", since: "2026-02-30", message: /--since is not a time/ },
    {
      name: "a time without its zone",
      since: "2026-02-17T14:00",
      message: /--since is not a time/,
    },
    {
      name: "an end before the beginning",
      since: "1d",
      until: "2d",
      message: /ends before it begins/,
    },
  ] as { name: string; since?: string; until?: string; message: RegExp }[]
) {
  Deno.test(`parsePeriod() refuses ${name}`, () => {
    assert.throws(() => parsePeriod(since, until, NOW), message);
  });
}
