/**
 * Prometheus' text format, version 0.0.4, read strictly: everything that it does not allow fails.
 *
 * @module
 */
import assert from "node:assert/strict";

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABELS = /^\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*\}$/;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/;

/** Each series with its value. */
export function samplesOf(text: string): ReadonlyMap<string, string> {
  assert.ok(text.endsWith("\n"), "the last line ends");
  const samples = new Map<string, string>();
  const types = new Map<string, string>();
  const helped = new Set<string>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, word, name, rest] = comment;
      assert.match(name, NAME);
      if (word === "HELP") {
        assert.ok(!helped.has(name), `one HELP of ${name}`);
        helped.add(name);
      } else {
        assert.ok(!types.has(name), `one TYPE of ${name}`);
        assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
        types.set(name, rest);
      }
      current = name;
      continue;
    }
    const sample = /^([^\s{]+)(\{.*\})? (\S+)$/.exec(line);
    assert.ok(sample !== null, `a sample: ${line}`);
    const [, name, labels = "", value] = sample;
    assert.equal(name, current, "the samples of a metric stand together");
    assert.ok(types.has(name) && helped.has(name), `TYPE and HELP before ${line}`);
    if (labels !== "") assert.match(labels, LABELS);
    assert.match(value, VALUE);
    if (types.get(name) === "counter") {
      assert.match(name, /_total$/);
      assert.ok(!value.startsWith("-"));
    }
    const series = `${name}${labels}`;
    assert.ok(!samples.has(series), `${series} once`);
    samples.set(series, value);
  }
  return samples;
}
