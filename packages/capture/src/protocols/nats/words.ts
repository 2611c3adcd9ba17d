/** What the words of a line mean, and which subjects a pattern matches. */

/** What a line names. */
interface Words {
  readonly subject: string;
  readonly replyTo: string | undefined;
  readonly queueGroup: string | undefined;
  /** Id of a subscription. */
  readonly sid: string | undefined;
  readonly text: string;
}

const NO_WORDS: Words = { subject: '', replyTo: undefined, queueGroup: undefined, sid: undefined, text: '' };

/** The words of a line by what they mean; sizes, which end it, have been read already. */
export function meaningOf(verb: string, words: readonly string[], rest: string): Words {
  const [subject = ''] = words;
  switch (verb) {
    case 'PUB':
    case 'HPUB': {
      const names = words.length - (verb === 'HPUB' ? 2 : 1);
      return { ...NO_WORDS, subject, replyTo: names > 1 ? words[1] : undefined };
    }
    case 'MSG':
    case 'HMSG': {
      const names = words.length - (verb === 'HMSG' ? 2 : 1);
      return { ...NO_WORDS, subject, sid: words[1], replyTo: names > 2 ? words[2] : undefined };
    }
    case 'SUB':
      return { ...NO_WORDS, subject, queueGroup: words.length > 2 ? words[1] : undefined, sid: words.at(-1) };
    case 'UNSUB':
      return { ...NO_WORDS, sid: subject, text: words[1] ?? '' };
    default:
      return { ...NO_WORDS, text: rest };
  }
}

/** `*` stands for one word of a subject, `>` for all that follow. */
export function matches(pattern: string, subject: string): boolean {
  if (pattern === subject) return true;
  for (let at = 0, from = 0; ; ) {
    const end = wordEnd(pattern, at);
    const isWhole = from <= subject.length;
    if (end === at + 1 && pattern[at] === '>') return isWhole;
    if (!isWhole) return false;
    const to = wordEnd(subject, from);
    const isAny = end === at + 1 && pattern[at] === '*';
    if (!isAny && (end - at !== to - from || !subject.startsWith(pattern.slice(at, end), from))) return false;
    if (end === pattern.length) return to === subject.length;
    at = end + 1;
    from = to + 1;
  }
}

const wordEnd = (subject: string, start: number): number => {
  const dot = subject.indexOf('.', start);
  return dot < 0 ? subject.length : dot;
};
