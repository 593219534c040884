/**
 * Builds one image with buildah in the sandbox of builds, and runs a test in the image. Buildah stores layers as plain folders (`vfs`) and
 * runs steps with `--isolation=chroot`, because both need only mounts in a user namespace with one mapped user.
 *
 * ```text
 * workdir/context  the context of the build; read-only inside
 * workdir/etc      settings of the engine; read-only inside
 * workdir/bases    archives of the needed base images; read-only inside
 * workdir/secrets  a file for each secret; read-only inside
 * workdir/engine   the engine's `store`, maybe of an earlier build, and `oci`: the image that it wrote
 * ```
 *
 * @module
 */
import { BUILD_FOLDERS, prepareBuild } from "../../sandbox/builder.ts";
import type { BuildPlatform } from "../../sandbox/emulators.ts";
import { type ChildResult, type ChildSpec, runChild } from "../../sandbox/child.ts";
import { buildSandboxed, type Sandbox } from "../../sandbox/sandbox.ts";
import { limitedShell } from "../../sandbox/shell_limits.ts";
import type { SkillLimits } from "../../skill.ts";
import type { BuildSpec } from "./spec.ts";

/** What one build needs. */
export interface EngineJob {
  /** The folder of the build. */
  readonly workdir: string;
  /** The folder of the context, inside `workdir`. */
  readonly context: string;
  /** The commit of the context; null if it is not a repository. */
  readonly commit: string | null;
  /** The request. */
  readonly spec: BuildSpec;
  /** The path of the Containerfile in the context. */
  readonly dockerfile: string;
  /** The platform of the image. */
  readonly platform: BuildPlatform;
  /** The files in `workdir/bases`, with the image names in the Containerfile, and the digests of the images if they are known. */
  readonly bases: readonly {
    readonly file: string;
    readonly name: string;
    readonly sha256: string | null;
  }[];
  /** The sandbox. */
  readonly sandbox: Extract<Sandbox, { type: "bubblewrap" }>;
  /** The absolute path of buildah. */
  readonly buildah: string;
  /** The limits of all processes together. */
  readonly limits: SkillLimits;
  /** The limits of the child processes, and how to run them. */
  readonly bounds: Omit<ChildSpec, "command" | "args" | "env" | "timeoutMs">;
}

const SETTINGS: Readonly<Record<string, string>> = {
  "passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "group": "root:x:0:\n",
  "containers/policy.json": '{"default":[{"type":"insecureAcceptAnything"}]}\n',
  "containers/registries.conf": "unqualified-search-registries = []\n",
  // Only one user is mapped, so files of other users in a base image get this user as their owner.
  "containers/storage.conf":
    '[storage]\ndriver = "vfs"\nrunroot = "/job/engine/run"\ngraphroot = "/job/engine/store"\n' +
    '[storage.options.vfs]\nignore_chown_errors = "true"\n',
  "containers/containers.conf": "[containers]\n[engine]\n",
};

/** Makes the folders of a build, except its context. */
export async function layOut(
  { workdir, spec }: Pick<EngineJob, "workdir" | "spec">,
): Promise<void> {
  for (const name of ["etc", "etc/containers", "bases", "secrets", "engine", "temp"]) {
    await Deno.mkdir(`${workdir}/${name}`, { recursive: true, mode: 0o755 });
  }
  for (const [name, text] of Object.entries(SETTINGS)) {
    await Deno.writeTextFile(`${workdir}/etc/${name}`, text, { mode: 0o644 });
  }
  for (const [name, text] of Object.entries(spec.secrets)) {
    await Deno.writeTextFile(`${workdir}/secrets/${name}`, text, { mode: 0o644 });
  }
}

