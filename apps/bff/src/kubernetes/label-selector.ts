/**
 * Label selectors as `kubectl -l` takes them: equality and sets, all of which must hold.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const label = String.raw`([\w./-]+)`;
const set = new RegExp(String.raw`^${label}\s+(in|notin)\s*\(([^()]*)\)$`);
const equality = new RegExp(String.raw`^${label}\s*(==|=|!=)\s*([\w.-]*)$`);
const presence = new RegExp(String.raw`^(!?)\s*${label}$`);

/** A test, or a sentence about what is wrong with the text. An empty selector takes every pod. */
export function parseLabelSelector(text: string): Requirement | { readonly fault: string } {
  const requirements: Requirement[] = [];
  for (const part of partsOf(text)) {
    const requirement = requirementOf(part);
    if (requirement === undefined)
      return {
        fault: `the label selector has ${JSON.stringify(part)}, which is not like app=cart, app in (a, b) or !app`,
      };
    requirements.push(requirement);
  }
  return (labels) => requirements.every((holds) => holds(labels));
}

/** Split at commas outside of brackets. */
function partsOf(text: string): readonly string[] {
  if (text.trim() === '') return [];
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}

function requirementOf(part: string): Requirement | undefined {
  const [, setKey = '', word, list = ''] = set.exec(part) ?? [];
  if (word !== undefined) {
    const values = new Set(list.split(',').map((value) => value.trim()));
    // As in Kubernetes: what has no such label is not in any set.
    return (labels) => values.has(labels[setKey] ?? '\0') === (word === 'in');
  }
  const [, key = '', operator, value = ''] = equality.exec(part) ?? [];
  if (operator !== undefined) return (labels) => (labels[key] === value) === (operator !== '!=');
  const [, not, name] = presence.exec(part) ?? [];
  if (name === undefined) return undefined;
  return (labels) => Object.hasOwn(labels, name) === (not === '');
}
