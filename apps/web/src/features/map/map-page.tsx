import { Empty } from '../../ui/empty.tsx';

export function MapPage() {
  return <Empty title="Map" />;
}
