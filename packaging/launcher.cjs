#!/usr/bin/env node
// Starts crosstown on the Deno that was installed beside it, with exactly the permissions of launch.json.
"use strict";
const { spawn } = require("node:child_process");
const path = require("node:path");

const root = path.dirname(__dirname);
const { flags, watcher } = require("../launch.json");

function denoPath() {
  const target = `${process.platform}-${process.arch}${
    process.platform === "linux" ? "-glibc" : ""
  }`;
  const file = process.platform === "win32" ? "deno.exe" : "deno";
  try {
    const beside = require.resolve("deno/package.json");
    const folder = path.dirname(
      require.resolve(`@deno/${target}/package.json`, { paths: [beside] }),
    );
    return path.join(folder, file);
  } catch {
    console.error(`Error: no Deno for ${target} beside crosstown`);
    console.error(
      "Suggestion: install again with optional packages: npm install --include=optional crosstown",
    );
    process.exit(1);
  }
}

const deno = denoPath();
const args = [
  "run",
  // `mayor attach`, `node attach`: a dashboard gets small heaps.
  ...(["mayor attach", "node attach"].includes(process.argv.slice(2, 4).join(" "))
    ? [watcher]
    : []),
  "--config",
  path.join(root, "deno.json"),
  ...flags.map((flag) => flag.replace("{deno}", deno)),
  path.join(root, "cli.js"),
  ...process.argv.slice(2),
];
// From how much free memory on the C library gives it back to the system. It would raise this limit by itself. An idle daemon holds 3 MB less.
const env = { MALLOC_TRIM_THRESHOLD_: "131072", ...process.env, DENO_NO_UPDATE_CHECK: "1" };

if (typeof process.execve === "function") {
  // Node 22.15: this process becomes Deno, and signals and standard streams are its own.
  process.execve(deno, [deno, ...args], env);
}
const child = spawn(deno, args, { stdio: "inherit", env });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`Error: ${deno} does not start: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
