/** Names with values; every value filters when clicked. */

import { pathTo } from '../../lib/path.ts';
import { Value } from '../value-menu.tsx';
import classes from './viewers.module.css';

export interface Pair {
  readonly name: string;
  readonly values: readonly string[];
  /** What the name stands for, on hover. */
  readonly meaning?: string | undefined;
}

interface PairsTableProps {
  readonly pairs: readonly Pair[];
  readonly label: string;
  /** KFL path of the map the pairs come from: `request.headers`. */
  readonly field?: string | undefined;
}

export function PairsTable({ pairs, label, field }: PairsTableProps) {
  return (
    <table className={classes['pairs']} aria-label={label}>
      <tbody>
        {pairs.flatMap(({ name, values, meaning }) =>
          values.map((value, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a header may come twice with one value.
            <tr key={`${name}\u0000${index}`}>
              <th scope="row" title={meaning}>
                {meaning === undefined ? name : <abbr style={{ textDecoration: 'none', cursor: 'help' }}>{name}</abbr>}
              </th>
              <td>{field === undefined ? value : <Value field={pathTo(field, name)} value={value} />}</td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}
