import { Empty } from '../../ui/empty.tsx';

export function QueriesPage() {
  return <Empty title="Queries" />;
}
