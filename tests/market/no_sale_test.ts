import assert from "node:assert/strict";
import { noSale } from "../../market/no_sale.ts";

const CASES = [
  {
    given: ["metered", null, 20_499n],
    message: /^every quote for payment while it runs is above what is paid without a bid$/,
    suggestion: /--bid: the first increment needs 20500;/,
  },
  {
    given: ["metered", 400n, 20_499n],
    message: /^every quote for payment while it runs is above the bid of 400$/,
    suggestion: /--bid: the first increment needs 20500;/,
  },
  {
    given: ["on-delivery", null, 8n],
    message: /^every quote for payment on delivery is above what is paid without a bid$/,
    suggestion: /--bid: the cheapest quote needs 9;/,
  },
  {
    given: ["on-delivery", 400n, null],
    message:
      /^every quote for payment on delivery asks for more before the job runs than was announced/,
    suggestion: /^see what they say with 'crosstown job quote \.\.\. --payment on-delivery'$/,
  },
  {
    given: ["metered", null, undefined],
    message: /^no provider quoted this job for payment while it runs$/,
    suggestion: /^see what they say with 'crosstown job quote \.\.\. --payment metered'$/,
  },
] as const;

for (const { given: [mode, bidUnits, leastUnits], message, suggestion } of CASES) {
  Deno.test(`noSale() of ${mode}, bid ${bidUnits}, least ${leastUnits}, says what to do`, () => {
    const seen = leastUnits === undefined ? null : { leastUnits };
    const error = noSale(mode, bidUnits, seen, 1n, String);
    assert.equal(error.code, "no_quotes");
    assert.match(error.message, message);
    assert.match(error.suggestion ?? "", suggestion);
  });
}
