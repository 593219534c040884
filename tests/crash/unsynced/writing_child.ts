/** A child process that writes and dies: `steps FOLDER JSON`, or `sqlite FOLDER SYNCHRONOUS`, which prints each commit. */
import { DatabaseSync } from "node:sqlite";

/** What {@link steps} does, one after the other. */
export type Step =
  | readonly ["write" | "append", name: string, text: string]
  | readonly ["truncate", name: string, size: number]
  | readonly ["overwrite", name: string, offset: number, text: string]
  | readonly ["rename" | "link" | "copy", name: string, to: string]
  | readonly ["remove" | "sync" | "mkdir", name: string];

const COMMITS = 40;

function steps(folder: string, text: string): void {
  for (const [what, name, first, second] of JSON.parse(text)) {
    const path = `${folder}/${name}`;
    switch (what) {
      case "write":
        Deno.writeTextFileSync(path, first);
        break;
      case "append":
        Deno.writeTextFileSync(path, first, { append: true });
        break;
      case "truncate":
        Deno.truncateSync(path, first);
        break;
      case "overwrite": {
        using file = Deno.openSync(path, { write: true });
        file.seekSync(first, Deno.SeekMode.Start);
        file.writeSync(new TextEncoder().encode(second));
        break;
      }
      case "rename":
        Deno.renameSync(path, `${folder}/${first}`);
        break;
      case "link":
        Deno.linkSync(path, `${folder}/${first}`);
        break;
      case "copy":
        Deno.copyFileSync(path, `${folder}/${first}`);
        break;
      case "remove":
        Deno.removeSync(path);
        break;
      case "mkdir":
        Deno.mkdirSync(path);
        break;
      case "sync": {
        using file = Deno.openSync(path);
        file.syncSync();
        break;
      }
      default:
        throw new RangeError(what);
    }
  }
}

function sqlite(folder: string, synchronous: string): void {
  const db = new DatabaseSync(`${folder}/a.db`);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; CREATE TABLE t (n)`);
  for (let n = 0; n < COMMITS; n++) {
    db.exec(`INSERT INTO t VALUES (${n})`);
    Deno.stdout.writeSync(new TextEncoder().encode(`${n}\n`));
  }
}

if (import.meta.main) {
  const [what, folder, rest] = Deno.args;
  ({ steps, sqlite })[what as "steps" | "sqlite"](folder, rest);
  Deno.kill(Deno.pid, "SIGKILL");
}
