/** Runs NDK under Node; it is installed at the first use. If that fails, the tests are skipped and say why. */
import { fileURLToPath } from "node:url";
import { JsonChild, type Told } from "../json_child.ts";
import { missingPackages } from "../npm_packages.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Null when NDK is there, else why it is not. */
export async function missingNdk(): Promise<string | null> {
  return await missingPackages({ folder: HERE, loads });
}

async function loads(): Promise<boolean> {
  const args = ["--input-type=module", "-e", 'await import("@nostr-dev-kit/ndk"); process.exit(0)'];
  const { success } = await new Deno.Command("node", {
    args,
    cwd: HERE,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** NDK as a provider or customer in a Node process. `await using` ends it. */
export class Ndk extends JsonChild {
  static async start(role: "provider" | "customer", url: string, secret: string): Promise<Ndk> {
    const started = new Ndk(HERE, ["dvm.mjs", role, url, secret]);
    await started.until(({ ready }) => ready === true);
    return started;
  }

  /** Sends a request, in the form of `ask()` of dvm.mjs. */
  ask(request: Readonly<Record<string, unknown>>): Promise<void> {
    return this.tell(request);
  }

  /** The events of a kind that answer a request. */
  async answer(name: string, kind: number, status?: string): Promise<Told> {
    const { event, encrypted } = await this.until((told) =>
      told.to === name && told.event.kind === kind &&
      (status === undefined ||
        told.event.tags.some((tag: string[]) => tag[0] === "status" && tag[1] === status))
    );
    return { ...event, encrypted };
  }
}
