import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { IptcError, parseRule, type Rule, rulesFromJson, rulesToJson } from '../../lib';
import { describe, expect, test } from '../harness';
import { tFiles } from './cases';
import { lacksUpstream, upstreamExtensions } from './upstream';

/** Upstream's own cases as JSON: each is what schema/ruleset.json says, and comes back as it was. */
const reason = lacksUpstream();
const validate = new Ajv({ allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(__dirname, '../../schema/ruleset.json'), 'utf8')) as object,
);

function parsed(text: string, family: 'ipv4' | 'ipv6'): Rule[] {
  try {
    return [parseRule(text, { family })];
  } catch (error) {
    if (error instanceof IptcError) return [];
    throw error;
  }
}

(reason ? describe.skip : describe)(`upstream's lines as JSON${reason ? ` [skipped: ${reason}]` : ''}`, () => {
  for (const { name, families, steps } of reason ? [] : tFiles(upstreamExtensions()))
    test(name, () => {
      for (const family of families) {
        const lines = steps.flatMap((step) => ('rule' in step && step.verdict === 'OK' ? [step.rule] : []));
        const rules = lines.flatMap((line) => parsed(line, family));
        // A line of a file about both families may be of one alone.
        if (families.length === 1) expect(rules.length).toBe(lines.length);
        const ruleset = {
          family,
          tables: [{ name: 'filter', chains: [], rules: rules.map((rule) => ({ chain: 'INPUT', rule })) }],
        };
        const json = JSON.parse(JSON.stringify(rulesToJson(ruleset))) as typeof ruleset;
        expect(validate(json) ? [] : validate.errors).toEqual([]);
        expect(rulesFromJson(json)).toEqual(ruleset);
      }
    });
});
