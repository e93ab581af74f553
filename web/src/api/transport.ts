// How the page reaches its gateway: gRPC-Web to where the page came from.
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { AdminService } from "../gen/cpaiqa/admin/v1/admin_service_pb";
import { QualityService } from "../gen/cpaiqa/quality/v1/quality_service_pb";
import { apiKey } from "../state/settings";

const withKey: Interceptor = (next) => (request) => {
  const key = apiKey.peek().trim();
  if (key) request.header.set("authorization", `Bearer ${key}`);
  return next(request);
};

const transport = createGrpcWebTransport({ baseUrl: location.origin, interceptors: [withKey] });

/** Scores, ranks, compares, and lists scenarios. */
export const quality = createClient(QualityService, transport);
/** Keeps scenarios, preferences and measurements. */
export const admin = createClient(AdminService, transport);
