/** Looking at an opened file: another page of the same application, whose every read names the file. */

import type { OpenedFile } from '@kubeshark/contract/recordings';

/** The traffic of the file; without an id what is captured. Relative to the page's base. */
export const addressOfSource = (id: string | undefined): string =>
  `traffic${id === undefined ? '' : `?${new URLSearchParams({ s: id })}`}`;

/** A real navigation: nothing of what was looked at before stays in memory. */
export function showOpened({ id }: Pick<OpenedFile, 'id'>): void {
  location.assign(addressOfSource(id));
}
