import assert from "node:assert/strict";
import { inputFlags } from "../../mcp/given_input.ts";

async function folders() {
  const base = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${base}/shared/project`, { recursive: true });
  await Deno.mkdir(`${base}/shared-too`);
  await Deno.writeTextFile(`${base}/secret`, "secret");
  await Deno.writeTextFile(`${base}/shared/project/a.txt`, "a");
  await Deno.symlink(`${base}/secret`, `${base}/shared/link`);
  return { base, shared: [`${base}/shared`] };
}

Deno.test("inputFlags() gives a text on standard input, so that it never names a file", async () => {
  assert.deepEqual(await inputFlags({ text: "/etc/passwd" }, []), {
    flags: ["--input=-"],
    stdin: "/etc/passwd",
  });
});

Deno.test("inputFlags() takes a path in a shared folder, by its name there or whole", async () => {
  const { shared } = await folders();
  const whole = `${shared[0]}/project`;
  for (const path of ["project", "./project/../project", whole]) {
    assert.deepEqual((await inputFlags({ path }, shared)).flags, [`--input=${whole}`]);
  }
  assert.deepEqual((await inputFlags({ path: "." }, shared)).flags, [`--input=${shared[0]}`]);
});

Deno.test("inputFlags() refuses what lies elsewhere, whichever way leads there", async () => {
  const { base, shared } = await folders();
  const ways = ["../secret", `${base}/secret`, "link", "../shared-too", "nothing", "/", "~", ""];
  for (const path of ways.filter((way) => way !== "")) {
    await assert.rejects(inputFlags({ path }, shared), { code: "not_shared" }, path);
  }
  await assert.rejects(inputFlags({ path: "project" }, []), { code: "not_shared" });
  await assert.rejects(inputFlags({ path: "" }, shared), {
    code: "usage",
    message: "path is empty",
  });
});

Deno.test("inputFlags() takes one input, and web addresses alone as addresses", async () => {
  await assert.rejects(inputFlags({ text: "a", url: "https://host/" }, []), { code: "usage" });
  for (const url of ["file:///etc/passwd", "-", "--again", "https://a b", "ssh://host"]) {
    await assert.rejects(inputFlags({ url }, []), { code: "usage" }, url);
  }
  assert.deepEqual((await inputFlags({ url: "https://host/a.git#c" }, [])).flags, [
    "--input=https://host/a.git#c",
  ]);
});