/** Builds the image and writes it to `engine/oci`. */
export function buildImage(job: EngineJob, timeoutMs: number): Promise<ChildResult> {
  const { spec, bases, platform, dockerfile } = job;
  const image = nameOf(spec);
  const flags = [
    ...["--isolation=chroot", "--format=oci", "--pull-never"],
    // Two providers build the same image: it has no time of its own and does not name the engine's version.
    ...[`--timestamp=${spec.epochS}`, "--identity-label=false"],
    spec.cache === "none" ? "--no-cache" : "--layers",
    ...[`--platform=${platform.platform}`, `--file=/job/context/${dockerfile}`, `--tag=${image}`],
    ...(spec.target === null ? [] : [`--target=${spec.target}`]),
    ...Object.entries(spec.args).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...Object.keys(spec.secrets).map((id) => `--secret=id=${id},src=/job/secrets/${id}`),
  ];
  const script = `
image=$1; shift
while [ "$1" != -- ]; do
  id=$(buildah pull -q "oci-archive:/job/bases/$1") && buildah tag "$id" "$2" || exit
  shift 2
done
shift
buildah build "$@" /job/context || exit
buildah push -q "$image" "oci:/job/engine/oci:$image"
`;
  const named = bases.flatMap(({ file, name }) => [file, name]);
  return runInside(
    job,
    ["/bin/sh", "-c", script, "sh", image, ...named, "--", ...flags],
    timeoutMs,
  );
}

/** The folder where the engine stores layers. */
export function storeOf({ workdir }: Pick<EngineJob, "workdir">): string {
  return `${workdir}/engine/store`;
}

/** Runs the test in the built image. */
export function testImage(job: EngineJob, timeoutMs: number): Promise<ChildResult> {
  const script = `
container=$(buildah from -q --pull-never "$1") || exit
shift
buildah run --isolation=chroot "$container" -- "$@"
code=$?
buildah rm "$container" >/dev/null 2>&1
exit $code
`;
  const image = nameOf(job.spec);
  return runInside(job, ["/bin/sh", "-c", script, "sh", image, ...job.spec.test], timeoutMs);
}

/**
 * Shell text that mounts two folders of the engine in memory. In the first, the engine keeps files that it shows to steps, for example
 * secrets. It must be a mount of the build itself: files on a mount of the sandbox could not be shown read-only, because the other
 * restrictions of that mount would have to be kept. The second is `/var/cache`, where the engine searches short names of images, and which
 * must exist.
 */
const OPEN_STORE = `
containers=/job/engine/store/vfs-containers
mkdir -p $containers && mount -n -t tmpfs -o mode=700,size=64m tmpfs $containers || exit
mount -n -t tmpfs -o mode=700,size=1m tmpfs /var/cache || exit`;

function nameOf({ tag }: BuildSpec): string {
  return `localhost/${tag.includes(":") ? tag : `${tag}:latest`}`;
}

function runInside(
  job: EngineJob,
  command: readonly string[],
  timeoutMs: number,
): Promise<ChildResult> {
  const { workdir, sandbox, limits, platform } = job;
  const processes = sandbox.limitsProcesses ? limits.processes : null;
  const limited = limitedShell({ memoryMb: limits.memoryMb, processes });
  const prepared = `exec 2>&1 </dev/null\n${OPEN_STORE}\n${prepareBuild(platform)}`;
  return runChild({
    ...job.bounds,
    ...buildSandboxed(sandbox, {
      binds: [
        { from: job.context, to: "/job/context" },
        ...["bases", "secrets"].map((name) => ({ from: `${workdir}/${name}`, to: `/job/${name}` })),
        { from: `${workdir}/engine`, to: "/job/engine", write: true },
        ...Object.keys(SETTINGS).map((name) => ({
          from: `${workdir}/etc/${name}`,
          to: `/etc/${name}`,
        })),
      ],
      temp: `${workdir}/temp`,
      folders: [...BUILD_FOLDERS, "/var/cache"],
      seed: workdir,
      cwd: "/job/context",
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOME: "/tmp",
        TMPDIR: "/tmp",
        BUILDAH_ISOLATION: "chroot",
        // The engine is already root of a user namespace and must not make another one.
        _CONTAINERS_USERNS_CONFIGURED: "done",
      },
      command: ["/bin/sh", "-c", prepared, "sh", "/bin/sh", "-c", limited, "sh", ...command],
    }, workdir),
    timeoutMs,
  });
}
