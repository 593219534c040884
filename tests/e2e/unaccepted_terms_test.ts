/** `mayor attach` on a pseudo-terminal, in a home of a real network whose relay's terms nobody accepted. */
import assert from "node:assert/strict";
import { testHome } from "./process.ts";
import { HAS_TERMINAL, played } from "./terminal.ts";

Deno.test({
  name:
    "mayor attach opens read-only where the relay's terms are not accepted, and says how to accept them (needs 'script')",
  ignore: !HAS_TERMINAL,
  async fn() {
    await using home = await testHome();
    const file = `${home.path}/passphrase`;
    await Deno.writeTextFile(file, "correct horse battery\n", { mode: 0o600 });
    const where = ["--network", "base-sepolia", "--passphrase-file", file];
    await home.json(["wallet", "init", ...where]);
    // Once without a store, and once with the one that the first time made.
    for (const _ of ["first", "second"]) {
      const { code, shown } = await played(["mayor", "attach", ...where], [
        { seen: /read only: no daemon is up, because the terms of/ },
        { seen: /crosstown relay terms --pin PUBKEY --accept/ },
        { seen: /JOBS none yet/, keys: "q" },
      ], { home: home.path });
      assert.equal(code, 0, shown);
    }
  },
});
