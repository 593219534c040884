/** Files that a job leaves come to its buyer over the real network's blob server. */
import assert from "node:assert/strict";
import type { Document } from "../process.ts";
import { home } from "./one_home.ts";

Deno.test("job artifacts --out writes a job's artifacts, only into a new folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/project`);
    await Deno.writeTextFile(`${folder}/project/in.txt`, "x\n");
    const job: Document = await home.json([
      ...["job", "submit", "ci-run", "--input", `${folder}/project`],
      ...[
        "--param",
        "command=mkdir -p dist/a && cp in.txt dist/a/out.txt && ln -s /etc/passwd dist/l",
      ],
      ...["--artifact", "dist/**", "--wait"],
    ]);
    assert.deepEqual([job.status, job.result.artifacts.files, job.result.artifacts.left_out], [
      "success",
      1,
      1,
    ]);
    const out = `${folder}/out`;
    const got: Document = await home.json(["job", "artifacts", job.job_id, "--out", out]);
    assert.deepEqual(got.files, [{ path: "dist/a/out.txt", size_bytes: 2 }]);
    assert.equal(await Deno.readTextFile(`${out}/dist/a/out.txt`), "x\n");
    const again: Document = await home.json(["job", "artifacts", job.job_id, "--out", out], {
      code: 1,
    });
    assert.equal(again.error.code, "not_empty");
    const none: Document = await home.json(["job", "submit", "echo", "--input", "x", "--wait"]);
    const missing: Document = await home.json(["job", "artifacts", none.job_id], { code: 1 });
    assert.equal(missing.error.code, "no_artifacts");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
