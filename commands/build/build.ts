/**
 * `crosstown build`: buys the build of an image for one or more platforms.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

/** `crosstown build`. */
export const command: CommandSpec = {
  name: "build",
  summary: "let providers build and test an image, for one or more platforms",
  description:
    "Buys one job for each platform. Each image is checked against its provider's signed statement before it is used; all go into\n" +
    "one OCI index, which --to writes to a file for 'podman load', 'docker load' or 'buildah pull oci-archive:FILE'; --load does that.\n" +
    "The test is --test, or the label crosstown.test of the Containerfile, and runs in the image.",
  effect: "spends",
  args: [{
    name: "[context]",
    summary: "a folder (default: this one), a git bundle, or https://host/repo.git#commit",
    values: "folder",
  }],
  options: [
    { flags: "-t, --tag <name>", summary: "the image's name, e.g. hello:1.0", default: "image" },
    {
      flags: "--platform <list>",
      summary: "platforms with commas, e.g. linux/amd64,linux/arm64 (default: this machine's)",
    },
    {
      flags: "-f, --file <path>",
      summary: "the Containerfile in the folder (default: Containerfile, else Dockerfile)",
    },
    { flags: "--build-arg <name=value>", summary: "a build argument", repeat: true },
    {
      flags: "--secret <id=NAME,src=FILE>",
      summary:
        "a file for RUN --mount=type=secret,id=NAME; only the provider can read it (docs/image_builds.md#secrets)",
      repeat: true,
    },
    {
      flags: "--base <image>",
      summary: "a base image (or scratch) of a repository by URL or a bundle; give each one",
      repeat: true,
    },
    { flags: "--target <stage>", summary: "the stage to build" },
    {
      flags: "--test <command>",
      summary: "run this in the image: a shell command, or a JSON array of words",
    },
    { flags: "--to <file>", summary: "write the images as one OCI archive", values: "file" },
    { flags: "--no-cache", summary: "run every step, without layers of earlier builds" },
    {
      flags: "--share-cache",
      summary:
        "share layers with other buyers who also use this flag (docs/image_builds.md#layers)",
    },
    { flags: "--load", summary: "load the images into podman, docker or buildah of this machine" },
    {
      flags: "--bid <amount>",
      summary: "the most that each job may cost in total: M2M, or with 'units'",
    },
    { flags: "--provider <pubkey>", summary: "use only this provider (hex or npub)" },
    {
      flags: "--include-ignored",
      summary: "also send the files that .gitignore and .dockerignore exclude",
    },
    {
      flags: "--timeout <seconds>",
      summary: "seconds from posting to result (default: 900)",
    },
    { flags: "--again", summary: "make new jobs, even if the same command already made them" },
  ],
  examples: [
    {
      command: "crosstown build -t hello --platform linux/amd64,linux/arm64 --to hello.tar .",
      note: "one archive for both machines",
    },
    {
      command: "crosstown build -t hello . --dry-run",
      note: "who would build it, and for how much",
    },
    {
      command: "crosstown build -t app --test 'npm test' --build-arg VERSION=2 app",
      note: "build and test the folder app",
    },
  ],
  dryRun: true,
  async run(invocation) {
    const { build } = await import("./build_run.ts");
    return await build(invocation);
  },
};
