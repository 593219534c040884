/**
 * Runs DBOS on Postgres, a system for durable workflows. A workflow has as many steps as a job has paid packets, and each step is stored in
 * the database before the next begins. Nothing is paid. It is installed on first use.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { missingPackages } from "../../tests/interop/npm_packages.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The result. */
interface Workflows {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs `count` workflows, at most `width` of them at once. If it cannot be installed, returns null and says so on standard error. */
export async function dbosWorkflows(count: number, width: number): Promise<Workflows | null> {
  const missing = await missingPackages({ folder: HERE, loads });
  if (missing !== null) {
    console.error(`without DBOS: ${missing}`);
    return null;
  }
  const { success, stdout, stderr } = await new Deno.Command("node", {
    args: ["workflow.mjs", `${count}`, `${width}`],
    cwd: HERE,
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`DBOS: ${new TextDecoder().decode(stderr)}${text}`);
  return JSON.parse(text.slice(text.lastIndexOf("{")));
}

async function loads(): Promise<boolean> {
  const { success } = await new Deno.Command("node", {
    args: ["-e", 'require.resolve("@dbos-inc/dbos-sdk")'],
    cwd: HERE,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}
