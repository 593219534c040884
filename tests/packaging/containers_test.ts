/** The image as an operator runs it, and the whole loop in the three containers of docker-compose.test.yml. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findEngine } from "./container_engine.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COMPOSE = await Deno.readTextFile(`${ROOT}docker-compose.test.yml`);
const engineOrWhy = await findEngine();
const name = "the image runs without rights, and three containers buy, sell and pay";

/** A service of the file: its command, and whether it shares network and processes with the first one. */
function service(name: string) {
  const text = new RegExp(`^  ${name}:\n((?:    .*\n|\n)+)`, "m").exec(COMPOSE)![1];
  const command = /^ {4}command: \[(.*)\]$/m.exec(text)![1];
  return {
    text,
    command: [...command.matchAll(/"([^"]*)"|([^\s,]+)/g)].map(([, quoted, bare]) =>
      quoted ?? bare
    ),
    shared: /^ {4}network_mode: service:network$/m.test(text),
    hardened: /read_only: true/.test(text) && /cap_drop: \[ALL\]/.test(text) &&
      /security_opt: \[no-new-privileges\]/.test(text),
    volumes: [...text.matchAll(/"network:([^"]+)"/g)].map(([, path]) => path),
  };
}

Deno.test("docker-compose.test.yml hardens every container and keeps the network to itself", () => {
  for (const each of ["network", "provider", "buyer"]) assert.ok(service(each).hardened, each);
  assert.match(COMPOSE, /^ {4}network_mode: none$/m);
  assert.match(COMPOSE, /--relay-port, "7777", --connector-port, "3000"/);
  // A compose program that ends with the buyer also ends everything when a container fails once.
  for (const each of ["provider", "buyer"]) {
    assert.match(service(each).text, /network:\n +condition: service_healthy/, each);
  }
});

Deno.test({
  name: "why" in engineOrWhy ? `${name} (ignored: ${engineOrWhy.why})` : name,
  ignore: "why" in engineOrWhy,
}, async (t) => {
  if ("why" in engineOrWhy) return;
  await using engine = await engineOrWhy.start();
  const { podman, tried, base } = engine;
  const id = crypto.randomUUID().slice(0, 8);
  const [image, volume] = [`localhost/crosstown:${id}`, `ct-${id}`];
  const hardened = [
    ...["--read-only", "--tmpfs", "/work-tmp", "--tmpfs", "/tmp"],
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
  ];
  const args = (each: ReturnType<typeof service>, container: string) => [
    ...["--name", `ct-${id}-${container}`, ...hardened],
    ...each.volumes.flatMap((path) => ["-v", `${volume}:${path}`]),
    ...(each.shared
      ? ["--network", `container:ct-${id}-network`, "--pid", `container:ct-${id}-network`]
      : ["--network", "none"]),
    image,
  ];
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  try {
    await t.step("the Dockerfile builds from a base that has the programs", async () => {
      // The packages come from this machine's cache, not from the registry.
      await podman(
        ...["build", "--format", "docker", "--isolation", "chroot", "--layers=false"],
        ...["--build-arg", `BASE=${base}`, "--build-arg", "COMMIT=0123456789ab"],
        ...["-v", `${cache}:/deno-dir:ro`, "-t", image, ROOT],
      );
    });
    await t.step("it is nobody's root, and names its commit", async () => {
      const version = await podman(
        "run",
        "--rm",
        "--network",
        "none",
        ...hardened,
        image,
        "version",
      );
      assert.match(version, /^crosstown \d+\.\d+\.\d+ \(commit 0123456789ab\)/);
      const who = ["run", "--rm", "--network", "none", "--entrypoint", "id", image, "-u"];
      assert.equal((await podman(...who)).trim(), "10001");
    });
    await t.step("three containers: a network, a provider that joins it, and a buyer", async () => {
      const [network, provider, buyer] = ["network", "provider", "buyer"].map(service);
      const buys = (...command: string[]) =>
        tried("run", "--rm", ...args(buyer, "buyer"), ...command, "--output", "json");
      await podman("run", "--detach", ...args(network, "network"), ...network.command);
      await until(async () => (await tried("healthcheck", "run", `ct-${id}-network`)).code === 0);
      const announced = async (than?: string): Promise<string | undefined> => {
        const { providers = [] } = JSON.parse((await buys("provider", "list")).out);
        return providers.map(({ pubkey }: { pubkey: string }) => pubkey)
          .find((pubkey: string) => pubkey !== than);
      };
      let [embedded, joined]: (string | undefined)[] = [];
      await until(async () => (embedded = await announced()) !== undefined);
      await podman("run", "--detach", ...args(provider, "provider"), ...provider.command);
      await until(async () => (joined = await announced(embedded)) !== undefined);
      const json = buyer.command.slice(0, -2);
      const { out, err } = await buys(...json, "--provider", joined!);
      const job = JSON.parse(out);
      assert.equal(job.status, "success", out + err);
      assert.equal(job.result.content ?? job.result.log, "from another container");
      assert.equal(job.provider, joined!);
      const { channels } = JSON.parse((await buys("channel", "list")).out);
      assert.equal(channels.length, 1);
      assert.ok(BigInt(channels[0].spent_units) > 0n, "the job was paid over the channel");
    });
  } finally {
    for (const each of ["buyer", "provider", "network"]) {
      await tried("rm", "--force", "--time", "5", `ct-${id}-${each}`);
    }
    await tried("volume", "rm", "--force", volume);
    await tried("rmi", "--force", image);
  }
});

/** Polls until the condition holds. Each check starts a process, which takes some time. */
async function until(question: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) if (await question()) return;
  assert.fail("it did not come to that");
}
