import { START_FLAGS } from "../../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { noSandbox } from "../../skills/machine.ts";

Deno.test(
  `skills of a pipeline that ends leave no shells, though their worker goes on${noSandbox.why}`,
  { ignore: noSandbox.ignore },
  async () => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", ...START_FLAGS],
        ...["--no-check", "--allow-read", "--allow-write", "--allow-env", "--allow-sys"],
        ...["--allow-run", new URL("skills_shells.ts", import.meta.url).pathname],
      ],
      stdout: "null",
      stderr: "piped",
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  },
);
