/** Stock levels over gRPC: one unary call and one server stream. */

import { join } from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { type Inventory, loadInventory, type StockReply, type StockRequest } from './inventory-service.ts';
import { begin, report } from './part.ts';

const reply = ({ sku }: StockRequest): StockReply => ({
  sku,
  available: (Number(sku.slice(4)) * 7) % 40,
  warehouse: 'north',
});

begin('inventory');
const service: Inventory = {
  Check(call: ServerUnaryCall<StockRequest, StockReply>, done: sendUnaryData<StockReply>) {
    const answer = reply(call.request);
    if (answer.available < call.request.quantity) {
      done({ code: status.FAILED_PRECONDITION, details: `only ${answer.available} of ${answer.sku} left` });
    } else done(null, answer);
  },
  Watch(call: ServerWritableStream<StockRequest, StockReply>) {
    for (let step = 0; step < 3; step += 1) call.write({ ...reply(call.request), available: step });
    call.end();
  },
};
const server = new Server();
server.addService(loadInventory(join(import.meta.dirname, '../inventory.proto')).service, service);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  report(`127.0.0.1:${port}`);
});
