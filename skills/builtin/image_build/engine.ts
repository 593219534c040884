/**
 * How buildah builds one image in the sandbox of builds, and how a test runs in it. It stores layers as plain folders (`vfs`) and
 * runs steps with `--isolation=chroot`, since neither needs more than mounts in a user namespace that maps one user.
 *
 * ```text
 * workdir/context  what was sent; read-only inside
 * workdir/etc      settings of the engine; read-only inside
 * workdir/bases    archives of the base images that it needs; read-only inside
 * workdir/secrets  a file a secret; read-only inside
 * workdir/engine   the engine's `store`, maybe of an earlier build, and `oci`: the image that it wrote
 * ```
 *
 * @module
 */
import { BUILD_FOLDERS, prepareBuild } from "../../sandbox/builder.ts";
import type { BuildPlatform } from "../../sandbox/emulators.ts";
import { type ChildResult, type ChildSpec, runChild } from "../../sandbox/child.ts";
import { buildSandboxed, limitedShell, type Sandbox } from "../../sandbox/sandbox.ts";
import type { SkillLimits } from "../../skill.ts";
import type { BuildSpec } from "./spec.ts";

/** What one build runs with. */
export interface EngineJob {
  /** Holds everything of it. */
  readonly workdir: string;
  /** The folder of the context, in `workdir`. */
  readonly context: string;
  /** What is built. */
  readonly spec: BuildSpec;
  /** Path of the Containerfile in the context. */
  readonly dockerfile: string;
  /** For which machine. */
  readonly platform: BuildPlatform;
  /** Files in `workdir/bases` and the names under which the Containerfile asks for them. */
  readonly bases: readonly { readonly file: string; readonly name: string }[];
  /** What runs it. */
  readonly sandbox: Extract<Sandbox, { type: "bubblewrap" }>;
  /** The absolute path of buildah. */
  readonly buildah: string;
  /** Of all processes together. */
  readonly limits: SkillLimits;
  /** How children are run and bounded. */
  readonly bounds: Omit<ChildSpec, "command" | "args" | "env" | "timeoutMs">;
}

const SETTINGS: Readonly<Record<string, string>> = {
  "passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "group": "root:x:0:\n",
  "containers/policy.json": '{"default":[{"type":"insecureAcceptAnything"}]}\n',
  "containers/registries.conf": "unqualified-search-registries = []\n",
  // One user is mapped: files of others in a base image become its own.
  "containers/storage.conf":
    '[storage]\ndriver = "vfs"\nrunroot = "/job/engine/run"\ngraphroot = "/job/engine/store"\n' +
    '[storage.options.vfs]\nignore_chown_errors = "true"\n',
  "containers/containers.conf": "[containers]\n[engine]\n",
};

/** Makes the folders of a build beside its context. */
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

/** Where the engine stores layers. */
export function storeOf({ workdir }: Pick<EngineJob, "workdir">): string {
  return `${workdir}/engine/store`;
}

/** Runs the test in the image that was built. */
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
 * Where the engine keeps what it shows to steps, secrets among it: in memory, and on a mount of the build's own. From one of the sandbox's
 * mounts it could not be shown read-only, since that mount's other restrictions would have to go along. Short names of images are looked
 * up in a file below `/var/cache`, which must be there.
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
        // It is root of a user namespace already, and makes none.
        _CONTAINERS_USERNS_CONFIGURED: "done",
      },
      command: ["/bin/sh", "-c", prepared, "sh", "/bin/sh", "-c", limited, "sh", ...command],
    }, workdir),
    timeoutMs,
  });
}
