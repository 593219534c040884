/** The options of a session whose test answers each command itself. */
import assert from "node:assert/strict";

/** A small allowance, no shared folder, and no command that may run. */
export const UNRUN = {
  jobUnits: 10n,
  totalUnits: 10n,
  askAboveUnits: null,
  globals: [],
  env: () => undefined,
  run: () => assert.fail("a command ran"),
  shared: [],
  format: String,
};
