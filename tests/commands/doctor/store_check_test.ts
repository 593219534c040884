/** What `doctor` reports about the home's store. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { storeCheck } from "../../../commands/doctor/store_check.ts";
import type { Config } from "../../../config/config.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { paymentsHome, START_MS } from "../payments/payments_home.ts";

const configOf = (stateFolder: string) => ({ paths: { stateFolder } }) as Config;

function sql(folder: string, text: string): void {
  const file = new DatabaseSync(`${folder}/state.db`);
  file.exec(text);
  file.close();
}

for (
  const { name, change, status, message, suggestion } of [
    {
      name: "in order",
      change: () => {},
      status: "ok",
      message: /state\.db \(\d+\.\d MB\), \d+ journal entries$/,
      suggestion: null,
    },
    {
      name: "with a changed entry",
      change: (folder: string) =>
        sql(
          folder,
          "DROP TRIGGER journal_never_changes; UPDATE journal SET outcome = 'refused' WHERE seq = 3",
        ),
      status: "fail",
      message: /entry 3: its hash is/,
      suggestion: /crosstown state recover/,
    },
    {
      name: "that is none",
      change: (folder: string) => Deno.writeTextFileSync(`${folder}/state.db`, "x".repeat(5_000)),
      status: "fail",
      message: /damaged/,
      suggestion: /crosstown state recover/,
    },
    {
      name: "of a newer program",
      change: (folder: string) => sql(folder, "PRAGMA user_version = 99"),
      status: "warn",
      message: /newer crosstown/,
      suggestion: null,
    },
    {
      name: "that is not there yet",
      change: (folder: string) => Deno.removeSync(`${folder}/state.db`),
      status: "ok",
      message: /nothing is stored yet/,
      suggestion: null,
    },
    {
      name: "that is gone from beside its payment log",
      change: (folder: string) => {
        Deno.removeSync(`${folder}/state.db`);
        Deno.writeTextFileSync(`${folder}/payment_log.jsonl`, "");
      },
      status: "fail",
      message: /the file is missing beside payment_log\.jsonl/,
      suggestion: /crosstown state recover/,
    },
  ]
) {
  Deno.test(`doctor says what to do about a store ${name}`, async () => {
    await using home = await paymentsHome(3);
    change(home.folder);
    const check = await storeCheck(configOf(home.folder));
    assert.deepEqual([check.name, check.status], ["state", status]);
    assert.match(check.message, message);
    if (suggestion === null) assert.equal(check.suggestion, null);
    else assert.match(check.suggestion!, suggestion);
  });
}

Deno.test("doctor checks a store while its writer runs", async () => {
  await using home = await paymentsHome(1);
  const store = await openSqliteStore({ folder: home.folder, clock: () => START_MS });
  try {
    assert.equal((await storeCheck(configOf(home.folder))).status, "ok");
  } finally {
    await store.close();
  }
});
