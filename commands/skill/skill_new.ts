/**
 * `crosstown skill new`.
 *
 * @module
 */
import { isAbsolute, join } from "../../base/path.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";
import { GIFT_WRAP_KIND } from "../../protocols/nostr/kinds.ts";
import { RUN, templateFiles, type TemplateRunner } from "./templates.ts";

/** Makes a folder for a new skill. An existing folder is refused. */
export async function skillNew({ args, options, io, output }: Invocation): Promise<number> {
  const name = args.required("name");
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || name.length > 64) {
    throw new UsageError(
      "a skill's name is at most 64 lowercase letters, digits and single hyphens",
      "e.g. word-count",
    );
  }
  const runner = options.required("runner") as TemplateRunner;
  const kind = options.integer("kind", { min: 0, max: 65_535 })!;
  const parent = options.text("dir") ?? ".";
  const folder = join(isAbsolute(parent) ? parent : join(io.cwd(), parent), name);
  await Deno.mkdir(join(folder, ".."), { recursive: true });
  try {
    await Deno.mkdir(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new UsageError(`${folder} is there already`, "choose another name or --dir");
  }
  const files = kind === GIFT_WRAP_KIND
    ? (await import("./message_template.ts")).messageFiles(name, runner, RUN[runner], io.clock())
    : templateFiles(name, kind, runner);
  for (const { path, content, program } of files) {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(join(folder, path), bytes, { mode: program ? 0o755 : 0o644 });
  }
  await output.document(
    "skill-new",
    {
      name,
      folder,
      kind,
      runner,
      files: files.map(({ path }) => path),
    },
    `${printable(folder)}\n${files.map(({ path }) => `  ${path}`).join("\n")}\n` +
      `Try it: crosstown skill test ${printable(folder)}`,
  );
  return 0;
}
