/**
 * The engine that builds images on this machine, and the platforms it can build for: natively, or with qemu as the interpreter of the
 * programs of another machine. If the machine has registered no interpreter (binfmt_misc), the sandbox of a build registers one only for
 * itself. Linux 6.7 and newer allow this in a user namespace.
 *
 * @see https://docs.kernel.org/admin-guide/binfmt-misc.html
 * @module
 */
import { type Builder, type BuildPlatform, ruleOf } from "./emulators.ts";
import { runChild } from "./child.ts";
import { isRoot } from "./is_root.ts";
import { buildSandboxed, type Sandbox } from "./sandbox.ts";
import type { Tools } from "./tools.ts";

/**
 * Shell text that gives a build its own `/dev`, registers an emulator and then runs `"$@"`. A build needs its own `/dev`, because it cannot
 * mount again with fewer restrictions what the first sandbox mounted there.
 */
export function prepareBuild({ platform, emulator }: BuildPlatform): string {
  const lines = [
    "set -e",
    "mount -n -t tmpfs -o mode=755 tmpfs /mnt",
    "for d in null zero full random urandom tty; do : >/mnt/$d; mount -n --bind /dev/$d /mnt/$d; done",
    "ln -s /proc/self/fd /mnt/fd",
    "for d in 0:stdin 1:stdout 2:stderr; do ln -s fd/${d%:*} /mnt/${d#*:}; done",
    "mkdir -m 1777 /mnt/shm; mkdir /mnt/pts",
    "mount -n --move /mnt /dev",
  ];
  if (emulator !== null) {
    const place = "/proc/sys/fs/binfmt_misc";
    const rule = ruleOf(platform, emulator);
    lines.push(`mount -n -t binfmt_misc none ${place}`, `printf %s '${rule}' >${place}/register`);
  }
  return [...lines, 'exec "$@"'].join("\n");
}

/** Folders that must exist in the sandbox: {@link prepareBuild} mounts on `/mnt`, and the engine expects `/sys`. */
export const BUILD_FOLDERS: readonly string[] = ["/mnt", "/sys"];

/** The options of {@link findBuilder}. */
interface BuilderPlaces {
  /** The machine's own platform. */
  readonly platform: string;
  /** A folder for a short-lived file. */
  readonly scratch: string;
  /** The folder of base images, named `NAME_TAG.linux_ARCH.tar`. It may be missing. */
  readonly images: string;
}

/** Tries which platforms can be built. Returns null if nothing can be built. Never throws. */
export async function findBuilder(
  tools: Tools,
  sandbox: Sandbox,
  { platform: own, scratch, images }: BuilderPlaces,
  clock: () => number,
): Promise<Builder | null> {
  const { buildah, sh, path, emulators = {} } = tools;
  if (!buildah || sh === null || sandbox.type === "none") return null;
  const works = async (platform: BuildPlatform): Promise<boolean> => {
    try {
      const { exitCode } = await runChild({
        ...buildSandboxed(sandbox, {
          binds: [],
          temp: null,
          folders: BUILD_FOLDERS,
          seed: path,
          cwd: "/",
          env: { PATH: path, HOME: "/tmp" },
          command: ["/bin/sh", "-c", prepareBuild(platform), "sh", "/bin/sh", "-c", ":"],
        }, scratch),
        timeoutMs: 10_000,
        outputBytes: 65_536,
        sh,
        path,
        clock,
      });
      return exitCode === 0;
    } catch {
      return false;
    }
  };
  // In this mode the only user of a build would be root of the machine.
  if (sandbox.mode === "user" && await isRoot(sh, path)) return null;
  const native = { platform: own, emulator: null };
  const platforms: BuildPlatform[] = [native];
  let isTried = false;
  for (const [platform, emulator] of Object.entries(emulators)) {
    if (platform === own) continue;
    const emulated = { platform, emulator };
    // A build for another platform needs all that a native one needs.
    if (await works(emulated)) platforms.push(emulated);
    else if (!isTried && !await works(native)) return null;
    isTried = true;
  }
  if (!isTried && !await works(native)) return null;
  return { buildah, platforms, bases: await basesIn(images) };
}

/** The most base images that a provider offers. */
const MAX_BASES = 256;

async function basesIn(folder: string): Promise<Record<string, string>> {
  const bases: Record<string, string> = {};
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (Object.keys(bases).length >= MAX_BASES) break;
      if (isFile && /^[A-Za-z0-9][A-Za-z0-9._-]*\.tar$/.test(name)) {
        bases[name] = `${folder}/${name}`;
      }
    }
  } catch {
    // No folder, no base images.
  }
  return bases;
}
