/** A full disk under the whole market: errors name it, nothing is paid, and the market continues when there is space again. */
import { START_FLAGS } from "../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(import.meta.resolve("./full_disk_child.ts"));
const CONFIG = fileURLToPath(import.meta.resolve("../../deno.json"));
const SMALL_DISK = 'mount -t tmpfs -o size=48m tmpfs "$1" && shift && exec "$@"';

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

Deno.test({
  name:
    "a full disk refuses jobs as full, costs nothing, and is over when there is room again (needs user namespaces)",
  ignore: !hasNamespaces,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "ct-" });
    try {
      const { code, stdout, stderr } = await new Deno.Command("unshare", {
        args: [
          ...["-rm", "sh", "-c", SMALL_DISK, "sh", folder],
          ...[Deno.execPath(), "run", "--config", CONFIG, "--quiet", "--no-prompt"],
          ...[
            ...START_FLAGS,
            "--no-check",
            "--allow-all",
            CHILD,
            folder,
          ],
        ],
      }).output();
      const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
      assert.equal(code, 0, said);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
