import assert from "node:assert/strict";
import plugin from "../../lint/plugin.ts";

interface Case {
  readonly name: string;
  readonly file: string;
  readonly source: string;
  /** `rule: part of the message`, or null if there is no report. */
  readonly expected: string | null;
}

const cases: readonly Case[] = [
  {
    name: "a command that opens the store",
    file: "commands/job/x.ts",
    source: `import { openSqliteStore } from "../../store/sqlite_store.ts"; openSqliteStore;`,
    expected: "home-clients: openSqliteStore in a command",
  },
  {
    name: "a command that opens the store when it needs it",
    file: "commands/job/x.ts",
    source: `export const at = () => import("../../store/sqlite_store.ts");`,
    expected: "home-clients: openSqliteStore in a command",
  },
  {
    name: "a command that opens the home",
    file: "commands/job/x.ts",
    source:
      `import { openConfiguredHome } from "../../shell/home/open_home.ts"; openConfiguredHome;`,
    expected: "home-clients: openConfiguredHome in a command",
  },
  {
    name: "a command that starts a store's worker",
    file: "commands/job/x.ts",
    source:
      `declare const supervisor: { service(name: string): void }; supervisor.service("store");`,
    expected: 'home-clients: service("store") in a command',
  },
  {
    name: "the command that puts another store in the place of a lost one",
    file: "commands/state/state_recover.ts",
    source: `import { openSqliteStore } from "../../store/sqlite_store.ts"; openSqliteStore;`,
    expected: null,
  },
  {
    name: "the number of a job's kind outside the table of kinds",
    file: "market/x.ts",
    source: "export const kind = 5601;",
    expected: "kinds-in-one-table: 5601 is a job's kind",
  },
  {
    name: "the number of feedback outside the table of kinds",
    file: "commands/x.ts",
    source: "export const kind = 7000;",
    expected: "kinds-in-one-table: 7000 is a job's kind",
  },
  {
    name: "a kind in the table of kinds",
    file: "protocols/nostr/kinds.ts",
    source: "export const kind = 5601;",
    expected: null,
  },
  {
    name: "a wire compared by its name",
    file: "home/x.ts",
    source: `export const old = (p: { wire: string }) => p.wire === "crosstown";`,
    expected: "wires-by-their-interface: a wire is compared by its name",
  },
  {
    name: "a wire compared by its object",
    file: "peers/x.ts",
    source:
      `declare const interledgerWire: object; export const is = (w: object) => w !== interledgerWire;`,
    expected: "wires-by-their-interface: a wire is compared by its name",
  },
  {
    name: "a folder of that name",
    file: "config/x.ts",
    source: `export const is = (folder: string) => folder === "crosstown";`,
    expected: null,
  },
  {
    name: "a number that is no kind",
    file: "runtime/x.ts",
    source: "export const waitMs = 5_000 + 15601;",
    expected: null,
  },
  {
    name: "protocols importing the store",
    file: "protocols/nostr/x.ts",
    source: `import { a } from "../../store/store.ts"; a;`,
    expected: "import-order: protocols must not import store",
  },
  {
    name: "protocols importing each other",
    file: "protocols/nostr/x.ts",
    source: `import { a } from "../toon/encode.ts"; a;`,
    expected: null,
  },
  {
    name: "the store importing the runtime dynamically",
    file: "store/x.ts",
    source: `await import("../runtime/link.ts");`,
    expected: "import-order: store must not import runtime",
  },
  {
    name: "the store importing stages by re-export",
    file: "store/x.ts",
    source: `export * from "../stages/stage.ts";`,
    expected: "import-order: store must not import stages",
  },
  {
    name: "the store naming a worker file of the home",
    file: "store/x.ts",
    source: `new URL("../home/workers/worker_entry.ts", import.meta.url);`,
    expected: "import-order: store must not import home",
  },
  {
    name: "the store using an import type of the runtime",
    file: "store/x.ts",
    source: `export let a: import("../runtime/link.ts").Link;`,
    expected: "import-order: store must not import runtime",
  },
  {
    name: "the runtime importing a value of the store",
    file: "runtime/x.ts",
    source: `import { a } from "../store/store.ts"; a;`,
    expected: "import-order: runtime may import only types of store",
  },
  {
    name: "a stage importing the store's error class",
    file: "stages/x.ts",
    source: `import { StoreError } from "../store/store_error.ts"; StoreError;`,
    expected: null,
  },
  {
    name: "an error asked by its name",
    file: "money/x.ts",
    source: `export const a = (error: Error) => error.name !== "StoreError";`,
    expected: "errors-by-class: an error is asked by its class: instanceof StoreError",
  },
  {
    name: "a name that was taken out of an error",
    file: "commands/x.ts",
    source: `export const a = ({ name }: Error) => "SignerError" === name;`,
    expected: "errors-by-class: an error is asked by its class: instanceof SignerError",
  },
  {
    name: "an abort, which the platform tells by its name alone",
    file: "commands/x.ts",
    source: `export const a = (error: Error) => error.name === "AbortError";`,
    expected: null,
  },
  {
    name: "a caught value that is cast to a shape",
    file: "home/x.ts",
    source: `export const a = (error: unknown) => (error as { code?: string }).code;`,
    expected: "errors-by-class: error is cast",
  },
  {
    name: "a caught value that is cast to an error",
    file: "home/x.ts",
    source: `export const a = (cause: unknown) => (cause as Error).message;`,
    expected: "errors-by-class: cause is cast",
  },
  {
    name: "a test that casts what it caught",
    file: "tests/x.ts",
    source: `export const a = (cause: unknown) => (cause as Error).message;`,
    expected: null,
  },
  {
    name: "the runtime importing the home",
    file: "runtime/x.ts",
    source: `import type { A } from "../home/home.ts"; export let a: A;`,
    expected: "import-order: runtime must not import home",
  },
  {
    name: "a room importing itself",
    file: "money/payer/x.ts",
    source: `import { a } from "../claims/claim_ack.ts"; a;`,
    expected: null,
  },
  {
    name: "a stage importing types of the store",
    file: "stages/correlator.ts",
    source: `import type { Store } from "../store/store.ts"; export let s: Store;`,
    expected: null,
  },
  {
    name: "a stage importing inline types of the store",
    file: "stages/correlator.ts",
    source: `import { type Store } from "../store/store.ts"; export let s: Store;`,
    expected: null,
  },
  {
    name: "a stage importing a value of the store",
    file: "stages/correlator.ts",
    source: `import { openSqliteStore } from "../store/sqlite_store.ts"; openSqliteStore;`,
    expected: "import-order: stages may import only types of store",
  },
  {
    name: "a stage importing a value of base",
    file: "stages/correlator.ts",
    source: `import { a } from "../base/timers.ts"; a;`,
    expected: null,
  },
  {
    name: "a stage importing its contract",
    file: "stages/correlator.ts",
    source: `import { refuse } from "./stage.ts"; refuse;`,
    expected: null,
  },
  {
    name: "a stage importing another stage",
    file: "stages/correlator.ts",
    source: `import { k } from "./kind_extractor.ts"; k;`,
    expected: "import-order: a stage must not import another stage",
  },
  {
    name: "a stage importing a part of its own",
    file: "stages/prepare_sink.ts",
    source: `import { k } from "./prepare_sink_books.ts"; k;`,
    expected: null,
  },
  {
    name: "a stage importing a stage that begins alike",
    file: "stages/event_signer.ts",
    source: `import { k } from "./event_verifier.ts"; k;`,
    expected: "import-order: a stage must not import another stage",
  },
  {
    name: "a stage importing the type of another stage",
    file: "stages/correlator.ts",
    source: `import type { K } from "./kind_extractor.ts"; export let k: K;`,
    expected: "import-order: a stage must not import another stage",
  },
  {
    name: "the runtime importing the shell",
    file: "runtime/supervisor.ts",
    source: `import { a } from "../shell/output.ts"; a;`,
    expected: "import-order: runtime must not import shell",
  },
  {
    name: "network importing the runtime",
    file: "network/relay/relay_server.ts",
    source: `import { a } from "../../runtime/link.ts"; a;`,
    expected: null,
  },
  {
    name: "commands importing cli.ts",
    file: "commands/job.ts",
    source: `import { a } from "../cli.ts"; a;`,
    expected: "import-order: commands must not import cli",
  },
  {
    name: "the shell naming cli.ts to start it again",
    file: "shell/self.ts",
    source: `new URL("../cli.ts", import.meta.url);`,
    expected: null,
  },
  {
    name: "product code importing tests",
    file: "network/relay/relay_server.ts",
    source: `import { a } from "../../tests/x.ts"; a;`,
    expected: "import-order: network must not import tests",
  },
  {
    name: "tests importing anything",
    file: "tests/x_test.ts",
    source: `import { a } from "../cli.ts"; a; Deno.exit(1); Date.now();`,
    expected: null,
  },
  ...[
    ["Deno", "Deno.readFile(x)"],
    ["Date.now", "Date.now()"],
    ["Math.random", "Math.random()"],
    ["Math.random", "Math['random']()"],
    ["fetch", "fetch(x)"],
    ["globalThis.fetch", "globalThis.fetch(x)"],
    ["WebSocket", "new WebSocket(x)"],
    ["new Date()", "new Date()"],
    ["crypto.getRandomValues", "crypto.getRandomValues(x)"],
    ["crypto.randomUUID", "crypto.randomUUID()"],
    ["performance.now", "performance.now()"],
    ["setTimeout", "setTimeout(x, 1)"],
    ["node:fs", "import 'node:fs'"],
    ["node:crypto", "import { randomBytes } from 'node:crypto'"],
    ["node:crypto", "import { hash, randomUUID } from 'node:crypto'"],
    ["node:crypto", "import crypto from 'node:crypto'"],
  ].map(([what, source]) => ({
    name: `${source} in protocols`,
    file: "protocols/ilp/packet.ts",
    source,
    expected: `pure-protocols: ${what} in protocols`,
  })),
  {
    name: "a hash of node:crypto in protocols",
    file: "protocols/ilp/packet.ts",
    source: `import { hash } from "node:crypto"; hash;`,
    expected: null,
  },
  {
    name: "a date from a figure, in protocols",
    file: "protocols/ilp/packet.ts",
    source: `new Date(5).toISOString();`,
    expected: null,
  },
  {
    name: "the clock in peers",
    file: "peers/relay/relay_session.ts",
    source: `Date.now();`,
    expected: null,
  },
  ...["stdin", "stdout", "stderr", "args", "exit", "env"].flatMap((member) => [
    {
      name: `Deno.${member} in a stage`,
      file: "stages/relay_source.ts",
      source: `Deno.${member};`,
      expected: `process-at-the-edge: Deno.${member} outside cli.ts, shell/ and commands/`,
    },
    {
      name: `Deno.${member} in commands`,
      file: "commands/job.ts",
      source: `Deno.${member};`,
      expected: null,
    },
  ]),
  {
    name: "process.env in config",
    file: "config/config.ts",
    source: `import process from "node:process"; process.env;`,
    expected: "process-at-the-edge: process.env outside",
  },
  {
    name: "console.log in the runtime",
    file: "runtime/supervisor.ts",
    source: `console.log(1);`,
    expected: "process-at-the-edge: console.log outside",
  },
  {
    name: "Deno.exit in cli.ts",
    file: "cli.ts",
    source: `Deno.exit(0);`,
    expected: null,
  },
  {
    name: "node:worker_threads in a stage",
    file: "stages/relay_source.ts",
    source: `import "node:worker_threads";`,
    expected: "no-worker-threads: node:worker_threads in a stage",
  },
  ...["utils.ts", "helpers.ts", "common.ts", "types.ts", "misc.ts", "shared.ts", "util_test.ts"]
    .map((file) => ({
      name: `a drawer ${file}`,
      file: `config/${file}`,
      source: "export {};",
      expected: `no-drawers: ${file} is a drawer`,
    })),
  {
    name: "a name that only ends like a drawer",
    file: "config/event_types.ts",
    source: "export {};",
    expected: null,
  },
];

for (const { name, file, source, expected } of cases) {
  Deno.test(`lint plugin ${expected === null ? "allows" : "refuses"} ${name}`, () => {
    const found = Deno.lint.runPlugin(plugin, file, source)
      .map(({ id, message }) => `${id.replace(/^crosstown\//, "")}: ${message}`);
    if (expected === null) assert.deepEqual(found, []);
    else {
      assert.equal(found.length, 1, found.join("\n"));
      assert.ok(found[0].startsWith(expected), `${found[0]} should start with ${expected}`);
    }
  });
}
