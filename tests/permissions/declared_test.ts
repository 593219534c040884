/**
 * Each stage and service declares exactly its part of DESIGN's table, and a worker that is started with it can do that and nothing
 * else. `run` is not a sandbox: an allowed program can do anything. So the allowed programs are named, and they start
 * foreign code only under limits or in bubblewrap.
 */
import type { ServiceDefinition } from "../../base/service.ts";
import assert from "node:assert/strict";
import { runFlags } from "../../shell/run_flags.ts";
import { SERVICES, STAGES } from "../../home/workers/tables.ts";
import type { DeclaredPermissions } from "../../base/service.ts";
import { type Declared, declaredServices, type Places } from "./declared.ts";
import { declaredStages } from "./declared_stages.ts";
import type { Probe } from "./probe_child.ts";
import type { Attempt } from "./probe_worker.ts";

const SAMPLE: Places = { folder: "/f", relay: "127.0.0.1:4000", connector: "127.0.0.1:5000" };

Deno.test("every stage and every service is in the table of permissions", () => {
  const names = (declared: readonly Declared[]) => [...new Set(declared.map(({ name }) => name))];
  assert.deepEqual(names(declaredStages(SAMPLE)).sort(), Object.keys(STAGES).sort());
  assert.deepEqual(names(declaredServices(SAMPLE)).sort(), Object.keys(SERVICES).sort());
});

for (const { name, note, options, holds } of declaredStages(SAMPLE)) {
  Deno.test(`${name} ${note ?? ""} declares exactly ${JSON.stringify(holds)}`, async () => {
    assert.deepEqual((await STAGES[name]()).permissions(options), holds);
  });
}
for (const { name, note, options, holds } of declaredServices(SAMPLE)) {
  Deno.test(`service ${name} ${note ?? ""} declares exactly ${JSON.stringify(holds)}`, async () => {
    const definition: ServiceDefinition = await SERVICES[name as keyof typeof SERVICES]();
    assert.deepEqual(definition.permissions(options), holds);
  });
}

Deno.test("a worker can do what was declared for it, and nothing else", async (t) => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-" }));
  await using servers = new AsyncDisposableStack();
  servers.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.mkdir(`${folder}/work`);
  for (const name of ["input.txt", "wallet.enc", "wallet.pass", "work/file"]) {
    await Deno.writeTextFile(`${folder}/${name}`, "");
  }
  const [relay, connector, other] = [1, 2, 3].map(() => {
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
      () => new Response(""),
    );
    servers.use(server);
    return `127.0.0.1:${server.addr.port}`;
  });
  const places = { folder, relay, connector };
  const cases = [...declaredStages(places), ...declaredServices(places)];
  const attempts = attemptsOn({ ...places, other });
  const probes = cases.map(({ holds }): Probe => ({ granted: holds, attempts }));
  const found = await probe(probes);
  for (const [index, { name, note, holds }] of cases.entries()) {
    await t.step(`${name} ${note ?? ""}`, () => {
      const told = attempts.map((attempt, at) => [text(attempt), found[index][at]]);
      const expected = attempts.map((attempt, at) => [
        text(attempt),
        isHeld(holds, attempt) ? "allowed" : denial(attempt, found[index][at]),
      ]);
      assert.deepEqual(told, expected);
    });
  }
});

function attemptsOn({ folder, relay, connector, other }: Places & { readonly other: string }) {
  const files = ["input.txt", "wallet.enc", "wallet.pass", "work/file"].map((each) =>
    `${folder}/${each}`
  );
  const at = (kind: Attempt["kind"], ...on: string[]) =>
    on.map((each): Attempt => ({ kind, on: each }));
  return [
    ...at("read", ...files, folder, "/etc/hostname", "/proc/self/environ"),
    ...at("write", `${folder}/new`, `${folder}/work/new`, ...files),
    ...at("sqlite", `${folder}/other.db`),
    ...at("net", relay, connector, other),
    ...at("fetch", other),
    ...at("unix", `${folder}/other.sock`),
    ...at("listen", "127.0.0.1", "0.0.0.0"),
    ...at("run", "true", "/usr/bin/env", Deno.execPath()),
    ...at("env", "HOME", "GASTOWN_WALLET_PRIVATE_KEY"),
    ...at("sys", ""),
    ...at("ffi", "libc.so.6"),
    ...at("import", "npm:left-pad@1.3.0", "https://127.0.0.1/x.ts", `file://${folder}/input.txt`),
    ...at("caches", "x"),
    ...at("broadcast", "x"),
  ];
}

function isHeld(holds: DeclaredPermissions, { kind, on }: Attempt): boolean {
  if (kind === "net") return holds.net?.includes(on) ?? false;
  // A worker may also load files that it may read as modules; our code never loads a module that a document names.
  if (kind === "import") return holds.read?.includes(on.replace("file://", "")) ?? false;
  if (kind !== "read" && kind !== "write") return false;
  return holds[kind]?.some((each) => on === each || on.startsWith(`${each}/`)) ?? false;
}

/** Deno's refusal, or the error that replaces it if the API itself was removed. */
function denial({ kind }: Attempt, found: string): string {
  if (kind === "caches" || kind === "broadcast") return "ReferenceError";
  // What is remote, and not on this machine, fails before permissions are asked for.
  if (kind === "import" && found !== "allowed") return found;
  return "NotCapable";
}

const text = ({ kind, on }: Attempt) => `${kind} ${on}`;

async function probe(probes: readonly Probe[]): Promise<string[][]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...runFlags(Deno.execPath()),
      new URL("probe_child.ts", import.meta.url).pathname,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(probes)));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.notEqual(out, "", errors);
  return JSON.parse(out);
}
