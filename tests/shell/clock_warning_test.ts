import assert from "node:assert/strict";
import { clockWarning } from "../../shell/clock_warning.ts";
import { clockFields, CLOCKS_DIFFER } from "../../base/clock_offset.ts";

Deno.test("clockWarning() says once for each peer that the clocks differ, and nothing else", () => {
  const said: string[] = [];
  const log = clockWarning((text) => said.push(text));
  log("warn", CLOCKS_DIFFER, clockFields(-30_000, "relay"));
  log("warn", CLOCKS_DIFFER, clockFields(-31_000, "relay"));
  log("warn", CLOCKS_DIFFER, clockFields(6_000, "connector"));
  log("info", "connector connected");
  assert.equal(said.length, 2);
  assert.match(
    said[0],
    /^this machine's clock is 30 s ahead of that of the relay; packets may expire: compare/,
  );
  assert.match(said[1], /^this machine's clock is 6 s behind that of the connector;/);
});
