/** What a license asks for, coarsely, from its identifier; for colours and filters, not for advice. */
export const LICENSE_CLASSES = [
  "permissive",
  "share-alike",
  "use-restricted",
  "non-commercial",
  "other",
  "undeclared",
] as const;
export type LicenseClass = (typeof LICENSE_CLASSES)[number];

const RULES: [LicenseClass, RegExp][] = [
  ["non-commercial", /(^|-)nc(-|$)|non-?commercial|research|fair-noncommercial|mnpl|apple-amlr/],
  ["use-restricted", /rail|llama|gemma|deepseek|qwen|tongyi|falcon|mistral-ai|health-ai|community|terms/],
  ["share-alike", /gpl|-sa(-|$)|mpl|epl|eupl|osl|cecill|lgpl|sspl|odbl|gfdl/],
  [
    "permissive",
    /^(apache|mit|bsd|cc0|cc-by-\d|cc-by$|cc$|isc|unlicense|wtfpl|zlib|ecl|afl|artistic|ncsa|pddl|bsl|postgresql|odc-by|cdla-perm|ofl|ms-pl|lppl|open-mdw|openmdw|etalab)/,
  ],
];

export function licenseClass(license: string): LicenseClass {
  const name = license.toLowerCase();
  return RULES.find(([, rule]) => rule.test(name))?.[0] ?? "other";
}
