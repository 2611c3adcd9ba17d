import { useProtocol } from './catalogue.ts';
import classes from './protocol-badge.module.css';

/** The short coloured name of a protocol; hue and text come from the catalogue. */
export function ProtocolBadge({ protocol }: { readonly protocol: string }) {
  const descriptor = useProtocol(protocol);
  return (
    <span
      className={classes['badge']}
      style={{ '--hue': descriptor?.hue ?? 0 } as React.CSSProperties}
      data-unknown={descriptor === undefined || undefined}
      title={descriptor?.name ?? protocol}
    >
      {descriptor?.badge ?? protocol.slice(0, 6).toUpperCase()}
    </span>
  );
}
