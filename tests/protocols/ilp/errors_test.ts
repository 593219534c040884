import assert from "node:assert/strict";
import { IlpError as library } from "ilp-packet";
import {
  ilpError,
  MAX_RETRIES,
  RETRY_DELAYS_MS,
  retryDecision,
} from "../../../protocols/ilp/errors.ts";

Deno.test("ilpError() knows every code that ilp-packet knows, under its class", () => {
  const classes = { F: "final", T: "temporary", R: "relative" } as Record<string, string>;
  for (const code of Object.values(library).map(String)) {
    assert.notEqual(ilpError(code).name, "Unlisted Error", code);
    assert.equal(ilpError(code).class, classes[code[0]], code);
  }
});

const rules: readonly [string, string][] = [
  ["F02", "final"],
  ["F06", "final"],
  ["F00", "final"],
  ["F99", "final"],
  ["F04", "own_price"],
  ["R01", "own_price"],
  ["T00", "again"],
  ["T04", "again"],
  ["T99", "again"],
  ["R00", "rebuild"],
  ["R02", "rebuild"],
  ["F77", "final"],
  ["T77", "again"],
  ["R77", "rebuild"],
  ["X00", "final"],
  ["", "final"],
];

Deno.test("ilpError() gives every code its retry rule, unlisted ones by their letter", () => {
  for (const [code, retry] of rules) assert.equal(ilpError(code).retry, retry, code);
  assert.equal(ilpError("constructor").class, "unknown");
});

Deno.test("retryDecision() allows three retries after 100, 200 and 400 ms", () => {
  assert.deepEqual(RETRY_DELAYS_MS, [100, 200, 400]);
  const delays = [0, 1, 2, 3, 4].map((soFar) => retryDecision("T01", soFar));
  assert.deepEqual(delays, [
    { retry: "again", delayMs: 100 },
    { retry: "again", delayMs: 200 },
    { retry: "again", delayMs: 400 },
    { retry: "final" },
    { retry: "final" },
  ]);
  assert.equal(MAX_RETRIES, 3);
  assert.deepEqual(retryDecision("R00", 0), { retry: "rebuild", delayMs: 100 });
  assert.deepEqual(retryDecision("F02", 0), { retry: "final" });
  assert.deepEqual(retryDecision("T01", -1), { retry: "final" });
});
