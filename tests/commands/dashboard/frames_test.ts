import assert from "node:assert/strict";
import { fileOf, frameOf, SCREENS, SIZES } from "./frames.ts";

for (const [name, screen] of Object.entries(SCREENS)) {
  for (const [columns, rows] of SIZES) {
    Deno.test(`the dashboard's screen ${name} at ${columns}x${rows} is this frame`, async () => {
      const kept = await Deno.readTextFile(fileOf(name, columns, rows));
      assert.equal(
        frameOf(screen, columns, rows),
        kept,
        "where the change is meant, tests/commands/dashboard/frames.ts writes the frames",
      );
    });
  }
}

Deno.test("fixtures/frames has no frame of a screen that is gone", async () => {
  const known = Object.keys(SCREENS).flatMap((name) =>
    SIZES.map(([columns, rows]) => `${name}.${columns}x${rows}.txt`)
  );
  const found: string[] = [];
  for await (const { name } of Deno.readDir(new URL("../../../fixtures/frames", import.meta.url))) {
    found.push(name);
  }
  assert.deepEqual(found.sort(), known.sort());
});
