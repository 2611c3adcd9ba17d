/** Writing to standard output: waits for a slow reader, ends quietly when the reader has gone. */

import { once } from 'node:events';
import { styleText } from 'node:util';

/** `kubeshark tap | head` closes the pipe: that is no error. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** Resolves when the reader can take more. */
export async function writeLine(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'magenta' | 'dim' | 'bold';

/** Colour on a terminal, plain text into a pipe; obeys NO_COLOR. */
export const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

/** Control characters, and those that turn the direction of text around. */
const control = /[\p{Cc}\p{Bidi_Control}]/gu;

/** Text from the wire must not move the cursor or change the terminal: control characters are shown as `\xNN`. */
export const printable = (text: string): string =>
  text.replace(control, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
