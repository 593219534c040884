/**
 * Runs the attacks that are Containerfiles: each as a job of `image-build`, and each as somebody careless would build it, with the same
 * engine as root.
 *
 * @module
 */
import { imageBuild } from "../../skills/builtin/image_build/image_build.ts";
import { gzip, type TarEntry, writeTar } from "../../protocols/tar/tar_writer.ts";
import { findBuilder } from "../../skills/sandbox/builder.ts";
import type { Builder } from "../../skills/sandbox/emulators.ts";
import { logOf, requestEvent, sandbox, skillContext, skillRequest } from "../skills/machine.ts";
import type { ContainerfileAttack } from "./attacks/containerfiles.ts";
import type { Successes, World } from "./programs.ts";

const PLATFORM = Deno.build.arch === "aarch64" ? "linux/arm64" : "linux/amd64";
const BUSYBOX = "/bin/busybox";
const BASE = `FROM scratch AS base
COPY busybox /bin/busybox
RUN ["/bin/busybox","--install","-s","/bin"]
`;
const BEGIN = "== attack ";

/** The builder of images here; null, with the reason, if there is none to attack. */
export async function findAttackedBuilder(
  { tools }: World,
): Promise<{ readonly builder: Builder | null; readonly why: string }> {
  if (await Deno.stat(BUSYBOX).catch(() => null) === null) {
    return { builder: null, why: "no busybox" };
  }
  const builder = await findBuilder(tools, sandbox, {
    platform: PLATFORM,
    scratch: "/var/tmp",
    images: "/nonexistent",
  }, Date.now);
  return { builder, why: builder === null ? "no buildah that works in a sandbox" : "" };
}

/** Which succeed in a job of `image-build`. */
export function buildsInside(
  world: World,
  builder: Builder,
  list: readonly ContainerfileAttack[],
): Promise<Successes> {
  const skill = imageBuild({
    tools: { ...world.tools, builder },
    sandbox,
    policy: { ownNetwork: false, allowBuyers: [] },
    platform: PLATFORM,
  });
  return each(world, "inside", list, async (context, folder) => {
    const workdir = `${folder}/work`;
    await Deno.mkdir(workdir);
    const event = requestEvent(5602, [
      ["i", (await gzip(await writeTar(context))).toBase64(), "text"],
      ["param", "encoding", "base64"],
      ["param", "mime", "application/gzip"],
    ]);
    const request = skillRequest(event, workdir, { maxContentBytes: 4 << 20 });
    const outcome = await skill.run(request, skillContext());
    if (outcome.status !== "success") return `not built: ${outcome.errorCode} ${outcome.content}`;
    const { archive_gzip = "" } = JSON.parse(outcome.content) as { archive_gzip?: string };
    const image = archive_gzip === "" ? "" : await unpacked(Uint8Array.fromBase64(archive_gzip));
    return await logOf(outcome.content) + image;
  });
}

/** The attacks that succeed without protection: as root, with every capability, on the machine's network. */
export function buildsOutside(
  world: World,
  builder: Builder,
  list: readonly ContainerfileAttack[],
): Promise<Successes> {
  return each(world, "outside", list, async (context, folder) => {
    const [at, temp] = [`${folder}/context`, `${folder}/temp`];
    for (const path of [at, temp]) await Deno.mkdir(path);
    for (const { path, target, bytes } of context) {
      if (target !== "") await Deno.symlink(target, `${at}/${path}`);
      else await Deno.writeFile(`${at}/${path}`, bytes, { mode: 0o755 });
    }
    const { stdout, stderr } = await new Deno.Command(builder.buildah, {
      args: [
        ...["--root", `${folder}/store`, "--runroot", `${folder}/run`, "--storage-driver", "vfs"],
        ...["build", "--isolation=chroot", "--cap-add=ALL", "--network=host", "--pull-never"],
        ...["--jobs=2", at],
      ],
      // Its caches lie there.
      env: { BUILDAH_ISOLATION: "chroot", TMPDIR: temp },
      stdin: "null",
    }).output();
    return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  });
}

type Build = (context: readonly TarEntry[], folder: string) => Promise<string>;

async function each(
  world: World,
  side: string,
  list: readonly ContainerfileAttack[],
  build: Build,
): Promise<Successes> {
  const successes = new Map<string, string>();
  const steps = list.filter((attack) => attack.step !== undefined);
  // All in one step, since the engine may lose what a short one prints.
  const script = [
    ...steps.map(({ step }, at) => `echo; echo '${BEGIN}'${at}; ( ${step} ) 2>&1`),
    `echo; echo '${BEGIN}'${steps.length}; sleep 1`,
  ].join("\n");
  const victim = new Deno.Command("sh", {
    args: ["-c", "sleep 600; :", "ct-build-victim"],
    stdin: "null",
  }).spawn();
  try {
    let number = 0;
    const run = async (lines: string, attack: Partial<ContainerfileAttack>) => {
      const folder = `${world.folder}/build-${side}-${number++}`;
      await Deno.mkdir(folder);
      const named = (text: string) =>
        text.replaceAll("SECRET", `${world.folder}/home/identity.enc`)
          .replaceAll("BAIT", world.folder);
      const context = [
        entry("busybox", { bytes: await Deno.readFile(BUSYBOX) }),
        entry("steps", { bytes: new TextEncoder().encode(named(script)) }),
        entry("Containerfile", { bytes: new TextEncoder().encode(named(BASE + lines)) }),
        ...Object.entries(attack.links ?? {}).map(([path, to]) =>
          entry(path, { target: named(to) })
        ),
      ];
      const log = await build(context, folder);
      await new Deno.Command("rm", { args: ["-rf", "--", folder] }).output();
      return log;
    };
    const judge = async (attack: ContainerfileAttack, said: string) => {
      if (attack.harm !== undefined) {
        if (await isTrue(attack.harm, world)) successes.set(attack.name, "the host sees it");
      } else if (said.includes(world.secret)) successes.set(attack.name, "has the secret");
      else if (/^OWNED/m.test(said)) successes.set(attack.name, "says so");
    };
    if (steps.length > 0) {
      const log = await run(`COPY steps /steps\nRUN ["/bin/sh","/steps"]\n`, {});
      const parts = log.split(new RegExp(`^${BEGIN}(\\d+)$`, "m"));
      if (parts.length !== 2 * steps.length + 3) throw new Error(`steps did not run: ${log}`);
      for (const [at, attack] of steps.entries()) await judge(attack, parts[2 * at + 2]);
    }
    for (const attack of list) {
      if (attack.step === undefined) await judge(attack, await run(attack.lines ?? "", attack));
    }
    return successes;
  } finally {
    try {
      victim.kill("SIGKILL");
    } catch { /* an attack killed it */ }
    await victim.status;
  }
}

function entry(path: string, more: Partial<TarEntry>): TarEntry {
  const type = more.target === undefined ? "file" : "link";
  return {
    path,
    type,
    executable: true,
    target: "",
    bytes: new Uint8Array(0),
    ...more,
  } as TarEntry;
}

async function unpacked(bytes: Uint8Array): Promise<string> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}

async function isTrue(script: string, world: World): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", script],
    env: { BAIT: world.folder },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}
