/** The schema of a database as SQLite stores it, for comparison with a pinned file. */
import type { DatabaseSync } from "node:sqlite";

/** The version and every statement of the schema, in the order in which they ran. */
export function schemaDump(db: DatabaseSync): string {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as {
    user_version: number;
  };
  const parts = db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
    .all() as { sql: string }[];
  return [`PRAGMA user_version = ${version}`, ...parts.map(({ sql }) => sql)]
    .map((each) => `${each};\n`).join("");
}
