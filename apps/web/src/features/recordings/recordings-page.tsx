import { Empty } from '../../ui/empty.tsx';

export function RecordingsPage() {
  return <Empty title="Recordings" />;
}
