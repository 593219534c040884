import assert from "node:assert/strict";
import { asOwnersFault } from "../../../commands/daemon/owners_fault.ts";
import { UsageError } from "../../../shell/errors.ts";
import { StoreError } from "../../../store/store_error.ts";

const failing = (error: Error) => asOwnersFault(() => Promise.reject(error));
const coded = (code: string) => Object.assign(new Error("what happened"), { code });

Deno.test("asOwnersFault() makes a mistake of what only the owner can mend, with the same code and words", async () => {
  for (const error of [coded("no_wallet"), coded("mode"), new StoreError("corrupt", "page 7")]) {
    const told = await failing(error).then(() => null, (cause) => cause);
    assert.ok(told instanceof UsageError, error.message);
    assert.equal(told.code, Reflect.get(error, "code"));
    assert.equal(told.cause, error);
  }
  assert.equal(await asOwnersFault(() => Promise.resolve(0)), 0);
});

Deno.test("asOwnersFault() leaves what passes or comes from a peer as it is, so that a daemon is started again", async () => {
  for (const error of [coded("version"), coded("corrupt"), new StoreError("full", "no space")]) {
    await assert.rejects(failing(error), (cause) => cause === error);
  }
});
