/** The rules of the lint plugin about what a file may import. */
import { testPlugin } from "./plugin_cases.ts";

testPlugin([
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
]);
