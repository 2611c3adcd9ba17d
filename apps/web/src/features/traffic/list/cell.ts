/** One cell as elements of the document: what it shows is compared with what it shows already. */

import badgeClasses from '../../../ui/protocol-badge.module.css';
import classes from './entry-list.module.css';

export interface CellContent {
  readonly text: string;
  /** Dim, in front of the text and behind it. */
  readonly before?: string;
  readonly after?: string;
  readonly tone?: 'dim' | 'strong' | 'ok' | 'error' | 'neutral';
  /** Draws the text as a protocol's badge of this hue; null for a protocol this version does not know. */
  readonly badge?: number | null;
  /** Part of the cell that is filled by a bar, from 0 to 1. */
  readonly share?: number;
}

const NOTHING: CellContent = { text: '' };

export class Cell {
  readonly element = document.createElement('div');
  readonly #text = document.createElement('span');
  #before: HTMLSpanElement | undefined;
  #after: HTMLSpanElement | undefined;
  #shown = NOTHING;

  constructor(column: string, align: 'right' | undefined) {
    this.element.className = classes['cell']!;
    this.element.setAttribute('role', 'gridcell');
    this.element.dataset['column'] = column;
    if (align !== undefined) this.element.dataset['align'] = align;
    this.element.append(this.#text);
  }

  set width(pixels: number) {
    this.element.style.width = `${pixels}px`;
  }

  show(content: CellContent): void {
    const shown = this.#shown;
    this.#shown = content;
    if (content.text !== shown.text) this.#text.textContent = content.text;
    if (content.before !== shown.before) this.#before = this.#beside(this.#before, content.before, 'before');
    if (content.after !== shown.after) this.#after = this.#beside(this.#after, content.after, 'after');
    if (content.tone !== shown.tone) this.element.dataset['tone'] = content.tone ?? '';
    if (content.badge !== shown.badge) this.#showBadge(content.badge);
    if (content.share !== shown.share) this.#showBar(content.share ?? 0);
  }

  #beside(span: HTMLSpanElement | undefined, text: string | undefined, side: 'before' | 'after') {
    if (span === undefined) {
      span = document.createElement('span');
      span.className = classes[side]!;
      this.#text[side](span);
    }
    span.textContent = text ?? '';
    return span;
  }

  #showBadge(hue: number | null | undefined): void {
    this.#text.className = hue === undefined ? '' : badgeClasses['badge']!;
    this.#text.toggleAttribute('data-unknown', hue === null);
    this.#text.style.setProperty('--hue', String(hue ?? 0));
  }

  #showBar(share: number): void {
    this.element.style.backgroundSize = `${(share * 100).toFixed(0)}% 17px`;
  }
}
