import assert from "node:assert/strict";
import { SettledCursor } from "../../stages/relay_source_cursor.ts";

Deno.test("SettledCursor counts no stored event before EOSE, and none after an assumed EOSE", () => {
  const moves: number[] = [];
  const cursor = new SettledCursor(50, (atS) => moves.push(atS));
  cursor.emitted(1, 100, true);
  cursor.emitted(2, 90, true);
  cursor.settle([1, 2]);
  cursor.storedEnd(true);
  assert.deepEqual(moves, []);
  cursor.emitted(3, null, true);
  cursor.storedEnd(false);
  cursor.emitted(4, 80, false);
  cursor.emitted(5, null, false);
  cursor.emitted(6, 120, false);
  cursor.settle([4, 5, 6]);
  assert.deepEqual(moves, []);
  cursor.settle([3]);
  assert.deepEqual(moves, [120]);
});

Deno.test("SettledCursor moves past documents that were passed over once what came before them is settled", () => {
  const moves: number[] = [];
  const cursor = new SettledCursor(null, (atS) => moves.push(atS));
  cursor.passOver(1, false);
  cursor.emitted(1, 2, false);
  cursor.passOver(4, false);
  cursor.passOver(3, false);
  cursor.emitted(2, 5, false);
  cursor.passOver(6, false);
  cursor.settle([2]);
  assert.deepEqual(moves, [1]);
  cursor.settle([1]);
  assert.deepEqual(moves, [1, 6]);
});

Deno.test("SettledCursor holds no more where a relay sends two million requests for others while one is in work", () => {
  const cursor = new SettledCursor(null, () => undefined);
  cursor.emitted(1, 1, false);
  const before = Deno.memoryUsage().heapUsed;
  for (let atS = 2; atS < 2_000_000; atS++) cursor.passOver(atS, false);
  const grown = Deno.memoryUsage().heapUsed - before;
  assert.ok(grown < 64 * 1_048_576, `${grown} bytes`);
});
