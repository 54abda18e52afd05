/** What went wrong on the wire, by kind. */
export interface RejectedCounts {
  /** Frames and messages longer than the limit, once they are decompressed. */
  tooLong: number;
  /** Connections that did not speak ttrpc. */
  garbage: number;
  /** Frames whose stream id was even, reused or unknown, and Data on streams that take none. */
  badStream: number;
  /** Requests that could not be decoded, or whose metadata has forbidden characters. */
  badRequest: number;
  /** Requests whose message could not be decoded. */
  badPayload: number;
  /** Calls of services and methods that are not there. */
  unimplemented: number;
  /** Calls whose deadline had passed when they came. */
  late: number;
  /** Calls with too much metadata. */
  metadata: number;
  /** Calls beyond `maxStreamsPerConnection`. */
  streams: number;
  /** Connections beyond `maxConnections`. */
  connections: number;
  /** Connections closed because a frame stayed incomplete. */
  frameTimeouts: number;
  /** Connections closed because the client did not read, or did not answer a PING. */
  stalled: number;
  /** Calls that came while the server was closing. */
  notProcessed: number;
  /** Streams that ended because too much of them waited to be read. */
  unread: number;
  /** Connections closed because the client sent more than its windows allow. */
  overflow: number;
  /** Connections whose TLS handshake failed. */
  handshakes: number;
}

/** Plain fields that the connections of a server count in. */
export class ServerCounters {
  connections = 0;
  inFlight = 0;
  calls = 0;
  errors = 0;
  cancelled = 0;
  readonly rejected: RejectedCounts = {
    tooLong: 0,
    garbage: 0,
    badStream: 0,
    badRequest: 0,
    badPayload: 0,
    unimplemented: 0,
    late: 0,
    metadata: 0,
    streams: 0,
    connections: 0,
    frameTimeouts: 0,
    stalled: 0,
    notProcessed: 0,
    unread: 0,
    overflow: 0,
    handshakes: 0,
  };
}
