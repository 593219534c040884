/**
 * The main thread opens no network socket, no key and no job file, while a job is bought and while one is provided.
 *
 * Deno's audit (`DENO_AUDIT_PERMISSIONS`) is one list of the accesses of a process and does not name threads; the stacks that
 * `DENO_TRACE_PERMISSIONS` adds are missing or stale where an access is not made by JavaScript (node:sqlite, node:net).
 * So the test denies other accesses: the program's main thread runs in a worker that has only the permissions of
 * `ofHome()`, and `confined_child.ts` starts the workers that it asks for. Any other access would end the command. The
 * audit then shows
 * that the process as a whole did touch keys, sockets and files: in the workers that were started for them.
 */
import assert from "node:assert/strict";
import { devLayout } from "../../../network/dev/layout.ts";
import { acceptedConnectorsFile } from "../../../config/accepted_connectors.ts";
import { homePaths } from "../../../config/paths.ts";
import { confinedMain, type Outcome } from "./confined_main.ts";
import { crosstown, devHome, networkHome, root } from "./dev_home.ts";

const PATH = Deno.env.get("PATH") ?? "";
const MAYOR = "mayor-001";
/** The most workers that a provider may have at once. */
const MAX_WORKERS = 12;

/** All that a main thread may touch of a home: it reads settings, log, which mayor pays and whether a socket is there, and makes folders. */
function ofHome(home: string): Deno.PermissionOptionsObject {
  const { configFile, devProfileFile, benchmarkFile, logFile, controlSocket, stateFolder } =
    homePaths(
      home,
      MAYOR,
    );
  // Of the store's folder only the lock, which shows whether a process holds the home.
  const lockFile = `${stateFolder}/state.lock`;
  // Whether this home's own dev network is up: its buyer's home cannot sell.
  const devSocket = devLayout(home).controlSocket;
  return {
    read: [
      root,
      configFile,
      devProfileFile,
      acceptedConnectorsFile({ home }, "dev"),
      benchmarkFile,
      logFile,
      controlSocket,
      devSocket,
      lockFile,
      `${home}/payers`,
    ],
    write: [home],
    net: false,
    run: false,
    env: false,
    sys: false,
    ffi: false,
    import: false,
  };
}

Deno.test("job submit --wait: the main thread opens no socket, no key and no job file", async () => {
  await using home = await devHome();
  const { buyer } = devLayout(home.path);
  const { stateFolder, controlSocket, identityFile, configFile, devProfileFile } = homePaths(
    home.path,
    MAYOR,
  );
  const input = `${home.path}/input.txt`;
  await Deno.writeTextFile(input, "from a file");
  const outcome = await confinedMain({
    args: ["job", "submit", "echo", "--input", input, "--wait", "--output", "json"],
    permissions: ofHome(home.path),
    env: { PATH, GASTOWN_HOME: home.path },
    cwd: root,
  }, `${home.path}/audit.jsonl`);
  assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
  const job = JSON.parse(outcome.stdout);
  assert.equal(job.status, "success");
  assert.equal(job.result.content, "from a file");
  const { store, ...others } = granted(outcome);
  assert.deepEqual(store, { read: [stateFolder], write: [stateFolder] });
  assert.deepEqual(others, {
    "chain": { net: [home.rpc] },
    "relay-reader": { net: [home.relay] },
    "signer": { read: [buyer.keyFile, buyer.passphraseFile] },
    "audit": auditOf(stateFolder),
    "input-finder": {
      read: [
        input,
        ...foldersAbove(input).flatMap((folder) => [`${folder}/.git`, `${folder}/.gitignore`]),
        home.path,
        identityFile,
        configFile,
        devProfileFile,
      ],
    },
    "input-packer": { read: [input] },
    "market": {},
    "control": controlOf(controlSocket, stateFolder),
    // Stages and services with equal permissions share a worker, which has the first one's name: the relay source that of the relay reader,
    // the service for quotes that of the prepare sink, and the channel manager that of the market.
    "outbound/0-job-source": {},
    "outbound/3-prepare-sink": { net: [home.connector] },
    "answers/4-skill-sink": {},
  });
  const secrets = [buyer.keyFile, buyer.passphraseFile, input];
  assertAudit(outcome, {
    hosts: [home.relay, home.connector, home.rpc, `unix:${controlSocket}`],
    secrets,
  });
});

