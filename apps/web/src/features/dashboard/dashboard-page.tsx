import { Empty } from '../../ui/empty.tsx';

export function DashboardPage() {
  return <Empty title="Dashboard" />;
}
