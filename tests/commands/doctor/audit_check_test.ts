/** What `doctor` reports about the audit. */
import assert from "node:assert/strict";
import { auditCheck } from "../../../commands/doctor/audit_check.ts";
import type { Config } from "../../../config/config.ts";
import {
  type AuditHome,
  auditHome,
  channelChanges,
  LONG_MS,
  pay,
} from "../../trail/audit/audit_home.ts";

const CASES: readonly {
  readonly name: string;
  readonly set: (home: AuditHome) => Promise<void>;
  readonly status: string;
  readonly message: RegExp;
  readonly suggestion?: RegExp;
}[] = [
  {
    name: "a home without a journal",
    set: () => Promise.resolve(),
    status: "ok",
    message: /^nothing was journaled/,
  },
  {
    name: "everything committed",
    async set({ start, store }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
    },
    status: "ok",
    message: /^all 2 entries are committed, [0-9a-f]{12}$/,
  },
  {
    name: "entries that a process is about to commit",
    async set({ start, store, end }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
      await end();
      await pay(store, 1);
    },
    status: "ok",
    message: /^1 of 3 entries waits to be committed by the process at work$/,
  },
  {
    name: "entries that nobody committed yet",
    async set({ start, store, end }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
      await end();
      await pay(store, 1);
      await store.close();
    },
    status: "warn",
    message: /^1 of 3 entries waits to be committed$/,
    suggestion: /mayor up/,
  },
  {
    name: "no git",
    async set({ start, store }) {
      await store.commit(channelChanges());
      await start({ path: "/nonexistent" }).drain(LONG_MS);
    },
    status: "warn",
    message: /^2 of 2 entries wait .+ since .+: git is not on the PATH; payments go on$/,
    suggestion: /install git/,
  },
  {
    name: "an edited file",
    async set({ start, store, folder }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
      await Deno.writeTextFile(`${folder}/channels/ch_cccccccc.toml`, "mine");
    },
    status: "warn",
    message: /^channels\/ch_cccccccc\.toml in .+ was edited and left so$/,
    suggestion: /git -C .+ checkout/,
  },
  {
    name: "files that a process wrote before it ended, and did not enter into the index",
    async set({ start, store, folder, end }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
      await end();
      await pay(store, 1);
      await start().drain(LONG_MS);
      const { success } = await new Deno.Command("git", {
        args: ["-C", folder, "read-tree", "HEAD~1"],
      }).output();
      assert.ok(success);
    },
    status: "ok",
    message: /^all \d+ entries are committed/,
  },
  {
    name: "a file that was put back to an older commit",
    async set({ start, store, folder, end }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
      const file = `${folder}/channels/ch_cccccccc.toml`;
      const older = await Deno.readTextFile(file);
      await end();
      await pay(store, 1);
      await start().drain(LONG_MS);
      assert.notEqual(await Deno.readTextFile(file), older);
      await Deno.writeTextFile(file, older);
    },
    status: "warn",
    message: /^channels\/ch_cccccccc\.toml in .+ was edited and left so$/,
    suggestion: /git -C .+ checkout HEAD -- \.'$/,
  },
  {
    name: "a removed payment log",
    async set({ start, store, folder, end }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
      await end();
      await Deno.remove(`${folder}/payment_log.jsonl`);
    },
    status: "warn",
    message: /^payment_log\.jsonl in .+ is missing/,
    suggestion: /mayor up.+payments verify/,
  },
  {
    name: "a removed payment log that the next process wrote again",
    async set({ start, store, folder, end }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
      await end();
      await Deno.remove(`${folder}/payment_log.jsonl`);
      await pay(store, 1);
      await start().drain(LONG_MS);
      const lines = (await Deno.readTextFile(`${folder}/payment_log.jsonl`)).trim().split("\n");
      assert.equal(lines.length, 3);
    },
    status: "ok",
    message: /^all 3 entries are committed/,
  },
  {
    name: "a deleted repository",
    async set({ start, store, folder, end }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
      await end();
      await Deno.remove(`${folder}/.git`, { recursive: true });
    },
    status: "warn",
    message: /^2 of 2 entries wait .+ changed by somebody else$/,
    suggestion: /payments verify/,
  },
  {
    name: "a damaged repository",
    async set({ start, store, folder, end }) {
      await store.commit(channelChanges());
      await start().drain(LONG_MS);
      await end();
      await Deno.writeTextFile(`${folder}/.git/refs/heads/main`, "");
    },
    status: "warn",
    message: /cannot be read; payments go on$/,
    suggestion: /logs/,
  },
];

for (const { name, set, status, message, suggestion } of CASES) {
  Deno.test(`doctor tells of the audit: ${name}`, async () => {
    await using home = await auditHome();
    await set(home);
    const config = { paths: { stateFolder: home.folder } } as Config;
    const check = await auditCheck(config, home.place.path);
    assert.equal(check.status, status, check.message);
    assert.match(check.message, message);
    if (suggestion !== undefined) assert.match(check.suggestion ?? "", suggestion);
  });
}
