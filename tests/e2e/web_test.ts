/** `crosstown web` in a real browser, with real jobs, and what it refuses. */
import assert from "node:assert/strict";
import { noChromium, openBrowser } from "./browser.ts";
import { devHome, type Document } from "./process.ts";

const HOSTILE =
  "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";
const SIZES = [
  { width: 1280, height: 800 },
  { width: 800, height: 600 },
  { width: 390, height: 844 },
];
/** The texts of the page of which a part lies right of the window. */
const OUTSIDE = `[...document.querySelectorAll("#screen div:not(.rule) span")].filter((span) =>
  span.textContent.trim() !== "" && [...span.getClientRects()].some(({ right }) =>
    Math.floor(right) > document.documentElement.clientWidth)).map((span) => span.textContent)`;

Deno.test({
  name:
    `crosstown web shows a job as it goes, its log as text, at three sizes, and nothing without its token${noChromium.why}`,
  ignore: noChromium.ignore,
  async fn() {
    await using home = await devHome();
    const first: Document = await home.json([
      "job",
      "submit",
      "echo",
      "--input",
      HOSTILE,
      "--wait",
    ]);
    const started = home.start(["web", "--output", "json"]);
    const [, url] = await started.seen(/"url":"(http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/)"/);
    await using page = await openBrowser();
    await page.open(url, SIZES[0]);
    const shows = (text: string) =>
      page.until(`document.getElementById("screen").innerText.includes(${JSON.stringify(text)})`);
    await shows("TESTNET dev: tokens are worth nothing");
    await shows(first.job_id);
    await shows("read only");

    // What happens is shown without a reload.
    const second: Document = await home.json(["job", "submit", "echo", "--input", "two", "--wait"]);
    await shows(`Posted ${second.job_id}: echo`);
    await shows(`Received result for ${second.job_id} from`);
    await shows("2 success");

    // A job is opened by a click; its log is text, whatever is in it.
    await page.evaluate(
      `[...document.querySelectorAll("#screen div")].find((row) => row.innerText.includes("${first.job_id}")).click()`,
    );
    await shows("<script>document.title='taken'</script>");
    assert.equal(await page.evaluate("document.title"), "crosstown");
    assert.equal(
      await page.evaluate(`document.querySelectorAll("#screen img, #screen script").length`),
      0,
    );
    await page.evaluate(`document.getElementById("back").click()`);
    await page.evaluate(`document.querySelector("[data-choice=failed]").click()`);
    await shows("(failed)");

    for (const size of SIZES) {
      await page.open(url, size);
      await shows("CHANNELS");
      const { width, left } = await page.evaluate(
        "({ width: document.documentElement.scrollWidth, left: document.documentElement.clientWidth })",
      );
      assert.ok(width <= left, `${size.width}: ${width} of ${left}`);
      // Every text is inside the window from left to right: long lines fold.
      await shows(`Received result for ${second.job_id} from`);
      await shows("mayor mayor-001");
      assert.deepEqual(await page.evaluate(OUTSIDE), [], `${size.width}: texts that are cut`);
      assert.ok((await page.screenshot()).length > 5_000);
    }
    // So do those of a job's details, at the last size.
    await page.evaluate(
      `[...document.querySelectorAll("#screen div")].find((row) => row.innerText.includes("${first.job_id}")).click()`,
    );
    await shows(first.event_id);
    assert.deepEqual(await page.evaluate(OUTSIDE), []);
    assert.deepEqual(page.problems.filter((each) => !/favicon/.test(each)), []);

    // A script in the page could not run, had one come in.
    await page.evaluate(
      `(() => { const s = document.createElement("script"); s.textContent = "document.title = 'taken'"; document.body.append(s); })()`,
    );
    assert.equal(await page.evaluate("document.title"), "crosstown");

    started.kill("SIGINT");
    assert.equal((await started.ended).code, 0);
    await assert.rejects(fetch(url));
  },
});
