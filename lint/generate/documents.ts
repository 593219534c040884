/**
 * The parts of `deno.json`, the Dockerfile and the README that come from the tables of variables, flags and rooms, and the image's script.
 * Without effects: a file's text in, its correct text out.
 *
 * @module
 */
import { runFlags } from "../../shell/run_flags.ts";
import { startLines } from "../../shell/start_script.ts";
import { configSchema, settingRows } from "../../config/config_schema.ts";
import { ENVIRONMENT } from "../../config/environment.ts";
import { REACH } from "../rooms.ts";
import { between, replaced, table } from "./markdown.ts";
import { permissionTable } from "./permission_table.ts";
import { protocolBlocks } from "./protocol_page.ts";
import { quoted, taskCommand } from "./tasks.ts";

/** `deno.json` with the commands of its tasks. */
export function denoJson(text: string): string {
  const tasks = JSON.parse(text).tasks as Record<string, { command: string }>;
  return Object.entries(tasks).reduce(
    (text, [name, { command }]) =>
      text.replace(
        `"command": ${JSON.stringify(command)}`,
        () => `"command": ${JSON.stringify(taskCommand(name, command))}`,
      ),
    text,
  );
}

const STATE = "/home/crosstown/.gt";
const WORK = "/work-tmp";
/** Folders that sandboxes bind, and in which tools are found. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/proc"];

/** The Dockerfile with the rooms that it copies. */
export function dockerfile(text: string): string {
  const folders = [
    ...Object.keys(REACH).filter((room) => room !== "mod" && room !== "cli"),
    ...["fixtures", "lint", "packaging"],
  ];
  const copies = folders.map((each) => `COPY ${each} ./${each}\n`);
  return replaced(text, /(?:COPY \w+ \.\/\w+\n)+/, copies.join(""));
}

/** `packaging/image.sh`, the program `crosstown` of the image, with exact permissions. */
export function imageScript(): string {
  const flags = runFlags("/usr/bin/deno", {
    read: ["/app", STATE, WORK, ...SYSTEM],
    write: [STATE, WORK],
  });
  const start = startLines({ deno: "deno", app: "/app", flags: flags.map((flag) => `'${flag}'`) });
  return `#!/bin/sh
# The program \`crosstown\` of the image. \`deno task generate\` writes this file.
# Reads: the program, its state, its work folder, and what a sandbox binds. Writes: state and work folder. Runs: these programs and
# itself. Its children (dev up, node up) are started with these flags or fewer: shell/self.ts asks what is held.
# An operator who knows the hosts of relay and connector can mount a copy over this file that names them behind --allow-net=.
${start}
`;
}

/** The README with its flags and its table of variables. */
export function readme(text: string): string {
  return between(between(text, "flags", flagsText()), "variables", variablesTable());
}

/** `docs/schema/config.json`, for editors. */
export function configSchemaFile(): string {
  return `${JSON.stringify(configSchema(), null, 2)}\n`;
}

/** `docs/protocol.md` with the bytes of its example. */
export function protocolPage(text: string): string {
  return Object.entries(protocolBlocks()).reduce(
    (text, [mark, inside]) => between(text, mark, inside),
    text,
  );
}

/** `docs/security.md` with its table of permissions. */
export function securityPage(text: string): string {
  return between(text, "permissions", permissionTable());
}

/** `docs/configuration.md` with its table of settings. */
export function configurationPage(text: string): string {
  const code = (word: string) => `\`${word}\``;
  const rows = settingRows().map(({ key, meaning, flag, env, file, fallback, applies }) => [
    code(key),
    meaning,
    fallback === null || fallback === "" ? "" : code(String(fallback)),
    [...(flag === null ? [] : [flag]), ...env].map(code).join(", ") +
    (file ? "" : ", not in the file"),
    applies,
  ]);
  const columns = ["key", "meaning", "default", "flag, variables", "a change applies"];
  return between(text, "settings", table(columns, rows));
}

const LINE = 98;

function flagsText(): string {
  const execPath = `"$(deno eval 'console.log(Deno.execPath())')"`;
  const lines = ["deno run"];
  for (const flag of runFlags("EXEC").map((flag) => flag.replace("EXEC", execPath))) {
    const parts = flag.split(",").map((part) => part === execPath ? part : quoted(part));
    parts.forEach((part, at) => {
      const text = `${at === 0 ? " " : ""}${part}${at < parts.length - 1 ? "," : ""}`;
      const line = lines.at(-1)!;
      if (line.length + text.length <= LINE) lines[lines.length - 1] += text;
      // A list continues at the start of the next line, so that it stays one word.
      else lines.push(at === 0 ? ` ${text}` : text);
    });
  }
  const command = lines.map((line, at) => {
    const next = lines[at + 1];
    return next === undefined ? line : next.startsWith(" ") ? `${line} \\` : `${line}\\`;
  });
  return `\`\`\`\ndeno install\n${command.join("\n")} \\\n  cli.ts --version\n\`\`\``;
}

function variablesTable(): string {
  const rows = ENVIRONMENT.filter(({ meaning }) => meaning !== null)
    .map(({ name, meaning }) => [`\`${name}\``, meaning!]);
  return table(["variable", "meaning"], rows);
}
