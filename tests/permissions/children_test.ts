import assert from "node:assert/strict";
import { ENV_NAMES } from "../../config/environment.ts";
import { runFlags } from "../../shell/run_flags.ts";
import { heldFlags, type PermissionQuery } from "../../shell/self.ts";

const PLACES = {
  readable: ["/app", "/home/x/.gt", "/usr"],
  writable: ["/home/x/.gt", "/tmp"],
  hosts: ["127.0.0.1", "relay.example", "relay.example:443"],
};

/** A process with these permissions; a path includes everything below it. */
function holding(held: Readonly<Record<string, readonly string[] | true>>): PermissionQuery {
  return (descriptor) => {
    const { name, ...rest } = descriptor;
    const entries = held[name] ?? [];
    const [entry] = Object.values(rest) as (string | undefined)[];
    if (entries === true) return { state: "granted", partial: false };
    const granted = entry !== undefined &&
      entries.some((each) => each === entry || (name !== "net" && entry.startsWith(`${each}/`)));
    return { state: granted ? "granted" : "prompt", partial: false };
  };
}

const allows = (flags: readonly string[]) => flags.filter((each) => each.startsWith("--allow-"));

Deno.test("heldFlags() gives a child of the task the task's flags", () => {
  const query = holding({
    read: true,
    write: true,
    net: true,
    env: ENV_NAMES,
    sys: ["uid"],
    run: ["git", "bwrap", "sh", "secret-tool", "security", "/bin/deno"],
  });
  assert.deepEqual(heldFlags("/bin/deno", PLACES, query), runFlags("/bin/deno"));
});

const TABLE: readonly {
  readonly name: string;
  readonly held: Readonly<Record<string, readonly string[] | true>>;
  readonly expected: readonly string[];
}[] = [
  { name: "nothing", held: {}, expected: [] },
  {
    name: "folders alone",
    held: { read: ["/app", "/home/x"], write: ["/home/x/.gt"] },
    expected: ["--allow-read=/app,/home/x/.gt", "--allow-write=/home/x/.gt"],
  },
  {
    name: "one port of one host",
    held: { net: ["relay.example:443"] },
    expected: ["--allow-net=relay.example:443"],
  },
  {
    name: "every host",
    held: { net: true },
    expected: ["--allow-net"],
  },
  {
    name: "two variables and one program",
    held: { env: ["HOME", "PATH", "SECRET"], run: ["git", "curl"] },
    expected: ["--allow-env=HOME,PATH", "--allow-run=git"],
  },
  {
    name: "the user's number alone of the system",
    held: { sys: true },
    expected: ["--allow-sys=uid"],
  },
  {
    name: "everything (-A)",
    held: { read: true, write: true, net: true, env: true, run: true, ffi: true, sys: true },
    expected: allows(runFlags("/bin/deno")),
  },
];
for (const { name, held, expected } of TABLE) {
  Deno.test(`heldFlags() gives no more than the parent holds: ${name}`, () => {
    assert.deepEqual(allows(heldFlags("/bin/deno", PLACES, holding(held))), expected);
  });
}

Deno.test("heldFlags() passes on no permission that is held only in part", () => {
  const query: PermissionQuery = ({ name }) => ({ state: "granted", partial: name === "read" });
  const flags = heldFlags("/bin/deno", PLACES, query);
  assert.equal(flags.some((each) => each.startsWith("--allow-read")), false);
});

Deno.test("selfCommand() lets a child write a folder outside of its home if its parent may, and no other one", async () => {
  const home = await Deno.makeTempDir({ prefix: "crosstown-held-" });
  const env = { GASTOWN_HOME: home, TMPDIR: home, WRITABLE: "/srv/rig/.git/info,/srv/other" };
  try {
    const args = await childOf([
      "--allow-read",
      `--allow-write=${home},/srv/rig`,
      "--allow-env=HOME,PATH,GASTOWN_HOME,TMPDIR,WRITABLE",
    ], env);
    const written = allows(args).find((each) => each.startsWith("--allow-write"));
    assert.equal(written, `--allow-write=${home},/srv/rig/.git/info`);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("selfCommand() says what to do where the home holds Deno, which a child could not write to", async () => {
  const home = Deno.execPath().split("/").slice(0, -2).join("/");
  const flags = ["--allow-read", "--allow-write", "--allow-env", "--allow-run"];
  const { code, suggestion } = await printed(flags, { GASTOWN_HOME: `${home}/` });
  assert.equal(code, "program_in_home");
  assert.ok(suggestion.includes(`--home ${home}/.gt`), suggestion);
});

/** What a real process with these flags would start. */
async function childOf(flags: readonly string[], env: Record<string, string> = {}) {
  return (await printed(flags, env) as { args: string[] }).args;
}

async function printed(flags: readonly string[], env: Record<string, string>) {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      ...flags,
      new URL("held_flags_child.ts", import.meta.url).pathname,
      "node",
      "run",
      "--relay",
      "wss://relay.example/",
    ],
    env,
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.notEqual(text, "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

Deno.test("selfCommand() keeps a container's exact folders, hosts and programs", async () => {
  const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");
  const home = await Deno.makeTempDir({ prefix: "crosstown-held-" });
  try {
    const args = await childOf([
      `--allow-read=${root},${home},/usr,/elsewhere`,
      `--allow-write=${home}`,
      "--allow-net=relay.example,127.0.0.1:7000",
      "--allow-env=HOME,PATH,GASTOWN_HOME,TMPDIR",
      `--allow-run=sh,${Deno.execPath()}`,
    ], { GASTOWN_HOME: home, TMPDIR: "/elsewhere", PATH: "/usr/bin:/opt/none" });
    const [read, write, ...rest] = allows(args);
    const readable = read.replace("--allow-read=", "").split(",");
    for (const folder of [root, home, "/elsewhere", "/usr"]) assert.ok(readable.includes(folder));
    for (const folder of readable) {
      assert.ok(
        [root, home, "/elsewhere", "/usr"].some((held) => `${folder}/`.startsWith(`${held}/`)),
        `${folder} is not held`,
      );
    }
    assert.equal(write, `--allow-write=${home}`);
    assert.deepEqual(rest, [
      "--allow-net=relay.example,relay.example:443",
      "--allow-env=HOME,PATH,TMPDIR,GASTOWN_HOME",
      `--allow-run=sh,${Deno.execPath()}`,
    ]);
    assert.deepEqual(args.slice(-4), ["node", "run", "--relay", "wss://relay.example/"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("selfCommand() of a process without permissions starts one without permissions", async () => {
  assert.deepEqual(allows(await childOf([])), []);
});
