/**
 * `deno task pictures`: makes the documentation's pictures of the dashboard in a browser, with real jobs, at three sizes.
 *
 * @module
 */
import { openBrowser } from "./browser.ts";
import { devHome } from "./process.ts";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 800, height: 600 },
  { width: 390, height: 844 },
];

if (import.meta.main) {
  const folder = new URL("../../docs/pictures/", import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  await using home = await devHome();
  const greeting = new URL("../../fixtures/projects/greeting", import.meta.url).pathname;
  const build = ["job", "submit", "ci-run", "--input", greeting, "--param"];
  await home.json(["mayor", "up", "--detach"]);
  await home.json(["job", "submit", "echo", "--input", "hello", "--wait"]);
  await home.json([...build, "command=sh test.sh", "--wait"]);
  await home.run([...build, "command=sh -c 'echo no; exit 3'", "--wait", "--output", "json"]);
  const job = await home.json([...build, "command=sleep 120"]);
  const web = home.start(["web", "--output", "json"]);
  const [, url] = await web.seen(/"url":"(http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/)"/);
  await using page = await openBrowser();
  for (const size of SIZES) {
    await page.open(url, size);
    for (const text of [job.job_id, "1 processing"]) {
      await page.until(`document.getElementById("screen").innerText.includes("${text}")`);
    }
    const name = `web-${size.width}x${size.height}.png`;
    await Deno.writeFile(new URL(name, folder), await page.screenshot());
    console.log(`docs/pictures/${name}`);
  }
  await home.json(["job", "cancel", job.job_id]);
  web.kill("SIGINT");
  await web.ended;
}
