export { minorDigitsOf } from './currencies.ts';
export { DEFAULT_POLICY_FILE, defaultPolicy } from './default-policy.ts';
export { type ParsedPolicy, POLICY_BYTES_MAX, parsePolicyFile } from './parse-policy-file.ts';
export {
  canonicalJson,
  type PolicyDocument,
  parsePolicyDocument,
  policyDocument,
  policyHash,
} from './policy-document.ts';
export { NO_THRESHOLD } from './policy-units.ts';
export type { PolicyProblem } from './problem.ts';
