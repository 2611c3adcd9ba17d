/** The inventory's gRPC service as both ends see it. */

import { loadPackageDefinition, type ServiceClientConstructor, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface StockRequest {
  readonly sku: string;
  readonly quantity: number;
}
export interface StockReply {
  readonly sku: string;
  readonly available: number;
  readonly warehouse: string;
}
export type Inventory = UntypedServiceImplementation;

/** Client constructor and service definition from the .proto file. */
export function loadInventory(file: string): ServiceClientConstructor {
  const shop = loadPackageDefinition(loadSync(file)) as unknown as {
    shop: { v1: { Inventory: ServiceClientConstructor } };
  };
  return shop.shop.v1.Inventory;
}
