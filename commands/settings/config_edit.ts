/**
 * Edits a draft of `crosstown.toml`. The draft replaces the file when it is valid.
 *
 * @module
 */
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { configWith, pathsOf } from "../../shell/home/load_config.ts";
import { changeConfig, configText } from "../../shell/home/write_config.ts";

/**
 * The shell reads the editor's name from the environment, because this program may not read these variables. The name may have arguments.
 */
const EDIT = 'exec ${VISUAL:-${EDITOR:-vi}} "$1"';

/** Opens the editor and waits for it. */
export async function configEdit(invocation: Invocation): Promise<void> {
  const { io, output, globals } = invocation;
  if (!io.stdinIsTerminal || globals.nonInteractive) {
    throw new CommandError(
      "no_terminal",
      "there is no terminal for an editor",
      "use 'crosstown config set KEY VALUE', or edit the file that 'crosstown config path' names",
    );
  }
  const paths = await pathsOf(invocation);
  const before = await configText(paths);
  const draft = `${paths.configFile}.draft`;
  await Deno.mkdir(paths.home, { recursive: true, mode: 0o700 });
  const old = await setAside(paths.configFile, draft);
  // Continues a draft that was refused before.
  await Deno.writeTextFile(draft, before, { mode: 0o600, createNew: true }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  await output.flush();
  const { code } = await new Deno.Command("sh", {
    args: ["-c", EDIT, "sh", draft],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  const { readPlainText } = await import("../../base/files/plain_file.ts");
  const after = await readPlainText(draft).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CommandError(
      "editor_failed",
      "the editor left no file; nothing was changed",
      "save the text under the name with which the editor was opened",
    );
  });
  if (after === before) await Deno.remove(draft);
  if (old !== null) await output.note(`${old} is an earlier draft, which the file had overtaken`);
  if (code !== 0) {
    throw new CommandError(
      "editor_failed",
      `the editor ended with ${code}; nothing was changed`,
      `set EDITOR to an editor that is installed${
        after === before ? "" : `; the draft is ${draft}`
      }`,
    );
  }
  if (after !== before) {
    try {
      // Throws with the line number, which is the same in the draft.
      await configWith(invocation, after);
    } catch (error) {
      await output.note(
        `${paths.configFile} is unchanged; your text is in ${draft}, and 'crosstown config edit' opens it again`,
      );
      throw error;
    }
    await changeConfig(invocation, paths, (now) => {
      if (now === before) return after;
      throw new CommandError(
        "changed_meanwhile",
        `${paths.configFile} was changed while you edited it; your text is not in use`,
        `compare it with your draft, ${draft}`,
      );
    });
    await Deno.remove(draft);
  }
  await output.document(
    "config-edit",
    { file: paths.configFile, changed: after !== before },
    after === before ? "Nothing was changed." : `${paths.configFile} was changed.`,
  );
}

/** Moves a draft away that is older than the file: it lacks what was changed since. Its new path; null if there is none. */
async function setAside(file: string, draft: string): Promise<string | null> {
  const timeOf = (path: string) =>
    Deno.lstat(path).then(({ mtime }) => mtime?.getTime() ?? 0, () => null);
  const [written, drafted] = await Promise.all([timeOf(file), timeOf(draft)]);
  if (written === null || drafted === null || drafted >= written) return null;
  const old = `${draft}.old`;
  await Deno.rename(draft, old);
  return old;
}
