import { IconVideo } from '@tabler/icons-react';
import { Empty } from '../../ui/empty.tsx';

/** The place of recordings; they are not built yet, and the page says so. */
export function RecordingsPage() {
  return (
    <Empty icon={<IconVideo size={38} stroke={1.3} />} title="No recordings">
      Recording traffic from the browser is not built yet. Until then, choose a time range in Traffic: everything in the
      store stays searchable, and selected calls can be saved as HAR or JSON.
    </Empty>
  );
}
