/** A home on a read-only disk: commands say so, and do not change it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runFlags } from "../../shell/run_flags.ts";
import { paymentsHome } from "../commands/payments/payments_home.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';

const hasNamespaces = await (async () => {
  try {
    const probe = new Deno.Command("unshare", {
      args: ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
      stdout: "null",
      stderr: "null",
    });
    return (await probe.output()).success;
  } catch {
    return false;
  }
})();

const commands: readonly {
  readonly line: string;
  readonly code: string;
  readonly says: RegExp;
}[] = [
  { line: "payments history", code: "io", says: /cannot be opened; its folder must be writable/ },
  { line: "state compact", code: "read_only", says: /the disk is read-only/ },
];

for (const { line, code, says } of commands) {
  Deno.test({
    name: `crosstown ${line} tells of a disk that may only be read (needs user namespaces)`,
    ignore: !hasNamespaces,
    async fn() {
      await using home = await paymentsHome(1);
      const program = Deno.execPath();
      const { code: exit, stdout, stderr } = await new Deno.Command("unshare", {
        args: [
          ...["-rm", "sh", "-c", READ_ONLY, "sh", home.root],
          ...[
            program,
            "run",
            "--config",
            `${ROOT}deno.json`,
            ...runFlags(program),
            `${ROOT}cli.ts`,
          ],
          ...[...line.split(" "), "--home", home.root, "--output", "json"],
        ],
      }).output();
      const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert.equal(exit, 1, out + err);
      const { error } = JSON.parse(out);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
    },
  });
}
