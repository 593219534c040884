import assert from "node:assert/strict";

const UNIT = await Deno.readTextFile(
  new URL("../../packaging/crosstown-node.service", import.meta.url),
);
/** Of 100, as `systemd-analyze security` counts; without a sandbox for jobs it could be lower. */
const MOST_EXPOSED = 35;

const why = await new Deno.Command("systemd-analyze", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success ? "" : " (ignored: systemd-analyze fails)")
  .catch(() => " (ignored: there is no systemd-analyze)");

Deno.test("the unit starts again on 75, and takes the passphrase as a credential", () => {
  assert.match(UNIT, /^RestartForceExitStatus=75$/m);
  assert.match(UNIT, /^LoadCredential=crosstown-passphrase:/m);
  assert.match(UNIT, /^NoNewPrivileges=yes$/m);
  assert.doesNotMatch(UNIT, /^Environment=.*PASS/m);
});

Deno.test({
  name: `systemd finds no fault in the unit, and little exposure${why}`,
  ignore: why !== "",
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-unit-" });
  try {
    const file = `${folder}/crosstown-node.service`;
    // The program need not be installed where the test runs.
    await Deno.writeTextFile(file, UNIT.replaceAll("/usr/local/bin/crosstown", "/bin/sh"));
    const analyze = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command("systemd-analyze", { args }).output();
      const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      return { code, text };
    };
    const verified = await analyze("verify", "--man=no", file);
    assert.deepEqual(verified, { code: 0, text: "" });
    const args = ["security", "--offline=true", `--threshold=${MOST_EXPOSED}`, file];
    const { code, text } = await analyze(...args);
    assert.equal(code, 0, text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
