/**
 * Whether root runs this program. A shell answers, because a worker may not ask for its user.
 *
 * @module
 */

/** Whether the user id is 0. */
export async function isRoot(sh: string, path: string): Promise<boolean> {
  const { stdout } = await new Deno.Command(sh, {
    args: ["-c", "id -u"],
    clearEnv: true,
    env: { PATH: path },
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim() === "0";
}
