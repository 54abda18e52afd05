/** Names of the semantic conventions 1.45.0, still experimental there. */
export const NAMES = {
  count: "db.client.connection.count",
  limit: "db.client.connection.limit",
  idleMax: "db.client.connection.idle.max",
  idleMin: "db.client.connection.idle.min",
  pendingRequests: "db.client.connection.pending_requests",
  timeouts: "db.client.connection.timeouts",
  createTime: "db.client.connection.create_time",
  waitTime: "db.client.connection.wait_time",
  useTime: "db.client.connection.use_time",
} as const;

export const POOL_NAME = "db.client.connection.pool.name";
/** `idle` or `used`. */
export const STATE = "db.client.connection.state";
