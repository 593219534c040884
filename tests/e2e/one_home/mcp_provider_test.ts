/** `crosstown mcp` on one dev network: a provider's skills as tools that are bought, and the files that a job leaves, as a tool and as resources. */
import assert from "node:assert/strict";
import { Agent } from "../mcp_agent.ts";
import type { Document } from "../process.ts";
import { home } from "./one_home.ts";

interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly properties: Readonly<Record<string, unknown>> };
}

async function toolsOf(agent: Agent): Promise<readonly ListedTool[]> {
  return (await agent.request("tools/list", {})).result!.tools as ListedTool[];
}

Deno.test("crosstown mcp --provider gives each skill of the provider as a tool with its price, and buys from it alone", async () => {
  const { providers: [seller] }: Document = await home.json(["provider", "list"]);
  const shown: Document = await home.json(["provider", "show", seller.pubkey]);
  // A beginning of the key is enough, as for 'provider show'.
  for (const key of [seller.pubkey, seller.pubkey.slice(0, 8)]) {
    await using agent = new Agent(["--home", home.path, "--network", "dev", "--provider", key]);
    await agent.hello();
    const tools = await toolsOf(agent);
    const skills = tools.slice(0, shown.prices.length);
    assert.deepEqual(
      skills.map(({ name }) => name),
      shown.prices.map(({ type }: Document) => type),
    );
    assert.ok(!tools.some(({ name }) => ["submit_job", "find_providers"].includes(name)));
    for (const [at, { description, inputSchema }] of skills.entries()) {
      const { kind, flat_units } = shown.prices[at];
      assert.match(description, new RegExp(`of kind ${kind} from the provider `));
      const price = `${Number(flat_units) / 1e6}`.replace(/^(\d+)$/, "$1.00");
      assert.ok(description.includes(` for ${price}`), `${description} names ${price}`);
      assert.deepEqual(
        ["type", "kind", "provider"].filter((name) => name in inputSchema.properties),
        [],
      );
    }
    const refused = await agent.tool("echo", { text: "x", provider: "b".repeat(64) });
    assert.match(refused.text, /there is no argument provider/);

    const text = `over ${key}`;
    const bought = await agent.tool("echo", { text, wait_s: 120 });
    assert.equal(bought.document.status, "success", bought.text);
    assert.equal((bought.document.result as { content: string }).content, text);
    const job: Document = await home.json(["job", "status", String(bought.document.job_id)]);
    assert.equal(job.provider, seller.pubkey);
    assert.ok(BigInt(job.paid_units) > 0n);
    const { document: { ceilings } } = await agent.tool("balance", {});
    assert.equal((ceilings as Document).spent_units, job.paid_units);
  }
});

Deno.test("crosstown mcp --provider of a key that announces nothing ends with a suggestion", async () => {
  const ended = await home.run([
    ...["--network", "dev", "mcp", "--provider", "b".repeat(64)],
  ], { stdin: "" });
  assert.equal(ended.code, 1, ended.stderr);
  assert.match(ended.stderr, /no provider b{64} announces itself.*\n.*provider list --all/);
});

Deno.test("crosstown mcp: an order names files to keep; a tool lists and reads them, and they are resources", async () => {
  const project = await Deno.makeTempDir({ dir: home.path });
  await Deno.writeTextFile(
    `${project}/test.sh`,
    [
      "mkdir -p 'dist/a b' && printf 'grüße\\n' > 'dist/a b/50%?#.txt'",
      "printf '\\377\\000' > dist/raw.bin",
      "i=0; while [ $i -lt 4000 ]; do echo 'a line of this long file ä'; i=$((i+1)); done > dist/long.txt",
      "head -c 5000000 /dev/zero > dist/large.bin",
      "ln -s /etc/passwd dist/link",
    ].join("\n"),
  );
  await using agent = new Agent([
    ...["--home", home.path, "--network", "dev", "--share", project],
  ]);
  await agent.hello();
  const job = await agent.tool("submit_job", {
    type: "ci-run",
    path: ".",
    params: { command: "sh test.sh" },
    artifacts: ["dist/**"],
    wait_s: 170,
  });
  assert.equal(job.document.status, "success", job.text);
  const job_id = String(job.document.job_id);

  const { result } = await agent.request("tools/call", {
    name: "job_artifacts",
    arguments: { job_id },
  });
  const listed = result!.structuredContent as Document;
  const root = `crosstown://jobs/${job_id}/artifacts/dist`;
  const files = [
    { path: "dist/a b/50%?#.txt", size_bytes: 8, uri: `${root}/a%20b/50%25%3F%23.txt` },
    { path: "dist/large.bin", size_bytes: 5_000_000, uri: `${root}/large.bin` },
    { path: "dist/long.txt", size_bytes: 4_000 * 28, uri: `${root}/long.txt` },
    { path: "dist/raw.bin", size_bytes: 2, uri: `${root}/raw.bin` },
  ];
  const byPath = (a: Document, b: Document) => a.path < b.path ? -1 : 1;
  assert.deepEqual(listed.files.toSorted(byPath), files);
  assert.equal(listed.total, 4);
  const links = (result!.content as Document[]).filter(({ type }) => type === "resource_link");
  assert.deepEqual(links.map(({ uri }) => uri).sort(), files.map(({ uri }) => uri).sort());

  const read = async (path: string, offset?: number) =>
    (await agent.tool("job_artifacts", { job_id, path, ...offset !== undefined && { offset } }))
      .document as Document;
  assert.equal((await read("dist/a b/50%?#.txt")).text, "grüße\n");
  assert.equal((await read("dist/raw.bin")).base64, "/wA=");
  let long = "";
  let offset: number | undefined = 0;
  for (let calls = 0; offset !== undefined && calls < 5; calls++) {
    const part: Document = await read("dist/long.txt", offset);
    long += part.text;
    offset = part.next_offset;
  }
  assert.equal(long, "a line of this long file ä\n".repeat(4_000));
  assert.equal((await read("dist/large.bin")).error.code, "too_large");
  for (const path of ["dist/link", "../test.sh", "/etc/passwd", "--out=x"]) {
    assert.equal((await read(path)).error.code, "no_file", path);
  }

  const resource = async (uri: string) => await agent.request("resources/read", { uri });
  const [text, raw] = await Promise.all([files[0], files[3]].map(({ uri }) => resource(uri)));
  assert.deepEqual(text.result?.contents, [
    { uri: files[0].uri, mimeType: "text/plain", text: "grüße\n" },
  ], JSON.stringify(text));
  assert.deepEqual(raw.result?.contents, [
    { uri: files[3].uri, mimeType: "application/octet-stream", blob: "/wA=" },
  ]);
  const none = await resource(`${root}/none`);
  assert.match(none.error!.message, /left no file dist\/none/);
  assert.match((await resource(files[1].uri)).error!.message, /has 5000000 bytes/);
  const { result: about } = await agent.request("resources/templates/list", {});
  assert.ok(
    (about!.resourceTemplates as Document[]).some(({ uriTemplate }) =>
      uriTemplate === "crosstown://jobs/{job}/artifacts/{+path}"
    ),
  );

  const plain: Document = await home.json(["job", "submit", "echo", "--input", "x", "--wait"]);
  const nothing = await agent.tool("job_artifacts", { job_id: plain.job_id });
  assert.equal(nothing.code, "no_artifacts");

  const printed = await home.run(["job", "artifacts", job_id, "--read", "dist/a b/50%?#.txt"]);
  assert.deepEqual([printed.code, printed.stdout], [0, "grüße\n"]);
});