Deno.test("node run: the main thread opens no socket, no key and no job file", async () => {
  await using network = await networkHome();
  const { providerHome, provider } = devLayout(network.path);
  const { stateFolder, controlSocket, blobsFolder, skillsFolder, approvalsFile } = homePaths(
    providerHome,
    MAYOR,
  );
  const projectSkills = [".agents", ".claude"].map((name) => `${root}/${name}/skills`);
  const allowed = ofHome(providerHome);
  // It looks at the names and times of the skills' files. Its audit shows that it opens none of them.
  const looksAt = [skillsFolder, approvalsFile];
  let job: Record<string, unknown> = {};
  const outcome = await confinedMain(
    {
      args: ["node", "run", "--output", "json"],
      permissions: { ...allowed, read: [...allowed.read as string[], ...looksAt] },
      env: { PATH, GASTOWN_HOME: providerHome },
      cwd: root,
    },
    `${network.path}/audit.jsonl`,
    async () => {
      job = await crosstown(network.path, ["job", "submit", "echo", "--input", "hello", "--wait"]);
    },
  );
  assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
  assert.equal(job.status, "success");
  const work = `${stateFolder}/work`;
  const {
    store,
    "skill-catalog": catalog,
    "accepted/4-skill-sink": sink,
    ...others
  } = granted(outcome);
  assert.deepEqual(store, { read: [stateFolder], write: [stateFolder] });
  assert.deepEqual([sink.read, sink.write, sink.net], [
    [work, blobsFolder, skillsFolder, ...projectSkills, approvalsFile, "/proc"],
    [work],
    undefined,
  ]);
  for (const tool of sink.run ?? []) assert.match(tool, /\/(sh|bwrap)$/);
  assert.deepEqual(Object.keys(catalog), ["read", "write", "run"]);
  assert.deepEqual(catalog.write, [work]);
  assert.deepEqual(others, {
    "chain": { net: [network.rpc] },
    "channel-manager-provable": {},
    "relay-reader": { net: [network.relay] },
    "signer": { read: [provider.keyFile, provider.passphraseFile] },
    "audit": auditOf(stateFolder),
    "control": controlOf(controlSocket, stateFolder),
    // The stages without permissions, of all three pipelines; the two skill sinks are in one worker as well.
    "outbound/0-job-source": {},
    "outbound/3-prepare-sink": { net: [network.connector] },
    "requests/0-relay-source": { net: [network.relay] },
  });
  assert.ok(Object.keys(granted(outcome)).length <= MAX_WORKERS);
  assertAudit(outcome, {
    hosts: [network.relay, network.connector, network.rpc, `unix:${controlSocket}`],
    secrets: [provider.keyFile, provider.passphraseFile],
  });
});

type Grants = Readonly<Record<string, readonly string[] | undefined>>;

/** Maps the name of each worker, without the number of its start, to its permissions. */
function granted({ spawned }: Outcome): Record<string, Grants> {
  return Object.fromEntries(spawned.map(({ name, permissions }) => [
    name.replace(/#\d+$/, ""),
    Object.fromEntries(Object.entries(permissions).filter(([, grant]) => grant !== false)),
  ]));
}

/** The path itself and every folder above it, nearest first. */
function foldersAbove(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/")).reverse();
}

/** Its part of the state folder: neither the database nor the socket. */
function auditOf(folder: string): Grants {
  const parts = [
    ".git",
    ".git-broken",
    ".gitignore",
    "channels",
    "checkpoint.json",
    "jobs",
    "payment_log",
    "payment_log.jsonl",
  ].map((part) => `${folder}/${part}`);
  return { read: parts, write: parts, run: ["git"] };
}

function controlOf(socket: string, folder: string): Grants {
  return { net: [`unix:${socket}`], read: [socket, folder], write: [socket] };
}

/** The process and its workers reached only these hosts, and read its secrets and never wrote them. */
function assertAudit(
  { audit }: Outcome,
  { hosts, secrets }: { readonly hosts: readonly string[]; readonly secrets: readonly string[] },
): void {
  const values = (permission: string) =>
    new Set(audit.filter((each) => each.permission === permission).map(({ value }) => value));
  // A worker's grant is itself noted, as an access without a value; fetch notes its URL.
  const reached = [...values("net")].filter((value) => value !== null).map((value) =>
    value.startsWith("http:") ? new URL(value).host : value
  );
  assert.deepEqual([...new Set(reached)].sort(), [...hosts].sort());
  for (const secret of secrets) {
    assert.ok(values("read").has(secret), `${secret} was not read`);
    assert.equal(values("write").has(secret), false, `${secret} was opened to be written`);
  }
}
