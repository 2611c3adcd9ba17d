/** Arguments that are passwords: they leave the parser as a mark, never as text. */

const REDACTED = '[REDACTED]';

/** Configuration parameters whose value is a secret. */
const secretParameters = new Set(['requirepass', 'masterauth', 'tls-key-file-pass', 'tls-client-key-file-pass']);

/** The words of a command with every secret replaced. */
export function withoutSecrets(name: string, words: readonly string[]): readonly string[] {
  switch (name) {
    case 'AUTH':
      // AUTH password, AUTH user password
      return words.map((word, index) => (index > 0 && index === words.length - 1 ? REDACTED : word));
    case 'HELLO':
    case 'MIGRATE':
      return afterKeywords(words);
    case 'CONFIG SET':
      return words.map((word, index) =>
        index > 2 && secretParameters.has((words[index - 1] ?? '').toLowerCase()) ? REDACTED : word,
      );
    case 'ACL SETUSER':
      // Rules that add or remove a password or its hash: >password <password #hash !hash
      return words.map((word, index) => (index > 2 && /^[><#!]/.test(word) ? `${word[0]}${REDACTED}` : word));
    default:
      return words;
  }
}

/** `AUTH user password` inside HELLO; `AUTH password` or `AUTH2 user password` inside MIGRATE. */
function afterKeywords(words: readonly string[]): readonly string[] {
  const isHello = words[0]?.toUpperCase() === 'HELLO';
  const secret = new Set<number>();
  words.forEach((word, index) => {
    if (index === 0) return;
    const keyword = word.toUpperCase();
    if (keyword === 'AUTH2' || (keyword === 'AUTH' && isHello)) secret.add(index + 2);
    else if (keyword === 'AUTH') secret.add(index + 1);
  });
  return words.map((word, index) => (secret.has(index) ? REDACTED : word));
}
