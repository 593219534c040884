import assert from "node:assert/strict";
import { ImageError } from "../../market/image_error.ts";
import { describeFailure } from "../../shell/errors.ts";
import { StoreError } from "../../store/store_error.ts";

const cases: readonly {
  readonly name: string;
  readonly error: Error;
  readonly code: string;
  readonly suggestion: RegExp;
}[] = [
  {
    name: "a full disk, whoever wrote to it",
    error: new Error("No space left on device (os error 28)"),
    code: "full",
    suggestion: /^free space/,
  },
  {
    name: "a quota that is used up",
    error: new Error("Disk quota exceeded (os error 122): write"),
    code: "full",
    suggestion: /^free space/,
  },
  {
    name: "a full disk, as the store tells of it",
    error: new StoreError("full", "Cannot write state.db: the disk is full"),
    code: "full",
    suggestion: /^free space/,
  },
  {
    name: "a folder without a Containerfile",
    error: new ImageError("no_containerfile", "the folder has no Dockerfile, or it is not sent"),
    code: "no_containerfile",
    suggestion: /dockerfile/,
  },
  {
    name: "a read-only disk",
    error: new StoreError("io", "Cannot use /h: Read-only file system (os error 30): chmod '/h'"),
    code: "read_only",
    suggestion: /--home/,
  },
];

for (const { name, error, code, suggestion } of cases) {
  Deno.test(`describeFailure() names ${name}, with what to do and without a stack`, () => {
    const failure = describeFailure(error);
    assert.deepEqual([failure.code, failure.exitCode, failure.stack], [code, 1, undefined]);
    assert.match(failure.suggestion, suggestion);
    assert.ok(failure.message.includes(error.message));
  });
}

Deno.test("describeFailure() does not mistake another error number of the system for a disk's", () => {
  assert.equal(describeFailure(new Error("Connection refused (os error 111)")).code, "internal");
});
